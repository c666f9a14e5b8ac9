import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import { parseCertificate } from '../../lib/pki/certificate.ts'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { decodeSession, encodeSession } from '../../lib/session/der.ts'
import { Session } from '../../lib/session/session.ts'
import { SeededSource } from '../../lib/sim.ts'
import { readCertificates } from '../connection/credentials.ts'

const { random } = new SeededSource(11)

/** Every field has something in it. */
function full(): Session {
  const session = new Session(1_795_228_910, 7200)
  session.version = 0xfefd
  session.suite = 0xc02c
  session.master = random(48)
  session.id = random(32)
  session.idContext = utf8('context')
  session.extendedMasterSecret = true
  session.peerChain = readCertificates('p256').slice(0, 1).map(parseCertificate)
  session.chainIsWhole = false
  session.verifyResult = 20
  session.serverName = 'a.example'
  session.alpn = utf8('h2')
  session.maxFragmentLength = 3
  session.pskIdentity = utf8('me')
  session.pskHint = utf8('a hint')
  session.ticket = random(300)
  session.ticketLifetimeHint = 86_400
  session.ticketData = random(7)
  session.group = 29
  return session
}

/** What can be compared. */
const shown = ({ peerChain, ...session }: Session) => ({
  ...session,
  peerChain: peerChain.map(({ der }) => toHex(der)),
})

describe('the form of a session', () => {
  test('gives back all that went in', () => {
    const session = full()
    expect(shown(decodeSession(encodeSession(session), 0))).toEqual(shown(session))
  })

  test('is what OpenSSL 3.0 writes for the same fields', () => {
    const session = new Session(0, 0)
    session.version = 0xfefd
    session.suite = 0xc02c
    session.id = fromHex(`09${'00'.repeat(31)}`)
    session.master = new Uint8Array(48)
    expect(toHex(encodeSession(session))).toBe(
      `3074020101020300fefd0402c02c042009${'00'.repeat(31)}0430${'00'.repeat(48)}a4020400a503020101b104020200ffb303020100`,
    )
  })

  test('numbers have a sign and the shortest form', () => {
    const session = full()
    for (const time of [0, 1, 127, 128, 255, 256, -1, -128, -129, 2 ** 31, 2 ** 40, -(2 ** 40)]) {
      session.time = time
      expect(decodeSession(encodeSession(session), 0).time).toBe(time)
    }
    session.time = 2 ** 53
    expect(() => encodeSession(session)).toThrow(RangeError)
  })

  test('without a time it is of now, without a timeout for three seconds', () => {
    const session = new Session(0, 0)
    session.version = 0xfefd
    const { time, timeout, verifyResult } = decodeSession(encodeSession(session), 1234)
    expect([time, timeout, verifyResult]).toEqual([1234, 3, 1])
  })

  test('cut short anywhere, or with a byte too many, it is none', () => {
    const der = encodeSession(full())
    for (let length = 0; length < der.length; length++)
      expect(() => decodeSession(der.subarray(0, length), 0)).toThrow(PkiFailure)
    expect(() => decodeSession(Uint8Array.of(...der, 0), 0)).toThrow(PkiFailure)
  })

  test('whatever byte is changed, it is read or refused, and nothing else', () => {
    const der = encodeSession(full())
    for (let at = 0; at < der.length; at++) {
      for (const bit of [1, 0x80]) {
        const changed = der.slice()
        changed[at] = (changed[at] ?? 0) ^ bit
        try {
          const { id, idContext, master } = decodeSession(changed, 0)
          expect(id.length <= 32 && idContext.length <= 32 && master.length <= 512).toBe(true)
        } catch (failure) {
          expect(failure).toBeInstanceOf(PkiFailure)
        }
      }
    }
  })

  test.each([
    ['another format', '020101', '020102'],
    ['a version of no protocol', '020300fefd', '0203001234'],
    ['fields in the wrong order', 'a4020400a503020101', 'a503020101a4020400'],
    ['a field twice', 'a4020400a503020101', 'a4020400a40304010a'],
    ['a fragment length that is none', 'b104020200ff', 'b10402020005'],
  ])('%s is refused', (_name, from, to) => {
    const session = new Session(0, 0)
    session.version = 0xfefd
    const hex = toHex(encodeSession(session))
    expect(hex).toContain(from)
    expect(() => decodeSession(fromHex(hex.replace(from, to)), 0)).toThrow(PkiFailure)
  })
})

describe('a session', () => {
  test('is out of time when its time is over, not before', () => {
    const session = new Session(1000, 100)
    expect([1099, 1100, 1101].map(now => session.expired(now))).toEqual([false, false, true])
  })

  test('a copy has a secret of its own and is not condemned with the original', () => {
    const session = full()
    const copy = session.clone()
    session.condemn()
    session.wipe()
    expect([session.resumable, copy.resumable, copy.master.some(byte => byte !== 0)]).toEqual([false, true, true])
  })
})
