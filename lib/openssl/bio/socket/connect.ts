import { type Out, requireInteger, requireLive, requireOut, requireString } from '../../boundary.ts'
import {
  BIO_C_DO_STATE_MACHINE,
  BIO_C_GET_CONNECT,
  BIO_C_GET_FD,
  BIO_C_SET_CONNECT,
  BIO_C_SET_CONNECT_MODE,
  BIO_C_SET_NBIO,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_GET_CALLBACK,
  BIO_CTRL_RESET,
  BIO_CTRL_SET_CALLBACK,
  BIO_FLAGS_IN_EOF,
  BIO_PARSE_PRIO_HOST,
  BIO_SOCK_NONBLOCK,
  BIO_TYPE_CONNECT,
} from '../../constants/bio.ts'
import { BIO, BIO_free, BIO_new } from '../bio.ts'
import { closeFlagCommand } from '../close-flag.ts'
import { BIO_ctrl, BIO_int_ctrl, BIO_ptr_ctrl, putsAsWrite } from '../io.ts'
import { BIO_set_info_callback } from '../macros.ts'
import { type BIO_info_cb, BIO_METHOD } from '../method.ts'
import { BIO_ADDR, BIO_ADDR_hostname_string, BIO_ADDR_service_string } from './addr.ts'
import { BIO_parse_hostserv } from './addr-lookup.ts'
import {
  BEFORE,
  BLOCKED_CONNECT,
  Connecting,
  closeConnection,
  connectingOf,
  connectOn,
  familyInUse,
  OK,
} from './connect-state.ts'
import { descriptorIn, readFromSocket, waitForSocket, writeToSocket } from './socket.ts'

/** A TCP client (BIO_s_connect(3)): it looks its peer up, connects, and is then as BIO_s_socket. */
export function BIO_s_connect(): BIO_METHOD {
  return METHOD
}

/**
 * A BIO that connects when it is first used, or with BIO_do_connect (BIO_new_connect(3)). It asks for a retry while the
 * connection is under way, as a non-blocking one does in C.
 * @param host_port - `host:port`; the host is an address or a name of the hosts file
 */
export function BIO_new_connect(host_port: string): BIO | null {
  const bio = BIO_new(METHOD)
  if (bio === null || BIO_set_conn_hostname(bio, host_port) > 0) return bio
  BIO_free(bio)
  return null
}

/** Sets the host, and the service if `name` is `host:service` (IPv6 in brackets). @returns 1, or 0 */
export function BIO_set_conn_hostname(b: BIO | null, name: string): number {
  return BIO_ctrl(b, BIO_C_SET_CONNECT, 0, name)
}

/** Sets the port: a number or the name of a service. @returns 1 */
export function BIO_set_conn_port(b: BIO | null, port: string): number {
  return BIO_ctrl(b, BIO_C_SET_CONNECT, 1, port)
}

/** Sets host and port from an address, which is copied. @returns 1, or 0 for one without family */
export function BIO_set_conn_address(b: BIO | null, addr: BIO_ADDR): number {
  return BIO_ctrl(b, BIO_C_SET_CONNECT, 2, addr)
}

/** Restricts the look-up to BIO_FAMILY_IPV4 or BIO_FAMILY_IPV6; BIO_FAMILY_IPANY lifts that. @returns 1 */
export function BIO_set_conn_ip_family(b: BIO | null, family: number): number {
  return BIO_int_ctrl(b, BIO_C_SET_CONNECT, 3, family)
}

/** Sets all options for BIO_connect: BIO_SOCK_NONBLOCK, BIO_SOCK_NODELAY ... @returns 1 */
export function BIO_set_conn_mode(b: BIO | null, mode: number): number {
  return BIO_ctrl(b, BIO_C_SET_CONNECT_MODE, mode)
}

/** The host that was set; null for none. */
export function BIO_get_conn_hostname(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_CONNECT, 0))
}

/** The service that was set; null for none. */
export function BIO_get_conn_port(b: BIO | null): string | null {
  return textOf(BIO_ptr_ctrl(b, BIO_C_GET_CONNECT, 1))
}

/** The address of the connection, once it is looked up; null before. It belongs to the BIO. */
export function BIO_get_conn_address(b: BIO | null): BIO_ADDR | null {
  const address = BIO_ptr_ctrl(b, BIO_C_GET_CONNECT, 2)
  return address instanceof BIO_ADDR ? address : null
}

/**
 * The family of the connection: BIO_FAMILY_IPV4, BIO_FAMILY_IPV6, BIO_FAMILY_IPANY. The macro passes no place to BIO_ctrl,
 * which OpenSSL 3.0 refuses with 0.
 */
