import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { make_certificates } from '../../compat/demo/certificates.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const RUN = join(ROOT, 'dist/compat/samples/run.js')
export const DEMO = join(ROOT, 'dist/compat/demo.js')
export const LAUNCHER = join(ROOT, 'compat/samples/run.mjs')

/** How long a test waits for what must come, in milliseconds: a failure, not a measure. */
export const PATIENCE = 15_000

export const hasIPv6 = Object.values(networkInterfaces()).some(all => all?.some(({ address }) => address === '::1'))
if (!hasIPv6) console.info('skipped IPv6: this machine has no ::1')

export const FAMILIES = hasIPv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']

/** A process under test, and what it has printed. */
export class Program {
  stdout = ''
  stderr = ''
  readonly process: ChildProcess
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>

  constructor(command: string, args: readonly string[], folder: string) {
    this.process = spawn(command, args, { cwd: folder })
    this.process.stdout?.setEncoding('utf8').on('data', text => (this.stdout += text))
    this.process.stderr?.setEncoding('utf8').on('data', text => (this.stderr += text))
    this.ended = once(this.process, 'close').then(([code]) => (typeof code === 'number' ? code : null))
  }

  /** Waits until standard output has this. */
  async says(wanted: RegExp): Promise<void> {
    const end = performance.now() + PATIENCE
    while (!wanted.test(this.stdout)) {
      if (performance.now() > end || this.process.exitCode !== null) throw new Error(`no ${wanted} in:\n${this}`)
      await new Promise(done => setTimeout(done, 10))
    }
  }

  toString(): string {
    return `${this.stdout}${this.stderr}`
  }
}

/** A working directory with certificates, and everything that runs in it. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'samples-'))
  readonly #running: Program[] = []
  #peer: string | null = null

  constructor() {
    if (!existsSync(RUN)) throw new Error('dist/ is missing: npm run build')
    make_certificates(this.folder)
  }

  /** One of our samples. */
  sample(name: string, ...args: string[]): Program {
    return this.start(process.execPath, [RUN, name, ...args])
  }

  /** The same in another working directory. */
  sampleIn(folder: string, name: string, ...args: string[]): Program {
    return this.start(process.execPath, [RUN, name, ...args], folder)
  }

  /** The counterpart in C, see c/peer.c. */
  peer(...args: string[]): Program {
    this.#peer ??= buildPeer(this.folder)
    return this.start(this.#peer, args)
  }

  start(command: string, args: readonly string[], folder = this.folder): Program {
    const program = new Program(command, args, folder)
    this.#running.push(program)
    return program
  }

  /** Ends what a test has started. */
  async clear(): Promise<void> {
    const running = this.#running.splice(0)
    for (const { process } of running) process.kill('SIGKILL')
    await Promise.all(running.map(({ ended }) => ended))
  }

  async close(): Promise<void> {
    await this.clear()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Whether the counterpart can be built here; else the reason is on the console. */
export const hasLibssl = probe()

function probe(): boolean {
  const program = '#include <openssl/ssl.h>\nint main(void) { return DTLS_method() == 0; }'
  const built = spawnSync('gcc', ['-x', 'c', '-', '-o', '/dev/null', '-lssl', '-lcrypto'], { input: program })
  if (built.status === 0) return true
  console.info(`skipped the C counterparts: ${built.error?.message ?? String(built.stderr).split('\n')[0]}`)
  return false
}

function buildPeer(folder: string): string {
  const program = join(folder, 'peer')
  const source = join(import.meta.dirname, 'c/peer.c')
  const options = ['-Wall', '-Wno-deprecated-declarations', '-o', program]
  const built = spawnSync('gcc', [...options, source, '-lssl', '-lcrypto'], { encoding: 'utf8' })
  if (built.status !== 0) throw new Error(built.stderr)
  return program
}
