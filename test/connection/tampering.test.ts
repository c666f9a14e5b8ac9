import { describe, expect, test } from '@jest/globals'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from './credentials.ts'
import { type Changes, Pair, suitesNamed } from './pair.ts'

/** Plays a handshake with somebody on the path who changes one byte of one message, `back` bytes before its end. */
function tampered(type: number, back: number, client: Changes = {}, server: Changes = {}): Pair {
  const pair = new Pair({ client, server })
  let changed = false
  for (let round = 0; round < 4; round++) {
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      from.handshake()
      for (const datagram of from.takeOutput()) {
        const at = changed ? null : endOf(datagram, type)
        if (at !== null) {
          datagram[at - back] = (datagram[at - back] ?? 0) ^ 1
          changed = true
        }
        to.receive(datagram)
      }
    }
  }
  expect(changed).toBe(true)
  return pair
}

const ecdsa = { suites: suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256') }
const rsa = { suites: suitesNamed('ECDHE-RSA-AES128-GCM-SHA256') }

describe('a byte that somebody on the path has changed', () => {
  test.each([
    ['ECDSA', ecdsa],
    ['RSA', rsa],
  ])('in the %s signature of ServerKeyExchange is found by the client', (_, suites) => {
    const { client, server } = tampered(HandshakeType.serverKeyExchange, 1, suites, suites)
    expect([client.failure?.reason, client.failure?.alert]).toEqual(['bad-signature', 51])
    expect(server.failure?.received).toBe(51)
  })

  test('in the signed public key of ServerKeyExchange too', () => {
    const short = { ...rsa, groups: [29] }
    const { client } = tampered(HandshakeType.serverKeyExchange, 256 + 4 + 1, short, short)
    expect(client.failure?.reason).toBe('bad-signature')
  })

  test('in CertificateVerify is found by the server', () => {
    const shows = { ...rsa, clientCredential: () => testCredential('client') }
    const { client, server } = tampered(HandshakeType.certificateVerify, 1, shows, {
      ...rsa,
      clientAuthentication: 'require',
    })
    expect([server.failure?.reason, server.failure?.alert]).toEqual(['bad-signature', 51])
    expect(client.failure?.received).toBe(51)
  })

  test.each(['require', 'request'] as const)(
    'of another client key: a %sed certificate is worth nothing without it',
    clientAuthentication => {
      const { key } = testCredential('p256')
      const stolen = { ...testCredential('client'), key }
      const pair = new Pair({ client: { clientCredential: () => stolen }, server: { clientAuthentication, ...rsa } })
      pair.run()
      expect(pair.server.failure?.reason).toBe('bad-signature')
    },
  )

  test('in what nothing signs is found in Finished', () => {
    // The last byte of the hello belongs to a list that only the transcripts compare; the keys come out the same.
    const plain = { ...rsa, extendedMasterSecret: false }
    const { client, server } = tampered(HandshakeType.clientHello, 1, plain, plain)
    expect([server.failure?.reason, server.failure?.alert]).toEqual(['digest-check-failed', 51])
    expect(client.failure?.received).toBe(51)
  })

  test('with the extended master secret the keys already differ, and Finished does not open', () => {
    const { client, server } = tampered(HandshakeType.clientHello, 1, rsa, rsa)
    expect(server.discards.count('bad-mac')).toBe(1)
    expect([client.established, server.established]).toEqual([false, false])
  })
})

/** Where the record that holds this message ends in the datagram, or null. */
function endOf(datagram: Uint8Array, type: number): number | null {
  for (let record = readDtlsRecord(datagram, 0); record !== null; record = readDtlsRecord(datagram, record.end)) {
    if (record.epoch === 0 && record.type === 22 && record.fragment[0] === type) return record.end
  }
  return null
}
