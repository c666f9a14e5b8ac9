import { parseIp } from '../../../base/ip.ts'
import { type sockaddr_storage, sockaddrFrom } from '../../../base/sockaddr.ts'
import type { sctp_prinfo, sctp_sndinfo } from '../../../sctp/api/index.ts'
import type { Association } from '../../../sctp/association.ts'

/** What a socket knows of one of its associations, and what begins as a copy of the socket's own. */
export interface Defaults {
  /** Types of notifications, and SCTP_DATA_IO_EVENT. */
  readonly subscriptions: Set<number>
  sndinfo: sctp_sndinfo
  prinfo: sctp_prinfo
  /** Comes with each message (SCTP_CONTEXT). */
  context: number
  /** IPv4 addresses are shown as IPv6 ones (SCTP_I_WANT_MAPPED_V4_ADDR, of IPv6 sockets). */
  mapped: boolean
}

export class Link implements Defaults {
  readonly id: number
  readonly association: Association
  readonly subscriptions: Set<number>
  sndinfo: sctp_sndinfo
  prinfo: sctp_prinfo
  context: number
  mapped: boolean
  /** Established once. */
  up = false
  /** Messages that were given up. */
  readonly abandoned = new Abandoned()

  constructor(id: number, association: Association, defaults: Defaults) {
    this.id = id
    this.association = association
    this.subscriptions = new Set(defaults.subscriptions)
    this.sndinfo = { ...defaults.sndinfo }
    this.prinfo = { ...defaults.prinfo }
    this.context = defaults.context
    this.mapped = defaults.mapped
  }

  /** The peer's primary address. */
  get from(): sockaddr_storage | null {
    return this.peer(this.association.primary.address)
  }

  /** One of the peer's addresses as the program sees it. */
  peer(address: string): sockaddr_storage | null {
    return addressOf(address, this.association.peerPort, this.mapped)
  }
}

/** An address and a port as the C struct; null for a text that is no address. `mapped`: IPv4 in IPv6's clothes. */
export function addressOf(address: string, port: number, mapped = false): sockaddr_storage | null {
  const bytes = parseIp(mapped && !address.includes(':') ? `::ffff:${address}` : address)
  return bytes === null ? null : sockaddrFrom({ bytes, port, scope: 0 })
}

/** Counts messages by policy and stream (SCTP_PR_ASSOC_STATUS, SCTP_PR_STREAM_STATUS). */
export class Abandoned {
  readonly #counts: { readonly policy: number; readonly stream: number; unsent: number; sent: number }[] = []

  add(policy: number, stream: number, sent: boolean): void {
    let count = this.#counts.find(one => one.policy === policy && one.stream === stream)
    if (count === undefined) {
      count = { policy, stream, unsent: 0, sent: 0 }
      this.#counts.push(count)
    }
    if (sent) count.sent++
    else count.unsent++
  }

  /** Null: of all policies, of all streams. */
  total(policy: number | null, stream: number | null): { readonly unsent: number; readonly sent: number } {
    const sum = { unsent: 0, sent: 0 }
    for (const count of this.#counts) {
      if ((policy !== null && count.policy !== policy) || (stream !== null && count.stream !== stream)) continue
      sum.unsent += count.unsent
      sum.sent += count.sent
    }
    return sum
  }
}
