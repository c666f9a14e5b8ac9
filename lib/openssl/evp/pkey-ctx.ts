import { diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { wipe } from '../../base/bytes.ts'
import { objectByNid } from '../../pki/objects.ts'
import {
  type Out,
  requireBytes,
  requireInstance,
  requireInteger,
  requireLive,
  requireOut,
  requireString,
} from '../boundary.ts'
import { OPENSSL_EC_NAMED_CURVE } from '../constants/ec.ts'
import { ERR_LIB_EC, ERR_LIB_EVP, ERR_LIB_PROV, ERR_R_UNSUPPORTED } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import type { BIGNUM } from './bn.ts'
import { CURVES } from './curves.ts'
import { keyFromParams } from './from-data.ts'
import { EVP_EC_gen, generateRsa } from './keygen.ts'
import type { OSSL_PARAM } from './mac.ts'
import {
  EVP_PKEY,
  EVP_PKEY_free,
  EVP_PKEY_get_bits,
  EVP_PKEY_get_group_name,
  EVP_PKEY_get_size,
  EVP_PKEY_up_ref,
  kindOf,
  publicHalf,
} from './pkey.ts'

/** What is about to be done with a key, or to make one (EVP_PKEY_CTX(3)). */
export class EVP_PKEY_CTX {
  /** Node's word for the kind of key. */
  readonly kind: string
  pkey: EVP_PKEY | null
  peer: EVP_PKEY | null = null
  operation: 'keygen' | 'derive' | 'fromdata' | null = null
  bits = 2048
  exponent = 65537n
  curve: string | null = null
  /** RSA_PKCS1_PADDING or RSA_PKCS1_PSS_PADDING, and RSA_PSS_SALTLEN_* or bytes. */
  padding = RSA_PKCS1_PADDING
  saltLength = RSA_PSS_SALTLEN_AUTO

  constructor(kind: string, pkey: EVP_PKEY | null) {
    this.kind = kind
    this.pkey = pkey
  }
}

/** By number and by name: those that OpenSSL has of them are told apart without case. */
const KINDS: readonly (readonly [id: number, name: string, kind: string])[] = [
  [6, 'RSA', 'rsa'],
  [912, 'RSA-PSS', 'rsa-pss'],
  [408, 'EC', 'ec'],
  [1087, 'ED25519', 'ed25519'],
  [1088, 'ED448', 'ed448'],
  [1034, 'X25519', 'x25519'],
  [1035, 'X448', 'x448'],
  [28, 'DH', 'dh'],
]

/** A context to make keys of a kind. @param id - EVP_PKEY_RSA, EVP_PKEY_EC, ... @returns null with an error */
export function EVP_PKEY_CTX_new_id(id: number, e: unknown): EVP_PKEY_CTX | null {
  void e
  const kind = KINDS.find(row => row[0] === id)?.[2]
  if (kind !== undefined) return new EVP_PKEY_CTX(kind, null)
  raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
  return null
}

/** EVP_PKEY_CTX_new_id by name, `RSA`, `EC`, `X25519`, in any case of letters. */
export function EVP_PKEY_CTX_new_from_name(
  libctx: unknown,
  name: string,
  propquery: string | null,
): EVP_PKEY_CTX | null {
  void libctx
  void propquery
  const wanted = requireString(name, 'name').toUpperCase()
  const kind = KINDS.find(row => row[1] === wanted)?.[2]
  if (kind !== undefined) return new EVP_PKEY_CTX(kind, null)
  raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, `Algorithm (${name})`)
  return null
}

/** A context to use a key, to which it takes a reference. @returns null with an error for an empty key */
export function EVP_PKEY_CTX_new(pkey: EVP_PKEY, e: unknown): EVP_PKEY_CTX | null {
  void e
  const kind = kindOf(requireLive(pkey, EVP_PKEY, 'pkey'))
  if (pkey.key === null) {
    raise(ERR_LIB_EVP, EVP_R_UNSUPPORTED_ALGORITHM)
    return null
  }
  EVP_PKEY_up_ref(pkey)
  return new EVP_PKEY_CTX(kind, pkey)
}

/** EVP_PKEY_CTX_new in a library context, of which there is one. */
export function EVP_PKEY_CTX_new_from_pkey(
  libctx: unknown,
  pkey: EVP_PKEY,
  propquery: string | null,
): EVP_PKEY_CTX | null {
  void propquery
  return EVP_PKEY_CTX_new(pkey, libctx)
}

