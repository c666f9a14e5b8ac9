import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { PLAYS, type PlayName } from '../../compat/pictures/list.ts'
import { CaptureError } from '../../compat/trace/capture/file.ts'
import { readCapture } from '../../compat/trace/capture/read.ts'
import { command } from '../../compat/trace/command.ts'
import { conversations, dissect } from '../../compat/trace/dissect.ts'
import { readKeyLog } from '../../compat/trace/secrets.ts'
import { writePcap } from '../../compat/trace/write-pcap.ts'
import { SeededSource } from '../../lib/sim.ts'

/** Captures: in the forms that Wireshark's own tools write, dissected as tshark does, and whatever a stranger makes of them. */

const folder = mkdtempSync(join(tmpdir(), 'trace-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const missing = ['tshark', 'editcap', 'text2pcap'].filter(name => spawnSync(name, ['--version']).error !== undefined)
if (missing.length > 0) console.warn(`captures are not compared with Wireshark's tools: no ${missing.join(', ')}`)
const wireshark = missing.length === 0 ? describe : describe.skip

/** A run as a capture, and its key log. SCTP is in the UDP of the port that tshark is told of. */
function captured(name: PlayName): Captured {
  const known = captures.get(name)
  if (known !== undefined) return known
  const stage = PLAYS[name].run()
  const packets = stage.packets.map(({ at, protocol, source, payload }) => ({
    at: 1_800_000_000_000 + at,
    protocol: protocol === 'tcp' ? ('tcp' as const) : ('udp' as const),
    connection: 0,
    from: /^(client|10\.0\.0\.1 )/.test(source) ? ('client' as const) : ('server' as const),
    payload,
  }))
  const [file, keys] = [join(folder, `${name}.pcap`), join(folder, `${name}.keys`)]
  const pcap = writePcap(packets)
  writeFileSync(file, pcap)
  writeFileSync(keys, stage.keys)
  const fresh = { file, keys, pcap, log: stage.keys }
  captures.set(name, fresh)
  return fresh
}

interface Captured {
  readonly file: string
  readonly keys: string
  readonly pcap: Uint8Array
  readonly log: string
}

const captures = new Map<PlayName, Captured>()

/** The names of all messages in a capture, in order. */
function messages(pcap: Uint8Array, log: string): string[] {
  const { packets, secrets } = readCapture(pcap)
  return conversations(packets).flatMap(one =>
    dissect(one, readKeyLog(`${log}\n${secrets}`)).flatMap(({ items }) => items.map(({ text }) => text)),
  )
}

function tool(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
  return stdout
}

wireshark("beside Wireshark's tools", () => {
  test.each(Object.keys(PLAYS) as PlayName[])('%s: tshark finds the same messages, and nothing malformed', name => {
    const { file, keys, pcap, log } = captured(name)
    const inside =
      name === 'tls' ? 'tcp.port==4433,tls' : name === 'sctp' ? 'udp.port==4433,sctp' : 'udp.port==4433,dtls'
    const args = ['-r', file, '-o', `tls.keylog_file:${keys}`, '-d', inside, '-d', 'sctp.port==4433,dtls']
    const layer = name === 'tls' ? 'tls' : 'dtls'
    const tree = tool('tshark', ...args, '-T', 'pdml')
    expect(tree).not.toMatch(/_ws\.malformed/)
    const types = [...tree.matchAll(new RegExp(`name="${layer}\\.handshake\\.type"[^>]*show="(\\d+)"`, 'g'))]
    const own = messages(pcap, log).filter(text => HANDSHAKE.has(text))
    // What a segment has a part of stands here once for each part.
    const once = own.filter((text, i) => !(name === 'tls' && text === own[i - 1]))
    const theirs = types.map(([, type]) => NAMES.get(Number(type)))
    // tshark loses a connection in its second ServerHello.
    const followed = ['renegotiation', 'sctp'].includes(name) ? once.lastIndexOf('ClientHello') + 1 : once.length
    expect(theirs.slice(0, followed)).toEqual(once.slice(0, followed))
    if (followed === once.length) expect(theirs).toEqual(once)
  })

  test('pcapng, other clocks and other byte orders hold the same packets', () => {
    const { file, keys, pcap, log } = captured('cookie')
    const expected = messages(pcap, log)
    for (const format of ['pcapng', 'nsecpcap', 'pcap']) {
      const other = join(folder, `cookie.${format}`)
      tool('editcap', '-F', format, ...(format === 'pcapng' ? ['--inject-secrets', `tls,${keys}`] : []), file, other)
      const read = readCapture(readFileSync(other))
      expect(read.packets).toEqual(readCapture(pcap).packets)
      expect(messages(readFileSync(other), format === 'pcapng' ? '' : log)).toEqual(expected)
    }
  })

  test.each([
    ['Ethernet and UDP', ['-u', '1000,4433'], 'psk'],
    ['Ethernet, IPv6 and UDP', ['-6', 'fe80::1,fe80::2', '-u', '1000,4433'], 'psk'],
    ['Ethernet and TCP', ['-T', '1000,4433'], 'tls'],
    ['Ethernet and SCTP', ['-S', '1000,4433,0'], 'psk'],
  ] as const)('%s, as text2pcap puts them around a hello', (_what, headers, name) => {
    const [hello] = PLAYS[name].run().packets
    if (hello === undefined) throw new Error('nothing was sent')
    const [dump, file] = [join(folder, 'hello.txt'), join(folder, 'hello.pcap')]
    writeFileSync(dump, `0000 ${Buffer.from(hello.payload).toString('hex').replace(/../g, '$& ')}\n`)
    for (const format of ['pcap', 'pcapng']) {
      tool('text2pcap', '-q', '-F', format, ...headers, dump, file)
      const [found, ...others] = conversations(readCapture(readFileSync(file)).packets)
      expect(others).toEqual([])
      expect([found?.client, found?.server].map(end => end?.split(' ')[1])).toEqual(['1000', '4433'])
      expect(found === undefined ? [] : dissect(found).flatMap(({ items }) => items.map(({ text }) => text))).toEqual([
        'ClientHello',
      ])
    }
  })
})

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'HelloRequest'],
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [3, 'HelloVerifyRequest'],
  [4, 'NewSessionTicket'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
  [20, 'Finished'],
])
const HANDSHAKE = new Set(NAMES.values())

