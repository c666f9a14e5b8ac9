import { groupById } from '../../../crypto/groups.ts'
import { curveOf } from '../../../crypto/signatures.ts'
import { ClientCertificateType } from '../../../wire/registry.ts'
import { requireLive, requireLiveOrNull } from '../../boundary.ts'
import * as C from '../../constants/ssl.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { X509, X509_get0_pubkey } from '../../x509/x509.ts'
import { groupNid } from '../algorithms/lists/groups.ts'
import { permits } from '../algorithms/policy.ts'
import { groupsOf } from '../engine/offers.ts'
import { liveSsl } from '../owner.ts'
import type { Settings } from '../settings.ts'
import type { SSL } from '../ssl.ts'
import { SSL_get0_peer_CA_list } from './ca-list.ts'
import { judgeSignatures } from './check-chain-signatures.ts'

/**
 * What speaks for and against a certificate with its key and issuers, as far as the peer has said what it wants
 * (SSL_check_chain(3)). A certificate callback asks it. In DTLS libssl does not look at how the certificates are signed, so
 * there CERT_PKEY_EE_SIGNATURE and CERT_PKEY_CA_SIGNATURE are always set.
 * @returns CERT_PKEY_* flags; CERT_PKEY_VALID among them when the certificate will do; 0 when certificate or key is null, or the
 *   key is of no kind that certificates have
 */
export function SSL_check_chain(s: SSL, x: X509 | null, pk: EVP_PKEY | null, chain: readonly X509[] | null): number {
  const ssl = liveSsl(s)
  const leaf = requireLiveOrNull(x, X509, 'x')
  const key = requireLiveOrNull(pk, EVP_PKEY, 'pk')
  const issuers = (chain ?? []).map(issuer => requireLive(issuer, X509, 'chain'))
  if (leaf === null || key === null || key.type === 'unknown') return 0
  const found = [
    judgeSignatures(ssl, leaf, key, issuers),
    fitsGroups(ssl, leaf) ? C.CERT_PKEY_EE_PARAM : 0,
    !ssl.isServer || issuers.every(issuer => fitsGroups(ssl, issuer)) ? C.CERT_PKEY_CA_PARAM : 0,
    ssl.isServer || isTypeWanted(ssl, key) ? C.CERT_PKEY_CERT_TYPE : 0,
    ssl.isServer || isIssuerWanted(ssl, [leaf, ...issuers]) ? C.CERT_PKEY_ISSUER_NAME : 0,
  ].reduce((all, flag) => all | flag)
  const needed = neededFor(ssl.settings)
  return (found & needed) === needed ? found | C.CERT_PKEY_VALID : found
}

/** Suite B (RFC 6460) counts as strict and wants its own mark, which nothing gets: chains are not judged by its rules here. */
function neededFor({ certFlags, suiteB }: Settings): number {
  if (suiteB !== 0) return STRICT | C.CERT_PKEY_SUITEB
  return (certFlags & C.SSL_CERT_FLAG_TLS_STRICT) === 0 ? NEEDED : STRICT
}

/** The curve of an EC key: a client takes its own groups only, a server those that the client has listed (tls1_check_cert_param). */
function fitsGroups(ssl: SSL, x: X509): boolean {
  const key = X509_get0_pubkey(x)?.key ?? null
  if (key === null) return false
  if (key.asymmetricKeyType !== 'ec') return true
  const id = curveOf(key)
  const group = id === null ? undefined : groupById(id)
  if (id === null || group === undefined) return false
  if (!ssl.isServer && !groupsOf(ssl.settings).includes(id)) return false
  const wire = Uint8Array.of(id >> 8, id)
  if (!permits(ssl, C.SSL_SECOP_CURVE_CHECK, group.securityBits, groupNid(id), wire)) return false
  const theirs = ssl.isServer ? (ssl.connection?.negotiated.peer.groups ?? []) : []
  return theirs.length === 0 || theirs.includes(id)
}

/** The kind of key is one that the server's CertificateRequest lists; kinds without a number of their own always are. */
function isTypeWanted({ certificateRequest }: SSL, { type }: EVP_PKEY): boolean {
  const number = TYPES.get(type)
  return number === undefined || (certificateRequest?.types.includes(number) ?? false)
}

/** The request names an issuer of one of these, or names nobody. */
function isIssuerWanted(ssl: SSL, certificates: readonly X509[]): boolean {
  const wanted = SSL_get0_peer_CA_list(ssl) ?? []
  return wanted.length === 0 || certificates.some(x => wanted.some(({ name }) => name.equals(x.issuer.name)))
}

const NEEDED = C.CERT_PKEY_EE_SIGNATURE | C.CERT_PKEY_EE_PARAM
const STRICT = NEEDED | C.CERT_PKEY_CA_PARAM | C.CERT_PKEY_ISSUER_NAME | C.CERT_PKEY_CERT_TYPE

const TYPES: ReadonlyMap<string, number> = new Map([
  ['rsa', ClientCertificateType.rsaSign],
  ['dsa', ClientCertificateType.dssSign],
  ['ec', ClientCertificateType.ecdsaSign],
])
