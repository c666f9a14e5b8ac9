// Compiles the kernels to ../module.ts: WebAssembly in base64, so that nothing has to be found and read at run time.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The text of module.ts. */
export async function compile() {
  let binary = null
  const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert', '--use', 'abort=']
  const memory = ['--initialMemory', '17', '--maximumMemory', '17', '--memoryBase', '64']
  const { error, stderr } = await asc.main(
    ['index.ts', '--baseDir', here, '--outFile', 'kernels.wasm', ...options, ...memory],
    {
      writeFile: (name, contents) => {
        if (name === 'kernels.wasm') binary = contents
      },
    },
  )
  if (error !== null || binary === null) throw new Error(stderr.toString(), { cause: error })
  const text = Buffer.from(binary).toString('base64')
  return [
    '// Made from assembly/ by `npm run wasm`; a test compares the two.',
    '',
    '/** The record kernels: a WebAssembly module in base64. */',
    '// biome-ignore format: one line',
    `export const MODULE = '${text}'`,
    '',
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../module.ts', import.meta.url), await compile())
}
