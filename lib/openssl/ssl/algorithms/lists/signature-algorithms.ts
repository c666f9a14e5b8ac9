import { EVP_PKEY_DSA, EVP_PKEY_EC, EVP_PKEY_RSA, EVP_PKEY_RSA_PSS } from '../../../constants/evp.ts'
import { NID_ED448, NID_ED25519, NID_sha1, NID_sha256, NID_sha384, NID_sha512 } from '../../../constants/obj-mac.ts'
import { SSL_SECOP_SIGALG_SUPPORTED } from '../../../constants/ssl.ts'
import { elements } from './elements.ts'
import { permits } from './security.ts'

/**
 * Reads `SSL_CTX_set1_sigalgs_list`'s text: with colons between, either a TLS 1.3 name (`rsa_pss_rsae_sha256`, `ed25519`) or
 * key and hash joined by `+` in either order (`ECDSA+SHA384`, `RSA-PSS+SHA256`). Gives scheme numbers in the order given.
 * Null for anything else and for duplicates; OpenSSL queues nothing then.
 */
export function parseSignatureAlgorithms(text: string): number[] | null {
  const ids: number[] = []
  for (const element of elements(text)) {
    const id = element.length > 39 ? undefined : schemeOf(element)
    if (id === undefined || ids.includes(id)) return null
    ids.push(id)
  }
  return ids
}

/**
 * Reads `SSL_CTX_set1_sigalgs`' array: NIDs in pairs, hash before key (`NID_sha256, EVP_PKEY_EC`); hash 0 with Ed25519
 * and Ed448. Null, with nothing queued, when a pair is unknown or lacks its half, or the array is empty.
 */
export function signatureAlgorithmsFromNids(nids: readonly number[]): number[] | null {
  if (nids.length === 0 || nids.length % 2 !== 0) return null
  const ids: number[] = []
  for (let i = 0; i < nids.length; i += 2) {
    const row = ROWS.find(({ hash, key }) => hash === nids[i] && key === nids[i + 1])
    if (row === undefined) return null
    ids.push(row.id)
  }
  return ids
}

/** What is offered when the program sets nothing, without what the security level (0 to 5) forbids. */
export function defaultSignatureAlgorithms(level: number): number[] {
  return DEFAULT.filter(id => permits(level, SSL_SECOP_SIGALG_SUPPORTED, signatureAlgorithmBits(id)))
}

/** Security bits of a scheme as the security callback gets them: half the hash, less for SHA-1; 0 if it is not known. */
export function signatureAlgorithmBits(id: number): number {
  const row = rowById.get(id)
  if (row === undefined) return 0
  // RFC 8032 section 8.5.
  if (row.key === NID_ED25519) return 128
  if (row.key === NID_ED448) return 224
  return HASH_BITS.get(row.hash) ?? 0
}

/** The NIDs of a scheme's hash and key, as `SSL_get_sigalgs` gives them (0: no hash); null if it is not known. */
export function signatureAlgorithmNids(id: number): { readonly hash: number; readonly key: number } | null {
  return rowById.get(id) ?? null
}

// No list of constants has it.
const NID_sha224 = 675

interface Row {
  readonly id: number
  /** Absent for what only TLS 1.2 has. */
  readonly name?: string
  readonly key: number
  readonly hash: number
}

