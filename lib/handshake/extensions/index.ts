import { ProtocolFailure } from '../../base/failure.ts'
import type { Extension } from '../../wire/extensions/extension.ts'
import { ExtensionType, Scsv } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'
import { isCbc } from '../negotiation/exchange.ts'
import { alpn } from './alpn.ts'
import { answerCustom, isCustom, offerCustom, readCustomAnswered } from './custom.ts'
import { ecPointFormats } from './ec-point-formats.ts'
import { encryptThenMac } from './encrypt-then-mac.ts'
import { extendedMasterSecret } from './extended-master-secret.ts'
import { heartbeat } from './heartbeat.ts'
import { maxFragmentLength } from './max-fragment-length.ts'
import { renegotiationInfo } from './renegotiation-info.ts'
import type { ExtensionRow } from './row.ts'
import { serverName } from './server-name.ts'
import { sessionTicket } from './session-ticket.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'
import { statusRequest } from './status-request.ts'
import { supportedGroups } from './supported-groups.ts'
import { useSrtp } from './use-srtp.ts'

/** The extensions that handshakes use, in the order in which OpenSSL sends them. */
const ROWS: readonly ExtensionRow[] = [
  renegotiationInfo,
  serverName,
  maxFragmentLength,
  ecPointFormats,
  supportedGroups,
  sessionTicket,
  statusRequest,
  alpn,
  useSrtp,
  encryptThenMac,
  extendedMasterSecret,
  signatureAlgorithms,
  heartbeat,
]

const BY_TYPE = new Map(ROWS.map(row => [row.type, row]))

/** Client: what the ClientHello carries. */
export function offerExtensions(handshake: HandshakeContext): Extension[] {
  const list = offerCustom(handshake)
  for (const row of ROWS) {
    const body = row.offer?.(handshake) ?? null
    if (body !== null) list.push({ type: row.type, body })
  }
  return list
}

/** Server: reads the ClientHello's; unknown ones are passed over (RFC 5246 section 7.4.1.4). */
export function readOffered(
  handshake: HandshakeContext,
  extensions: readonly Extension[],
  suites: readonly number[],
): void {
  for (const { type, body } of extensions) BY_TYPE.get(type)?.offered?.(handshake, body)
  if (suites.includes(Scsv.emptyRenegotiationInfo)) {
    // RFC 5746 section 3.7: in a renegotiation the SCSV has no place.
    if (handshake.previous !== null) throw new ProtocolFailure('scsv-received-when-renegotiating')
    handshake.agreed.secureRenegotiation = true
  }
  requireContinuity(handshake)
}

/** Server: what the ServerHello carries; only what the client asked for (RFC 5746's SCSV asks too). */
export function answerExtensions(handshake: HandshakeContext, offered: readonly Extension[]): Extension[] {
  const asked = new Set(offered.map(extension => extension.type))
  asked.add(ExtensionType.renegotiationInfo)
  const list = answerCustom(handshake, offered)
  for (const row of ROWS) {
    const body = asked.has(row.type) ? (row.answer?.(handshake) ?? null) : null
    if (body !== null) list.push({ type: row.type, body })
  }
  requireMacOutside(handshake)
  return list
}

/** Client: reads the ServerHello's. What was not offered may not be answered (RFC 5246 section 7.4.1.4). */
export function readAnswered(
  handshake: HandshakeContext,
  extensions: readonly Extension[],
  offered: readonly Extension[],
): void {
  for (const { type, body } of extensions) {
    const row = BY_TYPE.get(type)
    if (row === undefined && isCustom(handshake, type)) continue
    const asked = offered.some(extension => extension.type === type) || type === ExtensionType.renegotiationInfo
    if (row?.answered === undefined || !asked) throw new ProtocolFailure('unsolicited-extension')
    row.answered(handshake, body)
  }
  readCustomAnswered(handshake, extensions, offered)
  const { config, previous, agreed } = handshake
  if (previous === null && !agreed.secureRenegotiation && !config.legacyServerConnect && !config.unsafeRenegotiation) {
    throw new ProtocolFailure('unsafe-legacy-renegotiation')
  }
  requireContinuity(handshake)
  requireMacOutside(handshake)
}

/** RFC 7366 section 3.1: a renegotiation does not go back from encrypt-then-MAC to MAC-then-encrypt. */
function requireMacOutside({ previous, agreed, suite }: HandshakeContext): void {
  if (previous?.encryptThenMac && !agreed.encryptThenMac && isCbc(suite))
    throw new ProtocolFailure('renegotiation-mismatch', { detail: 'encrypt-then-MAC was given up' })
}

/** A renegotiation is tied to the handshake before it, and gives up nothing that this one had. */
function requireContinuity({ previous, agreed, config }: HandshakeContext): void {
  if (previous === null) return
  // RFC 5746 sections 3.5 and 3.7; where it was never spoken, the program has to allow what nothing protects (section 4).
  if (!agreed.secureRenegotiation && (previous.secure || !config.unsafeRenegotiation)) {
    throw new ProtocolFailure('unsafe-legacy-renegotiation')
  }
  // RFC 7627 section 5.4: else the renegotiation could be spliced onto another connection.
  if (previous.extendedMasterSecret && !agreed.extendedMasterSecret) {
    throw new ProtocolFailure('inconsistent-extended-master-secret')
  }
}
