import { EMPTY } from '../../../base/bytes.ts'
import { htonl, htons } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import { packNotification } from '../../../sctp/api/notification-layouts.ts'
import type { AssociationEvent, PathChange, ReconfigurationOutcome } from '../../../sctp/events.ts'
import type { OutgoingMessage } from '../../../sctp/send/outgoing.ts'
import type { Link } from './link.ts'

/** The notifications that an event makes, as the bytes of the C structs: those that are subscribed to. */
export function noticesOf(link: Link, event: AssociationEvent): Uint8Array[] {
  const notice = packed(link, event)
  return notice.filter(([type]) => link.subscriptions.has(type)).map(([, bytes]) => bytes())
}

/** Built only when somebody wants it. */
type Notice = readonly [type: number, bytes: () => Uint8Array]

function packed(link: Link, event: AssociationEvent): Notice[] {
  const { id } = link
  switch (event.kind) {
    case 'message':
    case 'writable':
      return []
    case 'up':
      return [change(link, event.restarted ? c.SCTP_RESTART : c.SCTP_COMM_UP, 0, EMPTY)]
    case 'ended':
      return [change(link, ENDINGS[event.how], event.cause, event.abort ?? EMPTY)]
    case 'shutdown':
      return [[c.SCTP_SHUTDOWN_EVENT, () => packNotification(c.SCTP_SHUTDOWN_EVENT, { sse_assoc_id: id })]]
    case 'dry':
      return [dryNotice(link)]
    case 'path': {
      const spc_aaddr = link.peer(event.address) ?? {}
      const fields = { spc_aaddr, spc_state: PATH_CHANGES[event.change], spc_assoc_id: id }
      return [[c.SCTP_PEER_ADDR_CHANGE, () => packNotification(c.SCTP_PEER_ADDR_CHANGE, fields)]]
    }
    case 'send failed':
      return sendFailed(link, event.message, event.sent, event.cause)
    case 'remote error': {
      const fields = { sre_error: htons(event.cause), sre_assoc_id: id, sre_data: event.data }
      return [[c.SCTP_REMOTE_ERROR, () => packNotification(c.SCTP_REMOTE_ERROR, fields)]]
    }
    case 'adaptation': {
      const fields = { sai_adaptation_ind: event.indication, sai_assoc_id: id }
      return [[c.SCTP_ADAPTATION_INDICATION, () => packNotification(c.SCTP_ADAPTATION_INDICATION, fields)]]
    }
    case 'partial delivery aborted': {
      const fields = { pdapi_assoc_id: id, pdapi_stream: event.stream, pdapi_seq: event.sequence }
      return [[c.SCTP_PARTIAL_DELIVERY_EVENT, () => packNotification(c.SCTP_PARTIAL_DELIVERY_EVENT, fields)]]
    }
    case 'authentication': {
      const fields = { auth_keynumber: event.key, auth_indication: KEY_CHANGES[event.change], auth_assoc_id: id }
      return [[c.SCTP_AUTHENTICATION_EVENT, () => packNotification(c.SCTP_AUTHENTICATION_EVENT, fields)]]
    }
    case 'streams reset': {
      const side = event.side === 'incoming' ? c.SCTP_STREAM_RESET_INCOMING_SSN : c.SCTP_STREAM_RESET_OUTGOING_SSN
      const strreset_flags = side | OUTCOMES[event.outcome]
      const fields = { strreset_flags, strreset_assoc_id: id, strreset_stream_list: [...event.streams] }
      return [[c.SCTP_STREAM_RESET_EVENT, () => packNotification(c.SCTP_STREAM_RESET_EVENT, fields)]]
    }
    case 'association reset': {
      const fields = {
        assocreset_flags: OUTCOMES[event.outcome],
        assocreset_assoc_id: id,
        // Linux has it so: the next TSN that comes, and the next that goes out.
        assocreset_local_tsn: event.remoteTsn,
        assocreset_remote_tsn: event.localTsn,
      }
      return [[c.SCTP_ASSOC_RESET_EVENT, () => packNotification(c.SCTP_ASSOC_RESET_EVENT, fields)]]
    }
    case 'streams added': {
      const fields = {
        strchange_flags: OUTCOMES[event.outcome],
        strchange_assoc_id: id,
        strchange_instrms: event.inbound,
        strchange_outstrms: event.outbound,
      }
      return [[c.SCTP_STREAM_CHANGE_EVENT, () => packNotification(c.SCTP_STREAM_CHANGE_EVENT, fields)]]
    }
  }
}