export function BIO_get_conn_ip_family(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_CONNECT, 3)
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const c = connectingOf(b)
  switch (cmd) {
    case BIO_CTRL_RESET:
      closeConnection(b, c)
      Object.assign(c, { state: BEFORE, addresses: null })
      b.flags = 0
      return 0
    case BIO_C_DO_STATE_MACHINE:
      return c.state === OK ? 1 : connectOn(b)
    case BIO_C_GET_CONNECT:
      return ptr === null ? 0 : get(c, num, requireOut<unknown>(ptr, 'place'))
    case BIO_C_SET_CONNECT:
      if (ptr === null) return 1
      b.init = 1
      return set(c, num, ptr)
    case BIO_C_SET_NBIO:
      c.mode = num === 0 ? c.mode & ~BIO_SOCK_NONBLOCK : c.mode | BIO_SOCK_NONBLOCK
      return 1
    case BIO_C_SET_CONNECT_MODE:
      c.mode = num
      return 1
    case BIO_C_GET_FD:
      return descriptorIn(b, b.num, ptr)
    case BIO_CTRL_FLUSH:
      return 1
    case BIO_CTRL_DUP:
      return duplicate(c, requireLive(ptr, BIO, 'ret'))
    case BIO_CTRL_GET_CALLBACK:
      requireOut<BIO_info_cb | null>(ptr, 'cbp').value = c.infoCallback
      return 1
    case BIO_CTRL_EOF:
      return Number((b.flags & BIO_FLAGS_IN_EOF) !== 0)
    default:
      return closeFlagCommand(b, cmd, num) ?? 0
  }
}

function get(c: Connecting, which: number, place: Out<unknown>): number {
  switch (which) {
    case 0:
      place.value = c.host
      return 1
    case 1:
      place.value = c.service
      return 1
    case 2:
      place.value = c.addresses?.address ?? null
      return 1
    case 3:
      return familyInUse(c.addresses, c.family)
    default:
      return 0
  }
}

function set(c: Connecting, which: number, value: unknown): number {
  switch (which) {
    case 0: {
      const host = { value: null }
      const service = { value: c.service }
      const ret = BIO_parse_hostserv(requireString(value, 'name'), host, service, BIO_PARSE_PRIO_HOST)
      Object.assign(c, { host: host.value, service: service.value })
      return ret
    }
    case 1:
      c.service = requireString(value, 'port')
      return 1
    case 2:
      return setAddress(c, requireLive(value, BIO_ADDR, 'addr'))
    case 3:
      c.family = requireInteger(requireOut<number>(value, 'family').value, 'family')
      return 1
    default:
      return 0
  }
}

function setAddress(c: Connecting, address: BIO_ADDR): number {
  const host = BIO_ADDR_hostname_string(address, 1)
  const service = BIO_ADDR_service_string(address, 1)
  if (host === null || service === null) return 0
  Object.assign(c, { host, service, addresses: null })
  return 1
}

function duplicate(c: Connecting, copy: BIO): number {
  if (c.host !== null) BIO_set_conn_hostname(copy, c.host)
  if (c.service !== null) BIO_set_conn_port(copy, c.service)
  BIO_set_conn_ip_family(copy, c.family)
  BIO_set_conn_mode(copy, c.mode)
  BIO_set_info_callback(copy, c.infoCallback)
  return 1
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Connects first, if that has not been done. */
function whenConnected(b: BIO, move: () => number): number {
  const ret = connectingOf(b).state === OK ? 1 : connectOn(b)
  return ret <= 0 ? ret : move()
}

const write = (b: BIO, data: Uint8Array) => whenConnected(b, () => writeToSocket(b, data))

const METHOD = new BIO_METHOD(BIO_TYPE_CONNECT, 'socket connect', {
  read: (b, out) => whenConnected(b, () => readFromSocket(b, out)),
  write,
  puts: putsAsWrite(write),
  ctrl,
  create: b => {
    b.num = -1
    b.ptr = new Connecting()
    return 1
  },
  destroy: b => {
    if (!b.shutdown) return 1
    closeConnection(b, connectingOf(b))
    b.init = b.flags = 0
    return 1
  },
  callbackCtrl: (b, cmd, cb) => {
    if (cmd !== BIO_CTRL_SET_CALLBACK) return 0
    connectingOf(b).infoCallback = cb
    return 1
  },
  wait: (b, want, milliseconds, recall) =>
    waitForSocket(b.num, connectingOf(b).state === BLOCKED_CONNECT ? 'write' : want, milliseconds, recall),
})
