/**
 * `openssl-shim/multistream/promises`: every name of `openssl-shim/multistream`; the calls that block in C return promises and
 * behave as on a blocking descriptor.
 */

export * from './multistream.ts'
export {
  MULTISTREAM_do_handshake,
  MULTISTREAM_read,
  MULTISTREAM_recv,
  MULTISTREAM_send,
  MULTISTREAM_shutdown,
  MULTISTREAM_write,
} from './openssl/multistream/blocking.ts'
