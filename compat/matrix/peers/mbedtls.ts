import { compiledPeer } from './program.ts'

export const mbedtls = compiledPeer({
  name: 'mbedtls',
  title: 'mbedTLS',
  install: 'apt-get install gcc libmbedtls-dev',
  source: 'mbedtls.c',
  libraries: ['mbedtls', 'mbedx509', 'mbedcrypto'],
  version: ['mbedtls/version.h', 'MBEDTLS_VERSION_STRING'],
})
