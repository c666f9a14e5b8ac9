import { EINVAL } from '../../../base/errno.ts'
import { formatIp } from '../../../base/ip.ts'
import { htons, ipOf, ntohs, type sockaddr_storage } from '../../../base/sockaddr.ts'
import * as c from '../../../sctp/api/index.ts'
import type { Path, PathState } from '../../../sctp/paths/path.ts'
import { unmapped } from './binding.ts'
import type { Link } from './link.ts'
import { type Handlers, isLink, target, targets } from './option.ts'
import type { UserlandSocket } from './socket.ts'

const STATES: Readonly<Record<PathState, number>> = {
  active: c.SCTP_ACTIVE,
  'potentially failed': c.SCTP_PF,
  inactive: c.SCTP_INACTIVE,
  unconfirmed: c.SCTP_UNCONFIRMED,
}

/** Options about the peer's addresses. */
export const PATH_OPTIONS: Handlers = {
  [c.SCTP_PEER_ADDR_PARAMS]: {
    set(socket, value) {
      const whom = targets(socket, value.spp_assoc_id)
      if (whom === null) return -EINVAL
      for (const one of whom) {
        const failure = setParameters(socket, one, value)
        if (failure !== 0) return failure
      }
      socket.host.stack.touched()
      return 0
    },
    get(socket, { spp_assoc_id = 0, spp_address = {} } = {}) {
      const whom = target(socket, spp_assoc_id)
      if (whom === null) return -EINVAL
      const path = isLink(whom) ? pathOf(whom, spp_address) : null
      if (path === null && isLink(whom) && hasAddress(spp_address)) return -EINVAL
      const settings = isLink(whom) ? whom.association.settings : whom.settings
      const heartbeats = path?.settings.heartbeats ?? settings.heartbeats
      return {
        spp_assoc_id,
        spp_address,
        spp_hbinterval: path?.settings.heartbeatInterval ?? settings.heartbeatInterval,
        spp_pathmaxrxt: path?.settings.maxRetransmissions ?? settings.pathRetransmissions,
        spp_pathmtu: path?.mtu ?? settings.pathMtu,
        spp_sackdelay: settings.sackDelay,
        spp_flags:
          (heartbeats ? c.SPP_HB_ENABLE : c.SPP_HB_DISABLE) |
          (settings.pathMtu > 0 ? c.SPP_PMTUD_DISABLE : c.SPP_PMTUD_ENABLE) |
          c.SPP_SACKDELAY_ENABLE,
        spp_ipv6_flowlabel: 0,
        spp_dscp: 0,
      }
    },
  },
  [c.SCTP_PRIMARY_ADDR]: {
    set(socket, { ssp_assoc_id, ssp_addr = {} }) {
      const whom = target(socket, ssp_assoc_id)
      const path = whom !== null && isLink(whom) ? pathOf(whom, ssp_addr) : null
      if (whom === null || !isLink(whom) || path === null) return -EINVAL
      whom.association.primary = path
      return 0
    },
    get(socket, { ssp_assoc_id = 0 } = {}) {
      const whom = target(socket, ssp_assoc_id)
      if (whom === null || !isLink(whom)) return -EINVAL
      return { ssp_assoc_id, ssp_addr: whom.from ?? {} }
    },
  },
  [c.SCTP_GET_PEER_ADDR_INFO]: {
    get(socket, { spinfo_assoc_id, spinfo_address = {} } = {}) {
      // On a one-to-many socket the address alone may say whose it is.
      for (const link of spinfo_assoc_id ? [socket.linkOf(spinfo_assoc_id)] : socket.links) {
        const path = link === null ? null : pathOf(link, spinfo_address)
        if (link !== null && path !== null) return pathInfo(link, path)
      }
      return -EINVAL
    },
  },
  [c.SCTP_REMOTE_UDP_ENCAPS_PORT]: {
    set(socket, { sue_assoc_id, sue_address = {}, sue_port = 0 }) {
      const whom = targets(socket, sue_assoc_id)
      if (whom === null) return -EINVAL
      const port = ntohs(sue_port)
      for (const one of whom) {
        if (!isLink(one)) {
          one.settings.encapsulationPort = port
          continue
        }
        const path = pathOf(one, sue_address)
        if (path === null && hasAddress(sue_address)) return -EINVAL
        for (const each of path === null ? one.association.paths : [path]) each.port = port
      }
      return 0
    },
    get(socket, { sue_assoc_id = 0, sue_address = {} } = {}) {
      const whom = target(socket, sue_assoc_id)
      if (whom === null) return -EINVAL
      const path = isLink(whom) ? (pathOf(whom, sue_address) ?? whom.association.primary) : null
      return { sue_assoc_id, sue_address, sue_port: htons(path?.port ?? socket.settings.encapsulationPort) }
    },
  },
}

