import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** freeDiameter, whose TLS over SCTP is RFC 3436's, and the little of Diameter (RFC 6733) that it takes to talk to it. */

/** Why it cannot be had, for people; null when it can. */
export const withoutFreeDiameter: string | null = ['freeDiameterd', 'openssl'].every(
  program => spawnSync('which', [program]).status === 0,
)
  ? null
  : 'freeDiameterd or openssl is not installed'

/** Who is who: `theirs` is freeDiameter. */
const [OURS, THEIRS, REALM] = ['ours.example.net', 'theirs.example.net', 'example.net']

/** A folder with certificates and configurations. */
export class Diameter {
  readonly directory = mkdtempSync(join(tmpdir(), 'diameter-'))
  readonly #processes: ChildProcess[] = []
  output = ''

  constructor() {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: this.directory, stdio: 'pipe' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA', '-days', '3650')
    for (const name of [OURS, THEIRS]) {
      openssl('req', '-new', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
      this.#write('ext', `subjectAltName=DNS:${name}`)
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '3650', '-extfile', 'ext']
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`)
    }
    // A group of RFC 3526: the program wants one, and takes long to make its own.
    this.#write('dh.pem', openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:modp_2048').toString())
    this.#write('acl.conf', `ALLOW_IPSEC ALLOW_OLD_TLS ${OURS}\n`)
  }

  file(name: 'ca.pem' | 'ours.pem' | 'ours.key'): string {
    return join(this.directory, name.replace('ours', OURS))
  }

  /** Starts the program: it listens at a port, and connects to another one if there is one. */
  start({ port, streams, connectTo }: { port: number; streams: number; connectTo?: number }): void {
    const peer = `ConnectPeer = "${OURS}" { ConnectTo = "127.0.0.1"; Port = ${connectTo}; };`
    this.#write(
      'diameter.conf',
      `Identity = "${THEIRS}"; Realm = "${REALM}"; Port = ${port - 1}; SecPort = ${port};
No_TCP; No_IPv6; ListenOn = "127.0.0.1"; SCTP_streams = ${streams}; TcTimer = 6; TwTimer = 6;
TLS_Cred = "${THEIRS}.pem", "${THEIRS}.key"; TLS_CA = "ca.pem"; TLS_DH_File = "dh.pem";
TLS_Prio = "NORMAL:-VERS-ALL:+VERS-TLS1.2";
LoadExtension = "acl_wl.fdx" : "acl.conf"; ${connectTo === undefined ? '' : peer}
`,
    )
    const child = spawn('freeDiameterd', ['-dd', '-c', 'diameter.conf'], { cwd: this.directory })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (this.output += text))
    this.#processes.push(child)
  }

  /** Waits until it has said something. */
  async says(what: RegExp): Promise<void> {
    for (let naps = 0; naps < 600; naps++) {
      if (what.test(this.output)) return
      await sleep(100)
    }
    throw new Error(`it has not said ${what}:\n${this.output.slice(-4000)}`)
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.splice(0)) {
      if (child.exitCode === null) await new Promise(done => child.once('exit', done) && child.kill('SIGKILL'))
    }
    rmSync(this.directory, { recursive: true })
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.directory, name), text)
  }
}

/** Capabilities-Exchange, Device-Watchdog and Disconnect-Peer. */
export const [CER, DWR, DPR] = [257, 280, 282] as const

interface Header {
  readonly code: number
  readonly request: boolean
  readonly hopByHop: number
  readonly endToEnd: number
}

export function headerOf(message: Buffer): Header {
  return {
    code: message.readUIntBE(5, 3),
    request: (message.readUInt8(4) & 0x80) !== 0,
    hopByHop: message.readUInt32BE(12),
    endToEnd: message.readUInt32BE(16),
  }
}

/** The Result-Code of an answer. */
export function resultOf(message: Buffer): number {
  for (let at = 20; at < message.length; at += (message.readUIntBE(at + 5, 3) + 3) & ~3)
    if (message.readUInt32BE(at) === 268) return message.readUInt32BE(at + 8)
  throw new Error('an answer without Result-Code')
}

/** A request of ours. */
export function request(code: number, number: number): Buffer {
  const cause = code === DPR ? [avp(273, u32(0))] : []
  return packed({ code, request: true, hopByHop: number, endToEnd: number }, [...identity(code), ...cause])
}

/** Success. */
export function answerTo(message: Buffer): Buffer {
  const header = headerOf(message)
  return packed({ ...header, request: false }, [avp(268, u32(2001)), ...identity(header.code)])
}

function identity(code: number): Buffer[] {
  const names = [avp(264, Buffer.from(OURS)), avp(296, Buffer.from(REALM))]
  if (code !== CER) return names
  const address = avp(257, Buffer.from([0, 1, 127, 0, 0, 1]))
  const product = avp(269, Buffer.from('openssl-shim'), false)
  // A relay: it takes every application.
  return [...names, address, avp(266, u32(0)), product, avp(258, u32(0xffffffff))]
}

function packed({ code, request: asks, hopByHop, endToEnd }: Header, avps: readonly Buffer[]): Buffer {
  const body = Buffer.concat(avps)
  const header = Buffer.alloc(20)
  header.writeUInt8(1, 0)
  header.writeUIntBE(20 + body.length, 1, 3)
  header.writeUInt8(asks ? 0x80 : 0, 4)
  header.writeUIntBE(code, 5, 3)
  header.writeUInt32BE(hopByHop, 12)
  header.writeUInt32BE(endToEnd, 16)
  return Buffer.concat([header, body])
}

function avp(code: number, data: Buffer, mandatory = true): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt32BE(code, 0)
  header.writeUInt8(mandatory ? 0x40 : 0, 4)
  header.writeUIntBE(8 + data.length, 5, 3)
  return Buffer.concat([header, data, Buffer.alloc(-data.length & 3)])
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
