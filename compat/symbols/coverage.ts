import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What would hear of every name whatever it does: lists of names, and this table's own test. */
const LISTS = ['test/openssl/exports.test.ts', 'test/openssl/constants/', 'test/compat/', 'test/package.test.ts']

/** Calls that a test reads and makes, each by its name. */
const CALLS = /^test\/openssl\/(?:arguments\/calls|snippets\/scenes\/\w+)\.txt$/

/**
 * The test that uses a name, by name: a name in code, not in a comment, an import or a text. The facade's own tests
 * come first, then other tests, then what tests are made of and the ported samples, which tests run; of several the
 * first in the alphabet, so that the answer seldom changes.
 */
export function coverage(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const file of testFiles(root))
    for (const name of identifiers(readFileSync(join(root, file), 'utf8'))) if (!found.has(name)) found.set(name, file)
  return found
}

function testFiles(root: string): readonly string[] {
  return ['test', 'compat/samples']
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        name => `${folder}/${name.replaceAll('\\', '/')}`,
      ),
    )
    .filter(file => (file.endsWith('.ts') || CALLS.test(file)) && !LISTS.some(list => file.startsWith(list)))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

function rank(file: string): number {
  if (!file.startsWith('test/')) return 3
  if (file.endsWith('.ts') && !file.endsWith('.test.ts')) return 2
  return file.startsWith('test/openssl/') ? 0 : 1
}

function identifiers(source: string): ReadonlySet<string> {
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .replace(/^(?:import|export) [^;]*? from '[^']*'$/gm, '')
    .replace(/'(?:\\.|[^'\\\n])*'/g, "''")
  return new Set(code.match(/\b[A-Za-z_]\w*\b/g))
}
