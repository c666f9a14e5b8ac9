import { expect, test } from '@jest/globals'
import { compile } from '../../../lib/crypto/wasm/assembly/build.mjs'
import { MODULE } from '../../../lib/crypto/wasm/module.ts'

test('module.ts is what its sources compile to: `npm run wasm` makes it anew', async () => {
  expect(await compile()).toContain(`'${MODULE}'`)
}, 30_000)
