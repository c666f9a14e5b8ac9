import { compiledPeer } from './program.ts'

export const wolfssl = compiledPeer({
  name: 'wolfssl',
  title: 'wolfSSL',
  install: 'apt-get install gcc libwolfssl-dev',
  source: 'wolfssl.c',
  libraries: ['wolfssl'],
  version: ['wolfssl/version.h', 'LIBWOLFSSL_VERSION_STRING'],
})
