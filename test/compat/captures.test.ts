import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { runCell } from '../../compat/matrix/cell.ts'
import { FEATURES } from '../../compat/matrix/features.ts'
import type { Capture } from '../../compat/matrix/meeting.ts'
import { openssl } from '../../compat/matrix/peers/openssl.ts'
import { readCapture } from '../../compat/trace/capture/read.ts'
import { conversations, dissect } from '../../compat/trace/dissect.ts'
import { readKeyLog } from '../../compat/trace/secrets.ts'
import { CAPTURE_PORT, type Packet, writePcap } from '../../compat/trace/write-pcap.ts'

/** What a run of the matrix leaves behind, as tshark sees it: nothing malformed, and with our key log the clear text. */

const tshark = spawnSync('tshark', ['--version'], { encoding: 'utf8' })
if (tshark.error) console.warn(`captures are not opened: ${tshark.error.message}`)
const inTheWay = tshark.error?.message ?? (await openssl.prepare())
const live = inTheWay === null ? describe : describe.skip

const folder = mkdtempSync(join(tmpdir(), 'captures-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Row {
  readonly connection: number
  readonly malformed: boolean
  readonly finished: boolean
  /** Clear text, in hexadecimal. */
  readonly data: string
}

/** What tshark makes of a capture: the packets that hold a Finished, clear text, or what it cannot make sense of. */
function dissected({ packets, keys }: Capture): Row[] {
  const [file, secrets] = [join(folder, 'runs.pcap'), join(folder, 'runs.keys')]
  writeFileSync(file, writePcap(packets))
  writeFileSync(secrets, keys)
  const ports = [`udp.port==${CAPTURE_PORT},dtls`, `tcp.port==${CAPTURE_PORT},tls`].flatMap(port => ['-d', port])
  const bad = '_ws.malformed or _ws.expert.severity == error'
  const filter = `${bad} or data or tls.handshake.type == 20 or dtls.handshake.type == 20`
  const fields = ['udp.port', 'tcp.port', '_ws.malformed', 'tls.handshake.type', 'dtls.handshake.type', 'data.data']
  const wanted = [...fields, '_ws.expert.severity'].flatMap(field => ['-e', field])
  const args = ['-r', file, '-o', `tls.keylog_file:${secrets}`, ...ports, '-Y', filter, '-T', 'fields', ...wanted]
  const { status, stdout, stderr } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [udp = '', tcp = '', malformed, tls = '', dtls = '', data = '', severity = ''] = line.split('\t')
      const port = `${udp},${tcp}`.split(',').find(text => text !== '' && text !== `${CAPTURE_PORT}`)
      const finished = `${tls},${dtls}`.split(',').includes('20')
      const error = severity.split(',').includes(ERROR)
      return { connection: Number(port) - 50_000, malformed: malformed !== '' || error, finished, data }
    })
}

/** Of Wireshark's expert information, as a number. */
const ERROR = '8388608'

/** What was sent of a size, in the hexadecimal of tshark. */
function message(size: number): string {
  return Buffer.from(Array.from({ length: size }, (_, i) => i * 7 + size)).toString('hex')
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
  let rows: readonly Row[] = []
  let whole: Capture = { packets: [], keys: '' }

  beforeAll(async () => {
    for (const { role, feature, first } of runs) {
      const { outcome, reason } = await runCell(openssl, role, feature, ({ packets, keys }) => {
        const renumbered = packets.map(packet => ({ ...packet, connection: first + packet.connection }))
        whole = { packets: [...whole.packets, ...renumbered], keys: whole.keys + keys }
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
    const data = own.flatMap(row => row.data.split(','))
    for (const size of feature.settings.sizes)
      expect(data.filter(text => text === message(size)).length).toBe(2 * rounds)
  })

  test('what is drawn of them has the clear text too', () => {
    const drawn = conversations(readCapture(writePcap(whole.packets)).packets).map(one => {
      const items = dissect(one, readKeyLog(whole.keys)).flatMap(passage => passage.items)
      return { client: one.client, finished: items.filter(({ text, again }) => text === 'Finished' && !again).length }
    })
    expect(drawn.length).toBeGreaterThanOrEqual(runs.length)
    expect(drawn.filter(({ finished }) => finished !== 2)).toEqual([])
  })

  test('nothing is clear without the keys', () => {
    const blind = dissected({ ...whole, keys: '' })
    expect(blind.filter(({ data, finished }) => data !== '' || finished)).toEqual([])
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
