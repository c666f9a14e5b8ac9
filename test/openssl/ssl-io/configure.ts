import { fileURLToPath } from 'node:url'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import type { Stage } from './stage.ts'
import type { Callbacks } from './watch.ts'
import { describe, describeRecord, hex16, type Side } from './wire.ts'

export const CERTIFICATES = `${fileURLToPath(new URL('../../vectors/certificates', import.meta.url))}/`

/** A word after a side's name: sets something up, shows something, or changes what waits on the wire. */
export type SideCommand = (
  side: Side,
  words: readonly string[],
  stage: Stage,
  callbacks: Callbacks,
) => number | undefined

const file = (name: string) => `${CERTIFICATES}${name}.pem`
const number = (word: string | undefined) => Number(word ?? '0')

/** What the context or the connection is told. The result is shown when it is not 1. */
const SETTINGS: Readonly<Record<string, SideCommand>> = {
  certificate: ({ context }, [name = '']) =>
    O.SSL_CTX_use_certificate_chain_file(context, file(name)) &
    O.SSL_CTX_use_PrivateKey_file(context, file(`${name}.key`), O.SSL_FILETYPE_PEM),
  trusts: ({ context }, [name = '']) => O.SSL_CTX_load_verify_file(context, file(name)),
  verifies({ context }, [mode, kind], stage, { verify }) {
    stage.verifyKind = kind ?? ''
    O.SSL_CTX_set_verify(context, number(mode), kind === undefined ? null : verify)
    return 1
  },
  suites: ({ context }, [list = '']) => O.SSL_CTX_set_cipher_list(context, list),
  level({ context }, [level]) {
    O.SSL_CTX_set_security_level(context, number(level))
    return 1
  },
  versions: ({ context }, [min, max]) =>
    O.SSL_CTX_set_min_proto_version(context, number(`0x${min}`)) &
    O.SSL_CTX_set_max_proto_version(context, number(`0x${max}`)),
  groups: ({ context }, [list = '']) => O.SSL_CTX_set1_groups_list(context, list),
  schemes: ({ context }, [list = '']) => O.SSL_CTX_set1_sigalgs_list(context, list),
  options({ context }, [bits]) {
    O.SSL_CTX_set_options(context, number(`0x${bits}`))
    return 1
  },
  unset({ context }, [bits]) {
    O.SSL_CTX_clear_options(context, number(`0x${bits}`))
    return 1
  },
  psk({ context, name }, [kind = ''], stage, { pskClient, pskServer }) {
    stage.pskKinds[name] = kind
    O.SSL_CTX_set_psk_client_callback(context, name === 'c' ? pskClient : null)
    O.SSL_CTX_set_psk_server_callback(context, name === 's' ? pskServer : null)
    return 1
  },
  hint: ({ context }, [hint = '']) => O.SSL_CTX_use_psk_identity_hint(context, hint),
  cookies({ context }, [kind], stage, { cookie, cookieBack }) {
    stage.cookieFails = kind === 'failing'
    stage.cookieRefused = kind === 'refused'
    O.SSL_CTX_set_cookie_generate_cb(context, kind === 'ungenerated' ? null : cookie)
    O.SSL_CTX_set_cookie_verify_cb(context, kind === 'unverified' ? null : cookieBack)
    return 1
  },
  names({ context }, [kind], _stage, { name }) {
    O.SSL_CTX_set_tlsext_servername_callback(context, name)
    O.SSL_CTX_set_tlsext_servername_arg(context, kind === 'refused')
    return 1
  },
  selects({ context }, [kind], _stage, { protocol }) {
    O.SSL_CTX_set_alpn_select_cb(context, protocol, kind === 'nothing')
    return 1
  },
  protocols: ({ context }, [list = '']) => Number(O.SSL_CTX_set_alpn_protos(context, fromHex(list)) === 0),
  fragments: ({ context }, [code]) => O.SSL_CTX_set_tlsext_max_fragment_length(context, number(code)),
  chooses({ context }, [kind], _stage, { certificate }) {
    O.SSL_CTX_set_cert_cb(context, certificate, kind === 'nothing')
    return 1
  },
  asks: ({ live }, [name = '']) => O.SSL_set_tlsext_host_name(live, name),
  expects: ({ live }, [name = '']) => O.SSL_set1_host(live, name),
  lives({ live }, [time]) {
    O.X509_VERIFY_PARAM_set_time(O.SSL_get0_param(live), number(time))
    return 1
  },
  timer({ live }, [kind = ''], stage, { timer }) {
    stage.timerKind = kind
    O.DTLS_set_timer_cb(live, kind === '-' ? null : timer)
    return 1
  },
}

