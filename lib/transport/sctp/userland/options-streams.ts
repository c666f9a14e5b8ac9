import { EAGAIN, EINPROGRESS, EINVAL, ENOPROTOOPT, ENOTCONN } from '../../../base/errno.ts'
import * as c from '../../../sctp/api/index.ts'
import { Grant, type Reconfiguration, type Refusal } from '../../../sctp/reconfiguration.ts'
import { type Handlers, isLink, target, targets } from './option.ts'
import type { UserlandSocket } from './socket.ts'

/** Linux's results for what cannot be asked for now. */
const REFUSALS: Readonly<Record<Refusal, number>> = { busy: EAGAIN, pending: EINPROGRESS, 'too many': EINVAL }

/** Options of RFC 6525. */
export const STREAM_OPTIONS: Handlers = {
  [c.SCTP_ENABLE_STREAM_RESET]: {
    set(socket, { assoc_id, assoc_value = 0 }) {
      const whom = targets(socket, assoc_id)
      if (whom === null || (assoc_value & ~c.SCTP_ENABLE_STRRESET_MASK) !== 0) return -EINVAL
      for (const one of whom) (isLink(one) ? one.association.settings : one.settings).granted = assoc_value
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      if (whom === null) return -EINVAL
      return { assoc_id, assoc_value: (isLink(whom) ? whom.association.settings : whom.settings).granted }
    },
  },
  [c.SCTP_RESET_STREAMS]: {
    set(socket, { srs_assoc_id, srs_flags = 0, srs_stream_list = [] }) {
      const outgoing = (srs_flags & c.SCTP_STREAM_RESET_OUTGOING) !== 0
      const incoming = (srs_flags & c.SCTP_STREAM_RESET_INCOMING) !== 0
      if (!outgoing && !incoming) return -EINVAL
      return ask(socket, srs_assoc_id, Grant.resetStreams, it => it.resetStreams(srs_stream_list, outgoing, incoming))
    },
  },
  [c.SCTP_RESET_ASSOC]: {
    set: (socket, { value = 0 }) => ask(socket, value, Grant.resetAssociation, it => it.resetAssociation()),
  },
  [c.SCTP_ADD_STREAMS]: {
    set(socket, { sas_assoc_id, sas_instrms = 0, sas_outstrms = 0 }) {
      if (sas_instrms === 0 && sas_outstrms === 0) return -EINVAL
      return ask(socket, sas_assoc_id, Grant.addStreams, it => it.addStreams(sas_outstrms, sas_instrms))
    },
  },
}

/** Who does not grant something may not ask for it either, as on Linux. */
function ask(
  socket: UserlandSocket,
  id: number | undefined,
  grant: number,
  request: (reconfiguration: Reconfiguration) => Refusal | null,
): number {
  const whom = target(socket, id)
  if (whom === null || !isLink(whom)) return -EINVAL
  const { association } = whom
  const { reconfiguration } = association
  if (association.state !== 'established' || reconfiguration === null) return -ENOTCONN
  const speaks = association.negotiated?.reconfiguration === true
  if (!speaks || (association.settings.granted & grant) === 0) return -ENOPROTOOPT
  const refusal = request(reconfiguration)
  if (refusal !== null) return -REFUSALS[refusal]
  association.flush()
  socket.host.stack.touched()
  return 0
}
