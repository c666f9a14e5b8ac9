// The values of <linux/sctp.h> and, for what the kernel leaves to the C library, of libsctp's <netinet/sctp.h>.

/** An association's number on a one-to-many socket; ignored on a one-to-one socket. */
export const SCTP_FUTURE_ASSOC = 0
export const SCTP_CURRENT_ASSOC = 1
export const SCTP_ALL_ASSOC = 2

// Socket options of level IPPROTO_SCTP (RFC 6458 section 8 and the RFCs named in options.ts).

export const SCTP_RTOINFO = 0
export const SCTP_ASSOCINFO = 1
export const SCTP_INITMSG = 2
export const SCTP_NODELAY = 3
export const SCTP_AUTOCLOSE = 4
export const SCTP_SET_PEER_PRIMARY_ADDR = 5
export const SCTP_PRIMARY_ADDR = 6
export const SCTP_ADAPTATION_LAYER = 7
export const SCTP_DISABLE_FRAGMENTS = 8
export const SCTP_PEER_ADDR_PARAMS = 9
export const SCTP_DEFAULT_SEND_PARAM = 10
export const SCTP_EVENTS = 11
export const SCTP_I_WANT_MAPPED_V4_ADDR = 12
export const SCTP_MAXSEG = 13
export const SCTP_STATUS = 14
export const SCTP_GET_PEER_ADDR_INFO = 15
export const SCTP_DELAYED_SACK = 16
export const SCTP_DELAYED_ACK = SCTP_DELAYED_SACK
export const SCTP_DELAYED_ACK_TIME = SCTP_DELAYED_SACK
export const SCTP_CONTEXT = 17
export const SCTP_FRAGMENT_INTERLEAVE = 18
export const SCTP_PARTIAL_DELIVERY_POINT = 19
export const SCTP_MAX_BURST = 20
export const SCTP_AUTH_CHUNK = 21
export const SCTP_HMAC_IDENT = 22
export const SCTP_AUTH_KEY = 23
export const SCTP_AUTH_ACTIVE_KEY = 24
export const SCTP_AUTH_DELETE_KEY = 25
export const SCTP_PEER_AUTH_CHUNKS = 26
export const SCTP_LOCAL_AUTH_CHUNKS = 27
export const SCTP_GET_ASSOC_NUMBER = 28
export const SCTP_GET_ASSOC_ID_LIST = 29
export const SCTP_AUTO_ASCONF = 30
export const SCTP_PEER_ADDR_THLDS = 31
export const SCTP_RECVRCVINFO = 32
export const SCTP_RECVNXTINFO = 33
export const SCTP_DEFAULT_SNDINFO = 34
export const SCTP_AUTH_DEACTIVATE_KEY = 35
export const SCTP_REUSE_PORT = 36
export const SCTP_PEER_ADDR_THLDS_V2 = 37
export const SCTP_GET_ASSOC_STATS = 112
export const SCTP_PR_SUPPORTED = 113
export const SCTP_DEFAULT_PRINFO = 114
export const SCTP_PR_ASSOC_STATUS = 115
export const SCTP_PR_STREAM_STATUS = 116
export const SCTP_RECONFIG_SUPPORTED = 117
export const SCTP_ENABLE_STREAM_RESET = 118
export const SCTP_RESET_STREAMS = 119
export const SCTP_RESET_ASSOC = 120
export const SCTP_ADD_STREAMS = 121
export const SCTP_STREAM_SCHEDULER = 123
export const SCTP_STREAM_SCHEDULER_VALUE = 124
export const SCTP_INTERLEAVING_SUPPORTED = 125
export const SCTP_EVENT = 127
export const SCTP_ASCONF_SUPPORTED = 128
export const SCTP_AUTH_SUPPORTED = 129
export const SCTP_ECN_SUPPORTED = 130
export const SCTP_EXPOSE_POTENTIALLY_FAILED_STATE = 131
export const SCTP_EXPOSE_PF_STATE = SCTP_EXPOSE_POTENTIALLY_FAILED_STATE
export const SCTP_REMOTE_UDP_ENCAPS_PORT = 132
export const SCTP_PLPMTUD_PROBE_INTERVAL = 133

// Partial reliability: `pr_policy` (RFC 3758, RFC 7496).

