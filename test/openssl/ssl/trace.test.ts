import { readFileSync } from 'node:fs'
import { concat, fromHex, toHex, utf8 } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import { Writer } from '../../../lib/wire/writer.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { c, certificatePath, need, PAIR, s, setUp, shakeHands } from './pair.ts'
import { compare } from './record.ts'

/** SSL_trace into a text. */
const PRELUDE = `${PAIR}
static const char *traced(SSL *ssl, int sent, int type, const char *hex) {
  static char text[99999]; unsigned char buf[9999]; int i, n = strlen(hex) / 2; long length; char *p;
  BIO *bio = BIO_new(BIO_s_mem());
  for (i = 0; i < n; i++) { unsigned v; sscanf(hex + 2 * i, "%2x", &v); buf[i] = v; }
  SSL_trace(sent, SSL_version(ssl), type, buf, n, ssl, bio);
  length = BIO_get_mem_data(bio, &p); memcpy(text, p, length); text[length] = 0; BIO_free(bio); ERR_clear_error();
  return text;
}
`

function traced(ssl: O.SSL, sent: number, type: number, bytes: Uint8Array): string {
  const bio = need(O.BIO_new(O.BIO_s_mem()))
  O.SSL_trace(sent, O.SSL_version(ssl), type, bytes, bytes.length, ssl, bio)
  const text = new Uint8Array(O.BIO_ctrl_pending(bio))
  O.BIO_read(bio, text)
  O.BIO_free(bio)
  return Buffer.from(text).toString('latin1')
}

const trace = (side: 'c' | 's', sent: number, type: number, bytes: Uint8Array): Call => [
  `traced(${side}, ${sent}, ${type}, "${toHex(bytes)}")`,
  () => traced(side === 'c' ? c : s, sent, type, bytes),
]

const message = (type: number, body: Uint8Array, length = body.length): Uint8Array =>
  new Writer().u8(type).u24(length).u16(7).u24(0).u24(length).bytes(body).finish()

const handshake = (type: number, body: Uint8Array): Call => trace('c', 0, 22, message(type, body))

/** The body cut off in as many places as is bearable, with a length that fits: each field fails once. */
const cut = (type: number, body: Uint8Array): Call[] => {
  const step = Math.max(1, Math.floor(body.length / 24))
  return Array.from({ length: Math.ceil(body.length / step) }, (_, i) => handshake(type, body.subarray(0, i * step)))
}

const extension = (type: number, body: Uint8Array): Uint8Array => new Writer().u16(type).vector16(body).finish()
const random = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
const pem = (name: string): Uint8Array =>
  Buffer.from(readFileSync(certificatePath(name), 'latin1').replace(/-----[^-]+-----|\s/g, ''), 'base64')

const extensions = concat(
  extension(0, fromHex('000c0000096c6f63616c686f7374')),
  extension(1, fromHex('02')),
  extension(10, fromHex('0008001d001700180100')),
  extension(11, fromHex('03000102')),
  extension(13, fromHex('0006040308040000')),
  extension(16, fromHex('000902683205c3a9ff2e41')),
  extension(22, new Uint8Array()),
  extension(35, fromHex('aabb')),
  extension(43, fromHex('04fefdfeff')),
  extension(0xff01, fromHex('020102')),
  extension(999, fromHex('414243')),
)

const clientHello = (block: Uint8Array): Uint8Array =>
  new Writer()
    .u16(0xfefd)
    .bytes(random)
    .vector8(fromHex('0102'))
    .vector8(fromHex('c0c1c2'))
    .vector16(fromHex('c02bc0301301ffff00ff'))
    .vector8(fromHex('0001ee'))
    .bytes(block)
    .finish()

const serverHello = (block: Uint8Array): Uint8Array =>
  new Writer().u16(0xfeff).bytes(random).vector8(fromHex('')).u16(0xc02f).u8(0).bytes(block).finish()

const withExtensions = (block: Uint8Array): Uint8Array => new Writer().vector16(block).finish()

const request = new Writer()
  .vector8(fromHex('010240ee'))
  .vector16(fromHex('04030804'))
  .vector16(
    new Writer()
      .vector16(fromHex('30143112301006035504030c094175746520c3a9c3a9'))
      .vector16(fromHex('3000'))
      .vector16(fromHex('3001'))
      .finish(),
  )
  .finish()

const chain = (...list: Uint8Array[]): Uint8Array =>
  new Writer().vector24(concat(...list.map(der => new Writer().vector24(der).finish()))).finish()

