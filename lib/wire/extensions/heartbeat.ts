import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { ExtensionType, HeartbeatMode } from '../registry.ts'
import { Writer } from '../writer.ts'
import { readBody } from './extension.ts'

/** RFC 6520 section 2: a `HeartbeatMode`. */
export const heartbeat = {
  type: ExtensionType.heartbeat,
  readClient: read,
  writeClient: write,
  readServer: read,
  writeServer: write,
}

function read(body: Uint8Array): number {
  const mode = readBody(body, reader => reader.u8())
  if (!isMode(mode)) throw new ProtocolFailure('bad-extension', { alert: Alert.illegalParameter })
  return mode
}

function write(mode: number): Uint8Array {
  if (!isMode(mode)) throw new RangeError(`${mode} is no heartbeat mode`)
  return new Writer(1).u8(mode).finish()
}

function isMode(mode: number): boolean {
  return mode === HeartbeatMode.peerAllowedToSend || mode === HeartbeatMode.peerNotAllowedToSend
}
