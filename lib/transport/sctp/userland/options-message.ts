import { EINVAL } from '../../../base/errno.ts'
import * as c from '../../../sctp/api/index.ts'
import type { Link } from './link.ts'
import { type Handlers, isLink, type Option, target, targets } from './option.ts'
import type { UserlandSocket } from './socket.ts'

/** The order of the fields of `sctp_event_subscribe`, with the type that each stands for. */
const EVENT_FIELDS = [
  ['sctp_data_io_event', c.SCTP_DATA_IO_EVENT],
  ['sctp_association_event', c.SCTP_ASSOC_CHANGE],
  ['sctp_address_event', c.SCTP_PEER_ADDR_CHANGE],
  ['sctp_send_failure_event', c.SCTP_SEND_FAILED],
  ['sctp_peer_error_event', c.SCTP_REMOTE_ERROR],
  ['sctp_shutdown_event', c.SCTP_SHUTDOWN_EVENT],
  ['sctp_partial_delivery_event', c.SCTP_PARTIAL_DELIVERY_EVENT],
  ['sctp_adaptation_layer_event', c.SCTP_ADAPTATION_INDICATION],
  ['sctp_authentication_event', c.SCTP_AUTHENTICATION_EVENT],
  ['sctp_sender_dry_event', c.SCTP_SENDER_DRY_EVENT],
  ['sctp_stream_reset_event', c.SCTP_STREAM_RESET_EVENT],
  ['sctp_assoc_reset_event', c.SCTP_ASSOC_RESET_EVENT],
  ['sctp_stream_change_event', c.SCTP_STREAM_CHANGE_EVENT],
  ['sctp_send_failure_event_event', c.SCTP_SEND_FAILED_EVENT],
] as const

const POLICIES: readonly number[] = [c.SCTP_PR_SCTP_NONE, c.SCTP_PR_SCTP_TTL, c.SCTP_PR_SCTP_RTX, c.SCTP_PR_SCTP_PRIO]

