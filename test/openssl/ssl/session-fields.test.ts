import * as O from '../../../lib/index.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { need } from './pair.ts'
import { compare } from './record.ts'

/** What can be set on a session, what that gives, and how it is written; against the real library. */

let x: O.SSL_SESSION
const buf = new Uint8Array(600).fill(7)
const out = { value: 0 }
const text = { value: null as Uint8Array | null }

/** Makes `x` anew; the C side does it in the scene's set-up. */
const fresh: Call = ['SSL_SESSION_is_resumable(x)', () => O.SSL_SESSION_is_resumable((x = O.SSL_SESSION_new()))]

const hex = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString('hex')

function der(): string {
  const place: { value: Uint8Array | null } = { value: null }
  return O.i2d_SSL_SESSION(x, place) > 0 ? hex(place.value) : ''
}

function written(write: (bio: O.BIO) => number): string {
  const bio = need(O.BIO_new(O.BIO_s_mem()))
  const ret = write(bio)
  const buffer = Buffer.alloc(10_000)
  const length = O.BIO_read(bio, buffer)
  O.BIO_free(bio)
  return `${ret} ${buffer.toString('latin1', 0, Math.max(0, length)).replaceAll('\n', '|')}`
}

function alpn(): number {
  O.SSL_SESSION_get0_alpn_selected(x, text, out)
  return out.value
}

function appdata(): number {
  O.SSL_SESSION_get0_ticket_appdata(x, text, out)
  return out.value
}

function fill(): number {
  O.SSL_SESSION_set1_id(x, buf, 32)
  O.SSL_SESSION_set1_master_key(x, buf, 48)
  O.SSL_SESSION_set_protocol_version(x, O.DTLS1_2_VERSION)
  O.SSL_SESSION_set_cipher(
    x,
    need(O.SSL_get_ciphers(need(O.SSL_new(need(O.SSL_CTX_new(O.DTLS_method()))))))[3] ?? fail(),
  )
  O.SSL_SESSION_set_time(x, 1_000_000)
  return 1
}

function fail(): never {
  throw new Error('no such suite')
}

/** A SEQUENCE of these elements. */
function sequence(...elements: string[]): string {
  const contents = elements.join('')
  return `30${(contents.length / 2).toString(16).padStart(2, '0')}${contents}`
}

function parse(bytes: string): number {
  return Number(O.d2i_SSL_SESSION(null, { value: Buffer.from(bytes, 'hex') }) !== null)
}

const setup = 'SSL_SESSION *x = SSL_SESSION_new(); memset(buf, 7, sizeof buf);'

