import { heartbeat as wire } from '../../wire/extensions/heartbeat.ts'
import { HeartbeatMode } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import type { ExtensionRow } from './row.ts'

/** RFC 6520 section 2: each side says whether the other may send requests. */
export const heartbeat: ExtensionRow = {
  type: wire.type,

  offer({ config }) {
    return config.heartbeat === null ? null : wire.writeClient(config.heartbeat)
  },

  offered(handshake, body) {
    agree(handshake, wire.readClient(body))
  },

  answer({ agreed, config }) {
    return agreed.heartbeat === null || config.heartbeat === null ? null : wire.writeServer(config.heartbeat)
  },

  answered(handshake, body) {
    agree(handshake, wire.readServer(body))
  },
}

function agree({ agreed, config }: HandshakeContext, theirs: number): void {
  if (config.heartbeat === null) return
  agreed.heartbeat = {
    maySend: theirs === HeartbeatMode.peerAllowedToSend,
    peerMaySend: config.heartbeat === HeartbeatMode.peerAllowedToSend,
  }
}
