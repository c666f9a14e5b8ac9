import { EBADF, errno } from '../../../base/errno.ts'
import type { Endpoint } from '../../../transport/address.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_ctrl, BIO_recvmmsg, BIO_sendmmsg, giveDatagram, takeDatagram } from '../../bio/io.ts'
import { BIO_eof, BIO_flush, BIO_should_retry } from '../../bio/macros.ts'
import { BIO_ADDR, setAddress } from '../../bio/socket/addr.ts'
import { BIO_CTRL_DGRAM_GET_PEER, BIO_CTRL_DGRAM_SET_PEER } from '../../constants/bio.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'

/**
 * Datagrams with addresses through any BIO that has them: one that tells the peer of the last read, as kernel UDP and most of
 * the programs' own kinds do, or one that carries addresses with BIO_sendmmsg and BIO_recvmmsg (BIO_s_dgram_pair).
 */

/** A datagram, the reader's to keep, and who sent it; null when the BIO does not say. */
export interface Arrival {
  readonly data: Uint8Array
  readonly from: Endpoint | null
}

/** 'empty': nothing now. 'fault': one read failed, the next may not. 'ended': none will succeed. */
export function receiveFrom(bio: BIO): Arrival | 'empty' | 'fault' | 'ended' {
  return tellsPeer(bio) ? readOne(bio) : receiveOne(bio)
}

/**
 * Sends a datagram, which nobody touches any more.
 * @returns its length; 0 or less when it was not sent: 'retry' is then true if the BIO had no room
 */
export function sendTo(bio: BIO, datagram: Uint8Array, to: Endpoint): { sent: number; retry: boolean } {
  setAddress(address, to)
  if (!tellsPeer(bio)) return sendOne(bio, datagram)
  BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_PEER, 0, address)
  let sent = giveDatagram(bio, datagram)
  // Node tells of a send that failed with the next one, which is another peer's: that one is to be tried.
  if (sent <= 0 && !BIO_should_retry(bio)) sent = giveDatagram(bio, datagram)
  if (sent > 0) BIO_flush(bio)
  return { sent, retry: sent <= 0 && BIO_should_retry(bio) > 0 }
}

function tellsPeer(bio: BIO): boolean {
  return bio.method.hooks.recvmmsg === undefined || BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_PEER, 0, asked) > 0
}

function readOne(bio: BIO): Arrival | 'empty' | 'fault' | 'ended' {
  const data = takeDatagram(bio)
  if (typeof data === 'number') {
    if (BIO_should_retry(bio)) return 'empty'
    return bio.init === 0 || errno() === EBADF || BIO_eof(bio) > 0 ? 'ended' : 'fault'
  }
  setAddress(address, null)
  BIO_ctrl(bio, BIO_CTRL_DGRAM_GET_PEER, 0, address)
  return { data, from: address.endpoint }
}

function receiveOne(bio: BIO): Arrival | 'empty' | 'ended' {
  const message = { data: scratch, data_len: scratch.length, peer: address, local: null, flags: 0 }
  const got = quietly(() => BIO_recvmmsg(bio, [message], 0, 1, 0, processed))
  if (got !== 1) return bio.init === 0 ? 'ended' : 'empty'
  return { data: scratch.slice(0, message.data_len), from: address.endpoint }
}

function sendOne(bio: BIO, datagram: Uint8Array): { sent: number; retry: boolean } {
  const message = { data: datagram, data_len: datagram.length, peer: address, local: null, flags: 0 }
  const sent = quietly(() => BIO_sendmmsg(bio, [message], 0, 1, 0, processed))
  return sent === 1 ? { sent: datagram.length, retry: false } : { sent: -1, retry: bio.init !== 0 }
}

/** "Nothing there" is an error to these calls, and none to us. */
function quietly(call: () => number): number {
  ERR_set_mark()
  const ret = call()
  ERR_pop_to_mark()
  return ret
}

const asked = new BIO_ADDR()
const address = new BIO_ADDR()
const processed = { value: 0 }
/** The longest UDP datagram; nothing is kept in it. */
const scratch = new Uint8Array(65536)
