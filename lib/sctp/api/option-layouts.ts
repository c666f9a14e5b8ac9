import * as c from './constants.ts'
import { bytes, i32, i32s, type Struct, struct, tailed, u8, u16, u16s, u32, u64 } from './layout.ts'
import { initmsgLayout, sndinfoLayout, sndrcvinfoLayout } from './message-layouts.ts'
import type * as o from './options.ts'
import type { SctpOption, SctpOptions } from './options.ts'
import { storage } from './sockaddr-layout.ts'

/** The layout of an option's struct. */
export function optionLayout<Name extends SctpOption>(name: Name): Struct<SctpOptions[Name]> {
  return LAYOUTS[name]
}

/** True for a number that is an option. */
export function isSctpOption(name: number): name is SctpOption {
  return name in LAYOUTS
}

const rtoinfo = struct<o.sctp_rtoinfo>({ srto_assoc_id: i32, srto_initial: u32, srto_max: u32, srto_min: u32 })
const assocparams = struct<o.sctp_assocparams>({
  sasoc_assoc_id: i32,
  sasoc_asocmaxrxt: u16,
  sasoc_number_peer_destinations: u16,
  sasoc_peer_rwnd: u32,
  sasoc_local_rwnd: u32,
  sasoc_cookie_life: u32,
})
const setpeerprim = struct<o.sctp_setpeerprim>({ sspp_assoc_id: i32, sspp_addr: storage }, true)
const prim = struct<o.sctp_prim>({ ssp_assoc_id: i32, ssp_addr: storage }, true)
const setadaptation = struct<o.sctp_setadaptation>({ ssb_adaptation_ind: u32 })
const paddrparams = struct<o.sctp_paddrparams>(
  {
    spp_assoc_id: i32,
    spp_address: storage,
    spp_hbinterval: u32,
    spp_pathmaxrxt: u16,
    spp_pathmtu: u32,
    spp_sackdelay: u32,
    spp_flags: u32,
    spp_ipv6_flowlabel: u32,
    spp_dscp: u8,
  },
  true,
)
const eventSubscribe = struct<o.sctp_event_subscribe>({
  sctp_data_io_event: u8,
  sctp_association_event: u8,
  sctp_address_event: u8,
  sctp_send_failure_event: u8,
  sctp_peer_error_event: u8,
  sctp_shutdown_event: u8,
  sctp_partial_delivery_event: u8,
  sctp_adaptation_layer_event: u8,
  sctp_authentication_event: u8,
  sctp_sender_dry_event: u8,
  sctp_stream_reset_event: u8,
  sctp_assoc_reset_event: u8,
  sctp_stream_change_event: u8,
  sctp_send_failure_event_event: u8,
})
const event = struct<o.sctp_event>({ se_assoc_id: i32, se_type: u16, se_on: u8 })
const paddrinfo = struct<o.sctp_paddrinfo>(
  {
    spinfo_assoc_id: i32,
    spinfo_address: storage,
    spinfo_state: i32,
    spinfo_cwnd: u32,
    spinfo_srtt: u32,
    spinfo_rto: u32,
    spinfo_mtu: u32,
  },
  true,
)
const status = struct<o.sctp_status>({
  sstat_assoc_id: i32,
  sstat_state: i32,
  sstat_rwnd: u32,
  sstat_unackdata: u16,
  sstat_penddata: u16,
  sstat_instrms: u16,
  sstat_outstrms: u16,
  sstat_fragmentation_point: u32,
  sstat_primary: paddrinfo,
})
const sackInfo = struct<o.sctp_sack_info>({ sack_assoc_id: i32, sack_delay: u32, sack_freq: u32 })
const assocValue = struct<o.sctp_assoc_value>({ assoc_id: i32, assoc_value: u32 })
const streamValue = struct<o.sctp_stream_value>({ assoc_id: i32, stream_id: u16, stream_value: u16 })
const authchunk = struct<o.sctp_authchunk>({ sauth_chunk: u8 })
const hmacalgo = tailed<o.sctp_hmacalgo>(
  struct<Omit<o.sctp_hmacalgo, 'shmac_idents'>>({ shmac_num_idents: u32 }),
  'shmac_idents',
  u16s,
  'shmac_num_idents',
)
const authkey = tailed<o.sctp_authkey>(
  struct<Omit<o.sctp_authkey, 'sca_key'>>({ sca_assoc_id: i32, sca_keynumber: u16, sca_keylength: u16 }),
  'sca_key',
  bytes,
  'sca_keylength',
)
const authkeyid = struct<o.sctp_authkeyid>({ scact_assoc_id: i32, scact_keynumber: u16 })
const authchunks = tailed<o.sctp_authchunks>(
  struct<Omit<o.sctp_authchunks, 'gauth_chunks'>>({ gauth_assoc_id: i32, gauth_number_of_chunks: u32 }),
  'gauth_chunks',
  bytes,
  'gauth_number_of_chunks',
)
const assocIds = tailed<o.sctp_assoc_ids>(
  struct<Omit<o.sctp_assoc_ids, 'gaids_assoc_id'>>({ gaids_number_of_ids: u32 }),
  'gaids_assoc_id',
  i32s,
  'gaids_number_of_ids',
)
const paddrthlds = struct<o.sctp_paddrthlds>({
  spt_assoc_id: i32,
  spt_address: storage,
  spt_pathmaxrxt: u16,
  spt_pathpfthld: u16,
})
const paddrthldsV2 = struct<o.sctp_paddrthlds_v2>({
  spt_assoc_id: i32,
  spt_address: storage,
  spt_pathmaxrxt: u16,
  spt_pathpfthld: u16,
  spt_pathcpthld: u16,
})
const assocStats = struct<o.sctp_assoc_stats>({
  sas_assoc_id: i32,
  sas_obs_rto_ipaddr: storage,
  sas_maxrto: u64,
  sas_isacks: u64,
  sas_osacks: u64,
  sas_opackets: u64,
  sas_ipackets: u64,
  sas_rtxchunks: u64,
  sas_outofseqtsns: u64,
  sas_idupchunks: u64,
  sas_gapcnt: u64,
  sas_ouodchunks: u64,
  sas_iuodchunks: u64,
  sas_oodchunks: u64,
  sas_iodchunks: u64,
  sas_octrlchunks: u64,
  sas_ictrlchunks: u64,
})
const defaultPrinfo = struct<o.sctp_default_prinfo>({ pr_assoc_id: i32, pr_value: u32, pr_policy: u16 })
const prstatus = struct<o.sctp_prstatus>({
  sprstat_assoc_id: i32,
  sprstat_sid: u16,
  sprstat_policy: u16,
  sprstat_abandoned_unsent: u64,
  sprstat_abandoned_sent: u64,
})
const resetStreams = tailed<o.sctp_reset_streams>(
  struct<Omit<o.sctp_reset_streams, 'srs_stream_list'>>({ srs_assoc_id: i32, srs_flags: u16, srs_number_streams: u16 }),
  'srs_stream_list',
  u16s,
  'srs_number_streams',
)
const addStreams = struct<o.sctp_add_streams>({ sas_assoc_id: i32, sas_instrms: u16, sas_outstrms: u16 })
const udpencaps = struct<o.sctp_udpencaps>({ sue_assoc_id: i32, sue_address: storage, sue_port: u16 })
const probeinterval = struct<o.sctp_probeinterval>({ spi_assoc_id: i32, spi_address: storage, spi_interval: u32 })
const integer = struct<o.sctp_int>({ value: i32 })

