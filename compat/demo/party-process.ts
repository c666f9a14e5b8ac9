import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { PartyEvent, Role } from './events.ts'

/** Milliseconds that one step of the demo may take. */
const PATIENCE = 30_000

/** One process of a demo as the terminal's process sees it. */
export class Party {
  /** Whom it plays. */
  readonly role: Role | 'pair'
  /** What the sample has printed. */
  output = ''
  readonly #process: ChildProcess
  readonly #events: PartyEvent[] = []
  readonly #listeners = new Set<() => void>()
  #ended = false

  /** @param program - file beside this one, started in `folder` */
  constructor(role: Role | 'pair', program: string, folder: string, ...args: readonly (string | number)[]) {
    this.role = role
    const path = fileURLToPath(new URL(program, import.meta.url))
    this.#process = fork(path, args.map(String), { cwd: folder, silent: true })
    const collect = (text: Buffer) => (this.output += text.toString())
    this.#process.stdout?.on('data', collect)
    this.#process.stderr?.on('data', collect)
    this.#process.on('message', event => this.#take(event))
    // Not 'exit': what the process has said last is still to be read then.
    this.#process.on('close', () => this.#end())
    this.#process.on('error', failure => {
      this.output += `${failure.message}\n`
      this.#end()
    })
  }

  /** All reports of one kind so far. */
  all<K extends PartyEvent['kind']>(kind: K): Extract<PartyEvent, { kind: K }>[] {
    return this.#events.filter(event => isKind(event, kind))
  }

  /** The first report of this kind, as soon as it is there; fails when it does not come. */
  first<K extends PartyEvent['kind']>(kind: K): Promise<Extract<PartyEvent, { kind: K }>> {
    return this.nth(kind, 0)
  }

  /** A later one, counted from 0. */
  async nth<K extends PartyEvent['kind']>(kind: K, index: number): Promise<Extract<PartyEvent, { kind: K }>> {
    const deadline = AbortSignal.timeout(PATIENCE)
    for (;;) {
      const found = this.all(kind)[index]
      if (found !== undefined) return found
      if (this.#ended) throw new Error(`the ${this.role} ended before it was ${kind}`)
      if (deadline.aborted) throw new Error(`the ${this.role} was not ${kind} within ${PATIENCE / 1000} seconds`)
      await this.#change(deadline)
    }
  }

  /** Calls `listener` at each report, until the function that it returns is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  kill(): void {
    this.#process.kill()
  }

  #take(event: unknown): void {
    if (!isPartyEvent(event)) return
    this.#events.push(event)
    this.#notify()
  }

  #end(): void {
    this.#ended = true
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }

  #change(deadline: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#listeners.delete(done)
        deadline.removeEventListener('abort', done)
        resolve()
      }
      this.#listeners.add(done)
      deadline.addEventListener('abort', done)
    })
  }
}

/** The other end of the channel is our own program: what kind of report it is tells enough. */
function isPartyEvent(event: unknown): event is PartyEvent {
  return typeof event === 'object' && event !== null && 'kind' in event
}

function isKind<K extends PartyEvent['kind']>(
  event: PartyEvent,
  kind: K,
): event is Extract<PartyEvent, { readonly kind: K }> {
  return event.kind === kind
}
