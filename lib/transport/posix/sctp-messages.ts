import { concat } from '../../base/bytes.ts'
import { EINVAL } from '../../base/errno.ts'
import type { sockaddr } from '../../base/sockaddr.ts'
import {
  SCTP_PR_SCTP_TTL,
  SCTP_RECVV_NOINFO,
  SCTP_RECVV_NXTINFO,
  SCTP_RECVV_RCVINFO,
  SCTP_RECVV_RN,
  SCTP_SEND_AUTHINFO_VALID,
  SCTP_SEND_PRINFO_VALID,
  SCTP_SEND_SNDINFO_VALID,
  SCTP_SENDV_AUTHINFO,
  SCTP_SENDV_NOINFO,
  SCTP_SENDV_PRINFO,
  SCTP_SENDV_SNDINFO,
  SCTP_SENDV_SPA,
  type sctp_authinfo,
  type sctp_nxtinfo,
  type sctp_prinfo,
  type sctp_rcvinfo,
  type sctp_recvv_rn,
  type sctp_sendv_spa,
  type sctp_sndinfo,
  type sctp_sndrcvinfo,
} from '../../sctp/api/index.ts'
import type { SctpReceived, SctpSend } from '../sctp/provider.ts'
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK } from './constants.ts'
import { onSctp, type Place } from './sctp.ts'
import { endpointOf, fillSockaddr } from './sockaddr.ts'

/** The bytes of a message, in one piece or in several. */
export type SctpVector = Uint8Array | readonly Uint8Array[]

/** What `sctp_sendv` may be told, by its `infotype`. */
export interface SctpSendvInfos {
  [SCTP_SENDV_NOINFO]: null
  [SCTP_SENDV_SNDINFO]: Partial<sctp_sndinfo>
  [SCTP_SENDV_PRINFO]: Partial<sctp_prinfo>
  [SCTP_SENDV_AUTHINFO]: Partial<sctp_authinfo>
  [SCTP_SENDV_SPA]: Partial<sctp_sendv_spa>
}

/**
 * Sends one message (RFC 6458 section 9.12).
 * @param iov - its bytes
 * @param iovcnt - how many pieces of `iov` count
 * @param addrs - on a one-to-many socket the peer; null on a connected one
 * @param addrcnt - 0 or 1
 * @param infolen - not looked at
 * @param infotype - what `info` is: SCTP_SENDV_NOINFO, _SNDINFO, _PRINFO, _AUTHINFO, _SPA
 * @param flags - 0
 * @returns bytes; -1 with EAGAIN, EINVAL (no such stream, no bytes), EMSGSIZE, EPIPE ...
 */
export function sctp_sendv<Type extends keyof SctpSendvInfos>(
  sd: number,
  iov: SctpVector,
  iovcnt: number,
  addrs: readonly sockaddr[] | null,
  addrcnt: number,
  info: Readonly<SctpSendvInfos[Type]>,
  infolen: number,
  infotype: Type,
  flags = 0,
): number {
  void infolen
  return onSctp(sd, ({ sctp }) => {
    const how = sendInfo(infotype, info ?? {})
    if (how === null || (flags & ~HARMLESS) !== 0 || addrcnt > 1) return -EINVAL
    const [to] = addrs ?? []
    return sctp.sendmsg(concat(...pieces(iov, iovcnt)), addrcnt === 1 && to !== undefined ? { ...how, to } : how)
  })
}

/**
 * Receives a message, a part of one, or a notification, without waiting (RFC 6458 section 9.13). `parseNotification` makes
 * an object of a notification's bytes.
 * @param iov - filled piece after piece
 * @param from - filled with the sender's address
 * @param fromlen - not looked at
 * @param info - set to what is known of the message: an `sctp_rcvinfo`, an `sctp_nxtinfo` or an `sctp_recvv_rn`; null
 * when nothing is, because neither SCTP_RECVRCVINFO nor SCTP_RECVNXTINFO was set
 * @param infolen - not looked at
 * @param infotype - set to SCTP_RECVV_NOINFO, _RCVINFO, _NXTINFO or _RN
 * @param flags - 0 or MSG_PEEK; set to MSG_EOR (this ends the message) and MSG_NOTIFICATION
 * @returns bytes; 0 when the association has ended; -1 with EAGAIN, ECONNRESET, ENOTCONN ...
 */
export function sctp_recvv(
  sd: number,
  iov: SctpVector,
  iovlen: number,
  from: sockaddr | null,
  fromlen: number,
  info: Place<sctp_rcvinfo | sctp_nxtinfo | sctp_recvv_rn | null> | null,
  infolen: number,
  infotype: Place<number> | null,
  flags: Place<number>,
): number {
  void [fromlen, infolen]
  return onSctp(sd, ({ sctp }) => {
    const places = pieces(iov, iovlen)
    const into = places.length === 1 && places[0] !== undefined ? places[0] : new Uint8Array(totalLength(places))
    const got = sctp.recvmsg(into, flags.value & MSG_PEEK)
    if (typeof got === 'number') return got
    if (places.length > 1) scatter(into.subarray(0, got.length), places)
    if (from !== null) fill(from, got)
    const [type, value] = receiveInfo(got)
    if (infotype !== null) infotype.value = type
    if (info !== null) info.value = value
    flags.value = got.flags
    return got.length
  })
}

/**
 * Sends one message (RFC 6458 section 9.7, deprecated there in favour of `sctp_sendv`).
 * @param to - the peer on a one-to-many socket, else null
 * @param tolen - not looked at
 * @param flags - SCTP_UNORDERED ...
 * @param timetolive - milliseconds, 0 for ever
 * @returns bytes, or -1 as `sctp_sendv`
 */
