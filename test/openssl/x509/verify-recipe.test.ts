import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type Verdict, verifyCommand } from './verify-command.ts'
import { RECIPE } from './verify-recipe.ts'

const CERTIFICATES = fileURLToPath(new URL('certs/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'verify-recipe-'))

afterAll(() => rmSync(folder, { recursive: true }))

/** Options with a word after them that is no file. */
const VALUED: ReadonlySet<string> = new Set(['-auth_level', '-purpose', '-attime', '-verify_depth', '-policy'])

function words(args: string): string[] {
  const list = args.split(' ')
  return list.map((word, at) =>
    word.startsWith('-') || word.includes('/') || VALUED.has(list[at - 1] ?? '')
      ? word
      : join(CERTIFICATES, `${word}.pem`),
  )
}

const version = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? ''
const installed = version.startsWith('OpenSSL 3.0.')
if (!installed) console.warn(`not compared with the openssl command: ${version === '' ? 'it is missing' : version}`)

/** What the installed command says; its error queue is left out. */
function real(args: readonly string[]): Verdict {
  const env = { ...process.env, SSL_CERT_FILE: join(folder, 'none'), SSL_CERT_DIR: join(folder, 'none') }
  const { status, stdout, stderr } = spawnSync('openssl', ['verify', ...args], { encoding: 'utf8', env })
  const lines = `${stderr}${stdout}`.trimEnd().split('\n')
  return { status: status ?? -1, lines: lines.filter(line => !/^[0-9A-F]+:error:/.test(line)) }
}

describe('the recipe', () => {
  test.each(RECIPE)('%s: %s', (outcome, _, args) => {
    const list = words(args)
    const verdict = verifyCommand(list)
    expect(verdict.status).toBe(outcome === 'pass' ? 0 : 2)
    if (installed) expect(verdict).toEqual(real(list))
  })
})

test('fail: CVE-2026-28388, a difference without a number', () => {
  const args =
    '-attime 1739527200 -CAfile cve-2026-28388-ca -crl_check -use_deltas -CRLfile cve-2026-28388-crls cve-2026-28388-leaf'
  const list = words(args)
  const verdict = verifyCommand(list)
  expect(verdict.lines.some(line => line.includes('CRL is not yet valid'))).toBe(true)
  if (installed) expect(verdict).toEqual(real(list))
})

describe('a key beside the certificate', () => {
  const [certificate, key] = ['root-cert', 'key-pass-12345'].map(name =>
    readFileSync(join(CERTIFICATES, `${name}.pem`)),
  )

  test.each([
    ['Mixed cert + key file test', [certificate, key]],
    ['Mixed key + cert file test', [key, certificate]],
  ])('%s', (_, parts) => {
    const file = join(folder, 'mixed.pem')
    writeFileSync(file, Buffer.concat(parts.flatMap(part => part ?? [])))
    const list = ['-trusted', file, join(CERTIFICATES, 'root-cert.pem')]
    const verdict = verifyCommand(list)
    expect(verdict.status).toBe(0)
    if (installed) expect(verdict).toEqual(real(list))
  })
})

describe('where the root is', () => {
  const root = join(CERTIFICATES, 'root-cert.pem')
  const odd = join(folder, 'foo:cert.pem')
  copyFileSync(root, odd)

  test.each([
    [true, ['-CAfile', root]],
    [true, ['-CAstore', root]],
    [true, ['-CAstore', root, '-CAfile', root]],
    [false, ['-CAstore', join(folder, 'none'), '-CAfile', root]],
    [true, ['-CAstore', odd]],
    [true, ['-CAstore', `file://${root}`]],
    [true, ['-CAstore', `file://localhost${root}`]],
    [false, ['-CAstore', `file://otherhost${root}`]],
  ])('%p: %s', (good, args) => {
    const list = ['-auth_level', '1', ...args, root]
    expect(verifyCommand(list).status === 0).toBe(good)
    if (installed) expect(real(list).status === 0).toBe(good)
  })
})
