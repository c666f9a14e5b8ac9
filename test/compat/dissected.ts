import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A packet of a capture that holds a Finished, clear text, or what tshark can make no sense of. */
export interface Row {
  /** Of UDP or TCP. */
  readonly ports: readonly number[]
  readonly malformed: boolean
  readonly finished: boolean
  /** Clear text, in hexadecimal, of each record. */
  readonly data: readonly string[]
}

/** Why captures cannot be opened here, or null. */
export function whyNoTshark(): string | null {
  return spawnSync('tshark', ['--version'], { encoding: 'utf8' }).error?.message ?? null
}

/**
 * What tshark makes of a capture.
 * @param keys - lines of NSS's key log format
 * @param decodeAs - `layer==value,protocol`, each
 */
export function dissected(pcap: Uint8Array, keys: string, decodeAs: readonly string[]): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'captures-'))
  try {
    const [file, secrets] = [join(folder, 'runs.pcap'), join(folder, 'runs.keys')]
    writeFileSync(file, pcap)
    writeFileSync(secrets, keys)
    const wanted = FIELDS.flatMap(field => ['-e', field])
    const protocols = decodeAs.flatMap(rule => ['-d', rule])
    const args = ['-r', file, '-o', `tls.keylog_file:${secrets}`, ...protocols, '-Y', FILTER, '-T', 'fields', ...wanted]
    const { status, stdout, stderr } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 26 })
    if (status !== 0) throw new Error(stderr)
    return stdout
      .split('\n')
      .filter(line => line !== '')
      .map(rowOf)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What was sent of a size in a run of the matrix, in the hexadecimal of tshark. */
export function message(size: number): string {
  return Buffer.from(Array.from({ length: size }, (_, i) => i * 7 + size)).toString('hex')
}

const BAD = '_ws.malformed or _ws.expert.severity == error'
const FILTER = `${BAD} or data or tls.handshake.type == 20 or dtls.handshake.type == 20`
const FIELDS = [
  ...['udp.port', 'tcp.port', '_ws.malformed', 'tls.handshake.type', 'dtls.handshake.type', 'data.data'],
  '_ws.expert.severity',
]
/** Of Wireshark's expert information, as a number. */
const ERROR = '8388608'

function rowOf(line: string): Row {
  const [udp = '', tcp = '', malformed, tls = '', dtls = '', data = '', severity = ''] = line.split('\t')
  const list = (text: string) => text.split(',').filter(part => part !== '')
  return {
    ports: list(`${udp},${tcp}`).map(Number),
    malformed: malformed !== '' || list(severity).includes(ERROR),
    finished: list(`${tls},${dtls}`).includes('20'),
    data: list(data),
  }
}
