import type { Peer } from '../party.ts'
import { freeDiameter } from './freediameter.ts'
import { gnutls } from './gnutls.ts'
import { gnutlsCli } from './gnutls-cli.ts'
import { mbedtls } from './mbedtls.ts'
import { node } from './node.ts'
import { npmPeers } from './npm.ts'
import { openssl } from './openssl.ts'
import { opensslCli } from './openssl-cli.ts'
import { opensslSctp } from './sctp.ts'
import { wolfssl } from './wolfssl.ts'

/** All of them, in the order of the matrix. */
export const PEERS: readonly Peer[] = [
  openssl,
  opensslCli,
  gnutls,
  gnutlsCli,
  mbedtls,
  wolfssl,
  node,
  ...npmPeers,
  opensslSctp,
  freeDiameter,
]
