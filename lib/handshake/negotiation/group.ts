import { ProtocolFailure } from '../../base/failure.ts'
import { groupById, type NamedGroup } from '../../crypto/groups.ts'
import type { HandshakeConfig } from '../config.ts'
import type { HandshakeContext } from '../context.ts'

/** The groups for ECDHE that the security level allows. Finite-field groups are negotiated from version 1.3 on only. */
export function enabledGroups(config: HandshakeConfig): number[] {
  return config.groups.filter(id => {
    const group = groupById(id)
    return group !== undefined && group.kind !== 'ff' && config.permits('group-supported', group.securityBits, id)
  })
}

/** Server: the group for ECDHE, or null when none is shared. A client that names none takes any (RFC 8422 section 5.1). */
export function sharedGroup({ config, peer }: HandshakeContext): NamedGroup | null {
  const own = enabledGroups(config)
  const theirs = peer.groups ?? own
  const [first, second] = config.serverPreference ? [own, theirs] : [theirs, own]
  for (const id of first) {
    const group = second.includes(id) ? groupById(id) : undefined
    if (group !== undefined && config.permits('group-shared', group.securityBits, id)) return group
  }
  return null
}

/** Client: the group of a ServerKeyExchange must be one that was offered. */
export function acceptGroup({ config }: HandshakeContext, id: number): NamedGroup {
  const group = enabledGroups(config).includes(id) ? groupById(id) : undefined
  if (group === undefined || !config.permits('group-check', group.securityBits, id))
    throw new ProtocolFailure('wrong-curve')
  return group
}
