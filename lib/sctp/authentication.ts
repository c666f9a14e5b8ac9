import { AuthKeys, type KeySettings } from './auth-keys.ts'
import type { Negotiated } from './negotiation.ts'
import type { Signing } from './packer.ts'
import type { Sender } from './send/sender.ts'
import type { Surroundings } from './surroundings.ts'
import type { AuthParameters } from './wire/init.ts'
import type { Chunk, Packet } from './wire/packet.ts'
import { ChunkType } from './wire/registry.ts'

/** What an association authenticates, and wants to be authenticated (RFC 4895). */
export class Authentication {
  readonly keys: AuthKeys
  readonly #around: Surroundings
  #signing: Signing | null = null
  /** Chunk types that are dropped unless an AUTH chunk covers them. */
  #wanted: ReadonlySet<number> = new Set()
  /** The key of the last packet that was right. */
  #heard = 0
  /** Keys that were deactivated while chunks under them were under way. */
  readonly #freeing = new Set<number>()

  constructor(settings: KeySettings | null, around: Surroundings) {
    this.keys = new AuthKeys(settings)
    this.#around = around
  }

  /** How chunks are signed; null when one end does not speak RFC 4895. */
  get signing(): Signing | null {
    return this.#signing
  }

  /** Both ends' parameters are known. */
  agree(local: AuthParameters | null, { peerAuth, hmac }: Negotiated): void {
    this.#heard = 0
    if (peerAuth === null || local === null) {
      this.#signing = null
      this.#wanted = new Set()
      return
    }
    this.keys.agree(local, peerAuth)
    this.#signing = { keys: this.keys, required: authenticable(peerAuth.chunks), hmac }
    this.#wanted = authenticable(local.chunks)
  }

  /** Chunks of this type count only when they are authenticated. */
  wants(type: number): boolean {
    return this.#wanted.has(type)
  }

  /** Bytes that an AUTH chunk takes in a packet with a chunk of this type; 0 where none is needed. */
  overhead(type: number): number {
    const signing = this.#signing
    return signing?.required.has(type) === true ? this.keys.blank(0, signing.hmac).length : 0
  }

  /** The AUTH chunk is right for what follows it; 'unsupported' names the HMAC of one that cannot be judged. */
  judge(packet: Packet, chunk: Chunk): 'right' | 'wrong' | { readonly unsupported: number } {
    if (this.#signing === null) return 'wrong'
    const verdict = this.keys.verify(packet.bytes, chunk.at, chunk.value)
    if (verdict.result === 'unsupported') return { unsupported: verdict.hmac }
    if (verdict.result !== 'right') return 'wrong'
    if (verdict.key !== this.#heard) {
      this.#heard = verdict.key
      this.#around.event({ kind: 'authentication', key: verdict.key, change: 'new' })
    }
    return 'right'
  }

  /** No new chunks under this key; the program hears when the last one is acknowledged. False: it is active or not there. */
  deactivate(key: number, sender: Sender | null): boolean {
    if (!this.keys.deactivate(key)) return false
    this.#freeing.add(key)
    this.free(sender)
    return true
  }

  /** Tells of keys that were deactivated and that nothing needs any more. */
  free(sender: Sender | null): void {
    for (const key of this.#freeing) {
      if (sender?.usesKey(key) === true) continue
      this.#freeing.delete(key)
      this.#around.event({ kind: 'authentication', key, change: 'free' })
    }
  }
}

/** Chunks that may be asked to be authenticated: these four never are (RFC 4895 section 3.2). */
function authenticable(types: Uint8Array): ReadonlySet<number> {
  const never: readonly number[] = [ChunkType.init, ChunkType.initAck, ChunkType.shutdownComplete, ChunkType.auth]
  return new Set([...types].filter(type => !never.includes(type)))
}
