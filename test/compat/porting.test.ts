import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { freePort } from '../interop/openssl.ts'
import { certificateFile, keyFile } from '../interop/ours.ts'

/** The programs of the porting guide, as they stand there: C and its port in all four pairs. */

const guide = readFileSync('compat/PORTING.md', 'utf8')
const programs = new Map(
  [...guide.matchAll(/<!-- (\w+\.\w+) -->\n```\w+\n([\s\S]*?)```/g)].map(([, name = '', text = '']) => [name, text]),
)

mkdirSync('.cache', { recursive: true })
// Inside the project: there the ported programs find the package by its name.
const folder = mkdtempSync(resolve('.cache/porting-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const [name, text] of programs) writeFileSync(join(folder, name), text)

const compiler = spawnSync('gcc', ['--version']).error === undefined
const why = !compiler ? 'there is no gcc' : existsSync('dist/lib/promises.js') ? null : 'the package is not built'
if (why !== null) console.warn(`the programs of the porting guide are not run: ${why}`)

test('the guide has the four programs', () => {
  expect([...programs.keys()].toSorted()).toEqual(['client.c', 'client.mjs', 'server.c', 'server.mjs'])
})

const live = why === null ? describe : describe.skip

live('the programs of the guide', () => {
  test.each([
    ['c', 'c'],
    ['c', 'mjs'],
    ['mjs', 'c'],
    ['mjs', 'mjs'],
  ])(
    'server.%s and client.%s',
    async (serverKind, clientKind) => {
      const port = `${await freePort()}`
      const server = spawn(...command(`server.${serverKind}`, [port, certificateFile('p256'), keyFile('p256')]))
      try {
        const ended = new Promise<number | null>(done => server.on('close', done))
        await new Promise<void>((done, failed) => {
          server.stdout.once('data', () => done())
          server.once('close', () => failed(new Error('the server ended')))
        })
        const [program, args] = command(`client.${clientKind}`, [port, certificateFile('authority'), 'p256.test'])
        const said = execFileSync(program, args, { encoding: 'utf8', timeout: 20_000 })
        expect(said).toBe('hello over DTLSv1.2\n')
        expect(await ended).toBe(0)
      } finally {
        server.kill('SIGKILL')
      }
    },
    40_000,
  )
})

function command(name: string, args: readonly string[]): [string, string[]] {
  const path = join(folder, name)
  if (name.endsWith('.mjs')) return [process.execPath, [path, ...args]]
  const built = `${path}.out`
  if (!existsSync(built)) execFileSync('gcc', ['-o', built, path, '-lssl', '-lcrypto'], { stdio: 'pipe' })
  return [built, [...args]]
}
