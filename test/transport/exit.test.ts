import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

test('a program with idle sockets ends by itself, one that waits does not', async () => {
  const args = [
    '--no-warnings',
    '--import',
    new URL('./ts-loader.mjs', import.meta.url).href,
    path('./exit-program.ts'),
  ]
  // Killed by the time limit, the process would fail this.
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000, cwd: path('../..') })
  expect(stdout).toBe('1 kept alive by a wait\n')
}, 25_000)
