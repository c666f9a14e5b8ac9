import { copy } from '../../../base/bytes.ts'
import { EAGAIN, EINVAL, EMSGSIZE, EPIPE } from '../../../base/errno.ts'
import { ntohl } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import {
  authinfoLayout,
  initmsgLayout,
  prinfoLayout,
  sndinfoLayout,
  sndrcvinfoLayout,
} from '../../../sctp/api/message-layouts.ts'
import type { OutgoingMessage, Reliability } from '../../../sctp/send/outgoing.ts'
import type { Settings } from '../../../sctp/settings.ts'
import { causes } from '../../../sctp/wire/control.ts'
import type { SctpSend } from '../provider.ts'
import type { Link } from './link.ts'
import type { UserlandSocket } from './socket.ts'

const { SCTP_ABORT, SCTP_EOF, SCTP_SACK_IMMEDIATELY, SCTP_UNORDERED } = c

/** How a message is sent: what goes with it, in either form, else what is usual. */
export function sendInfo({ sndinfo, sndrcvinfo }: SctpSend, usual: Readonly<c.sctp_sndinfo>): c.sctp_sndinfo {
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

/** What the C structs cannot hold is a TypeError that names the field. */
export function checkFields({ sndinfo, sndrcvinfo, prinfo, authinfo, initmsg }: SctpSend): void {
  if (sndinfo !== undefined) sndinfoLayout.pack(sndinfo)
  if (sndrcvinfo !== undefined) sndrcvinfoLayout.pack(sndrcvinfo)
  if (prinfo !== undefined) prinfoLayout.pack(prinfo)
  if (authinfo !== undefined) authinfoLayout.pack(authinfo)
  if (initmsg !== undefined) initmsgLayout.pack(initmsg)
}

/** Hands a message, an end or an abort over to an association: bytes, or a negative error number. */
export function sendOn(socket: UserlandSocket, link: Link, data: Uint8Array, how: SctpSend): number {
  const info = sendInfo(how, link.sndinfo)
  const ends = info.snd_flags & (SCTP_EOF | SCTP_ABORT)
  if (socket.oneToOne && ends !== 0) return -EINVAL
  const { association } = link
  if ((ends & SCTP_ABORT) !== 0) association.abort(causes.userAbort(data))
  else {
    const failure = data.length === 0 && (ends & SCTP_EOF) !== 0 ? 0 : enqueue(socket, link, data, info, how)
    if (failure !== 0) return failure
    if ((ends & SCTP_EOF) !== 0) association.shutdown()
  }
  socket.host.stack.touched()
  return data.length
}

/** Bytes of the buffer that are free. As on Linux a message goes in while there are any, and may go beyond. */
export function roomFor(socket: UserlandSocket, link: Link): number {
  return socket.sendBuffer - link.association.buffered
}

/** What a program asks for with the message that begins an association; 0: the socket's own. */
export function initSettings(init: SctpSend['initmsg']): Partial<Settings> {
  const { sinit_num_ostreams, sinit_max_instreams, sinit_max_attempts, sinit_max_init_timeo } = init ?? {}
  return {
    ...(sinit_num_ostreams ? { outbound: sinit_num_ostreams } : {}),
    ...(sinit_max_instreams ? { inbound: sinit_max_instreams } : {}),
    ...(sinit_max_attempts ? { initAttempts: sinit_max_attempts } : {}),
    ...(sinit_max_init_timeo ? { initTimeout: sinit_max_init_timeo } : {}),
  }
}

/** Counts a message that was given up for its policy's sake. */
export function countAbandoned(link: Link, { reliability, stream }: OutgoingMessage, sent: boolean): void {
  if (reliability.kind !== 'full') link.abandoned.add(POLICIES[reliability.kind], stream, sent)
}

const POLICIES = {
  until: c.SCTP_PR_SCTP_TTL,
  retransmissions: c.SCTP_PR_SCTP_RTX,
  priority: c.SCTP_PR_SCTP_PRIO,
} as const

/** In the order of Linux's checks: 0 or a negative error number. */
function enqueue(socket: UserlandSocket, link: Link, data: Uint8Array, info: c.sctp_sndinfo, how: SctpSend): number {
  const { association } = link
  if (data.length === 0) return -EINVAL
  if (!association.open) return -EPIPE
  if (info.snd_sid >= association.outbound) return -EINVAL
  if (data.length > socket.sendBuffer) return -EMSGSIZE
  if (socket.settings.noFragments && data.length > association.fragment) return -EMSGSIZE
  const reliability = reliabilityOf(socket.host.stack.clock.now(), link, how)
  const key = how.authinfo?.auth_keynumber ?? association.keys.active
  if (reliability === null || !association.keys.usable(key)) return -EINVAL
  if (reliability.kind === 'priority') makeRoom(socket, link, data.length, reliability.priority)
  if (roomFor(socket, link) <= 0) return -EAGAIN
  association.send({
    stream: info.snd_sid,
    ppid: ntohl(info.snd_ppid),
    context: info.snd_context,
    unordered: (info.snd_flags & SCTP_UNORDERED) !== 0,
    immediate: (info.snd_flags & SCTP_SACK_IMMEDIATELY) !== 0,
    reliability,
    key,
    data: copy(data),
    flags: info.snd_flags,
  })
  return 0
}

/** An important message makes room at the cost of what matters less (RFC 7496 section 3.3). */
function makeRoom(socket: UserlandSocket, link: Link, bytes: number, priority: number): void {
  const missing = bytes - roomFor(socket, link)
  if (missing > 0) link.association.sender?.prune(missing, priority)
}

function reliabilityOf(now: number, link: Link, { prinfo, sndrcvinfo }: SctpSend): Reliability | null {
  const lifetime = sndrcvinfo?.sinfo_timetolive ?? 0
  if (prinfo === undefined && lifetime > 0) return { kind: 'until', time: now + lifetime }
  const { pr_policy = 0, pr_value = 0 } = prinfo ?? link.prinfo
  switch (pr_policy) {
    case c.SCTP_PR_SCTP_NONE:
      return { kind: 'full' }
    case c.SCTP_PR_SCTP_TTL:
      return pr_value === 0 ? { kind: 'full' } : { kind: 'until', time: now + pr_value }
    case c.SCTP_PR_SCTP_RTX:
      return { kind: 'retransmissions', most: pr_value }
    case c.SCTP_PR_SCTP_PRIO:
      return { kind: 'priority', priority: pr_value }
    default:
      return null
  }
}
