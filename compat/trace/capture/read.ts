import { CaptureError, readCaptureFile } from './file.ts'
import { isKnownLink, type Packet, readPacket } from './packet.ts'

export interface Capture {
  readonly packets: readonly Packet[]
  /** A key log that the file carries; mostly empty. */
  readonly secrets: string
}

/**
 * What a pcap or pcapng file holds of UDP, TCP and SCTP.
 * @throws CaptureError, with one sentence, for a file that is none or of a link type that is not known
 */
export function readCapture(file: Uint8Array): Capture {
  const { frames, secrets } = readCaptureFile(file)
  const strange = frames.find(({ link }) => !isKnownLink(link))
  if (strange !== undefined) throw new CaptureError(`frames of link type ${strange.link} are not known here`)
  return { packets: frames.map(readPacket).filter(packet => packet !== null), secrets }
}
