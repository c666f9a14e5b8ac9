/**
 * A scene drawn from a seed: how the ends are set up, and calls in any order. What compat/differences.md lists is left out:
 * faults of the BIO that leave a write unfinished, renegotiations, `SSL_clear` in a handshake,
 * `SSL_has_pending` after a failure over datagrams.
 */
export function randomScene(kind: 'TLS' | 'DTLS', seed: number): string {
  return new Scene(kind, seed).lines.join('\n')
}

type Weighted = readonly [weight: number, name: string, argument?: (draw: Draw) => number]

/** Mulberry32. */
class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }

  maybe(percent: number): boolean {
    return this.below(100) < percent
  }

  of<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0]
  }
}

class Scene {
  readonly lines: string[] = []
  readonly #draw: Draw
  readonly #kind: 'TLS' | 'DTLS'

  constructor(kind: 'TLS' | 'DTLS', seed: number) {
    this.#kind = kind
    this.#draw = new Draw(seed)
    this.lines.push(`== ${kind} ${seed}`)
    this.#configure()
    this.lines.push('show silence')
    if (this.#draw.maybe(70)) this.lines.push('shake')
    for (let left = 10 + this.#draw.below(30); left > 0; left--) this.#step()
  }

  #configure(): void {
    const draw = this.#draw
    const versions = draw.of('', '', 'v1_2', 'v1', ...(this.#kind === 'TLS' ? ['v1_1'] : []))
    const legacy = versions === 'v1' || versions === 'v1_1'
    this.lines.push(`new ${this.#kind}${versions}_client ${this.#kind}${versions}_server`)
    if (legacy) this.lines.push('c level 0', 's level 0')
    if (draw.maybe(95)) this.lines.push('s certificate rsa')
    if (draw.maybe(30))
      this.lines.push(`c suites ${legacy ? draw.of('ECDHE-RSA-AES128-SHA', 'AES128-SHA') : draw.of(...SUITES)}`)
    if (draw.maybe(40)) this.lines.push(...draw.of(...VERIFICATION))
    if (draw.maybe(10)) this.lines.push(`c fragments ${1 + draw.below(4)}`)
    if (draw.maybe(10))
      this.lines.push(`c protocols ${draw.of('0161', '026831')}`, `s selects ${draw.of('first', 'nothing')}`)
    if (draw.maybe(8)) this.lines.push(`s names ${draw.of('taken', 'refused')}`)
    if (draw.maybe(8)) this.lines.push(`${this.#side()} chooses ${draw.of('it', 'nothing')}`)
    if (draw.maybe(10)) this.lines.push(`${this.#side()} options ${draw.of('4', '100', '80000', '40000', '400000')}`)
    this.lines.push('open')
    if (draw.maybe(10)) this.lines.push('c asks a.example')
    if (draw.maybe(10)) this.lines.push(`${this.#side()} SSL_set_shutdown ${draw.below(4)}`)
  }

  #step(): void {
    const draw = this.#draw
    const kind = draw.below(100)
    if (kind < 6) this.lines.push('shake')
    else if (kind < 12) this.lines.push(`${this.#side()} reading retry ${1 + draw.below(2)} 11`)
    else if (kind < 14) this.lines.push(`raise ${draw.of(1, 193, 68)}`)
    else if (kind < 18) this.lines.push(`${this.#side()} ${draw.of('state', 'waiting')}`)
    else if (kind < 24 && this.#kind === 'DTLS' && this.lines.includes('shake')) this.#disturb()
    else this.lines.push(`${this.#side()} ${this.#call()}`)
    // An established end that has nothing to say is of little interest.
    if (draw.maybe(20)) this.lines.push(`${this.#side()} SSL_write ${1 + draw.below(300)}`)
  }

  /** Datagrams repeated, lost, in another order. */
  #disturb(): void {
    const draw = this.#draw
    const [to, from] = draw.of(['c', 's'], ['s', 'c'])
    this.lines.push(`${to} drop`)
    this.lines.push(`${to} SSL_is_init_finished`)
    for (let left = 1 + draw.below(3); left > 0; left--) this.lines.push(`${from} SSL_write ${1 + draw.below(300)}`)
    this.lines.push(`${to} waiting`, `${to} SSL_read 20000`, `${to} SSL_read 20000`)
  }

  #call(): string {
    let at = this.#draw.below(CALLS.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, name, argument] of CALLS) {
      at -= weight
      if (at < 0) return argument === undefined ? name : `${name} ${argument(this.#draw)}`
    }
    return 'SSL_pending'
  }

  #side(): string {
    return this.#draw.of('c', 's')
  }
}

const SUITES = [
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'AES128-SHA',
  'AES256-GCM-SHA384',
] as const

const VERIFICATION: readonly [readonly string[], ...(readonly string[])[]] = [
  ['c trusts rsa', 'c verifies 1 pass'],
  ['c verifies 1'],
  ['s verifies 1'],
  ['s verifies 1', 'c certificate rsa'],
  ['s verifies 3'],
  ['s verifies 3', 'c certificate rsa', 's trusts rsa'],
]

const written = (draw: Draw): number => draw.of(0, 1, 5, 100, 1000, 511, 512, 4096, 16383, 16384, 16385, 20000, -1)
const read = (draw: Draw): number => draw.of(1, 3, 100, 20000, 20000, -1)

const CALLS: readonly Weighted[] = [
  [12, 'SSL_do_handshake'],
  [2, 'SSL_connect'],
  [2, 'SSL_accept'],
  [24, 'SSL_read', read],
  [6, 'SSL_peek', read],
  [4, 'SSL_read_ex', draw => draw.of(1, 100, 20000)],
  [2, 'SSL_peek_ex', draw => draw.of(1, 100)],
  [20, 'SSL_write', written],
  [6, 'SSL_write_ex', draw => Math.max(0, written(draw))],
  [5, 'SSL_shutdown'],
  [5, 'SSL_pending'],
  [2, 'SSL_is_init_finished'],
  [2, 'SSL_in_before'],
  [2, 'SSL_in_init'],
  [2, 'SSL_get_shutdown'],
  [2, 'SSL_want'],
  [4, 'SSL_get_state'],
  [2, 'SSL_get_verify_result'],
  [2, 'SSL_set_max_send_fragment', draw => draw.of(511, 512, 1000, 16384, 16385)],
  [1, 'SSL_set_split_send_fragment', draw => draw.of(0, 511, 512, 1000)],
  [2, 'SSL_set_mode', draw => draw.of(1, 2, 4, 16)],
  [2, 'SSL_clear_mode', draw => draw.of(1, 2, 4)],
  [1, 'SSL_set_read_ahead', draw => draw.below(2)],
  [1, 'SSL_set_quiet_shutdown', draw => draw.below(2)],
  [1, 'SSL_session_reused'],
  [1, 'SSL_get_secure_renegotiation_support'],
  [1, 'SSL_get0_peer_certificate'],
  [1, 'SSL_get_error', draw => draw.of(-1, 0, 1)],
]