/** Subscribing with nothing outstanding makes one at once. */
export function dryNotice({ id }: Link): Notice {
  return [c.SCTP_SENDER_DRY_EVENT, () => packNotification(c.SCTP_SENDER_DRY_EVENT, { sender_dry_assoc_id: id })]
}

function change(link: Link, sac_state: number, cause: number, sac_info: Uint8Array): Notice {
  // At an end Linux tells of no streams.
  const { outbound, inbound } = link.association.established ? link.association : { outbound: 0, inbound: 0 }
  const fields = {
    sac_state,
    sac_error: htons(cause),
    sac_outbound_streams: outbound,
    sac_inbound_streams: inbound,
    sac_assoc_id: link.id,
    sac_info,
  }
  return [c.SCTP_ASSOC_CHANGE, () => packNotification(c.SCTP_ASSOC_CHANGE, fields)]
}

/** Both forms: the program subscribes to the one that it knows. */
function sendFailed(link: Link, message: OutgoingMessage, sent: boolean, ssf_error: number): Notice[] {
  const ssf_flags = sent ? c.SCTP_DATA_SENT : c.SCTP_DATA_UNSENT
  const common = { ssf_flags, ssf_error, ssf_assoc_id: link.id, ssf_data: message.data }
  const ppid = htonl(message.ppid)
  const ssfe_info = {
    snd_sid: message.stream,
    snd_flags: message.flags,
    snd_ppid: ppid,
    snd_context: message.context,
    snd_assoc_id: link.id,
  }
  const ssf_info = {
    sinfo_stream: message.stream,
    sinfo_ssn: 0,
    sinfo_flags: message.flags,
    sinfo_ppid: ppid,
    sinfo_context: message.context,
    sinfo_timetolive: 0,
    sinfo_tsn: 0,
    sinfo_cumtsn: 0,
    sinfo_assoc_id: link.id,
  }
  return [
    [c.SCTP_SEND_FAILED, () => packNotification(c.SCTP_SEND_FAILED, { ...common, ssf_info })],
    [c.SCTP_SEND_FAILED_EVENT, () => packNotification(c.SCTP_SEND_FAILED_EVENT, { ...common, ssfe_info })],
  ]
}

const ENDINGS = {
  'cannot start': c.SCTP_CANT_STR_ASSOC,
  lost: c.SCTP_COMM_LOST,
  complete: c.SCTP_SHUTDOWN_COMP,
} as const

const PATH_CHANGES: Readonly<Record<PathChange, number>> = {
  available: c.SCTP_ADDR_AVAILABLE,
  unreachable: c.SCTP_ADDR_UNREACHABLE,
  confirmed: c.SCTP_ADDR_CONFIRMED,
  'made primary': c.SCTP_ADDR_MADE_PRIM,
  added: c.SCTP_ADDR_ADDED,
  removed: c.SCTP_ADDR_REMOVED,
  'potentially failed': c.SCTP_ADDR_POTENTIALLY_FAILED,
}

const KEY_CHANGES = { new: c.SCTP_AUTH_NEW_KEY, free: c.SCTP_AUTH_FREE_KEY, none: c.SCTP_AUTH_NO_AUTH } as const

/** The flags are the same for all three kinds of request. */
const OUTCOMES: Readonly<Record<ReconfigurationOutcome, number>> = {
  done: 0,
  denied: c.SCTP_STREAM_RESET_DENIED,
  failed: c.SCTP_STREAM_RESET_FAILED,
}
