import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../lib/base/failure.ts'
import type { PrfHash } from '../../lib/crypto/hash.ts'
import { connectionKeys } from '../../lib/crypto/key-schedule.ts'
import { createOpener } from '../../lib/crypto/protection.ts'
import type { Opener } from '../../lib/crypto/sealer.ts'
import { type CipherSuite, suiteById } from '../../lib/crypto/suites.ts'
import { find } from '../../lib/wire/extensions/extension.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { type ServerHello, serverHello } from '../../lib/wire/messages/server-hello.ts'
import { ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import { type ProtocolVersion, versionOf } from '../../lib/wire/version.ts'
import type { Role } from '../demo/events.ts'

/** Master secrets by client random, both in hexadecimal. */
export type KeyLog = ReadonlyMap<string, string>

/** The master secrets of a key log in NSS's format; other lines, those of TLS 1.3 among them, are passed over. */
export function readKeyLog(text: string): KeyLog {
  const lines = text.matchAll(/^CLIENT_RANDOM ([0-9a-f]{64}) ([0-9a-f]{96})\s*$/gim)
  return new Map([...lines].map(([, random = '', master = '']) => [random.toLowerCase(), master.toLowerCase()]))
}

/** The keys of a connection, as far as its hellos and a key log tell them: what an onlooker may open. */
export class Secrets {
  readonly #log: KeyLog
  #clientRandom = ''
  #hello: ServerHello | null = null
  readonly #openers: Record<Role, Map<number, Opener>> = { client: new Map(), server: new Map() }

  constructor(log: KeyLog) {
    this.#log = log
  }

  /** Null until a ServerHello has been seen, and for a version that is not spoken here. */
  get version(): ProtocolVersion | null {
    return this.#hello === null ? null : (versionOf(this.#hello.version) ?? null)
  }

  get suite(): CipherSuite | null {
    return this.#hello === null ? null : (suiteById(this.#hello.cipherSuite) ?? null)
  }

  /** Of the latest ClientHello, in hexadecimal; empty before. */
  get clientRandom(): string {
    return this.#clientRandom
  }

  /** TLS 1.3 has the number of 1.2 in its hello. */
  get thirteen(): boolean {
    return this.#hello !== null && find(this.#hello.extensions, ExtensionType.supportedVersions) !== undefined
  }

  /** A handshake message that was read; a malformed hello tells nothing. */
  hear(type: number, body: Uint8Array, datagram: boolean): void {
    try {
      if (type === HandshakeType.clientHello) this.#clientRandom = toHex(clientHello.read(body, datagram).random)
      if (type === HandshakeType.serverHello) this.#hello = serverHello.read(body)
    } catch (failure) {
      if (!(failure instanceof ProtocolFailure)) throw failure
    }
  }

  /** A ChangeCipherSpec: what this side sends from now on, as `epoch`, has the keys of the latest hellos. */
  change(from: Role, epoch: number): void {
    this.#openers[from].delete(epoch)
    const { version, suite } = this
    const master = this.#log.get(this.#clientRandom)
    if (this.#hello === null || version === null || suite === null || this.thirteen || master === undefined) return
    const hash: PrfHash = version.suitePrf ? suite.prf : 'md5-sha1'
    const secret = fromHex(master)
    const client = fromHex(this.#clientRandom)
    const keys = connectionKeys(hash, secret, client, this.#hello.random, suite, version.explicitIv)
    const encryptThenMac = find(this.#hello.extensions, ExtensionType.encryptThenMac) !== undefined
    this.#openers[from].set(epoch, createOpener(suite, keys[from], { encryptThenMac, explicitIv: version.explicitIv }))
  }

  /** The plaintext, the caller's to keep; null when it cannot be opened. */
  open(from: Role, epoch: number, record: SealedRecord): Uint8Array | null {
    const { type, version, high, low, fragment } = record
    return this.#openers[from].get(epoch)?.open(type, version, high, low, fragment)?.slice() ?? null
  }
}

export interface SealedRecord {
  readonly type: number
  readonly version: number
  /** The 64 bits of the sequence number, in halves. */
  readonly high: number
  readonly low: number
  readonly fragment: Uint8Array
}
