import type { Out } from '../../boundary.ts'
import { requireLive, requireOut } from '../../boundary.ts'
import {
  BIO_C_DESTROY_BIO_PAIR,
  BIO_C_GET_READ_REQUEST,
  BIO_C_GET_WRITE_BUF_SIZE,
  BIO_C_GET_WRITE_GUARANTEE,
  BIO_C_MAKE_BIO_PAIR,
  BIO_C_NREAD,
  BIO_C_NREAD0,
  BIO_C_NWRITE,
  BIO_C_NWRITE0,
  BIO_C_RESET_READ_REQUEST,
  BIO_C_SET_WRITE_BUF_SIZE,
  BIO_C_SHUTDOWN_WR,
} from '../../constants/bio.ts'
import { BIO_R_UNINITIALIZED } from '../../constants/bioerr.ts'
import { ERR_LIB_BIO } from '../../constants/err.ts'
import { raise } from '../../err/raise.ts'
import { BIO, BIO_free, BIO_new } from '../bio.ts'
import { BIO_ctrl } from '../io.ts'
import type { BIO_METHOD } from '../method.ts'
import { BIO_s_bio } from './pair.ts'

/**
 * Two joined ends: what is written to one is read from the other (BIO_new_bio_pair(3)).
 * @param bio1 - takes the first end, null on failure
 * @param writebuf1 - bytes that can wait between a write to the first and a read from the second; 0 for 17 KiB
 * @returns 1, or 0
 */
export function BIO_new_bio_pair(
  bio1: Out<BIO | null>,
  writebuf1: number,
  bio2: Out<BIO | null>,
  writebuf2: number,
): number {
  return newPair(BIO_s_bio(), bio1, writebuf1, bio2, writebuf2)
}

/** What makes pairs of both kinds. */
export function newPair(
  method: BIO_METHOD,
  bio1: Out<BIO | null>,
  writebuf1: number,
  bio2: Out<BIO | null>,
  writebuf2: number,
): number {
  const one = BIO_new(method)
  const two = BIO_new(method)
  const sized = (b: BIO | null, size: number) => size === 0 || BIO_set_write_buf_size(b, size) > 0
  if (one && two && sized(one, writebuf1) && sized(two, writebuf2) && BIO_make_bio_pair(one, two) > 0) {
    requireOut(bio1, 'bio1').value = one
    requireOut(bio2, 'bio2').value = two
    return 1
  }
  BIO_free(one)
  BIO_free(two)
  requireOut(bio1, 'bio1').value = requireOut(bio2, 'bio2').value = null
  return 0
}

/**
 * Sets the size of the buffer that one end writes to; before the ends are joined.
 * @returns 1, or 0 with BIO_R_IN_USE
 */
export function BIO_set_write_buf_size(b: BIO | null, size: number): number {
  return BIO_ctrl(b, BIO_C_SET_WRITE_BUF_SIZE, size)
}

/** The bytes that an end of a pair holds. */
export function BIO_get_write_buf_size(b: BIO | null, size = 0): number {
  return BIO_ctrl(b, BIO_C_GET_WRITE_BUF_SIZE, size)
}

/** Joins two fresh ends. @returns 1, or 0 with BIO_R_IN_USE when one is joined already */
export function BIO_make_bio_pair(b1: BIO | null, b2: BIO): number {
  return BIO_ctrl(b1, BIO_C_MAKE_BIO_PAIR, 0, b2)
}

/** Parts two ends and drops what is in their buffers. @returns 1 */
export function BIO_destroy_bio_pair(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_DESTROY_BIO_PAIR, 0)
}

/** No more writes: the other end reads what is left and then the end of file (0). @returns 1 */
export function BIO_shutdown_wr(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_SHUTDOWN_WR, 0)
}

/** Bytes that the next write is sure to take. */
export function BIO_get_write_guarantee(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_WRITE_GUARANTEE, 0)
}

/** BIO_get_write_guarantee by another name. */
export const BIO_ctrl_get_write_guarantee: typeof BIO_get_write_guarantee = BIO_get_write_guarantee

/** Bytes that the other end wanted to read when there were none. */
export function BIO_get_read_request(b: BIO | null): number {
  return BIO_ctrl(b, BIO_C_GET_READ_REQUEST, 0)
}

/** BIO_get_read_request by another name. */
export const BIO_ctrl_get_read_request: typeof BIO_get_read_request = BIO_get_read_request

/** Forgets that the other end wanted to read. @returns 1 */
export function BIO_ctrl_reset_read_request(b: BIO | null): number {
  return Number(BIO_ctrl(b, BIO_C_RESET_READ_REQUEST, 0) !== 0)
}

/**
 * The bytes that can be read in one piece, in `buf.value`, left where they are.
 * @returns their number; 0 or less as BIO_read
 */
export function BIO_nread0(bio: BIO, buf: Out<Uint8Array>): number {
  return nonCopying(bio, BIO_C_NREAD0, 0, buf)
}

/** BIO_nread0, and takes up to `num` of the bytes: use them before the other end writes. */
export function BIO_nread(bio: BIO, buf: Out<Uint8Array>, num: number): number {
  const ret = nonCopying(bio, BIO_C_NREAD, num, buf)
  if (ret > 0) bio.numRead += ret
  return ret
}

/** The free space in one piece, in `buf.value`. @returns its size; 0 or less as BIO_write */
export function BIO_nwrite0(bio: BIO, buf: Out<Uint8Array>): number {
  return nonCopying(bio, BIO_C_NWRITE0, 0, buf)
}

/** BIO_nwrite0, and counts up to `num` bytes of it as written: fill them before the other end reads. */
export function BIO_nwrite(bio: BIO, buf: Out<Uint8Array>, num: number): number {
  const ret = nonCopying(bio, BIO_C_NWRITE, num, buf)
  if (ret > 0) bio.numWritten += ret
  return ret
}

function nonCopying(bio: BIO, cmd: number, num: number, buf: Out<Uint8Array>): number {
  if (requireLive(bio, BIO, 'bio').init) return BIO_ctrl(bio, cmd, num, requireOut(buf, 'buf'))
  raise(ERR_LIB_BIO, BIO_R_UNINITIALIZED)
  return -2
}
