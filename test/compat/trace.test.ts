import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { SSL3_RT_HANDSHAKE } from 'openssl-shim'
import { dissect } from '../../compat/trace/dissect.ts'
import { readPcap } from '../../compat/trace/pcap.ts'
import { type Kind, TITLES, trace } from '../../compat/trace/run.ts'
import { svg } from '../../compat/trace/svg.ts'

/** The pictures of handshakes are what the code does, and captures are drawn for what they are. */

describe('the pictures', () => {
  const kinds: readonly Kind[] = ['full', 'resumed', 'cookie']

  test.each(kinds)('%s.svg is what `npm run trace` draws today', kind => {
    expect(readFileSync(`compat/trace/${kind}.svg`, 'utf8')).toBe(svg(TITLES[kind], trace(kind)))
  })

  test('the flights are those of RFC 6347 section 4.2.4', () => {
    const names = (kind: Kind) => trace(kind).map(({ from, name }) => `${from[0]} ${name}`)
    expect(names('resumed').slice(0, 6)).toEqual([
      'c ClientHello',
      's ServerHello',
      's ChangeCipherSpec',
      's Finished',
      'c ChangeCipherSpec',
      'c Finished',
    ])
    expect(names('cookie').slice(0, 3)).toEqual(['c ClientHello', 's HelloVerifyRequest', 'c ClientHello'])
  })
})

describe('captures', () => {
  const hello = record(0, 0, handshake(1, 40, 0, 40))
  const packets = [
    [5, 1000, 4433, hello],
    [15, 4433, 1000, record(0, 0, handshake(2, 100, 0, 60))],
    [16, 4433, 1000, record(0, 1, handshake(2, 100, 60, 40))],
    [17, 9, 9, hello],
    [25, 1000, 4433, Buffer.concat([record(0, 2, Buffer.of(1), 20), record(1, 0, Buffer.alloc(40))])],
  ] as const

  test('datagrams are found in Ethernet frames, messages and their fragments in datagrams', () => {
    const file = pcap(
      packets.map(([at, source, target, payload]) => ({ at, frame: ethernet(source, target, payload) })),
    )
    expect(dissect(readPcap(file))).toEqual([
      { from: 'client', name: 'ClientHello', epoch: 0, length: 52, at: 0 },
      { from: 'server', name: 'ServerHello, 0 to 60 of 100', epoch: 0, length: 72, at: 10 },
      { from: 'server', name: 'ServerHello, 60 to 100 of 100', epoch: 0, length: 52, at: 11 },
      { from: 'client', name: 'ChangeCipherSpec', epoch: 0, length: 14, at: 20 },
      { from: 'client', name: 'Handshake message', epoch: 1, length: 53, at: 20 },
    ])
  })

  test('a file that is cut anywhere gives what is whole, or a reason, and no more', () => {
    const file = pcap(
      packets.map(([at, source, target, payload]) => ({ at, frame: ethernet(source, target, payload) })),
    )
    const whole = dissect(readPcap(file)).length
    for (let length = 0; length < file.length; length++) {
      if (length < 24) expect(() => readPcap(file.subarray(0, length))).toThrow('too short')
      else expect(dissect(readPcap(file.subarray(0, length))).length).toBeLessThan(whole)
    }
  })

  test('what is no capture is said so', () => {
    expect(() => readPcap(Buffer.alloc(100))).toThrow('not a pcap file')
  })

  test('names from the network are escaped', () => {
    const arrow = { from: 'client', name: '<script>', epoch: 0, length: 1, at: 0 } as const
    expect(svg('a & b', [arrow])).not.toMatch(/<script>|a & b/)
  })
})

function handshake(type: number, length: number, offset: number, size: number): Buffer {
  const header = Buffer.alloc(12)
  header[0] = type
  header.writeUIntBE(length, 1, 3)
  header.writeUIntBE(offset, 6, 3)
  header.writeUIntBE(size, 9, 3)
  return Buffer.concat([header, Buffer.alloc(size)])
}

function record(epoch: number, sequence: number, fragment: Uint8Array, type: number = SSL3_RT_HANDSHAKE): Buffer {
  const header = Buffer.from([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, sequence, 0, 0])
  header.writeUInt16BE(fragment.length, 11)
  return Buffer.concat([header, fragment])
}

function ethernet(source: number, target: number, payload: Uint8Array): Buffer {
  const headers = Buffer.alloc(14 + 20 + 8)
  headers.set([0x45], 14)
  headers[14 + 9] = 17
  headers.set([127, 0, 0, 1, 127, 0, 0, 1], 14 + 12)
  headers.writeUInt16BE(source, 34)
  headers.writeUInt16BE(target, 36)
  headers.writeUInt16BE(8 + payload.length, 38)
  return Buffer.concat([headers, payload])
}

function pcap(packets: readonly { at: number; frame: Buffer }[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt32LE(1, 20)
  return Buffer.concat([
    header,
    ...packets.flatMap(({ at, frame }) => {
      const before = Buffer.alloc(16)
      before.writeUInt32LE(at * 1000, 4)
      before.writeUInt32LE(frame.length, 8)
      return [before, frame]
    }),
  ])
}
