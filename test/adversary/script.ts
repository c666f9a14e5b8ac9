import { concat, EMPTY } from '../../lib/base/bytes.ts'
import { Transcript } from '../../lib/crypto/hash.ts'
import { connectionKeys, extendedMasterSecret, masterSecret, verifyData } from '../../lib/crypto/key-schedule.ts'
import { createOpener, createSealer } from '../../lib/crypto/protection.ts'
import type { Opener, Sealer } from '../../lib/crypto/sealer.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { Connection, type Observer, versionOf } from '../../lib/engine.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { encodeFragment, encodeUnfragmented, readFragment } from '../../lib/wire/handshake.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { DTLS_RECORD_HEADER, readDtlsRecord, writeDtlsHeader } from '../../lib/wire/record.ts'
import { ContentType, HandshakeType } from '../../lib/wire/registry.ts'
import { type Changes, permissive } from '../connection/pair.ts'
import { attend } from '../connection/renegotiation.ts'

export interface ScriptOptions {
  /** OpenSSL's name of the one suite that is enabled. */
  readonly suite?: string
  /** What the engine under test is told besides. */
  readonly engine?: Changes
  readonly observer?: Observer
  readonly seed?: number
  /** The version that is negotiated, 0xfefd when left out. */
  readonly version?: number
}

/** A handshake message that the engine sent. */
export interface Received {
  readonly type: number
  readonly body: Uint8Array
  readonly epoch: number
}

export interface SentAlert {
  readonly level: number
  readonly description: number
  readonly epoch: number
}

export interface RecordOptions {
  readonly epoch?: number
  readonly sequence?: number
  readonly version?: number
  /** Changes the record once it is whole. */
  readonly mangle?: (record: Uint8Array) => Uint8Array
}

export interface MessageOptions extends RecordOptions {
  readonly messageSequence?: number
  /** False: the message does not count in the transcript. */
  readonly counts?: boolean
}

/**
 * A peer that does what a test says, byte for byte: it keeps the transcript and the keys, so that it can also misbehave behind
 * valid protection. Nothing here uses the handshake code under test.
 */
export abstract class Script {
  readonly clock = new VirtualClock()
  readonly engine: Connection
  readonly suite: CipherSuite
  readonly random: (length: number) => Uint8Array
  readonly received: Received[] = []
  readonly alerts: SentAlert[] = []
  /** ChangeCipherSpec records that the engine sent. */
  changes = 0
  /** Application data that the engine delivered. */
  readonly data: Uint8Array[] = []
  transcript = new Transcript()
  readonly version: number
  clientRandom: Uint8Array = EMPTY
  serverRandom: Uint8Array = EMPTY
  extendedMaster = false
  encryptThenMac = false
  master: Uint8Array = EMPTY
  nextMessage = 0
  /** The epoch that records are written in. */
  epoch = 0
  /** When set, what is sent waits in `held` instead of being delivered. */
  holding = false
  readonly held: Uint8Array[] = []
  readonly #role: 'client' | 'server'
  readonly #sequences = new Map<number, number>()
  #expected = 0
  /** By epoch. */
  readonly #protections = new Map<number, { readonly sealer: Sealer; readonly opener: Opener }>()
  #renewals = 0

  constructor(role: 'client' | 'server', options: ScriptOptions) {
    const source = new SeededSource(options.seed ?? 7)
    this.#role = role
    this.random = source.fork('script').random
    this.version = options.version ?? 0xfefd
    this.suite = suiteNamed(options.suite ?? 'ECDHE-ECDSA-AES128-GCM-SHA256')
    this.engine = new Connection({
      config: permissive(role === 'client' ? 'server' : 'client', {
        suites: [this.suite],
        pathMtu: () => 16384,
        ...options.engine,
      }),
      clock: this.clock,
      random: source.fork('engine').random,
      observer: options.observer ?? {},
    })
  }

  get prfHash() {
    return versionOf(this.version)?.suitePrf === false ? 'md5-sha1' : this.suite.prf
  }

  /** The last message of this type that the engine sent. */
  last(type: number): Uint8Array {
    const found = this.received.findLast(message => message.type === type)
    if (found === undefined) throw new Error(`the engine has sent no message ${type}`)
    return found.body
  }

  has(type: number): boolean {
    return this.received.some(message => message.type === type)
  }

  /** A whole handshake message in a record of its own. */
  message(type: number, body: Uint8Array, options: MessageOptions = {}): this {
    const sequence = options.messageSequence ?? this.nextMessage++
    const raw = encodeUnfragmented(type, sequence, body)
    if (options.counts !== false) this.transcript.add(raw)
    return this.record(ContentType.handshake, raw, options)
  }

  /** A part of a message, or something that claims to be one; it does not touch the transcript. */
  fragment(
    type: number,
    length: number,
    sequence: number,
    offset: number,
    bytes: Uint8Array,
    options: RecordOptions = {},
  ): this {
    return this.record(ContentType.handshake, encodeFragment(type, length, sequence, offset, bytes), options)
  }

  /** One record in a datagram of its own, protected when its epoch is. */
  record(type: number, payload: Uint8Array, options: RecordOptions = {}): this {
    return this.deliver(this.sealed(type, payload, options))
  }

