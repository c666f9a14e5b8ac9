import { concat, utf8 } from '../../lib/base/bytes.ts'
import {
  Connection,
  type ConnectionOptions,
  DTLS_1_2,
  defaultConfig,
  dtls,
  type HandshakeConfig,
  helloGate,
  NO_SESSIONS,
  type Session,
  SessionStore,
  suiteById,
  TLS_1_2,
  tls,
} from '../../lib/engine.ts'
import { connectParties, type Party } from '../../lib/sim.ts'
import { type CredentialName, testCredential } from '../../test/connection/credentials.ts'
import { attend } from '../../test/connection/renegotiation.ts'
import type { Role } from '../demo/events.ts'
import { Stage, type StageOptions } from './stage.ts'

export interface EngineRun {
  readonly protocol: 'udp' | 'tcp'
  /** The server answers the first hello with a cookie and keeps nothing. */
  readonly cookie?: boolean
  readonly clientCertificate?: boolean
  /** The server's; a small one when left out. */
  readonly certificate?: CredentialName
  readonly psk?: boolean
  /** A first connection, which is not shown, leaves a session. */
  readonly resumed?: 'id' | 'ticket'
  /** After the first words the client asks for new keys. */
  readonly renegotiation?: boolean
  readonly losses?: StageOptions['losses']
}

/** Two connections of the engine: a handshake, a word each way, and the end. */
export function engineRun(run: EngineRun): Stage {
  const stage = new Stage(run)
  const { clock, source } = stage
  const store = new SessionStore({ clock, random: source.fork('store').random, tickets: run.resumed !== 'id' })
  let session: Session | null = null
  for (let rounds = run.resumed === undefined ? 1 : 2; rounds > 0; rounds--) {
    stage.begin()
    const options = (role: Role): ConnectionOptions => ({
      clock,
      random: source.fork(`${role} ${rounds}`).random,
      channel: run.protocol === 'tcp' ? tls() : dtls(),
      observer: {
        onSecret: (...secret) => role === 'client' && stage.secret(...secret),
      },
      config: config(role, run, {
        sessions:
          role === 'server'
            ? store
            : {
                ...NO_SESSIONS,
                tickets: run.resumed !== 'id',
                offered: session,
                onEstablished: got => {
                  session = got
                },
              },
      }),
    })
    const client = new Side('client', run, stage, options('client'))
    const server = new Side('server', run, stage, options('server'))
    const link = connectParties(stage.network, client, server, ['client', 'server'])
    const reason = link.run({ limitMs: 60_000 })
    link.close()
    if (reason !== 'idle' || !client.ended || !server.ended) throw new Error(`the run came to no end: ${reason}`)
  }
  return stage
}

/** RSA and X25519, whose messages never vary in length. */
function config(role: Role, run: EngineRun, more: Partial<HandshakeConfig>): HandshakeConfig {
  const suite = suiteById(run.psk ? ECDHE_PSK : ECDHE_RSA)
  if (suite === undefined) throw new Error('no such suite')
  const certified = !run.psk && (role === 'server' || run.clientCertificate === true)
  return defaultConfig(role, {
    versions: [run.protocol === 'tcp' ? TLS_1_2 : DTLS_1_2],
    suites: [suite],
    groups: [29],
    signatureSchemes: [RSA_SHA256],
    credentials: certified && role === 'server' ? [testCredential(run.certificate ?? 'rsa')] : [],
    clientCredential: () => (certified ? testCredential('client-rsa') : null),
    clientAuthentication: role === 'server' && run.clientCertificate ? 'require' : 'none',
    verifyPeer: () => ({ accepted: true }),
    psk: run.psk === true,
    clientPsk: () => ({ identity: utf8('sensor 7'), key: utf8('a shared secret!') }),
    serverPsk: () => utf8('a shared secret!'),
    peerMayRenegotiate: true,
    resumptionOnRenegotiation: false,
    ...more,
  })
}

const [ECDHE_RSA, ECDHE_PSK, RSA_SHA256] = [0xc02f, 0xc037, 0x0401]
/** There is but one client. */
const COOKIE = new Uint8Array(20).fill(0x5a)
const COOKIES = { generate: () => COOKIE, verify: (shown: Uint8Array) => Buffer.compare(shown, COOKIE) === 0 }
/** Data in a segment on Ethernet, of 1500 bytes with IPv4, TCP and its timestamps. */
const SEGMENT = 1448

/** A connection with a program that says a word, hears one, and leaves. */
class Side implements Party {
  readonly #role: Role
  readonly #run: EngineRun
  readonly #stage: Stage
  #connection: Connection
  /** A server that waits for a hello with the right cookie, and what it answers until then. */
  #gated: boolean
  #replies: Uint8Array[] = []
  #said = false

  constructor(role: Role, run: EngineRun, stage: Stage, options: ConnectionOptions) {
    this.#role = role
    this.#run = run
    this.#stage = stage
    this.#connection = new Connection(options)
    this.#gated = role === 'server' && run.cookie === true
  }

  get ended(): boolean {
    return this.#connection.sentClose && this.#connection.receivedClose
  }

  receive(datagram: Uint8Array): void {
    if (!this.#gated) {
      this.#connection.receive(datagram)
      return
    }
    const outcome = helloGate(datagram, COOKIES)
    if (outcome.kind === 'reply') {
      this.#replies.push(outcome.datagram)
      this.#stage.note('server', 'keeps nothing of the client')
    }
    if (outcome.kind !== 'verified') return
    this.#gated = false
    this.#connection.continueFrom(outcome.hello)
    this.#stage.note('server', 'the cookie is right: a connection begins')
  }

  takeOutput(): Uint8Array[] {
    const out = [...this.#replies.splice(0), ...(this.#gated ? [] : this.#connection.takeOutput())]
    if (this.#run.protocol === 'udp') return out
    const stream = concat(...out)
    const count = Math.ceil(stream.length / SEGMENT)
    return Array.from({ length: count }, (_, i) => stream.slice(i * SEGMENT, (i + 1) * SEGMENT))
  }

  nextDeadline(): number | null {
    return this.#gated ? null : this.#connection.nextDeadline()
  }

  onDeadline(): void {
    if (this.#connection.onDeadline() === 'resent') this.#stage.note(this.#role, 'timer: the flight goes again')
  }

  step(): void {
    if (this.#gated) return
    const words = attend(this.#connection)
    if (!this.#connection.settled) return
    if (this.#role === 'client') this.#lead(words.length > 0)
    else this.#follow(words)
  }

  #lead(answered: boolean): void {
    const connection = this.#connection
    if (!this.#said) {
      this.#said = true
      connection.write(utf8('hello'))
    } else if (answered && this.#run.renegotiation === true && connection.renegotiations === 0) {
      connection.renegotiate()
      this.#said = false
      attend(connection)
    } else if (answered) connection.close()
  }

  #follow(words: readonly Uint8Array[]): void {
    for (const word of words) this.#connection.write(word)
    if (this.#connection.receivedClose && !this.#connection.sentClose) this.#connection.close()
  }
}
