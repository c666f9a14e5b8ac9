import type { Socket } from 'node:dgram'
import { createImmediateSocket, localEndpoint } from '../udp/node.ts'

/** A window's worth and more, as far as the system grants it, in bytes. */
const RECEIVE_BUFFER = 1 << 20

/** Told of each datagram; the bytes are Node's, which may use them again. `local` is null where it could be any. */
export type Receive = (bytes: Uint8Array, from: { address: string; port: number }, local: string | null) => void

/** The UDP sockets that carry the packets of one host: one for each local address, all at the same port. */
export class UdpSockets {
  readonly #receive: Receive
  readonly #sockets = new Map<string, Socket>()
  readonly #wanted: number
  readonly #insists: boolean
  /** Null until the first of them is open. */
  #port: number | null = null

  /**
   * @param wanted - the port; 0: the system chooses
   * @param insists - where that port is taken there is no socket; else the system chooses then, too
   */
  constructor(wanted: number, insists: boolean, receive: Receive) {
    this.#wanted = wanted
    this.#insists = insists
    this.#receive = receive
  }

  /** The socket of a local address (or of the wildcard), opened when it is first wanted; null when it cannot be. */
  at(local: string): Socket | null {
    const known = this.#sockets.get(local)
    if (known !== undefined) return known
    const port = this.#port ?? this.#claim(local)
    const socket = port === null ? null : opened(local, port, true)
    if (socket === null) return null
    this.#port = port
    this.#sockets.set(local, socket)
    const place = isWildcard(local) ? null : local
    socket.on('message', (message, from) => {
      const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length)
      this.#receive(bytes, { address: from.address.replace(ZONE, ''), port: from.port }, place)
    })
    // Errors of what was sent are losses, which SCTP repairs.
    socket.on('error', () => {})
    return socket
  }

  /** The local address that leads to another, of which there is a socket from now on; null where nothing does. */
  route(address: string): string | null {
    const probe = createImmediateSocket(familyOf(address), { reuseAddress: false, ipv6Only: false })
    probe.on('error', () => {})
    probe.connect(DISCARD, address)
    const local = localEndpoint(probe)?.address.replace(ZONE, '') ?? null
    probe.close()
    return local !== null && this.at(local) !== null ? local : null
  }

  /** The one that packets from an address go out of; the wildcard's where there is none for it. */
  from(local: string | null, family: 'IPv4' | 'IPv6'): Socket | null {
    return (local === null ? undefined : this.#sockets.get(local)) ?? this.at(WILDCARDS[family])
  }

  /** Whether they keep the process alive. */
  keep(held: boolean): void {
    for (const socket of this.#sockets.values()) {
      if (held) socket.ref()
      else socket.unref()
    }
  }

  /**
   * A port that nobody else has. Sockets at several addresses and at all of them share it, which takes SO_REUSEADDR; with
   * that alone a second process would take the datagrams of the first without a word.
   */
  #claim(local: string): number | null {
    for (const port of this.#insists || this.#wanted === 0 ? [this.#wanted] : [this.#wanted, 0]) {
      const probe = opened(local, port, false)
      const got = localEndpoint(probe)?.port ?? null
      probe?.close()
      if (got !== null) return got
    }
    return null
  }
}

/** Nothing is sent there: connecting a UDP socket only asks for the route. */
const DISCARD = 9
/** Of a link-local address. */
const ZONE = /%.*$/

export const WILDCARDS = { IPv4: '0.0.0.0', IPv6: '::' } as const

function isWildcard(address: string): boolean {
  return address === WILDCARDS.IPv4 || address === WILDCARDS.IPv6
}

export function familyOf(address: string): 'IPv4' | 'IPv6' {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

function opened(address: string, port: number, reuseAddress: boolean): Socket | null {
  const family = familyOf(address)
  const socket = createImmediateSocket(family, { reuseAddress, ipv6Only: family === 'IPv6' })
  let failed = false
  const fail = () => {
    failed = true
  }
  socket.once('error', fail)
  socket.bind({ port, address, exclusive: true })
  socket.off('error', fail)
  if (failed) {
    socket.close()
    return null
  }
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER)
  } catch {
    // The system's own limit stays in force.
  }
  return socket
}