export function sctp_sendmsg(
  sd: number,
  msg: Uint8Array,
  len: number,
  to: sockaddr | null,
  tolen: number,
  ppid: number,
  flags: number,
  stream_no: number,
  timetolive: number,
  context: number,
): number {
  void tolen
  const sinfo_flags = timetolive === 0 ? flags : flags | SCTP_PR_SCTP_TTL
  const sndrcvinfo = { sinfo_ppid: ppid, sinfo_flags, sinfo_stream: stream_no, sinfo_timetolive: timetolive }
  const how = { sndrcvinfo: { ...sndrcvinfo, sinfo_context: context }, ...(to === null ? {} : { to }) }
  return onSctp(sd, ({ sctp }) => sctp.sendmsg(counted(msg, len), how))
}

/** Sends one message on a connected socket (RFC 6458 section 9.10, deprecated there): bytes, or -1 as `sctp_sendv`. */
export function sctp_send(
  sd: number,
  msg: Uint8Array,
  len: number,
  sinfo: Readonly<Partial<sctp_sndrcvinfo>> | null,
  flags = 0,
): number {
  const how = sinfo === null ? {} : { sndrcvinfo: sinfo }
  return onSctp(sd, ({ sctp }) => ((flags & ~HARMLESS) !== 0 ? -EINVAL : sctp.sendmsg(counted(msg, len), how)))
}

/**
 * Receives as `sctp_recvv` does (RFC 6458 section 9.8, deprecated there).
 * @param sinfo - filled when `sctp_data_io_event` is on
 */
export function sctp_recvmsg(
  sd: number,
  msg: Uint8Array,
  len: number,
  from: sockaddr | null,
  fromlen: number,
  sinfo: Partial<sctp_sndrcvinfo> | null,
  msg_flags: Place<number>,
): number {
  void fromlen
  return onSctp(sd, ({ sctp }) => {
    const got = sctp.recvmsg(counted(msg, len), msg_flags.value & MSG_PEEK)
    if (typeof got === 'number') return got
    if (from !== null) fill(from, got)
    if (sinfo !== null && got.sndrcvinfo !== null) Object.assign(sinfo, got.sndrcvinfo)
    msg_flags.value = got.flags
    return got.length
  })
}

/** Calls never block, and never raise a signal. */
const HARMLESS = MSG_DONTWAIT | MSG_NOSIGNAL

/** Null for an `infotype` that there is not. */
function sendInfo(infotype: number, info: object): SctpSend | null {
  switch (infotype) {
    case SCTP_SENDV_NOINFO:
      return {}
    case SCTP_SENDV_SNDINFO:
      return { sndinfo: info }
    case SCTP_SENDV_PRINFO:
      return { prinfo: info }
    case SCTP_SENDV_AUTHINFO:
      return { authinfo: info }
    case SCTP_SENDV_SPA:
      return together(info)
    default:
      return null
  }
}

function together({ sendv_flags = 0, sendv_sndinfo, sendv_prinfo, sendv_authinfo }: Partial<sctp_sendv_spa>): SctpSend {
  return {
    ...((sendv_flags & SCTP_SEND_SNDINFO_VALID) !== 0 && { sndinfo: sendv_sndinfo ?? {} }),
    ...((sendv_flags & SCTP_SEND_PRINFO_VALID) !== 0 && { prinfo: sendv_prinfo ?? {} }),
    ...((sendv_flags & SCTP_SEND_AUTHINFO_VALID) !== 0 && { authinfo: sendv_authinfo ?? {} }),
  }
}

function receiveInfo({ rcvinfo, nxtinfo }: SctpReceived): [number, sctp_rcvinfo | sctp_nxtinfo | sctp_recvv_rn | null] {
  if (rcvinfo !== null && nxtinfo !== null) return [SCTP_RECVV_RN, { recvv_rcvinfo: rcvinfo, recvv_nxtinfo: nxtinfo }]
  if (rcvinfo !== null) return [SCTP_RECVV_RCVINFO, rcvinfo]
  return nxtinfo !== null ? [SCTP_RECVV_NXTINFO, nxtinfo] : [SCTP_RECVV_NOINFO, null]
}

function fill(from: sockaddr, { from: sender }: SctpReceived): void {
  const endpoint = sender === null ? null : endpointOf(sender)
  if (endpoint !== null && typeof endpoint !== 'number') fillSockaddr(from, endpoint)
}

function pieces(iov: SctpVector, count: number): readonly Uint8Array[] {
  const list = iov instanceof Uint8Array ? [iov] : iov
  if (!Number.isInteger(count) || count < 0 || count > list.length) throw new TypeError('iovcnt: beyond the list')
  return list.slice(0, count)
}

function counted(msg: Uint8Array, len: number): Uint8Array {
  if (!(msg instanceof Uint8Array)) throw new TypeError('msg: a Uint8Array is needed')
  if (!Number.isInteger(len) || len < 0 || len > msg.length) throw new TypeError('len: beyond the buffer')
  return msg.subarray(0, len)
}

function totalLength(places: readonly Uint8Array[]): number {
  return places.reduce((sum, { length }) => sum + length, 0)
}

function scatter(bytes: Uint8Array, places: readonly Uint8Array[]): void {
  let at = 0
  for (const place of places) {
    place.set(bytes.subarray(at, at + place.length))
    at = Math.min(bytes.length, at + place.length)
  }
}
