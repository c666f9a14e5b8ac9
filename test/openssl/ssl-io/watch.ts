import { latin1, utf8 } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import type { Stage } from './stage.ts'
import { hex16, type Side } from './wire.ts'

/** The callbacks of a scene: each writes down how it was called. */
export class Callbacks {
  readonly #stage: Stage

  constructor(stage: Stage) {
    this.#stage = stage
  }

  /** Sets those that the scene wants to see. */
  watch({ ssl, context }: Side): void {
    const { shows } = this.#stage
    if (ssl !== null) {
      O.SSL_set_info_callback(ssl, shows('info') ? this.info : null)
      O.SSL_set_msg_callback(ssl, shows('message') ? this.message : null)
    }
    O.SSL_CTX_set_keylog_callback(context, shows('key') ? this.key : null)
  }

  readonly info: O.SSL_info_cb = (ssl, where, value) => {
    this.#say(ssl, `info ${hex16(where)} ${value} ${O.SSL_state_string(ssl)}`)
  }

  readonly message: O.SSL_msg_cb = (out, version, type, bytes, length, ssl) => {
    const at = (i: number) => bytes[i] ?? 0
    const wide = (i: number) => (at(i) << 8) | at(i + 1)
    let what = ` ${at(0)}/${at(1)}`
    if (type === 256 && length === 5) what = ` ${at(0)} ${hex16(wide(1))} (${wide(3)})`
    else if (type === 22 && this.#stage.owner(ssl).stream) what = ` m${at(0)} (${(at(1) << 16) | wide(2)})`
    else if (type === 256) what = ` ${at(0)} ${hex16(wide(1))} ${at(4)}.${at(10)} (${wide(11)})`
    else if (type === 22) what = ` m${at(0)}:${at(5)} ${wide(7)}+${wide(10)}/${wide(2)}`
    else if (type === 20) what = ` ${at(0)}`
    this.#say(ssl, `${out === 1 ? 'sends' : 'hears'} ${hex16(version)} ${type} (${length})${what}`)
  }

  readonly key: O.SSL_CTX_keylog_cb_func = (ssl, line) => {
    const found = /^([^ ]+) ([0-9a-f]+) ([0-9a-f]+)/.exec(line)
    const [whole = '', label = '', random = '', secret = ''] = found ?? []
    this.#say(ssl, `key ${label} ${random.length} ${secret.length} rest ${line.length - whole.length}`)
  }

  readonly verify: O.SSL_verify_cb = (ok, ctx) => {
    const { acting, verifyKind, say } = this.#stage
    const [error, depth] = [O.X509_STORE_CTX_get_error(ctx), O.X509_STORE_CTX_get_error_depth(ctx)]
    say(`  ${acting.name} verify ${ok} ${error} depth ${depth}`)
    if (verifyKind === 'pass') return 1
    return verifyKind === 'refuse' ? 0 : ok
  }

  readonly cookie: O.SSL_cookie_generate_cb = (ssl, cookie, length) => {
    if (this.#stage.shows('cookie')) this.#say(ssl, 'makes a cookie')
    cookie.set(COOKIE)
    length.value = COOKIE.length
    return Number(!this.#stage.cookieFails)
  }

  readonly cookieBack: O.SSL_cookie_verify_cb = (ssl, cookie, length) => {
    const ok = !this.#stage.cookieRefused && latin1(cookie.subarray(0, length)) === latin1(COOKIE)
    if (this.#stage.shows('cookie')) this.#say(ssl, `checks a cookie (${length}) ${Number(ok)}`)
    return Number(ok)
  }

  readonly pskClient: O.SSL_psk_client_cb_func = (_ssl, hint, identity, maxIdentity, psk, maxPsk) => {
    this.#stage.say(`  c psk hint ${hint ?? 'NULL'} room ${maxIdentity} ${maxPsk}`)
    identity.set(utf8('me\0'))
    return fillKey(this.#stage.pskKinds.c, psk)
  }

  readonly pskServer: O.SSL_psk_server_cb_func = (_ssl, identity, psk, maxPsk) => {
    this.#stage.say(`  s psk identity ${identity} room ${maxPsk}`)
    return fillKey(this.#stage.pskKinds.s, psk)
  }

  readonly timer: O.DTLS_timer_cb = (_ssl, last) => {
    const next = this.#stage.timerKind === 'zero' ? 0 : last === 0 ? 500000 : last * 3
    this.#stage.say(`  timer ${last} ${next}`)
    return next
  }

  readonly name: O.SSL_servername_cb = (ssl, _alert, refused) => {
    this.#say(ssl, `name ${O.SSL_get_servername(ssl, 0) ?? 'NULL'}`)
    return refused === true ? O.SSL_TLSEXT_ERR_ALERT_FATAL : O.SSL_TLSEXT_ERR_OK
  }

  readonly certificate: O.SSL_cert_cb = (ssl, refused) => {
    this.#say(ssl, 'certificate')
    return Number(refused !== true)
  }

  readonly protocol: O.SSL_CTX_alpn_select_cb_func = (_ssl, out, outlen, offered, _length, refused) => {
    outlen.value = offered[0] ?? 0
    out.value = offered.subarray(1, 1 + outlen.value)
    return refused === true ? O.SSL_TLSEXT_ERR_ALERT_FATAL : O.SSL_TLSEXT_ERR_OK
  }

  #say(ssl: O.SSL, text: string): void {
    this.#stage.say(`  ${this.#stage.owner(ssl).name} ${text}`)
  }
}

function fillKey(kind: string, psk: Uint8Array): number {
  if (kind === 'none') return 0
  psk.fill(kind.charCodeAt(0), 0, 16)
  return 16
}

const COOKIE = utf8('a cookie of 16 b')
