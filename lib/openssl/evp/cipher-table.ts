import { requireInstance } from '../boundary.ts'
import { EVP_CIPH_CBC_MODE, EVP_CIPH_CCM_MODE, EVP_CIPH_GCM_MODE, EVP_CIPH_STREAM_CIPHER } from '../constants/evp.ts'

/** A cipher with a key length. `name` is Node's name for it. */
export class EVP_CIPHER {
  readonly name: string
  readonly nid: number
  /** Bytes. */
  readonly keyLength: number
  /** Bytes. */
  readonly ivLength: number
  /** Bytes; 1 for a stream. */
  readonly blockSize: number
  /** EVP_CIPH_*_MODE. */
  readonly mode: number

  constructor(name: string, nid: number, keyLength: number, ivLength: number, blockSize: number, mode: number) {
    this.name = name
    this.nid = nid
    this.keyLength = keyLength
    this.ivLength = ivLength
    this.blockSize = blockSize
    this.mode = mode
  }
}

const ECB_MODE = 1
const CFB_MODE = 3
const OFB_MODE = 4
const CTR_MODE = 5
const XTS_MODE = 0x10001
/** Commands of EVP_CIPHER_CTX_ctrl by their other names. */
export const EVP_CTRL_AEAD_GET_TAG = 16
export const EVP_CTRL_GCM_SET_IVLEN = 9
export const EVP_CTRL_GCM_GET_TAG = 16
export const EVP_CTRL_GCM_SET_TAG = 17
export const EVP_CTRL_CCM_SET_IVLEN = 9
export const EVP_CTRL_CCM_SET_TAG = 17
/** Modes (EVP_CIPHER_get_mode(3)). */
export const EVP_CIPH_WRAP_MODE = 0x10002
export const EVP_CIPH_OCB_MODE = 0x10003
const AES_BITS = [128, 192, 256] as const
const aes = (
  kind: string,
  nids: readonly [number, number, number],
  iv: number,
  block: number,
  mode: number,
): EVP_CIPHER[] =>
  AES_BITS.map((bits, index) => new EVP_CIPHER(`aes-${bits}-${kind}`, nids[index] ?? 0, bits / 8, iv, block, mode))

const ALL: readonly EVP_CIPHER[] = [
  ...aes('cbc', [419, 423, 427], 16, 16, EVP_CIPH_CBC_MODE),
  ...aes('ecb', [418, 422, 426], 0, 16, ECB_MODE),
  ...aes('ctr', [904, 905, 906], 16, 1, CTR_MODE),
  ...aes('cfb', [421, 425, 429], 16, 1, CFB_MODE),
  ...aes('cfb1', [650, 651, 652], 16, 1, CFB_MODE),
  ...aes('cfb8', [653, 654, 655], 16, 1, CFB_MODE),
  ...aes('ofb', [420, 424, 428], 16, 1, OFB_MODE),
  ...aes('gcm', [895, 898, 901], 12, 1, EVP_CIPH_GCM_MODE),
  ...aes('ccm', [896, 899, 902], 12, 1, EVP_CIPH_CCM_MODE),
  ...aes('ocb', [958, 959, 960], 12, 16, EVP_CIPH_OCB_MODE),
  ...aes('wrap', [788, 789, 790], 8, 8, EVP_CIPH_WRAP_MODE),
  ...aes('wrap-pad', [897, 900, 903], 4, 8, EVP_CIPH_WRAP_MODE),
  // Two keys of AES in one (IEEE 1619).
  new EVP_CIPHER('aes-128-xts', 913, 32, 16, 1, XTS_MODE),
  new EVP_CIPHER('aes-256-xts', 914, 64, 16, 1, XTS_MODE),
  new EVP_CIPHER('des-ede3-cbc', 44, 24, 8, 8, EVP_CIPH_CBC_MODE),
  new EVP_CIPHER('chacha20-poly1305', 1018, 32, 12, 1, EVP_CIPH_STREAM_CIPHER),
  // Known by name, and refused where it is used, as by an OpenSSL without its legacy provider.
  new EVP_CIPHER('rc4', 5, 16, 0, 1, EVP_CIPH_STREAM_CIPHER),
]

function named(name: string): () => EVP_CIPHER {
  const cipher = ALL.find(row => row.name === name)
  if (cipher === undefined) throw new Error(`no row for ${name}`)
  return () => cipher
}

