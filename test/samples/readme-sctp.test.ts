import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, expect, jest, test } from '@jest/globals'
import { make_certificates } from '../../compat/demo/certificates.ts'
import { PATIENCE, Program } from './programs.ts'

/** The server and the client of the README, as they stand there. */

jest.setTimeout(2 * PATIENCE)

mkdirSync('.cache', { recursive: true })
// Inside the project: there they find the package by its name.
const folder = mkdtempSync(resolve('.cache/readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('DTLS over SCTP: says hello on a stream', async () => {
  make_certificates(folder)
  const readme = readFileSync('README.md', 'utf8')
  for (const name of ['sctp-server', 'sctp-client']) {
    const [, text = ''] = new RegExp(`\`\`\`js\n(// ${name}\\.mjs\n[\\s\\S]*?)\`\`\``).exec(readme) ?? []
    expect(text).toContain('BIO_new_dgram_sctp')
    // The demo's certificate is not signed by itself.
    writeFileSync(
      join(folder, `${name}.mjs`),
      text.replace(
        "ctx, 'certs/server-cert.pem')\nossl.SSL_CTX_set_verify",
        "ctx, 'certs/ca-cert.pem')\nossl.SSL_CTX_set_verify",
      ),
    )
  }
  // Both in one process: the SCTP of the test connects sockets of one.
  writeFileSync(
    join(folder, 'both.mjs'),
    "await Promise.all([import('./sctp-server.mjs'), import('./sctp-client.mjs')])\nprocess.exit()\n",
  )
  const both = new Program('env', ['OPENSSL_SHIM_SCTP=loopback', process.execPath, join(folder, 'both.mjs')], folder)
  const deadline = setTimeout(() => both.process.kill('SIGKILL'), PATIENCE)
  expect(`${await both.ended}: ${both}`).toBe('0: hello ECDHE-ECDSA-AES256-GCM-SHA384\n')
  clearTimeout(deadline)
})
