import type { Fact } from './facts.ts'

/** Why a name is not there, by its name or its header; the first that fits. */
const REASONS: readonly (readonly [what: RegExp, reason: string])[] = [
  [/SRP|srp/, 'no SRP'],
  [/QUIC|quic|stream|poll|_conn_|BIO_(?:get|set)_conn_ip|_value_uint|_net_|handshake_rtt|is_connection/, 'no QUIC'],
  [/SSL_write_ex2|SSL_shutdown_ex|blocking_mode|inject_net|initial_peer_addr|get0_connection/, 'no QUIC'],
  [/dane|_rpk/i, 'no DANE, no raw public keys'],
  [/ctlog|CTLOG/, 'no Certificate Transparency'],
  [/early_data|post_handshake|stateless|block_padding/, 'TLS 1.3 only'],
  [/async/i, 'calls do not hand work to other threads'],
  [/compress|brotli|zstd|cert_comp/, 'no compression'],
  [/sendfile/, 'no TLS in the kernel'],
  [/builtin_sigalgs/, 'for lists of all algorithms in programs of OpenSSL itself'],
  [/BIO_s_log/, 'no system log'],
  [/f_base64/, 'Buffer reads and writes base64'],
  [/malloc_init|THREADID$|CRYPTO_LOCK$/, 'no memory of its own, no threads that share it'],
  [/next_proto|npn/, 'NPN is gone; ALPN serves'],
  [/^SSLv[23]/, 'no SSL 2 and 3'],
  [/engine|^ENGINE|_ENGINE_|asn1_get0|get0_asn1/i, 'no engines'],
  [/FIPS|provider|core_bio|BIO_s_core|OSSL_LIB_CTX|DECODER/, 'no providers'],
  [/^UI/, 'a password callback serves'],
  [/generate_nconf/, 'ASN.1 is not made of words of configuration files'],
  [/_it$|asn1_|ASN1_/, 'no ASN.1 templates'],
  [/cbc_hmac/, 'two algorithms in one for OpenSSL itself: records are protected by the engine'],
  [/CMAC/, 'Node has no CMAC'],
  [/BN_CTX/, 'numbers need no scratch space'],
  [/TLS_SIGALGS/, 'a type that no public function takes'],
  [/print_verify_cb/, 'for looking at a failure with the eye: X509_STORE_CTX_get_error and X509_print_ex serve'],
  [
    /opaque_prf|test_functions|pref_cipher|set_state$|state_table|IMPLEMENTATION|implementation|ecdh_callback/,
    'gone since 1.1.0',
  ],
  [/err$/, 'a library that is not there'],
]

/** The reason why a name is absent; empty when none is known. */
export function absence({ name, removed }: Fact): string {
  const reason = REASONS.find(([what]) => what.test(name))?.[1]
  return reason ?? (removed === '' ? '' : `gone since ${removed}`)
}
