import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { type Cell, cellId, type Outcome } from '../../compat/matrix/cell.ts'
import { expectation, lost, parseExpectation } from '../../compat/matrix/expected.ts'
import { FEATURES } from '../../compat/matrix/features.ts'
import { html } from '../../compat/matrix/html.ts'
import { markdown } from '../../compat/matrix/markdown.ts'
import { type Matrix, runMatrix, squares } from '../../compat/matrix/matrix.ts'
import { reportOf } from '../../compat/matrix/party.ts'
import { PEERS } from '../../compat/matrix/peers/index.ts'

/** A part of the compatibility matrix, run anew: what worked when `npm run compat` was run last must work now. */

const expected = parseExpectation(readFileSync('compat/expected.json', 'utf8'))
const inTheWay = process.platform === 'linux' ? null : 'the peers are built for Linux'
if (inTheWay !== null) console.warn(`the matrix is not run: ${inTheWay}`)

/**
 * What is run of it: with each peer in each role each feature once, in the first version that worked, and every version.
 * Of the many suites every fourth, with one peer after the other: test/interop has them all, with OpenSSL. Dice that lose
 * datagrams cost time: one throw.
 */
function slice(): ReadonlySet<string> {
  const worked = squares({}, id => expected[id] === 'works').filter(
    ({ feature }) => !/loss, seed [^1]/.test(feature.name),
  )
  const ids = new Map<string, string>()
  const suites = new Map<string, string[]>()
  for (const { peer, role, feature } of worked) {
    const { group, name, version } = feature
    const id = cellId({ peer: peer.name, role, feature })
    const key = `${peer.name} ${role} ${group} ${name} ${group === 'Versions' ? version : ''}`
    if (group === 'Suites') suites.set(name, [...(suites.get(name) ?? []), id])
    else if (!ids.has(key)) ids.set(key, id)
  }
  const some = [...suites.values()].filter((_, at) => at % 4 === 0)
  const rotated = some.map((list, at) => list[(at * STRIDE) % list.length] ?? '')
  return new Set([...ids.values(), ...rotated])
}

/** Prime, so that peers, roles and versions all have their turn. */
const STRIDE = 7

const live = inTheWay === null ? describe : describe.skip
const wanted = slice()

live.each(PEERS.filter(({ kernelSctp }) => kernelSctp !== true))('$name', peer => {
  test('nothing that worked has ceased to', async () => {
    const list = squares({ peer: peer.name }, id => wanted.has(id))
    expect(list.length).toBeGreaterThan(0)
    const matrix = await runMatrix(list, { lanes: 3 })
    for (const { unavailable } of matrix.peers)
      if (unavailable !== null) console.warn(`${peer.name} is not run: ${unavailable}`)
    const broken = lost(expected, matrix)
    expect(broken.map(cell => `${cellId(cell)}: ${cell.outcome}, ${cell.reason}`)).toEqual([])
    expect(matrix.cells.length).toBe(list.length)
  }, 240_000)
})

describe('what is written', () => {
  test('compat/expected.json knows every cell of the matrix, and no other', () => {
    const ids = squares({}).map(({ peer, role, feature }) => cellId({ peer: peer.name, role, feature }))
    expect(Object.keys(expected).toSorted()).toEqual(ids.toSorted())
  })

  const [feature] = FEATURES
  if (feature === undefined) throw new Error('no features')
  const side = { command: '$ <run>', output: 'said "so" & so' }
  const cell = (outcome: Outcome): Cell => {
    return {
      peer: 'some',
      role: 'server',
      feature,
      outcome,
      reason: 'a <b>',
      runs: [{ title: 't', client: side, server: side }],
    }
  }
  const matrix = (outcome: Outcome): Matrix => ({
    peers: [{ name: 'some', title: 'Some', install: 'apt', version: '1', unavailable: null }],
    cells: [cell(outcome)],
  })

  test('a cell that could not be run keeps what was known of it', () => {
    const id = cellId(cell('works'))
    const kept = parseExpectation(expectation({ [id]: 'works' }, matrix('not run here')))
    expect(kept).toEqual({ [id]: 'works' })
    expect(parseExpectation(expectation({ [id]: 'works' }, matrix('fails')))).toEqual({ [id]: 'fails' })
  })

  test('what worked and does not is lost; what could not be run is not', () => {
    const id = cellId(cell('works'))
    expect(lost({ [id]: 'works' }, matrix('fails')).map(cellId)).toEqual([id])
    expect(lost({ [id]: 'works' }, matrix('peer lacks it')).map(cellId)).toEqual([id])
    expect(lost({ [id]: 'works' }, matrix('not run here'))).toEqual([])
    expect(lost({ [id]: 'fails' }, matrix('fails'))).toEqual([])
  })

  test('the page holds what came back, and nothing of it is markup', () => {
    const page = html(matrix('fails'))
    expect(page).not.toMatch(/<run>|a <b>/)
    const [, slug = ''] = /<td class="fails" data-peer="some"><a href="#([^"]+)" title="a &#60;b>?/.exec(page) ?? []
    const [, packed = ''] = /<script type="application\/gzip" id="cells">([^<]*)<\/script>/.exec(page) ?? []
    const told: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())
    const { id, runs } = { id: cellId(cell('fails')), runs: cell('fails').runs }
    expect(told).toEqual({ [slug]: { id, outcome: 'fails', reason: 'a <b>', runs } })
    expect(markdown(matrix('fails'))).toContain(`some as server, ${feature.version}, ${feature.name}: a <b>`)
  })

  test('every cell has a link of its own', () => {
    const page = html({
      peers: [],
      cells: squares({}).map(({ peer, role, feature }) => ({ ...cell('works'), peer: peer.name, role, feature })),
    })
    const links = [...page.matchAll(/<a href="#([^"]+)"/g)].map(([, slug]) => slug)
    expect(new Set(links).size).toBe(links.length)
    expect(links.length).toBe(squares({}).length)
  })

  test('a report is read line by line', () => {
    const report = reportOf(
      'ready\nconnection 1\nversion DTLSv1.2\ndone\nechoed 3\nconnection 2\nreused 1\nclosed raw\nend\n',
    )
    expect(report.connections.map(lines => Object.fromEntries(lines))).toEqual([
      { version: 'DTLSv1.2', done: '' },
      { reused: '1' },
    ])
    expect(report).toMatchObject({ echoed: [3], closed: ['raw'], complete: true, failed: null, lacks: null })
    expect(reportOf('failed first\nfailed second\n').failed).toBe('first')
  })
})
