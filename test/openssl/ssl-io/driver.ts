import { errno, setErrno } from '../../../lib/base/errno.ts'
import * as O from '../../../lib/index.ts'
import { setSslClock } from '../../../lib/openssl/clock.ts'
import { CALLS, type Kind } from './calls.ts'
import { SIDE_COMMANDS } from './configure.ts'
import { Stage, takeErrors } from './stage.ts'
import { Callbacks } from './watch.ts'
import { type Side, wireMethod } from './wire.ts'

/** Plays a script with this library, command by command as driver.c plays it with the real one: the lines of both. */
export function play(script: string): string[] {
  const player = new Player()
  setSslClock(player.clock)
  try {
    for (const line of script.split('\n')) if (line !== '' && !line.startsWith('#')) player.play(line)
    return player.lines
  } finally {
    player.end()
    setSslClock(null)
  }
}

class Player {
  readonly #stage = new Stage()
  readonly #callbacks = new Callbacks(this.#stage)
  readonly #wire = wireMethod(side => this.#stage.other(side), {
    shows: this.#stage.shows,
    now: () => this.#stage.now,
    say: this.#stage.say,
    note: this.#stage.note,
  })
  readonly #plain = O.BIO_meth_new(O.BIO_get_new_index() | O.BIO_TYPE_SOURCE_SINK, 'plain')
  readonly #named = new Map<string, O.BIO>()
  readonly clock = { now: () => this.#stage.now / 1000, wall: () => this.#stage.now / 1000 }

  constructor() {
    O.BIO_meth_set_create(this.#plain, bio => {
      O.BIO_set_init(bio, 1)
      return 1
    })
    O.BIO_meth_set_destroy(this.#plain, bio => {
      this.#stage.say(`  freed ${O.BIO_get_data(bio)}`)
      return 1
    })
  }

  get lines(): string[] {
    return this.#stage.lines
  }

  end(): void {
    this.#stage.reset()
  }

  play(line: string): void {
    const stage = this.#stage
    const [who = '', what = '', ...words] = line.split(' ')
    stage.say(line)
    const side = stage.sides.find(one => one.name === who)
    if (side === undefined) this.#command(who, [what, ...words], line)
    else if (/^[A-Z]/.test(what)) this.#call(side, what, Number(words[0] ?? '0'))
    else this.#tell(side, what, words)
  }

  #call(side: Side, name: string, argument: number): void {
    const call = CALLS[name]
    if (call === undefined) throw new Error(`unknown call: ${name}`)
    const stage = this.#stage
    stage.acting = side
    stage.dropNotes()
    stage.place.moved.value = 0
    setErrno(0)
    const result = call.run(side.live, argument, stage.place)
    const error = O.SSL_get_error(side.live, result)
    stage.tellNotes()
    stage.say(`  = ${result}${this.#outcome(side, call.kind, result, error)}${takeErrors()}`)
  }

  #outcome({ live }: Side, kind: Kind, result: number, error: number): string {
    if (kind === 'plain') return ''
    const { first, moved } = this.#stage.place
    const read = (kind === 'read' && result > 0) || (kind === 'read-count' && result === 1)
    const counted = (kind === 'count' || kind === 'read-count') && result === 1
    return [
      read ? ` <${Buffer.from(first.subarray(0, 8)).toString('latin1')}>` : '',
      counted ? ` count ${moved.value}` : '',
      ` error ${error} want ${O.SSL_want(live)} shutdown ${O.SSL_get_shutdown(live)} ${O.SSL_state_string(live)}`,
      error === O.SSL_ERROR_SYSCALL ? ` errno ${errno()}` : '',
    ].join('')
  }

  #tell(side: Side, what: string, words: readonly string[]): void {
    const command = SIDE_COMMANDS[what]
    if (command === undefined) throw new Error(`unknown command: ${what}`)
    const result = command(side, words, this.#stage, this.#callbacks)
    if (result !== 1) this.#stage.say(`  = ${result}${takeErrors()}`)
  }

  #command(word: string, words: readonly string[], line: string): void {
    const stage = this.#stage
    const [first = ''] = words
    if (word === '==') stage.reset()
    else if (word === 'new') for (const [i, side] of stage.sides.entries()) prepare(side, words[i] ?? '')
    else if (word === 'open') for (const side of stage.sides) this.#open(side, first)
    else if (word === 'show') this.#show(line)
    else if (word === 'shake') this.#shake()
    else if (word === 'clock') stage.now += Number(first) * 1000
    else if (word === 'bio') this.#bio(words)
    else if (word === 'times') this.#times(Number(first), words.slice(1).join(' '))
    else if (word === 'raise') O.ERR_raise(O.ERR_LIB_SSL, Number(first))
    else throw new Error(`unknown command: ${line}`)
  }

  #times(count: number, line: string): void {
    for (let i = 0; i < count; i++) this.play(line)
  }

  #show(what: string): void {
    this.#stage.show(what)
    for (const side of this.#stage.sides) if (side.ctx !== null) this.#callbacks.watch(side)
  }

  /** 'bare': without a BIO; 'roleless': nobody has said who is who; 'asking': the BIO is asked for the MTU. */
  #open(side: Side, how: string): void {
    const bio = O.BIO_new(this.#wire)
    const ssl = O.SSL_new(side.context)
    if (bio === null || ssl === null) throw new Error('no memory')
    O.BIO_set_data(bio, side)
    side.ssl = ssl
    if (how === 'bare') O.BIO_free(bio)
    else O.SSL_set_bio(ssl, bio, bio)
    if (how !== 'asking' && how !== 'bare') {
      O.SSL_set_options(ssl, O.SSL_OP_NO_QUERY_MTU)
      O.SSL_set_mtu(ssl, 1400)
    }
    if (how !== 'roleless') {
      if (side.name === 'c') O.SSL_set_connect_state(ssl)
      else O.SSL_set_accept_state(ssl)
    }
    this.#callbacks.watch(side)
  }

  #shake(): void {
    const stage = this.#stage
    const results = { c: 0, s: 0 }
    for (let i = 0; i < 12 && (results.c !== 1 || results.s !== 1); i++) {
      for (const side of stage.sides) {
        stage.acting = side
        const result = O.SSL_do_handshake(side.live)
        results[side.name] = result
        if (result !== 1 && O.SSL_get_error(side.live, result) === O.SSL_ERROR_SSL)
          stage.say(`  ${side.name} fails${takeErrors()}`)
      }
    }
    O.ERR_clear_error()
    stage.dropNotes()
    const { live } = stage.client
    stage.say(`  ${results.c} ${results.s} ${O.SSL_get_cipher_name(live)} ${O.SSL_get_version(live)}`)
  }

  #bio([what, first = '', second = '', third = '']: readonly string[]): void {
    const found = (name: string) => this.#named.get(name) ?? null
    const bio = found(first)
    const ssl = this.#stage.sides.find(side => side.name === first)?.ssl ?? null
    if (what === 'new') {
      const made = O.BIO_new(this.#plain)
      if (made === null) throw new Error('no memory')
      O.BIO_set_data(made, first)
      this.#named.set(first, made)
    } else if (what === 'up' && bio !== null) this.#stage.say(`  ${O.BIO_up_ref(bio)}`)
    else if (what === 'free') this.#stage.say(`  ${O.BIO_free(bio)}`)
    else if (what === 'push') O.BIO_push(bio, found(second))
    else if (what === 'set' && ssl !== null) O.SSL_set_bio(ssl, found(second), found(third))
    else if (what === 'set0r' && ssl !== null) O.SSL_set0_rbio(ssl, found(second))
    else if (what === 'set0w' && ssl !== null) O.SSL_set0_wbio(ssl, found(second))
    else throw new Error(`unknown command: bio ${what}`)
  }
}

