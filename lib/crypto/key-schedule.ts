import { concat, copy, EMPTY, latin1, utf8, wipe } from '../base/bytes.ts'
import { CIPHERS, macHash } from './ciphers.ts'
import { HASHES, type PrfHash } from './hash.ts'
import { prf } from './prf.ts'
import type { CipherSuite } from './suites.ts'

export const MASTER_SECRET_LENGTH = 48
export const VERIFY_DATA_LENGTH = 12

/** The keys of one direction, lengths as the suite says; unused ones are empty. */
export interface DirectionKeys {
  macKey: Uint8Array
  key: Uint8Array
  iv: Uint8Array
}

/** 48 bytes (RFC 5246 section 8.1). The caller wipes the premaster. */
export function masterSecret(
  hash: PrfHash,
  premaster: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
): Uint8Array {
  return prf(hash, premaster, LABELS.master, concat(clientRandom, serverRandom), MASTER_SECRET_LENGTH)
}

/** 48 bytes (RFC 7627 section 4); the session hash covers the messages up to and including ClientKeyExchange. */
export function extendedMasterSecret(hash: PrfHash, premaster: Uint8Array, sessionHash: Uint8Array): Uint8Array {
  return prf(hash, premaster, LABELS.extendedMaster, sessionHash, MASTER_SECRET_LENGTH)
}

/** The 12 bytes of a Finished message (RFC 5246 section 7.4.9). */
export function verifyData(
  hash: PrfHash,
  master: Uint8Array,
  sender: 'client' | 'server',
  transcriptHash: Uint8Array,
): Uint8Array {
  return prf(hash, master, LABELS[sender], transcriptHash, VERIFY_DATA_LENGTH)
}

/**
 * Keying material for the application (RFC 5705 section 4).
 * @param context `null` for none, which differs from an empty one; at most 65535 bytes
 */
export function exportKeyingMaterial(
  hash: PrfHash,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  label: Uint8Array,
  context: Uint8Array | null,
  length: number,
): Uint8Array {
  return prf(hash, master, label, concat(clientRandom, serverRandom, contextPart(context)), length)
}

/** Labels that TLS itself uses; like OpenSSL, everything that begins with one is refused to exporters. */
export function isReservedLabel(label: Uint8Array): boolean {
  const text = latin1(label)
  return Object.values(LABELS).some(reserved => text.startsWith(latin1(reserved)))
}

/**
 * The key block cut up (RFC 5246 section 6.3).
 * @param explicitIv from TLS 1.1 and in all DTLS: CBC records carry their IV and none is derived
 */
export function connectionKeys(
  hash: PrfHash,
  master: Uint8Array,
  clientRandom: Uint8Array,
  serverRandom: Uint8Array,
  suite: CipherSuite,
  explicitIv: boolean,
): { client: DirectionKeys; server: DirectionKeys } {
  const shape = CIPHERS[suite.cipher]
  const mac = macHash(suite.mac)
  const macLength = mac === null ? 0 : HASHES[mac].length
  const ivLength = shape.kind === 'cbc' && explicitIv ? 0 : shape.ivLength
  const total = 2 * (macLength + shape.keyLength + ivLength)
  if (total === 0) return { client: noKeys(), server: noKeys() }
  // The randoms stand in the other order than for the master secret.
  const block = prf(hash, master, LABELS.keys, concat(serverRandom, clientRandom), total)
  let at = 0
  const take = (length: number) => copy(block.subarray(at, (at += length)))
  const [clientMac, serverMac] = [take(macLength), take(macLength)]
  const [clientKey, serverKey] = [take(shape.keyLength), take(shape.keyLength)]
  const [clientIv, serverIv] = [take(ivLength), take(ivLength)]
  wipe(block)
  return {
    client: { macKey: clientMac, key: clientKey, iv: clientIv },
    server: { macKey: serverMac, key: serverKey, iv: serverIv },
  }
}

/** Overwrites the keys once the sealer and opener hold theirs. */
export function wipeKeys(keys: DirectionKeys): void {
  wipe(keys.macKey, keys.key, keys.iv)
}

/** As bytes: a handshake needs each of them, and encoding them costs as much as hashing. */
const LABELS = {
  client: utf8('client finished'),
  server: utf8('server finished'),
  master: utf8('master secret'),
  extendedMaster: utf8('extended master secret'),
  keys: utf8('key expansion'),
} as const

function contextPart(context: Uint8Array | null): Uint8Array {
  if (context === null) return EMPTY
  if (context.length > 0xffff) throw new RangeError('exporter context longer than 65535 bytes')
  return concat(new Uint8Array([context.length >> 8, context.length & 0xff]), context)
}

function noKeys(): DirectionKeys {
  return { macKey: EMPTY, key: EMPTY, iv: EMPTY }
}