describe('a hostile capture', () => {
  const names = ['cookie', 'sctp', 'tls'] as const

  /** What comes of a file: nothing thrown but one clear message. */
  function survives(file: Uint8Array, log: string): void {
    try {
      messages(file, log)
    } catch (failure) {
      expect(failure).toBeInstanceOf(CaptureError)
    }
  }

  test.each(names)('%s, cut anywhere, gives what is whole', name => {
    const { pcap, log } = captured(name)
    const whole = messages(pcap, log).length
    for (let length = 24; length < pcap.length; length += 97)
      expect(messages(pcap.subarray(0, length), log).length).toBeLessThanOrEqual(whole)
    expect(() => readCapture(pcap.subarray(0, 23))).toThrow(new CaptureError('too short for a capture'))
  })

  test.each(names)('%s, with bytes changed, never throws anything but a message', name => {
    const { pcap, log } = captured(name)
    const source = new SeededSource(`hostile ${name}`)
    for (let run = 0; run < 150; run++) {
      const damaged = pcap.slice()
      for (let i = 0; i <= run % 8; i++) damaged[24 + source.integer(damaged.length - 24)] = source.integer(256)
      survives(damaged, log)
    }
  })

  test('blocks of pcapng that lie about their lengths', () => {
    const source = new SeededSource('pcapng')
    const section = Buffer.from('0a0d0d0a1c0000004d3c2b1a01000000ffffffffffffffff1c000000', 'hex')
    const described = Buffer.from('01000000140000006500000000000000' + '14000000', 'hex')
    for (let run = 0; run < 300; run++) {
      const block = Buffer.from(source.bytes(64))
      block.writeUInt32LE([1, 3, 6, 10][run % 4] ?? 0, 0)
      block.writeUInt32LE(source.chance(0.5) ? 64 : source.integer(2 ** 32), 4)
      survives(Buffer.concat([section, described, block]), '')
    }
    expect(() => readCapture(Buffer.concat([section, Buffer.alloc(16)]))).toThrow('impossible length')
  })
})

describe('the command', () => {
  test('draws a connection of a capture, in the clear with its keys', () => {
    const { file, keys } = captured('psk')
    const drawn = command(['--keys', keys, file]).output
    expect(drawn).toContain('Finished')
    expect(drawn).toContain('“hello”, 5 bytes, epoch 1')
    expect(command([file]).output).not.toContain('Finished')
    expect(command(['--list', file]).output).toBe('1  udp  127.0.0.1 50000 > 127.0.0.2 4433  8 packets\n')
  })

  test.each([
    [['--run', 'nothing'], /^trace: there is no run nothing, but full, /],
    [['--connection', '2', 'psk.pcap'], /^trace: connection 2 is not among the 1 in /],
    [['none.pcap'], /^trace: ENOENT/],
    [['--colour'], /^trace: Unknown option '--colour'/],
    [['a', 'b'], /^trace: one capture or one run at a time/],
    [['keys.keys'], /^trace: .*neither pcap nor pcapng/],
  ])('%j is complained about in one line', (args, complaint) => {
    captured('psk')
    writeFileSync(join(folder, 'keys.keys'), 'CLIENT_RANDOM but nothing that is one')
    const { status, output, complaint: said } = command(args.map(arg => (/\./.test(arg) ? join(folder, arg) : arg)))
    expect([status, output]).toEqual([1, ''])
    expect(said).toMatch(complaint)
    expect(said.trimEnd().split('\n').length).toBe(1)
  })

  test('says how it is used', () => {
    for (const args of [[], ['--help']]) expect(command(args)).toMatchObject({ status: 0, output: /--keys FILE/ })
  })
})
