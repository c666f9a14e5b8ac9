import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import { make_certificates } from '../../compat/demo/certificates.ts'
import { freePort } from './hello.ts'
import { PATIENCE, Program } from './programs.ts'

/** The servers and the clients of README.md and SCTP.md, as they stand there but for the port. */

jest.setTimeout(2 * PATIENCE)

// Inside the project: there they find the package by its name.
let folder: string
const running: Program[] = []

beforeAll(() => {
  mkdirSync('.cache', { recursive: true })
  folder = mkdtempSync(resolve('.cache/documents-'))
  make_certificates(folder)
})
afterEach(async () => {
  for (const { process } of running) process.kill('SIGKILL')
  await Promise.all(running.splice(0).map(({ ended }) => ended))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A program of a document. @param name - what stands in its first line */
function extract(document: string, name: string): string {
  const text = new RegExp(`\`\`\`js\n(// ${name}\\.mjs\\b[\\s\\S]*?)\`\`\``).exec(readFileSync(document, 'utf8'))?.[1]
  if (text === undefined) throw new Error(`${document} has no ${name}.mjs`)
  return text
}

/** Starts a program; one that binds says so. */
function start(name: string, text: string, port: number, environment: readonly string[] = []): Program {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, text.replace(/4433/g, `${port}`).replace(/^bind\(.*$/m, "$&\nconsole.log('bound')"))
  const program = new Program('env', [...environment, process.execPath, path], folder)
  running.push(program)
  return program
}

const SAYS_HELLO = '0: hello ECDHE-ECDSA-AES256-GCM-SHA384\n'

test('README: a server and a client in ten lines', async () => {
  const port = await freePort()
  const server = start('server', `${extract('README.md', 'server')}console.log('done')\n`, port)
  await server.says(/bound/)
  const client = start('client', extract('README.md', 'client'), port)
  expect(`${await client.ended}: ${client}`).toBe(SAYS_HELLO)
  await server.says(/done/)
})

test('README: a listener serves one client after the other', async () => {
  const port = await freePort()
  const [head = ''] = extract('README.md', 'server').split('const ssl =')
  const server = start('listener', head + extract('README.md', 'listener'), port)
  await server.says(/bound/)
  for (const name of ['first', 'second']) {
    const client = start(name, extract('README.md', 'client'), port)
    expect(`${await client.ended}: ${client}`).toBe(SAYS_HELLO)
  }
})

test('SCTP.md: DTLS over SCTP says hello on a stream', async () => {
  for (const name of ['sctp-server', 'sctp-client'])
    writeFileSync(join(folder, `${name}.mjs`), extract('compat/SCTP.md', name))
  // Both in one process: the SCTP of the test connects sockets of one.
  const both = "await Promise.all([import('./sctp-server.mjs'), import('./sctp-client.mjs')])\nprocess.exit()\n"
  const program = start('both', both, 4433, ['OPENSSL_SHIM_SCTP=loopback'])
  expect(`${await program.ended}: ${program}`).toBe(SAYS_HELLO)
})
