import { concat, EMPTY, wipe } from '../../base/bytes.ts'
import { EAFNOSUPPORT, EBADF, EINVAL, EIO, ENOMEM, ENOPROTOOPT } from '../../base/errno.ts'
import type { sockaddr_storage } from '../../base/sockaddr.ts'
import {
  SCTP_BINDX_ADD_ADDR,
  SCTP_BINDX_REM_ADDR,
  SCTP_GET_ASSOC_ID_LIST,
  SCTP_GET_ASSOC_NUMBER,
  type SctpOption,
  type SctpOptions,
} from '../../sctp/api/index.ts'
import { bytes, i32, type Struct, struct, tailed, u32 } from '../../sctp/api/layout.ts'
import {
  authinfoLayout,
  initmsgLayout,
  prinfoLayout,
  sndinfoLayout,
  sndrcvinfoLayout,
} from '../../sctp/api/message-layouts.ts'
import { optionLayout } from '../../sctp/api/option-layouts.ts'
import { packSockaddr, unpackSockaddr } from '../../sctp/api/sockaddr-layout.ts'
import {
  IPPROTO_SCTP,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../posix/constants.ts'
import { type NativeSocket, RECEIVED_SIZE, readReceived } from './native.ts'
import type { SctpReceived, SctpSend, SctpSocket } from './provider.ts'

/** A socket of the kernel's SCTP. */
export class KernelSocket implements SctpSocket {
  readonly domain: number
  readonly type: number
  /** Null when closed. */
  #native: NativeSocket | null
  readonly #watchers = new Set<{ readonly changed: () => void }>()
  /** What the addon waits for: POLLIN, POLLOUT. */
  #awaited = 0
  /** The state when somebody last looked; nothing is news to who has not. */
  #seen = ~0

  constructor(native: NativeSocket, domain: number, type: number) {
    this.#native = native
    this.domain = domain
    this.type = type
  }

  get readable(): boolean {
    return (this.#look() & (POLLIN | POLLERR | POLLHUP)) !== 0
  }

  get writable(): boolean {
    return (this.#look() & (POLLOUT | POLLERR | POLLHUP)) !== 0
  }

  get failed(): boolean {
    return (this.#look() & POLLERR) !== 0
  }

  watch(changed: () => void): () => void {
    const watcher = { changed }
    this.#watchers.add(watcher)
    this.#await()
    // What has come since somebody last looked is told by nothing else.
    if ((this.#state() & ~this.#seen) !== 0) setImmediate(() => this.#watchers.has(watcher) && changed())
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0 || this.#awaited === 0) return
      this.#awaited = 0
      this.#native?.watch(0, this.#changed)
    }
  }

  bind(address: sockaddr_storage): number {
    const packed = packSockaddr(address)
    return packed === null ? -EAFNOSUPPORT : this.#call(native => native.bind(packed))
  }

  bindx(addresses: readonly sockaddr_storage[], flags: number): number {
    const name = BINDX[flags]
    return name === undefined ? -EINVAL : this.#setAddresses(name, addresses)
  }

  connectx(addresses: readonly sockaddr_storage[]): number {
    // The kernel's result is the association's id, for which one-to-many sockets have COMM_UP.
    return Math.min(0, this.#setAddresses(SCTP_SOCKOPT_CONNECTX, addresses))
  }

  listen(backlog: number): number {
    return this.#call(native => native.listen(backlog))
  }

  accept(): KernelSocket | number {
    if (this.#native === null) return -EBADF
    const accepted = this.#native.accept()
    this.#await()
    return typeof accepted === 'number' ? accepted : new KernelSocket(accepted, this.domain, SOCK_STREAM)
  }

  peeloff(associationId: number): KernelSocket | number {
    if (this.#native === null) return -EBADF
    const peeled = this.#native.peeloff(associationId)
    return typeof peeled === 'number' ? peeled : new KernelSocket(peeled, this.domain, SOCK_STREAM)
  }

  shutdown(how: number): number {
    return this.#call(native => native.shutdown(how))
  }

  close(): void {
    const native = this.#native
    if (native === null) return
    this.#native = null
    native.close()
    for (const { changed } of [...this.#watchers]) changed()
  }

  sendmsg(data: Uint8Array, how: SctpSend = {}): number {
    const to = how.to === undefined ? null : packSockaddr(how.to)
    if (to === null && how.to !== undefined) return -EAFNOSUPPORT
    return this.#call(native =>
      native.sendmsg(
        data,
        to,
        packed(sndinfoLayout, how.sndinfo),
        packed(prinfoLayout, how.prinfo),
        packed(authinfoLayout, how.authinfo),
        packed(sndrcvinfoLayout, how.sndrcvinfo),
        packed(initmsgLayout, how.initmsg),
      ),
    )
  }

  recvmsg(into: Uint8Array, flags = 0): SctpReceived | number {
    const length = this.#call(native => native.recvmsg(into, flags, received))
    return length < 0 ? length : readReceived(received, length)
  }

  setOption<Name extends SctpOption>(name: Name, value: Readonly<Partial<SctpOptions[Name]>>): number {
    const layout: Struct<SctpOptions[Name]> = optionLayout(name)
    const option = layout.pack(value)
    try {
      return this.#set(IPPROTO_SCTP, name, option)
    } finally {
      // It may be a key.
      wipe(option)
    }
  }

  getOption<Name extends SctpOption>(
    name: Name,
    request?: Readonly<Partial<SctpOptions[Name]>>,
  ): SctpOptions[Name] | number {
    const layout: Struct<SctpOptions[Name]> = optionLayout(name)
    const room = layout.elementWidth === null ? 0 : this.#roomFor(name)
    if (room < 0) return room
    const option = concat(layout.pack(request), new Uint8Array(room))
    const length = this.#call(native => native.getsockopt(IPPROTO_SCTP, name, option))
    if (length < 0) return length
    return layout.unpack(option.subarray(0, Math.max(length, layout.size))) ?? -EIO
  }

  setInteger(level: number, name: number, value: number): number {
    return level === IPPROTO_SCTP ? -ENOPROTOOPT : this.#set(level, name, integerLayout.pack({ value }))
  }

  getInteger(level: number, name: number): { readonly value: number } | number {
    if (level === IPPROTO_SCTP) return -ENOPROTOOPT
    return this.#get(level, name, integerLayout)
  }

  setLinger(seconds: number | null): number {
    const linger = { l_onoff: seconds === null ? 0 : 1, l_linger: seconds ?? 0 }
    return this.#set(SOL_SOCKET, SO_LINGER, lingerLayout.pack(linger))
  }

  getLinger(): { readonly seconds: number | null } | number {
    const linger = this.#get(SOL_SOCKET, SO_LINGER, lingerLayout)
    return typeof linger === 'number' ? linger : { seconds: linger.l_onoff === 0 ? null : linger.l_linger }
  }

  localAddresses(associationId: number): sockaddr_storage[] | number {
    return this.#addresses(SCTP_GET_LOCAL_ADDRS, associationId)
  }

  peerAddresses(associationId: number): sockaddr_storage[] | number {
    return this.#addresses(SCTP_GET_PEER_ADDRS, associationId)
  }

  readonly #changed = (): void => {
    this.#awaited = 0
    for (const { changed } of [...this.#watchers]) changed()
    this.#await()
  }

  /**
   * Waits, when somebody watches, for what does not hold. What holds is left until a call has changed it: a level that
   * nobody acts upon must not turn the event loop for ever.
   */
  #await(): void {
    if (this.#watchers.size === 0 || this.#native === null || this.#awaited === BOTH) return
    const state = this.#state()
    // What is awaited stays so until the watchers are told, although it may be there already: a call can find it first.
    const missing = (state & (POLLERR | POLLHUP)) !== 0 ? 0 : BOTH & ~state
    const wanted = this.#awaited | missing
    if (wanted === this.#awaited) return
    this.#awaited = wanted
    this.#native.watch(wanted, this.#changed)
  }

  /** A closed socket is ready: whatever is called answers EBADF at once. */
  #look(): number {
    this.#seen = this.#state()
    return this.#seen
  }

  #state(): number {
    return this.#native?.poll() ?? BOTH
  }

  #call(call: (native: NativeSocket) => number): number {
    if (this.#native === null) return -EBADF
    const result = call(this.#native)
    this.#await()
    return result
  }

  #set(level: number, name: number, option: Uint8Array): number {
    return this.#call(native => native.setsockopt(level, name, option))
  }

  #get<Fields>(level: number, name: number, layout: Struct<Fields>): Fields | number {
    const option = new Uint8Array(layout.size)
    const length = this.#call(native => native.getsockopt(level, name, option))
    return length < 0 ? length : (layout.unpack(option) ?? -EIO)
  }

  /** Bytes for the list of an option, which the kernel does not tell before. */
  #roomFor(name: SctpOption): number {
    if (name !== SCTP_GET_ASSOC_ID_LIST) return LIST_ROOM
    const count = this.getOption(SCTP_GET_ASSOC_NUMBER)
    return typeof count === 'number' ? count : 4 * count.value
  }

  #setAddresses(name: number, addresses: readonly sockaddr_storage[]): number {
    const list = addresses.map(packSockaddr)
    if (list.includes(null)) return -EAFNOSUPPORT
    return this.#set(IPPROTO_SCTP, name, concat(...list.map(address => address ?? EMPTY)))
  }

  #addresses(name: number, associationId: number): sockaddr_storage[] | number {
    for (let room = 1024; ; room *= 8) {
      const option = concat(addressesLayout.pack({ assoc_id: associationId }), new Uint8Array(room))
      const length = this.#call(native => native.getsockopt(IPPROTO_SCTP, name, option))
      if (length === -ENOMEM && room < ADDRESSES_ROOM) continue
      if (length < 0) return length
      const answer = addressesLayout.unpack(option)
      return answer === null ? -EIO : unpackAddresses(answer.addrs, answer.addr_num)
    }
  }
}

const BOTH = POLLIN | POLLOUT

// Calls of libsctp that are options underneath.
const SCTP_SOCKOPT_BINDX_ADD = 100
const SCTP_SOCKOPT_BINDX_REM = 101
const SCTP_GET_PEER_ADDRS = 108
const SCTP_GET_LOCAL_ADDRS = 109
const SCTP_SOCKOPT_CONNECTX = 110

const BINDX: Readonly<Record<number, number>> = {
  [SCTP_BINDX_ADD_ADDR]: SCTP_SOCKOPT_BINDX_ADD,
  [SCTP_BINDX_REM_ADDR]: SCTP_SOCKOPT_BINDX_REM,
}

/** Room for the 256 types of chunks, and for every HMAC there is, in bytes. */
const LIST_ROOM = 512
/** The most that a socket's addresses may take, in bytes: some thousands. */
const ADDRESSES_ROOM = 1 << 18

const integerLayout = struct<{ value: number }>({ value: i32 })
const lingerLayout = struct<{ l_onoff: number; l_linger: number }>({ l_onoff: i32, l_linger: i32 })
const addressesLayout = tailed<{ assoc_id: number; addr_num: number; addrs: Uint8Array }>(
  struct<{ assoc_id: number; addr_num: number }>({ assoc_id: i32, addr_num: u32 }),
  'addrs',
  bytes,
)

/** One for all sockets: a call is over before the next begins. */
const received = new Uint8Array(RECEIVED_SIZE)

function packed<Fields>(layout: Struct<Fields>, value: Readonly<Partial<Fields>> | undefined): Uint8Array | null {
  return value === undefined ? null : layout.pack(value)
}

function unpackAddresses(list: Uint8Array, count: number): sockaddr_storage[] {
  const addresses: sockaddr_storage[] = []
  let at = 0
  while (addresses.length < count) {
    const address = unpackSockaddr(list.subarray(at))
    if (address === null) break
    addresses.push(address)
    at += packSockaddr(address)?.length ?? 0
  }
  return addresses
}
