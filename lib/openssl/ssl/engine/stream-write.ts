import { ProtocolFailure } from '../../../base/failure.ts'
import type { Connection } from '../../../connection/connection.ts'
import { SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, SSL_MODE_ENABLE_PARTIAL_WRITE } from '../../constants/ssl.ts'
import type { SSL } from '../ssl.ts'
import { give, reportFailure } from './transport.ts'

/** How far an SSL_write came whose last record the BIO has not taken whole. */
export interface UnfinishedWrite {
  /** Where in memory the record's data was: whoever calls again has to give the same. */
  readonly memory: ArrayBufferLike
  readonly address: number
  /** Bytes of the program's data that have left before, and in the record. */
  readonly done: number
  readonly record: number
}

/**
 * SSL_write on a stream, as libssl's ssl3_write_bytes: record after record, each given to the BIO before the next is made. What
 * the BIO has not taken stays, and the next call, which has to be the same one, goes on behind it.
 */
export function writeStream(ssl: SSL, connection: Connection, buf: Uint8Array, size: number): number {
  const unfinished = ssl.unfinishedWrite
  let done = 0
  if (unfinished !== null) {
    const fault = faultOf(ssl, unfinished, buf, size)
    if (fault !== null) return fail(ssl, connection, fault)
    done = unfinished.done + unfinished.record
  }
  // An alert that found no room comes first.
  const before = give(ssl, false)
  if (before <= 0) return before
  ssl.unfinishedWrite = null
  for (let continued = unfinished !== null; done < size; continued = true) {
    const record = Math.min(size - done, longestRecord(ssl, connection))
    if (!connection.write(buf.subarray(done, done + record), continued)) return fail(ssl, connection, null)
    const given = give(ssl, false)
    if (given <= 0) {
      ssl.unfinishedWrite = { memory: buf.buffer, address: buf.byteOffset + done, done, record }
      return given
    }
    done += record
    if (ssl.settings.mode & SSL_MODE_ENABLE_PARTIAL_WRITE) break
  }
  return done
}

/** Why this is not the call that was begun. */
function faultOf(
  { settings }: SSL,
  { memory, address, done, record }: UnfinishedWrite,
  buf: Uint8Array,
  size: number,
): ProtocolFailure | null {
  if (size < done + record) return new ProtocolFailure('bad-write-length')
  const same = buf.buffer === memory && buf.byteOffset + done === address
  const mayMove = (settings.mode & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) !== 0
  return same || mayMove ? null : new ProtocolFailure('bad-write-retry')
}

function fail(ssl: SSL, connection: Connection, failure: ProtocolFailure | null): -1 {
  if (failure !== null) connection.abort(failure)
  ssl.unfinishedWrite = null
  reportFailure(ssl, connection)
  return -1
}

/** What the hellos agreed on, or less if the program wants less. */
function longestRecord({ settings }: SSL, connection: Connection): number {
  return Math.min(settings.splitSendFragment, settings.maxSendFragment, connection.maxWrite)
}
