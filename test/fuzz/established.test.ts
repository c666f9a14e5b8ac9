import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import type { Connection } from '../../lib/engine.ts'
import { SeededSource } from '../../lib/sim.ts'
import { Pair } from '../connection/pair.ts'
import { disturbedHandshake, drawPair, FLOOD, RUNS } from './drive.ts'
import { attack, LIES, NOISE } from './hostile.ts'

const ALL = { ...NOISE, ...LIES }

describe('an established connection', () => {
  test(`bears everything that its peer has not signed, in ${RUNS / 2} runs of 300 datagrams`, () => {
    for (let seed = 1; seed <= RUNS / 2; seed++) {
      const source = new SeededSource(`established ${seed}`)
      const pair = drawPair(source, seed)
      disturbedHandshake(pair, source, {})
      for (let i = 0; i < 5; i++) {
        expect(pair.send('client', `c${i}`)).toBe(`c${i}`)
        expect(pair.send('server', `s${i}`)).toBe(`s${i}`)
      }
      const seen = pair.wire.map(({ bytes }) => bytes)
      const out = new Uint8Array(16384)
      for (let i = 0; i < 300; i++) {
        const target = source.chance(0.5) ? pair.client : pair.server
        target.receive(attack(source, ALL, seen).datagram)
        expect(target.read(out)).toBe(0)
        // Nor does it say a word: what nobody has signed can make nobody send.
        expect(target.takeOutput()).toEqual([])
      }
      expect(pair.client.failure).toBeNull()
      expect(pair.server.failure).toBeNull()
      expect(pair.client.readState).toBe('open')
      expect(pair.send('client', 'still here')).toBe('still here')
      expect(pair.send('server', 'so am I')).toBe('so am I')
      expect(pair.client.nextDeadline()).toBeNull()
    }
  })
})

describe(`a flood of ${FLOOD} datagrams`, () => {
  const memory = async (): Promise<number> => {
    await collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }

  /** Bytes that are held because of the flood, and milliseconds for its halves. */
  const flood = async (target: Connection, seen: readonly Uint8Array[], work: () => void, kinds = ALL) => {
    const source = new SeededSource('flood')
    const before = await memory()
    const halves: number[] = []
    for (let half = 0; half < 2; half++) {
      const started = performance.now()
      for (let i = 0; i < FLOOD / 2; i++) {
        target.receive(attack(source, kinds, seen).datagram)
        work()
      }
      halves.push(performance.now() - started)
    }
    return { held: (await memory()) - before, halves }
  }

  test('into an established connection leaves nothing behind, and the last costs no more than the first', async () => {
    const pair = new Pair()
    pair.run()
    const out = new Uint8Array(100)
    const { held, halves } = await flood(
      pair.server,
      pair.wire.map(({ bytes }) => bytes),
      () => {
        pair.server.read(out)
        pair.server.takeOutput()
      },
    )
    expect(held).toBeLessThan(2 ** 20)
    expect(halves[1]).toBeLessThan(5 * (halves[0] ?? 0) + 100)
    expect(pair.send('client', 'still here')).toBe('still here')
  })

  test('into a handshake that waits holds no more than its bounds', async () => {
    const pair = new Pair({ server: { clientAuthentication: 'require' } })
    pair.client.handshake()
    pair.move('client')
    pair.server.handshake()
    const { held, halves } = await flood(
      pair.server,
      pair.wire.map(({ bytes }) => bytes),
      () => {
        pair.server.handshake()
        pair.server.takeOutput()
      },
      { ...NOISE, 'distant pieces': distantPiece },
    )
    expect(pair.server.failure).toBeNull()
    // Ten messages ahead, two claims to each.
    expect(held).toBeLessThan(4 * 2 ** 20)
    expect(halves[1]).toBeLessThan(5 * (halves[0] ?? 0) + 100)
  })

  test('that nobody looks at is cut off', async () => {
    const pair = new Pair()
    const { held } = await flood(pair.server, [], () => undefined)
    expect(pair.server.discards.count('input-full')).toBeGreaterThan(FLOOD - 300)
    expect(held).toBeLessThan(2 * 2 ** 20)
  })

  test('of data that nobody reads is cut off too', async () => {
    const pair = new Pair()
    pair.run()
    const before = await memory()
    for (let i = 0; i < FLOOD / 4; i++) {
      pair.client.write(new Uint8Array(1000))
      pair.move('client')
      pair.wire.length = 0
    }
    expect((await memory()) - before).toBeLessThan(3 * 2 ** 20)
    expect(pair.server.discards.count('input-full')).toBeGreaterThan(0)
  })
})

/** Pieces of messages to come, each claiming to be a part of something large. */
function distantPiece(source: SeededSource): Uint8Array {
  const out = new Uint8Array(13 + 12 + 1)
  const view = new DataView(out.buffer)
  view.setUint32(0, 0x16fefd00)
  view.setUint16(9, source.integer(60_000))
  view.setUint16(11, 13)
  view.setUint32(13, (11 << 24) | 100_000)
  view.setUint16(17, 2 + source.integer(9))
  view.setUint32(18, source.integer(100_000))
  // The offset is three bytes; the shift leaves the length of the piece to be written.
  view.setUint32(19, (source.integer(100_000) << 8) >>> 0)
  view.setUint8(24, 1)
  return out
}

/** Twice, and with a turn of the event loop between: Node's cipher objects go in two steps. */
async function collect(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  for (let pass = 0; pass < 2; pass++) {
    if (typeof gc === 'function') gc()
    await new Promise(resolve => setImmediate(resolve))
  }
}
