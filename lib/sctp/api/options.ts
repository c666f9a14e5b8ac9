import type { sockaddr_storage } from '../../base/sockaddr.ts'
import type * as c from './constants.ts'
import type { sctp_initmsg, sctp_sndinfo, sctp_sndrcvinfo } from './messages.ts'

// The structs of the socket options (RFC 6458 section 8, RFC 4895, 6525, 6951, 7496, 7829, 8260, 8899), with Linux's
// field names. Times are milliseconds unless a field says otherwise. The first field picks the association on a
// one-to-many socket and is ignored on a one-to-one socket. A field that is left out when an option is set is 0.

/** SCTP_RTOINFO: retransmission time-outs. */
export interface sctp_rtoinfo {
  srto_assoc_id: number
  srto_initial: number
  srto_max: number
  srto_min: number
}

/** SCTP_ASSOCINFO. */
export interface sctp_assocparams {
  sasoc_assoc_id: number
  sasoc_asocmaxrxt: number
  /** Read only. */
  sasoc_number_peer_destinations: number
  /** Bytes; read only. */
  sasoc_peer_rwnd: number
  /** Bytes; read only. */
  sasoc_local_rwnd: number
  sasoc_cookie_life: number
}

/** SCTP_SET_PEER_PRIMARY_ADDR: asks the peer to send to this address. */
export interface sctp_setpeerprim {
  sspp_assoc_id: number
  sspp_addr: sockaddr_storage
}

/** SCTP_PRIMARY_ADDR: the peer's address to send to. */
export interface sctp_prim {
  ssp_assoc_id: number
  ssp_addr: sockaddr_storage
}

/** SCTP_ADAPTATION_LAYER (RFC 5061). */
export interface sctp_setadaptation {
  ssb_adaptation_ind: number
}

/** SCTP_PEER_ADDR_PARAMS: heartbeats, path MTU and delayed SACK of one address, or of all when there is none. */
export interface sctp_paddrparams {
  spp_assoc_id: number
  spp_address: sockaddr_storage
  spp_hbinterval: number
  spp_pathmaxrxt: number
  /** Bytes. */
  spp_pathmtu: number
  spp_sackdelay: number
  /** SPP_HB_ENABLE and the others: which fields count. */
  spp_flags: number
  spp_ipv6_flowlabel: number
  spp_dscp: number
}

/** SCTP_EVENTS: 1 subscribes, 0 does not. Deprecated by RFC 6458 in favour of SCTP_EVENT. */
export interface sctp_event_subscribe {
  /** `sctp_sndrcvinfo` with each message. */
  sctp_data_io_event: number
  sctp_association_event: number
  sctp_address_event: number
  sctp_send_failure_event: number
  sctp_peer_error_event: number
  sctp_shutdown_event: number
  sctp_partial_delivery_event: number
  sctp_adaptation_layer_event: number
  sctp_authentication_event: number
  sctp_sender_dry_event: number
  sctp_stream_reset_event: number
  sctp_assoc_reset_event: number
  sctp_stream_change_event: number
  sctp_send_failure_event_event: number
}

/** SCTP_EVENT: one subscription. */
export interface sctp_event {
  se_assoc_id: number
  /** SCTP_ASSOC_CHANGE and the others. */
  se_type: number
  se_on: number
}

/** SCTP_STATUS (read only). */
export interface sctp_status {
  sstat_assoc_id: number
  /** SCTP_ESTABLISHED and the others. */
  sstat_state: number
  sstat_rwnd: number
  sstat_unackdata: number
  sstat_penddata: number
  sstat_instrms: number
  sstat_outstrms: number
  sstat_fragmentation_point: number
  sstat_primary: sctp_paddrinfo
}

/** SCTP_GET_PEER_ADDR_INFO (read only). */
export interface sctp_paddrinfo {
  spinfo_assoc_id: number
  spinfo_address: sockaddr_storage
  /** SCTP_ACTIVE and the others. */
  spinfo_state: number
  spinfo_cwnd: number
  spinfo_srtt: number
  spinfo_rto: number
  spinfo_mtu: number
}

/** SCTP_DELAYED_SACK. */
export interface sctp_sack_info {
  sack_assoc_id: number
  sack_delay: number
  /** Packets; 1: no delay. */
  sack_freq: number
}

/** SCTP_MAXSEG, SCTP_MAX_BURST, SCTP_CONTEXT, ...: one number for an association. */
export interface sctp_assoc_value {
  assoc_id: number
  assoc_value: number
}

/** SCTP_STREAM_SCHEDULER_VALUE (RFC 8260). */
export interface sctp_stream_value {
  assoc_id: number
  stream_id: number
  stream_value: number
}

