import { Alert, AlertLevel } from '../base/alert.ts'
import { EMPTY, wipe } from '../base/bytes.ts'
import type { Clock } from '../base/clock.ts'
import { ProtocolFailure } from '../base/failure.ts'
import type { Random } from '../base/random.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import { HandshakeContext, type PreviousHandshake } from '../handshake/context.ts'
import type { Opening } from '../handshake/link.ts'
import type { Observer } from '../handshake/observer.ts'
import type { HandshakeState } from '../handshake/state.ts'
import { clientHandshake } from '../handshake/v12/client.ts'
import { serverHandshake } from '../handshake/v12/server.ts'
import type { Step, Wait } from '../handshake/wait.ts'
import type { OpenedRecord } from '../record/opened-record.ts'
import { ContentType } from '../wire/registry.ts'
import type { Alerts } from './alerts.ts'
import type { Channel } from './channel.ts'

export interface HandshakesOptions {
  readonly config: HandshakeConfig
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  readonly channel: Channel
  readonly alerts: Alerts
  /** Another handshake begins. */
  readonly onRenewal: () => void
}

/** The handshakes of a connection: the first one, and those that renew it inside (RFC 5746). */
export class Handshakes {
  /** The hello gate has seen the client's cookie. */
  cookieVerified = false
  readonly #options: HandshakesOptions
  /** The one under way, or else the last. */
  #current: HandshakeContext
  /** The last one that was finished: what protects the connection. */
  #finished: HandshakeContext | null = null
  #machine: Step<void> | null = null
  /** This side wants a new handshake; `newKeys`: with a key exchange of its own. */
  #wanted: { readonly newKeys: boolean } | null = null
  /** Server: a HelloRequest is out, and its ClientHello may come. */
  #requested: { readonly newKeys: boolean } | null = null
  /** It is on its way out. */
  #requesting = false
  #renewing = false
  #renewals = 0

  constructor(options: HandshakesOptions) {
    this.#options = options
    this.#current = this.#newContext(null, false)
  }

  get current(): HandshakeContext {
    return this.#current
  }

  /** What the connection's protection comes from: the last finished handshake, or the first one. */
  get effective(): HandshakeContext {
    return this.#finished ?? this.#current
  }

  get established(): boolean {
    return this.#finished !== null
  }

  /** A handshake has been finished, none is under way, and this side has none to begin. */
  get settled(): boolean {
    return this.#finished !== null && !this.underWay && this.#wanted === null
  }

  get underWay(): boolean {
    return this.#machine !== null || this.#requesting
  }

  /** A new handshake was asked for, by whichever side, and is not finished. */
  get renewing(): boolean {
    return this.#renewing
  }

  /** How many new handshakes this side has begun, or followed a HelloRequest into. */
  get renewals(): number {
    return this.#renewals
  }

  /** A new handshake is to begin with the next step. */
  want(newKeys: boolean): void {
    this.#wanted = { newKeys }
    this.#renewing = true
  }

  /** Begins what is to begin, and goes on to the end or to the next wait. */
  step(): Wait | 'done' {
    if (this.#requesting) return 'done'
    const machine = this.#machine ?? this.#begin()
    if (machine === null) return 'done'
    const { done, value } = machine.next()
    return done ? 'done' : value
  }

  /** The last step was the last one. The result: a handshake is finished, not just a request for one sent. */
  finish(): boolean {
    this.#machine = null
    if (this.#requesting) {
      this.#requesting = false
      this.#settle()
      return false
    }
    const { config, session, resumed } = this.#current
    // RFC 5246 section 7.3: in an abbreviated handshake it is the client that has the last word.
    const sentLast = (config.role === 'server') !== resumed
    this.#options.channel.link.complete(sentLast)
    this.#current.establish(sentLast)
    if (this.#finished !== null) forget(this.#finished)
    this.#finished = this.#current
    this.#requested = null
    this.#renewing = this.#wanted !== null
    if (session !== null) config.sessions.onEstablished(session, resumed)
    this.#options.observer.onState?.('done', 'established')
    return true
  }

  /** Nothing goes on any more. */
  stop(): void {
    this.#machine = null
    this.#requesting = false
    this.#wanted = null
  }

  /** Overwrites the secrets. */
  wipe(): void {
    for (const handshake of [this.#current, this.effective]) {
      forget(handshake)
      handshake.protection?.read.wipe()
      handshake.protection?.write.wipe()
    }
  }

  /**
   * The peer wants a new handshake; none is under way. A client follows a HelloRequest and a server a ClientHello that it has
   * asked for, or as the configuration allows; else it is refused, and the connection goes on (RFC 5246 section 7.2.2).
   */
  onOpening(record: OpenedRecord, { first, message }: Opening): void {
    const { channel, config } = this.#options
    const { role } = config
    const follows = this.#requested !== null || (config.peerMayRenegotiate && this.#secure)
    if (!follows) {
      // A refusal for each message, not for each of its parts.
      if (first) this.#refuse(message, role === 'client' ? 'read-hello-request' : 'read-client-hello')
      return
    }
    if (role === 'client') {
      this.#renewals++
      // As OpenSSL, where this side has no wish of its own: over datagrams with new keys, over streams the session will do.
      this.#renew(this.#wanted?.newKeys ?? channel.link.datagram, () => {
        this.#current.enter('read-hello-request')
        this.#show(message)
      })
      return
    }
    this.#renew((this.#requested?.newKeys ?? true) && !config.resumptionOnRenegotiation)
    channel.receiveHandshake(record)
  }

  /** The peer will not have the handshake that this side has asked for: it then had a good reason, which is gone. */
  onRefusal(): void {
    const asked = this.#requested !== null || (this.#finished !== null && this.underWay)
    if (asked) throw new ProtocolFailure('no-renegotiation')
  }

  get #secure(): boolean {
    return this.effective.agreed.secureRenegotiation || this.#options.config.unsafeRenegotiation
  }

