import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Capture } from '../../compat/matrix/capture.ts'
import { runCell } from '../../compat/matrix/cell.ts'
import { FEATURES } from '../../compat/matrix/features.ts'
import { openssl } from '../../compat/matrix/peers/openssl.ts'
import { readCapture } from '../../compat/trace/capture/read.ts'
import { conversations, dissect } from '../../compat/trace/dissect.ts'
import { readKeyLog } from '../../compat/trace/secrets.ts'
import { CAPTURE_PORT, type Packet, writePcap } from '../../compat/trace/write-pcap.ts'
import { message, type Row, dissected as tsharkRows, whyNoTshark } from './dissected.ts'

/** What a run of the matrix leaves behind, as tshark sees it: nothing malformed, and with our key log the clear text. */

const inTheWay = whyNoTshark() ?? (await openssl.prepare())
if (inTheWay !== null) console.warn(`captures are not opened: ${inTheWay}`)
const live = inTheWay === null ? describe : describe.skip

/** Of UDP and of TCP, by the one port of every capture; a connection's number is in the other. */
const PROTOCOLS = [`udp.port==${CAPTURE_PORT},dtls`, `tcp.port==${CAPTURE_PORT},tls`]

function dissected({ packets, keys }: Capture): (Row & { connection: number })[] {
  return tsharkRows(writePcap(packets), keys, PROTOCOLS).map(row => {
    const port = row.ports.find(one => one !== CAPTURE_PORT) ?? 0
    return { ...row, connection: port - 50_000 }
  })
}

const WANTED = [
  ['client', 'DTLSv1.2', 'handshake and echo'],
  ['server', 'DTLSv1.2', 'handshake and echo'],
  ['server', 'DTLSv1', 'encrypt-then-MAC'],
  ['client', 'DTLSv1.2', 'by ticket'],
  ['server', 'DTLSv1.2', 'MTU 512'],
  ['client', 'TLSv1.2', 'handshake and echo'],
  ['server', 'TLSv1.2', 'by session id'],
  ['server', 'TLSv1', 'handshake and echo'],
] as const

live('captures of runs with libssl', () => {
  const runs = WANTED.map(([role, version, name], at) => {
    const feature = FEATURES.find(one => one.version === version && one.name === name)
    if (feature === undefined) throw new Error(`no feature ${name}`)
    // Each run has a range of connections to itself in the one file.
    return { title: `as ${role}: ${version}, ${name}`, role, feature, first: at * 10 }
  })
  let rows: ReturnType<typeof dissected> = []
  let whole: Capture = { packets: [], frames: null, keys: '' }

  beforeAll(async () => {
    for (const { role, feature, first } of runs) {
      const { outcome, reason } = await runCell(openssl, role, feature, ({ packets, keys }) => {
        const renumbered = packets.map(packet => ({ ...packet, connection: first + packet.connection }))
        whole = { ...whole, packets: [...whole.packets, ...renumbered], keys: whole.keys + keys }
      })
      expect(`${outcome}${reason}`).toBe('works')
    }
    rows = dissected(whole)
  }, 120_000)

  test.each(runs)('$title', ({ feature, first }) => {
    const own = rows.filter(({ connection }) => connection >= first && connection < first + 10)
    expect(own.filter(({ malformed }) => malformed)).toEqual([])
    const rounds = feature.settings.resume === undefined ? 1 : 2
    expect(own.filter(({ finished }) => finished).length).toBe(2 * rounds)
    const data = own.flatMap(row => row.data)
    for (const size of feature.settings.sizes)
      expect(data.filter(text => text === message(size)).length).toBe(2 * rounds)
  })

  test('what is drawn of them has the clear text too', () => {
    const items = conversations(readCapture(writePcap(whole.packets)).packets).flatMap(one =>
      dissect(one, readKeyLog(whole.keys)).flatMap(passage => passage.items),
    )
    // Two handshakes may follow each other between the same ports.
    const handshakes = runs.reduce((sum, { feature }) => sum + (feature.settings.resume === undefined ? 1 : 2), 0)
    expect(items.filter(({ text, again }) => text === 'Finished' && !again).length).toBe(2 * handshakes)
  })

  test('nothing is clear without the keys', () => {
    const blind = dissected({ ...whole, keys: '' })
    expect(blind.filter(({ data, finished }) => data.length > 0 || finished)).toEqual([])
  })
})

describe('the file', () => {
  const packet = (from: Packet['from'], at: number, length: number): Packet => {
    return { at, protocol: 'udp', connection: 3, from, payload: new Uint8Array(length).fill(7) }
  }

  test('datagrams come back from it as they were', () => {
    const packets = [packet('client', 1_700_000_000_250, 40), packet('server', 1_700_000_001_500, 0)]
    expect(readCapture(writePcap(packets)).packets).toEqual([
      {
        at: 1_700_000_000_250,
        protocol: 'udp',
        source: '127.0.0.1 50003',
        target: '127.0.0.2 4433',
        payload: packets[0]?.payload,
      },
      {
        at: 1_700_000_001_500,
        protocol: 'udp',
        source: '127.0.0.2 4433',
        target: '127.0.0.1 50003',
        payload: packets[1]?.payload,
      },
    ])
  })

  test('a stream has its handshake before it, and numbers that follow its bytes', () => {
    const stream = (from: Packet['from'], length: number): Packet => ({ ...packet(from, 5, length), protocol: 'tcp' })
    const file = writePcap([stream('client', 10), stream('server', 40_000), stream('client', 1)])
    const view = new DataView(file.buffer, file.byteOffset, file.length)
    const found: number[][] = []
    for (let at = 24; at < file.length; at += 16 + view.getUint32(at + 8, true)) {
      const tcp = at + 16 + 20
      found.push([view.getUint32(tcp + 4), view.getUint32(tcp + 8), view.getUint8(tcp + 13)])
    }
    const [syn, synAck, ack, push] = [0x02, 0x12, 0x10, 0x18]
    expect(found).toEqual([
      [0, 0, syn],
      [0, 1, synAck],
      [1, 1, ack],
      [1, 1, push],
      [1, 11, push],
      [32_769, 11, push],
      [11, 40_001, push],
    ])
  })

  test('what is dissected of it here is what was sent', () => {
    const hello = Buffer.from('16fefd0000000000000000000d010000010000000000000001ff', 'hex')
    const client: Packet = { at: 0, protocol: 'udp', connection: 0, from: 'client', payload: hello }
    const found = conversations(readCapture(writePcap([client])).packets)
    expect(found.flatMap(one => dissect(one)).flatMap(({ items }) => items)).toMatchObject([{ text: 'ClientHello' }])
  })
})