/** Gives up the keys that it has. */
export function EVP_PKEY_CTX_free(ctx: EVP_PKEY_CTX | null): void {
  if (ctx === null) return
  EVP_PKEY_free(ctx.pkey)
  EVP_PKEY_free(ctx.peer)
  ctx.pkey = ctx.peer = ctx.operation = null
}

/** The key that it was made with; null for none. */
export function EVP_PKEY_CTX_get0_pkey(ctx: EVP_PKEY_CTX): EVP_PKEY | null {
  return ctxOf(ctx).pkey
}

/** Begins to make a key. @returns 1; -2 with an error for Diffie-Hellman, whose keys the engine makes itself */
export function EVP_PKEY_keygen_init(ctx: EVP_PKEY_CTX): number {
  if (ctxOf(ctx).kind === 'dh') return unsupported(EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE)
  ctx.operation = 'keygen'
  return 1
}

/**
 * Bits of the modulus, 2048 unless set.
 * @returns 1; 0 with PROV_R_KEY_SIZE_TOO_SMALL; -1 for another kind; -2 with an error before EVP_PKEY_keygen_init
 */
export function EVP_PKEY_CTX_set_rsa_keygen_bits(ctx: EVP_PKEY_CTX, bits: number): number {
  if (ctxOf(ctx).operation !== 'keygen') return unsupported(EVP_R_COMMAND_NOT_SUPPORTED)
  if (!ctx.kind.startsWith('rsa')) return -1
  if (requireInteger(bits, 'bits') < 512) {
    raise(ERR_LIB_PROV, PROV_R_KEY_SIZE_TOO_SMALL)
    return 0
  }
  ctx.bits = bits
  return 1
}

/** The public exponent, 65537 unless set; as EVP_PKEY_CTX_set_rsa_keygen_bits. */
export function EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx: EVP_PKEY_CTX, pubexp: BIGNUM): number {
  if (ctxOf(ctx).operation !== 'keygen') return unsupported(EVP_R_COMMAND_NOT_SUPPORTED)
  if (!ctx.kind.startsWith('rsa')) return -1
  ctx.exponent = pubexp.value
  return 1
}

/** The curve. @param nid - NID_X9_62_prime256v1, ... @returns 1; 0 for an unknown one; -2 for another kind */
export function EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx: EVP_PKEY_CTX, nid: number): number {
  if (ctxOf(ctx).operation !== 'keygen' || ctx.kind !== 'ec') return -2
  const name = CURVES.find(row => row[0] === nid)?.[1] ?? objectByNid(nid)?.short
  return name === undefined ? 0 : EVP_PKEY_CTX_set_group_name(ctx, name)
}

/** The curve by name; an unknown one shows when the key is made. @returns 1, or -2 for another kind */
export function EVP_PKEY_CTX_set_group_name(ctx: EVP_PKEY_CTX, name: string): number {
  if (ctxOf(ctx).operation !== 'keygen' || ctx.kind !== 'ec') return -2
  ctx.curve = requireString(name, 'name')
  return 1
}

/** How the curve is written: only by its name. @returns 1; 0 for the long form, -2 for another kind */
export function EVP_PKEY_CTX_set_ec_param_enc(ctx: EVP_PKEY_CTX, param_enc: number): number {
  if (ctxOf(ctx).operation !== 'keygen' || ctx.kind !== 'ec') return -2
  return Number(param_enc === OPENSSL_EC_NAMED_CURVE)
}

/** How a signature is padded. @returns 1; -2 with an error for another kind or another padding */
export function EVP_PKEY_CTX_set_rsa_padding(ctx: EVP_PKEY_CTX, pad_mode: number): number {
  const fits = pad_mode === RSA_PKCS1_PSS_PADDING || (pad_mode === RSA_PKCS1_PADDING && ctx.kind === 'rsa')
  if (!ctxOf(ctx).kind.startsWith('rsa') || !fits) return unsupported(EVP_R_COMMAND_NOT_SUPPORTED)
  ctx.padding = pad_mode
  return 1
}

/** Bytes of the salt of PSS, or RSA_PSS_SALTLEN_DIGEST or _AUTO; as EVP_PKEY_CTX_set_rsa_padding. */
export function EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx: EVP_PKEY_CTX, saltlen: number): number {
  const fits = requireInteger(saltlen, 'saltlen') >= RSA_PSS_SALTLEN_AUTO
  if (!ctxOf(ctx).kind.startsWith('rsa') || !fits) return unsupported(EVP_R_COMMAND_NOT_SUPPORTED)
  ctx.saltLength = saltlen
  return 1
}

