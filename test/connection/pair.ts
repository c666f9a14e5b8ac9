import { latin1, utf8 } from '../../lib/base/bytes.ts'
import { defaultConfig } from '../../lib/connection/defaults.ts'
import { dtls } from '../../lib/connection/dtls-channel.ts'
import { SCHEMES } from '../../lib/crypto/signatures.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { Connection, type HandshakeConfig, type Observer, type Progress } from '../../lib/engine.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { testCredential } from './credentials.ts'

export type Changes = Partial<HandshakeConfig>

export interface PairOptions {
  readonly client?: Changes
  readonly server?: Changes
  readonly clientObserver?: Observer
  readonly serverObserver?: Observer
  readonly seed?: number
  readonly clock?: VirtualClock
  readonly replayWindow?: number | null
}

/** Everything that exists is allowed: what a test wants to see refused it takes away itself. */
export function permissive(role: 'client' | 'server', changes: Changes = {}): HandshakeConfig {
  return defaultConfig(role, {
    suites: SUITES.filter(suite => suite.available),
    signatureSchemes: SCHEMES.map(scheme => scheme.id),
    credentials: role === 'server' ? [testCredential('p256'), testCredential('rsa')] : [],
    verifyPeer: () => ({ accepted: true }),
    psk: true,
    clientPsk: () => ({ identity: utf8('Client_identity'), key: utf8('a shared secret') }),
    serverPsk: identity => (latin1(identity) === 'Client_identity' ? utf8('a shared secret') : null),
    ...changes,
  })
}

/** A client and a server in memory, joined by a line that neither loses nor delays anything. */
export class Pair {
  readonly clock: VirtualClock
  readonly client: Connection
  readonly server: Connection
  /** Every datagram that was moved, in order. */
  readonly wire: { readonly from: 'client' | 'server'; readonly bytes: Uint8Array }[] = []

  constructor(options: PairOptions = {}) {
    this.clock = options.clock ?? new VirtualClock()
    const source = new SeededSource(options.seed ?? 1)
    const make = (role: 'client' | 'server', changes: Changes = {}, observer: Observer = {}) =>
      new Connection({
        config: permissive(role, changes),
        clock: this.clock,
        random: source.fork(role).random,
        observer,
        ...(options.replayWindow === undefined ? {} : { channel: dtls({ replayWindow: options.replayWindow }) }),
      })
    this.client = make('client', options.client, options.clientObserver)
    this.server = make('server', options.server, options.serverObserver)
  }

  /** Takes both as far as they come without time passing. */
  run(): { client: Progress; server: Progress } {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const client = this.client.handshake()
      const toServer = this.move('client')
      const server = this.server.handshake()
      const toClient = this.move('server')
      if (toServer + toClient === 0) return { client, server }
    }
    throw new Error('the parties never come to rest')
  }

  /** Carries what one side has ready to the other; the result is how many datagrams. */
  move(from: 'client' | 'server'): number {
    const [source, target] = from === 'client' ? [this.client, this.server] : [this.server, this.client]
    const datagrams = source.takeOutput()
    for (const bytes of datagrams) {
      this.wire.push({ from, bytes })
      target.receive(bytes.slice())
    }
    return datagrams.length
  }

  /** Sends one record of application data across; the result is what comes out, as text. */
  send(from: 'client' | 'server', text: string): string {
    const [source, target] = from === 'client' ? [this.client, this.server] : [this.server, this.client]
    if (!source.write(utf8(text))) throw new Error('nothing was written')
    this.move(from)
    return readText(target)
  }
}

/** A pair that has finished its handshake; throws when it has not come to that. */
export function establishedPair(options: PairOptions = {}): Pair {
  const pair = new Pair(options)
  const { client, server } = pair.run()
  if (client !== 'done' || server !== 'done') {
    const reason = pair.client.failure?.reason ?? pair.server.failure?.reason
    throw new Error(`client ${client}, server ${server}: ${reason ?? 'no failure'}`)
  }
  return pair
}

/** The next application data, as text; empty when there is none. */
export function readText(connection: Connection, peek = false): string {
  const out = new Uint8Array(16384)
  return latin1(out.subarray(0, connection.read(out, peek)))
}

/** Suites by OpenSSL's names. */
export function suitesNamed(...names: string[]): CipherSuite[] {
  return names.map(name => {
    const suite = SUITES.find(({ openssl }) => openssl === name)
    if (suite === undefined) throw new Error(`no suite ${name}`)
    return suite
  })
}

const MAX_ROUNDS = 64
