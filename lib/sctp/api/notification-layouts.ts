import * as c from './constants.ts'
import { bytes, i32, type Layout, type Struct, struct, tailed, u16, u16s, u32 } from './layout.ts'
import { sndinfoLayout, sndrcvinfoLayout } from './message-layouts.ts'
import type * as n from './notifications.ts'
import type { SctpNotifications, sctp_notification } from './notifications.ts'
import { storage } from './sockaddr-layout.ts'

/** A `union sctp_notification` out of its bytes: what C does with a cast. Null when it is none, unknown or cut. */
export function parseNotification(packed: Uint8Array): sctp_notification | null {
  const sn_header = headerLayout.unpack(packed)
  if (sn_header === null || !isType(sn_header.sn_type) || sn_header.sn_length > packed.length) return null
  const { member, layout } = NOTIFICATION_KINDS[sn_header.sn_type]
  const value = layout.unpack(packed.subarray(0, sn_header.sn_length))
  // A row of NOTIFICATION_KINDS is a member of the union.
  return value && ({ sn_type: sn_header.sn_type, sn_header, [member]: value } as sctp_notification)
}

/** The bytes of a notification; its fields for type and length are derived, others that are left out are 0. */
export function packNotification<Type extends keyof SctpNotifications>(
  type: Type,
  fields: Readonly<Partial<SctpNotifications[Type]>>,
): Uint8Array {
  const layout: Struct<SctpNotifications[Type]> = NOTIFICATION_KINDS[type].layout
  const packed = layout.pack(fields)
  const { sn_flags } = headerLayout.unpack(packed) ?? { sn_flags: 0 }
  packed.set(headerLayout.pack({ sn_type: type, sn_flags, sn_length: packed.length }))
  return packed
}

const headerLayout = struct<n.sctp_notification_header>({ sn_type: u16, sn_flags: u16, sn_length: u32 })