// The order decides: RSA-PSS with a hash means the rsae scheme, which comes before the pss one.
// biome-ignore format: one scheme, one line
const ROWS: readonly Row[] = [
  { id: 0x0403, name: 'ecdsa_secp256r1_sha256', key: EVP_PKEY_EC, hash: NID_sha256 },
  { id: 0x0503, name: 'ecdsa_secp384r1_sha384', key: EVP_PKEY_EC, hash: NID_sha384 },
  { id: 0x0603, name: 'ecdsa_secp521r1_sha512', key: EVP_PKEY_EC, hash: NID_sha512 },
  { id: 0x0807, name: 'ed25519', key: NID_ED25519, hash: 0 },
  { id: 0x0808, name: 'ed448', key: NID_ED448, hash: 0 },
  { id: 0x0303, key: EVP_PKEY_EC, hash: NID_sha224 },
  { id: 0x0203, key: EVP_PKEY_EC, hash: NID_sha1 },
  { id: 0x0804, name: 'rsa_pss_rsae_sha256', key: EVP_PKEY_RSA_PSS, hash: NID_sha256 },
  { id: 0x0805, name: 'rsa_pss_rsae_sha384', key: EVP_PKEY_RSA_PSS, hash: NID_sha384 },
  { id: 0x0806, name: 'rsa_pss_rsae_sha512', key: EVP_PKEY_RSA_PSS, hash: NID_sha512 },
  { id: 0x0809, name: 'rsa_pss_pss_sha256', key: EVP_PKEY_RSA_PSS, hash: NID_sha256 },
  { id: 0x080a, name: 'rsa_pss_pss_sha384', key: EVP_PKEY_RSA_PSS, hash: NID_sha384 },
  { id: 0x080b, name: 'rsa_pss_pss_sha512', key: EVP_PKEY_RSA_PSS, hash: NID_sha512 },
  { id: 0x0401, name: 'rsa_pkcs1_sha256', key: EVP_PKEY_RSA, hash: NID_sha256 },
  { id: 0x0501, name: 'rsa_pkcs1_sha384', key: EVP_PKEY_RSA, hash: NID_sha384 },
  { id: 0x0601, name: 'rsa_pkcs1_sha512', key: EVP_PKEY_RSA, hash: NID_sha512 },
  { id: 0x0301, name: 'rsa_pkcs1_sha224', key: EVP_PKEY_RSA, hash: NID_sha224 },
  { id: 0x0201, name: 'rsa_pkcs1_sha1', key: EVP_PKEY_RSA, hash: NID_sha1 },
  { id: 0x0402, key: EVP_PKEY_DSA, hash: NID_sha256 },
  { id: 0x0502, key: EVP_PKEY_DSA, hash: NID_sha384 },
  { id: 0x0602, key: EVP_PKEY_DSA, hash: NID_sha512 },
  { id: 0x0302, key: EVP_PKEY_DSA, hash: NID_sha224 },
  { id: 0x0202, key: EVP_PKEY_DSA, hash: NID_sha1 },
]
const rowById = new Map(ROWS.map(row => [row.id, row]))

const DEFAULT: readonly number[] = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601,
  0x0303, 0x0203, 0x0301, 0x0201, 0x0302, 0x0202, 0x0402, 0x0502, 0x0602,
]

const KEYS: ReadonlyMap<string, number> = new Map([
  ['RSA', EVP_PKEY_RSA],
  ['RSA-PSS', EVP_PKEY_RSA_PSS],
  ['PSS', EVP_PKEY_RSA_PSS],
  ['DSA', EVP_PKEY_DSA],
  ['ECDSA', EVP_PKEY_EC],
])

// The short names of the objects and the long ones; no mixture of cases is a name.
const HASHES: ReadonlyMap<string, number> = new Map([
  ['SHA1', NID_sha1],
  ['sha1', NID_sha1],
  ['SHA224', NID_sha224],
  ['sha224', NID_sha224],
  ['SHA256', NID_sha256],
  ['sha256', NID_sha256],
  ['SHA384', NID_sha384],
  ['sha384', NID_sha384],
  ['SHA512', NID_sha512],
  ['sha512', NID_sha512],
])

// SHA-1 is broken (eprint 2020/014); 64 keeps it out of every level but 0.
const HASH_BITS: ReadonlyMap<number, number> = new Map([
  [NID_sha1, 64],
  [NID_sha224, 112],
  [NID_sha256, 128],
  [NID_sha384, 192],
  [NID_sha512, 256],
])

function schemeOf(element: string): number | undefined {
  const plus = element.indexOf('+')
  if (plus < 0) return ROWS.find(({ name }) => name === element)?.id
  const [first, second] = [element.slice(0, plus), element.slice(plus + 1)]
  return pairOf(first, second) ?? pairOf(second, first)
}

function pairOf(keyName: string, hashName: string): number | undefined {
  const key = KEYS.get(keyName)
  const hash = HASHES.get(hashName)
  if (key === undefined || hash === undefined) return undefined
  return ROWS.find(row => row.key === key && row.hash === hash)?.id
}
