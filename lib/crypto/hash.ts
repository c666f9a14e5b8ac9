import { createHash, createHmac } from 'node:crypto'
import { hmac as nobleHmac } from '@noble/hashes/hmac.js'
import { md5 } from '@noble/hashes/legacy.js'
import { concat, copy } from '../base/bytes.ts'
import { plain } from './node.ts'

export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/** What the PRF and the transcript run on: MD5 and SHA-1 side by side before (D)TLS 1.2, one hash from then on. */
export type PrfHash = 'md5-sha1' | 'sha256' | 'sha384'

/** Output and block length in bytes. */
export const HASHES: Readonly<Record<HashName, { readonly length: number; readonly block: number }>> = {
  md5: { length: 16, block: 64 },
  sha1: { length: 20, block: 64 },
  sha224: { length: 28, block: 64 },
  sha256: { length: 32, block: 64 },
  sha384: { length: 48, block: 128 },
  sha512: { length: 64, block: 128 },
}

/** The digest of the concatenated parts; `md5-sha1` is the 36 bytes MD5 || SHA-1. */
export function digest(name: HashName | 'md5-sha1', ...data: readonly Uint8Array[]): Uint8Array {
  const running = startHash(name)
  for (const part of data) running.update(part)
  return running.digest()
}

/** HMAC (RFC 2104) over the concatenated parts. */
export function hmac(name: HashName, key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
  if (name === 'md5') {
    const mac = nobleHmac.create(md5, key)
    for (const part of data) mac.update(part)
    return mac.digest()
  }
  const mac = createHmac(name, key)
  for (const part of data) mac.update(part)
  return plain(mac.digest())
}

/**
 * The handshake messages so far (RFC 5246 section 7.4.9). They are kept whole until the hash is known and
 * CertificateVerify, which may sign with another hash, is done; then one running hash is enough.
 */
export class Transcript {
  #messages: Uint8Array[] = []
  #released = false
  #running: { hash: PrfHash; state: RunningHash } | null = null

  /** Copies the bytes. */
  add(bytes: Uint8Array): void {
    if (!this.#released) this.#messages.push(copy(bytes))
    this.#running?.state.update(bytes)
  }

  /** Starts the running hash: from now on `digest(hash)` costs nothing per message. */
  choose(hash: PrfHash): void {
    if (this.#running?.hash === hash) return
    this.#refuseReleased()
    const state = startHash(hash)
    for (const message of this.#messages) state.update(message)
    this.#running = { hash, state }
  }

  /** The digest so far; later messages may still be added. */
  digest(hash: PrfHash): Uint8Array {
    if (this.#running?.hash === hash) return this.#running.state.copy().digest()
    this.#refuseReleased()
    return digest(hash, ...this.#messages)
  }

  /** All messages so far, concatenated: what CertificateVerify signs. */
  messages(): Uint8Array {
    this.#refuseReleased()
    return concat(...this.#messages)
  }

  /** Forgets the messages and keeps the running hash. Without a chosen hash it does nothing. */
  releaseMessages(): void {
    if (this.#running === null) return
    this.#messages = []
    this.#released = true
  }

  /** Back to the empty transcript (after a HelloVerifyRequest, or for a new handshake). */
  reset(): void {
    this.#messages = []
    this.#released = false
    this.#running = null
  }

  #refuseReleased(): void {
    if (this.#released) throw new Error('the transcript no longer holds its messages')
  }
}

interface RunningHash {
  update(data: Uint8Array): void
  digest(): Uint8Array
  copy(): RunningHash
}

/** MD5 comes from @noble/hashes, because Node's OpenSSL may be configured without it; the others from node:crypto. */
function startHash(name: HashName | 'md5-sha1'): RunningHash {
  if (name === 'md5') return nobleMd5(md5.create())
  if (name === 'md5-sha1') return pair(startHash('md5'), startHash('sha1'))
  return native(createHash(name))
}

function native(hash: ReturnType<typeof createHash>): RunningHash {
  return {
    update: data => void hash.update(data),
    digest: () => plain(hash.digest()),
    copy: () => native(hash.copy()),
  }
}

function nobleMd5(hash: ReturnType<typeof md5.create>): RunningHash {
  return {
    update: data => void hash.update(data),
    digest: () => hash.digest(),
    copy: () => nobleMd5(hash.clone()),
  }
}

function pair(first: RunningHash, second: RunningHash): RunningHash {
  return {
    update: data => {
      first.update(data)
      second.update(data)
    },
    digest: () => concat(first.digest(), second.digest()),
    copy: () => pair(first.copy(), second.copy()),
  }
}
