import { createPrivateKey, createPublicKey, getCiphers, type KeyObject, type PrivateKeyInput } from 'node:crypto'
import { DerReader, readInteger, Tag } from './der.ts'
import { PkiFailure } from './failure.ts'
import type { PemBlock } from './pem.ts'

/** Asked for the pass phrase when the key turns out to be encrypted; null: there is none. */
export type PassphraseSource = () => Uint8Array | string | null

/** Largest private key that is looked at, in bytes: an RSA key of 16384 bits needs about 9 KiB. */
export const MAX_KEY_LENGTH = 1 << 16

const KEY_LABELS: ReadonlySet<string> = new Set([
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
  'DSA PRIVATE KEY',
])

/** Whether a PEM block with this label holds a private key; others (EC PARAMETERS, certificates) are passed over. */
export function isPrivateKeyLabel(label: string): boolean {
  return KEY_LABELS.has(label)
}

/** Whether a block needs a pass phrase. Throws `PkiFailure` with `not-supported` for a cipher that is not known. */
export function isEncrypted(block: PemBlock): boolean {
  const [, cipher] = block.headers.find(([name]) => name === 'DEK-Info') ?? []
  if (cipher !== undefined && !isCipher(cipher)) throw new PkiFailure('not-supported', 'unknown cipher')
  const announced = block.headers.some(([name, value]) => name === 'Proc-Type' && value.endsWith('ENCRYPTED'))
  return announced || block.label === 'ENCRYPTED PRIVATE KEY'
}

/** PKCS#8, encrypted PKCS#8 or the older form of one algorithm, also with a Proc-Type header. Throws `PkiFailure`. */
export function readPrivateKeyPem(block: PemBlock, passphrase: PassphraseSource): KeyObject {
  if (block.data.length > MAX_KEY_LENGTH) throw new PkiFailure('too-large', 'private key too large')
  if (!isEncrypted(block)) return decode({ key: block.text, format: 'pem' })
  return decodeEncrypted({ key: block.text, format: 'pem' }, passphrase)
}

/** DER of any of these forms, told apart by what stands first in it. Throws `PkiFailure`. */
export function readPrivateKeyDer(der: Uint8Array, passphrase: PassphraseSource = () => null): KeyObject {
  if (der.length > MAX_KEY_LENGTH) throw new PkiFailure('too-large', 'private key too large')
  const key = Buffer.from(der.buffer, der.byteOffset, der.length)
  const outer = new DerReader(der)
  const reader = outer.enter(Tag.sequence)
  outer.end()
  if (reader.peek === Tag.sequence) return decodeEncrypted({ key, format: 'der', type: 'pkcs8' }, passphrase)
  readInteger(reader)
  switch (reader.peek) {
    case Tag.sequence:
      return decode({ key, format: 'der', type: 'pkcs8' })
    case Tag.octetString:
      return decode({ key, format: 'der', type: 'sec1' })
    default:
      return decode({ key, format: 'der', type: 'pkcs1' })
  }
}

/** A SubjectPublicKeyInfo. Throws `PkiFailure`. */
export function readPublicKeyDer(der: Uint8Array): KeyObject {
  if (der.length > MAX_KEY_LENGTH) throw new PkiFailure('too-large', 'public key too large')
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' })
  } catch {
    throw new PkiFailure('unsupported-key', 'public key not understood')
  }
}

/** `AES-128-CBC,0123...`: a cipher of the runtime and its IV. */
function isCipher(value: string): boolean {
  return getCiphers().includes(value.split(',')[0]?.toLowerCase() ?? '')
}

function decodeEncrypted(input: PrivateKeyInput, passphrase: PassphraseSource): KeyObject {
  const secret = passphrase()
  if (secret === null) throw new PkiFailure('bad-decrypt', 'pass phrase missing')
  try {
    const given = typeof secret === 'string' ? secret : Buffer.from(secret.buffer, secret.byteOffset, secret.length)
    return createPrivateKey({ ...input, passphrase: given })
  } catch {
    // A wrong pass phrase can also show as rubbish after decryption; the two cannot be told apart.
    throw new PkiFailure('bad-decrypt', 'private key cannot be decrypted')
  } finally {
    if (secret instanceof Uint8Array) secret.fill(0)
  }
}

function decode(input: PrivateKeyInput): KeyObject {
  try {
    return createPrivateKey(input)
  } catch {
    throw new PkiFailure('unsupported-key', 'private key not understood')
  }
}
