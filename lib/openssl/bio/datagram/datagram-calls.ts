import type { Out } from '../../boundary.ts'
import { BIO_CTRL_DGRAM_GET_MTU, BIO_CTRL_DGRAM_SET_MTU } from '../../constants/bio.ts'
import {
  BIO_CTRL_DGRAM_GET_CAPS,
  BIO_CTRL_DGRAM_GET_EFFECTIVE_CAPS,
  BIO_CTRL_DGRAM_GET_LOCAL_ADDR_CAP,
  BIO_CTRL_DGRAM_GET_LOCAL_ADDR_ENABLE,
  BIO_CTRL_DGRAM_GET_NO_TRUNC,
  BIO_CTRL_DGRAM_SET_CAPS,
  BIO_CTRL_DGRAM_SET_LOCAL_ADDR_ENABLE,
  BIO_CTRL_DGRAM_SET_NO_TRUNC,
  BIO_CTRL_DGRAM_SET0_LOCAL_ADDR,
} from '../../constants/bio-datagram.ts'
import type { BIO } from '../bio.ts'
import { BIO_ctrl } from '../io.ts'
import type { BIO_ADDR } from '../socket/addr.ts'

// The macros that OpenSSL 3.2 added for datagram BIOs (BIO_s_dgram_pair(3)).

/** 1 when a read that would cut a datagram fails instead. */
export function BIO_dgram_get_no_trunc(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_NO_TRUNC, 0)
}

/** Makes a read that would cut a datagram fail, and leave the datagram. @returns 1 */
export function BIO_dgram_set_no_trunc(b: BIO | null, enable: number): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SET_NO_TRUNC, enable)
}

/**
 * 1 when local addresses can be given and told: the other end has BIO_DGRAM_CAP_HANDLES_SRC_ADDR and
 * _PROVIDES_DST_ADDR.
 */
export function BIO_dgram_get_local_addr_cap(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_LOCAL_ADDR_CAP, 0)
}

/** Whether `local` of BIO_MSG may be used, in `enable.value`. @returns 1 */
export function BIO_dgram_get_local_addr_enable(b: BIO | null, enable: Out<number>): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_LOCAL_ADDR_ENABLE, 0, enable)
}

/** Lets `local` of BIO_MSG be used. @returns 1, or 0 when local addresses cannot be had */
export function BIO_dgram_set_local_addr_enable(b: BIO | null, enable: number): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SET_LOCAL_ADDR_ENABLE, enable)
}

/** The capabilities of the other end, BIO_DGRAM_CAP_*. */
export function BIO_dgram_get_effective_caps(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_EFFECTIVE_CAPS, 0)
}

/** What the program at this end does with addresses: BIO_DGRAM_CAP_* joined. */
export function BIO_dgram_get_caps(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_CAPS, 0)
}

/** Says what the program at this end does with addresses. @returns 1 */
export function BIO_dgram_set_caps(b: BIO | null, caps: number): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SET_CAPS, caps)
}

/** The largest datagram in bytes that the path carries; 1472 at first. */
export function BIO_dgram_get_mtu(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_GET_MTU, 0)
}

/** Sets the MTU of both ends. @returns 1 */
export function BIO_dgram_set_mtu(b: BIO | null, mtu: number): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SET_MTU, mtu)
}

/** Sets the address that plain writes come from; the BIO owns it. @returns 1 */
export function BIO_dgram_set0_local_addr(b: BIO | null, addr: BIO_ADDR | null): number {
  return BIO_ctrl(b, BIO_CTRL_DGRAM_SET0_LOCAL_ADDR, 0, addr)
}
