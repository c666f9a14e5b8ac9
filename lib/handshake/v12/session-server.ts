import { Alert } from '../../base/alert.ts'
import { EMPTY } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { MASTER_SECRET_LENGTH } from '../../crypto/key-schedule.ts'
import type { Session } from '../../session/session.ts'
import type { ClientHello } from '../../wire/messages/client-hello.ts'
import { newSessionTicket } from '../../wire/messages/new-session-ticket.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import { exchangeOf } from '../negotiation/exchange.ts'
import { beginSession, resumeSession } from './session.ts'

/**
 * Resumes the session that the client asks for, or begins one (RFC 5246 section 7.4.1.3, RFC 5077 section 3.4). The hello's
 * extensions are read.
 */
export function chooseSession(handshake: HandshakeContext, hello: ClientHello): void {
  const { sessions } = handshake.config
  const found = handshake.newKeys ? null : lookUp(handshake, hello)
  const resumed = found !== null && mayResume(handshake, found)
  if (found !== null && !resumed && !found.kept) {
    // It came in a ticket, so that the client knows what to do with another one.
    handshake.agreed.ticket = true
    found.session.wipe()
  }
  if (found !== null && resumed) {
    if (!hello.cipherSuites.includes(found.session.suite)) throw new ProtocolFailure('required-cipher-missing')
    requireFragmentLength(handshake, found.session)
    resumeSession(handshake, found.session)
  } else {
    const session = beginSession(handshake, handshake.version)
    session.id = handshake.agreed.ticket ? EMPTY : sessions.newId(session)
  }
  if (handshake.session !== null) sessions.onSession(handshake.session, handshake.resumed)
}

/** The application has had its say about names and options: it may have switched tickets off. */
export function reviseTicket(handshake: HandshakeContext): void {
  const { agreed, config, session, resumed } = handshake
  if (!agreed.ticket || config.sessions.tickets) return
  agreed.ticket = false
  if (session !== null && !resumed) session.id = config.sessions.newId(session)
}

/** The suite is chosen: whether the new session may be taken up again. If not it is not kept, and there is no ticket. */
export function judgeSession(handshake: HandshakeContext): void {
  const { session, suite, agreed, config } = handshake
  const exchange = exchangeOf(suite)
  if (session === null || config.sessions.mayResume(session, exchange === 'ecdhe' || exchange === 'dhe')) return
  session.condemn()
  agreed.ticket = false
}

/** RFC 5077 section 3.3. The lifetime of a ticket that only replaces one is left open, as in OpenSSL. */
export function sendTicket(handshake: HandshakeContext): void {
  const { session, agreed, resumed, config } = handshake
  if (!agreed.ticket || session === null) return
  handshake.enter('write-session-ticket')
  const ticket = config.sessions.sealTicket(session) ?? EMPTY
  const lifetime = resumed || ticket.length === 0 ? 0 : Math.min(session.timeout, MAX_LIFETIME)
  handshake.send(HandshakeType.newSessionTicket, newSessionTicket.write({ lifetime, ticket }))
}

interface Found {
  readonly session: Session
  /** It is kept here; if not, the client brought it in a ticket. */
  readonly kept: boolean
}

function lookUp(handshake: HandshakeContext, hello: ClientHello): Found | null {
  const { config, peer, agreed, version } = handshake
  const outcome = peer.ticket === null ? 'passed-over' : config.sessions.openTicket(peer.ticket, hello.sessionId)
  if (typeof outcome === 'object') {
    agreed.ticket = outcome.renew
    return { session: outcome.session, kept: false }
  }
  agreed.ticket = outcome !== 'passed-over'
  if (outcome === 'unreadable' || hello.sessionId.length === 0) return null
  const session = config.sessions.find(hello.sessionId, version.wire)
  return session === null ? null : { session, kept: true }
}

/** False: as if it had not been found. Fails where going on would be wrong, as OpenSSL's ssl_get_prev_session does. */
function mayResume(handshake: HandshakeContext, { session, kept }: Found): boolean {
  const { config, version, agreed, now } = handshake
  const { sessions } = config
  if (session.version !== version.wire || session.condemned || session.master.length !== MASTER_SECRET_LENGTH)
    return false
  if (!session.belongsTo(sessions.context)) return false
  if (sessions.contextRequired && sessions.context.length === 0)
    throw new ProtocolFailure('session-id-context-uninitialized')
  if (session.expired(now)) {
    if (kept) sessions.onExpired(session)
    return false
  }
  // RFC 7627 section 5.3.
  if (session.extendedMasterSecret && !agreed.extendedMasterSecret)
    throw new ProtocolFailure('inconsistent-extended-master-secret')
  if (!session.extendedMasterSecret && agreed.extendedMasterSecret) return false
  // RFC 6066 section 3: another name is another session.
  if (session.serverName !== null && agreed.serverName !== null && session.serverName !== agreed.serverName)
    return false
  // What was allowed then need not be now.
  return config.suites.some(suite => suite.id === session.suite)
}

/** RFC 6066 section 4: the length is the session's, and the client has to say it again. */
function requireFragmentLength({ agreed }: HandshakeContext, session: Session): void {
  const length = session.maxFragmentLength ?? 0
  if (length === agreed.maxFragmentLength) return
  if (agreed.maxFragmentLength === 0) throw new ProtocolFailure('bad-extension', { alert: Alert.missingExtension })
  throw new ProtocolFailure('bad-max-fragment-length')
}

/** The field has 32 bits. */
const MAX_LIFETIME = 0xffffffff
