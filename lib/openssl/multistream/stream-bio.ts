import { EAGAIN, setErrno } from '../../base/errno.ts'
import type { Stream } from '../../multistream/stream.ts'
import { SCTP_SACK_IMMEDIATELY } from '../../sctp/api/index.ts'
import { type BIO, BIO_clear_retry_flags, BIO_new } from '../bio/bio.ts'
import { closeFlagCommand } from '../bio/close-flag.ts'
import { putsAsWrite } from '../bio/io.ts'
import { BIO_set_retry_read, BIO_set_retry_write } from '../bio/macros.ts'
import { BIO_METHOD } from '../bio/method.ts'
import { descriptorIn } from '../bio/socket/socket.ts'
import { requireInteger, requireLive } from '../boundary.ts'
import * as C from '../constants/bio.ts'
import { ERR_LIB_BIO, ERR_R_PASSED_INVALID_ARGUMENT } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { MULTISTREAM, type SharedStreams } from './association.ts'

/** One stream of an association both ways, for TLS (RFC 3436). */
export function BIO_s_sctp_stream(): BIO_METHOD {
  return METHOD
}

/**
 * The BIO of a pair of streams, for SSL_set_bio. What is written is cut into records, each one a message of its own, in order
 * and reliable; what comes is a stream of bytes, however many records the peer puts into a message. From here on the pair
 * carries TLS and nothing else: what was not read before is the first that TLS gets to see.
 *
 * BIO_eof says that the association has ended, in order, in the middle of a record: SSL_read then fails with
 * SSL_R_UNEXPECTED_EOF_WHILE_READING. At the end of a record the end is no error: SSL_read gives 0, SSL_get_error
 * SSL_ERROR_SYSCALL, errno() 0 and the error queue is empty. Only close_notify gives SSL_ERROR_ZERO_RETURN.
 * @param assoc - the association, from MULTISTREAM_new
 * @param sid - the stream's number, below MULTISTREAM_get_pairs
 * @returns null with ERR_R_PASSED_INVALID_ARGUMENT for a stream that does not go both ways
 */
export function BIO_new_sctp_stream(assoc: MULTISTREAM, sid: number): BIO | null {
  const { shared } = requireLive(assoc, MULTISTREAM, 'assoc')
  const { streams } = shared
  const { pairs } = streams
  if (requireInteger(sid, 'sid') < 0 || sid >= pairs) {
    raise(ERR_LIB_BIO, ERR_R_PASSED_INVALID_ARGUMENT, `stream ${sid} does not go both ways: ${pairs} do`)
    return null
  }
  const bio = BIO_new(METHOD)
  if (bio === null) return null
  const stream = streams.stream(sid)
  streams.secure(stream)
  // It is for the holder of the BIO to read.
  streams.park(stream, true)
  shared.addReference()
  assoc.plain.delete(sid)
  bio.ptr = new State(shared, stream)
  bio.init = 1
  return bio
}

class State {
  readonly shared: SharedStreams
  readonly stream: Stream

  constructor(shared: SharedStreams, stream: Stream) {
    this.shared = shared
    this.stream = stream
  }
}

function stateOf({ ptr }: BIO): State {
  if (ptr instanceof State) return ptr
  throw new TypeError('bio: it is made with BIO_new_sctp_stream')
}

function read(b: BIO, out: Uint8Array): number {
  const { shared, stream } = stateOf(b)
  return settle(b, shared.streams.readBytes(stream, out), BIO_set_retry_read)
}

function write(b: BIO, data: Uint8Array): number {
  const { shared, stream } = stateOf(b)
  return settle(b, shared.streams.writeBytes(stream, data), BIO_set_retry_write)
}

function settle(b: BIO, result: number, setRetry: (b: BIO) => void): number {
  BIO_clear_retry_flags(b)
  setErrno(result < 0 ? -result : 0)
  if (result === -EAGAIN) setRetry(b)
  return Math.max(-1, result)
}

function ctrl(b: BIO, cmd: number, larg: number, parg: unknown): number {
  const { shared, stream } = stateOf(b)
  switch (cmd) {
    case C.BIO_C_GET_FD:
      return descriptorIn(b, shared.fd, parg)
    case C.BIO_CTRL_DUP:
    case C.BIO_CTRL_FLUSH:
      return 1
    case C.BIO_CTRL_EOF:
      return Number(shared.streams.end === 0 && !stream.readable && stream.input.within)
    case C.BIO_CTRL_PENDING:
      return stream.pending
    case C.BIO_CTRL_WPENDING:
      return stream.output.waiting
    case C.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO:
      return allowed('snd_flags', field(parg, 'snd_flags') & ~SCTP_SACK_IMMEDIATELY) && onItself(parg, stream)
    case C.BIO_CTRL_DGRAM_SCTP_SET_PRINFO:
      return allowed('pr_policy', field(parg, 'pr_policy'))
    default:
      return closeFlagCommand(b, cmd, larg) ?? 0
  }
}

/** What RFC 3436 section 4.3 forbids is refused: messages out of order, and such as may be given up. */
function allowed(name: string, value: number): number {
  if (value === 0) return 1
  raise(ERR_LIB_BIO, ERR_R_PASSED_INVALID_ARGUMENT, `${name}: TLS needs its records in order and all of them`)
  return 0
}

function onItself(parg: unknown, { id }: Stream): number {
  if (field(parg, 'snd_sid', id) === id) return 1
  raise(ERR_LIB_BIO, ERR_R_PASSED_INVALID_ARGUMENT, `snd_sid: this is stream ${id}`)
  return 0
}

/** A field of a struct; left out it says nothing. */
function field(struct: unknown, name: string, otherwise = 0): number {
  if (typeof struct !== 'object' || struct === null) throw new TypeError('parg: an object with the C field names')
  const value: unknown = Reflect.get(struct, name)
  return value === undefined ? otherwise : requireInteger(value, `parg.${name}`)
}

/** No number of OpenSSL's; the programs' own ones begin at BIO_TYPE_START. */
const TYPE = 127 | C.BIO_TYPE_SOURCE_SINK | C.BIO_TYPE_DESCRIPTOR

const METHOD = new BIO_METHOD(TYPE, 'sctp stream', {
  create: () => 1,
  destroy(b) {
    if (b.ptr instanceof State) b.ptr.shared.release()
    b.ptr = null
    b.init = 0
    return 1
  },
  read,
  write,
  puts: putsAsWrite(write),
  ctrl,
  wait(b, want, milliseconds, recall) {
    const { shared, stream } = stateOf(b)
    return shared.wait(want, milliseconds, () => shared.streams.settled(stream), recall)
  },
})
