import { equal } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { digest } from '../../crypto/hash.ts'
import { MASTER_SECRET_LENGTH } from '../../crypto/key-schedule.ts'
import type { Session } from '../../session/session.ts'
import { lengthOf } from '../../wire/extensions/max-fragment-length.ts'
import { newSessionTicket } from '../../wire/messages/new-session-ticket.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { ProtocolVersion } from '../../wire/version.ts'
import type { HandshakeContext } from '../context.ts'
import { offeredSuites } from '../negotiation/suite.ts'
import { enabledVersions } from '../negotiation/version.ts'
import type { Step } from '../wait.ts'
import { beginSession, resumeSession } from './session.ts'

/**
 * Chooses what the ClientHello offers to resume, if anything, and says what the handshake is about until the answer.
 * `newest`: the version that the hello names.
 */
export function offerSession(handshake: HandshakeContext, newest: ProtocolVersion): Session {
  const { sessions } = handshake.config
  const kept = sessions.offered
  const offered = kept !== null && !handshake.newKeys && mayOffer(handshake, kept) ? kept : null
  handshake.session = offered
  const session = offered ?? beginSession(handshake, newest)
  sessions.onSession(session, false)
  return session
}

/**
 * Reads from the ServerHello whether the server resumes (RFC 5246 section 7.4.1.3): it then repeats the id. The version is
 * chosen; the suite is compared by the caller, since it is not known yet.
 */
export function readResumption(handshake: HandshakeContext, id: Uint8Array, suite: number): void {
  const { session, config, version } = handshake
  if (session === null) throw new ProtocolFailure('internal-error')
  if (id.length > 0 && session.resumable && equal(id, session.id)) {
    handshake.resumed = true
    if (!session.belongsTo(config.sessions.context))
      throw new ProtocolFailure('attempt-to-reuse-session-in-different-context')
    if (session.version !== version.wire) throw new ProtocolFailure('old-session-version-not-returned')
    if (session.suite !== suite) throw new ProtocolFailure('old-session-cipher-not-returned')
    return
  }
  // Without an id nothing was offered: the ticket, if any, is the application's.
  if (session.id.length > 0) {
    config.sessions.onMiss()
    config.sessions.onSession(beginSession(handshake, version), false)
  }
  if (handshake.session !== null) handshake.session.id = id.slice()
}

/** The ServerHello is read: takes up the session, whose extended master secret must be as it was (RFC 7627 section 5.3). */
export function acceptResumption(handshake: HandshakeContext): void {
  const { session, agreed, config, link } = handshake
  if (!handshake.resumed || session === null) return
  if (agreed.extendedMasterSecret !== session.extendedMasterSecret)
    throw new ProtocolFailure('inconsistent-extended-master-secret')
  resumeSession(handshake, session)
  // RFC 6066 section 4: the length that was agreed on holds in resumptions, whether or not the server says it again.
  agreed.maxFragmentLength = session.maxFragmentLength ?? 0
  if (agreed.maxFragmentLength > 0) link.setMaxPlaintext(lengthOf(agreed.maxFragmentLength))
  config.sessions.onSession(session, true)
}

/** RFC 5077 section 3.3. An empty ticket says that the server has changed its mind. */
export function* receiveTicket(handshake: HandshakeContext): Step<void> {
  const message = yield* handshake.receive()
  const body = handshake.accept(message, HandshakeType.newSessionTicket, 'read-session-ticket')
  const { lifetime, ticket } = newSessionTicket.read(body)
  if (ticket.length === 0 || handshake.session === null) return
  const session = renewed(handshake, handshake.session)
  session.time = handshake.now
  session.ticket = ticket.slice()
  session.ticketLifetimeHint = lifetime
  // An id of our own shows in the next ServerHello whether the ticket was taken (RFC 5077 section 3.4).
  session.id = digest('sha256', ticket)
}

/** A session that is known by an id may be in use elsewhere: it stays as it is and a copy gets the ticket. */
function renewed(handshake: HandshakeContext, session: Session): Session {
  if (session.id.length === 0) return session
  const copy = session.clone()
  handshake.session = copy
  handshake.config.sessions.onSession(copy, handshake.resumed)
  return copy
}

/** What the server would have to refuse is not offered: the handshake would fail instead of being a full one. */
function mayOffer(handshake: HandshakeContext, session: Session): boolean {
  const { config, previous } = handshake
  const versions = previous === null ? enabledVersions(config) : [previous.version]
  return (
    session.resumable &&
    session.id.length > 0 &&
    session.master.length === MASTER_SECRET_LENGTH &&
    versions.some(version => version.wire === session.version) &&
    offeredSuites(handshake).some(suite => suite.id === session.suite) &&
    (!session.extendedMasterSecret || config.extendedMasterSecret) &&
    (session.maxFragmentLength ?? 0) === config.maxFragmentLength
  )
}
