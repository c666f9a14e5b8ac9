import type { Certificate } from '../certificate.ts'
import { ExtensionId, KeyUsage } from '../extensions.ts'
import { VerifyError } from './verify-error.ts'

/** What a certificate is to be used for, numbered as X509_PURPOSE_*. */
export const Purpose = {
  sslClient: 1,
  sslServer: 2,
  nsSslServer: 3,
  smimeSign: 4,
  smimeEncrypt: 5,
  crlSign: 6,
  any: 7,
  ocspHelper: 8,
  timestampSign: 9,
} as const

/** Object identifiers of key purposes (RFC 5280 section 4.2.1.12) and the two step-up ones of old browsers. */
const KeyPurpose = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
  dvcs: '1.3.6.1.5.5.7.3.10',
  any: '2.5.29.37.0',
  microsoftStepUp: '1.3.6.1.4.1.311.10.3.3',
  netscapeStepUp: '2.16.840.1.113730.4.1',
} as const

const KNOWN_PURPOSES: ReadonlySet<string> = new Set(Object.values(KeyPurpose))

/** nsCertType bits, as in OpenSSL's NS_*. */
const NetscapeType = { sslClient: 0x80, sslServer: 0x40, smime: 0x20, sslCa: 0x04, smimeCa: 0x02, anyCa: 0x07 } as const

/** The keyUsage extension is there and has none of these bits. */
export function usageForbids(certificate: Certificate, bits: number): boolean {
  return certificate.keyUsage !== null && (certificate.keyUsage & bits) === 0
}

function extendedUsageForbids(certificate: Certificate, ...purposes: readonly string[]): boolean {
  const usages = certificate.extendedKeyUsage
  return usages !== null && !purposes.some(purpose => usages.includes(purpose))
}

function netscapeForbids(certificate: Certificate, bits: number): boolean {
  return certificate.netscapeCertType !== null && (certificate.netscapeCertType & bits) === 0
}

/**
 * Whether a certificate may be a certification authority, with X509_check_ca's grades: 0 no, 1 by basicConstraints,
 * 3 a self-signed version 1 root, 4 by keyUsage alone, 5 by nsCertType.
 */
export function caGrade(certificate: Certificate): 0 | 1 | 3 | 4 | 5 {
  if (certificate.invalid) return 0
  if (usageForbids(certificate, KeyUsage.keyCertSign)) return 0
  if (certificate.basicConstraints !== null) return certificate.basicConstraints.ca ? 1 : 0
  if (certificate.version === 1 && certificate.selfSigned) return 3
  if (certificate.keyUsage !== null) return 4
  return ((certificate.netscapeCertType ?? 0) & NetscapeType.anyCa) !== 0 ? 5 : 0
}

function caFor(certificate: Certificate, netscapeBit: number): boolean {
  const grade = caGrade(certificate)
  return grade !== 0 && (grade !== 5 || ((certificate.netscapeCertType ?? 0) & netscapeBit) !== 0)
}

/**
 * Whether a certificate fits a purpose, as an authority or as the end of the chain (X509_check_purpose). Unknown
 * purposes fit nothing.
 */
export function fitsPurpose(certificate: Certificate, purpose: number, asCa: boolean): boolean {
  const end = KeyUsage.digitalSignature | KeyUsage.keyAgreement
  switch (purpose) {
    case Purpose.any:
      return true
    case Purpose.sslClient:
      if (extendedUsageForbids(certificate, KeyPurpose.clientAuth)) return false
      if (asCa) return caFor(certificate, NetscapeType.sslCa)
      return !usageForbids(certificate, end) && !netscapeForbids(certificate, NetscapeType.sslClient)
    case Purpose.sslServer:
      return fitsServer(certificate, asCa, end | KeyUsage.keyEncipherment)
    case Purpose.nsSslServer:
      return (
        fitsServer(certificate, asCa, end | KeyUsage.keyEncipherment) &&
        (asCa || !usageForbids(certificate, KeyUsage.keyEncipherment))
      )
    case Purpose.smimeSign:
      return fitsSmime(certificate, asCa, KeyUsage.digitalSignature | KeyUsage.nonRepudiation)
    case Purpose.smimeEncrypt:
      return fitsSmime(certificate, asCa, KeyUsage.keyEncipherment)
    case Purpose.crlSign:
      return asCa ? caGrade(certificate) !== 0 : !usageForbids(certificate, KeyUsage.crlSign)
    case Purpose.ocspHelper:
      return !asCa || caGrade(certificate) !== 0
    case Purpose.timestampSign:
      return asCa ? caGrade(certificate) !== 0 : fitsTimestamp(certificate)
    default:
      return false
  }
}

