/**
 * `openssl-shim/socket/promises`: the blocking style of `openssl-shim/socket`. Every name of it; the calls that block in C
 * return promises and wait, `accept` for a client, `connect` for the connection.
 */

export * from './socket.ts'
export { accept, connect, read, recv, recvfrom, send, sendto, write } from './transport/posix/blocking.ts'