export const SCTP_PR_SCTP_NONE = 0x0000
/** `pr_value` is the lifetime in milliseconds. */
export const SCTP_PR_SCTP_TTL = 0x0010
/** `pr_value` is the number of retransmissions. */
export const SCTP_PR_SCTP_RTX = 0x0020
/** `pr_value` is the priority; 0 is the highest. */
export const SCTP_PR_SCTP_PRIO = 0x0030
/** With SCTP_PR_ASSOC_STATUS: all policies together. */
export const SCTP_PR_SCTP_ALL = 0x0080

// `snd_flags`, `rcv_flags`, `nxt_flags`, `sinfo_flags` (RFC 6458 section 5.3).

export const SCTP_UNORDERED = 0x1
export const SCTP_ADDR_OVER = 0x2
export const SCTP_ABORT = 0x4
/** RFC 7053. */
export const SCTP_SACK_IMMEDIATELY = 0x8
export const SCTP_SENDALL = 0x40
export const SCTP_EOF = 0x200
/** In `nxt_flags`: the next message is a notification. */
export const SCTP_NOTIFICATION = 0x8000

/** Of received messages: this read ends the message. */
export const MSG_EOR = 0x80
/** Of received messages: a notification, no data of the peer. */
export const MSG_NOTIFICATION = 0x8000

// Notifications (RFC 6458 section 6): `sn_type`.

export const SCTP_SN_TYPE_BASE = 0x8000
export const SCTP_DATA_IO_EVENT = 0x8000
export const SCTP_ASSOC_CHANGE = 0x8001
export const SCTP_PEER_ADDR_CHANGE = 0x8002
export const SCTP_SEND_FAILED = 0x8003
export const SCTP_REMOTE_ERROR = 0x8004
export const SCTP_SHUTDOWN_EVENT = 0x8005
export const SCTP_PARTIAL_DELIVERY_EVENT = 0x8006
export const SCTP_ADAPTATION_INDICATION = 0x8007
export const SCTP_AUTHENTICATION_EVENT = 0x8008
export const SCTP_AUTHENTICATION_INDICATION = SCTP_AUTHENTICATION_EVENT
export const SCTP_SENDER_DRY_EVENT = 0x8009
export const SCTP_STREAM_RESET_EVENT = 0x800a
export const SCTP_ASSOC_RESET_EVENT = 0x800b
export const SCTP_STREAM_CHANGE_EVENT = 0x800c
export const SCTP_SEND_FAILED_EVENT = 0x800d

/** `sac_state`. */
export const SCTP_COMM_UP = 0
export const SCTP_COMM_LOST = 1
export const SCTP_RESTART = 2
export const SCTP_SHUTDOWN_COMP = 3
export const SCTP_CANT_STR_ASSOC = 4

/** `spc_state`. */
export const SCTP_ADDR_AVAILABLE = 0
export const SCTP_ADDR_UNREACHABLE = 1
export const SCTP_ADDR_REMOVED = 2
export const SCTP_ADDR_ADDED = 3
export const SCTP_ADDR_MADE_PRIM = 4
export const SCTP_ADDR_CONFIRMED = 5
export const SCTP_ADDR_POTENTIALLY_FAILED = 6
export const SCTP_ADDR_PF = SCTP_ADDR_POTENTIALLY_FAILED

/** `ssf_flags`. */
export const SCTP_DATA_UNSENT = 0
export const SCTP_DATA_SENT = 1

/** `pdapi_indication`. */
export const SCTP_PARTIAL_DELIVERY_ABORTED = 0

/** `auth_indication`. */
export const SCTP_AUTH_NEW_KEY = 0
export const SCTP_AUTH_NEWKEY = SCTP_AUTH_NEW_KEY
export const SCTP_AUTH_FREE_KEY = 1
export const SCTP_AUTH_NO_AUTH = 2

/** `strreset_flags`, `assocreset_flags`, `strchange_flags` (RFC 6525 section 6.1). */
export const SCTP_STREAM_RESET_INCOMING_SSN = 0x1
export const SCTP_STREAM_RESET_OUTGOING_SSN = 0x2
export const SCTP_STREAM_RESET_DENIED = 0x4
export const SCTP_STREAM_RESET_FAILED = 0x8
export const SCTP_ASSOC_RESET_DENIED = 0x4
export const SCTP_ASSOC_RESET_FAILED = 0x8
export const SCTP_STREAM_CHANGE_DENIED = 0x4
export const SCTP_STREAM_CHANGE_FAILED = 0x8

