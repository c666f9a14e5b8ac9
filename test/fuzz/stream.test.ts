import { describe, expect, test } from '@jest/globals'
import { concat, equal, utf8 } from '../../lib/base/bytes.ts'
import { TLS_1_0, TLS_1_1, TLS_1_2 } from '../../lib/engine.ts'
import { SeededSource } from '../../lib/sim.ts'
import { suitesNamed } from '../connection/pair.ts'
import { establishedStream, StreamPair, type StreamPairOptions } from '../connection/stream.ts'

/** Streams that somebody changes on the way. Runs are few here; OPENSSL_SHIM_FUZZ=n makes n times as many. */

const RUNS = 60 * Number(process.env.OPENSSL_SHIM_FUZZ ?? '1')
const VERSIONS = [TLS_1_2, TLS_1_1, TLS_1_0]
const SUITES = suitesNamed(
  'ECDHE-ECDSA-AES128-SHA',
  'AES128-SHA',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'PSK-AES128-CBC-SHA',
)

function options(source: SeededSource): StreamPairOptions {
  const version = VERSIONS[source.integer(3)] ?? TLS_1_2
  const suite = SUITES.filter(({ minTls }) => minTls <= version.tls)
  return {
    seed: source.integer(1e6),
    client: {
      versions: [version],
      suites: [suite[source.integer(suite.length)] ?? SUITES[0]].flatMap(one => one ?? []),
    },
    server: { versions: VERSIONS, clientAuthentication: source.chance(0.3) ? 'request' : 'none' },
  }
}

/** Runs a handshake in which `change` meddles with the bytes of one moment; the result is whether it did. */
function meddled(
  pair: StreamPair,
  when: number,
  to: 'client' | 'server',
  change: (bytes: Uint8Array) => Uint8Array,
): boolean {
  let moment = 0
  let done = false
  for (let round = 0; round < 8; round++) {
    for (const party of ['client', 'server'] as const) {
      pair[party].handshake()
      pair.collect()
      while (pair.wire[party].length > 0) {
        if (party === to && moment++ === when) {
          pair.wire[party] = change(pair.wire[party])
          done = true
        }
        if (!pair.deliver(party)) break
        pair[party].handshake()
        pair.collect()
      }
    }
  }
  return done
}

describe('a handshake over a stream', () => {
  test(`with one bit changed never ends well for both, in ${RUNS} runs`, () => {
    const endings = new Set<string>()
    for (let seed = 1; seed <= RUNS; seed++) {
      const source = new SeededSource(`bit ${seed}`)
      const pair = new StreamPair(options(source))
      const when = source.integer(2)
      const to = source.chance(0.5) ? 'client' : 'server'
      let at = 0
      const changed = meddled(pair, when, to, bytes => {
        const copy = bytes.slice()
        at = source.integer(copy.length)
        copy[at] = (copy[at] ?? 0) ^ (1 << source.integer(8))
        return copy
      })
      expect({ seed, changed }).toEqual({ seed, changed: true })
      // Of the version in the very first record nobody takes notice (RFC 5246 appendix E.1).
      const unnoticed = when === 0 && (at === 1 || at === 2)
      const both = pair.client.established && pair.server.established
      expect({ seed, at, both: both && !unnoticed }).toEqual({ seed, at, both: false })
      for (const party of [pair.client, pair.server]) {
        expect({ seed, cause: party.failure?.cause }).toEqual({ seed, cause: undefined })
        endings.add(party.failure?.reason ?? 'waiting')
      }
    }
    expect(endings.size).toBeGreaterThan(8)
    expect([...endings]).not.toContain('internal-error')
  })

  test(`with anything in between ends in order, in ${RUNS} runs`, () => {
    const endings = new Set<string>()
    for (let seed = 1; seed <= RUNS; seed++) {
      const source = new SeededSource(`anything ${seed}`)
      const pair = new StreamPair(options(source))
      meddled(pair, source.integer(3), source.chance(0.5) ? 'client' : 'server', bytes => {
        const at = source.integer(bytes.length)
        const noise = source.chance(0.5) ? source.bytes(source.integer(100)) : plausible(source)
        // Between records it comes as if the peer had sent it.
        const where = source.chance(0.5) ? 0 : at
        return concat(bytes.slice(0, where), noise, bytes.slice(source.chance(0.5) ? where : at))
      })
      for (const party of [pair.client, pair.server]) {
        expect({ seed, cause: party.failure?.cause }).toEqual({ seed, cause: undefined })
        endings.add(party.failure?.reason ?? (party.established ? 'established' : 'waiting'))
      }
      if (pair.client.established && pair.server.established)
        expect(equal(pair.client.negotiated.master, pair.server.negotiated.master)).toBe(true)
    }
    expect(endings.size).toBeGreaterThan(5)
    expect([...endings]).not.toContain('internal-error')
  })
})

test(`data with one bit changed is not delivered, in ${RUNS} runs`, () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    const source = new SeededSource(`data ${seed}`)
    const pair = establishedStream(options(source))
    const text = utf8('what was written')
    pair.client.write(text)
    pair.collect()
    const copy = pair.wire.server
    const at = source.integer(copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << source.integer(8))
    // A length that grew waits for more.
    pair.client.write(text)
    const read = pair.read('server')
    expect({ seed, at, cause: pair.server.failure?.cause }).toEqual({ seed, at, cause: undefined })
    expect({ seed, at, read: read.length }).toEqual({ seed, at, read: 0 })
  }
})

/** A record that could be one. */
function plausible(source: SeededSource): Uint8Array {
  const payload = source.bytes(source.integer(20))
  const type = 20 + source.integer(5)
  return concat(Uint8Array.of(type, 3, source.integer(4), 0, payload.length), payload)
}
