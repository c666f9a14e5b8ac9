import { lookup } from 'node:dns/promises'
import { parseIp } from '../../../transport/address.ts'
import { hostAddresses } from '../../../transport/names.ts'
import { AF_INET, AF_INET6, AF_UNIX, SOCK_STREAM } from '../../../transport/posix/constants.ts'
import type { Out } from '../../boundary.ts'
import { BIO_LOOKUP_CLIENT, BIO_TYPE_CONNECT } from '../../constants/bio.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/index.ts'
import type { BIO } from '../bio.ts'
import { type BIO_ADDRINFO, BIO_lookup_ex } from './addr-lookup.ts'
import { addressFamily, BEFORE, type Connecting, CREATE_SOCKET, connectingOf } from './connect-state.ts'

/** What BIO_lookup_ex is asked for beside the host. */
export interface Wanted {
  readonly service: string | null
  readonly type: number
  /** AF_* */
  readonly family: number
  readonly socktype: number
  readonly protocol: number
}

/**
 * The connecting BIO of a chain that has a name to be asked of a name server before it can go on; null for none, so that who
 * needs not wait does not.
 */
export function unresolved(chain: BIO | null): Connecting | null {
  for (let at = chain; at !== null; at = at.next) {
    if (at.method.type !== BIO_TYPE_CONNECT) continue
    const connecting = connectingOf(at)
    const family = addressFamily(connecting.family)
    const asks = connecting.state === BEFORE && family !== undefined && needsNameServer(connecting.host, family)
    return asks ? connecting : null
  }
  return null
}

/** Asks for the addresses of a connecting BIO. */
export async function resolve(connecting: Connecting): Promise<void> {
  const { host, service } = connecting
  const family = addressFamily(connecting.family)
  if (host === null || family === undefined) return
  const wanted = { service, type: BIO_LOOKUP_CLIENT, family, socktype: SOCK_STREAM, protocol: 0 }
  const first = await askNameServer(host, wanted)
  // It may have been reset or set up otherwise meanwhile.
  if (first === null || connecting.state !== BEFORE || connecting.host !== host) return
  connecting.addresses = first
  connecting.state = CREATE_SOCKET
}

/** Whether a host is neither an address nor in the hosts file. */
export function needsNameServer(host: string | null, family: number): host is string {
  if (host === null || family === AF_UNIX) return false
  return parseIp(host.replace(/%.*/, '')) === null && hostAddresses(host).length === 0
}

/**
 * Asks as getaddrinfo(3) would.
 * @returns the first of a list; null for a name that is not found: BIO_lookup_ex then fails with the right words
 */
export async function askNameServer(host: string, wanted: Wanted): Promise<BIO_ADDRINFO | null> {
  const version = wanted.family === AF_INET ? 4 : wanted.family === AF_INET6 ? 6 : 0
  const known = await lookup(host, { all: true, family: version }).catch(() => [])
  const entries = known.flatMap(({ address }) => entriesFor(address, wanted))
  for (const [i, entry] of entries.entries()) entry.next = entries[i + 1] ?? null
  return entries[0] ?? null
}

function entriesFor(address: string, { service, type, family, socktype, protocol }: Wanted): BIO_ADDRINFO[] {
  const found: Out<BIO_ADDRINFO | null> = { value: null }
  ERR_set_mark()
  BIO_lookup_ex(address, service, type, family, socktype, protocol, found)
  ERR_pop_to_mark()
  const entries: BIO_ADDRINFO[] = []
  for (let at = found.value; at !== null; at = at.next) entries.push(at)
  return entries
}
