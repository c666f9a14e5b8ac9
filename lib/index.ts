/**
 * `openssl-shim`: OpenSSL's CTX, SSL and BIO under their own names, synchronous and non-blocking. See `openssl-shim/promises`
 * for calls that wait.
 */

export { errno } from './base/errno.ts'
export * from './openssl/bio/index.ts'

export type { Out } from './openssl/boundary.ts'
export * from './openssl/conf/index.ts'
export * from './openssl/constants/index.ts'
export * from './openssl/crypto-compat.ts'
export * from './openssl/err/index.ts'
export * from './openssl/evp/index.ts'
export * from './openssl/ex-data.ts'
export * from './openssl/ssl/index.ts'
export * from './openssl/stack.ts'
export * from './openssl/x509/index.ts'
