import { createPublicKey } from 'node:crypto'
import { EMPTY } from '../../../base/bytes.ts'
import { groupById } from '../../../crypto/groups.ts'
import type { TemporaryKey } from '../../../handshake/context.ts'
import { encode, encodeOid, encodeUnsigned, sequence, Tag } from '../../../pki/der.ts'
import { objectByNid } from '../../../pki/objects.ts'
import { type Out, requireOut } from '../../boundary.ts'
import { EVP_PKEY } from '../../evp/pkey.ts'
import { liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/**
 * The server's public key of the ephemeral exchange, as a client sees it (SSL_get_peer_tmp_key(3)). On a server there is
 * none: libssl keeps a client's key from TLS 1.3 on only.
 * @param key - takes a key that the caller frees
 * @returns 1, or 0 before ServerKeyExchange and in exchanges without one
 */
export function SSL_get_peer_tmp_key(ssl: SSL, key: Out<EVP_PKEY | null>): number {
  const { connection, isServer } = liveSsl(ssl)
  return give(isServer ? null : (connection?.negotiated.peerTemporaryKey ?? null), key)
}

/** SSL_get_peer_tmp_key, as 1.0.2 named it. */
export const SSL_get_server_tmp_key: typeof SSL_get_peer_tmp_key = SSL_get_peer_tmp_key

/**
 * The key that a server has offered, until the client answers it (SSL_get_tmp_key(3)). Only the public half: the private one
 * does not leave the engine.
 * @param key - takes a key that the caller frees
 * @returns 1, or 0 when there is none
 */
export function SSL_get_tmp_key(ssl: SSL, key: Out<EVP_PKEY | null>): number {
  return give(liveSsl(ssl).connection?.negotiated.temporaryKey ?? null, key)
}

function give(temporary: TemporaryKey | null, key: Out<EVP_PKEY | null>): number {
  const place = requireOut(key, 'key')
  if (temporary === null) return 0
  const pkey = pkeyOf(temporary)
  if (pkey === null) return 0
  place.value = pkey
  return 1
}

/** A client has checked neither point nor number before it uses them: what no key can be made of gives none. */
function pkeyOf(temporary: TemporaryKey): EVP_PKEY | null {
  const spki = spkiOf(temporary)
  try {
    return new EVP_PKEY(createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }))
  } catch {
    return null
  }
}

function spkiOf(temporary: TemporaryKey): Uint8Array {
  const { kind, publicKey } = temporary
  if (kind === 'dh') {
    const { p, g } = temporary.params
    return spki(sequence(encodeOid(DH), sequence(encodeUnsigned(p), encodeUnsigned(g))), encodeUnsigned(publicKey))
  }
  const group = groupById(temporary.group)
  const oid = objectByNid(group?.nid ?? 0)?.oid
  if (group === undefined || oid === undefined) return EMPTY
  // RFC 5480 section 2.1.1: a curve is a parameter; RFC 8410 section 3: X25519 and X448 are algorithms.
  const algorithm = group.kind === 'ec' ? sequence(encodeOid(EC), encodeOid(oid)) : sequence(encodeOid(oid))
  return spki(algorithm, publicKey)
}

function spki(algorithm: Uint8Array, key: Uint8Array): Uint8Array {
  return sequence(algorithm, encode(Tag.bitString, Uint8Array.of(0), key))
}

/** dhKeyAgreement (PKCS #3) and id-ecPublicKey (RFC 5480). */
const DH = '1.2.840.113549.1.3.1'
const EC = '1.2.840.10045.2.1'
