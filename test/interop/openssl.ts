import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** The `openssl` program as a peer: `s_server` and `s_client` on loopback, one process each. */

/** Why these tests cannot run here, or null. */
export function whyNoOpenssl(): string | null {
  const { stdout, error } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  if (error) return `there is no openssl program: ${error.message}`
  return stdout.startsWith('OpenSSL 3.0.') ? null : `its version is ${stdout.trim()}, only 3.0 is compared with`
}

/** A UDP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** An `openssl` process whose output can be waited for. */
export class Openssl {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<unknown>
  #output = ''
  #running = true
  #wake: () => void = () => {}

  /** @param environment - what is added to ours @param command - another program with the same manners */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}, command = 'openssl') {
    this.#child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...environment } })
    this.#ended = once(this.#child, 'close').then(() => {
      this.#running = false
      this.#wake()
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('latin1').on('data', (text: string) => {
        this.#output += text
        this.#wake()
      })
    }
    this.#child.stdin.on('error', () => {})
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#output
  }

  /** The codes of the errors that it has printed, in order, each as `0A000086`. */
  get errors(): string[] {
    return [...this.#output.matchAll(/^[0-9A-F]+:error:([0-9A-F]{8}):/gm)].map(([, code = '']) => code)
  }

  /** @param text - one byte a character, as in `output` */
  type(text: string): void {
    this.#child.stdin.write(text, 'latin1')
  }

  /** Ends its input, which makes `s_client` close the connection. */
  endInput(): void {
    this.#child.stdin.end()
  }

  /** Waits until it has printed this; fails with all of the output when it ends or four seconds pass first. */
  async prints(pattern: RegExp, milliseconds = 4000): Promise<RegExpExecArray> {
    const deadline = Date.now() + milliseconds
    for (;;) {
      const found = pattern.exec(this.#output)
      if (found !== null) return found
      if (!this.#running || Date.now() > deadline)
        throw new Error(`no ${pattern} in what openssl printed:\n${this.#output}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 100)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** Waits for its end. */
  async ends(): Promise<string> {
    await this.#ended
    return this.#output
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

/** Starts `openssl s_server` and waits until it listens. */
export async function startServer(port: number, args: readonly string[], environment = {}): Promise<Openssl> {
  const server = new Openssl(['s_server', '-accept', `127.0.0.1:${port}`, ...args], environment)
  await server.prints(/ACCEPT/)
  return server
}

/** Starts `openssl s_client` towards a port of this machine. */
export function startClient(port: number, args: readonly string[], environment = {}): Openssl {
  return new Openssl(['s_client', '-connect', `127.0.0.1:${port}`, ...args], environment)
}