function fitsServer(certificate: Certificate, asCa: boolean, usage: number): boolean {
  const { serverAuth, microsoftStepUp, netscapeStepUp } = KeyPurpose
  if (extendedUsageForbids(certificate, serverAuth, microsoftStepUp, netscapeStepUp)) return false
  if (asCa) return caFor(certificate, NetscapeType.sslCa)
  return !netscapeForbids(certificate, NetscapeType.sslServer) && !usageForbids(certificate, usage)
}

function fitsSmime(certificate: Certificate, asCa: boolean, usage: number): boolean {
  if (extendedUsageForbids(certificate, KeyPurpose.emailProtection)) return false
  if (asCa) return caFor(certificate, NetscapeType.smimeCa)
  return !netscapeForbids(certificate, NetscapeType.smime | NetscapeType.sslClient) && !usageForbids(certificate, usage)
}

/** RFC 3161 section 2.3: nothing but time stamping, and critical. */
function fitsTimestamp(certificate: Certificate): boolean {
  const allowed = KeyUsage.digitalSignature | KeyUsage.nonRepudiation
  const usage = certificate.keyUsage ?? allowed
  if ((usage & ~allowed) !== 0 || (usage & allowed) === 0) return false
  // Purposes that OpenSSL does not know do not count as others.
  const usages = (certificate.extendedKeyUsage ?? []).filter(oid => KNOWN_PURPOSES.has(oid))
  if (usages.length === 0 || usages.some(oid => oid !== KeyPurpose.timeStamping)) return false
  return certificate.extension(ExtensionId.extendedKeyUsage)?.critical === true
}

/** Extensions that may be critical because the checks honour them; all others marked critical end the verification. */
const HONOURED: ReadonlySet<string> = new Set([
  ExtensionId.netscapeCertType,
  ExtensionId.keyUsage,
  ExtensionId.subjectAltName,
  ExtensionId.basicConstraints,
  ExtensionId.certificatePolicies,
  ExtensionId.crlDistributionPoints,
  ExtensionId.extendedKeyUsage,
  ExtensionId.ipAddrBlocks,
  ExtensionId.autonomousSystems,
  ExtensionId.ocspNoCheck,
  ExtensionId.policyConstraints,
  ExtensionId.proxyCertInfo,
  ExtensionId.nameConstraints,
  ExtensionId.policyMappings,
  ExtensionId.inhibitAnyPolicy,
])

/** The critical extensions that are honoured; as in OpenSSL, those before the first that is not. */
export function honouredCritical({ extensions }: Certificate): ReadonlySet<string> {
  const critical = extensions.filter(extension => extension.critical).map(({ oid }) => oid)
  const end = critical.findIndex(oid => !HONOURED.has(oid))
  return new Set(end < 0 ? critical : critical.slice(0, end))
}

export function hasUnhandledCritical(certificate: Certificate): boolean {
  return certificate.extensions.some(extension => extension.critical && !HONOURED.has(extension.oid))
}

/** Whether the issuer may sign this certificate (keyUsage), as a VerifyError; proxies are signed by end certificates. */
export function signingAllowed(issuer: Certificate, subject: Certificate): number {
  if (subject.proxy !== null)
    return usageForbids(issuer, KeyUsage.digitalSignature) ? VerifyError.keyusageNoDigitalSignature : VerifyError.ok
  return usageForbids(issuer, KeyUsage.keyCertSign) ? VerifyError.keyusageNoCertsign : VerifyError.ok
}
