import { lookup } from 'node:dns/promises'
import { parseIp } from '../../../transport/address.ts'
import { hostAddresses } from '../../../transport/names.ts'
import { SOCK_STREAM } from '../../../transport/posix/constants.ts'
import type { Out } from '../../boundary.ts'
import { BIO_LOOKUP_CLIENT, BIO_TYPE_CONNECT } from '../../constants/bio.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/index.ts'
import type { BIO } from '../bio.ts'
import { type BIO_ADDRINFO, BIO_lookup } from './addr-lookup.ts'
import { addressFamily, BEFORE, type Connecting, CREATE_SOCKET, connectingOf } from './connect-state.ts'

/**
 * The connecting BIO of a chain that has a name to be asked of a name server before it can go on; null for none, so that who
 * needs not wait does not.
 */
export function unresolved(chain: BIO | null): Connecting | null {
  for (let at = chain; at !== null; at = at.next) {
    if (at.method.type !== BIO_TYPE_CONNECT) continue
    const connecting = connectingOf(at)
    const { state, host } = connecting
    const asks = state === BEFORE && host !== null && parseIp(host.replace(/%.*/, '')) === null
    return asks && hostAddresses(host).length === 0 ? connecting : null
  }
  return null
}

/** Asks as getaddrinfo(3) would. What is not found is left to BIO_lookup, which fails with the right words. */
export async function resolve(connecting: Connecting): Promise<void> {
  const { host, service, family } = connecting
  if (host === null || addressFamily(family) === undefined) return
  const known = await lookup(host, { all: true, family: family === 4 || family === 6 ? family : 0 }).catch(() => [])
  const entries = known.flatMap(({ address }) => entryFor(address, service) ?? [])
  for (const [i, entry] of entries.entries()) entry.next = entries[i + 1] ?? null
  const [first] = entries
  // It may have been reset or set up otherwise meanwhile.
  if (first === undefined || connecting.state !== BEFORE || connecting.host !== host) return
  connecting.addresses = first
  connecting.state = CREATE_SOCKET
}

function entryFor(address: string, service: string | null): BIO_ADDRINFO | null {
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  ERR_set_mark()
  BIO_lookup(address, service, BIO_LOOKUP_CLIENT, 0, SOCK_STREAM, found)
  ERR_pop_to_mark()
  return found.value
}