const RSA_PKCS1_PADDING = 1
const RSA_PKCS1_PSS_PADDING = 6
const RSA_PSS_SALTLEN_AUTO = -2

/**
 * Makes a key (EVP_PKEY_keygen(3)).
 * @param ppkey - takes it
 * @returns 1; 0 when it cannot be made, as without a curve; -1 with an error before EVP_PKEY_keygen_init
 */
export function EVP_PKEY_keygen(ctx: EVP_PKEY_CTX, ppkey: Out<EVP_PKEY | null>): number {
  if (ctxOf(ctx).operation !== 'keygen') {
    raise(ERR_LIB_EVP, EVP_R_OPERATION_NOT_INITIALIZED)
    return -1
  }
  const pkey = generate(ctx)
  if (pkey !== null) requireOut(ppkey, 'ppkey').value = pkey
  return Number(pkey !== null)
}

/** EVP_PKEY_keygen by another name. */
export const EVP_PKEY_generate: typeof EVP_PKEY_keygen = EVP_PKEY_keygen

function generate(ctx: EVP_PKEY_CTX): EVP_PKEY | null {
  switch (ctx.kind) {
    case 'rsa':
      return generateRsa(ctx.bits, Number(ctx.exponent))
    case 'rsa-pss':
      return new EVP_PKEY(
        generateKeyPairSync('rsa-pss', { modulusLength: ctx.bits, publicExponent: Number(ctx.exponent) }).privateKey,
      )
    case 'ec':
      if (ctx.curve !== null) return EVP_EC_gen(ctx.curve)
      raise(ERR_LIB_EC, EC_R_MISSING_PARAMETERS)
      return null
    case 'ed25519':
      return new EVP_PKEY(generateKeyPairSync('ed25519').privateKey)
    case 'ed448':
      return new EVP_PKEY(generateKeyPairSync('ed448').privateKey)
    case 'x25519':
      return new EVP_PKEY(generateKeyPairSync('x25519').privateKey)
    case 'x448':
      return new EVP_PKEY(generateKeyPairSync('x448').privateKey)
    default:
      return null
  }
}

const DERIVING: readonly string[] = ['ec', 'x25519', 'x448']

/** Begins to agree on a secret. @returns 1; -2 with an error for a key of another kind */
export function EVP_PKEY_derive_init(ctx: EVP_PKEY_CTX): number {
  if (!DERIVING.includes(ctxOf(ctx).kind) || ctx.pkey === null)
    return unsupported(EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE)
  ctx.operation = 'derive'
  return 1
}

/**
 * The public key of the other side, to which it takes a reference.
 * @returns 1; 0 with PROV_R_MISMATCHING_DOMAIN_PARAMETERS; -2 with an error for another kind or before EVP_PKEY_derive_init
 */
export function EVP_PKEY_derive_set_peer(ctx: EVP_PKEY_CTX, peer: EVP_PKEY): number {
  const { key } = requireLive(peer, EVP_PKEY, 'peer')
  if (ctxOf(ctx).operation !== 'derive' || key?.asymmetricKeyType !== ctx.kind)
    return unsupported(EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE)
  if (ctx.pkey !== null && groupOf(ctx.pkey) !== groupOf(peer)) {
    raise(ERR_LIB_PROV, PROV_R_MISMATCHING_DOMAIN_PARAMETERS)
    return 0
  }
  EVP_PKEY_free(ctx.peer)
  ctx.peer = peer.addReference()
  return 1
}

function groupOf(pkey: EVP_PKEY): string {
  const group = { value: '' }
  EVP_PKEY_get_group_name(pkey, group)
  return group.value
}

/**
 * The secret (EVP_PKEY_derive(3)).
 * @param key - takes it, or as many of its bytes as there is room for; null: only the length is wanted
 * @param keylen - the room in bytes; takes the length
 * @returns 1; 0 with an error without a peer, or when the secret would be zero; -1 before EVP_PKEY_derive_init
 */
