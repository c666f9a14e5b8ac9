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
  [/compress|brotli|zstd/, 'no compression'],
  [/next_proto|npn/, 'NPN is gone; ALPN serves'],
  [/^SSLv[23]/, 'no SSL 2 and 3'],
  [/engine|^ENGINE|_ENGINE_|asn1_get0|get0_asn1/i, 'no engines'],
  [/FIPS|provider|core_bio|BIO_s_core|OSSL_LIB_CTX|DECODER/, 'no providers'],
  [/^UI/, 'a password callback serves'],
  [/^NCONF|^CONF$|nconf/, 'no configuration files'],
  [/_it$|asn1_|ASN1_get_object|sign_ctx/, 'no ASN.1 templates'],
  [/DSA|poly1305|siphash|rc4|CMAC|hmac|_mac_key|POLY1305|SIPHASH|shake|md_null/, 'an algorithm that DTLS does not use'],
  [/ccm|ocb|wrap/, 'Node has another interface for this mode'],
  [/point_conversion/, 'points are written uncompressed'],
  [/_DHparams|Parameters|DH_get0_key/, 'Diffie-Hellman keys are made by the engine, for itself'],
  [/PKEY_CTX|PARAM|EVP_PKEY_/, 'keys hold no such thing here'],
  [/OCSP/, 'responses are carried as bytes'],
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
