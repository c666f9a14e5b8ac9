/** The sockets API of SCTP (RFC 6458) as types and numbers: what the kernel's and the userland's sockets share. */

export * from './constants.ts'
export type * from './messages.ts'
export type * from './notifications.ts'
export type * from './options.ts'