/** The ciphers (EVP_aes_128_gcm(3) and its kin); constants, to be compared with `===`. */
export const EVP_aes_128_cbc: () => EVP_CIPHER = named('aes-128-cbc')
export const EVP_aes_192_cbc: () => EVP_CIPHER = named('aes-192-cbc')
export const EVP_aes_256_cbc: () => EVP_CIPHER = named('aes-256-cbc')
export const EVP_aes_128_ecb: () => EVP_CIPHER = named('aes-128-ecb')
export const EVP_aes_192_ecb: () => EVP_CIPHER = named('aes-192-ecb')
export const EVP_aes_256_ecb: () => EVP_CIPHER = named('aes-256-ecb')
export const EVP_aes_128_ctr: () => EVP_CIPHER = named('aes-128-ctr')
export const EVP_aes_192_ctr: () => EVP_CIPHER = named('aes-192-ctr')
export const EVP_aes_256_ctr: () => EVP_CIPHER = named('aes-256-ctr')
export const EVP_aes_128_cfb128: () => EVP_CIPHER = named('aes-128-cfb')
export const EVP_aes_192_cfb128: () => EVP_CIPHER = named('aes-192-cfb')
export const EVP_aes_256_cfb128: () => EVP_CIPHER = named('aes-256-cfb')
export const EVP_aes_128_cfb1: () => EVP_CIPHER = named('aes-128-cfb1')
export const EVP_aes_192_cfb1: () => EVP_CIPHER = named('aes-192-cfb1')
export const EVP_aes_256_cfb1: () => EVP_CIPHER = named('aes-256-cfb1')
export const EVP_aes_128_cfb8: () => EVP_CIPHER = named('aes-128-cfb8')
export const EVP_aes_192_cfb8: () => EVP_CIPHER = named('aes-192-cfb8')
export const EVP_aes_256_cfb8: () => EVP_CIPHER = named('aes-256-cfb8')
export const EVP_aes_128_ofb: () => EVP_CIPHER = named('aes-128-ofb')
export const EVP_aes_192_ofb: () => EVP_CIPHER = named('aes-192-ofb')
export const EVP_aes_256_ofb: () => EVP_CIPHER = named('aes-256-ofb')
export const EVP_aes_128_cfb: () => EVP_CIPHER = EVP_aes_128_cfb128
export const EVP_aes_192_cfb: () => EVP_CIPHER = EVP_aes_192_cfb128
export const EVP_aes_256_cfb: () => EVP_CIPHER = EVP_aes_256_cfb128
export const EVP_aes_128_xts: () => EVP_CIPHER = named('aes-128-xts')
export const EVP_aes_256_xts: () => EVP_CIPHER = named('aes-256-xts')
export const EVP_aes_128_gcm: () => EVP_CIPHER = named('aes-128-gcm')
export const EVP_aes_192_gcm: () => EVP_CIPHER = named('aes-192-gcm')
export const EVP_aes_256_gcm: () => EVP_CIPHER = named('aes-256-gcm')
export const EVP_aes_128_ccm: () => EVP_CIPHER = named('aes-128-ccm')
export const EVP_aes_192_ccm: () => EVP_CIPHER = named('aes-192-ccm')
export const EVP_aes_256_ccm: () => EVP_CIPHER = named('aes-256-ccm')
export const EVP_aes_128_ocb: () => EVP_CIPHER = named('aes-128-ocb')
export const EVP_aes_192_ocb: () => EVP_CIPHER = named('aes-192-ocb')
export const EVP_aes_256_ocb: () => EVP_CIPHER = named('aes-256-ocb')
export const EVP_aes_128_wrap: () => EVP_CIPHER = named('aes-128-wrap')
export const EVP_aes_192_wrap: () => EVP_CIPHER = named('aes-192-wrap')
export const EVP_aes_256_wrap: () => EVP_CIPHER = named('aes-256-wrap')
export const EVP_aes_128_wrap_pad: () => EVP_CIPHER = named('aes-128-wrap-pad')
export const EVP_aes_192_wrap_pad: () => EVP_CIPHER = named('aes-192-wrap-pad')
export const EVP_aes_256_wrap_pad: () => EVP_CIPHER = named('aes-256-wrap-pad')
export const EVP_des_ede3_cbc: () => EVP_CIPHER = named('des-ede3-cbc')
export const EVP_chacha20_poly1305: () => EVP_CIPHER = named('chacha20-poly1305')
export const EVP_rc4: () => EVP_CIPHER = named('rc4')

/** The cipher with a name in any case, `AES-128-CBC`; null for an unknown one. */
export function EVP_get_cipherbyname(name: string): EVP_CIPHER | null {
  const wanted = name.toLowerCase().replace(/^id-aes(\d+)-/, 'aes-$1-')
  return ALL.find(cipher => cipher.name === wanted) ?? null
}

/** The cipher with a number (NID_*); null for an unknown one. */
export function EVP_get_cipherbynid(nid: number): EVP_CIPHER | null {
  return ALL.find(cipher => cipher.nid === nid) ?? null
}

const cipherOf = (cipher: unknown): EVP_CIPHER => requireInstance(cipher, EVP_CIPHER, 'cipher')

/** What a cipher is: bytes of a block, of the IV, of the key, EVP_CIPH_* mode, NID. */
export const EVP_CIPHER_get_block_size = (cipher: EVP_CIPHER): number => cipherOf(cipher).blockSize
export const EVP_CIPHER_block_size: typeof EVP_CIPHER_get_block_size = EVP_CIPHER_get_block_size
export const EVP_CIPHER_get_iv_length = (cipher: EVP_CIPHER): number => cipherOf(cipher).ivLength
export const EVP_CIPHER_iv_length: typeof EVP_CIPHER_get_iv_length = EVP_CIPHER_get_iv_length
export const EVP_CIPHER_get_key_length = (cipher: EVP_CIPHER): number => cipherOf(cipher).keyLength
export const EVP_CIPHER_key_length: typeof EVP_CIPHER_get_key_length = EVP_CIPHER_get_key_length
export const EVP_CIPHER_get_mode = (cipher: EVP_CIPHER): number => cipherOf(cipher).mode
export const EVP_CIPHER_mode: typeof EVP_CIPHER_get_mode = EVP_CIPHER_get_mode
export const EVP_CIPHER_get_nid = (cipher: EVP_CIPHER): number => cipherOf(cipher).nid
export const EVP_CIPHER_nid: typeof EVP_CIPHER_get_nid = EVP_CIPHER_get_nid
