import { copy } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { MASTER_SECRET_LENGTH } from '../../crypto/key-schedule.ts'
import { suiteById } from '../../crypto/suites.ts'
import { Session } from '../../session/session.ts'
import type { ProtocolVersion } from '../../wire/version.ts'
import type { HandshakeContext } from '../context.ts'

/** What both roles do with the session of a handshake. */

/** A session for what this handshake will agree on, in this version as far as is known. */
export function beginSession(handshake: HandshakeContext, version: ProtocolVersion): Session {
  const { sessions } = handshake.config
  const session = new Session(handshake.now, sessions.timeout)
  session.idContext = copy(sessions.context)
  session.version = version.wire
  session.verifyResult = 0
  session.maxFragmentLength = 0
  handshake.session = session
  handshake.resumed = false
  return session
}

/** Takes up what the session holds in place of a key exchange; its suite is known to be one of ours. */
export function resumeSession(handshake: HandshakeContext, session: Session): void {
  // Who keeps it may have let go of it meanwhile.
  if (session.master.length !== MASTER_SECRET_LENGTH) throw new ProtocolFailure('internal-error')
  const suite = suiteById(session.suite)
  if (suite !== undefined && handshake.suiteOrNull === null) handshake.chooseSuite(suite)
  handshake.session = session
  handshake.resumed = true
  handshake.master = copy(session.master)
  handshake.peerChain = session.peerChain
  handshake.agreed.serverName = session.serverName
  handshake.pskIdentity = session.pskIdentity
  handshake.pskHint = session.pskHint
  handshake.group = session.group === 0 ? null : session.group
}

/** Writes down what a full handshake has agreed on, as soon as there is a master secret. */
export function recordSession(handshake: HandshakeContext): void {
  const { session, agreed } = handshake
  if (session === null) return
  session.version = handshake.version.wire
  session.suite = handshake.suite.id
  session.wipe()
  session.master = copy(handshake.master)
  session.extendedMasterSecret = agreed.extendedMasterSecret
  session.peerChain = handshake.peerChain
  session.serverName = agreed.serverNameAcknowledged ? agreed.serverName : null
  if (agreed.alpn !== null) session.alpn = agreed.alpn
  session.maxFragmentLength = agreed.maxFragmentLength
  session.pskIdentity = handshake.pskIdentity
  session.pskHint = handshake.pskHint
  session.group = handshake.group ?? 0
}