/** `sac_error` and `spc_error` where the local side is the cause. */
export const SCTP_FAILED_THRESHOLD = 0
export const SCTP_RECEIVED_SACK = 1
export const SCTP_HEARTBEAT_SUCCESS = 2
export const SCTP_RESPONSE_TO_USER_REQ = 3
export const SCTP_INTERNAL_ERROR = 4
export const SCTP_SHUTDOWN_GUARD_EXPIRES = 5
export const SCTP_PEER_FAULTY = 6

/** `assoc_value` of SCTP_ENABLE_STREAM_RESET (RFC 6525 section 6.3.1). */
export const SCTP_ENABLE_RESET_STREAM_REQ = 0x1
export const SCTP_ENABLE_RESET_ASSOC_REQ = 0x2
export const SCTP_ENABLE_CHANGE_ASSOC_REQ = 0x4
export const SCTP_ENABLE_STRRESET_MASK = 0x7

/** `srs_flags`. */
export const SCTP_STREAM_RESET_INCOMING = 0x1
export const SCTP_STREAM_RESET_OUTGOING = 0x2

/** `spp_flags`. */
export const SPP_HB_ENABLE = 0x1
export const SPP_HB_DISABLE = 0x2
export const SPP_HB_DEMAND = 0x4
export const SPP_PMTUD_ENABLE = 0x8
export const SPP_PMTUD_DISABLE = 0x10
export const SPP_SACKDELAY_ENABLE = 0x20
export const SPP_SACKDELAY_DISABLE = 0x40
export const SPP_HB_TIME_IS_ZERO = 0x80
export const SPP_IPV6_FLOWLABEL = 0x100
export const SPP_DSCP = 0x200

/** `shmac_idents` (RFC 4895 section 3.3). */
export const SCTP_AUTH_HMAC_ID_SHA1 = 1
export const SCTP_AUTH_HMAC_ID_SHA256 = 3

/** `spinfo_state`. */
export const SCTP_INACTIVE = 0
export const SCTP_PF = 1
export const SCTP_POTENTIALLY_FAILED = SCTP_PF
export const SCTP_ACTIVE = 2
export const SCTP_UNCONFIRMED = 3
export const SCTP_UNKNOWN = 0xffff

/** `sstat_state`. */
export const SCTP_EMPTY = 0
export const SCTP_CLOSED = 1
export const SCTP_COOKIE_WAIT = 2
export const SCTP_COOKIE_ECHOED = 3
export const SCTP_ESTABLISHED = 4
export const SCTP_SHUTDOWN_PENDING = 5
export const SCTP_SHUTDOWN_SENT = 6
export const SCTP_SHUTDOWN_RECEIVED = 7
export const SCTP_SHUTDOWN_ACK_SENT = 8

/** Values of SCTP_STREAM_SCHEDULER (RFC 8260 section 3). */
export const SCTP_SS_FCFS = 0
export const SCTP_SS_DEFAULT = SCTP_SS_FCFS
export const SCTP_SS_PRIO = 1
export const SCTP_SS_RR = 2

/** Flags of `sctp_bindx`. */
export const SCTP_BINDX_ADD_ADDR = 0x1
export const SCTP_BINDX_REM_ADDR = 0x2

/** `infotype` of `sctp_sendv` and `sctp_recvv` (RFC 6458 sections 9.12, 9.13). */
export const SCTP_SENDV_NOINFO = 0
export const SCTP_SENDV_SNDINFO = 1
export const SCTP_SENDV_PRINFO = 2
export const SCTP_SENDV_AUTHINFO = 3
export const SCTP_SENDV_SPA = 4
export const SCTP_SEND_SNDINFO_VALID = 0x1
export const SCTP_SEND_PRINFO_VALID = 0x2
export const SCTP_SEND_AUTHINFO_VALID = 0x4
export const SCTP_RECVV_NOINFO = 0
export const SCTP_RECVV_RCVINFO = 1
export const SCTP_RECVV_NXTINFO = 2
export const SCTP_RECVV_RN = 3