const scenes: Scene[] = [
  {
    name: 'new',
    setup,
    calls: [
      fresh,
      ['SSL_SESSION_get_timeout(x)', () => O.SSL_SESSION_get_timeout(x)],
      ['SSL_SESSION_get_protocol_version(x)', () => O.SSL_SESSION_get_protocol_version(x)],
      ['SSL_SESSION_get_max_fragment_length(x)', () => O.SSL_SESSION_get_max_fragment_length(x)],
      ['SSL_SESSION_get0_cipher(x) == NULL', () => Number(O.SSL_SESSION_get0_cipher(x) === null)],
      ['SSL_SESSION_get0_peer(x) == NULL', () => Number(O.SSL_SESSION_get0_peer(x) === null)],
      ['SSL_SESSION_get0_hostname(x)', () => O.SSL_SESSION_get0_hostname(x)],
      ['SSL_SESSION_has_ticket(x)', () => O.SSL_SESSION_has_ticket(x)],
      ['SSL_SESSION_get_compress_id(x)', () => O.SSL_SESSION_get_compress_id(x)],
      ['SSL_SESSION_get_max_early_data(x)', () => O.SSL_SESSION_get_max_early_data(x)],
      ['(int)SSL_SESSION_get_master_key(x, NULL, 0)', () => O.SSL_SESSION_get_master_key(x, null, 0)],
      ['i2d_SSL_SESSION(x, NULL)', () => O.i2d_SSL_SESSION(x)],
      ['keylog(x)', () => written(bio => O.SSL_SESSION_print_keylog(bio, x))],
      ['pem(x)', () => written(bio => O.PEM_write_bio_SSL_SESSION(bio, x))],
    ],
  },
  {
    name: 'bounds',
    setup,
    calls: [
      fresh,
      ['SSL_SESSION_set1_id(x, buf, 32)', () => O.SSL_SESSION_set1_id(x, buf, 32)],
      ['SSL_SESSION_set1_id(x, buf, 33)', () => O.SSL_SESSION_set1_id(x, buf, 33)],
      ['(SSL_SESSION_get_id(x, &n), (int)n)', () => O.SSL_SESSION_get_id(x).length],
      ['SSL_SESSION_is_resumable(x)', () => O.SSL_SESSION_is_resumable(x)],
      ['SSL_SESSION_set1_id_context(x, buf, 32)', () => O.SSL_SESSION_set1_id_context(x, buf, 32)],
      ['SSL_SESSION_set1_id_context(x, buf, 33)', () => O.SSL_SESSION_set1_id_context(x, buf, 33)],
      ['(SSL_SESSION_get0_id_context(x, &n), (int)n)', () => O.SSL_SESSION_get0_id_context(x).length],
      ['SSL_SESSION_set1_master_key(x, buf, 513)', () => O.SSL_SESSION_set1_master_key(x, buf, 513)],
      ['SSL_SESSION_set1_master_key(x, buf, 512)', () => O.SSL_SESSION_set1_master_key(x, buf, 512)],
      ['SSL_SESSION_set1_master_key(x, buf, 48)', () => O.SSL_SESSION_set1_master_key(x, buf, 48)],
      ['(int)SSL_SESSION_get_master_key(x, buf, 10)', () => O.SSL_SESSION_get_master_key(x, buf, 10)],
      ['(int)SSL_SESSION_get_master_key(x, buf, 100)', () => O.SSL_SESSION_get_master_key(x, buf, 100)],
      ['SSL_SESSION_set_time(x, -5)', () => O.SSL_SESSION_set_time(x, -5)],
      ['SSL_SESSION_get_time(x)', () => O.SSL_SESSION_get_time(x)],
      ['SSL_SESSION_set_timeout(x, -7)', () => O.SSL_SESSION_set_timeout(x, -7)],
      ['SSL_SESSION_set_timeout(x, 77)', () => O.SSL_SESSION_set_timeout(x, 77)],
      ['SSL_SESSION_get_timeout(x)', () => O.SSL_SESSION_get_timeout(x)],
      ['SSL_SESSION_set1_hostname(x, "a.example")', () => O.SSL_SESSION_set1_hostname(x, 'a.example')],
      ['SSL_SESSION_get0_hostname(x)', () => O.SSL_SESSION_get0_hostname(x)],
      ['SSL_SESSION_set1_hostname(x, NULL)', () => O.SSL_SESSION_set1_hostname(x, null)],
      ['SSL_SESSION_get0_hostname(x)', () => O.SSL_SESSION_get0_hostname(x)],
      ['SSL_SESSION_set1_alpn_selected(x, buf, 5)', () => O.SSL_SESSION_set1_alpn_selected(x, buf, 5)],
      ['alpn(x)', alpn],
      ['SSL_SESSION_set1_alpn_selected(x, NULL, 0)', () => O.SSL_SESSION_set1_alpn_selected(x, null, 0)],
      ['alpn(x)', alpn],
      ['SSL_SESSION_set1_ticket_appdata(x, buf, 6)', () => O.SSL_SESSION_set1_ticket_appdata(x, buf, 6)],
      ['appdata(x)', appdata],
      ['SSL_SESSION_set1_ticket_appdata(x, NULL, 0)', () => O.SSL_SESSION_set1_ticket_appdata(x, null)],
      ['appdata(x)', appdata],
      ['SSL_SESSION_set_max_early_data(x, 9)', () => O.SSL_SESSION_set_max_early_data(x, 9)],
      ['SSL_SESSION_get_max_early_data(x)', () => O.SSL_SESSION_get_max_early_data(x)],
      ['SSL_SESSION_set_ex_data(x, 0, x)', () => O.SSL_SESSION_set_ex_data(x, 0, x)],
      ['SSL_SESSION_get_ex_data(x, 0) == x', () => Number(O.SSL_SESSION_get_app_data(x) === x)],
    ],
  },
  {
    name: 'written',
    setup,
    calls: [
      fresh,
      ['fill(x, ssl)', fill],
      ['der(x)', der],
      ['pem(x)', () => written(bio => O.PEM_write_bio_SSL_SESSION(bio, x))],
      ['print(x)', () => written(bio => O.SSL_SESSION_print(bio, x))],
      ['keylog(x)', () => written(bio => O.SSL_SESSION_print_keylog(bio, x))],
      ['SSL_SESSION_set1_hostname(x, "a.example")', () => O.SSL_SESSION_set1_hostname(x, 'a.example')],
      ['SSL_SESSION_set1_alpn_selected(x, buf, 5)', () => O.SSL_SESSION_set1_alpn_selected(x, buf, 5)],
      ['SSL_SESSION_set1_ticket_appdata(x, buf, 6)', () => O.SSL_SESSION_set1_ticket_appdata(x, buf, 6)],
      ['SSL_SESSION_set1_id_context(x, buf, 3)', () => O.SSL_SESSION_set1_id_context(x, buf, 3)],
      ['SSL_SESSION_set_time(x, 0)', () => O.SSL_SESSION_set_time(x, 0)],
      ['SSL_SESSION_set_timeout(x, 0)', () => O.SSL_SESSION_set_timeout(x, 0)],
      ['der(x)', der],
      ['print(x)', () => written(bio => O.SSL_SESSION_print(bio, x))],
      ['SSL_SESSION_set_protocol_version(x, 0xfeff)', () => O.SSL_SESSION_set_protocol_version(x, 0xfeff)],
      ['print(x)', () => written(bio => O.SSL_SESSION_print(bio, x))],
      ['SSL_SESSION_set_protocol_version(x, 0x1234)', () => O.SSL_SESSION_set_protocol_version(x, 0x1234)],
      ['print(x)', () => written(bio => O.SSL_SESSION_print(bio, x))],
    ],
  },
  {
    name: 'read',
    setup,
    calls: [
      sequence('020101', '020300fefd', '0402c02c', '0400', '0400'),
      sequence('020101', '020300fefd', '0402c02c', '0400', '0400', 'a503020101'),
      '',
      '020101',
      sequence('020102', '020300fefd', '0402c02c', '0400', '0400'),
      sequence('020101', '02021234', '0402c02c', '0400', '0400'),
      sequence('020101', '020300fefd', '0403c02c00', '0400', '0400'),
      sequence('020101', '020300fefd', '0402ffff', '0400', '0400'),
      sequence('020101', '020300fefd', '0402c02c', '0400', '0400').slice(0, -2),
    ].map(bytes => [`parse("${bytes}")`, () => parse(bytes)]),
  },
  {
    name: 'keys',
    calls: [
      ['SSL_CTX_set_tlsext_ticket_keys(ctx, NULL, 0)', ({ ctx }) => O.SSL_CTX_set_tlsext_ticket_keys(ctx, null)],
      ['SSL_CTX_get_tlsext_ticket_keys(ctx, NULL, 0)', ({ ctx }) => O.SSL_CTX_get_tlsext_ticket_keys(ctx, null)],
      ['SSL_CTX_set_tlsext_ticket_keys(ctx, buf, 48)', ({ ctx }) => O.SSL_CTX_set_tlsext_ticket_keys(ctx, buf, 48)],
      ['SSL_CTX_get_tlsext_ticket_keys(ctx, buf, 48)', ({ ctx }) => O.SSL_CTX_get_tlsext_ticket_keys(ctx, buf, 48)],
      ['SSL_CTX_set_tlsext_ticket_keys(ctx, buf, 80)', ({ ctx }) => O.SSL_CTX_set_tlsext_ticket_keys(ctx, buf, 80)],
      ['SSL_CTX_get_tlsext_ticket_keys(ctx, buf, 80)', ({ ctx }) => O.SSL_CTX_get_tlsext_ticket_keys(ctx, buf, 80)],
      ['SSL_new_session_ticket(ssl)', ({ ssl }) => O.SSL_new_session_ticket(ssl)],
      ['SSL_session_reused(ssl)', ({ ssl }) => O.SSL_session_reused(ssl)],
      ['SSL_get_session(ssl) == NULL', ({ ssl }) => Number(O.SSL_get_session(ssl) === null)],
      ['SSL_set_session(ssl, NULL)', ({ ssl }) => O.SSL_set_session(ssl, null)],
      ['SSL_has_matching_session_id(ssl, buf, 32)', ({ ssl }) => O.SSL_has_matching_session_id(ssl, buf, 32)],
      ['SSL_has_matching_session_id(ssl, buf, 33)', ({ ssl }) => O.SSL_has_matching_session_id(ssl, buf, 33)],
    ],
  },
]

