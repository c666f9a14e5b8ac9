import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { concat, EMPTY } from '../../lib/base/bytes.ts'
import type { Certificate } from '../../lib/pki/certificate.ts'
import type { Crl } from '../../lib/pki/crl.ts'
import { parseIp } from '../../lib/pki/path/identity.ts'
import type { PolicyNode } from '../../lib/pki/path/policy.ts'
import { encodeTrustSettings, type TrustSettings } from '../../lib/pki/path/trust-settings.ts'
import { TrustStore } from '../../lib/pki/path/trust-store.ts'
import type { Verification } from '../../lib/pki/path/verification.ts'
import { verification } from '../../lib/pki/path/verify.ts'
import { DEFAULT_PARAMETERS, VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import { NOW } from './authority.ts'

/** A chain, what it is verified with, and what must come of it. */
export interface Case {
  readonly name: string
  readonly target: Certificate
  readonly untrusted?: readonly Certificate[]
  readonly trusted: readonly Certificate[]
  /** What the owner of the store notes beside every trusted certificate. */
  readonly settings?: TrustSettings
  /** Lists of the store, and lists of this verification alone. */
  readonly crls?: readonly Crl[]
  readonly ownCrls?: readonly Crl[]
  /** Set besides the default ones; trustedFirst, which is one of them, is taken away. */
  readonly flags?: number
  readonly purpose?: number
  readonly trust?: number
  readonly depth?: number
  readonly level?: number
  readonly host?: string
  readonly ip?: string
  readonly email?: string
  readonly policies?: readonly string[]
  readonly time?: number
  /** What the first refusal must be, 0: accepted; left out where only libcrypto knows. */
  readonly error?: number
  /** The place in the chain that the first refusal is about. */
  readonly at?: number
}

/** What our verification tells its callback, in the oracle's words. */
export function transcript(item: Case, overrule: boolean): string {
  const store = new TrustStore()
  for (const certificate of item.trusted) store.add(certificate)
  for (const crl of item.crls ?? []) store.addCrl(crl)
  const calls: string[] = []
  const path = verification({
    target: item.target,
    untrusted: item.untrusted ?? [],
    trust: {
      certificates: subject => store.certificates(subject),
      crls: issuer => store.crls(issuer),
      settings: () => item.settings ?? null,
    },
    crls: item.ownCrls ?? [],
    parameters: {
      ...DEFAULT_PARAMETERS,
      flags: (DEFAULT_PARAMETERS.flags | VerifyFlag.useCheckTime) ^ (item.flags ?? 0),
      time: item.time ?? NOW,
      purpose: item.purpose ?? 0,
      trust: item.trust ?? 0,
      depth: item.depth ?? 100,
      authLevel: item.level ?? -1,
      hosts: item.host === undefined ? [] : [item.host],
      ip: item.ip === undefined ? null : parseIp(item.ip),
      email: item.email ?? null,
      policies: item.policies ?? null,
    },
    callback: (ok, v) => {
      calls.push(`${v.parent === null ? '' : '['}${ok}/${v.error}@${v.errorDepth} `)
      return overrule || ok !== 0
    },
  })
  const good = path.run()
  const result = path.broken ? -1 : Number(good)
  return `${calls.join('')}=${result}/${path.error} E${Number(path.explicitPolicy)}${policiesOf(path)}`
}

function policiesOf({ policyTree: tree }: Verification): string {
  if (tree === null) return ''
  const list = (nodes: readonly PolicyNode[]): string => nodes.map(({ data }) => `${data.policy},`).join('')
  const levels = tree.levels.map(({ any, nodes }, depth) => ` ${depth}:${list(any === null ? nodes : [any, ...nodes])}`)
  return ` A:${list(tree.authorityPolicies)} U:${list(tree.userPolicies)}${levels.join('')}`
}

/** What libcrypto tells, twice for each case: obeyed and overruled; null where it cannot be compared with. */
function oracle(cases: readonly Case[]): string[] | null {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'))
  try {
    const program = join(folder, 'oracle')
    const built = spawnSync('gcc', ['-D_GNU_SOURCE', '-o', program, 'test/pki/verify-oracle.c', '-lcrypto'])
    if (built.status !== 0) return null
    let count = 0
    const save = (der: Uint8Array, notes: Uint8Array = EMPTY): string => {
      const file = join(folder, `${count++}.der`)
      writeFileSync(file, concat(der, notes))
      return file
    }
    const lines = cases.flatMap(item => {
      const notes = item.settings === undefined ? EMPTY : encodeTrustSettings(item.settings)
      const files = [
        ['T', save(item.target.der)],
        ['U', ...(item.untrusted ?? []).map(({ der }) => save(der))],
        ['R', ...item.trusted.map(({ der }) => save(der, notes))],
        ['C', ...(item.crls ?? []).map(({ der }) => save(der))],
        ['L', ...(item.ownCrls ?? []).map(({ der }) => save(der))],
      ]
      return [0, 1].map(overrule => [...settingsOf(item), overrule, ...files.flat()].join(' '))
    })
    const output = execFileSync(program, { input: lines.join('\n'), encoding: 'utf8', maxBuffer: 1 << 26 })
    const [version = '', ...transcripts] = output.trimEnd().split('\n')
    return version.startsWith('OpenSSL 3.0.') ? transcripts : null
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function settingsOf(item: Case): (string | number)[] {
  return [
    item.flags ?? 0,
    item.purpose ?? 0,
    item.depth ?? 100,
    item.level ?? -1,
    (item.time ?? NOW) / 1000,
    item.host ?? '-',
    item.ip ?? '-',
    item.email ?? '-',
    (item.policies ?? []).join(',') || '-',
    item.trust ?? 0,
  ]
}

/** The first refusal of each case as it must be, and every callback as libcrypto makes it, obeyed and overruled. */
export function testCases(cases: readonly Case[]): void {
  const told = oracle(cases)
  if (told === null) console.warn('gcc, libcrypto or its headers missing, or not of 3.0: not compared')
  test.each(cases.map((item, index) => [item.name, item, index] as const))('%s', (_, item, index) => {
    const ours = transcript(item, false)
    const [, accepted = '', last = ''] = /=(-?\d)\/(\d+) /.exec(ours) ?? []
    expect(accepted === '1').toBe(last === '0')
    if (item.error !== undefined) expect(Number(last)).toBe(item.error)
    if (item.at !== undefined) expect(Number(/0\/\d+@(\d+) /.exec(ours)?.[1] ?? -1)).toBe(item.at)
    if (told !== null) expect([ours, transcript(item, true)]).toEqual([told[2 * index], told[2 * index + 1]])
  })
}
