import { EINVAL } from '../../../base/errno.ts'
import type { SctpOption, SctpOptions, sctp_assoc_value } from '../../../sctp/api/index.ts'
import type { Settings } from '../../../sctp/settings.ts'
import type { Link } from './link.ts'
import type { UserlandSocket } from './socket.ts'

/** How an option is set and read; one of the two may be missing. */
export interface Option<Value> {
  set?(socket: UserlandSocket, value: Readonly<Partial<Value>>): number
  get?(socket: UserlandSocket, request?: Readonly<Partial<Value>>): Value | number
}

export type Handlers = { readonly [Name in SctpOption]?: Option<SctpOptions[Name]> }

/**
 * Whom an association id names: an association, the socket (what its next associations begin with), or (null) nobody.
 * SCTP_CURRENT_ASSOC and SCTP_ALL_ASSOC name several; of these the socket is the one that is told first.
 */
export function target(socket: UserlandSocket, id: number | undefined): Link | UserlandSocket | null {
  if (socket.oneToOne) return socket.link ?? socket
  if (id === undefined || id <= LAST_SPECIAL) return socket
  return socket.linkOf(id)
}

/** Everybody whom an id names when something is set: RFC 6458 section 7. */
export function targets(socket: UserlandSocket, id = 0): readonly (Link | UserlandSocket)[] | null {
  if (socket.oneToOne) return socket.link === null ? [socket] : [socket.link]
  switch (id) {
    case SCTP_FUTURE:
      return [socket]
    case SCTP_CURRENT:
      return socket.links
    case LAST_SPECIAL:
      return [socket, ...socket.links]
  }
  const link = socket.linkOf(id)
  return link === null ? null : [link]
}

export function isLink(one: Link | UserlandSocket): one is Link {
  return 'association' in one
}

/** What an association has been told, or what a socket's next associations begin with. */
export function settingsOf(one: Link | UserlandSocket): Settings {
  return isLink(one) ? one.association.settings : one.settings
}

/** An extension that is offered or not by the associations to come; of an association it says what was agreed on. */
export function supportOption(
  name: 'partialReliability' | 'reconfiguration' | 'interleaving' | 'addressChanges',
): Option<sctp_assoc_value> {
  return {
    set(socket, { assoc_id = 0, assoc_value = 0 }) {
      if (!socket.oneToOne && assoc_id !== SCTP_FUTURE) return -EINVAL
      socket.settings[name] = assoc_value !== 0
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      if (whom === null) return -EINVAL
      const agreed = isLink(whom) ? whom.association.negotiated : null
      return { assoc_id, assoc_value: (agreed ?? settingsOf(whom))[name] ? 1 : 0 }
    },
  }
}

const SCTP_FUTURE = 0
const SCTP_CURRENT = 1
const LAST_SPECIAL = 2
