import type { sockaddr_storage } from '../../base/sockaddr.ts'
import type {
  SCTP_ADAPTATION_INDICATION,
  SCTP_ASSOC_CHANGE,
  SCTP_ASSOC_RESET_EVENT,
  SCTP_AUTHENTICATION_EVENT,
  SCTP_PARTIAL_DELIVERY_EVENT,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_REMOTE_ERROR,
  SCTP_SEND_FAILED,
  SCTP_SEND_FAILED_EVENT,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_EVENT,
  SCTP_STREAM_CHANGE_EVENT,
  SCTP_STREAM_RESET_EVENT,
} from './constants.ts'
import type { sctp_sndinfo, sctp_sndrcvinfo } from './messages.ts'

// The notifications of RFC 6458 section 6.1 and RFC 6525 section 6.1, with Linux's field names. In C they are one
// union, whose header every struct repeats; here the type field tells the members apart. `*_length` counts the bytes of
// the C struct.

/** An association began or ended. */
export interface sctp_assoc_change {
  sac_type: typeof SCTP_ASSOC_CHANGE
  sac_flags: number
  sac_length: number
  /** SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC. */
  sac_state: number
  /** An error cause in *network* order (`htons(12)`: the peer's user aborted), or SCTP_FAILED_THRESHOLD and its kin. */
  sac_error: number
  sac_outbound_streams: number
  sac_inbound_streams: number
  sac_assoc_id: number
  /** The peer's ABORT chunk where there was one, else nothing. */
  sac_info: Uint8Array
}

/** A peer's address changed its state. */
export interface sctp_paddr_change {
  spc_type: typeof SCTP_PEER_ADDR_CHANGE
  spc_flags: number
  spc_length: number
  spc_aaddr: sockaddr_storage
  /** SCTP_ADDR_AVAILABLE, _UNREACHABLE, _REMOVED, _ADDED, _MADE_PRIM, _CONFIRMED, _POTENTIALLY_FAILED. */
  spc_state: number
  spc_error: number
  spc_assoc_id: number
}

/** The peer sent an ERROR chunk. */
export interface sctp_remote_error {
  sre_type: typeof SCTP_REMOTE_ERROR
  sre_flags: number
  sre_length: number
  /** The error cause in *network* order. */
  sre_error: number
  sre_assoc_id: number
  /** The error cause as it came. */
  sre_data: Uint8Array
}

/** A message was given up (deprecated by RFC 6458 in favour of SCTP_SEND_FAILED_EVENT). */
export interface sctp_send_failed {
  ssf_type: typeof SCTP_SEND_FAILED
  /** SCTP_DATA_UNSENT, SCTP_DATA_SENT. */
  ssf_flags: number
  ssf_length: number
  ssf_error: number
  ssf_info: sctp_sndrcvinfo
  ssf_assoc_id: number
  ssf_data: Uint8Array
}

/** A message was given up. */
export interface sctp_send_failed_event {
  ssf_type: typeof SCTP_SEND_FAILED_EVENT
  /** SCTP_DATA_UNSENT, SCTP_DATA_SENT. */
  ssf_flags: number
  ssf_length: number
  ssf_error: number
  ssfe_info: sctp_sndinfo
  ssf_assoc_id: number
  ssf_data: Uint8Array
}

/** The peer will send nothing more and takes nothing more. */
export interface sctp_shutdown_event {
  sse_type: typeof SCTP_SHUTDOWN_EVENT
  sse_flags: number
  sse_length: number
  sse_assoc_id: number
}

/** What the peer said of its adaptation layer (RFC 5061). */
export interface sctp_adaptation_event {
  sai_type: typeof SCTP_ADAPTATION_INDICATION
  sai_flags: number
  sai_length: number
  sai_adaptation_ind: number
  sai_assoc_id: number
}

/** The rest of a message that was being delivered in parts will not come. */
export interface sctp_pdapi_event {
  pdapi_type: typeof SCTP_PARTIAL_DELIVERY_EVENT
  pdapi_flags: number
  pdapi_length: number
  /** SCTP_PARTIAL_DELIVERY_ABORTED. */
  pdapi_indication: number
  pdapi_assoc_id: number
  pdapi_stream: number
  pdapi_seq: number
}

/** News of an authentication key (RFC 4895). */
export interface sctp_authkey_event {
  auth_type: typeof SCTP_AUTHENTICATION_EVENT
  auth_flags: number
  auth_length: number
  auth_keynumber: number
  auth_altkeynumber: number
  /** SCTP_AUTH_NEW_KEY, SCTP_AUTH_FREE_KEY, SCTP_AUTH_NO_AUTH. */
  auth_indication: number
  auth_assoc_id: number
}

/** Nothing is left to send or to acknowledge. */
export interface sctp_sender_dry_event {
  sender_dry_type: typeof SCTP_SENDER_DRY_EVENT
  sender_dry_flags: number
  sender_dry_length: number
  sender_dry_assoc_id: number
}

