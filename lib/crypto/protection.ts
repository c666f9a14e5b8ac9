import type { Random } from '../base/random.ts'
import { AeadOpener, AeadSealer } from './aead.ts'
import { CbcOpener, CbcSealer } from './cbc.ts'
import { CIPHERS } from './ciphers.ts'
import type { DirectionKeys } from './key-schedule.ts'
import { NullOpener, NullSealer } from './null.ts'
import type { Opener, Sealer, SealMode } from './sealer.ts'
import type { CipherSuite } from './suites.ts'
import { kernelOpener, kernelSealer } from './wasm/index.ts'

/**
 * The fastest form for the suite: the record kernels where there are some, else the plain one.
 * @param keys copied; the caller wipes its own
 * @param random source of CBC IVs
 */
export function createSealer(suite: CipherSuite, keys: DirectionKeys, mode: SealMode, random: Random): Sealer {
  return kernelSealer(CIPHERS[suite.cipher], keys) ?? createPlainSealer(suite, keys, mode, random)
}

/**
 * The fastest form for the suite, as `createSealer`.
 * @param keys copied; the caller wipes its own
 */
export function createOpener(suite: CipherSuite, keys: DirectionKeys, mode: SealMode): Opener {
  return kernelOpener(CIPHERS[suite.cipher], keys) ?? createPlainOpener(suite, keys, mode)
}

/** The form on node:crypto alone: the reference that the kernels are held to. */
export function createPlainSealer(suite: CipherSuite, keys: DirectionKeys, mode: SealMode, random: Random): Sealer {
  const shape = CIPHERS[suite.cipher]
  switch (shape.kind) {
    case 'gcm':
    case 'ccm':
    case 'chacha20':
      return new AeadSealer(shape, keys)
    case 'cbc':
      return new CbcSealer(shape, recordHash(suite), keys, mode, random)
    case 'null':
      return new NullSealer(recordHash(suite), keys)
  }
}

/** The form on node:crypto alone; see `createPlainSealer`. */
export function createPlainOpener(suite: CipherSuite, keys: DirectionKeys, mode: SealMode): Opener {
  const shape = CIPHERS[suite.cipher]
  switch (shape.kind) {
    case 'gcm':
    case 'ccm':
    case 'chacha20':
      return new AeadOpener(shape, keys)
    case 'cbc':
      return new CbcOpener(shape, recordHash(suite), keys, mode)
    case 'null':
      return new NullOpener(recordHash(suite), keys)
  }
}

function recordHash(suite: CipherSuite) {
  if (suite.mac === 'aead') throw new TypeError(`${suite.name}: a ${suite.cipher} suite needs a MAC`)
  return suite.mac
}
