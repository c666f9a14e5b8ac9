// A port of demos/bio/sconnect.c of OpenSSL (Copyright 1998-2025 The OpenSSL Project Authors, Apache-2.0).
import { setTimeout as nap } from 'node:timers/promises'
import {
  type BIO,
  BIO_CLOSE,
  BIO_f_ssl,
  BIO_free,
  BIO_free_all,
  BIO_get_conn_hostname,
  BIO_new,
  BIO_push,
  BIO_read,
  BIO_s_connect,
  BIO_set_conn_hostname,
  BIO_set_nbio,
  BIO_set_ssl,
  BIO_should_retry,
  BIO_write,
  ERR_peek_error,
  ERR_print_errors_fp,
  OPENSSL_assert,
  SSL_CTX_free,
  SSL_CTX_load_verify_locations,
  SSL_CTX_new,
  SSL_CTX_set_verify,
  SSL_new,
  SSL_set_connect_state,
  SSL_set1_host,
  SSL_VERIFY_PEER,
  TLS_client_method,
} from 'openssl-shim'
import { errno, strerror } from 'openssl-shim/socket'

const HOSTPORT = 'localhost:4433'
const CAFILE = 'certs/ca-cert.pem'

/**
 * Sends `GET / HTTP/1.0` to `host:port` by TLS and prints what comes back: non-blocking, in a very simple manner.
 * Differs from the original: it naps for less than a second.
 * @param argv - host and port, the file of the authorities
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [hostport = HOSTPORT, CAfile = CAFILE] = argv

  const ssl_ctx = SSL_CTX_new(TLS_client_method())

  // Enable trust chain verification
  SSL_CTX_set_verify(ssl_ctx, SSL_VERIFY_PEER, null)
  SSL_CTX_load_verify_locations(ssl_ctx, CAfile, null)

  // Lets make a SSL structure
  const ssl = SSL_new(ssl_ctx)
  SSL_set_connect_state(ssl)

  // Use it inside an SSL BIO
  const ssl_bio = BIO_new(BIO_f_ssl())
  BIO_set_ssl(ssl_bio, ssl, BIO_CLOSE)

  // Lets use a connect BIO under the SSL BIO
  let out = BIO_new(BIO_s_connect())
  OPENSSL_assert(ssl_bio !== null && out !== null)
  BIO_set_conn_hostname(out, hostport)

  // The BIO has parsed the host:port and even IPv6 literals in []
  const hostname = BIO_get_conn_hostname(out)
  let done = false
  if (!hostname || SSL_set1_host(ssl, hostname) <= 0) {
    BIO_free(ssl_bio)
  } else {
    BIO_set_nbio(out, 1)
    out = BIO_push(ssl_bio, out)
    done = (await write_request(out)) && (await print_answer(out))
  }

  if (!done) {
    // A system call's error is not in the queue
    if (ERR_peek_error() === 0) process.stderr.write(`errno=${errno()} error: ${strerror(errno())}\n`)
    else ERR_print_errors_fp(process.stderr)
  }
  BIO_free_all(out)
  SSL_CTX_free(ssl_ctx)
  return done ? 0 : 1
}

async function write_request(out: BIO): Promise<boolean> {
  const p = Buffer.from('GET / HTTP/1.0\r\n\r\n')
  for (let off = 0; off < p.length; ) {
    const i = BIO_write(out, p.subarray(off))
    if (i > 0) off += i
    else if (BIO_should_retry(out)) await delay('write DELAY\n')
    else return false
  }
  return true
}

async function print_answer(out: BIO): Promise<boolean> {
  const buf = new Uint8Array(1024 * 10)
  for (let i: number; (i = BIO_read(out, buf)) !== 0; ) {
    if (i > 0) process.stdout.write(buf.slice(0, i))
    else if (BIO_should_retry(out)) await delay('read DELAY\n')
    else return false
  }
  return true
}

async function delay(text: string): Promise<void> {
  process.stderr.write(text)
  await nap(20)
}
