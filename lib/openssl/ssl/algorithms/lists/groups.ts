import { TLSEXT_nid_unknown } from '../../../constants/tls1.ts'
import { elements } from './elements.ts'

/** Why a list of groups is refused: `unknown-group` queues `ERR_R_PASSED_INVALID_ARGUMENT`, `malformed` queues nothing. */
export type GroupsFault = 'unknown-group' | 'malformed'

/** The offer of a client that sets nothing: X25519, P-256, X448, P-521, P-384, then ffdhe2048 to ffdhe8192 (TLS 1.3 only). */
export const DEFAULT_GROUPS: readonly number[] = [29, 23, 30, 25, 24, 0x100, 0x101, 0x102, 0x103, 0x104]

/**
 * Reads `SSL_CTX_set1_groups_list`'s text: names with colons between, such as `P-256:x25519:prime256v1`.
 * Gives numbers of the IANA registry in the order given. Duplicates, also under another name, are malformed.
 * Every name that 3.0 knows is accepted, whether the group is provided here or not: one that is not is never offered.
 */
export function parseGroupsList(text: string): number[] | GroupsFault {
  const ids: number[] = []
  for (const name of elements(text)) {
    if (name === '' || name.length > 63) return 'malformed'
    const id = idByName.get(name)
    if (id === undefined) return 'unknown-group'
    if (ids.includes(id)) return 'malformed'
    ids.push(id)
  }
  return ids
}

/**
 * Reads `SSL_CTX_set1_groups`' array of NIDs. Null for an unknown NID or a duplicate, and nothing is queued; null also for
 * an empty array, for which the call queues `SSL_R_BAD_LENGTH`.
 */
export function groupsFromNids(nids: readonly number[]): number[] | null {
  const ids = nids.flatMap(nid => ROWS.find(row => row.nid === nid)?.id ?? [])
  return nids.length > 0 && new Set(ids).size === nids.length ? ids : null
}

/** The NID of a group, as `SSL_get1_groups` gives it: its number with a mark when it has none (`TLSEXT_nid_unknown`). */
export function groupNid(id: number): number {
  return rowById.get(id)?.nid ?? TLSEXT_nid_unknown | id
}

/** The group that a NID of `groupNid` stands for; undefined if none. */
export function groupOfNid(nid: number): number | undefined {
  if ((nid & TLSEXT_nid_unknown) !== 0) return nid & 0xffff
  return ROWS.find(row => row.nid === nid)?.id
}

/** `SSL_group_to_name`'s answer for the number of a group, such as `secp256r1`; null if it is not known. */
export function groupName(id: number): string | null {
  return rowById.get(id)?.names[0] ?? null
}

interface Row {
  readonly id: number
  readonly nid: number
  /** The TLS name first, then what else OpenSSL calls it. */
  readonly names: readonly string[]
}

// biome-ignore format: one group, one line
const ROWS: readonly Row[] = [
  { id: 1, nid: 721, names: ['sect163k1', 'K-163'] },
  { id: 2, nid: 722, names: ['sect163r1'] },
  { id: 3, nid: 723, names: ['sect163r2', 'B-163'] },
  { id: 4, nid: 724, names: ['sect193r1'] },
  { id: 5, nid: 725, names: ['sect193r2'] },
  { id: 6, nid: 726, names: ['sect233k1', 'K-233'] },
  { id: 7, nid: 727, names: ['sect233r1', 'B-233'] },
  { id: 8, nid: 728, names: ['sect239k1'] },
  { id: 9, nid: 729, names: ['sect283k1', 'K-283'] },
  { id: 10, nid: 730, names: ['sect283r1', 'B-283'] },
  { id: 11, nid: 731, names: ['sect409k1', 'K-409'] },
  { id: 12, nid: 732, names: ['sect409r1', 'B-409'] },
  { id: 13, nid: 733, names: ['sect571k1', 'K-571'] },
  { id: 14, nid: 734, names: ['sect571r1', 'B-571'] },
  { id: 15, nid: 708, names: ['secp160k1'] },
  { id: 16, nid: 709, names: ['secp160r1'] },
  { id: 17, nid: 710, names: ['secp160r2'] },
  { id: 18, nid: 711, names: ['secp192k1'] },
  { id: 19, nid: 409, names: ['secp192r1', 'P-192', 'prime192v1'] },
  { id: 20, nid: 712, names: ['secp224k1'] },
  { id: 21, nid: 713, names: ['secp224r1', 'P-224'] },
  { id: 22, nid: 714, names: ['secp256k1'] },
  { id: 23, nid: 415, names: ['secp256r1', 'P-256', 'prime256v1'] },
  { id: 24, nid: 715, names: ['secp384r1', 'P-384'] },
  { id: 25, nid: 716, names: ['secp521r1', 'P-521'] },
  { id: 26, nid: 927, names: ['brainpoolP256r1'] },
  { id: 27, nid: 931, names: ['brainpoolP384r1'] },
  { id: 28, nid: 933, names: ['brainpoolP512r1'] },
  { id: 29, nid: 1034, names: ['x25519', 'X25519'] },
  { id: 30, nid: 1035, names: ['x448', 'X448'] },
  { id: 0x100, nid: 1126, names: ['ffdhe2048'] },
  { id: 0x101, nid: 1127, names: ['ffdhe3072'] },
  { id: 0x102, nid: 1128, names: ['ffdhe4096'] },
  { id: 0x103, nid: 1129, names: ['ffdhe6144'] },
  { id: 0x104, nid: 1130, names: ['ffdhe8192'] },
]

const rowById = new Map(ROWS.map(row => [row.id, row]))
const idByName = new Map(ROWS.flatMap(row => row.names.map(name => [name, row.id])))
