import { Openssl } from '../../test/interop/openssl.ts'
import { commandLine, type Role, type Settings, type Transport, type Version } from './settings.ts'

/** One side of a run. It tells what happens in lines `name value`; see peers/c/peer.h for them. */
export interface Party {
  /** What was run, for the reader. */
  readonly command: string
  readonly output: string
  /** What it printed in words of its own, of a side whose lines were made from these. */
  readonly words?: string
  /** Lines of NSS's key log format, of a side that tells its secrets. */
  readonly keys?: string
  /** Waits for a line that begins so; fails when the party ends or the time is up before. */
  says(line: RegExp, milliseconds: number): Promise<void>
  /** The client that was told to wait may send its data. */
  go(): void
  ended(): Promise<unknown>
  stop(): Promise<void>
}

/** Whom we are compared with. One file each, of this shape. */
export interface Peer {
  readonly name: string
  /** For the reader: what it is. */
  readonly title: string
  /** How it is installed. */
  readonly install: string
  readonly roles: readonly Role[]
  readonly transports: readonly Transport[]
  /** Those it speaks, of one that has not all; the numbers of its suites, of one that can be asked for them once. */
  readonly versions?: readonly Version[]
  readonly suites?: () => ReadonlySet<number>
  /** It needs a kernel with SCTP: where this one has none, its column is run in an emulated machine. */
  readonly kernelSctp?: true
  /** Milliseconds for a step of a run, where the usual ones are too few. */
  readonly patience?: number
  /** The most bytes of a message that it takes, where that is less than a record has. */
  readonly most?: Readonly<Record<Role, number>>
  /** It never says close_notify; nobody waits for one but the row that asks about it. */
  readonly silent?: true
  /** What it cannot do without, whatever a row is about. */
  readonly always?: Partial<Pick<Settings, 'cookie' | 'psk' | 'certificate'>>
  /** Our side of a run with it, where it is not the usual one. */
  ours?(role: Role, port: number, settings: Settings): Party
  /** Makes it ready to run; the reason why it cannot be run here, or null. */
  prepare(): Promise<string | null>
  /** Its version, once it is prepared. */
  version(): string
  start(role: Role, port: number, settings: Settings): Party
}

/** What a party's lines say. */
export interface Report {
  readonly connections: readonly ReadonlyMap<string, string>[]
  readonly echoed: readonly number[]
  /** How each connection ended, as the server saw it. */
  readonly closed: readonly string[]
  readonly complete: boolean
  readonly lacks: string | null
  readonly failed: string | null
}

export function reportOf(output: string): Report {
  const connections: Map<string, string>[] = []
  const [echoed, closed]: [number[], string[]] = [[], []]
  let [lacks, failed, complete]: [string | null, string | null, boolean] = [null, null, false]
  for (const line of output.split('\n').filter(text => text !== '')) {
    const [, name = line, value = ''] = /^(\w+) (.*)$/.exec(line) ?? []
    if (name === 'connection') connections.push(new Map())
    else if (name === 'echoed') echoed.push(Number(value))
    else if (name === 'closed') closed.push(value)
    else if (name === 'lacks') lacks = value
    else if (name === 'failed') failed ??= value
    else if (name === 'end') complete = true
    else connections.at(-1)?.set(name, value)
  }
  return { connections, echoed, closed, complete, lacks, failed }
}

/** A party that is a program of its own. */
export class Program implements Party {
  readonly command: string
  readonly #process: Openssl

  /** @param command - the program and what stands before the options */
  constructor(command: readonly [string, ...string[]], role: Role, port: number, settings: Settings) {
    const [program, ...first] = command
    const args = [...first, ...commandLine(role, port, settings)]
    this.command = [program, ...args].join(' ').replaceAll(`${process.cwd()}/`, '')
    this.#process = new Openssl(args, {}, program)
  }

  get output(): string {
    return this.#process.output
  }

  async says(line: RegExp, milliseconds: number): Promise<void> {
    await this.#process.prints(line, milliseconds)
  }

  go(): void {
    this.#process.type('go\n')
  }

  ended(): Promise<unknown> {
    return this.#process.ends()
  }

  stop(): Promise<void> {
    return this.#process.stop()
  }
}
