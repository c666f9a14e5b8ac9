import {
  type CipherGCMTypes,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto'
import { type CredentialName, testCredential } from '../connection/credentials.ts'

// What the primitives alone cost in Node, without a protocol: no code path on top of them can be faster than these, unless it
// finds cheaper primitives.

export interface FloorOptions {
  readonly group?: 'p256' | 'x25519'
  readonly server?: CredentialName
  readonly client?: CredentialName
}

/** The operations of a full handshake, of both sides. */
export function handshakeFloor({ group, server, client }: FloorOptions): () => void {
  const proofs = [server, client].filter(name => name !== undefined).map(proof)
  const secret = randomBytes(48)
  return () => {
    randomBytes(32)
    randomBytes(32)
    if (group === 'p256') agreeP256()
    if (group === 'x25519') agreeX25519()
    for (const prove of proofs) prove()
    for (let side = 0; side < 2; side++) {
      const transcript = createHash('sha256')
      for (let message = 0; message < 8; message++) transcript.update(MESSAGE)
      for (let digest = 0; digest < 3; digest++) transcript.copy().digest()
      // Master secret, key block, and both Finished.
      for (const length of [48, 40, 12, 12]) expand(secret, length)
      gcmRecord(FINISHED)
    }
  }
}

/** Seals and opens a record as peers on node:crypto do it, wire bytes and all: a cipher object for each. */
export function recordFloor(cipher: string, length: number, tagLength: number): () => void {
  const text = randomBytes(length)
  return cipher.includes('cbc') ? cbcRecord(cipher, text) : aeadRecord(cipher, text, tagLength)
}

const MESSAGE = randomBytes(200)
const FINISHED = randomBytes(24)
const HEADER_LENGTH = 13
const gcmRecord = (() => {
  const records = new Map<Uint8Array, () => void>()
  return (text: Uint8Array) => {
    const known = records.get(text) ?? aeadRecord('aes-128-gcm', text, 16)
    records.set(text, known)
    known()
  }
})()

function agreeP256(): void {
  const [a, b] = [createECDH('prime256v1'), createECDH('prime256v1')]
  const [publicA, publicB] = [a.generateKeys(), b.generateKeys()]
  a.computeSecret(publicB)
  b.computeSecret(publicA)
}

function agreeX25519(): void {
  const [a, b] = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')]
  diffieHellman({ privateKey: a.privateKey, publicKey: b.publicKey })
  diffieHellman({ privateKey: b.privateKey, publicKey: a.publicKey })
}

/** Signing, parsing the certificate, and verifying. */
function proof(name: CredentialName): () => void {
  const { leaf, key } = testCredential(name)
  const der = Buffer.from(leaf.der)
  return () => {
    const signature = sign('sha256', MESSAGE, key)
    const { publicKey } = new X509Certificate(der)
    if (!verify('sha256', MESSAGE, publicKey, signature)) throw new Error('the signature is wrong')
  }
}

/** P_SHA256. */
function expand(secret: Uint8Array, length: number): void {
  let a: Uint8Array = MESSAGE.subarray(0, 77)
  for (let made = 0; made < length; made += 32) {
    a = createHmac('sha256', secret).update(a).digest()
    createHmac('sha256', secret).update(a).update(MESSAGE.subarray(0, 77)).digest()
  }
}

function aeadRecord(cipher: string, text: Uint8Array, authTagLength: number): () => void {
  // Node's types know AES only.
  const native = cipher as CipherGCMTypes
  const key = randomBytes(cipher.includes('128') ? 16 : 32)
  const nonce = randomBytes(12)
  const options = { authTagLength }
  const plaintextLength = text.length
  let sequence = 0
  return () => {
    nonce.writeUInt32BE(++sequence, 8)
    const additional = Buffer.allocUnsafe(HEADER_LENGTH)
    additional.writeUInt32BE(sequence, 4)
    const wire = Buffer.allocUnsafe(HEADER_LENGTH + 8 + text.length + authTagLength)
    wire.set(additional)
    const seal = createCipheriv(native, key, nonce, options)
    seal.setAAD(additional, { plaintextLength })
    wire.set(seal.update(text), HEADER_LENGTH + 8)
    seal.final()
    wire.set(seal.getAuthTag(), wire.length - authTagLength)
    const open = createDecipheriv(native, key, nonce, options)
    open.setAAD(additional, { plaintextLength })
    open.setAuthTag(wire.subarray(wire.length - authTagLength))
    open.update(wire.subarray(HEADER_LENGTH + 8, wire.length - authTagLength))
    open.final()
  }
}

/** MAC-then-encrypt with SHA-256; opening checks the MAC without a guard against its timing. */
function cbcRecord(cipher: string, text: Uint8Array): () => void {
  const key = randomBytes(16)
  const macKey = randomBytes(32)
  const header = Buffer.alloc(HEADER_LENGTH)
  const padding = 16 - ((text.length + 32) % 16)
  return () => {
    const iv = randomBytes(16)
    const mac = createHmac('sha256', macKey).update(header).update(text).digest()
    const seal = createCipheriv(cipher, key, iv).setAutoPadding(false)
    const body = Buffer.concat([text, mac, Buffer.alloc(padding, padding - 1)])
    const wire = Buffer.concat([header, iv, seal.update(body)])
    const open = createDecipheriv(cipher, key, wire.subarray(HEADER_LENGTH, HEADER_LENGTH + 16)).setAutoPadding(false)
    const opened = open.update(wire.subarray(HEADER_LENGTH + 16))
    const expected = createHmac('sha256', macKey).update(header).update(opened.subarray(0, text.length)).digest()
    if (expected.compare(opened, text.length, text.length + 32) !== 0) throw new Error('the MAC is wrong')
  }
}
