import { i32, struct, u16, u32 } from './layout.ts'
import type {
  sctp_authinfo,
  sctp_initmsg,
  sctp_nxtinfo,
  sctp_prinfo,
  sctp_rcvinfo,
  sctp_sndinfo,
  sctp_sndrcvinfo,
} from './messages.ts'

export const sndinfoLayout = struct<sctp_sndinfo>({
  snd_sid: u16,
  snd_flags: u16,
  snd_ppid: u32,
  snd_context: u32,
  snd_assoc_id: i32,
})

export const rcvinfoLayout = struct<sctp_rcvinfo>({
  rcv_sid: u16,
  rcv_ssn: u16,
  rcv_flags: u16,
  rcv_ppid: u32,
  rcv_tsn: u32,
  rcv_cumtsn: u32,
  rcv_context: u32,
  rcv_assoc_id: i32,
})

export const nxtinfoLayout = struct<sctp_nxtinfo>({
  nxt_sid: u16,
  nxt_flags: u16,
  nxt_ppid: u32,
  nxt_length: u32,
  nxt_assoc_id: i32,
})

export const prinfoLayout = struct<sctp_prinfo>({ pr_policy: u16, pr_value: u32 })

export const authinfoLayout = struct<sctp_authinfo>({ auth_keynumber: u16 })

export const sndrcvinfoLayout = struct<sctp_sndrcvinfo>({
  sinfo_stream: u16,
  sinfo_ssn: u16,
  sinfo_flags: u16,
  sinfo_ppid: u32,
  sinfo_context: u32,
  sinfo_timetolive: u32,
  sinfo_tsn: u32,
  sinfo_cumtsn: u32,
  sinfo_assoc_id: i32,
})

export const initmsgLayout = struct<sctp_initmsg>({
  sinit_num_ostreams: u16,
  sinit_max_instreams: u16,
  sinit_max_attempts: u16,
  sinit_max_init_timeo: u16,
})
