import { compiledPeer } from './program.ts'

export const gnutls = compiledPeer({
  name: 'gnutls',
  title: 'GnuTLS',
  install: 'apt-get install gcc libgnutls28-dev',
  source: 'gnutls.c',
  libraries: ['gnutls'],
  version: ['gnutls/gnutls.h', 'gnutls_check_version(NULL)'],
})
