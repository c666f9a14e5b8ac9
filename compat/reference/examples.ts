import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A whole program that the reference shows. */
export interface Example {
  readonly name: string
  /** Its first line, a comment. */
  readonly words: string
  readonly text: string
  /** What it writes, as its comments `// prints: ...` say. */
  readonly prints: readonly string[]
}

const FOLDER = 'compat/reference/examples'

/** The examples, by their names. */
export function examplesIn(root: string): readonly Example[] {
  return readdirSync(join(root, FOLDER))
    .toSorted()
    .map(file => {
      const [first = '', ...lines] = readFileSync(join(root, FOLDER, file), 'utf8')
        .trimEnd()
        .split('\n')
      const prints = lines.flatMap(line => /^\/\/ prints: (.*)$/.exec(line)?.[1] ?? [])
      return { name: file.replace('.ts', ''), words: first.replace('// ', ''), text: lines.join('\n').trim(), prints }
    })
}
