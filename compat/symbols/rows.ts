import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { absence } from './absent.ts'
import { coverage } from './coverage.ts'
import { exportedDefinitions } from './definitions.ts'
import { type Fact, readFacts } from './facts.ts'

/**
 * - works: as in OpenSSL, but for what differences.md tells
 * - harmless: there for ported code, with OpenSSL's result and no effect, as nothing here needs one
 * - refused: there, fails as OpenSSL fails and says why in the error queue
 * - absent: not exported
 */
export type Status = 'works' | 'harmless' | 'refused' | 'absent'

/** A name with what this project makes of it. */
export interface Row extends Fact {
  readonly status: Status
  /** Why it is harmless, refused or absent; empty when it works. */
  readonly reason: string
  /** The file of its definition, from the root; null when it is absent. */
  readonly file: string | null
  /** Of a function: the file of a test that uses it. */
  readonly test: string | null
}

export const FACTS = 'compat/symbols/symbols.tsv'

/** The entry points that export OpenSSL's names; a name is listed where the last of them finds it. */
const ENTRIES = ['lib/promises.ts', 'lib/index.ts']

/** Every row of symbols.tsv, its status drawn from the sources. */
export function symbolRows(root: string): readonly Row[] {
  const definitions = new Map(ENTRIES.flatMap(entry => [...exportedDefinitions(root, entry)]))
  const tests = coverage(root)
  return readFacts(readFileSync(join(root, FACTS), 'utf8')).map(fact => {
    const definition = definitions.get(fact.name)
    if (definition === undefined) return { ...fact, status: 'absent', reason: absence(fact), file: null, test: null }
    const { file, mark } = definition
    const test = isCallable(fact) ? (tests.get(fact.name) ?? null) : null
    return { ...fact, status: mark?.status ?? 'works', reason: mark?.reason ?? '', file, test }
  })
}

/** Functions and macros are tested one by one; constants all at once, types by the compiler. */
export function isCallable({ kind }: Fact): boolean {
  return kind === 'function' || kind === 'macro-function'
}
