import { parseIp } from '../../../base/ip.ts'
import { type sockaddr_storage, sockaddrFrom } from '../../../base/sockaddr.ts'
import type { sctp_prinfo, sctp_sndinfo } from '../../../sctp/api.ts'
import type { Association } from '../../../sctp/association.ts'

/** What a socket knows of one of its associations, and what begins as a copy of the socket's own. */
export interface Defaults {
  /** Types of notifications, and SCTP_DATA_IO_EVENT. */
  readonly subscriptions: Set<number>
  sndinfo: sctp_sndinfo
  prinfo: sctp_prinfo
  /** Comes with each message (SCTP_CONTEXT). */
  context: number
}

export class Link implements Defaults {
  readonly id: number
  readonly association: Association
  readonly subscriptions: Set<number>
  sndinfo: sctp_sndinfo
  prinfo: sctp_prinfo
  context: number
  /** Established once. */
  up = false
  /** Abandoned messages by policy (SCTP_PR_ASSOC_STATUS). */
  readonly abandoned = new Map<number, { unsent: number; sent: number }>()

  constructor(id: number, association: Association, defaults: Defaults) {
    this.id = id
    this.association = association
    this.subscriptions = new Set(defaults.subscriptions)
    this.sndinfo = { ...defaults.sndinfo }
    this.prinfo = { ...defaults.prinfo }
    this.context = defaults.context
  }

  /** The peer's primary address. */
  get from(): sockaddr_storage | null {
    return addressOf(this.association.primary.address, this.association.peerPort)
  }
}

/** An address and a port as the C struct; null for a text that is no address. */
export function addressOf(address: string, port: number): sockaddr_storage | null {
  const bytes = parseIp(address)
  return bytes === null ? null : sockaddrFrom({ bytes, port, scope: 0 })
}