export function pathInfo(link: Link, path: Path): c.sctp_paddrinfo {
  return {
    spinfo_assoc_id: link.id,
    spinfo_address: link.peer(path.address) ?? {},
    spinfo_state: STATES[path.state],
    spinfo_cwnd: path.cwnd,
    spinfo_srtt: Math.round(path.srtt ?? 0),
    spinfo_rto: Math.round(path.rto),
    spinfo_mtu: path.mtu,
  }
}

export function pathOf(link: Link, address: sockaddr_storage): Path | null {
  const ip = ipOf(address)
  if (ip === null || ip.port !== link.association.peerPort) return null
  return link.association.path(unmapped(formatIp(ip.bytes)))
}

/** The wildcard, or no family at all, stands for every address. */
export function hasAddress(address: sockaddr_storage): boolean {
  return ipOf(address)?.bytes.some(byte => byte !== 0) === true
}

function setParameters(
  socket: UserlandSocket,
  one: Link | UserlandSocket,
  value: Readonly<Partial<c.sctp_paddrparams>>,
): number {
  const { spp_flags = 0, spp_hbinterval = 0, spp_pathmaxrxt = 0, spp_pathmtu = 0, spp_sackdelay = 0 } = value
  const { spp_address = {} } = value
  const path = isLink(one) ? pathOf(one, spp_address) : null
  if (path === null && isLink(one) && hasAddress(spp_address)) return -EINVAL
  const contradicts = (a: number, b: number) => (spp_flags & a) !== 0 && (spp_flags & b) !== 0
  if (contradicts(c.SPP_HB_ENABLE, c.SPP_HB_DISABLE) || contradicts(c.SPP_PMTUD_ENABLE, c.SPP_PMTUD_DISABLE)) {
    return -EINVAL
  }
  if (contradicts(c.SPP_SACKDELAY_ENABLE, c.SPP_SACKDELAY_DISABLE) || spp_sackdelay > 500) return -EINVAL
  const settings = isLink(one) ? one.association.settings : one.settings
  const paths = path !== null ? [path] : isLink(one) ? one.association.paths : []
  if ((spp_flags & c.SPP_HB_ENABLE) !== 0) {
    const zero = (spp_flags & c.SPP_HB_TIME_IS_ZERO) !== 0
    for (const each of [...paths.map(({ settings }) => settings), ...(path === null ? [settings] : [])]) {
      each.heartbeats = true
      if (spp_hbinterval > 0 || zero) each.heartbeatInterval = spp_hbinterval
    }
  }
  if ((spp_flags & c.SPP_HB_DISABLE) !== 0) {
    for (const each of paths) {
      each.settings.heartbeats = false
      if (each.state !== 'unconfirmed' && each.heartbeat === null) each.heartbeatAt = null
    }
    if (path === null) settings.heartbeats = false
  }
  if ((spp_flags & c.SPP_HB_DEMAND) !== 0 && isLink(one))
    for (const each of paths) one.association.requestHeartbeat(each)
  if (spp_pathmaxrxt > 0) {
    for (const each of paths) each.settings.maxRetransmissions = spp_pathmaxrxt
    if (path === null) settings.pathRetransmissions = spp_pathmaxrxt
  }
  if ((spp_flags & c.SPP_PMTUD_DISABLE) !== 0 && spp_pathmtu > 0) {
    if (spp_pathmtu < LEAST_MTU) return -EINVAL
    for (const each of paths) each.mtu = spp_pathmtu & ~3
    if (path === null) settings.pathMtu = spp_pathmtu & ~3
  }
  if ((spp_flags & c.SPP_SACKDELAY_ENABLE) !== 0 && spp_sackdelay > 0) settings.sackDelay = spp_sackdelay
  if ((spp_flags & c.SPP_SACKDELAY_DISABLE) !== 0) settings.sackFrequency = 1
  const receiver = isLink(one) ? one.association.receiver : null
  if (receiver !== null) {
    receiver.sackDelay = settings.sackDelay
    receiver.sackFrequency = settings.sackFrequency
  }
  socket.host.stack.touched()
  return 0
}

/** SCTP_DEFAULT_MINSEGMENT of Linux, in bytes. */
const LEAST_MTU = 512
