import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Packet, writePcap } from '../trace/write-pcap.ts'
import { type CellName, cellId } from './cell.ts'

/** What passed between the two sides, and the secrets that our side knows. */
export interface Capture {
  readonly packets: readonly Packet[]
  /** Of an association: the pcap file that was written beside it. */
  readonly frames: Uint8Array | null
  /** Lines of NSS's key log format. */
  readonly keys: string
}

/**
 * Writes a cell's capture and its secrets, for `tshark -r FILE.pcap -o tls.keylog_file:FILE.keys` with
 * `-d udp.port==4433,dtls -d tcp.port==4433,tls`, or `-d sctp.port==PORT,dtls` of an association.
 */
export function saveCapture(folder: string, cell: CellName, { packets, frames, keys }: Capture): void {
  if (packets.length === 0 && frames === null) return
  mkdirSync(folder, { recursive: true })
  const name = join(folder, cellId(cell).replace(/[^\w.]+/g, '-'))
  writeFileSync(`${name}.pcap`, frames ?? writePcap(packets))
  writeFileSync(`${name}.keys`, keys)
}
