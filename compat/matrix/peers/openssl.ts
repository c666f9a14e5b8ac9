import { compiledPeer } from './program.ts'

export const openssl = compiledPeer({
  name: 'openssl',
  title: 'OpenSSL (libssl)',
  install: 'apt-get install gcc libssl-dev',
  source: 'openssl.c',
  libraries: ['ssl', 'crypto'],
  version: ['openssl/crypto.h', 'OpenSSL_version(OPENSSL_VERSION)'],
})
