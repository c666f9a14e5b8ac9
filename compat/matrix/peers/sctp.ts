import { join } from 'node:path'
import { opensslWithSctp } from '../../../test/guest/openssl.ts'
import { compiledPeer } from './program.ts'

/** The same program as of the other OpenSSL, with a libssl that has SCTP: Debian's has not. */
export const opensslSctp = compiledPeer({
  name: 'openssl-sctp',
  title: 'OpenSSL (libssl) with SCTP',
  install: 'its source package from apt is built with enable-sctp',
  source: 'openssl.c',
  libraries: ['ssl', 'crypto'],
  version: ['openssl/crypto.h', 'OpenSSL_version(OPENSSL_VERSION)'],
  transports: ['sctp'],
  kernelSctp: true,
  patience: 90_000,
  folder: () => opensslWithSctp(join('.cache', 'openssl-sctp')),
})