  /** Null: no more than a request was sent. */
  #begin(): Step<void> | null {
    const wanted = this.#wanted
    this.#wanted = null
    if (this.#finished === null) {
      // Behind the hello gate it has shown more, until it begins.
      this.#current.state = 'before'
      return this.#start()
    }
    this.#renewals++
    const newKeys = wanted?.newKeys ?? true
    if (this.#options.config.role === 'client') return this.#renew(newKeys)
    this.#request(newKeys)
    return null
  }

  /** A server cannot begin by itself: it asks, and the connection goes on until there is an answer. */
  #request(newKeys: boolean): void {
    const { channel, observer } = this.#options
    observer.onState?.('start', 'established')
    if (!this.#secure) throw new ProtocolFailure('unsafe-legacy-renegotiation')
    this.#current.enter('write-hello-request')
    channel.sendHelloRequest()
    this.#requested = { newKeys }
    this.#requesting = true
  }

  #renew(newKeys: boolean, prelude?: () => void): Step<void> {
    this.#renewing = true
    this.#wanted = null
    this.#current = this.#newContext(previousOf(this.effective), newKeys)
    this.#options.channel.restart()
    this.#options.onRenewal()
    return this.#start(prelude)
  }

  #start(prelude?: () => void): Step<void> {
    const { config, observer } = this.#options
    observer.onState?.('start', this.#current.state)
    if (prelude !== undefined) {
      observer.onState?.('loop', this.#current.state)
      prelude()
    }
    this.#machine =
      config.role === 'client' ? clientHandshake(this.#current) : serverHandshake(this.#current, this.cookieVerified)
    return this.#machine
  }

  #refuse(message: Uint8Array | null, state: HandshakeState): void {
    const { observer, alerts } = this.#options
    observer.onState?.('start', 'established')
    observer.onState?.('loop', 'established')
    this.#current.enter(state)
    this.#show(message)
    alerts.send(AlertLevel.warning, Alert.noRenegotiation)
    this.#settle()
  }

  /** Back to where it was: a request, or the refusal of one, leaves the connection as it is. */
  #settle(): void {
    const { observer } = this.#options
    observer.onState?.('loop', this.#current.state)
    this.#current.state = 'established'
    observer.onState?.('done', 'established')
  }

  /** To the watcher; of a message that nobody puts together there is nothing to show. */
  #show(message: Uint8Array | null): void {
    if (message === null) return
    this.#options.observer.onMessage?.(false, this.#current.version.wire, ContentType.handshake, message)
  }

  #newContext(previous: PreviousHandshake | null, newKeys: boolean): HandshakeContext {
    const { config, channel, clock, random, observer } = this.#options
    return new HandshakeContext({ config, link: channel.link, clock, random, observer, previous, newKeys })
  }
}

function previousOf(handshake: HandshakeContext): PreviousHandshake {
  const { clientFinished, serverFinished, agreed, version, clientVersion, cookie } = handshake
  return {
    clientFinished,
    serverFinished,
    secure: agreed.secureRenegotiation,
    extendedMasterSecret: agreed.extendedMasterSecret,
    encryptThenMac: agreed.encryptThenMac,
    version,
    clientVersion: clientVersion ?? version.wire,
    alpn: agreed.alpn,
    cookie,
  }
}

/** Nobody may export keys from a secret of zeros. */
function forget(handshake: HandshakeContext): void {
  wipe(handshake.master)
  handshake.master = EMPTY
}
