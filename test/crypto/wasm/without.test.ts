import { afterEach, expect, test } from '@jest/globals'
import type * as protection from '../../../lib/crypto/protection.ts'
import { SUITES } from '../../../lib/crypto/suites.ts'
import type * as fast from '../../../lib/crypto/wasm/kernels.ts'
import { keysFor, seededRandom } from '../helpers.ts'

// Modules are loaded after the global has been changed, because the kernels are looked for once.

const original = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly')
if (original === undefined) throw new Error('no WebAssembly to take away')
const intact: PropertyDescriptor = original
afterEach(() => {
  Object.defineProperty(globalThis, 'WebAssembly', intact)
})

test('without WebAssembly the plain form serves, and is found to be all there is', async () => {
  Object.defineProperty(globalThis, 'WebAssembly', { ...intact, value: undefined })
  const { kernels }: typeof fast = await import('../../../lib/crypto/wasm/kernels.ts')
  expect(kernels()).toBeNull()
  const { createOpener, createSealer }: typeof protection = await import('../../../lib/crypto/protection.ts')
  const mode = { encryptThenMac: false, explicitIv: true }
  for (const cipher of ['aes-128-gcm', 'aes-256-ccm-8', 'chacha20-poly1305']) {
    const suite = SUITES.find(row => row.cipher === cipher)
    if (suite === undefined) throw new Error(cipher)
    const keys = keysFor(suite, true)
    const sealer = createSealer(suite, keys, mode, seededRandom(1))
    const text = seededRandom(2)(100)
    const out = new Uint8Array(sealer.sealedLength(100))
    sealer.seal(23, 0xfefd, 1, 2, text, out, 0)
    expect(createOpener(suite, keys, mode).open(23, 0xfefd, 1, 2, out)).toEqual(text)
  }
})
