import {
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  EBADF,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  ETIMEDOUT,
} from '../../../base/errno.ts'
import { ipOf, type sockaddr_storage } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import type { Association } from '../../../sctp/association.ts'
import { AuthKeys } from '../../../sctp/auth-keys.ts'
import type { AssociationEvent } from '../../../sctp/events.ts'
import type { AssociationOwner, Owner } from '../../../sctp/ports.ts'
import type { Delivery } from '../../../sctp/receive/assembly.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../sctp/settings.ts'
import { AF_INET6, SHUT_RD, SOCK_STREAM } from '../../posix/constants.ts'
import type { SctpReceived, SctpSend, SctpSocket } from '../provider.ts'
import { Binding, peerOf } from './binding.ts'
import type { UserlandHost } from './host.ts'
import { Inbox } from './inbox.ts'
import { type Defaults, Link } from './link.ts'
import { dryNotice, noticesOf } from './notices.ts'
import { getUserlandOption, setUserlandOption } from './options.ts'
import { DEFAULT_BUFFER, getSocketInteger, setSocketInteger } from './options-socket.ts'
import { checkFields, countAbandoned, initSettings, roomFor, sendInfo, sendOn } from './sending.ts'

/** A socket of the SCTP written here. It follows Linux where RFC 6458 leaves a choice. */
export class UserlandSocket implements SctpSocket, Owner, AssociationOwner {
  readonly domain: number
  readonly type: number
  readonly host: UserlandHost
  /** What the next associations begin with. */
  readonly settings: Settings
  /** Keys of the next associations. */
  readonly keys: AuthKeys
  readonly defaults: Defaults = {
    subscriptions: new Set(),
    sndinfo: { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0, snd_assoc_id: 0 },
    prinfo: { pr_policy: 0, pr_value: 0 },
    context: 0,
    mapped: false,
  }
  /** SCTP_RECVRCVINFO and SCTP_RECVNXTINFO. */
  rcvinfo = false
  nxtinfo = false
  fragmentInterleave = 0
  /** SCTP_I_WANT_MAPPED_V4_ADDR. */
  wantsMapped = true
  /** In bytes. */
  sendBuffer = DEFAULT_BUFFER
  receiveBuffer = DEFAULT_BUFFER
  /** Options of SOL_SOCKET that are on or off. */
  readonly switches = new Map<number, boolean>()
  readonly #binding: Binding
  readonly #links = new Map<Association, Link>()
  readonly #byId = new Map<number, Link>()
  readonly #inbox = new Inbox(() => this.fragmentInterleave > 0)
  readonly #watchers = new Set<() => void>()
  /** Associations that peers have begun and nobody has accepted. */
  #backlog: UserlandSocket[] = []
  #backlogLimit = 0
  #listener: UserlandSocket | null = null
  #listening = false
  #error = 0
  #closed = false
  /** One-to-one: how far it is. */
  #stage: 'new' | 'connecting' | 'connected' | 'over' = 'new'
  #linger: number | null = null

  constructor(host: UserlandHost, domain: number, type: number) {
    this.host = host
    this.domain = domain
    this.type = type
    this.settings = {
      ...DEFAULT_SETTINGS,
      encapsulationPort: host.encapsulationPort,
      probeInterval: host.probeInterval,
    }
    this.keys = new AuthKeys()
    this.#binding = new Binding(host, domain, this)
    this.defaults.mapped = domain === AF_INET6
  }

  get oneToOne(): boolean {
    return this.type === SOCK_STREAM
  }

  get listening(): boolean {
    return this.#listening
  }

