import { type OptionLetter, type Options, read_options } from './options.ts'
import { print_version, printf } from './print.ts'

/** A sample as the command line starts it. @returns the exit code; a server's promise stays open */
export type Main = (argv: readonly string[]) => Promise<number>

/** The beginning of every C sample's `main`. */
export function sample_main(
  program: string,
  letters: readonly OptionLetter[],
  shortest: number,
  start_server: (options: Options) => Promise<number>,
  start_client: (options: Options) => Promise<number>,
): Main {
  return async argv => {
    const options = read_options(program, letters, argv, shortest)
    if (typeof options === 'string') {
      process.stderr.write(options)
      return 1
    }
    if (options.verbose) print_version()
    const code = await (options.remote_address === null ? start_server(options) : start_client(options))
    if (code !== 0 && options.verbose) printf(`${program} ends with ${code}\n`)
    return code
  }
}
