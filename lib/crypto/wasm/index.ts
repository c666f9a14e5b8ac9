import type { CipherShape } from '../ciphers.ts'
import type { DirectionKeys } from '../key-schedule.ts'
import type { Opener, Sealer } from '../sealer.ts'
import { BySizeOpener, BySizeSealer } from './by-size.ts'
import { KernelCcmOpener, KernelCcmSealer } from './ccm.ts'
import { KernelChachaOpener, KernelChachaSealer } from './chacha20-poly1305.ts'
import { KernelGcmOpener, KernelGcmSealer } from './gcm.ts'
import { type Kernels, kernels } from './kernels.ts'
import { KeyStream } from './key-stream.ts'
import { Slots } from './slots.ts'

/** The fast form of a sealer, or null where there is none: another cipher, or no WebAssembly SIMD. */
export function kernelSealer(shape: CipherShape, keys: DirectionKeys): Sealer | null {
  const loaded = kernels()
  if (loaded === null) return null
  switch (shape.kind) {
    case 'gcm': {
      const short = new KernelGcmSealer(loaded, keyStream(loaded, shape, keys))
      return new BySizeSealer(short, WORTHWHILE.gcm, shape, keys)
    }
    case 'ccm': {
      const short = new KernelCcmSealer(loaded, keyStream(loaded, shape, keys), shape, keys)
      return new BySizeSealer(short, WORTHWHILE.ccm, shape, keys)
    }
    case 'chacha20':
      return new BySizeSealer(new KernelChachaSealer(loaded, keys), WORTHWHILE.chacha20, shape, keys)
    default:
      return null
  }
}

/** The fast form of an opener; see `kernelSealer`. */
export function kernelOpener(shape: CipherShape, keys: DirectionKeys): Opener | null {
  const loaded = kernels()
  if (loaded === null) return null
  switch (shape.kind) {
    case 'gcm': {
      const short = new KernelGcmOpener(loaded, keyStream(loaded, shape, keys))
      return new BySizeOpener(short, WORTHWHILE.gcm, shape, keys)
    }
    case 'ccm': {
      const short = new KernelCcmOpener(loaded, keyStream(loaded, shape, keys), shape, keys)
      return new BySizeOpener(short, WORTHWHILE.ccm, shape, keys)
    }
    case 'chacha20':
      return new BySizeOpener(new KernelChachaOpener(loaded, keys), WORTHWHILE.chacha20, shape, keys)
    default:
      return null
  }
}

/** The slots that all connections share. */
export function sharedSlots(loaded: Kernels): Slots {
  return (slots ??= new Slots(loaded))
}

let slots: Slots | null = null

/**
 * The longest records, in bytes, for which the kernels are faster than node:crypto: measured where vectors are slow. Where
 * they are fast it would be twice as much, but no record that fits a datagram of usual size is near either.
 */
const WORTHWHILE = { gcm: 3072, ccm: 5120, chacha20: 4096 } as const

function keyStream(loaded: Kernels, shape: CipherShape, keys: DirectionKeys): KeyStream {
  return new KeyStream(shape, keys, loaded, sharedSlots(loaded))
}