/** SCTP_AUTH_CHUNK (set only): the peer shall authenticate chunks of this type. */
export interface sctp_authchunk {
  sauth_chunk: number
}

/** SCTP_HMAC_IDENT: SCTP_AUTH_HMAC_ID_SHA256, SCTP_AUTH_HMAC_ID_SHA1 in the order of preference. */
export interface sctp_hmacalgo {
  /** Left out when set: that of the list. */
  shmac_num_idents?: number
  shmac_idents: number[]
}

/** SCTP_AUTH_KEY (set only). */
export interface sctp_authkey {
  sca_assoc_id: number
  sca_keynumber: number
  /** Left out: that of the key. */
  sca_keylength?: number
  sca_key: Uint8Array
}

/** SCTP_AUTH_ACTIVE_KEY, SCTP_AUTH_DELETE_KEY, SCTP_AUTH_DEACTIVATE_KEY. */
export interface sctp_authkeyid {
  scact_assoc_id: number
  scact_keynumber: number
}

/** SCTP_PEER_AUTH_CHUNKS, SCTP_LOCAL_AUTH_CHUNKS (read only): the types of chunks that are authenticated. */
export interface sctp_authchunks {
  gauth_assoc_id: number
  gauth_number_of_chunks?: number
  gauth_chunks: Uint8Array
}

/** SCTP_GET_ASSOC_ID_LIST (read only). */
export interface sctp_assoc_ids {
  gaids_number_of_ids?: number
  gaids_assoc_id: number[]
}

/** SCTP_PEER_ADDR_THLDS (RFC 7829). */
export interface sctp_paddrthlds {
  spt_assoc_id: number
  spt_address: sockaddr_storage
  spt_pathmaxrxt: number
  spt_pathpfthld: number
}

/** SCTP_PEER_ADDR_THLDS_V2 (RFC 7829). */
export interface sctp_paddrthlds_v2 extends sctp_paddrthlds {
  spt_pathcpthld: number
}

/** SCTP_GET_ASSOC_STATS (read only): counters since the association began. */
export interface sctp_assoc_stats {
  sas_assoc_id: number
  sas_obs_rto_ipaddr: sockaddr_storage
  /** The longest time-out since this was last asked. */
  sas_maxrto: number
  sas_isacks: number
  sas_osacks: number
  sas_opackets: number
  sas_ipackets: number
  sas_rtxchunks: number
  sas_outofseqtsns: number
  sas_idupchunks: number
  sas_gapcnt: number
  sas_ouodchunks: number
  sas_iuodchunks: number
  sas_oodchunks: number
  sas_iodchunks: number
  sas_octrlchunks: number
  sas_ictrlchunks: number
}

/** SCTP_DEFAULT_PRINFO. */
export interface sctp_default_prinfo {
  pr_assoc_id: number
  pr_value: number
  pr_policy: number
}

/** SCTP_PR_ASSOC_STATUS, SCTP_PR_STREAM_STATUS (read only, RFC 7496). */
export interface sctp_prstatus {
  sprstat_assoc_id: number
  sprstat_sid: number
  sprstat_policy: number
  sprstat_abandoned_unsent: number
  sprstat_abandoned_sent: number
}

/** SCTP_RESET_STREAMS (set only, RFC 6525). */
export interface sctp_reset_streams {
  srs_assoc_id: number
  /** SCTP_STREAM_RESET_INCOMING, SCTP_STREAM_RESET_OUTGOING. */
  srs_flags: number
  /** Left out: that of the list. */
  srs_number_streams?: number
  /** Empty: all. */
  srs_stream_list: number[]
}

/** SCTP_ADD_STREAMS (set only, RFC 6525). */
export interface sctp_add_streams {
  sas_assoc_id: number
  sas_instrms: number
  sas_outstrms: number
}

/** SCTP_REMOTE_UDP_ENCAPS_PORT (RFC 6951). */
export interface sctp_udpencaps {
  sue_assoc_id: number
  sue_address: sockaddr_storage
  /** In network order; 0: none. */
  sue_port: number
}

/** SCTP_PLPMTUD_PROBE_INTERVAL (RFC 8899). */
export interface sctp_probeinterval {
  spi_assoc_id: number
  spi_address: sockaddr_storage
  /** 0: off. */
  spi_interval: number
}

/** An option that is an `int` in C. */
export interface sctp_int {
  value: number
}