/** Options about messages: what comes with them, how they are sent, notifications. */
export const MESSAGE_OPTIONS: Handlers = {
  [c.SCTP_EVENTS]: {
    set(socket, value) {
      for (const one of [socket, ...socket.links]) {
        for (const [field, type] of EVENT_FIELDS) {
          subscribe(socket, one, type, (value[field] ?? 0) !== 0)
        }
      }
      return 0
    },
    get(socket) {
      const { subscriptions } = defaultsOf(socket.link ?? socket)
      return {
        ...NO_EVENTS,
        ...Object.fromEntries(EVENT_FIELDS.map(([field, type]) => [field, subscriptions.has(type) ? 1 : 0])),
      }
    },
  },
  [c.SCTP_EVENT]: {
    set(socket, { se_assoc_id, se_type = 0, se_on = 0 }) {
      const whom = targets(socket, se_assoc_id)
      if (whom === null || !EVENT_FIELDS.some(([, type]) => type === se_type)) return -EINVAL
      for (const one of whom) subscribe(socket, one, se_type, se_on !== 0)
      return 0
    },
    get(socket, { se_assoc_id = 0, se_type = 0 } = {}) {
      const whom = target(socket, se_assoc_id)
      if (whom === null || !EVENT_FIELDS.some(([, type]) => type === se_type)) return -EINVAL
      return { se_assoc_id, se_type, se_on: defaultsOf(whom).subscriptions.has(se_type) ? 1 : 0 }
    },
  },
  [c.SCTP_RECVRCVINFO]: flag(
    socket => socket.rcvinfo,
    (socket, on) => {
      socket.rcvinfo = on
    },
  ),
  [c.SCTP_RECVNXTINFO]: flag(
    socket => socket.nxtinfo,
    (socket, on) => {
      socket.nxtinfo = on
    },
  ),
  [c.SCTP_DEFAULT_SNDINFO]: {
    set(socket, value) {
      const whom = targets(socket, value.snd_assoc_id)
      if (whom === null) return -EINVAL
      const { snd_sid = 0, snd_flags = 0, snd_ppid = 0, snd_context = 0, snd_assoc_id = 0 } = value
      for (const one of whom) defaultsOf(one).sndinfo = { snd_sid, snd_flags, snd_ppid, snd_context, snd_assoc_id }
      return 0
    },
    get(socket, { snd_assoc_id } = {}) {
      const whom = target(socket, snd_assoc_id)
      return whom === null ? -EINVAL : { ...defaultsOf(whom).sndinfo }
    },
  },
  [c.SCTP_DEFAULT_SEND_PARAM]: {
    set(socket, value) {
      const whom = targets(socket, value.sinfo_assoc_id)
      if (whom === null) return -EINVAL
      for (const one of whom) {
        const defaults = defaultsOf(one)
        defaults.sndinfo = {
          snd_sid: value.sinfo_stream ?? 0,
          snd_flags: value.sinfo_flags ?? 0,
          snd_ppid: value.sinfo_ppid ?? 0,
          snd_context: value.sinfo_context ?? 0,
          snd_assoc_id: value.sinfo_assoc_id ?? 0,
        }
        const lifetime = value.sinfo_timetolive ?? 0
        defaults.prinfo = { pr_policy: lifetime > 0 ? c.SCTP_PR_SCTP_TTL : c.SCTP_PR_SCTP_NONE, pr_value: lifetime }
      }
      return 0
    },
    get(socket, { sinfo_assoc_id } = {}) {
      const whom = target(socket, sinfo_assoc_id)
      if (whom === null) return -EINVAL
      const { sndinfo, prinfo } = defaultsOf(whom)
      return {
        sinfo_stream: sndinfo.snd_sid,
        sinfo_ssn: 0,
        sinfo_flags: sndinfo.snd_flags,
        sinfo_ppid: sndinfo.snd_ppid,
        sinfo_context: sndinfo.snd_context,
        sinfo_timetolive: prinfo.pr_policy === c.SCTP_PR_SCTP_TTL ? prinfo.pr_value : 0,
        sinfo_tsn: 0,
        sinfo_cumtsn: 0,
        sinfo_assoc_id: sndinfo.snd_assoc_id,
      }
    },
  },
  [c.SCTP_DEFAULT_PRINFO]: {
    set(socket, { pr_assoc_id, pr_policy = 0, pr_value = 0 }) {
      const whom = targets(socket, pr_assoc_id)
      if (whom === null || !POLICIES.includes(pr_policy)) return -EINVAL
      for (const one of whom) {
        defaultsOf(one).prinfo = { pr_policy, pr_value: pr_policy === c.SCTP_PR_SCTP_NONE ? 0 : pr_value }
      }
      return 0
    },
    get(socket, { pr_assoc_id = 0 } = {}) {
      const whom = target(socket, pr_assoc_id)
      return whom === null ? -EINVAL : { pr_assoc_id, ...defaultsOf(whom).prinfo }
    },
  },
  [c.SCTP_CONTEXT]: {
    set(socket, { assoc_id, assoc_value = 0 }) {
      const whom = targets(socket, assoc_id)
      if (whom === null) return -EINVAL
      for (const one of whom) defaultsOf(one).context = assoc_value
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      return whom === null ? -EINVAL : { assoc_id, assoc_value: defaultsOf(whom).context }
    },
  },
  [c.SCTP_PARTIAL_DELIVERY_POINT]: {
    set(socket, { value = 0 }) {
      if (value > socket.settings.receiveWindow) return -EINVAL
      socket.settings.partialDeliveryPoint = value
      for (const { association } of socket.links) {
        if (association.receiver !== null) association.receiver.partialDeliveryPoint = value
      }
      return 0
    },
    get: socket => ({ value: socket.settings.partialDeliveryPoint }),
  },
}

/** An on/off option of the socket. */
export function flag(
  get: (socket: UserlandSocket) => boolean,
  set: (socket: UserlandSocket, on: boolean) => void,
): Option<c.sctp_int> {
  return {
    set(socket, { value = 0 }) {
      set(socket, value !== 0)
      return 0
    },
    get: socket => ({ value: get(socket) ? 1 : 0 }),
  }
}

function defaultsOf(one: Link | UserlandSocket) {
  return isLink(one) ? one : one.defaults
}

function subscribe(socket: UserlandSocket, one: Link | UserlandSocket, type: number, on: boolean): void {
  const { subscriptions } = defaultsOf(one)
  if (!on) {
    subscriptions.delete(type)
    return
  }
  subscriptions.add(type)
  if (type === c.SCTP_SENDER_DRY_EVENT && isLink(one)) socket.tellIfDry(one)
}

const NO_EVENTS: c.sctp_event_subscribe = {
  sctp_data_io_event: 0,
  sctp_association_event: 0,
  sctp_address_event: 0,
  sctp_send_failure_event: 0,
  sctp_peer_error_event: 0,
  sctp_shutdown_event: 0,
  sctp_partial_delivery_event: 0,
  sctp_adaptation_layer_event: 0,
  sctp_authentication_event: 0,
  sctp_sender_dry_event: 0,
  sctp_stream_reset_event: 0,
  sctp_assoc_reset_event: 0,
  sctp_stream_change_event: 0,
  sctp_send_failure_event_event: 0,
}
