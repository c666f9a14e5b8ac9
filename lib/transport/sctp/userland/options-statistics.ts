import { EINVAL } from '../../../base/errno.ts'
import * as c from '../../../sctp/api/index.ts'
import { type Handlers, isLink, target } from './option.ts'
import type { UserlandSocket } from './socket.ts'

/** What has been counted: messages that were given up (RFC 7496), and what came and went. */
export const STATISTICS_OPTIONS: Handlers = {
  [c.SCTP_PR_ASSOC_STATUS]: { get: (socket, request) => abandonedOf(socket, request, () => null) },
  [c.SCTP_PR_STREAM_STATUS]: { get: (socket, request) => abandonedOf(socket, request, stream => stream) },
  [c.SCTP_GET_ASSOC_STATS]: {
    get(socket, { sas_assoc_id = 0 } = {}) {
      const whom = target(socket, sas_assoc_id)
      if (whom === null || !isLink(whom)) return -EINVAL
      const { statistics, paths, primary } = whom.association
      const slowest = paths.reduce((one, other) => (other.longestRto > one.longestRto ? other : one), primary)
      const longest = slowest.longestRto
      // Another time of observation begins, as on Linux.
      for (const path of paths) path.longestRto = path.settings.rtoMin
      return {
        sas_assoc_id,
        sas_obs_rto_ipaddr: whom.peer(slowest.address) ?? {},
        sas_maxrto: Math.round(longest),
        sas_isacks: statistics.sacksIn,
        sas_osacks: statistics.sacksOut,
        sas_opackets: statistics.packetsOut,
        sas_ipackets: statistics.packetsIn,
        sas_rtxchunks: statistics.retransmissions,
        sas_outofseqtsns: statistics.outOfSequence,
        sas_idupchunks: statistics.duplicates,
        sas_gapcnt: statistics.gaps,
        sas_ouodchunks: statistics.unorderedOut,
        sas_iuodchunks: statistics.unorderedIn,
        sas_oodchunks: statistics.orderedOut,
        sas_iodchunks: statistics.orderedIn,
        sas_octrlchunks: statistics.controlOut,
        sas_ictrlchunks: statistics.controlIn,
      }
    },
  },
}

function abandonedOf(
  socket: UserlandSocket,
  { sprstat_assoc_id = 0, sprstat_policy = 0, sprstat_sid = 0 }: Readonly<Partial<c.sctp_prstatus>> = {},
  streamOf: (stream: number) => number | null,
): c.sctp_prstatus | number {
  const whom = target(socket, sprstat_assoc_id)
  if (whom === null || !isLink(whom)) return -EINVAL
  const all = (sprstat_policy & c.SCTP_PR_SCTP_ALL) !== 0
  if (!all && !PR_POLICIES.includes(sprstat_policy)) return -EINVAL
  const stream = streamOf(sprstat_sid)
  if (stream !== null && stream >= whom.association.outbound) return -EINVAL
  const { unsent, sent } = whom.abandoned.total(all ? null : sprstat_policy, stream)
  return {
    sprstat_assoc_id,
    sprstat_sid,
    sprstat_policy,
    sprstat_abandoned_unsent: unsent,
    sprstat_abandoned_sent: sent,
  }
}

const PR_POLICIES: readonly number[] = [c.SCTP_PR_SCTP_TTL, c.SCTP_PR_SCTP_RTX, c.SCTP_PR_SCTP_PRIO]
