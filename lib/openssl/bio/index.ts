/** <openssl/bio.h> and <openssl/buffer.h> without their constants. */

export * from './bio.ts'
export * from './callback.ts'
export * from './chain.ts'
export * from './datagram/datagram-calls.ts'
export * from './datagram/datagram-pair.ts'
export * from './datagram/dgram.ts'
export * from './datagram/dgram-sctp.ts'
export * from './dump.ts'
export * from './file.ts'
export * from './filters/buffer.ts'
export * from './filters/line-buffer.ts'
export * from './filters/nbio-test.ts'
export * from './filters/null.ts'
export * from './filters/prefix.ts'
export * from './filters/read-buffer.ts'
export type { PrintfArgument } from './format.ts'
export {
  BIO_callback_ctrl,
  BIO_ctrl,
  BIO_gets,
  BIO_int_ctrl,
  BIO_ptr_ctrl,
  BIO_puts,
  BIO_read,
  BIO_read_ex,
  BIO_recvmmsg,
  BIO_sendmmsg,
  BIO_write,
  BIO_write_ex,
} from './io.ts'
export * from './macros.ts'
export * from './memory/buf-mem.ts'
export * from './memory/mem.ts'
export * from './memory/pair.ts'
export {
  BIO_ctrl_get_read_request,
  BIO_ctrl_get_write_guarantee,
  BIO_ctrl_reset_read_request,
  BIO_destroy_bio_pair,
  BIO_get_read_request,
  BIO_get_write_buf_size,
  BIO_get_write_guarantee,
  BIO_make_bio_pair,
  BIO_new_bio_pair,
  BIO_nread,
  BIO_nread0,
  BIO_nwrite,
  BIO_nwrite0,
  BIO_set_write_buf_size,
  BIO_shutdown_wr,
} from './memory/pair-calls.ts'
export * from './method.ts'
export * from './printf.ts'
export * from './socket/accept.ts'
export {
  BIO_ADDR,
  BIO_ADDR_clear,
  BIO_ADDR_copy,
  BIO_ADDR_dup,
  BIO_ADDR_family,
  BIO_ADDR_free,
  BIO_ADDR_hostname_string,
  BIO_ADDR_new,
  BIO_ADDR_path_string,
  BIO_ADDR_rawaddress,
  BIO_ADDR_rawmake,
  BIO_ADDR_rawport,
  BIO_ADDR_service_string,
} from './socket/addr.ts'
export * from './socket/addr-lookup.ts'
export * from './socket/connect.ts'
export * from './socket/fd.ts'
export * from './socket/sock.ts'
export * from './socket/sock-legacy.ts'
export { BIO_new_socket, BIO_s_socket } from './socket/socket.ts'
export type { BIO_callback_fn, BIO_callback_fn_ex } from './watch.ts'
