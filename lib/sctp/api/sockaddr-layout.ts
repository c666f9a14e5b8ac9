import { concat, EMPTY } from '../../base/bytes.ts'
import {
  AF_INET,
  AF_INET6,
  familyOf,
  inAddrBytes,
  inAddrNumber,
  ipOf,
  type sockaddr_storage,
  sockaddrFrom,
} from '../../base/sockaddr.ts'
import { type Layout, LONG, u16, u32 } from './layout.ts'

/** Bytes of `sockaddr_in`, `sockaddr_in6`, `sockaddr_storage`. */
export const SOCKADDR_IN = 16
export const SOCKADDR_IN6 = 28
const STORAGE = 128

/** `struct sockaddr_storage`. Without an address it is all zero. */
export const storage: Layout<sockaddr_storage> = {
  size: STORAGE,
  align: LONG,
  write(view, at, value = {}, name = '') {
    if (typeof value !== 'object' || value === null) throw new TypeError(`${name}: an address is needed`)
    place(view, at, STORAGE).set(packSockaddr(value) ?? EMPTY)
  },
  read: (view, at) => unpackSockaddr(place(view, at, STORAGE)) ?? { ss_family: u16.read(view, at) },
}

/** The bytes of a `sockaddr_in` or `sockaddr_in6`; null for another family. */
export function packSockaddr(address: sockaddr_storage): Uint8Array | null {
  const ip = ipOf(address)
  if (ip === null && familyOf(address) === AF_INET6) throw new TypeError('s6_addr: 16 bytes are needed')
  if (ip === null) return null
  const port = Uint8Array.of(ip.port >>> 8, ip.port)
  if (ip.bytes.length === 4) return concat(native(u16, AF_INET), port, ip.bytes, new Uint8Array(8))
  const flow = inAddrBytes(address.sin6_flowinfo ?? 0)
  return concat(native(u16, AF_INET6), port, flow, ip.bytes, native(u32, ip.scope))
}

/** The address that begins these bytes; null for another family, or when they are too few. */
export function unpackSockaddr(packed: Uint8Array): sockaddr_storage | null {
  if (packed.length < SOCKADDR_IN) return null
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const port = view.getUint16(2)
  switch (u16.read(view, 0)) {
    case AF_INET:
      return sockaddrFrom({ bytes: packed.slice(4, 8), port, scope: 0 })
    case AF_INET6: {
      if (packed.length < SOCKADDR_IN6) return null
      const address = sockaddrFrom({ bytes: packed.slice(8, 24), port, scope: u32.read(view, 24) })
      address.sin6_flowinfo = inAddrNumber(packed.subarray(4, 8))
      return address
    }
    default:
      return null
  }
}

function native(layout: Layout<number>, value: number): Uint8Array {
  const packed = new Uint8Array(layout.size)
  layout.write(new DataView(packed.buffer), 0, value, '')
  return packed
}

function place(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length)
}
