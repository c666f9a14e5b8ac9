/** What stood on a command line. */
export interface CommandLine {
  /** The argument of each option letter, an empty string for one that takes none. The last one counts. */
  readonly options: ReadonlyMap<string, string>
  readonly operands: readonly string[]
}

/**
 * Takes a command line apart as getopt(3) does: letters may be joined (`-vV`), an argument may follow its letter at once
 * (`-n5`), options and operands may be mixed, and `--` ends the options.
 * @param letters - the letters, each followed by a colon when it takes an argument: `n:v`
 * @returns the text of getopt's complaint instead when the line does not fit
 */
export function getopt(argv: readonly string[], letters: string): CommandLine | string {
  const options = new Map<string, string>()
  const operands: string[] = []
  const rest = [...argv]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') return { options, operands: [...operands, ...rest] }
    if (word === '-' || !word.startsWith('-')) {
      operands.push(word)
      continue
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at)
      const known = letter === ':' ? -1 : letters.indexOf(letter)
      if (known === -1) return `invalid option -- '${letter}'`
      const takesArgument = letters[known + 1] === ':'
      const argument = takesArgument ? word.slice(at + 1) || rest.shift() : ''
      if (argument === undefined) return `option requires an argument -- '${letter}'`
      options.set(letter, argument)
      if (takesArgument) break
    }
  }
  return { options, operands }
}