  /** The association of a one-to-one socket. */
  get link(): Link | null {
    return this.oneToOne ? (this.#links.values().next().value ?? null) : null
  }

  get links(): readonly Link[] {
    return [...this.#links.values()]
  }

  linkOf(id: number): Link | null {
    return this.oneToOne ? this.link : (this.#byId.get(id) ?? null)
  }

  get readable(): boolean {
    if (this.#listening && this.oneToOne) return this.#backlog.length > 0 || this.#ready
    return this.#inbox.length > 0 || this.#ready || this.#stage === 'over'
  }

  get writable(): boolean {
    if (this.#ready || !this.oneToOne) return true
    if (this.#stage === 'new' || this.#stage === 'connecting') return false
    const { link } = this
    return link === null || roomFor(this, link) > 0
  }

  get failed(): boolean {
    return this.#error !== 0
  }

  /** Whatever is called next answers at once: an error waits, or the socket is closed. */
  get #ready(): boolean {
    return this.failed || this.#closed
  }

  watch(changed: () => void): () => void {
    const entry = () => changed()
    this.#watchers.add(entry)
    const release = this.host.hold()
    return () => {
      this.#watchers.delete(entry)
      release()
    }
  }

  bind(address: sockaddr_storage): number {
    return this.#closed ? -EBADF : this.#binding.bind(address)
  }

  bindx(addresses: readonly sockaddr_storage[], flags: number): number {
    if (this.#closed) return -EBADF
    const before = this.#binding.addresses
    const result = this.#binding.bindx(addresses, flags)
    if (result === 0) this.#announce(before, this.#binding.addresses)
    return result
  }

  /** Tells the peers of associations that have agreed on it (RFC 5061). */
  #announce(before: readonly string[], now: readonly string[]): void {
    for (const { association } of this.#links.values()) {
      for (const address of now) if (!before.includes(address)) association.announce({ kind: 'add', address })
      for (const address of before) if (!now.includes(address)) association.announce({ kind: 'delete', address })
    }
    this.host.stack.touched()
  }

  connectx(addresses: readonly sockaddr_storage[]): number {
    if (this.#closed) return -EBADF
    if (this.#listening && this.oneToOne) return -EISCONN
    if (this.oneToOne && this.#stage === 'connecting') return -EALREADY
    if (this.oneToOne && this.#stage !== 'new') return -EISCONN
    const link = this.#begin(addresses, this.settings)
    return typeof link === 'number' ? link : -EINPROGRESS
  }

  listen(backlog: number): number {
    if (this.#closed) return -EBADF
    if (this.oneToOne && this.#stage !== 'new') return -EINVAL
    const failure = this.#binding.ensure()
    if (failure !== 0) return failure
    this.#backlogLimit = Math.max(0, backlog)
    this.#listening = this.oneToOne || backlog !== 0
    return 0
  }

  accept(): SctpSocket | number {
    if (this.#closed) return -EBADF
    if (!this.oneToOne) return -EOPNOTSUPP
    if (!this.#listening) return -EINVAL
    const accepted = this.#backlog.shift()
    if (accepted === undefined) return -EAGAIN
    accepted.#listener = null
    return accepted
  }

  peeloff(associationId: number): SctpSocket | number {
    if (this.#closed) return -EBADF
    const link = this.oneToOne ? null : this.linkOf(associationId)
    if (link === null) return -EINVAL
    const peeled = this.#child()
    this.#links.delete(link.association)
    this.#byId.delete(link.id)
    peeled.#adopt(link)
    peeled.#stage = link.up ? 'connected' : 'connecting'
    this.#inbox.moveTo(peeled.#inbox, link)
    this.host.stack.handOver(link.association, peeled)
    return peeled
  }

  shutdown(how: number): number {
    if (this.#closed) return -EBADF
    const { link } = this
    if (!this.oneToOne) return -EOPNOTSUPP
    if (link === null) return -ENOTCONN
    if (how === SHUT_RD) return 0
    link.association.shutdown()
    this.host.stack.touched()
    return 0
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const waiting of this.#backlog.splice(0)) waiting.#drop(true)
    this.#drop(this.#linger === 0 || this.#inbox.hasData)
    this.#binding.release()
    this.keys.wipe()
    this.#changed()
  }

  sendmsg(data: Uint8Array, how: SctpSend = {}): number {
    if (this.#closed) return -EBADF
    const pending = this.takeError()
    if (pending !== 0) return -pending
    if (how.to !== undefined && ipOf(how.to) === null) return -EAFNOSUPPORT
    checkFields(how)
    const info = sendInfo(how, (this.link ?? this.defaults).sndinfo)
    if ((info.snd_flags & c.SCTP_SENDALL) !== 0 && !this.oneToOne) return this.#sendAll(data, how)
    const link = this.#linkFor(how, info)
    return typeof link === 'number' ? link : sendOn(this, link, data, how)
  }

  recvmsg(into: Uint8Array, flags = 0): SctpReceived | number {
    if (this.#closed) return -EBADF
    if (this.#listening && this.oneToOne) return -ENOTCONN
    const received = this.#inbox.read(into, flags, this, (link, bytes) => {
      link.association.consumed(bytes)
      this.host.stack.touched()
    })
    if (received !== null) return received
    const pending = this.takeError()
    if (pending !== 0) return -pending
    return this.#stage === 'over' ? END : -EAGAIN
  }

  setOption<Name extends c.SctpOption>(name: Name, value: Readonly<Partial<c.SctpOptions[Name]>>): number {
    return this.#closed ? -EBADF : setUserlandOption(this, name, value)
  }

  getOption<Name extends c.SctpOption>(
    name: Name,
    request?: Readonly<Partial<c.SctpOptions[Name]>>,
  ): c.SctpOptions[Name] | number {
    return this.#closed ? -EBADF : getUserlandOption(this, name, request)
  }

  setInteger(level: number, name: number, value: number): number {
    return this.#closed ? -EBADF : setSocketInteger(this, level, name, value)
  }

  getInteger(level: number, name: number): { readonly value: number } | number {
    return this.#closed ? -EBADF : getSocketInteger(this, level, name)
  }

  setLinger(seconds: number | null): number {
    if (this.#closed) return -EBADF
    this.#linger = seconds
    return 0
  }

  getLinger(): { readonly seconds: number | null } | number {
    return this.#closed ? -EBADF : { seconds: this.#linger }
  }

  localAddresses(associationId: number): readonly sockaddr_storage[] | number {
    if (this.#closed) return -EBADF
    const link = associationId === 0 ? this.link : this.linkOf(associationId)
    if (link === null && associationId !== 0) return -EINVAL
    return this.#binding.list(link?.association.primary.local ?? null, (link ?? this.defaults).mapped)
  }

  peerAddresses(associationId: number): readonly sockaddr_storage[] | number {
    if (this.#closed) return -EBADF
    const link = this.linkOf(associationId)
    if (link === null) return this.oneToOne ? -ENOTCONN : -EINVAL
    return link.association.paths.flatMap(({ address }) => link.peer(address) ?? [])
  }

  /** The error that waits, as SO_ERROR tells it: once. */
  takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  /** The dry event was subscribed to: with nothing outstanding it comes at once. */
  tellIfDry(link: Link): void {
    if (!link.up || !link.association.dry) return
    const [, bytes] = dryNotice(link)
    this.#inbox.notification(link, bytes())
    this.#changed()
  }

  // What the stack asks and tells.

  get addresses(): readonly string[] {
    return this.#binding.addresses
  }

  get welcomes(): boolean {
    if (!this.#listening) return false
    return this.oneToOne ? this.#backlog.length < Math.max(1, this.#backlogLimit) : this.#links.size < MOST_ASSOCIATIONS
  }

  arrived(association: Association): AssociationOwner {
    const link = new Link(this.host.nextAssociationId(), association, this.defaults)
    if (!this.oneToOne) {
      this.#adopt(link)
      return this
    }
    const child = this.#child()
    child.#listener = this
    child.#stage = 'connecting'
    child.#adopt(link)
    this.#backlog.push(child)
    return child
  }

  event(association: Association, event: AssociationEvent): void {
    const link = this.#links.get(association)
    if (link === undefined) return
    if (event.kind === 'send failed') countAbandoned(link, event.message, event.sent)
    this.#keep(link, event)
    if (event.kind === 'up') {
      link.up = true
      if (this.oneToOne) this.#stage = 'connected'
    }
    if (event.kind === 'ended') this.#ended(link, event)
    this.#changed()
    if (event.kind === 'up' && this.#listener !== null) this.#listener.#changed()
  }

  /** For the reader. */
  #keep(link: Link, event: AssociationEvent): void {
    if (event.kind === 'partial delivery aborted') this.#inbox.partsOver(link)
    if (this.#closed) {
      if (event.kind === 'message') this.#discard(link, event.delivery)
    } else if (event.kind === 'message') this.#inbox.message(link, event.delivery, event.cumulative)
    else for (const bytes of noticesOf(link, event)) this.#inbox.notification(link, bytes)
  }

  /** What comes to a closed socket makes room at once, so that the peer can send all and end too. */
  #discard({ association }: Link, { data }: Delivery): void {
    // Not now: the association is in the middle of a packet.
    queueMicrotask(() => {
      association.consumed(data.reduce((sum, { length }) => sum + length, 0))
      this.host.stack.touched()
    })
  }

  #ended(link: Link, event: Extract<AssociationEvent, { kind: 'ended' }>): void {
    this.#links.delete(link.association)
    this.#byId.delete(link.id)
    if (!this.oneToOne) return
    this.#stage = 'over'
    if (event.how === 'cannot start') this.#error = event.abort === null ? ETIMEDOUT : ECONNREFUSED
    else if (event.how === 'lost') this.#error = event.abort === null ? ETIMEDOUT : ECONNRESET
    // What nobody has accepted and is over already is not handed out.
    const listener = this.#listener
    if (listener !== null) listener.#backlog = listener.#backlog.filter(waiting => waiting !== this)
  }

  #begin(addresses: readonly sockaddr_storage[], settings: Readonly<Settings>): Link | number {
    const peer = peerOf(this.domain, addresses)
    if (typeof peer === 'number') return peer
    const failure = this.#binding.ensure()
    if (failure !== 0) return failure
    if (this.oneToOne) this.#stage = 'connecting'
    const started = this.host.stack.connect(
      this.#binding.port,
      peer.port,
      peer.addresses,
      this,
      this,
      { ...settings, keys: this.keys.settings },
      association => this.#adopt(new Link(this.host.nextAssociationId(), association, this.defaults)),
    )
    if (started !== null) return this.#links.get(started) ?? -ECONNREFUSED
    if (this.oneToOne) this.#stage = 'new'
    return -EISCONN
  }

  #adopt(link: Link): void {
    this.#links.set(link.association, link)
    this.#byId.set(link.id, link)
  }

  /** A socket for one association, with what this one has been told. */
  #child(): UserlandSocket {
    const child = new UserlandSocket(this.host, this.domain, SOCK_STREAM)
    Object.assign(child.settings, this.settings)
    for (const type of this.defaults.subscriptions) child.defaults.subscriptions.add(type)
    child.defaults.sndinfo = { ...this.defaults.sndinfo }
    child.defaults.prinfo = { ...this.defaults.prinfo }
    child.defaults.context = this.defaults.context
    child.rcvinfo = this.rcvinfo
    child.nxtinfo = this.nxtinfo
    child.fragmentInterleave = this.fragmentInterleave
    child.wantsMapped = this.wantsMapped
    child.defaults.mapped = this.defaults.mapped
    child.sendBuffer = this.sendBuffer
    child.receiveBuffer = this.receiveBuffer
    child.#binding.inherit(this.#binding)
    return child
  }

  /** Gives all associations up: gracefully, or with an ABORT. */
  #drop(abruptly: boolean): void {
    this.#closed = true
    for (const { association } of this.links) {
      if (abruptly) association.abort()
      else association.shutdown()
    }
    if (this.#links.size > 0) this.host.linger()
    this.#inbox.clear()
    this.host.stack.touched()
  }

  #linkFor(how: SctpSend, info: c.sctp_sndinfo): Link | number {
    if (this.#listening && this.oneToOne) return -EPIPE
    const { link } = this
    if (this.oneToOne && this.#stage !== 'new') return link ?? -EPIPE
    if (how.to === undefined) return (this.oneToOne ? null : this.linkOf(info.snd_assoc_id)) ?? -EPIPE
    const known = this.#linkTo(how.to)
    if (known !== null) return known
    if ((info.snd_flags & (c.SCTP_EOF | c.SCTP_ABORT)) !== 0) return -EINVAL
    return this.#begin([how.to], { ...this.settings, ...initSettings(how.initmsg) })
  }

  #linkTo(to: sockaddr_storage): Link | null {
    const peer = peerOf(this.domain, [to])
    if (typeof peer === 'number' || this.#binding.port === 0) return null
    const association = this.host.stack.find(this.#binding.port, peer.port, peer.addresses[0])
    return association === null ? null : (this.#links.get(association) ?? null)
  }

  #sendAll(data: Uint8Array, how: SctpSend): number {
    if (how.to !== undefined) return -EINVAL
    for (const link of this.links) {
      const result = sendOn(this, link, data, how)
      if (result < 0) return result
    }
    return data.length
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

const MOST_ASSOCIATIONS = 65536
/** What is read at the end of an association. */
const END: SctpReceived = { length: 0, flags: 0, rcvinfo: null, nxtinfo: null, sndrcvinfo: null, from: null }
