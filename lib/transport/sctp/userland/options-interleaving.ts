import { EINVAL, EPERM } from '../../../base/errno.ts'
import * as c from '../../../sctp/api/index.ts'
import type { Schedule, Scheduler } from '../../../sctp/send/outgoing-queue.ts'
import { type Handlers, isLink, settingsOf, supportOption, target, targets } from './option.ts'

const SCHEDULERS: ReadonlyMap<number, Scheduler> = new Map([
  [c.SCTP_SS_FCFS, 'first come'],
  [c.SCTP_SS_PRIO, 'priority'],
  [c.SCTP_SS_RR, 'round robin'],
])

const interleaving = supportOption('interleaving')

/** Options of RFC 8260, and of how much a reader takes in parts. */
export const INTERLEAVING_OPTIONS: Handlers = {
  [c.SCTP_INTERLEAVING_SUPPORTED]: {
    // Who cannot take parts of several messages in turn may not ask for them.
    set: (socket, value) => (socket.fragmentInterleave === 0 ? -EPERM : (interleaving.set?.(socket, value) ?? -EINVAL)),
    get: (socket, request) => interleaving.get?.(socket, request) ?? -EINVAL,
  },
  [c.SCTP_FRAGMENT_INTERLEAVE]: {
    set(socket, { value = 0 }) {
      // Linux knows two levels; the second one lets parts of messages of one association alternate too.
      socket.fragmentInterleave = value === 0 ? 0 : 1
      if (value === 0) socket.settings.interleaving = false
      return 0
    },
    get: socket => ({ value: socket.fragmentInterleave }),
  },
  [c.SCTP_STREAM_SCHEDULER]: {
    set(socket, { assoc_id, assoc_value = 0 }) {
      const whom = targets(socket, assoc_id)
      const scheduler = SCHEDULERS.get(assoc_value)
      if (whom === null || scheduler === undefined) return -EINVAL
      for (const one of whom) change(one, { ...settingsOf(one).schedule, scheduler })
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      if (whom === null) return -EINVAL
      const { scheduler } = settingsOf(whom).schedule
      const [value = c.SCTP_SS_FCFS] = [...SCHEDULERS].find(([, name]) => name === scheduler) ?? []
      return { assoc_id, assoc_value: value }
    },
  },
  [c.SCTP_STREAM_SCHEDULER_VALUE]: {
    set(socket, { assoc_id, stream_id = 0, stream_value = 0 }) {
      const whom = targets(socket, assoc_id)
      if (whom === null || whom.some(one => isLink(one) && stream_id >= one.association.outbound)) return -EINVAL
      for (const one of whom) {
        const { scheduler, priorities } = settingsOf(one).schedule
        change(one, { scheduler, priorities: new Map([...priorities, [stream_id, stream_value]]) })
      }
      return 0
    },
    get(socket, { assoc_id = 0, stream_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      if (whom === null) return -EINVAL
      return { assoc_id, stream_id, stream_value: settingsOf(whom).schedule.priorities.get(stream_id) ?? 0 }
    },
  },
}

function change(one: Parameters<typeof isLink>[0], schedule: Schedule): void {
  settingsOf(one).schedule = schedule
  if (isLink(one)) one.association.sender?.reschedule(schedule)
}