const PRELUDE = `
static unsigned char buf[600]; static unsigned n; static char shown[10000];
static const char *drain(int ret, BIO *bio) {
  int i, at = sprintf(shown, "%d ", ret), got = BIO_read(bio, shown + at, 9000);
  shown[at + (got > 0 ? got : 0)] = 0; BIO_free(bio);
  for (i = 0; shown[i]; i++) if (shown[i] == '\\n') shown[i] = '|';
  return shown;
}
static const char *keylog(SSL_SESSION *x) { BIO *bio = BIO_new(BIO_s_mem()); return drain(SSL_SESSION_print_keylog(bio, x), bio); }
static const char *pem(SSL_SESSION *x) { BIO *bio = BIO_new(BIO_s_mem()); return drain(PEM_write_bio_SSL_SESSION(bio, x), bio); }
static const char *print(SSL_SESSION *x) { BIO *bio = BIO_new(BIO_s_mem()); return drain(SSL_SESSION_print(bio, x), bio); }
static const char *der(SSL_SESSION *x) {
  unsigned char *p = NULL; int i, got = i2d_SSL_SESSION(x, &p);
  for (i = 0; i < got; i++) sprintf(shown + 2 * i, "%02x", p[i]);
  shown[got > 0 ? 2 * got : 0] = 0; return shown;
}
static int alpn(SSL_SESSION *x) { const unsigned char *p; size_t l; SSL_SESSION_get0_alpn_selected(x, &p, &l); return l; }
static int appdata(SSL_SESSION *x) { void *p; size_t l; SSL_SESSION_get0_ticket_appdata(x, &p, &l); return l; }
static int fill(SSL_SESSION *x, SSL *ssl) {
  SSL_SESSION_set1_id(x, buf, 32); SSL_SESSION_set1_master_key(x, buf, 48); SSL_SESSION_set_protocol_version(x, DTLS1_2_VERSION);
  SSL_SESSION_set_cipher(x, sk_SSL_CIPHER_value(SSL_get_ciphers(ssl), 3)); SSL_SESSION_set_time(x, 1000000); return 1;
}
static int parse(const char *hex) {
  unsigned char bytes[200]; const unsigned char *p = bytes; int i, l = strlen(hex) / 2; unsigned v;
  for (i = 0; i < l; i++) { sscanf(hex + 2 * i, "%2x", &v); bytes[i] = v; }
  return d2i_SSL_SESSION(NULL, &p, l) != NULL;
}
`

compare('session-fields', () => play(scenes), program(scenes, PRELUDE))