/** Messages whose form does not depend on the suite. */
const PLAIN: Call[] = [
  trace('c', 1, 256, fromHex('16fefd00010000000000020003')),
  trace('s', 0, 256, fromHex('18fefc0102ffffffffffff4001')),
  trace('s', 0, 256, fromHex('18fefc0102ffffffffffff40')),
  trace('c', 0, 257, fromHex('17')),
  trace('c', 0, 20, fromHex('01')),
  trace('c', 0, 20, fromHex('0101')),
  trace('c', 1, 21, fromHex('0100')),
  trace('c', 0, 21, fromHex('0228')),
  trace('c', 0, 21, fromHex('09c8')),
  trace('c', 0, 21, fromHex('02')),
  trace('c', 0, 23, fromHex('4142')),
  trace('c', 0, 22, fromHex('0100')),
  trace('c', 0, 22, message(14, new Uint8Array(), 9)),
  handshake(0, new Uint8Array()),
  handshake(1, clientHello(withExtensions(extensions))),
  handshake(1, clientHello(new Uint8Array())),
  handshake(1, clientHello(fromHex('0000'))),
  ...cut(1, clientHello(fromHex('00050010000100'))),
  ...[0, 1, 10, 11, 13, 16, 35, 43, 0xff01].flatMap(type =>
    ['', '00', '01', '0001', '000100', '03010203', '0002ff', '00030102'].map(body =>
      handshake(2, serverHello(withExtensions(extension(type, fromHex(body))))),
    ),
  ),
  handshake(2, serverHello(withExtensions(extension(0xff01, fromHex('0401020304'))))),
  handshake(2, serverHello(withExtensions(extension(43, fromHex('fefd'))))),
  ...cut(2, serverHello(withExtensions(extension(23, new Uint8Array())))),
  handshake(3, fromHex('fefd03c0c1c2')),
  ...cut(3, fromHex('feff03c0c1c2')),
  handshake(4, new Uint8Array()),
  handshake(4, fromHex('00001c200003aabbcc')),
  ...cut(4, fromHex('00001c200003aabbcc')),
  handshake(11, chain(pem('p256'), pem('ed25519'))),
  handshake(11, chain()),
  handshake(11, chain(fromHex('3003020101'), utf8('no certificate'))),
  ...cut(11, chain(utf8('no certificate'))),
  handshake(13, request),
  ...cut(13, request),
  handshake(14, new Uint8Array()),
  handshake(14, fromHex('00')),
  handshake(15, fromHex('04010003aabbcc')),
  ...cut(15, fromHex('04010003aabbcc')),
  handshake(20, fromHex('000102030405060708090a0b')),
  handshake(22, fromHex('0100')),
  handshake(67, fromHex('')),
  handshake(
    99,
    Uint8Array.from({ length: 40 }, (_, i) => 60 + i),
  ),
]

const scene = (certificate: string | null, suite: string, calls: Call[]): Scene => ({
  name: suite,
  calls: [
    [
      `set_up(${certificate === null ? 'NULL' : `"${certificate}"`}, "${suite}", 0)`,
      () => setUp(certificate, suite, 0),
    ],
    ['shake_hands()', shakeHands],
    ...calls,
  ],
})

/** Both messages of a key exchange, whole and cut off; a signature follows where the suite has one. */
const exchange = (certificate: string | null, suite: string, server: string, client: string): Scene =>
  scene(certificate, suite, [
    handshake(12, fromHex(server)),
    ...cut(12, fromHex(server)),
    ...['00', '0000', '000000'].map(more => handshake(12, fromHex(`${server}${more}`))),
    ...['01', '010203', '02', '09', '0904030000'].map(other => handshake(12, fromHex(other))),
    handshake(16, fromHex(client)),
    ...cut(16, fromHex(client)),
    handshake(16, fromHex(`${client}00`)),
    ['SSL_is_dtls(c)', () => O.SSL_is_dtls(c)],
  ])

const HINT = '000468696e74'
const IDENTITY = '00026d65'
const CURVE = '03001d03aabbcc'
const PRIME = '000317fe01000102000201fe'
const SIGNATURE = '08040003aabbcc'

const SCENES = [
  scene('rsa', 'ECDHE-RSA-AES128-GCM-SHA256', PLAIN),
  exchange('rsa', 'ECDHE-RSA-CHACHA20-POLY1305', `${CURVE}${SIGNATURE}`, '03010203'),
  exchange('rsa', 'DHE-RSA-AES128-GCM-SHA256', `${PRIME}${SIGNATURE}`, '0003010203'),
  exchange('rsa', 'AES128-SHA', `${SIGNATURE}`, '0003010203'),
  exchange(null, 'PSK-AES128-GCM-SHA256', HINT, IDENTITY),
  exchange(null, 'ECDHE-PSK-AES128-CBC-SHA256', `${HINT}${CURVE}`, `${IDENTITY}03010203`),
  exchange(null, 'DHE-PSK-AES128-GCM-SHA256', `${HINT}${PRIME}`, `${IDENTITY}0003010203`),
]

compare('trace', () => play(SCENES).flatMap(line => line.split('\n')), program(SCENES, PRELUDE))