function prepare(side: Side, method: string): void {
  side.ctx = newContext(method)
  side.stream = method.startsWith('TLS')
  if (side.stream) O.SSL_CTX_set_max_proto_version(side.ctx, O.TLS1_2_VERSION)
}

function newContext(name: string): O.SSL_CTX {
  const ctx = O.SSL_CTX_new((METHODS[name] ?? O.DTLS_method)())
  if (ctx === null) throw new Error('no context')
  // Sessions are a matter of their own.
  O.SSL_CTX_set_options(ctx, O.SSL_OP_NO_TICKET)
  O.SSL_CTX_set_session_cache_mode(ctx, O.SSL_SESS_CACHE_OFF)
  return ctx
}

const METHODS: Readonly<Record<string, () => O.SSL_METHOD>> = {
  TLS: O.TLS_method,
  TLS_client: O.TLS_client_method,
  TLS_server: O.TLS_server_method,
  TLSv1_2_client: O.TLSv1_2_client_method,
  TLSv1_2_server: O.TLSv1_2_server_method,
  TLSv1_1_client: O.TLSv1_1_client_method,
  TLSv1_1_server: O.TLSv1_1_server_method,
  TLSv1_client: O.TLSv1_client_method,
  TLSv1_server: O.TLSv1_server_method,
  DTLS_client: O.DTLS_client_method,
  DTLS_server: O.DTLS_server_method,
  DTLSv1_2_client: O.DTLSv1_2_client_method,
  DTLSv1_2_server: O.DTLSv1_2_server_method,
  DTLSv1_client: O.DTLSv1_client_method,
  DTLSv1_server: O.DTLSv1_server_method,
}