/** What the BIO does, and what the connection says of itself. */
const ENDS: Readonly<Record<string, SideCommand>> = {
  answers({ answers }, [command, answer]) {
    answers.set(number(command), number(answer))
    return 1
  },
  eof(side, [answer]) {
    side.eof = number(answer)
    return 1
  },
  lively(side, [data]) {
    side.lively = number(data)
    return 1
  },
  writing: ({ faults }, words) => setFault(faults.write, words),
  reading: ({ faults }, words) => setFault(faults.read, words),
  free(side, [kept]) {
    O.SSL_free(side.ssl)
    if (kept === undefined) side.ssl = null
    return 1
  },
  state({ live }, _words, { say }) {
    say(`  ${O.SSL_state_string(live)}: ${O.SSL_state_string_long(live)}`)
    return 1
  },
  cipher({ live }, _words, { say }) {
    say(`  ${O.SSL_get_cipher_name(live)} ${O.SSL_get_version(live)}`)
    return 1
  },
  timeout({ live }, _words, { say }) {
    const left = { tv_sec: 7, tv_usec: 7 }
    const result = O.DTLSv1_get_timeout(live, left)
    say(`  ${result} ${left.tv_sec}.${String(left.tv_usec).padStart(6, '0')}`)
    return 1
  },
}

/** What waits on the wire for this end. */
const WIRE: Readonly<Record<string, SideCommand>> = {
  drop: ({ waiting }, [count]) => {
    waiting.splice(0, count === undefined ? waiting.length : number(count))
    return 1
  },
  skip({ waiting }, [index]) {
    waiting.splice(number(index), 1)
    return 1
  },
  gets({ waiting }, [bytes = '']) {
    waiting.push(fromHex(bytes))
    return 1
  },
  repeat(side, [index]) {
    side.waiting.push(side.datagram(number(index)).slice())
    return 1
  },
  poke(side, [index, offset, bytes = '']) {
    const datagram = side.datagram(number(index))
    const at = number(offset)
    datagram.set(fromHex(bytes), at < 0 ? datagram.length + at : at)
    return 1
  },
  flip(side, [index, offset]) {
    const datagram = side.datagram(number(index))
    const at = number(offset)
    datagram.set([~(datagram.at(at) ?? 0)], at < 0 ? datagram.length + at : at)
    return 1
  },
  cut(side, [index, length]) {
    side.waiting[number(index)] = side.datagram(number(index)).slice(0, number(length))
    return 1
  },
  fragment(side, [index, offset, length]) {
    const cut = fragment(side.datagram(number(index)), number(offset), number(length))
    side.waiting[number(index)] = cut
    return 1
  },
  first({ waiting }, [index]) {
    waiting.unshift(...waiting.splice(number(index), 1))
    return 1
  },
  last({ waiting }) {
    waiting.push(...waiting.splice(0, 1))
    return 1
  },
  join({ waiting }) {
    waiting.unshift(new Uint8Array(Buffer.concat(waiting.splice(0, 2))))
    return 1
  },
  hello(side, [index], { say }) {
    showHello(side.datagram(number(index)), side.stream, say)
    return 1
  },
  waiting({ waiting }, _words, { say }) {
    say(`  ${waiting.length}`)
    return 1
  },
  next({ waiting, name, stream }, _words, { say, shows, client, server }) {
    const { changed } = name === 'c' ? server : client
    for (const bytes of waiting) say(`  for ${name}${stream ? describeRecord(bytes, changed) : describe(bytes, shows)}`)
    return 1
  },
}

export const SIDE_COMMANDS: Readonly<Record<string, SideCommand>> = { ...SETTINGS, ...ENDS, ...WIRE }

function setFault(fault: Side['faults']['read'], [kind = '', times, errno]: readonly string[]): 1 {
  fault.kind = kind
  fault.times = number(times)
  fault.errno = number(errno)
  return 1
}

/** Cuts the handshake message of a datagram's only record to one fragment of it. */
function fragment(datagram: Uint8Array, offset: number, length: number): Uint8Array {
  const cut = datagram.slice(0, 25 + length)
  cut.set(datagram.subarray(25 + offset, 25 + offset + length), 25)
  const view = new DataView(cut.buffer)
  view.setUint16(20, offset)
  view.setUint16(23, length)
  view.setUint16(11, length + 12)
  return cut
}

function showHello(datagram: Uint8Array, stream: boolean, say: (line: string) => void): void {
  let at = stream ? 9 : 25
  const bytes = (length: number) => datagram.subarray(at, (at += length))
  const byte = () => bytes(1)[0] ?? 0
  const wide = () => (byte() << 8) | byte()
  const record = hex16(((datagram[1] ?? 0) << 8) | (datagram[2] ?? 0))
  const version = hex16(wide())
  bytes(32)
  const session = bytes(byte()).length
  const cookie = stream ? '' : ` cookie ${bytes(byte()).length}`
  const [suites, compression] = [toHex(bytes(wide())), toHex(bytes(byte()))]
  say(`  record ${record} version ${version} session ${session}${cookie} suites ${suites} compression ${compression}`)
  bytes(2)
  while (at < datagram.length) {
    const type = wide()
    const body = toHex(bytes(wide()))
    // Sessions are a matter of their own, and with them the ticket extension.
    if (type !== O.TLSEXT_TYPE_session_ticket) say(`  extension ${type} ${body}`)
  }
}