/** The member of the union, and its layout, for each type. */
export const NOTIFICATION_KINDS: { readonly [Type in keyof SctpNotifications]: Kind<SctpNotifications[Type]> } = {
  [c.SCTP_ASSOC_CHANGE]: {
    member: 'sn_assoc_change',
    layout: tailed<n.sctp_assoc_change>(
      struct<Omit<n.sctp_assoc_change, 'sac_info'>>({
        sac_type: typed(c.SCTP_ASSOC_CHANGE),
        sac_flags: u16,
        sac_length: u32,
        sac_state: u16,
        sac_error: u16,
        sac_outbound_streams: u16,
        sac_inbound_streams: u16,
        sac_assoc_id: i32,
      }),
      'sac_info',
      bytes,
    ),
  },
  [c.SCTP_PEER_ADDR_CHANGE]: {
    member: 'sn_paddr_change',
    layout: struct<n.sctp_paddr_change>(
      {
        spc_type: typed(c.SCTP_PEER_ADDR_CHANGE),
        spc_flags: u16,
        spc_length: u32,
        spc_aaddr: storage,
        spc_state: i32,
        spc_error: i32,
        spc_assoc_id: i32,
      },
      true,
    ),
  },
  [c.SCTP_REMOTE_ERROR]: {
    member: 'sn_remote_error',
    layout: tailed<n.sctp_remote_error>(
      struct<Omit<n.sctp_remote_error, 'sre_data'>>({
        sre_type: typed(c.SCTP_REMOTE_ERROR),
        sre_flags: u16,
        sre_length: u32,
        sre_error: u16,
        sre_assoc_id: i32,
      }),
      'sre_data',
      bytes,
    ),
  },
  [c.SCTP_SEND_FAILED]: {
    member: 'sn_send_failed',
    layout: tailed<n.sctp_send_failed>(
      struct<Omit<n.sctp_send_failed, 'ssf_data'>>({
        ssf_type: typed(c.SCTP_SEND_FAILED),
        ssf_flags: u16,
        ssf_length: u32,
        ssf_error: u32,
        ssf_info: sndrcvinfoLayout,
        ssf_assoc_id: i32,
      }),
      'ssf_data',
      bytes,
    ),
  },
  [c.SCTP_SEND_FAILED_EVENT]: {
    member: 'sn_send_failed_event',
    layout: tailed<n.sctp_send_failed_event>(
      struct<Omit<n.sctp_send_failed_event, 'ssf_data'>>({
        ssf_type: typed(c.SCTP_SEND_FAILED_EVENT),
        ssf_flags: u16,
        ssf_length: u32,
        ssf_error: u32,
        ssfe_info: sndinfoLayout,
        ssf_assoc_id: i32,
      }),
      'ssf_data',
      bytes,
    ),
  },
  [c.SCTP_SHUTDOWN_EVENT]: {
    member: 'sn_shutdown_event',
    layout: struct<n.sctp_shutdown_event>({
      sse_type: typed(c.SCTP_SHUTDOWN_EVENT),
      sse_flags: u16,
      sse_length: u32,
      sse_assoc_id: i32,
    }),
  },
  [c.SCTP_ADAPTATION_INDICATION]: {
    member: 'sn_adaptation_event',
    layout: struct<n.sctp_adaptation_event>({
      sai_type: typed(c.SCTP_ADAPTATION_INDICATION),
      sai_flags: u16,
      sai_length: u32,
      sai_adaptation_ind: u32,
      sai_assoc_id: i32,
    }),
  },
  [c.SCTP_PARTIAL_DELIVERY_EVENT]: {
    member: 'sn_pdapi_event',
    layout: struct<n.sctp_pdapi_event>({
      pdapi_type: typed(c.SCTP_PARTIAL_DELIVERY_EVENT),
      pdapi_flags: u16,
      pdapi_length: u32,
      pdapi_indication: u32,
      pdapi_assoc_id: i32,
      pdapi_stream: u32,
      pdapi_seq: u32,
    }),
  },
  [c.SCTP_AUTHENTICATION_EVENT]: {
    member: 'sn_authkey_event',
    layout: struct<n.sctp_authkey_event>({
      auth_type: typed(c.SCTP_AUTHENTICATION_EVENT),
      auth_flags: u16,
      auth_length: u32,
      auth_keynumber: u16,
      auth_altkeynumber: u16,
      auth_indication: u32,
      auth_assoc_id: i32,
    }),
  },
  [c.SCTP_SENDER_DRY_EVENT]: {
    member: 'sn_sender_dry_event',
    layout: struct<n.sctp_sender_dry_event>({
      sender_dry_type: typed(c.SCTP_SENDER_DRY_EVENT),
      sender_dry_flags: u16,
      sender_dry_length: u32,
      sender_dry_assoc_id: i32,
    }),
  },
  [c.SCTP_STREAM_RESET_EVENT]: {
    member: 'sn_strreset_event',
    layout: tailed<n.sctp_stream_reset_event>(
      struct<Omit<n.sctp_stream_reset_event, 'strreset_stream_list'>>({
        strreset_type: typed(c.SCTP_STREAM_RESET_EVENT),
        strreset_flags: u16,
        strreset_length: u32,
        strreset_assoc_id: i32,
      }),
      'strreset_stream_list',
      u16s,
    ),
  },
  [c.SCTP_ASSOC_RESET_EVENT]: {
    member: 'sn_assocreset_event',
    layout: struct<n.sctp_assoc_reset_event>({
      assocreset_type: typed(c.SCTP_ASSOC_RESET_EVENT),
      assocreset_flags: u16,
      assocreset_length: u32,
      assocreset_assoc_id: i32,
      assocreset_local_tsn: u32,
      assocreset_remote_tsn: u32,
    }),
  },
  [c.SCTP_STREAM_CHANGE_EVENT]: {
    member: 'sn_strchange_event',
    layout: struct<n.sctp_stream_change_event>({
      strchange_type: typed(c.SCTP_STREAM_CHANGE_EVENT),
      strchange_flags: u16,
      strchange_length: u32,
      strchange_assoc_id: i32,
      strchange_instrms: u16,
      strchange_outstrms: u16,
    }),
  },
}

interface Kind<Fields> {
  readonly member: string
  readonly layout: Struct<Fields>
}

function isType(type: number): type is keyof SctpNotifications {
  return type in NOTIFICATION_KINDS
}

/** The type field of a struct, which can have one value only. */
function typed<Type extends number>(type: Type): Layout<Type> {
  return { ...u16, read: () => type }
}