  /** The bytes of a record. */
  sealed(type: number, payload: Uint8Array, options: RecordOptions = {}): Uint8Array {
    const epoch = options.epoch ?? this.epoch
    const sequence = options.sequence ?? this.#sequences.get(epoch) ?? 0
    if (options.sequence === undefined) this.#sequences.set(epoch, sequence + 1)
    const version = options.version ?? this.version
    const sealer = this.#protections.get(epoch)?.sealer ?? null
    const length = sealer?.sealedLength(payload.length) ?? payload.length
    const out = new Uint8Array(DTLS_RECORD_HEADER + length)
    const high = ((epoch << 16) | Math.floor(sequence / 2 ** 32)) >>> 0
    if (sealer === null) out.set(payload, DTLS_RECORD_HEADER)
    else sealer.seal(type, version, high, sequence >>> 0, payload, out, DTLS_RECORD_HEADER)
    writeDtlsHeader(out, 0, type, version, epoch, sequence, length)
    return options.mangle?.(out) ?? out
  }

  /** Gives a datagram to the engine and sees what it answers. */
  deliver(datagram: Uint8Array): this {
    if (this.holding) {
      this.held.push(datagram)
      return this
    }
    this.engine.receive(datagram)
    return this.pump()
  }

  /** Delivers what was held, in one datagram or in the order given. */
  release(datagrams: readonly Uint8Array[] = this.held): this {
    this.holding = false
    for (const datagram of [...datagrams]) this.engine.receive(datagram)
    this.held.length = 0
    return this.pump()
  }

  /** Everything held, as one datagram. */
  releaseTogether(): this {
    return this.release([concat(...this.held)])
  }

  /** Lets the engine work on what it has and reads what it sends. */
  pump(): this {
    this.data.push(...attend(this.engine))
    for (const datagram of this.engine.takeOutput()) this.#read(datagram)
    return this
  }

  changeCipherSpec(payload: Uint8Array = Uint8Array.of(1), options: RecordOptions = {}): this {
    this.record(ContentType.changeCipherSpec, payload, options)
    this.epoch = this.#renewals + 1
    return this
  }

  finished(verify: Uint8Array = this.verifyData(), options: MessageOptions = {}): this {
    return this.message(HandshakeType.finished, verify, options)
  }

  alert(level: number, description: number, options: RecordOptions = {}): this {
    return this.record(ContentType.alert, Uint8Array.of(level, description), options)
  }

  application(text: string, options: RecordOptions = {}): this {
    return this.record(ContentType.applicationData, new TextEncoder().encode(text), options)
  }

  /** What this side's Finished has to say now. */
  verifyData(): Uint8Array {
    return verifyData(this.prfHash, this.master, this.#role, this.transcript.digest(this.prfHash))
  }

  /** Called once the premaster is known and ClientKeyExchange counts in the transcript. */
  protect(premaster: Uint8Array): void {
    const { prfHash, clientRandom, serverRandom, suite } = this
    this.master = this.extendedMaster
      ? extendedMasterSecret(prfHash, premaster, this.transcript.digest(prfHash))
      : masterSecret(prfHash, premaster, clientRandom, serverRandom)
    const keys = connectionKeys(prfHash, this.master, clientRandom, serverRandom, suite, true)
    const mode = { encryptThenMac: this.encryptThenMac, explicitIv: true }
    const [own, theirs] = this.#role === 'client' ? [keys.client, keys.server] : [keys.server, keys.client]
    this.#protections.set(this.#renewals + 1, {
      sealer: createSealer(suite, own, mode, this.random),
      opener: createOpener(suite, theirs, mode),
    })
  }

  /** Another handshake begins inside the connection: numbers and transcript start again. */
  renew(): this {
    this.#renewals++
    this.#expected = 0
    this.nextMessage = 0
    this.transcript = new Transcript()
    this.clientRandom = EMPTY
    this.master = EMPTY
    return this
  }

  /** The whole handshake, as a good peer. */
  abstract complete(): this

  /** A message of the engine, which counts in the transcript by now. */
  protected abstract onMessage(type: number, body: Uint8Array): void

  #read(datagram: Uint8Array): void {
    for (let at = 0; at < datagram.length; ) {
      const record = readDtlsRecord(datagram, at)
      if (record === null) throw new Error('the engine sent half a record')
      at = record.end
      const { type, version, epoch, sequence, fragment } = record
      const high = ((epoch << 16) | Math.floor(sequence / 2 ** 32)) >>> 0
      const opener = this.#protections.get(epoch)?.opener
      if (epoch > 0 && opener === undefined) throw new Error('the engine protects before there are keys')
      const payload = epoch === 0 ? fragment : opener?.open(type, version, high, sequence >>> 0, fragment)?.slice()
      // Keys that differ are what some scripts are about.
      if (payload === undefined) continue
      this.#readPayload(type, payload, epoch)
    }
  }

  #readPayload(type: number, payload: Uint8Array, epoch: number): void {
    if (type === ContentType.alert) {
      this.alerts.push({ level: payload[0] ?? -1, description: payload[1] ?? -1, epoch })
    } else if (type === ContentType.changeCipherSpec) this.changes++
    else if (type === ContentType.handshake) {
      const reader = new Reader(payload)
      while (reader.remaining > 0) {
        const { type: kind, length, messageSequence, fragment } = readFragment(reader)
        if (fragment.length !== length) throw new Error('scripts do not put fragments together')
        if (messageSequence !== this.#expected) continue
        this.#expected++
        if (kind !== HandshakeType.helloVerifyRequest)
          this.transcript.add(encodeUnfragmented(kind, messageSequence, fragment))
        this.received.push({ type: kind, body: fragment.slice(), epoch })
        this.onMessage(kind, fragment)
      }
    }
  }
}

export function suiteNamed(name: string): CipherSuite {
  const suite = SUITES.find(({ openssl }) => openssl === name)
  if (suite === undefined) throw new Error(`no suite ${name}`)
  return suite
}
