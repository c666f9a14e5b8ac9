import { ExtensionType } from '../../../wire/registry.ts'

/** OpenSSL 3.0 collects this extension out of a hello; what it does not know it does not show. */
export function isKnownExtension(type: number): boolean {
  return KNOWN.has(type)
}

const KNOWN: ReadonlySet<number> = new Set([
  ExtensionType.serverName,
  ExtensionType.maxFragmentLength,
  ExtensionType.statusRequest,
  ExtensionType.supportedGroups,
  ExtensionType.ecPointFormats,
  ExtensionType.srp,
  ExtensionType.signatureAlgorithms,
  ExtensionType.useSrtp,
  ExtensionType.alpn,
  ExtensionType.signedCertificateTimestamp,
  ExtensionType.padding,
  ExtensionType.encryptThenMac,
  ExtensionType.extendedMasterSecret,
  ExtensionType.sessionTicket,
  ExtensionType.preSharedKey,
  ExtensionType.earlyData,
  ExtensionType.supportedVersions,
  ExtensionType.cookie,
  ExtensionType.pskKeyExchangeModes,
  ExtensionType.certificateAuthorities,
  ExtensionType.postHandshakeAuth,
  ExtensionType.signatureAlgorithmsCert,
  ExtensionType.keyShare,
  ExtensionType.nextProtocolNegotiation,
  ExtensionType.renegotiationInfo,
])