/** Streams begin anew (RFC 6525). */
export interface sctp_stream_reset_event {
  strreset_type: typeof SCTP_STREAM_RESET_EVENT
  /** SCTP_STREAM_RESET_INCOMING_SSN, _OUTGOING_SSN, _DENIED, _FAILED. */
  strreset_flags: number
  strreset_length: number
  strreset_assoc_id: number
  /** Empty: all streams. */
  strreset_stream_list: number[]
}

/** The association's TSNs begin anew (RFC 6525). */
export interface sctp_assoc_reset_event {
  assocreset_type: typeof SCTP_ASSOC_RESET_EVENT
  /** 0, SCTP_ASSOC_RESET_DENIED, SCTP_ASSOC_RESET_FAILED. */
  assocreset_flags: number
  assocreset_length: number
  assocreset_assoc_id: number
  assocreset_local_tsn: number
  assocreset_remote_tsn: number
}

/** The number of streams grew (RFC 6525): how many were added either way. */
export interface sctp_stream_change_event {
  strchange_type: typeof SCTP_STREAM_CHANGE_EVENT
  /** 0, SCTP_STREAM_CHANGE_DENIED, SCTP_STREAM_CHANGE_FAILED. */
  strchange_flags: number
  strchange_length: number
  strchange_assoc_id: number
  strchange_instrms: number
  strchange_outstrms: number
}

/** What every notification begins with. */
export interface sctp_notification_header {
  sn_type: number
  sn_flags: number
  /** Bytes of the whole notification in C. */
  sn_length: number
}

/** One member of the union: `sn_type` stands outside the header as well, so that a `switch` over it narrows the type. */
export type sctp_notification_of<Type extends number, Member> = {
  sn_type: Type
  sn_header: sctp_notification_header
} & Member

/**
 * C's `union sctp_notification`:
 *
 *     switch (notification.sn_type) {
 *       case SCTP_ASSOC_CHANGE:
 *         console.log(notification.sn_assoc_change.sac_state)
 */
export type sctp_notification =
  | sctp_notification_of<typeof SCTP_ASSOC_CHANGE, { sn_assoc_change: sctp_assoc_change }>
  | sctp_notification_of<typeof SCTP_PEER_ADDR_CHANGE, { sn_paddr_change: sctp_paddr_change }>
  | sctp_notification_of<typeof SCTP_REMOTE_ERROR, { sn_remote_error: sctp_remote_error }>
  | sctp_notification_of<typeof SCTP_SEND_FAILED, { sn_send_failed: sctp_send_failed }>
  | sctp_notification_of<typeof SCTP_SEND_FAILED_EVENT, { sn_send_failed_event: sctp_send_failed_event }>
  | sctp_notification_of<typeof SCTP_SHUTDOWN_EVENT, { sn_shutdown_event: sctp_shutdown_event }>
  | sctp_notification_of<typeof SCTP_ADAPTATION_INDICATION, { sn_adaptation_event: sctp_adaptation_event }>
  | sctp_notification_of<typeof SCTP_PARTIAL_DELIVERY_EVENT, { sn_pdapi_event: sctp_pdapi_event }>
  | sctp_notification_of<typeof SCTP_AUTHENTICATION_EVENT, { sn_authkey_event: sctp_authkey_event }>
  | sctp_notification_of<typeof SCTP_SENDER_DRY_EVENT, { sn_sender_dry_event: sctp_sender_dry_event }>
  | sctp_notification_of<typeof SCTP_STREAM_RESET_EVENT, { sn_strreset_event: sctp_stream_reset_event }>
  | sctp_notification_of<typeof SCTP_ASSOC_RESET_EVENT, { sn_assocreset_event: sctp_assoc_reset_event }>
  | sctp_notification_of<typeof SCTP_STREAM_CHANGE_EVENT, { sn_strchange_event: sctp_stream_change_event }>

/** The struct of each type of notification. */
export interface SctpNotifications {
  [SCTP_ASSOC_CHANGE]: sctp_assoc_change
  [SCTP_PEER_ADDR_CHANGE]: sctp_paddr_change
  [SCTP_REMOTE_ERROR]: sctp_remote_error
  [SCTP_SEND_FAILED]: sctp_send_failed
  [SCTP_SEND_FAILED_EVENT]: sctp_send_failed_event
  [SCTP_SHUTDOWN_EVENT]: sctp_shutdown_event
  [SCTP_ADAPTATION_INDICATION]: sctp_adaptation_event
  [SCTP_PARTIAL_DELIVERY_EVENT]: sctp_pdapi_event
  [SCTP_AUTHENTICATION_EVENT]: sctp_authkey_event
  [SCTP_SENDER_DRY_EVENT]: sctp_sender_dry_event
  [SCTP_STREAM_RESET_EVENT]: sctp_stream_reset_event
  [SCTP_ASSOC_RESET_EVENT]: sctp_assoc_reset_event
  [SCTP_STREAM_CHANGE_EVENT]: sctp_stream_change_event
}
