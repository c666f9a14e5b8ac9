import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Bogo, bogo } from './build.ts'
import { campaign } from './campaign.ts'
import { parseFlags, Unimplemented } from './flags.ts'
import { serveShim } from './server.ts'

/** A part of BoringSSL's conformance tests; `npm run bogo` runs all. */

const CACHE = join('.cache', 'bogo')
let runner: Bogo | null = null
const directory = mkdtempSync(join(tmpdir(), 'bogo-'))

beforeAll(() => {
  try {
    if (!existsSync(CACHE)) execFileSync('go', ['version'], { stdio: 'ignore' })
    runner = bogo(CACHE)
  } catch (failure) {
    console.warn(`not run: ${failure instanceof Error ? failure.message : failure}`)
  }
}, 600_000)

afterAll(() => rmSync(directory, { recursive: true, force: true }))

test('every fifteenth test of BoringSSL', async () => {
  if (runner === null) return
  const path = join(directory, 'socket')
  const server = await serveShim(path)
  const result = await campaign(runner, { workers: [path], patterns: [], shard: { index: 7, total: 15 } })
  server.close()
  expect(result.failures).toEqual([])
  expect(result.passed).toBeGreaterThan(100)
  expect(result.status).toBe(0)
}, 300_000)

describe('the flags of the shim', () => {
  test('each goes to both connections unless it says which', () => {
    const { initial, resume } = parseFlags([
      ...['-port', '4433', '-dtls', '-curves', '23', '-on-initial-curves', '24', '-on-resume-mtu', '300'],
      ...['-ocsp-response', 'AQID', '-on-handshaker-mtu', '500', '-on-shim-on-resume-no-ticket'],
    ])
    expect(initial).toMatchObject({ port: 4433, dtls: true, curves: [23, 24], mtu: 0, noTicket: false })
    expect(resume).toMatchObject({ port: 4433, dtls: true, curves: [23], mtu: 300, noTicket: true })
    expect(resume.ocspResponse).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('what is not known is left out, what makes no sense is an error', () => {
    expect(() => parseFlags(['-port', '1', '-quic'])).toThrow(Unimplemented)
    expect(() => parseFlags(['-srtpProfiles', 'x'])).toThrow(Unimplemented)
    expect(() => parseFlags(['-on-retry-mtu', '1'])).toThrow(Unimplemented)
    expect(() => parseFlags(['-mtu', 'x'])).toThrow('x is not a number')
    expect(() => parseFlags(['-mtu'])).toThrow('-mtu wants a parameter')
  })
})
