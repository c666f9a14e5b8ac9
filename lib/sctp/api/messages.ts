// What goes with a message (RFC 6458 section 5.3). `ppid` travels as the program gives it: 32 bits, by custom in
// network order (`htonl(47)`). Association ids mean something on one-to-many sockets only.

/** How a message is sent. */
export interface sctp_sndinfo {
  /** The stream, 0 to one less than the number of outgoing streams. */
  snd_sid: number
  /** SCTP_UNORDERED, SCTP_ADDR_OVER, SCTP_SACK_IMMEDIATELY; one-to-many also SCTP_ABORT, SCTP_EOF, SCTP_SENDALL. */
  snd_flags: number
  snd_ppid: number
  /** Comes back with notifications about the message. */
  snd_context: number
  snd_assoc_id: number
}

/** How a message came (asked for with SCTP_RECVRCVINFO). */
export interface sctp_rcvinfo {
  rcv_sid: number
  rcv_ssn: number
  /** SCTP_UNORDERED. */
  rcv_flags: number
  rcv_ppid: number
  rcv_tsn: number
  rcv_cumtsn: number
  rcv_context: number
  rcv_assoc_id: number
}

/** What is known of the next message (asked for with SCTP_RECVNXTINFO). */
export interface sctp_nxtinfo {
  nxt_sid: number
  /** SCTP_UNORDERED, SCTP_NOTIFICATION. */
  nxt_flags: number
  nxt_ppid: number
  /** Bytes. */
  nxt_length: number
  nxt_assoc_id: number
}

/** When a message may be given up (RFC 3758, RFC 7496). */
export interface sctp_prinfo {
  /** SCTP_PR_SCTP_NONE, _TTL, _RTX, _PRIO. */
  pr_policy: number
  /** Milliseconds, retransmissions or a priority. */
  pr_value: number
}

/** The key that authenticates a message (RFC 4895, RFC 6458 section 5.3.8). */
export interface sctp_authinfo {
  auth_keynumber: number
}

/** The older form of both `sctp_sndinfo` and `sctp_rcvinfo` (RFC 6458 section 5.3.2). */
export interface sctp_sndrcvinfo {
  sinfo_stream: number
  sinfo_ssn: number
  sinfo_flags: number
  sinfo_ppid: number
  sinfo_context: number
  /** Milliseconds. */
  sinfo_timetolive: number
  sinfo_tsn: number
  sinfo_cumtsn: number
  sinfo_assoc_id: number
}

/** What a one-to-many socket asks for when it sends to a new peer; also the option SCTP_INITMSG. 0: the default. */
export interface sctp_initmsg {
  sinit_num_ostreams: number
  sinit_max_instreams: number
  sinit_max_attempts: number
  /** Milliseconds. */
  sinit_max_init_timeo: number
}

/** `sctp_sendv`'s three at once; `sendv_flags` says which count. */
export interface sctp_sendv_spa {
  /** SCTP_SEND_SNDINFO_VALID, SCTP_SEND_PRINFO_VALID, SCTP_SEND_AUTHINFO_VALID. */
  sendv_flags: number
  sendv_sndinfo: sctp_sndinfo
  sendv_prinfo: sctp_prinfo
  sendv_authinfo: sctp_authinfo
}

/** `sctp_recvv`'s two at once. */
export interface sctp_recvv_rn {
  recvv_rcvinfo: sctp_rcvinfo
  recvv_nxtinfo: sctp_nxtinfo
}