export function EVP_PKEY_derive(ctx: EVP_PKEY_CTX, key: Uint8Array | null, keylen: Out<number>): number {
  if (ctxOf(ctx).operation !== 'derive') {
    raise(ERR_LIB_EVP, EVP_R_OPERATION_NOT_INITIALIZED)
    return -1
  }
  const [own, peer] = [ctx.pkey?.key ?? null, ctx.peer?.key ?? null]
  if (own?.type !== 'private' || peer === null || ctx.pkey === null) {
    raise(ERR_LIB_PROV, PROV_R_MISSING_KEY)
    return 0
  }
  if (key === null) {
    keylen.value = secretLength(ctx.pkey)
    return 1
  }
  const secret = agree(own, publicHalf(peer))
  if (secret === null) {
    raise(ERR_LIB_PROV, PROV_R_FAILED_DURING_DERIVATION)
    return 0
  }
  const room = Math.min(requireInteger(keylen.value, 'keylen'), secret.length)
  const enough = room === secret.length || ctx.kind === 'ec'
  if (requireBytes(key, 'key').length < room) throw new TypeError(`key: ${room} bytes are needed`)
  if (enough) key.set(secret.subarray(0, room))
  else raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL)
  wipe(secret)
  keylen.value = room
  return Number(enough)
}

/** Null when the result would be zero (RFC 7748 section 6.1). */
function agree(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | null {
  try {
    return diffieHellman({ privateKey, publicKey })
  } catch {
    return null
  }
}

/** The field of the named curves is as long as their order, to the byte. */
function secretLength(pkey: EVP_PKEY): number {
  return pkey.type === 'ec' ? (EVP_PKEY_get_bits(pkey) + 7) >> 3 : EVP_PKEY_get_size(pkey)
}

/** Begins to make a key of its numbers. @returns 1 */
export function EVP_PKEY_fromdata_init(ctx: EVP_PKEY_CTX): number {
  ctxOf(ctx).operation = 'fromdata'
  return 1
}

/**
 * Makes a key of its numbers (EVP_PKEY_fromdata(3)): `n`, `e`, `d` with factors, exponents and coefficient of RSA; `group`,
 * `pub`, `priv` of EC; `pub`, `priv` of the others; `p` and `g` of Diffie-Hellman, as parameters.
 * @param selection - EVP_PKEY_KEYPAIR, EVP_PKEY_PUBLIC_KEY; EVP_PKEY_KEY_PARAMETERS for Diffie-Hellman
 * @returns 1; 0 when the numbers are not there or do not belong together; -2 with an error before EVP_PKEY_fromdata_init
 */
export function EVP_PKEY_fromdata(
  ctx: EVP_PKEY_CTX,
  ppkey: Out<EVP_PKEY | null>,
  selection: number,
  params: readonly OSSL_PARAM[],
): number {
  if (ctxOf(ctx).operation !== 'fromdata') return unsupported(EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE)
  const whole = (requireInteger(selection, 'selection') & SELECT_PRIVATE_KEY) !== 0
  if ((selection & SELECT_PUBLIC_KEY) === 0 && !whole && ctx.kind !== 'dh') {
    raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED, 'parameters without a key')
    return 0
  }
  const pkey = keyFromParams(ctx.kind, params, whole)
  if (pkey === null && ctx.kind === 'ec') raise(ERR_LIB_EC, EC_R_INVALID_FIELD)
  if (pkey !== null) requireOut(ppkey, 'ppkey').value = pkey
  return Number(pkey !== null)
}

/** OSSL_KEYMGMT_SELECT_*: the bits of a selection. */
const SELECT_PRIVATE_KEY = 1
const SELECT_PUBLIC_KEY = 2

const ctxOf = (ctx: unknown): EVP_PKEY_CTX => requireInstance(ctx, EVP_PKEY_CTX, 'ctx')

function unsupported(reason: number): number {
  raise(ERR_LIB_EVP, reason)
  return -2
}

const EC_R_INVALID_FIELD = 103
const EC_R_MISSING_PARAMETERS = 124
const EVP_R_COMMAND_NOT_SUPPORTED = 147
const EVP_R_OPERATION_NOT_SUPPORTED_FOR_THIS_KEYTYPE = 150
const EVP_R_OPERATION_NOT_INITIALIZED = 151
const EVP_R_UNSUPPORTED_ALGORITHM = 156
const PROV_R_OUTPUT_BUFFER_TOO_SMALL = 106
const PROV_R_MISSING_KEY = 128
const PROV_R_FAILED_DURING_DERIVATION = 164
const PROV_R_KEY_SIZE_TOO_SMALL = 171
const PROV_R_MISMATCHING_DOMAIN_PARAMETERS = 203