const LAYOUTS: { readonly [Name in SctpOption]: Struct<SctpOptions[Name]> } = {
  [c.SCTP_RTOINFO]: rtoinfo,
  [c.SCTP_ASSOCINFO]: assocparams,
  [c.SCTP_INITMSG]: initmsgLayout,
  [c.SCTP_NODELAY]: integer,
  [c.SCTP_AUTOCLOSE]: integer,
  [c.SCTP_SET_PEER_PRIMARY_ADDR]: setpeerprim,
  [c.SCTP_PRIMARY_ADDR]: prim,
  [c.SCTP_ADAPTATION_LAYER]: setadaptation,
  [c.SCTP_DISABLE_FRAGMENTS]: integer,
  [c.SCTP_PEER_ADDR_PARAMS]: paddrparams,
  [c.SCTP_DEFAULT_SEND_PARAM]: sndrcvinfoLayout,
  [c.SCTP_EVENTS]: eventSubscribe,
  [c.SCTP_I_WANT_MAPPED_V4_ADDR]: integer,
  [c.SCTP_MAXSEG]: assocValue,
  [c.SCTP_STATUS]: status,
  [c.SCTP_GET_PEER_ADDR_INFO]: paddrinfo,
  [c.SCTP_DELAYED_SACK]: sackInfo,
  [c.SCTP_CONTEXT]: assocValue,
  [c.SCTP_FRAGMENT_INTERLEAVE]: integer,
  [c.SCTP_PARTIAL_DELIVERY_POINT]: integer,
  [c.SCTP_MAX_BURST]: assocValue,
  [c.SCTP_AUTH_CHUNK]: authchunk,
  [c.SCTP_HMAC_IDENT]: hmacalgo,
  [c.SCTP_AUTH_KEY]: authkey,
  [c.SCTP_AUTH_ACTIVE_KEY]: authkeyid,
  [c.SCTP_AUTH_DELETE_KEY]: authkeyid,
  [c.SCTP_PEER_AUTH_CHUNKS]: authchunks,
  [c.SCTP_LOCAL_AUTH_CHUNKS]: authchunks,
  [c.SCTP_GET_ASSOC_NUMBER]: integer,
  [c.SCTP_GET_ASSOC_ID_LIST]: assocIds,
  [c.SCTP_AUTO_ASCONF]: integer,
  [c.SCTP_PEER_ADDR_THLDS]: paddrthlds,
  [c.SCTP_RECVRCVINFO]: integer,
  [c.SCTP_RECVNXTINFO]: integer,
  [c.SCTP_DEFAULT_SNDINFO]: sndinfoLayout,
  [c.SCTP_AUTH_DEACTIVATE_KEY]: authkeyid,
  [c.SCTP_REUSE_PORT]: integer,
  [c.SCTP_PEER_ADDR_THLDS_V2]: paddrthldsV2,
  [c.SCTP_GET_ASSOC_STATS]: assocStats,
  [c.SCTP_PR_SUPPORTED]: assocValue,
  [c.SCTP_DEFAULT_PRINFO]: defaultPrinfo,
  [c.SCTP_PR_ASSOC_STATUS]: prstatus,
  [c.SCTP_PR_STREAM_STATUS]: prstatus,
  [c.SCTP_RECONFIG_SUPPORTED]: assocValue,
  [c.SCTP_ENABLE_STREAM_RESET]: assocValue,
  [c.SCTP_RESET_STREAMS]: resetStreams,
  [c.SCTP_RESET_ASSOC]: integer,
  [c.SCTP_ADD_STREAMS]: addStreams,
  [c.SCTP_STREAM_SCHEDULER]: assocValue,
  [c.SCTP_STREAM_SCHEDULER_VALUE]: streamValue,
  [c.SCTP_INTERLEAVING_SUPPORTED]: assocValue,
  [c.SCTP_EVENT]: event,
  [c.SCTP_ASCONF_SUPPORTED]: assocValue,
  [c.SCTP_AUTH_SUPPORTED]: assocValue,
  [c.SCTP_ECN_SUPPORTED]: assocValue,
  [c.SCTP_EXPOSE_POTENTIALLY_FAILED_STATE]: assocValue,
  [c.SCTP_REMOTE_UDP_ENCAPS_PORT]: udpencaps,
  [c.SCTP_PLPMTUD_PROBE_INTERVAL]: probeinterval,
}
