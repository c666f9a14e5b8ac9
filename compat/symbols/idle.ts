import type { Definition } from './definitions.ts'

/**
 * Whether a function takes no notice of its arguments and has no effect, as far as its text tells: a body of nothing
 * but `void argument`, checks of arguments and the return of a literal.
 */
export function isIdle({ text }: Definition): boolean {
  const body =
    /^export function \w+(?:<[^>]*>)?\([\s\S]*?\)(?:: [^{]+)? \{([\s\S]*)\}\s*$/.exec(text)?.[1] ??
    /^export const \w+[^=]*= \([^)]*\)(?:: [^=]+)? => (?:\{([\s\S]*)\}|(\S+))\s*$/.exec(text)?.slice(1).join('')
  if (body === undefined) return false
  const statements = body
    .replace(/\/\/.*$/gm, '')
    .split('\n')
    .map(line => line.trim().replace(/^undefined$/, ''))
  return statements.every(line =>
    /^(?:|void \w+|(?:require|live)\w+\([^().]*\)|(?:return )?(?:-?\d+|null|''|\[\]|true|false))$/.test(line),
  )
}
