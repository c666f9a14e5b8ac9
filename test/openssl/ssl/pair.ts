import { fileURLToPath } from 'node:url'
import * as O from '../../../lib/index.ts'

const DIR = `${fileURLToPath(new URL('../../vectors/certificates', import.meta.url))}/`

/** A PEM file of the test certificates. */
export const certificatePath = (name: string): string => `${DIR}${name}.pem`

/** Makes `c` and `s` shake hands in memory: a certificate for the server, a suite, whether the client has a certificate. */
export const PAIR = `
#define DIR "${DIR}"
static SSL *c, *s;
static int select_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned int inlen, void *arg) {
  return SSL_select_next_proto((unsigned char **)out, outlen, (unsigned char *)"\\5hello\\2h2", 9, in, inlen) == OPENSSL_NPN_NEGOTIATED ? 0 : 3;
}
static char extensions[2][999];
static void show_extension(SSL *ssl, int client_server, int type, const unsigned char *data, int len, void *arg) {
  sprintf((char *)arg + strlen(arg), "%d:%d:%d ", client_server, type, len);
}
static unsigned psk_client(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk, unsigned max_psk) {
  strcpy(identity, "me"); memset(psk, 7, 16); return 16;
}
static unsigned psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk) { memset(psk, 7, 16); return 16; }
static int set_up(const char *name, const char *suites, int client_certificate) {
  SSL_CTX *sc = SSL_CTX_new(DTLS_server_method()), *cc = SSL_CTX_new(DTLS_client_method());
  BIO *one = BIO_new(BIO_s_mem()), *two = BIO_new(BIO_s_mem());
  char path[500];
  SSL_CTX_set_cipher_list(sc, suites); SSL_CTX_set_cipher_list(cc, suites);
  if (name) {
    sprintf(path, DIR "%s.pem", name); SSL_CTX_use_certificate_chain_file(sc, path);
    sprintf(path, DIR "%s.key.pem", name); SSL_CTX_use_PrivateKey_file(sc, path, 1);
  } else {
    SSL_CTX_set_psk_client_callback(cc, psk_client); SSL_CTX_set_psk_server_callback(sc, psk_server);
    SSL_CTX_use_psk_identity_hint(sc, "a hint");
  }
  SSL_CTX_set_dh_auto(sc, 1);
  SSL_CTX_load_verify_file(cc, DIR "authority.pem"); SSL_CTX_load_verify_file(sc, DIR "authority.pem");
  SSL_CTX_set_verify(cc, SSL_VERIFY_PEER, NULL);
  if (client_certificate) {
    SSL_CTX_set_verify(sc, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_client_CA_list(sc, SSL_load_client_CA_file(DIR "authority.pem"));
    SSL_CTX_use_certificate_file(cc, DIR "client.pem", 1); SSL_CTX_use_PrivateKey_file(cc, DIR "client.key.pem", 1);
  }
  SSL_CTX_set_alpn_protos(cc, (unsigned char *)"\\2h2\\5hello", 9);
  SSL_CTX_set_alpn_select_cb(sc, select_protocol, NULL);
  c = SSL_new(cc); s = SSL_new(sc);
  SSL_set_tlsext_host_name(c, "a.example");
  if (name) { sprintf(path, "%s.test", name); SSL_set1_host(c, path); }
  BIO_up_ref(one); BIO_up_ref(two); SSL_set_bio(c, one, two); SSL_set_bio(s, two, one);
  SSL_set_connect_state(c); SSL_set_accept_state(s);
  *extensions[0] = *extensions[1] = 0;
  SSL_set_tlsext_debug_callback(c, show_extension); SSL_set_tlsext_debug_arg(c, extensions[0]);
  SSL_set_tlsext_debug_callback(s, show_extension); SSL_set_tlsext_debug_arg(s, extensions[1]);
  return 1;
}
static int shake_hands(void) {
  int i, a = 0, b = 0;
  for (i = 0; i < 20 && (a != 1 || b != 1); i++) { a = SSL_do_handshake(c); b = SSL_do_handshake(s); }
  ERR_clear_error();
  return a * 10 + b;
}
`

