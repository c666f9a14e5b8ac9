import { expect, test } from '@jest/globals'
import { copy, EMPTY } from '../../lib/base/bytes.ts'
import { AddressCookies } from '../../lib/handshake/address-cookies.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import type { ClientHello } from '../../lib/wire/messages/client-hello.ts'

const clock = new VirtualClock()
const cookies = new AddressCookies(clock, new SeededSource(1).random)
const peer = Uint8Array.of(192, 0, 2, 1, 0x12, 0x34)
const hello: ClientHello = {
  version: 0xfefd,
  random: new Uint8Array(32).fill(1),
  sessionId: EMPTY,
  cookie: EMPTY,
  cipherSuites: [0xc02b, 0xc02f],
  compression: Uint8Array.of(0),
  extensions: [],
}

const made = (whole: ClientHello | null = hello) => cookies.with(peer, hello).generate(whole) ?? EMPTY

test.each<[string, Uint8Array, ClientHello, boolean]>([
  ['the same', peer, hello, true],
  ['another port', Uint8Array.of(192, 0, 2, 1, 0x12, 0x35), hello, false],
  ['another address', Uint8Array.of(192, 0, 2, 2, 0x12, 0x34), hello, false],
  ['an address that runs on into the port', Uint8Array.of(192, 0, 2, 1, 0x12, 0x34, 0), hello, false],
  ['another version', peer, { ...hello, version: 0xfeff }, false],
  ['another random', peer, { ...hello, random: new Uint8Array(32).fill(2) }, false],
  ['another session id', peer, { ...hello, sessionId: Uint8Array.of(1) }, false],
  ['a suite more', peer, { ...hello, cipherSuites: [0xc02b, 0xc02f, 0x00ff] }, false],
  ['the suites in another order', peer, { ...hello, cipherSuites: [0xc02f, 0xc02b] }, false],
  ['another compression', peer, { ...hello, compression: Uint8Array.of(0, 1) }, false],
])('a cookie binds the address and the hello: %s', (_name, from, second, good) => {
  expect(cookies.with(from, second).verify(made(), second)).toBe(good)
})

test('a hello that was whole may come back in pieces, and the other way round; what is in view is bound', () => {
  const { verify } = cookies.with(peer, hello)
  expect([verify(made(), null), verify(made(null), null), verify(made(null), hello)]).toEqual([true, true, true])
  expect(cookies.with(peer, { ...hello, version: 0xfeff }).verify(made(), null)).toBe(false)
})

test('it lasts a minute, and none is of the future', () => {
  const cookie = made()
  const { verify } = cookies.with(peer, hello)
  clock.advanceTo(clock.now() + 60_000)
  expect(verify(cookie, hello)).toBe(true)
  clock.advanceTo(clock.now() + 1_000)
  expect(verify(cookie, hello)).toBe(false)
  const early = made()
  const before = new AddressCookies(new VirtualClock(), new SeededSource(1).random)
  expect(before.with(peer, hello).verify(early, hello)).toBe(false)
})

test('every byte counts, and every length', () => {
  const { verify } = cookies.with(peer, hello)
  for (const cookie of [made(), made(null)]) {
    for (let at = 0; at < cookie.length; at++) {
      const changed = copy(cookie)
      changed[at] = (changed[at] ?? 0) ^ 0x80
      expect(verify(changed, hello)).toBe(false)
      expect(verify(cookie.subarray(0, at), hello)).toBe(at === 20)
    }
  }
  expect(made().length).toBe(36)
})
