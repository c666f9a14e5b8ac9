import * as O from '../../../lib/index.ts'
import { certificatePath, need } from './pair.ts'

/** What sessions.c does, call by call, here; `played` is what it prints. */

let cc: O.SSL_CTX
let sc: O.SSL_CTX
let c: O.SSL
let s: O.SSL
let scene = ''
let printed: string[] = []

export function played(): string[] {
  printed = []
  play()
  return printed
}

function say(what: string, value: number | boolean): void {
  const errors: string[] = []
  for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error())
    errors.push(` ${code.toString(16).toUpperCase().padStart(8, '0')}`)
  printed.push(`${scene}: ${what} = ${Number(value)}${errors.join('')}`)
}

/** Inside a callback: what is queued by then is not told, and stays. */
function tell(what: string, value: number): void {
  printed.push(`${scene}: ${what} = ${value}`)
}

function onNew(ssl: O.SSL, session: O.SSL_SESSION): number {
  tell(O.SSL_is_server(ssl) ? 'new, server' : 'new, client', O.SSL_SESSION_is_resumable(session))
  return 0
}

function onRemove(ctx: O.SSL_CTX, session: O.SSL_SESSION): void {
  tell(ctx === sc ? 'remove, server' : 'remove, client', O.SSL_SESSION_get_id(session).length)
}

function begin(name: string): void {
  scene = name
  cc = need(O.SSL_CTX_new(O.DTLS_method()))
  sc = need(O.SSL_CTX_new(O.DTLS_method()))
  O.SSL_CTX_use_certificate_chain_file(sc, certificatePath('p256'))
  O.SSL_CTX_use_PrivateKey_file(sc, certificatePath('p256.key'), 1)
  for (const ctx of [cc, sc]) {
    O.SSL_CTX_load_verify_file(ctx, certificatePath('authority'))
    O.SSL_CTX_sess_set_new_cb(ctx, onNew)
    O.SSL_CTX_sess_set_remove_cb(ctx, onRemove)
  }
}

function end(): void {
  O.SSL_CTX_free(cc)
  O.SSL_CTX_free(sc)
}

function openPair(offered: O.SSL_SESSION | null): void {
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  c = need(O.SSL_new(cc))
  s = need(O.SSL_new(sc))
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(c, one, two)
  O.SSL_set_bio(s, two, one)
  O.SSL_set_connect_state(c)
  O.SSL_set_accept_state(s)
  if (offered !== null) say('SSL_set_session', O.SSL_set_session(c, offered))
}

function shake(): void {
  let [a, b] = [0, 0]
  for (let i = 0; i < 20 && (a !== 1 || b !== 1); i++) {
    a = O.SSL_do_handshake(c)
    b = O.SSL_do_handshake(s)
    if (O.ERR_peek_error() !== 0) break
  }
  say('client done', a)
  say('server done', b)
}

function show(who: string, ssl: O.SSL): void {
  const x = O.SSL_get0_session(ssl)
  if (x === null) {
    printed.push(`${scene}: ${who} no session`)
    return
  }
  const values = {
    reused: O.SSL_session_reused(ssl),
    id: O.SSL_SESSION_get_id(x).length,
    ticket: O.SSL_SESSION_has_ticket(x),
    hint: O.SSL_SESSION_get_ticket_lifetime_hint(x),
    timeout: O.SSL_SESSION_get_timeout(x),
    resumable: O.SSL_SESSION_is_resumable(x),
    version: O.SSL_SESSION_get_protocol_version(x).toString(16),
    cipher: O.SSL_CIPHER_get_name(O.SSL_SESSION_get0_cipher(x)),
    peer: Number(O.SSL_SESSION_get0_peer(x) !== null),
    verify: O.SSL_get_verify_result(ssl),
    mfl: O.SSL_SESSION_get_max_fragment_length(x),
  }
  const text = Object.entries(values).map(([name, value]) => `${name} ${value}`)
  printed.push(`${scene}: ${who} ${text.join(' ')}`)
}