/** Each option with its struct. */
export interface SctpOptions {
  [c.SCTP_RTOINFO]: sctp_rtoinfo
  [c.SCTP_ASSOCINFO]: sctp_assocparams
  [c.SCTP_INITMSG]: sctp_initmsg
  [c.SCTP_NODELAY]: sctp_int
  /** Seconds; one-to-many sockets only. */
  [c.SCTP_AUTOCLOSE]: sctp_int
  [c.SCTP_SET_PEER_PRIMARY_ADDR]: sctp_setpeerprim
  [c.SCTP_PRIMARY_ADDR]: sctp_prim
  [c.SCTP_ADAPTATION_LAYER]: sctp_setadaptation
  [c.SCTP_DISABLE_FRAGMENTS]: sctp_int
  [c.SCTP_PEER_ADDR_PARAMS]: sctp_paddrparams
  [c.SCTP_DEFAULT_SEND_PARAM]: sctp_sndrcvinfo
  [c.SCTP_EVENTS]: sctp_event_subscribe
  [c.SCTP_I_WANT_MAPPED_V4_ADDR]: sctp_int
  [c.SCTP_MAXSEG]: sctp_assoc_value
  [c.SCTP_STATUS]: sctp_status
  [c.SCTP_GET_PEER_ADDR_INFO]: sctp_paddrinfo
  [c.SCTP_DELAYED_SACK]: sctp_sack_info
  [c.SCTP_CONTEXT]: sctp_assoc_value
  [c.SCTP_FRAGMENT_INTERLEAVE]: sctp_int
  /** Bytes. */
  [c.SCTP_PARTIAL_DELIVERY_POINT]: sctp_int
  [c.SCTP_MAX_BURST]: sctp_assoc_value
  [c.SCTP_AUTH_CHUNK]: sctp_authchunk
  [c.SCTP_HMAC_IDENT]: sctp_hmacalgo
  [c.SCTP_AUTH_KEY]: sctp_authkey
  [c.SCTP_AUTH_ACTIVE_KEY]: sctp_authkeyid
  [c.SCTP_AUTH_DELETE_KEY]: sctp_authkeyid
  [c.SCTP_PEER_AUTH_CHUNKS]: sctp_authchunks
  [c.SCTP_LOCAL_AUTH_CHUNKS]: sctp_authchunks
  [c.SCTP_GET_ASSOC_NUMBER]: sctp_int
  [c.SCTP_GET_ASSOC_ID_LIST]: sctp_assoc_ids
  [c.SCTP_AUTO_ASCONF]: sctp_int
  [c.SCTP_PEER_ADDR_THLDS]: sctp_paddrthlds
  [c.SCTP_RECVRCVINFO]: sctp_int
  [c.SCTP_RECVNXTINFO]: sctp_int
  [c.SCTP_DEFAULT_SNDINFO]: sctp_sndinfo
  [c.SCTP_AUTH_DEACTIVATE_KEY]: sctp_authkeyid
  [c.SCTP_REUSE_PORT]: sctp_int
  [c.SCTP_PEER_ADDR_THLDS_V2]: sctp_paddrthlds_v2
  [c.SCTP_GET_ASSOC_STATS]: sctp_assoc_stats
  [c.SCTP_PR_SUPPORTED]: sctp_assoc_value
  [c.SCTP_DEFAULT_PRINFO]: sctp_default_prinfo
  [c.SCTP_PR_ASSOC_STATUS]: sctp_prstatus
  [c.SCTP_PR_STREAM_STATUS]: sctp_prstatus
  [c.SCTP_RECONFIG_SUPPORTED]: sctp_assoc_value
  [c.SCTP_ENABLE_STREAM_RESET]: sctp_assoc_value
  [c.SCTP_RESET_STREAMS]: sctp_reset_streams
  /** The association's id (set only). */
  [c.SCTP_RESET_ASSOC]: sctp_int
  [c.SCTP_ADD_STREAMS]: sctp_add_streams
  [c.SCTP_STREAM_SCHEDULER]: sctp_assoc_value
  [c.SCTP_STREAM_SCHEDULER_VALUE]: sctp_stream_value
  [c.SCTP_INTERLEAVING_SUPPORTED]: sctp_assoc_value
  [c.SCTP_EVENT]: sctp_event
  [c.SCTP_ASCONF_SUPPORTED]: sctp_assoc_value
  [c.SCTP_AUTH_SUPPORTED]: sctp_assoc_value
  [c.SCTP_ECN_SUPPORTED]: sctp_assoc_value
  [c.SCTP_EXPOSE_POTENTIALLY_FAILED_STATE]: sctp_assoc_value
  [c.SCTP_REMOTE_UDP_ENCAPS_PORT]: sctp_udpencaps
  [c.SCTP_PLPMTUD_PROBE_INTERVAL]: sctp_probeinterval
}

export type SctpOption = keyof SctpOptions
