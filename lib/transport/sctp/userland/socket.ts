import {
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  EBADF,
  EBUSY,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  ETIMEDOUT,
} from '../../../base/errno.ts'
import { formatIp } from '../../../base/ip.ts'
import { familyOf, ipOf, ntohl, type sockaddr_storage } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api.ts'
import type { Association } from '../../../sctp/association.ts'
import { AuthKeys } from '../../../sctp/auth-keys.ts'
import type { AssociationEvent } from '../../../sctp/events.ts'
import type { Reliability } from '../../../sctp/outgoing.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../sctp/settings.ts'
import type { AssociationOwner, Owner } from '../../../sctp/stack.ts'
import { causes } from '../../../sctp/wire/control.ts'
import {
  AF_INET,
  SHUT_RD,
  SO_ERROR,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_SNDBUF,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../posix/constants.ts'
import type { SctpReceived, SctpSend, SctpSocket } from '../provider.ts'
import type { UserlandHost } from './host.ts'
import { Inbox } from './inbox.ts'
import { addressOf, type Defaults, Link } from './link.ts'
import { dryNotice, noticesOf } from './notices.ts'
import { getUserlandOption, setUserlandOption } from './options.ts'

/** What Linux gives a socket (net.core.wmem_default, rmem_default), in bytes. */
const DEFAULT_BUFFER = 212992
const MOST_ASSOCIATIONS = 65536

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
  }
  /** SCTP_RECVRCVINFO and SCTP_RECVNXTINFO. */
  rcvinfo = false
  nxtinfo = false
  fragmentInterleave = 0
  autoclose = 0
  mappedAddresses = true
  readonly #links = new Map<Association, Link>()
  readonly #byId = new Map<number, Link>()
  readonly #inbox = new Inbox()
  readonly #watchers = new Set<() => void>()
  /** Associations that peers have begun and nobody has accepted. */
  #backlog: UserlandSocket[] = []
  #backlogLimit = 0
  #listener: UserlandSocket | null = null
  #listening = false
  #bound: string[] = []
  #port = 0
  #portOwned = false
  #error = 0
  #closed = false
  /** One-to-one: how far it is. */
  #stage: 'new' | 'connecting' | 'connected' | 'over' = 'new'
  #reads = true
  #linger: number | null = null
  #sendBuffer = DEFAULT_BUFFER
  #receiveBuffer = DEFAULT_BUFFER

  constructor(host: UserlandHost, domain: number, type: number) {
    this.host = host
    this.domain = domain
    this.type = type
    this.settings = { ...DEFAULT_SETTINGS, encapsulationPort: host.encapsulationPort }
    this.keys = new AuthKeys()
  }

  get oneToOne(): boolean {
    return this.type === SOCK_STREAM
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
    if (this.#listening && this.oneToOne) return this.#backlog.length > 0 || this.failed
    return this.#inbox.length > 0 || this.failed || this.#stage === 'over' || !this.#reads
  }

  get writable(): boolean {
    if (this.failed) return true
    if (!this.oneToOne) return true
    if (this.#stage === 'new' || this.#stage === 'connecting') return false
    return this.#stage === 'over' || this.#room(this.link) > 0
  }

  get failed(): boolean {
    return this.#error !== 0 || this.#closed
  }

  get addresses(): readonly string[] {
    return this.#bound
  }

  get welcomes(): boolean {
    if (!this.#listening) return false
    return this.oneToOne ? this.#backlog.length < Math.max(1, this.#backlogLimit) : this.#links.size < MOST_ASSOCIATIONS
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
    if (this.#closed) return -EBADF
    if (this.#portOwned) return -EINVAL
    const where = this.#localAddress(address)
    return typeof where === 'number' ? where : this.#bindTo(where.port, where.address === null ? [] : [where.address])
  }

  bindx(addresses: readonly sockaddr_storage[], flags: number): number {
    if (this.#closed) return -EBADF
    if (addresses.length === 0 || (flags !== c.SCTP_BINDX_ADD_ADDR && flags !== c.SCTP_BINDX_REM_ADDR)) return -EINVAL
    const places: string[] = []
    let port = this.#port
    for (const address of addresses) {
      const where = this.#localAddress(address)
      if (typeof where === 'number') return where
      if (where.port !== 0 && port !== 0 && where.port !== port) return -EINVAL
      port ||= where.port
      if (where.address !== null) places.push(where.address)
    }
    if (flags === c.SCTP_BINDX_ADD_ADDR) {
      const all = [...new Set([...this.#bound, ...places])]
      if (this.#portOwned && this.#bound.length === 0) return -EINVAL
      return this.#bindTo(port, places.length === 0 ? [] : all)
    }
    const left = this.#bound.filter(address => !places.includes(address))
    if (places.some(address => !this.#bound.includes(address))) return -EADDRNOTAVAIL
    if (left.length === 0) return -EBUSY
    this.#bound = left
    return 0
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
    if (!this.#portOwned) {
      const failure = this.#bindTo(0, [])
      if (failure !== 0) return failure
    }
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
    if (this.#portOwned) this.host.stack.unbind(this.#port, this)
    this.keys.wipe()
    this.#changed()
  }

  sendmsg(data: Uint8Array, how: SctpSend = {}): number {
    if (this.#closed) return -EBADF
    const pending = this.#takeError()
    if (pending !== 0) return -pending
    const info = this.#sendInfo(how)
    if ((info.snd_flags & c.SCTP_SENDALL) !== 0 && !this.oneToOne) return this.#sendAll(data, how)
    const link = this.#linkFor(how, info)
    return typeof link === 'number' ? link : this.#sendOn(link, data, how)
  }

  recvmsg(into: Uint8Array, flags = 0): SctpReceived | number {
    if (this.#closed) return -EBADF
    if (this.#listening && this.oneToOne) return -ENOTCONN
    const wanted = {
      rcvinfo: this.rcvinfo,
      nxtinfo: this.nxtinfo,
      sndrcvinfo: this.defaults.subscriptions.has(c.SCTP_DATA_IO_EVENT),
    }
    const received = this.#inbox.read(into, flags, wanted, (link, bytes) => {
      link.association.consumed(bytes)
      this.host.stack.touched()
    })
    if (received !== null) return received
    const pending = this.#takeError()
    if (pending !== 0) return -pending
    if (this.#stage === 'over')
      return { length: 0, flags: 0, rcvinfo: null, nxtinfo: null, sndrcvinfo: null, from: null }
    return this.oneToOne && this.#stage === 'new' ? -ENOTCONN : -EAGAIN
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
    if (this.#closed) return -EBADF
    if (level !== SOL_SOCKET) return -ENOPROTOOPT
    switch (name) {
      case SO_SNDBUF:
        // Linux doubles what is asked for, for its own book-keeping.
        this.#sendBuffer = Math.max(4608, value * 2)
        return 0
      case SO_RCVBUF:
        this.#receiveBuffer = Math.max(4096, value * 2)
        this.settings.receiveWindow = Math.max(1500, Math.floor(this.#receiveBuffer / 2))
        for (const { association } of this.#links.values()) association.receiver?.resize(this.settings.receiveWindow)
        return 0
      case SO_REUSEADDR:
        return 0
      default:
        return -ENOPROTOOPT
    }
  }

  getInteger(level: number, name: number): { readonly value: number } | number {
    if (this.#closed) return -EBADF
    if (level !== SOL_SOCKET) return -ENOPROTOOPT
    switch (name) {
      case SO_ERROR:
        return { value: this.#takeError() }
      case SO_SNDBUF:
        return { value: this.#sendBuffer }
      case SO_RCVBUF:
        return { value: this.#receiveBuffer }
      case SO_REUSEADDR:
        return { value: 0 }
      default:
        return -ENOPROTOOPT
    }
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
    const port = link?.association.localPort ?? this.#port
    if (port === 0) return []
    const local = link?.association.primary.local
    const addresses =
      this.#bound.length > 0 ? this.#bound : local != null ? [local] : this.host.localAddresses(this.domain)
    return addresses.flatMap(address => addressOf(address, port) ?? [])
  }

  peerAddresses(associationId: number): readonly sockaddr_storage[] | number {
    if (this.#closed) return -EBADF
    const link = this.linkOf(associationId)
    if (link === null) return this.oneToOne ? -ENOTCONN : -EINVAL
    const { association } = link
    return association.paths.flatMap(({ address }) => addressOf(address, association.peerPort) ?? [])
  }

  // What the stack tells.

  arrived(association: Association): AssociationOwner {
    if (!this.oneToOne) {
      this.#adopt(new Link(this.host.nextAssociationId(), association, this.defaults))
      return this
    }
    const child = this.#child()
    child.#listener = this
    child.#stage = 'connecting'
    child.#adopt(new Link(this.host.nextAssociationId(), association, this.defaults))
    this.#backlog.push(child)
    return child
  }

  event(association: Association, event: AssociationEvent): void {
    const link = this.#links.get(association)
    if (link === undefined) return
    if (event.kind === 'message') this.#inbox.message(link, event.delivery, event.cumulative)
    else this.#notify(link, event)
    if (event.kind === 'up') {
      link.up = true
      if (this.oneToOne) this.#stage = 'connected'
    }
    if (event.kind === 'ended') this.#ended(link, event)
    this.#changed()
    if (event.kind === 'up' && this.#listener !== null) this.#listener.#changed()
  }

  /** Puts notifications that are subscribed to into the queue. */
  #notify(link: Link, event: AssociationEvent): void {
    if (event.kind === 'send failed') countAbandoned(link, event.message.reliability, event.sent)
    for (const bytes of noticesOf(link, event)) this.#inbox.notification(link, bytes)
  }

  /** The dry event was subscribed to: with nothing outstanding it comes at once. */
  tellIfDry(link: Link): void {
    if (!link.up || !link.association.dry) return
    const [, bytes] = dryNotice(link)
    this.#inbox.notification(link, bytes())
    this.#changed()
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
    const targets: string[] = []
    let port = 0
    for (const address of addresses) {
      const ip = ipOf(address)
      if (ip === null) return -EAFNOSUPPORT
      if (this.domain === AF_INET && familyOf(address) !== AF_INET) return -EAFNOSUPPORT
      if (ip.port === 0 || (port !== 0 && port !== ip.port)) return -EINVAL
      port = ip.port
      targets.push(unmapped(formatIp(ip.bytes)))
    }
    const [first, ...rest] = targets
    if (first === undefined) return -EINVAL
    if (!this.#portOwned) {
      const failure = this.#bindTo(0, [])
      if (failure !== 0) return failure
    }
    const { stack } = this.host
    if (this.oneToOne) this.#stage = 'connecting'
    const started = stack.connect(
      this.#port,
      port,
      [first, ...rest],
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
    child.#bound = [...this.#bound]
    child.#port = this.#port
    child.#sendBuffer = this.#sendBuffer
    child.#receiveBuffer = this.#receiveBuffer
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
    const ip = ipOf(to)
    if (ip === null || this.#port === 0) return null
    const association = this.host.stack.find(this.#port, ip.port, unmapped(formatIp(ip.bytes)))
    return association === null ? null : (this.#links.get(association) ?? null)
  }

  #sendAll(data: Uint8Array, how: SctpSend): number {
    if (how.to !== undefined) return -EINVAL
    for (const link of this.links) {
      const result = this.#sendOn(link, data, how)
      if (result < 0) return result
    }
    return data.length
  }

  #sendInfo({ sndinfo, sndrcvinfo }: SctpSend, link: Link | null = null): c.sctp_sndinfo {
    const { sndinfo: usual } = link ?? this.link ?? this.defaults
    if (sndrcvinfo !== undefined) {
      return {
        snd_sid: sndrcvinfo.sinfo_stream ?? 0,
        snd_flags: sndrcvinfo.sinfo_flags ?? 0,
        snd_ppid: sndrcvinfo.sinfo_ppid ?? 0,
        snd_context: sndrcvinfo.sinfo_context ?? 0,
        snd_assoc_id: sndrcvinfo.sinfo_assoc_id ?? 0,
      }
    }
    if (sndinfo === undefined) return usual
    return { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0, snd_assoc_id: 0, ...sndinfo }
  }

  #sendOn(link: Link, data: Uint8Array, how: SctpSend): number {
    const { association } = link
    const info = this.#sendInfo(how, link)
    const flags = info.snd_flags
    if (this.oneToOne && (flags & (c.SCTP_EOF | c.SCTP_ABORT)) !== 0) return -EINVAL
    if ((flags & c.SCTP_ABORT) !== 0) {
      association.abort(causes.userAbort(data))
      this.host.stack.touched()
      return data.length
    }
    if ((flags & c.SCTP_EOF) !== 0 && data.length === 0) {
      association.shutdown()
      this.host.stack.touched()
      return 0
    }
    if (data.length === 0) return -EINVAL
    if (!association.open) return -EPIPE
    if (info.snd_sid >= association.outbound) return -EINVAL
    if (data.length > this.#sendBuffer) return -EMSGSIZE
    if (this.settings.noFragments && data.length > association.fragment) return -EMSGSIZE
    const reliability = this.#reliability(link, how)
    const key = how.authinfo?.auth_keynumber ?? association.keys.active
    if (reliability === null || !association.keys.usable(key)) return -EINVAL
    if (this.#room(link) < data.length && !this.#makeRoom(link, data.length, reliability)) return -EAGAIN
    association.send({
      stream: info.snd_sid,
      ppid: ntohl(info.snd_ppid),
      context: info.snd_context,
      unordered: (flags & c.SCTP_UNORDERED) !== 0,
      immediate: (flags & c.SCTP_SACK_IMMEDIATELY) !== 0,
      reliability,
      key,
      data: data.slice(),
      flags,
    })
    if ((flags & c.SCTP_EOF) !== 0) association.shutdown()
    this.host.stack.touched()
    return data.length
  }

  /** Bytes that the program may still hand over; negative when the last message went beyond. */
  #room(link: Link | null): number {
    return link === null ? 0 : this.#sendBuffer - link.association.buffered
  }

  #makeRoom(link: Link, bytes: number, reliability: Reliability): boolean {
    if (this.#room(link) > 0 && link.association.buffered === 0) return true
    if (reliability.kind !== 'priority') return false
    return link.association.sender?.prune(bytes - this.#room(link), reliability.priority) ?? false
  }

  #reliability(link: Link, { prinfo, sndrcvinfo }: SctpSend): Reliability | null {
    const lifetime = sndrcvinfo?.sinfo_timetolive ?? 0
    if (prinfo === undefined && lifetime > 0) return { kind: 'until', time: this.host.stack.clock.now() + lifetime }
    const { pr_policy = 0, pr_value = 0 } = prinfo ?? link.prinfo
    switch (pr_policy) {
      case c.SCTP_PR_SCTP_NONE:
        return { kind: 'full' }
      case c.SCTP_PR_SCTP_TTL:
        return pr_value === 0 ? { kind: 'full' } : { kind: 'until', time: this.host.stack.clock.now() + pr_value }
      case c.SCTP_PR_SCTP_RTX:
        return { kind: 'retransmissions', most: pr_value }
      case c.SCTP_PR_SCTP_PRIO:
        return { kind: 'priority', priority: pr_value }
      default:
        return null
    }
  }

  #bindTo(port: number, addresses: readonly string[]): number {
    const before = this.#bound
    this.#bound = [...addresses]
    const bound = this.host.stack.bind(port, this)
    if (bound === null) {
      this.#bound = before
      return -EADDRINUSE
    }
    this.#port = bound
    this.#portOwned = true
    this.host.bound(this.#bound, this.domain)
    return 0
  }

  /** A local address to bind to; its text is null for the wildcard. */
  #localAddress(address: sockaddr_storage): { readonly address: string | null; readonly port: number } | number {
    const ip = ipOf(address)
    if (ip === null) return -EAFNOSUPPORT
    if (this.domain === AF_INET && ip.bytes.length !== 4) return -EAFNOSUPPORT
    if (ip.bytes.every(byte => byte === 0)) return { address: null, port: ip.port }
    const text = unmapped(formatIp(ip.bytes))
    return this.host.isLocal(text) ? { address: text, port: ip.port } : -EADDRNOTAVAIL
  }

  #takeError(): number {
    const error = this.#error
    this.#error = 0
    return error
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }
}

function countAbandoned(link: Link, reliability: Reliability, sent: boolean): void {
  const policy = POLICIES[reliability.kind]
  const count = link.abandoned.get(policy) ?? { unsent: 0, sent: 0 }
  if (sent) count.sent++
  else count.unsent++
  link.abandoned.set(policy, count)
}

const POLICIES: Readonly<Record<Reliability['kind'], number>> = {
  full: c.SCTP_PR_SCTP_NONE,
  until: c.SCTP_PR_SCTP_TTL,
  retransmissions: c.SCTP_PR_SCTP_RTX,
  priority: c.SCTP_PR_SCTP_PRIO,
}

/** What a program asks for with the message that begins an association; 0: the socket's own. */
function initSettings(init: SctpSend['initmsg']): Partial<Settings> {
  const { sinit_num_ostreams, sinit_max_instreams, sinit_max_attempts, sinit_max_init_timeo } = init ?? {}
  return {
    ...(sinit_num_ostreams ? { outbound: sinit_num_ostreams } : {}),
    ...(sinit_max_instreams ? { inbound: sinit_max_instreams } : {}),
    ...(sinit_max_attempts ? { initAttempts: sinit_max_attempts } : {}),
    ...(sinit_max_init_timeo ? { initTimeout: sinit_max_init_timeo } : {}),
  }
}

/** IPv4 in IPv6's clothes is IPv4 on the wire. */
function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