function numbers(who: string, ctx: O.SSL_CTX): void {
  const values = [
    ['number', O.SSL_CTX_sess_number],
    ['connect', O.SSL_CTX_sess_connect],
    ['', O.SSL_CTX_sess_connect_good],
    ['', O.SSL_CTX_sess_connect_renegotiate],
    ['accept', O.SSL_CTX_sess_accept],
    ['', O.SSL_CTX_sess_accept_good],
    ['', O.SSL_CTX_sess_accept_renegotiate],
    ['hits', O.SSL_CTX_sess_hits],
    ['cb', O.SSL_CTX_sess_cb_hits],
    ['misses', O.SSL_CTX_sess_misses],
    ['timeouts', O.SSL_CTX_sess_timeouts],
    ['full', O.SSL_CTX_sess_cache_full],
  ] as const
  printed.push(`${scene}: ${who} ${values.map(([name, count]) => `${name} ${count(ctx)}`.trim()).join(' ')}`)
}

function both(): void {
  show('client', c)
  show('server', s)
  numbers('client', cc)
  numbers('server', sc)
}

function closePair(shut: number): void {
  if (shut & 1) O.SSL_shutdown(c)
  if (shut & 2) O.SSL_shutdown(s)
  O.SSL_free(c)
  O.SSL_free(s)
  O.ERR_clear_error()
}

function first(shut: number): O.SSL_SESSION {
  openPair(null)
  shake()
  both()
  const x = need(O.SSL_get1_session(c))
  closePair(shut)
  say('resumable', O.SSL_SESSION_is_resumable(x))
  return x
}

function again(x: O.SSL_SESSION | null, shut: number): void {
  openPair(x)
  shake()
  both()
  closePair(shut)
}

/** A scene whose client ends with a session, offers it once more and gives it up. */
function twice(name: string, prepare: () => void, shut = 3, times = 1): void {
  begin(name)
  prepare()
  const x = first(shut)
  for (let i = 0; i < times; i++) again(x, 3)
  O.SSL_SESSION_free(x)
  end()
}

function alone(name: string, prepare: () => void): void {
  begin(name)
  prepare()
  again(null, 0)
  end()
}

const noTicket = (): void => void O.SSL_CTX_set_options(sc, O.SSL_OP_NO_TICKET)
const serverMode = (mode: number): void => void O.SSL_CTX_set_session_cache_mode(sc, mode)
const bothModes = (): void => {
  O.SSL_CTX_set_session_cache_mode(cc, O.SSL_SESS_CACHE_BOTH)
  serverMode(O.SSL_SESS_CACHE_BOTH)
}
const verifies = (): void => O.SSL_CTX_set_verify(sc, O.SSL_VERIFY_PEER, null)
const idsBy = (cb: O.GEN_SESSION_CB) => (): void => {
  noTicket()
  O.SSL_CTX_set_generate_session_id(sc, cb)
}

function play(): void {
  twice('ticket', () => {}, 3, 2)
  twice('id', noTicket, 3, 2)
  twice('id, client without tickets', () => O.SSL_CTX_set_options(cc, O.SSL_OP_NO_TICKET))
  for (const [shut, who] of ['nobody shuts', 'client shuts', 'server shuts', 'both shut'].entries()) {
    twice(`ticket, ${who}`, () => {}, shut)
    twice(`id, ${who}`, noTicket, shut)
  }
  modes()
  contexts()
  masterSecrets()
  timeouts()
  clears()
  ids()
  outside()
  keys()
  ticketData()
  removals()
  names()
  versions()
}

function modes(): void {
  twice('cache both', bothModes)
  twice('cache both, id', () => {
    noTicket()
    bothModes()
  })
  for (const [name, mode] of [
    ['no internal store', O.SSL_SESS_CACHE_SERVER | O.SSL_SESS_CACHE_NO_INTERNAL_STORE],
    ['no internal lookup', O.SSL_SESS_CACHE_SERVER | O.SSL_SESS_CACHE_NO_INTERNAL_LOOKUP],
    ['cache off', O.SSL_SESS_CACHE_OFF],
  ] as const)
    twice(name, () => {
      noTicket()
      serverMode(mode)
    })
  twice('level 3', () => {
    O.SSL_CTX_set_security_level(sc, 3)
    O.SSL_CTX_set_security_level(cc, 3)
  })
}

function contexts(): void {
  twice('no context', verifies)
  twice('no context, id', () => {
    noTicket()
    verifies()
  })
  begin('context')
  verifies()
  O.SSL_CTX_set_session_id_context(sc, Buffer.from('one'))
  const x = first(3)
  again(x, 3)
  O.SSL_CTX_set_session_id_context(sc, Buffer.from('two'))
  again(x, 3)
  O.SSL_SESSION_free(x)
  end()

  begin("client's context")
  const y = first(3)
  O.SSL_CTX_set_session_id_context(cc, Buffer.from('c'))
  again(y, 3)
  O.SSL_SESSION_free(y)
  end()
}

