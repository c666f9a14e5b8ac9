import { describe } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { freePort, type Openssl, startClient, startServer, whyNoOpenssl } from './openssl.ts'
import { type ContextOptions, certificateFile, context, Endpoint, keyFile } from './ours.ts'
import { Relay, type Weather } from './relay.ts'

const why = whyNoOpenssl()
if (why !== null) console.warn(`no interoperability with openssl is tested: ${why}`)

/** `describe`, where there is an openssl to speak with. */
export const live: typeof describe.skip = why === null ? describe : describe.skip

/** What a test has started on both sides; `clear` ends it all. */
export class Stage {
  readonly #processes: Openssl[] = []
  readonly #endpoints: Endpoint[] = []
  readonly #contexts: ssl.SSL_CTX[] = []
  readonly #relays: Relay[] = []

  /** `s_server` on a free port. */
  async server(args: readonly string[], environment = {}): Promise<{ port: number; process: Openssl }> {
    const port = await freePort()
    const process = await startServer(port, args, environment)
    this.#processes.push(process)
    return { port, process }
  }

  /** `s_client` towards a port of this machine. */
  client(port: number, args: readonly string[], environment = {}): Openssl {
    const process = startClient(port, args, environment)
    this.#processes.push(process)
    return process
  }

  context(method: ssl.SSL_METHOD, options: ContextOptions = {}): ssl.SSL_CTX {
    const ctx = context(method, options)
    this.#contexts.push(ctx)
    return ctx
  }

  /** One of our connections: towards a port, or bound to a free one and waiting for whoever comes. */
  async endpoint(ctx: ssl.SSL_CTX, remote?: number): Promise<Endpoint> {
    const endpoint = await Endpoint.open(ctx, remote === undefined ? {} : { remote })
    this.#endpoints.push(endpoint)
    return endpoint
  }

  /** A path to a port of this machine that is not as good as loopback. */
  async relay(server: number, weather: Weather = {}, seed = 0): Promise<Relay> {
    const relay = await Relay.to(server, weather, seed)
    this.#relays.push(relay)
    return relay
  }

  async clear(): Promise<void> {
    for (const relay of this.#relays.splice(0)) relay.close()
    for (const process of this.#processes.splice(0)) await process.stop()
    for (const endpoint of this.#endpoints.splice(0)) endpoint.free()
    for (const ctx of this.#contexts.splice(0)) ssl.SSL_CTX_free(ctx)
    ssl.ERR_clear_error()
  }
}

/** The options that give `s_server` or `s_client` a certificate and its key. */
export function identity(name: string): string[] {
  return ['-cert', certificateFile(name), '-key', keyFile(name)]
}

/** The same with all certificates of the file behind the first, which is sent once more among them. */
export function identityWithChain(name: string): string[] {
  return [...identity(name), '-cert_chain', certificateFile(name)]
}

/** The options that make it trust an authority, and fail where the other side's chain does not lead to it. */
export function trust(authority = 'authority'): string[] {
  return ['-CAfile', certificateFile(authority), '-verify_return_error']
}

/** A line each way, which both sides must understand. */
export async function exchange(endpoint: Endpoint, process: Openssl): Promise<void> {
  await endpoint.write('from ours\n')
  await process.prints(/from ours\r?\n/)
  process.type('from openssl\n')
  const heard = await endpoint.read()
  if (heard !== 'from openssl\n') throw new Error(`heard ${JSON.stringify(heard)}`)
}
