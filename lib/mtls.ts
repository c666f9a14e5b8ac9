/**
 * `openssl-shim/mtls`: many channels inside one TLS session, or one DTLS session with a TLS connection beside it
 * (draft-badra-hajjeh-mtls-05). `Multiplexer` is the protocol without I/O; the `MTLS_` functions run it over SSL objects and
 * return at once; `MtlsSession` does so with promises, its channels are streams of Node's.
 */

export { type Clock, systemClock } from './base/clock.ts'
export type { Channel, ChannelState, CloseCause } from './mtls/channel.ts'
export type { Machine } from './mtls/messages.ts'
export { Multiplexer } from './mtls/multiplexer.ts'
export type { ChannelRequest, MultiplexerEvents, MultiplexerOptions } from './mtls/options.ts'
export type { MtlsLimits } from './openssl/mtls/driver.ts'
export * from './openssl/mtls/mtls.ts'
export * from './openssl/mtls/psk.ts'
export { type MtlsRequest, MtlsSession, type MtlsSessionOptions } from './openssl/mtls/session.ts'
export type { MtlsStream } from './openssl/mtls/stream.ts'