/** The two ends that the last `setUp` made. */
export let c: O.SSL
export let s: O.SSL
/** What the extension callbacks of both saw. */
export const extensions = { c: '', s: '' }

/** PAIR's set_up. */
export function setUp(name: string | null, suites: string, clientCertificate: number): number {
  const sc = need(O.SSL_CTX_new(O.DTLS_server_method()))
  const cc = need(O.SSL_CTX_new(O.DTLS_client_method()))
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  O.SSL_CTX_set_cipher_list(sc, suites)
  O.SSL_CTX_set_cipher_list(cc, suites)
  if (name === null) {
    O.SSL_CTX_set_psk_client_callback(cc, (_ssl, _hint, identity, _max, psk) => {
      identity.set(Buffer.from('me\0'))
      psk.fill(7, 0, 16)
      return 16
    })
    O.SSL_CTX_set_psk_server_callback(sc, (_ssl, _identity, psk) => {
      psk.fill(7, 0, 16)
      return 16
    })
    O.SSL_CTX_use_psk_identity_hint(sc, 'a hint')
  } else {
    O.SSL_CTX_use_certificate_chain_file(sc, certificatePath(name))
    O.SSL_CTX_use_PrivateKey_file(sc, certificatePath(`${name}.key`), 1)
  }
  O.SSL_CTX_set_dh_auto(sc, 1)
  O.SSL_CTX_load_verify_file(cc, certificatePath('authority'))
  O.SSL_CTX_load_verify_file(sc, certificatePath('authority'))
  O.SSL_CTX_set_verify(cc, O.SSL_VERIFY_PEER, null)
  if (clientCertificate === 1) {
    O.SSL_CTX_set_verify(sc, O.SSL_VERIFY_PEER, null)
    O.SSL_CTX_set_client_CA_list(sc, O.SSL_load_client_CA_file(certificatePath('authority')))
    O.SSL_CTX_use_certificate_file(cc, certificatePath('client'), 1)
    O.SSL_CTX_use_PrivateKey_file(cc, certificatePath('client.key'), 1)
  }
  O.SSL_CTX_set_alpn_protos(cc, Buffer.from('\x02h2\x05hello'))
  O.SSL_CTX_set_alpn_select_cb(sc, (_ssl, out, outlen, list) => {
    const chosen = O.SSL_select_next_proto(out, outlen, Buffer.from('\x05hello\x02h2'), undefined, list)
    return chosen === O.OPENSSL_NPN_NEGOTIATED ? 0 : 3
  })
  c = need(O.SSL_new(cc))
  s = need(O.SSL_new(sc))
  O.SSL_set_tlsext_host_name(c, 'a.example')
  if (name !== null) O.SSL_set1_host(c, `${name}.test`)
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(c, one, two)
  O.SSL_set_bio(s, two, one)
  O.SSL_set_connect_state(c)
  O.SSL_set_accept_state(s)
  for (const [side, ssl] of [
    ['c', c],
    ['s', s],
  ] as const) {
    extensions[side] = ''
    O.SSL_set_tlsext_debug_callback(ssl, (_ssl, clientServer, type, data, len, arg) => {
      if (data.length !== len || arg !== side) throw new Error('a callback with the wrong arguments')
      extensions[side] += `${clientServer}:${type}:${len} `
    })
    O.SSL_set_tlsext_debug_arg(ssl, side)
  }
  return 1
}

/** PAIR's shake_hands: 11 when both are done. */
export function shakeHands(): number {
  let [a, b] = [0, 0]
  for (let i = 0; i < 20 && (a !== 1 || b !== 1); i++) {
    a = O.SSL_do_handshake(c)
    b = O.SSL_do_handshake(s)
  }
  O.ERR_clear_error()
  return a * 10 + b
}

export function need<T>(value: T | null): T {
  if (value === null) throw new Error('NULL')
  return value
}
