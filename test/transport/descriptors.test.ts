import { expect, test } from '@jest/globals'
import {
  closeDescriptor,
  type Described,
  descriptor,
  forgetDescriptor,
  openDescriptor,
} from '../../lib/transport/descriptors.ts'

function object(): Described & { closed: number } {
  const made = {
    closed: 0,
    readable: false,
    writable: false,
    failed: false,
    watch: () => () => {},
    close: () => made.closed++,
  }
  return made
}

test('descriptors begin at 3 and the lowest free one is taken', () => {
  const objects = Array.from({ length: 5 }, object)
  expect(objects.map(openDescriptor)).toEqual([3, 4, 5, 6, 7])
  expect([closeDescriptor(6), closeDescriptor(4)]).toEqual([true, true])
  expect(objects.map(({ closed }) => closed)).toEqual([0, 1, 0, 1, 0])
  const [a, b, c] = [object(), object(), object()]
  expect([a, b, c].map(openDescriptor)).toEqual([4, 6, 8])
  expect(openDescriptor(a)).toBe(4)
  expect(descriptor(4)).toBe(a)
  forgetDescriptor(a)
  expect(a.closed).toBe(0)
  expect(descriptor(4)).toBeUndefined()
  for (const fd of [3, 5, 6, 7, 8]) expect(closeDescriptor(fd)).toBe(true)
  expect(openDescriptor(a)).toBe(3)
  expect(closeDescriptor(3)).toBe(true)
})

test.each([-1, 0, 2, 3, 1.5, Number.NaN])('%d is not open', fd => {
  expect(descriptor(fd)).toBeUndefined()
  expect(closeDescriptor(fd)).toBe(false)
})

test('there is a bound on open descriptors', () => {
  const objects = Array.from({ length: 65536 }, object)
  for (const one of objects) openDescriptor(one)
  expect(openDescriptor(object())).toBe(-1)
  for (const one of objects) forgetDescriptor(one)
  expect(openDescriptor(objects[0] ?? object())).toBe(3)
  expect(closeDescriptor(3)).toBe(true)
})
