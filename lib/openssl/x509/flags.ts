import { ExtensionId } from '../../pki/extensions.ts'
import { requireLive } from '../boundary.ts'
import { X509 } from './x509.ts'

/** What X509_get_extension_flags says of a certificate. */
export const EXFLAG_BCONS = 0x1
export const EXFLAG_KUSAGE = 0x2
export const EXFLAG_XKUSAGE = 0x4
export const EXFLAG_NSCERT = 0x8
export const EXFLAG_CA = 0x10
export const EXFLAG_SI = 0x20
export const EXFLAG_V1 = 0x40
export const EXFLAG_INVALID = 0x80
export const EXFLAG_SET = 0x100
export const EXFLAG_CRITICAL = 0x200
export const EXFLAG_PROXY = 0x400
export const EXFLAG_FRESHEST = 0x1000
export const EXFLAG_SS = 0x2000
export const EXFLAG_BCONS_CRITICAL = 0x10000
export const EXFLAG_AKID_CRITICAL = 0x20000
export const EXFLAG_SKID_CRITICAL = 0x40000
export const EXFLAG_SAN_CRITICAL = 0x80000

/** The purposes of X509_get_extended_key_usage. */
export const XKU_SSL_SERVER = 0x1
export const XKU_SSL_CLIENT = 0x2
export const XKU_SMIME = 0x4
export const XKU_CODE_SIGN = 0x8
export const XKU_SGC = 0x10
export const XKU_OCSP_SIGN = 0x20
export const XKU_TIMESTAMP = 0x40
export const XKU_DVCS = 0x80
export const XKU_ANYEKU = 0x100

const PURPOSES: ReadonlyMap<string, number> = new Map([
  ['1.3.6.1.5.5.7.3.1', XKU_SSL_SERVER],
  ['1.3.6.1.5.5.7.3.2', XKU_SSL_CLIENT],
  ['1.3.6.1.5.5.7.3.4', XKU_SMIME],
  ['1.3.6.1.5.5.7.3.3', XKU_CODE_SIGN],
  ['1.3.6.1.4.1.311.10.3.3', XKU_SGC],
  ['2.16.840.1.113730.4.1', XKU_SGC],
  ['1.3.6.1.5.5.7.3.9', XKU_OCSP_SIGN],
  ['1.3.6.1.5.5.7.3.8', XKU_TIMESTAMP],
  ['1.3.6.1.5.5.7.3.10', XKU_DVCS],
  ['2.5.29.37.0', XKU_ANYEKU],
])

const NO_RESTRICTION = 0xffff_ffff

/** Which purposes a certificate is for, XKU_*; all bits without the extension, 0 when it is invalid. */
export function X509_get_extended_key_usage(x: X509): number {
  const { certificate } = requireLive(x, X509, 'x')
  if (certificate === null || certificate.invalid) return 0
  const { extendedKeyUsage } = certificate
  if (extendedKeyUsage === null) return NO_RESTRICTION
  return extendedKeyUsage.reduce((usage, oid) => usage | (PURPOSES.get(oid) ?? 0), 0)
}

/** The extensions that a verification can honour: the others make a certificate EXFLAG_CRITICAL when they are. */
const HONOURED: ReadonlySet<string> = new Set([
  ...[ExtensionId.netscapeCertType, ExtensionId.keyUsage, ExtensionId.subjectAltName, ExtensionId.basicConstraints],
  ...[ExtensionId.certificatePolicies, ExtensionId.crlDistributionPoints, ExtensionId.extendedKeyUsage],
  ...[ExtensionId.ipAddrBlocks, ExtensionId.autonomousSystems, ExtensionId.ocspNoCheck, ExtensionId.policyConstraints],
  ...[ExtensionId.proxyCertInfo, ExtensionId.nameConstraints, ExtensionId.policyMappings, ExtensionId.inhibitAnyPolicy],
])

/** What the extensions of a certificate come to, EXFLAG_* (X509_get_extension_flags(3)). */
export function X509_get_extension_flags(x: X509): number {
  const { certificate } = requireLive(x, X509, 'x')
  if (certificate === null) return EXFLAG_INVALID | EXFLAG_SET
  const isCritical = (oid: string): boolean => certificate.extension(oid)?.critical === true
  const { basicConstraints: basic, keyUsage, extendedKeyUsage, netscapeCertType, proxy, extensions } = certificate
  const flags: readonly (readonly [flag: number, on: boolean])[] = [
    [EXFLAG_V1, certificate.version === 1],
    [EXFLAG_BCONS, certificate.extension(ExtensionId.basicConstraints) !== null],
    [EXFLAG_BCONS_CRITICAL, isCritical(ExtensionId.basicConstraints)],
    [EXFLAG_CA, basic?.ca === true],
    [EXFLAG_PROXY, proxy !== null],
    [EXFLAG_KUSAGE, keyUsage !== null],
    [EXFLAG_XKUSAGE, extendedKeyUsage !== null],
    [EXFLAG_NSCERT, netscapeCertType !== null],
    [EXFLAG_SKID_CRITICAL, isCritical(ExtensionId.subjectKeyIdentifier)],
    [EXFLAG_AKID_CRITICAL, isCritical(ExtensionId.authorityKeyIdentifier)],
    [EXFLAG_SAN_CRITICAL, isCritical(ExtensionId.subjectAltName)],
    [EXFLAG_SI, certificate.selfIssued],
    [EXFLAG_SS, certificate.selfSigned],
    [EXFLAG_FRESHEST, certificate.extension(ExtensionId.freshestCrl) !== null],
    [EXFLAG_CRITICAL, extensions.some(({ oid, critical }) => critical && !HONOURED.has(oid))],
    [EXFLAG_INVALID, certificate.invalid],
  ]
  return flags.reduce((all, [flag, on]) => (on ? all | flag : all), EXFLAG_SET)
}