function masterSecrets(): void {
  begin('no master secret')
  O.SSL_CTX_set_options(sc, O.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  const x = first(3)
  O.SSL_CTX_clear_options(sc, O.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  again(x, 3)
  O.SSL_SESSION_free(x)
  end()
  begin('lost master secret')
  const y = first(3)
  O.SSL_CTX_set_options(sc, O.SSL_OP_NO_EXTENDED_MASTER_SECRET)
  again(y, 3)
  O.SSL_SESSION_free(y)
  end()
}

function timeouts(): void {
  begin('timeout')
  noTicket()
  O.SSL_SESSION_free(first(3))
  O.SSL_CTX_set_timeout(sc, 1)
  O.SSL_CTX_set_timeout(cc, 50)
  const x = first(3)
  O.SSL_CTX_flush_sessions(sc, Math.floor(Date.now() / 1000) + 100)
  numbers('server', sc)
  O.SSL_CTX_flush_sessions(sc, 0)
  numbers('server', sc)
  O.SSL_SESSION_free(x)
  end()
}

function clears(): void {
  const clear = (): void => {
    say('clear', O.SSL_clear(c) * 10 + O.SSL_clear(s))
    both()
    O.BIO_reset(need(O.SSL_get_rbio(c)))
    O.BIO_reset(need(O.SSL_get_wbio(c)))
    shake()
    both()
  }
  begin('clear')
  openPair(null)
  shake()
  O.SSL_shutdown(c)
  O.SSL_shutdown(s)
  clear()
  clear()
  closePair(3)
  end()
}

function ids(): void {
  let counter = 0
  twice(
    'ids',
    idsBy((_ssl, id, length) => {
      id.fill(++counter)
      length.value = 5
      return 1
    }),
  )
  begin('ids that clash')
  idsBy((_ssl, id) => {
    id.fill(7)
    return 1
  })()
  const x = first(3)
  again(null, 0)
  O.SSL_SESSION_free(x)
  end()
  const lengthOf = (bytes: number) =>
    idsBy((_ssl, _id, length) => {
      length.value = bytes
      return 1
    })
  alone(
    'ids that fail',
    idsBy(() => 0),
  )
  alone('ids that are empty', lengthOf(0))
  alone('ids that are too long', lengthOf(33))
  const never = (): void =>
    O.SSL_CTX_set_not_resumable_session_callback(sc, (_ssl, forwardSecure) => {
      say('not resumable?', forwardSecure)
      return 1
    })
  twice('not resumable', never)
  twice('not resumable, id', () => {
    noTicket()
    never()
  })
}

function outside(): void {
  begin('outside')
  noTicket()
  serverMode(O.SSL_SESS_CACHE_SERVER | O.SSL_SESS_CACHE_NO_INTERNAL)
  let found: O.SSL_SESSION | null = null
  O.SSL_CTX_sess_set_get_cb(sc, (_ssl, id, length, copy) => {
    if (id.length !== length) throw new Error('a length that is none')
    say('asked for', length * 10 + copy.value)
    return found
  })
  openPair(null)
  shake()
  const x = need(O.SSL_get1_session(c))
  const y = need(O.SSL_get1_session(s))
  found = y
  closePair(3)
  again(x, 3)
  found = null
  again(x, 3)
  O.SSL_SESSION_free(x)
  O.SSL_SESSION_free(y)
  end()
}

function keys(): void {
  let [sealing, opening] = [1, 1]
  begin('keys')
  O.SSL_CTX_set_tlsext_ticket_key_cb(sc, (_ssl, name, iv, cipher, hmac, enc) => {
    const key = new Uint8Array(32).fill(5)
    if (enc === 1) {
      name.fill('n'.charCodeAt(0))
      iv.fill('i'.charCodeAt(0))
    }
    say(enc === 1 ? 'seal' : 'open', (name[15] ?? 0) * 1000 + (iv[15] ?? 0))
    const init = enc === 1 ? O.EVP_EncryptInit_ex : O.EVP_DecryptInit_ex
    init(cipher, O.EVP_aes_256_cbc(), null, key, iv)
    O.HMAC_Init_ex(hmac, key, 32, O.EVP_sha256())
    return enc === 1 ? sealing : opening
  })
  const x = first(3)
  again(x, 3)
  opening = 2
  again(x, 3)
  opening = 0
  again(x, 3)
  sealing = 0
  again(null, 3)
  opening = -1
  again(x, 0)
  sealing = -1
  again(null, 0)
  O.SSL_SESSION_free(x)
  end()
}

function ticketData(): void {
  let [making, judging] = [1, O.SSL_TICKET_RETURN_IGNORE_RENEW as number]
  const hello = Buffer.from('hello')
  begin('ticket data')
  O.SSL_CTX_set_session_ticket_cb(
    sc,
    ssl => {
      say('make', O.SSL_SESSION_set1_ticket_appdata(need(O.SSL_get0_session(ssl)), hello))
      return making
    },
    (_ssl, session, name, length, status, arg) => {
      const data: { value: Uint8Array | null } = { value: null }
      if (session !== null) O.SSL_SESSION_get0_ticket_appdata(session, data, { value: 0 })
      if (arg !== hello || name.length !== length) throw new Error('a callback with the wrong arguments')
      say('judge', status * 100 + length)
      say('data', data.value === null ? -1 : Buffer.compare(data.value, hello))
      return judging
    },
    hello,
  )
  const x = first(3)
  for (const answer of [
    O.SSL_TICKET_RETURN_USE,
    O.SSL_TICKET_RETURN_USE_RENEW,
    O.SSL_TICKET_RETURN_IGNORE_RENEW,
    O.SSL_TICKET_RETURN_IGNORE,
  ]) {
    judging = answer
    again(x, 3)
  }
  judging = O.SSL_TICKET_RETURN_ABORT
  again(x, 0)
  judging = O.SSL_TICKET_RETURN_IGNORE_RENEW
  making = 0
  again(null, 0)
  O.SSL_SESSION_free(x)
  end()
}

function removals(): void {
  begin('removed')
  noTicket()
  const x = first(3)
  openPair(null)
  shake()
  const y = need(O.SSL_get1_session(s))
  closePair(3)
  say('remove', O.SSL_CTX_remove_session(sc, y))
  say('again', O.SSL_CTX_remove_session(sc, y))
  say('resumable', O.SSL_SESSION_is_resumable(y))
  say('add', O.SSL_CTX_add_session(sc, y))
  say('add', O.SSL_CTX_add_session(sc, y))
  numbers('server', sc)
  O.SSL_SESSION_free(x)
  O.SSL_SESSION_free(y)
  end()

  begin('copy')
  const mine = first(3)
  openPair(null)
  O.SSL_set_session(c, mine)
  say('copy', O.SSL_copy_session_id(s, c))
  say('same', O.SSL_get0_session(s) === mine)
  O.SSL_set_session(s, null)
  say('none', O.SSL_get0_session(s) === null)
  shake()
  both()
  const copy = need(O.SSL_SESSION_dup(mine))
  say('dup', O.SSL_SESSION_is_resumable(copy))
  closePair(0)
  say('x', O.SSL_SESSION_is_resumable(mine))
  say('y', O.SSL_SESSION_is_resumable(copy))
  O.SSL_SESSION_free(mine)
  O.SSL_SESSION_free(copy)
  end()
}

function names(): void {
  const named = (x: O.SSL_SESSION | null, name: string | null): void => {
    openPair(x)
    O.SSL_set_tlsext_host_name(c, name)
    shake()
    both()
    printed.push(`${scene}: ${O.SSL_get_servername(c, 0) ?? '-'} ${O.SSL_get_servername(s, 0) ?? '-'}`)
  }
  begin('name')
  O.SSL_CTX_set_tlsext_servername_callback(sc, () => O.SSL_TLSEXT_ERR_OK)
  named(null, 'one.test')
  const x = need(O.SSL_get1_session(c))
  closePair(3)
  for (const name of ['one.test', null]) {
    named(x, name)
    closePair(3)
  }
  O.SSL_SESSION_free(x)
  end()
}

function versions(): void {
  begin('version')
  O.SSL_CTX_set_security_level(cc, 0)
  O.SSL_CTX_set_security_level(sc, 0)
  O.SSL_CTX_set_max_proto_version(sc, O.DTLS1_VERSION)
  const x = first(3)
  O.SSL_CTX_set_max_proto_version(sc, 0)
  again(x, 3)
  O.SSL_CTX_set_min_proto_version(cc, O.DTLS1_2_VERSION)
  again(x, 3)
  O.SSL_SESSION_free(x)
  end()
}
