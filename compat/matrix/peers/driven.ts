import { Openssl } from '../../../test/interop/openssl.ts'
import type { Party } from '../party.ts'

/** What drives a program that knows nothing of the matrix has in its hands. */
export interface Hands {
  /** A line of the report; see c/peer.h. */
  tell(line: string): void
  start(program: string, args: readonly string[]): Run
  /** Settled when the client may send its data. */
  readonly go: Promise<void>
}

/** What the driver throws for what its program has not got. */
export class Lacking extends Error {}

/** A side that is programs of their own, whose words a driver turns into the lines of a report. */
export class Driven implements Party {
  readonly command: string
  output = ''
  readonly #done: Promise<void>
  readonly #runs: Run[] = []
  #over = false
  #wake: () => void = () => {}
  #release: () => void = () => {}

  readonly #others: () => string

  /**
   * @param command - for the reader
   * @param others - what programs print that are not started by these hands
   */
  constructor(command: readonly string[], drive: (hands: Hands) => Promise<void>, others: () => string = () => '') {
    this.#others = others
    this.command = command.join(' ').replaceAll(`${process.cwd()}/`, '')
    const go = new Promise<void>(resolve => {
      this.#release = resolve
    })
    const start = (program: string, args: readonly string[]) => {
      if (this.#over) throw new Error('it was stopped')
      const run = new Run(program, args)
      this.#runs.push(run)
      return run
    }
    this.#done = this.#drive(drive, { tell: line => this.#tell(line), start, go })
  }

  get words(): string {
    return [...this.#runs.map(({ output }) => output), this.#others()].filter(text => text !== '').join('\n')
  }

  async says(line: RegExp, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    while (!line.test(this.output)) {
      if (this.#over || performance.now() > deadline) throw new Error(`it has not said ${line}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
        setTimeout(resolve, 100)
      })
    }
  }

  go(): void {
    this.#release()
  }

  ended(): Promise<void> {
    return this.#done
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#runs.map(run => run.stop()))
    // A driver that waits for something else than its programs may never hear of it.
    await Promise.race([this.#done, new Promise(resolve => setTimeout(resolve, 500))])
  }

  async #drive(drive: (hands: Hands) => Promise<void>, hands: Hands): Promise<void> {
    try {
      await drive(hands)
      this.#tell('end')
    } catch (failure) {
      const [line = ''] = (failure instanceof Error ? failure.message : String(failure)).split('\n')
      if (!this.#over) this.#tell(failure instanceof Lacking ? `lacks ${line}` : `failed ${line}`)
    }
    this.#over = true
    this.#wake()
    for (const run of this.#runs) await run.stop()
  }

  #tell(line: string): void {
    this.output += `${line}\n`
    this.#wake()
  }
}

/** A program, and how far into its output the driver has read. */
export class Run {
  readonly #process: Openssl
  #at = 0
  #ended = false

  constructor(program: string, args: readonly string[]) {
    this.#process = new Openssl(args, {}, program)
    this.#process.ends().then(
      () => this.#end(),
      () => this.#end(),
    )
  }

  get output(): string {
    return this.#process.output
  }

  /** Waits for this behind what was read before. @returns all up to it and with it */
  async next(pattern: RegExp): Promise<{ readonly before: string; readonly match: RegExpExecArray }> {
    for (;;) {
      const rest = this.output.slice(this.#at)
      const match = pattern.exec(rest)
      if (match !== null) {
        const end = match.index + match[0].length
        this.#at += end
        return { before: rest.slice(0, end), match }
      }
      if (this.#ended) throw new Error(`it ended before ${pattern}: ${lastWords(rest)}`)
      await pause()
    }
  }

  /** Waits for this very text behind what was read before. */
  async hears(text: string): Promise<void> {
    for (;;) {
      const found = this.output.indexOf(text, this.#at)
      if (found !== -1) {
        this.#at = found + text.length
        return
      }
      if (this.#ended) throw new Error(`it ended before it had printed ${text.length} bytes`)
      await pause()
    }
  }

  /** What it has printed since, as soon as there is something. Lines of its own among it are left out. */
  async more(own: RegExp): Promise<string> {
    for (;;) {
      const rest = this.output.slice(this.#at).replace(own, '')
      this.#at = this.output.length
      if (rest !== '') return rest
      if (this.#ended) throw new Error('it ended before all data had come')
      await pause()
    }
  }

  /** Goes back, as more was read than was meant. */
  unread(length: number): void {
    this.#at -= length
  }

  type(text: string): void {
    this.#process.type(text)
  }

  endInput(): void {
    this.#process.endInput()
  }

  async ends(): Promise<void> {
    await this.#process.ends()
  }

  async stop(): Promise<void> {
    await this.#process.stop()
  }

  #end(): void {
    this.#ended = true
  }
}

function lastWords(text: string): string {
  return text.trim().split('\n').slice(-2).join(' / ').slice(0, 200)
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 5))
}
