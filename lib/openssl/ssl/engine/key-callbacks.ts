import { latin1, wipe } from '../../../base/bytes.ts'
import { automaticDh, type DhParameters } from '../../../crypto/dh.ts'
import { schemeById, usable } from '../../../crypto/signatures.ts'
import type { PskIdentity } from '../../../handshake/config.ts'
import { SUSPEND, type Suspend } from '../../../handshake/wait.ts'
import type { Credential } from '../../../pki/credential.ts'
import type { CertificateRequest } from '../../../wire/messages/certificate-request.ts'
import type { Out } from '../../boundary.ts'
import { DH, dhParametersOf } from '../../evp/dh.ts'
import type { EVP_PKEY } from '../../evp/pkey.ts'
import type { X509 } from '../../x509/x509.ts'
import { minimumBits } from '../algorithms/lists/security.ts'
import type { SSL } from '../ssl.ts'
import { adoptCredential, credentialsOf } from './credentials.ts'

// What a program is asked for when a handshake comes to keys and certificates, in the engine's words.

/** The certificate callback, which may still set them: false ends the handshake. */
export function askForCertificate(ssl: SSL): boolean | Suspend {
  const { certCallback, certCallbackArg } = ssl.settings
  if (certCallback === null) return true
  const answer = certCallback(ssl, certCallbackArg)
  return answer < 0 ? SUSPEND : answer !== 0
}

/** The client's certificate: one of its own that the request allows, or what the callback of its context gives. */
export function clientCredentialOf(ssl: SSL, request: CertificateRequest): Credential | null | Suspend {
  const own = credentialsOf(ssl).find(credential => answers(credential, request))
  const { clientCertCallback } = ssl.initialCtx
  if (own !== undefined || clientCertCallback === null) return own ?? null
  const x509: Out<X509 | null> = { value: null }
  const pkey: Out<EVP_PKEY | null> = { value: null }
  const answer = clientCertCallback(ssl, x509, pkey)
  if (answer < 0) return SUSPEND
  return adoptCredential(ssl, answer === 1, x509.value, pkey.value)
}

/** The client's identity and key for a server's hint. */
export function clientPskOf(ssl: SSL, hint: Uint8Array | null): PskIdentity | null {
  const { pskClientCallback } = ssl.settings
  const identity = new Uint8Array(MAX_PSK_IDENTITY + 1)
  const key = new Uint8Array(MAX_PSK_KEY)
  const name = hint === null ? null : latin1(hint)
  const length = pskClientCallback?.(ssl, name, identity, MAX_PSK_IDENTITY, key, MAX_PSK_KEY) ?? 0
  if (length <= 0) return null
  const end = identity.indexOf(0)
  return { identity: identity.subarray(0, end === -1 ? MAX_PSK_IDENTITY + 1 : end), key: takeKey(key, length) }
}

/** The server's key for a client's identity. */
export function serverPskOf(ssl: SSL, identity: Uint8Array): Uint8Array | null {
  // C hands over a string, which ends at the first NUL: another name than the one the client sent.
  if (identity.includes(0)) return null
  const key = new Uint8Array(MAX_PSK_KEY)
  const length = ssl.settings.pskServerCallback?.(ssl, latin1(identity), key, MAX_PSK_KEY) ?? 0
  return length <= 0 ? null : takeKey(key, length)
}

/** Who has the server's Diffie-Hellman parameters, given the security bits of its certificate; null: nobody. */
export function temporaryDhOf(ssl: SSL): ((securityBits: number) => DhParameters | null) | null {
  const { dhAuto, dhParameters, dhCallback, securityLevel } = ssl.settings
  if (dhAuto === 1) return bits => automaticDh(Math.max(bits, minimumBits(securityLevel)))
  if (dhAuto !== 0) return () => automaticDh(FIXED_DH_BITS)
  if (dhParameters !== null) return () => dhParameters
  if (dhCallback === null) return null
  return () => {
    const given = dhCallback(ssl, 0, DH_CALLBACK_BITS)
    if (given === null) return null
    return given instanceof DH ? given.parameters : dhParametersOf(given)
  }
}

/** The request leaves a scheme for this key; the engine then chooses which. */
function answers({ key }: Credential, { signatureSchemes }: CertificateRequest): boolean {
  if (signatureSchemes === null) return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec'
  return signatureSchemes.some(id => {
    const scheme = schemeById(id)
    return scheme !== undefined && usable(scheme, key)
  })
}

function takeKey(buffer: Uint8Array, length: number): Uint8Array {
  if (length > buffer.length)
    throw new RangeError(`the PSK callback says ${length} bytes, ${buffer.length} is the most`)
  const key = buffer.slice(0, length)
  wipe(buffer)
  return key
}

const MAX_PSK_IDENTITY = 256
const MAX_PSK_KEY = 512
/** SSL_CTX_set_dh_auto(ctx, 2): 1024 bits whatever the certificate. */
const FIXED_DH_BITS = 80
/** What libssl asks a SSL_CTX_set_tmp_dh_callback for. */
const DH_CALLBACK_BITS = 1024
