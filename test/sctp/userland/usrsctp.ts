import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The compiled peer; null, with the reason on the console, where usrsctp or a compiler is missing. */
export function compilePeer(): { readonly program: string; remove(): void } | null {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-shim-sctp-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  const program = join(directory, 'peer')
  const source = fileURLToPath(new URL('usrsctp-peer.c', import.meta.url))
  try {
    if (!existsSync('/usr/include/usrsctp.h')) throw new Error('usrsctp is not installed (libusrsctp-dev)')
    execFileSync('gcc', ['-Wall', '-Wextra', source, '-o', program, '-lusrsctp'], { stdio: 'pipe' })
    return { program, remove }
  } catch (failure) {
    console.warn(`not tested against usrsctp: ${failure instanceof Error ? failure.message : failure}`)
    remove()
    return null
  }
}

const PATIENCE = 10_000

/** A running peer: its lines are awaited one by one, those that match nothing are passed over. */
export class Peer {
  readonly #process: ChildProcess
  readonly #lines: string[] = []
  #wake: () => void = () => {}

  constructor(program: string, ...args: readonly (string | number)[]) {
    this.#process = spawn(program, args.map(String), { stdio: ['ignore', 'pipe', 'inherit'] })
    const { stdout } = this.#process
    if (stdout === null) throw new Error('no output')
    createInterface({ input: stdout }).on('line', line => {
      this.#lines.push(line)
      this.#wake()
    })
  }

  /** The next line that matches. */
  async says(pattern: RegExp): Promise<string> {
    const seen: string[] = []
    const late = Date.now() + PATIENCE
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
        if (pattern.test(line)) return line
        seen.push(line)
      }
      const left = late - Date.now()
      if (left <= 0) throw new Error(`the peer did not say ${pattern}, but: ${seen.join(' | ')}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  stop(): void {
    this.#process.kill('SIGKILL')
  }
}
