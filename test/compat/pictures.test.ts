import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

/** The pictures are what the code does today: `npm run pictures` draws them anew. */

const FOLDER = 'compat/pictures'
const drawn = mkdtempSync(join(tmpdir(), 'openssl-shim-pictures-'))
const isPicture = (name: string) => name.endsWith('.svg') || name === 'index.html'

beforeAll(async () => {
  // In a process of its own: the debugger would have to go through all that the tests before have loaded.
  await promisify(execFile)(process.execPath, ['dist/compat/pictures/write.js', drawn])
})
afterAll(() => rmSync(drawn, { recursive: true }))

test('every picture is what would be drawn now, and there is no other', () => {
  const names = readdirSync(drawn)
  expect(readdirSync(FOLDER).filter(isPicture)).toEqual(names)
  const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')
  expect(names.filter(name => read(FOLDER, name) !== read(drawn, name))).toEqual([])
})

describe('the ways of a call', () => {
  /** The functions of a way, in order. */
  const functions = (name: string) => {
    const file = readFileSync(join(drawn, `${name}.svg`), 'utf8')
    return [...file.matchAll(/<tspan class="k">([^<]*)<\/tspan> <tspan class="m">([^<]*)</g)].map(
      ([, call, where]) => `${call} ${where}`,
    )
  }
  const inOrder = (name: string, wanted: readonly string[]) => {
    const found = functions(name)
    let at = 0
    for (const call of wanted) {
      at = found.indexOf(call, at)
      expect(at === -1 ? `${call} is not in its place in ${name}` : '').toBe('')
    }
  }

  test('up: pulled, admitted, checked for replay, opened, marked', () => {
    inOrder('way-up', [
      'SSL_read openssl/ssl/io.ts',
      'receive transport/udp/udp.ts',
      'receive record/dtls-input.ts',
      'admit record/admission.ts',
      'admits record/replay-window.ts',
      'open crypto/wasm/gcm.ts',
      'mark record/replay-window.ts',
    ])
  })

  test('down: sealed into the outbox, and from there to the transport', () => {
    inOrder('way-down', [
      'SSL_write openssl/ssl/io.ts',
      'write connection/connection.ts',
      'send record/dtls-output.ts',
      'seal crypto/wasm/gcm.ts',
      'takeOutput connection/connection.ts',
      'give transport/udp/udp.ts',
    ])
  })

  test('listen: the gate answers, and no connection is made', () => {
    inOrder('way-listen', ['DTLSv1_listen openssl/ssl/listener/listen.ts', 'helloGate handshake/hello-gate.ts'])
    expect(functions('way-listen').filter(call => call.endsWith('connection/connection.ts'))).toEqual([])
  })
})
