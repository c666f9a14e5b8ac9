import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../../lib/base/failure.ts'
import { Flight, type FlightItem } from '../../../lib/handshake/dtls/flight.ts'
import { IncomingMessages } from '../../../lib/handshake/dtls/incoming.ts'
import { Discards } from '../../../lib/record/discard.ts'
import { DtlsInput } from '../../../lib/record/dtls-input.ts'
import { DtlsOutput } from '../../../lib/record/dtls-output.ts'
import { WriteEpoch } from '../../../lib/record/epoch.ts'
import { SeededSource } from '../../../lib/sim.ts'
import { encodeUnfragmented } from '../../../lib/wire/handshake.ts'
import { ContentType } from '../../../lib/wire/registry.ts'
import { ToyProtection } from '../../record/records.ts'

const bytes = new SeededSource('flights').bytes(8192)
const clear = new WriteEpoch(0, null)

function message(sequence: number, length: number, epoch = clear): FlightItem {
  const raw = encodeUnfragmented(11, sequence, bytes.subarray(sequence, sequence + length))
  return { kind: 'message', epoch, type: 11, sequence, raw }
}

function bodyOf(item: FlightItem): Uint8Array {
  return item.kind === 'message' ? item.raw.subarray(12) : new Uint8Array(0)
}

function transmit(items: readonly FlightItem[], mtu: number, maxPlaintext = 16384) {
  const flight = new Flight()
  flight.items.push(...items)
  const output = new DtlsOutput(0xfefd, { onHeader: () => {} })
  const told: FlightItem[] = []
  const send = (limits = { mtu, maxPlaintext }) => {
    flight.transmit(output, limits, item => told.push(item))
    return output.take()
  }
  return { flight, send, told }
}

/** What a receiver makes of the datagrams: the messages in order, and how large the records' payloads were. */
function receive(datagrams: readonly Uint8Array[]) {
  const input = new DtlsInput({ replayWindow: 64, discards: new Discards(), onHeader: () => {} })
  const discards = new Discards()
  const incoming = new IncomingMessages('client', discards, {
    progressed: () => {},
    repeated: () => {},
    repeatedFormer: () => {},
  })
  const payloads: number[] = []
  const messages: Uint8Array[] = []
  for (const datagram of datagrams) {
    input.receive(datagram.slice())
    for (let record = input.next(); record !== null; record = input.next()) {
      payloads.push(record.payload.length)
      incoming.receive(record.payload)
    }
  }
  for (let read = incoming.read(); read !== null; read = incoming.read()) messages.push(read.body)
  expect(discards.total).toBe(0)
  return { messages, payloads }
}

describe('a flight', () => {
  test('fits the MTU, whatever the MTU and the messages, and comes out as it was', () => {
    for (let mtu = 100; mtu <= 1500; mtu += 13) {
      for (const lengths of [[0], [1], [mtu - 26], [mtu - 25], [mtu - 24], [3 * mtu], [60, 0, 900, 2500, 0]]) {
        const items = lengths.map((length, sequence) => message(sequence, length))
        const datagrams = transmit(items, mtu).send()
        expect(Math.max(...datagrams.map(datagram => datagram.length))).toBeLessThanOrEqual(mtu)
        expect(receive(datagrams).messages.map(toHex)).toEqual(items.map(item => toHex(bodyOf(item))))
      }
    }
  })

  test('a ChangeCipherSpec that does not fit any more goes into the next datagram', () => {
    for (let mtu = 200; mtu <= 260; mtu++) {
      const sizes = transmit([message(0, 200), { kind: 'change-cipher-spec', epoch: clear }], mtu)
        .send()
        .map(datagram => datagram.length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(mtu)
      if (mtu >= 225) expect(sizes).toEqual(mtu < 225 + 14 ? [225, 14] : [239])
    }
  })

  test('packs small messages into one datagram', () => {
    const items = [message(0, 40), message(1, 300), message(2, 80), message(3, 0)]
    const sizes = transmit(items, 1400)
      .send()
      .map(datagram => datagram.length)
    expect(sizes).toEqual([40 + 300 + 80 + 0 + 4 * 25])
  })

  test('continues a message in the next datagram, all datagrams but the last being full', () => {
    const sizes = transmit([message(0, 40), message(1, 3000)], 500)
      .send()
      .map(datagram => datagram.length)
    expect(sizes.slice(0, -1)).toEqual(new Array(sizes.length - 1).fill(500))
  })

  test('does not begin a message with a piece that is not worth its headers', () => {
    const sizes = transmit([message(0, 300), message(1, 300)], 25 + 300 + 25 + 63)
      .send()
      .map(datagram => datagram.length)
    expect(sizes).toEqual([325, 325])
  })

  test('keeps its records within the negotiated fragment length', () => {
    const datagrams = transmit([message(0, 3000)], 1400, 512).send()
    const { payloads } = receive(datagrams)
    expect(Math.max(...payloads)).toBe(512)
    expect(datagrams.some(datagram => datagram.length > 1000)).toBe(true)
  })

  test('is cut anew each time, with new record numbers and the epochs it was written in', () => {
    const sealed = new WriteEpoch(1, new ToyProtection(7))
    const items: FlightItem[] = [
      message(0, 600, clear),
      { kind: 'change-cipher-spec', epoch: clear },
      { kind: 'message', epoch: sealed, type: 20, sequence: 1, raw: encodeUnfragmented(20, 1, bytes.subarray(0, 12)) },
    ]
    const first = clear.nextSequence
    const { send, told, flight } = transmit(items, 1400)
    const [once] = send()
    expect(once?.length).toBe(13 + 12 + 600 + 13 + 1 + 13 + 2 + 12 + 12)
    expect(clear.nextSequence).toBe(first + 2)
    expect(sealed.nextSequence).toBe(1)
    const again = send({ mtu: 300, maxPlaintext: 16384 })
    expect(again.every(datagram => datagram.length <= 300)).toBe(true)
    expect(again.length).toBe(3)
    expect(sealed.nextSequence).toBe(2)
    expect(clear.nextSequence).toBeGreaterThan(first + 4)
    expect(told).toEqual([...items, ...items])
    expect(flight.transmissions).toBe(2)
    // The ChangeCipherSpec stays in the old epoch, however late it is sent again.
    const records = again.flatMap(datagram => [...recordsOf(datagram)])
    expect(records.filter(({ type }) => type === ContentType.changeCipherSpec).map(({ epoch }) => epoch)).toEqual([0])
    expect(records.at(-1)).toEqual({ type: ContentType.handshake, epoch: 1 })
  })

  test.each([20, 25])('does not fit an MTU of %d at all', mtu => {
    expect(() => transmit([message(0, 10)], mtu).send()).toThrow(ProtocolFailure)
  })

  test('an MTU of 26 carries a byte a datagram', () => {
    expect(transmit([message(0, 10)], 26).send()).toHaveLength(10)
  })
})

function* recordsOf(datagram: Uint8Array) {
  for (let at = 0; at < datagram.length; at += 13 + (((datagram[at + 11] ?? 0) << 8) | (datagram[at + 12] ?? 0))) {
    yield { type: datagram[at], epoch: ((datagram[at + 3] ?? 0) << 8) | (datagram[at + 4] ?? 0) }
  }
}
