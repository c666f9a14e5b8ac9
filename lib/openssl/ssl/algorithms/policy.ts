import { keySecurityBits } from '../../../crypto/signatures.ts'
import type { SecurityQuestion } from '../../../handshake/config.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { NID_ED448, NID_ED25519 } from '../../constants/obj-mac.ts'
import * as C from '../../constants/ssl.ts'
import { SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK, SSL_R_EE_KEY_TOO_SMALL } from '../../constants/sslerr.ts'
import { EVP_get_digestbyname } from '../../evp/md.ts'
import type { X509 } from '../../x509/x509.ts'
import type { SSL_security_cb } from '../callbacks.ts'
import type { Owner } from '../owner.ts'
import { SSL } from '../ssl.ts'
import { cipherById, SSL_CIPHER } from './cipher.ts'
import { groupNid } from './lists/groups.ts'
import { permits as levelPermits } from './lists/security.ts'
import { signatureAlgorithmNids } from './lists/signature-algorithms.ts'

/**
 * Asks the security callback of a context or a connection, or the built-in one when the program set none.
 * @param op SSL_SECOP_*
 * @param bits security bits of what is judged; -1 when they are not known
 * @param nid the version with SSL_SECOP_VERSION, else the NID of group or hash, or 0
 * @param other what SSL_CTX_set_security_callback(3) says that the operation passes: a suite's SSL_CIPHER, the two bytes of
 *   a group or signature scheme, an X509, an EVP_PKEY, or null
 */
export function permits(owner: Owner, op: number, bits: number, nid: number, other: unknown): boolean {
  const { securityCallback, securityExData } = owner.settings
  const callback = securityCallback ?? defaultSecurityCallback
  const answer =
    owner instanceof SSL
      ? callback(owner, null, op, bits, nid, other, securityExData)
      : callback(null, owner, op, bits, nid, other, securityExData)
  return answer !== 0
}

/** `permits` for a question of the engine about the number of a suite, group, signature scheme or version. */
export function permitsQuestion(owner: Owner, question: SecurityQuestion, bits: number, id: number): boolean {
  const { operation, nid, subject } = QUESTIONS[question]
  return permits(owner, operation, bits, nid(id), subject(id))
}

/** What SSL_CTX_get_security_callback gives until the program sets its own: the rules of the security level. */
export const defaultSecurityCallback: SSL_security_cb = (s, ctx, op, bits, nid, other) => {
  const level = (s ?? ctx)?.settings.securityLevel ?? 0
  const suite = other instanceof SSL_CIPHER ? other.suite : null
  return Number(levelPermits(level, op, bits, nid, suite))
}

/**
 * What the security level has against one of the program's own certificates (OpenSSL's ssl_security_cert): a SSL_R_* reason,
 * or null. A self-signed certificate's own digest does not matter.
 */
export function certificateFault(owner: Owner, x: X509, isEndEntity: boolean): number | null {
  const { certificate, publicKey } = x
  const bits = publicKey?.key ? keySecurityBits(publicKey.key) : -1
  if (!permits(owner, isEndEntity ? C.SSL_SECOP_EE_KEY : C.SSL_SECOP_CA_KEY, bits, 0, x))
    return isEndEntity ? SSL_R_EE_KEY_TOO_SMALL : SSL_R_CA_KEY_TOO_SMALL
  if (certificate?.selfSigned === true) return null
  const strength = certificate?.scheme?.securityBits ?? -1
  const nid = certificate === null ? 0 : digestNid(certificate)
  return permits(owner, C.SSL_SECOP_CA_MD, strength, nid, x) ? null : SSL_R_CA_MD_TOO_WEAK
}

/** The NID of the digest that a certificate was signed with; that of the key's kind where it hashes by itself; 0 if unknown. */
function digestNid({ scheme }: Certificate): number {
  if (scheme === null) return 0
  if (scheme.digest !== null) return EVP_get_digestbyname(scheme.digest.name)?.nid ?? 0
  return scheme.key === 'ed448' ? NID_ED448 : NID_ED25519
}

/** What a callback is shown of a number: SSL_CTX_set_security_callback(3). */
interface Question {
  readonly operation: number
  readonly nid: (id: number) => number
  readonly subject: (id: number) => SSL_CIPHER | Uint8Array | null
}

const none = () => null
const zero = () => 0
const same = (id: number) => id
const hashNid = (id: number) => signatureAlgorithmNids(id)?.hash ?? 0
const wireForm = (id: number) => Uint8Array.of(id >> 8, id)

const aboutCipher = (operation: number): Question => ({ operation, nid: zero, subject: cipherById })
const aboutGroup = (operation: number): Question => ({ operation, nid: groupNid, subject: wireForm })
const aboutSignature = (operation: number): Question => ({ operation, nid: hashNid, subject: wireForm })

const QUESTIONS: Readonly<Record<SecurityQuestion, Question>> = {
  'cipher-supported': aboutCipher(C.SSL_SECOP_CIPHER_SUPPORTED),
  'cipher-shared': aboutCipher(C.SSL_SECOP_CIPHER_SHARED),
  'cipher-check': aboutCipher(C.SSL_SECOP_CIPHER_CHECK),
  'group-supported': aboutGroup(C.SSL_SECOP_CURVE_SUPPORTED),
  'group-shared': aboutGroup(C.SSL_SECOP_CURVE_SHARED),
  'group-check': aboutGroup(C.SSL_SECOP_CURVE_CHECK),
  'signature-supported': aboutSignature(C.SSL_SECOP_SIGALG_SUPPORTED),
  'signature-shared': aboutSignature(C.SSL_SECOP_SIGALG_SHARED),
  'signature-check': aboutSignature(C.SSL_SECOP_SIGALG_CHECK),
  'signature-mask': aboutSignature(C.SSL_SECOP_SIGALG_MASK),
  'temporary-dh': { operation: C.SSL_SECOP_TMP_DH, nid: zero, subject: none },
  version: { operation: C.SSL_SECOP_VERSION, nid: same, subject: none },
}
