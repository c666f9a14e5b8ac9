import { expect, test } from '@jest/globals'
import {
  edges,
  files,
  folderOf,
  importsOf,
  PROTOCOL,
  SAME_RANK,
  TOP,
  TRANSPORT,
  VALUES,
  withoutComments,
} from './architecture.ts'

test('every folder of lib has its place in the architecture', () => {
  const folders = new Set(files.map(folderOf).filter(folder => folder !== ''))
  expect([...folders].filter(folder => ![...PROTOCOL, ...TRANSPORT, ...TOP].includes(folder))).toEqual([])
})

test('imports point down, inside one column', () => {
  expect(edges.filter(({ file, target }) => !mayImport(folderOf(file), folderOf(target)))).toEqual([])
})

test('no file needs, to be loaded, one that needs it', () => {
  let left = files
  let before = Number.POSITIVE_INFINITY
  while (left.length < before) {
    before = left.length
    const waiting = new Set(left)
    // What is loaded before all that is left cannot be part of a circle.
    left = left.filter(file => importsOf(file, VALUES).some(target => waiting.has(target)))
  }
  // And what only leads into a circle is none either.
  expect(left.filter(file => left.some(other => importsOf(other, VALUES).includes(file)))).toEqual([])
})

test('the protocol owns no socket, timer, clock or random source', () => {
  const forbidden =
    /\bDate\.now\b|\bMath\.random\b|\brandomBytes\b|\bperformance\.now\b|node:(dgram|net|timers)|\bset(Timeout|Interval|Immediate)\b/
  const protocol = files.filter(file => PROTOCOL.slice(1).includes(folderOf(file)))
  expect(protocol.filter(file => forbidden.test(withoutComments(file)))).toEqual([])
})

test('the entry points only re-export', () => {
  const entries = files.filter(file => folderOf(file) === '' && file !== 'socket.ts')
  expect(
    entries.filter(file => /^(export )?(async )?(function|class|const|let)\b/m.test(withoutComments(file))),
  ).toEqual([])
})

test('nothing escapes the type checker', () => {
  const escapes = /\bas any\b|: any\b|<any>|@ts-(ignore|nocheck|expect-error)/
  expect(files.filter(file => escapes.test(withoutComments(file)))).toEqual([])
})

function mayImport(from: string, to: string): boolean {
  // The entry points stand above everything; nothing imports them but each other.
  if (from === '') return true
  if (to === '') return false
  if (from === to) return true
  // -1, for a folder of either column, is below every index.
  if (TOP.includes(from)) return TOP.indexOf(to) < TOP.indexOf(from)
  if (SAME_RANK.some(pair => pair.includes(from) && pair.includes(to))) return false
  const column = TRANSPORT.includes(from) && from !== 'base' ? TRANSPORT : PROTOCOL
  if (column === TRANSPORT && to === 'crypto') return true
  return column.includes(to) && column.indexOf(to) < column.indexOf(from)
}
