import {
  BIO_ADDR_new,
  BIO_ADDR_rawport,
  BIO_dgram_get_peer,
  CRYPTO_memcmp,
  EVP_MAX_MD_SIZE,
  EVP_sha1,
  HMAC,
  OPENSSL_assert,
  type Out,
  RAND_bytes,
  type SSL,
  SSL_client_hello_get0_ciphers,
  SSL_client_hello_get0_random,
  SSL_client_hello_get0_session_id,
  SSL_get_rbio,
} from 'openssl-shim/promises'
import { raw_address } from './address.ts'
import { printf } from './print.ts'

const COOKIE_SECRET_LENGTH = 16
const cookie_secret = new Uint8Array(COOKIE_SECRET_LENGTH)
let cookie_initialized = false

/** SSL_CTX_set_cookie_generate_cb(3): 20 bytes that only this server can make, and only for this client's address. */
export function generate_cookie(ssl: SSL, cookie: Uint8Array, cookie_len: Out<number>): number {
  const result = compute_cookie(ssl)
  if (result === null) return 0
  cookie.set(result)
  cookie_len.value = result.length
  return 1
}

/** SSL_CTX_set_cookie_verify_cb(3). */
export function verify_cookie(ssl: SSL, cookie: Uint8Array, cookie_len: number): number {
  const result = cookie_initialized ? compute_cookie(ssl) : null
  if (result === null || cookie_len !== result.length) return 0
  return CRYPTO_memcmp(result, cookie, cookie_len) === 0 ? 1 : 0
}

/** HMAC-SHA1 over the client's port and address, and over what its hello says. */
function compute_cookie(ssl: SSL): Uint8Array | null {
  if (!cookie_initialized) {
    if (RAND_bytes(cookie_secret, COOKIE_SECRET_LENGTH) !== 1) {
      printf('error setting random cookie secret\n')
      return null
    }
    cookie_initialized = true
  }

  const peer = BIO_ADDR_new()
  const bio = SSL_get_rbio(ssl)
  OPENSSL_assert(bio)
  BIO_dgram_get_peer(bio, peer)
  const address = raw_address(peer)
  // No address, no cookie: C's OPENSSL_assert(0) of an unknown family.
  OPENSSL_assert(address.length > 0)
  const port = BIO_ADDR_rawport(peer)

  const buffer = Buffer.concat([Uint8Array.of(port, port >>> 8), address, ...hello_parameters(ssl)])
  const result = new Uint8Array(EVP_MAX_MD_SIZE)
  const resultlength = { value: 0 }
  if (HMAC(EVP_sha1(), cookie_secret, COOKIE_SECRET_LENGTH, buffer, buffer.length, result, resultlength) === null) {
    return null
  }
  return result.slice(0, resultlength.value)
}

/**
 * RFC 6347 section 4.2.1 wants a cookie to cover the client's parameters, so that one hello's cookie is of no use to
 * another hello from the same address. libssl gives its callbacks no way to see them (openssl/openssl#15297); here they
 * can, and the cookie stays 20 bytes long. Each goes in behind its length, so that none can be taken for another.
 */
function hello_parameters(ssl: SSL): Uint8Array[] {
  return [SSL_client_hello_get0_random, SSL_client_hello_get0_session_id, SSL_client_hello_get0_ciphers].flatMap(
    get0 => {
      const out = { value: new Uint8Array(0) }
      const length = get0(ssl, out)
      return [Uint8Array.of(length >>> 8, length), out.value.subarray(0, length)]
    },
  )
}
