import { EACCES, EADDRNOTAVAIL, EINVAL, EPERM } from '../../../base/errno.ts'
import { formatIp } from '../../../base/ip.ts'
import { ipOf } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import { type Handlers, isLink, settingsOf, supportOption, target, targets } from './option.ts'
import { hasAddress, pathOf } from './options-path.ts'
import type { UserlandSocket } from './socket.ts'

/** Shortest interval between searches for the path MTU, in milliseconds (SCTP_PROBE_TIMER_MIN of Linux). */
const SHORTEST_INTERVAL = 5000
/** Values of SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: 2 tells the program, 0 and 1 do not. */
const EXPOSE = 2

/** Options about addresses that come, go and fail (RFC 5061, RFC 7829), and about what a path takes (RFC 8899). */
export const FAILOVER_OPTIONS: Handlers = {
  [c.SCTP_ASCONF_SUPPORTED]: supportOption('addressChanges'),
  [c.SCTP_SET_PEER_PRIMARY_ADDR]: {
    set(socket, { sspp_assoc_id, sspp_addr = {} }) {
      const whom = target(socket, sspp_assoc_id)
      const ip = ipOf(sspp_addr)
      if (whom === null || !isLink(whom) || ip === null) return -EINVAL
      if (whom.association.negotiated?.addressChanges !== true) return -EPERM
      const address = formatIp(ip.bytes)
      if (!socket.addresses.includes(address)) return -EADDRNOTAVAIL
      const asked = whom.association.announce({ kind: 'set primary', address })
      socket.host.stack.touched()
      return asked ? 0 : -EACCES
    },
  },
  [c.SCTP_PEER_ADDR_THLDS]: {
    set: (socket, value) => setThresholds(socket, value, null),
    get(socket, request) {
      const all = thresholds(socket, request)
      if (typeof all === 'number') return all
      const { spt_pathcpthld, ...known } = all
      return known
    },
  },
  [c.SCTP_PEER_ADDR_THLDS_V2]: {
    set(socket, value) {
      const { spt_pathpfthld = 0, spt_pathcpthld = 0 } = value
      // A path is left for good no sooner than for the moment.
      return spt_pathpfthld > spt_pathcpthld ? -EINVAL : setThresholds(socket, value, spt_pathcpthld)
    },
    get: thresholds,
  },
  [c.SCTP_EXPOSE_POTENTIALLY_FAILED_STATE]: {
    set(socket, { assoc_id, assoc_value = 0 }) {
      const whom = targets(socket, assoc_id)
      if (whom === null || assoc_value > EXPOSE) return -EINVAL
      for (const one of whom) settingsOf(one).exposeFailing = assoc_value === EXPOSE
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      return whom === null ? -EINVAL : { assoc_id, assoc_value: settingsOf(whom).exposeFailing ? EXPOSE : 0 }
    },
  },
  [c.SCTP_PLPMTUD_PROBE_INTERVAL]: {
    set(socket, { spi_assoc_id, spi_address = {}, spi_interval = 0 }) {
      const whom = targets(socket, spi_assoc_id)
      if (whom === null || (spi_interval !== 0 && spi_interval < SHORTEST_INTERVAL)) return -EINVAL
      for (const one of whom) {
        const path = isLink(one) ? pathOf(one, spi_address) : null
        if (path === null && isLink(one) && hasAddress(spi_address)) return -EINVAL
        if (path === null) settingsOf(one).probeInterval = spi_interval
        if (isLink(one)) one.association.searchMtu(path, spi_interval)
      }
      socket.host.stack.touched()
      return 0
    },
    get(socket, { spi_assoc_id = 0, spi_address = {} } = {}) {
      const whom = target(socket, spi_assoc_id)
      if (whom === null) return -EINVAL
      const path = isLink(whom) ? pathOf(whom, spi_address) : null
      if (path === null && isLink(whom) && hasAddress(spi_address)) return -EINVAL
      const interval = path === null ? settingsOf(whom).probeInterval : (path.search?.interval ?? 0)
      return { spi_assoc_id, spi_address, spi_interval: interval }
    },
  },
}

/** `switching`: left as it is when null. */
function setThresholds(
  socket: UserlandSocket,
  value: Readonly<Partial<c.sctp_paddrthlds>>,
  switching: number | null,
): number {
  const { spt_assoc_id, spt_address = {}, spt_pathmaxrxt = 0, spt_pathpfthld = 0 } = value
  const whom = targets(socket, spt_assoc_id)
  if (whom === null) return -EINVAL
  for (const one of whom) {
    const path = isLink(one) ? pathOf(one, spt_address) : null
    if (path === null && isLink(one) && hasAddress(spt_address)) return -EINVAL
    for (const { settings } of path !== null ? [path] : isLink(one) ? one.association.paths : []) {
      if (spt_pathmaxrxt > 0) settings.maxRetransmissions = spt_pathmaxrxt
      settings.failureThreshold = spt_pathpfthld
      if (switching !== null) settings.switchThreshold = switching
    }
    if (path !== null) continue
    const settings = settingsOf(one)
    if (spt_pathmaxrxt > 0) settings.pathRetransmissions = spt_pathmaxrxt
    settings.failureThreshold = spt_pathpfthld
    if (switching !== null) settings.switchThreshold = switching
  }
  return 0
}

function thresholds(
  socket: UserlandSocket,
  { spt_assoc_id = 0, spt_address = {} }: Readonly<Partial<c.sctp_paddrthlds>> = {},
): c.sctp_paddrthlds_v2 | number {
  const whom = target(socket, spt_assoc_id)
  if (whom === null) return -EINVAL
  const path = isLink(whom) ? pathOf(whom, spt_address) : null
  if (path === null && isLink(whom) && hasAddress(spt_address)) return -EINVAL
  const { pathRetransmissions, failureThreshold, switchThreshold } = settingsOf(whom)
  return {
    spt_assoc_id,
    spt_address,
    spt_pathmaxrxt: path?.settings.maxRetransmissions ?? pathRetransmissions,
    spt_pathpfthld: path?.settings.failureThreshold ?? failureThreshold,
    spt_pathcpthld: path?.settings.switchThreshold ?? switchThreshold,
  }
}
