import { EINVAL, EOPNOTSUPP } from '../../../base/errno.ts'
import { AF_INET6 } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import type { AssociationState } from '../../../sctp/surroundings.ts'
import { type Handlers, isLink, type Option, settingsOf, supportOption, target, targets } from './option.ts'
import { flag } from './options-message.ts'
import { pathInfo } from './options-path.ts'

const STATES: Readonly<Record<AssociationState, number>> = {
  closed: c.SCTP_CLOSED,
  'cookie wait': c.SCTP_COOKIE_WAIT,
  'cookie echoed': c.SCTP_COOKIE_ECHOED,
  established: c.SCTP_ESTABLISHED,
  'shutdown pending': c.SCTP_SHUTDOWN_PENDING,
  'shutdown sent': c.SCTP_SHUTDOWN_SENT,
  'shutdown received': c.SCTP_SHUTDOWN_RECEIVED,
  'shutdown ack sent': c.SCTP_SHUTDOWN_ACK_SENT,
}

/** Options about associations: their set-up, their limits, and what is known of them. */
export const ASSOCIATION_OPTIONS: Handlers = {
  [c.SCTP_NODELAY]: flag(
    socket => settingsOf(socket.link ?? socket).noDelay,
    (socket, on) => {
      for (const one of [socket, ...socket.links]) settingsOf(one).noDelay = on
      for (const { association } of socket.links) association.flush()
      socket.host.stack.touched()
    },
  ),
  [c.SCTP_DISABLE_FRAGMENTS]: flag(
    socket => socket.settings.noFragments,
    (socket, on) => {
      socket.settings.noFragments = on
    },
  ),
  [c.SCTP_I_WANT_MAPPED_V4_ADDR]: flag(
    socket => socket.wantsMapped,
    (socket, on) => {
      socket.wantsMapped = on
      for (const one of [socket.defaults, ...socket.links]) one.mapped = on && socket.domain === AF_INET6
    },
  ),
  [c.SCTP_AUTOCLOSE]: {
    set(socket, { value = 0 }) {
      if (socket.oneToOne) return -EOPNOTSUPP
      // Seconds, as a number without sign; for the associations to come.
      socket.settings.autoClose = (value >>> 0) * 1000
      return 0
    },
    get: socket => (socket.oneToOne ? -EOPNOTSUPP : { value: socket.settings.autoClose / 1000 }),
  },
  [c.SCTP_INITMSG]: {
    set({ settings }, value) {
      const { sinit_num_ostreams, sinit_max_instreams, sinit_max_attempts, sinit_max_init_timeo } = value
      if (sinit_num_ostreams) settings.outbound = sinit_num_ostreams
      if (sinit_max_instreams) settings.inbound = sinit_max_instreams
      if (sinit_max_attempts) settings.initAttempts = sinit_max_attempts
      if (sinit_max_init_timeo) settings.initTimeout = sinit_max_init_timeo
      return 0
    },
    get: ({ settings }) => ({
      sinit_num_ostreams: settings.outbound,
      sinit_max_instreams: settings.inbound,
      sinit_max_attempts: settings.initAttempts,
      sinit_max_init_timeo: settings.initTimeout || settings.rtoMax,
    }),
  },
  [c.SCTP_RTOINFO]: {
    set(socket, { srto_assoc_id, srto_initial = 0, srto_min = 0, srto_max = 0 }) {
      const whom = targets(socket, srto_assoc_id)
      if (whom === null) return -EINVAL
      for (const one of whom) {
        const settings = settingsOf(one)
        const min = srto_min || settings.rtoMin
        const max = srto_max || settings.rtoMax
        if (min > max) return -EINVAL
        settings.rtoMin = min
        settings.rtoMax = max
        if (srto_initial) settings.rtoInitial = Math.min(max, Math.max(min, srto_initial))
        for (const path of isLink(one) ? one.association.paths : []) {
          path.settings.rtoMin = min
          path.settings.rtoMax = max
          path.rto = Math.min(max, Math.max(min, path.srtt === null ? settings.rtoInitial : path.rto))
        }
      }
      return 0
    },
    get(socket, { srto_assoc_id = 0 } = {}) {
      const whom = target(socket, srto_assoc_id)
      if (whom === null) return -EINVAL
      const { rtoInitial, rtoMin, rtoMax } = settingsOf(whom)
      return { srto_assoc_id, srto_initial: rtoInitial, srto_max: rtoMax, srto_min: rtoMin }
    },
  },
  [c.SCTP_ASSOCINFO]: {
    set(socket, { sasoc_assoc_id, sasoc_asocmaxrxt = 0, sasoc_cookie_life = 0 }) {
      const whom = targets(socket, sasoc_assoc_id)
      if (whom === null) return -EINVAL
      for (const one of whom) {
        const settings = settingsOf(one)
        if (sasoc_asocmaxrxt) settings.associationRetransmissions = sasoc_asocmaxrxt
        if (sasoc_cookie_life) settings.cookieLife = sasoc_cookie_life
      }
      return 0
    },
    get(socket, { sasoc_assoc_id = 0 } = {}) {
      const whom = target(socket, sasoc_assoc_id)
      if (whom === null) return -EINVAL
      const association = isLink(whom) ? whom.association : null
      const settings = settingsOf(whom)
      return {
        sasoc_assoc_id,
        sasoc_asocmaxrxt: settings.associationRetransmissions,
        sasoc_number_peer_destinations: association?.paths.length ?? 0,
        sasoc_peer_rwnd: association?.sender?.window ?? 0,
        sasoc_local_rwnd: association?.receiver?.window ?? 0,
        sasoc_cookie_life: settings.cookieLife,
      }
    },
  },
  [c.SCTP_STATUS]: {
    get(socket, { sstat_assoc_id = 0 } = {}) {
      const whom = target(socket, sstat_assoc_id)
      if (whom === null || !isLink(whom)) return -EINVAL
      const { association } = whom
      return {
        sstat_assoc_id: whom.id,
        sstat_state: STATES[association.state],
        sstat_rwnd: association.sender?.window ?? 0,
        sstat_unackdata: association.sender?.outstanding ?? 0,
        sstat_penddata: association.receiver?.missing ?? 0,
        sstat_instrms: association.inbound,
        sstat_outstrms: association.outbound,
        sstat_fragmentation_point: association.fragment,
        sstat_primary: pathInfo(whom, association.primary),
      }
    },
  },
  [c.SCTP_DELAYED_SACK]: {
    set(socket, { sack_assoc_id, sack_delay = 0, sack_freq = 0 }) {
      const whom = targets(socket, sack_assoc_id)
      // RFC 9260 section 6.2: never later than half a second.
      if (whom === null || sack_delay > 500) return -EINVAL
      for (const one of whom) {
        const settings = settingsOf(one)
        if (sack_delay > 0) settings.sackDelay = sack_delay
        if (sack_freq > 0) settings.sackFrequency = sack_freq
        const receiver = isLink(one) ? one.association.receiver : null
        if (receiver !== null) {
          receiver.sackDelay = settings.sackDelay
          receiver.sackFrequency = settings.sackFrequency
        }
      }
      return 0
    },
    get(socket, { sack_assoc_id = 0 } = {}) {
      const whom = target(socket, sack_assoc_id)
      if (whom === null) return -EINVAL
      const { sackDelay, sackFrequency } = settingsOf(whom)
      return { sack_assoc_id, sack_delay: sackDelay, sack_freq: sackFrequency }
    },
  },
  [c.SCTP_MAXSEG]: number('maxSegment', 0, 65535),
  [c.SCTP_MAX_BURST]: number('maxBurst', 0, 65535),
  [c.SCTP_PR_SUPPORTED]: supportOption('partialReliability'),
  [c.SCTP_RECONFIG_SUPPORTED]: supportOption('reconfiguration'),
  [c.SCTP_ADAPTATION_LAYER]: {
    set({ settings }, { ssb_adaptation_ind = 0 }) {
      settings.adaptation = ssb_adaptation_ind
      return 0
    },
    get: ({ settings }) => ({ ssb_adaptation_ind: settings.adaptation ?? 0 }),
  },
  [c.SCTP_GET_ASSOC_NUMBER]: {
    get: socket => (socket.oneToOne ? -EOPNOTSUPP : { value: socket.links.length }),
  },
  [c.SCTP_GET_ASSOC_ID_LIST]: {
    get(socket) {
      if (socket.oneToOne) return -EOPNOTSUPP
      const ids = socket.links.map(({ id }) => id)
      return { gaids_number_of_ids: ids.length, gaids_assoc_id: ids }
    },
  },
}

/** An option that is one number of the settings. */
function number(name: 'maxSegment' | 'maxBurst', least: number, most: number): Option<c.sctp_assoc_value> {
  return {
    set(socket, { assoc_id, assoc_value = 0 }) {
      const whom = targets(socket, assoc_id)
      if (whom === null || assoc_value < least || assoc_value > most) return -EINVAL
      for (const one of whom) settingsOf(one)[name] = assoc_value
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      return whom === null ? -EINVAL : { assoc_id, assoc_value: settingsOf(whom)[name] }
    },
  }
}
