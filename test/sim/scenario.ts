import { suiteById } from '../../lib/crypto/suites.ts'
import { type Conditions, type Seed, SeededSource } from '../../lib/sim.ts'
import type { CredentialName } from '../connection/credentials.ts'

/** How a server meets a client it does not know: as it is, with a cookie from its own state, or behind the hello gate. */
export type CookieStyle = 'none' | 'stateful' | 'gate'

/** Everything that a simulated run is made of; drawn from a seed, so that the seed is enough to play it again. */
export interface Scenario {
  readonly seed: Seed
  readonly suite: number
  /** Version 1.0 instead of 1.2. */
  readonly legacy: boolean
  readonly credential: CredentialName | null
  /** The client's, when the server asks for one. */
  readonly clientCredential: CredentialName | null
  readonly cookies: CookieStyle
  /** The client offers so many suites that its hello may not fit a datagram. */
  readonly largeHello: boolean
  /** Bytes of the largest datagram from either side. */
  readonly clientMtu: number
  readonly serverMtu: number
  readonly conditions: Partial<Conditions>
  /** How often a flight is sent again into silence before its sender gives up. */
  readonly resends: number
  /** Only signatures that follow from key and text: see `Cell.repeatable`. */
  readonly repeatable: boolean
}

/** What a campaign fixes for all the runs that it counts together. */
export interface Cell {
  /** Probability that a datagram is lost, in either direction. */
  readonly loss: number
  readonly clientAuthentication: boolean
  /** Bytes; drawn from 256 to 1500 for each side when left out. */
  readonly mtu?: number
  /** How often a flight is sent again into silence; `enoughResends` when left out. */
  readonly resends?: number
  /**
   * Draws only what gives the same bytes every time: PSK, Ed25519, Ed448 and RSA signatures with PKCS #1 padding. ECDSA
   * cannot: `node:crypto` signs with a nonce of its own, which no seed reaches, so that signature, transcript and keys
   * differ from run to run (and its DER form in length). The salt of RSA-PSS and the padding of RSA encryption likewise.
   */
  readonly repeatable?: boolean
}

/** The scenario of a seed within a cell. */
export function drawScenario(seed: Seed, cell: Cell): Scenario {
  const source = new SeededSource(seed).fork('scenario')
  const repeatable = cell.repeatable === true
  const kinds = KINDS.filter(
    kind => (!repeatable || kind.repeatable) && (!cell.clientAuthentication || kind.credentials.length > 0),
  )
  const kind = pick(source, kinds)
  const suite = pick(source, kind.suites)
  const legacy = kind.legacy && suiteById(suite)?.minTls === TLS_1_0 && source.chance(0.5)
  const clients = CLIENTS.filter(name => (name !== 'client' || !repeatable) && (name !== 'ed25519' || !legacy))
  const drawMtu = () => cell.mtu ?? MIN_MTU + source.integer(MAX_MTU - MIN_MTU + 1)
  return {
    seed,
    suite,
    legacy,
    credential: kind.credentials.length === 0 ? null : pick(source, kind.credentials),
    clientCredential: cell.clientAuthentication ? pick(source, clients) : null,
    cookies: pick(source, COOKIES),
    largeHello: source.chance(0.25),
    clientMtu: drawMtu(),
    serverMtu: drawMtu(),
    conditions: { ...WEATHER, loss: cell.loss },
    resends: cell.resends ?? enoughResends(cell.loss),
    repeatable,
  }
}

/**
 * libssl's twelve, or as many as it takes for an exchange to fail once in 10^9. A datagram and its answer both come
 * through with (1 - loss)^2: at 50 % one attempt in four. A side that hears nothing cannot know better, so that thirteen
 * attempts in a row fail in one exchange of 42, however good the engine is. At 30 % it is one in 6200, at 10 % one in 10^9.
 */
export function enoughResends(loss: number): number {
  const attempts = Math.log(1e-9) / Math.log(1 - (1 - loss) ** 2)
  return Math.max(LIBSSL_RESENDS, Math.ceil(attempts) - 1)
}

/** One line that says what is special about a run. */
export function describeScenario(scenario: Scenario): string {
  const { suite, legacy, credential, clientCredential, cookies, largeHello, clientMtu, serverMtu } = scenario
  return [
    suiteById(suite)?.openssl ?? suite,
    legacy ? 'DTLS 1.0' : 'DTLS 1.2',
    `server ${credential ?? 'without certificate'}`,
    `client ${clientCredential ?? 'without certificate'}`,
    `cookies ${cookies}`,
    largeHello ? 'large hello' : 'small hello',
    `mtu ${clientMtu}/${serverMtu}`,
  ].join(', ')
}

interface Kind {
  readonly suites: readonly number[]
  readonly credentials: readonly CredentialName[]
  readonly repeatable: boolean
  /** Its keys can sign in version 1.0. */
  readonly legacy: boolean
}

const KINDS: readonly Kind[] = [
  // ECDHE-ECDSA: AES-GCM, ChaCha20, CBC with SHA-1, CCM with a short tag.
  {
    suites: [0xc02b, 0xcca9, 0xc00a, 0xc0ae],
    credentials: ['p256', 'p384', 'p521'],
    repeatable: false,
    legacy: true,
  },
  { suites: [0xc02c, 0xcca9, 0xc0ac], credentials: ['ed25519', 'ed448'], repeatable: true, legacy: false },
  // ECDHE-RSA; the second chain has more than 10 KB.
  { suites: [0xc02f, 0xc030, 0xc013], credentials: ['rsa', 'long-chain'], repeatable: true, legacy: true },
  { suites: [0xc02f, 0xcca8], credentials: ['rsa-pss'], repeatable: false, legacy: false },
  // RSA key transport.
  { suites: [0x009c, 0x002f], credentials: ['rsa', 'long-chain'], repeatable: false, legacy: true },
  // DHE.
  { suites: [0x009e, 0x0033], credentials: ['rsa', 'long-chain'], repeatable: true, legacy: true },
  // PSK, DHE-PSK and ECDHE-PSK.
  { suites: [0x00a8, 0x008c, 0x00aa, 0xc035, 0xccac], credentials: [], repeatable: true, legacy: true },
]

const CLIENTS: readonly CredentialName[] = ['client', 'client-rsa', 'ed25519']
const COOKIES: readonly CookieStyle[] = ['none', 'stateful', 'gate']
const LIBSSL_RESENDS = 12
const TLS_1_0 = 0x0301
const MIN_MTU = 256
const MAX_MTU = 1500

/** A network that is never in order: a fifth of what travels is overtaken, a tenth comes twice. */
const WEATHER: Partial<Conditions> = { duplication: 0.1, reordering: 0.2, reorderMs: [5, 400], delayMs: [5, 80] }

function pick<T>(source: SeededSource, [first, ...others]: readonly T[]): T {
  const at = source.integer(others.length + 1)
  const chosen = at === 0 ? first : others[at - 1]
  if (chosen === undefined) throw new RangeError('nothing to pick from')
  return chosen
}
