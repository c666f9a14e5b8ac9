import { createHash } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import {
  ASN1_INTEGER_set,
  type BIO,
  BIO_new,
  BIO_read,
  BIO_s_dgram_mem,
  BIO_write,
  DTLS_method,
  DTLS_set_link_mtu,
  DTLSv1_get_timeout,
  DTLSv1_handle_timeout,
  ERR_print_errors_fp,
  EVP_EC_gen,
  EVP_sha256,
  MBSTRING_ASC,
  OPENSSL_assert,
  type SSL,
  type SSL_CTX,
  SSL_CTX_new,
  SSL_CTX_set_tlsext_use_srtp,
  SSL_CTX_set_verify,
  SSL_CTX_use_certificate,
  SSL_CTX_use_PrivateKey,
  SSL_do_handshake,
  SSL_ERROR_WANT_READ,
  SSL_export_keying_material,
  SSL_free,
  SSL_get_error,
  SSL_get_selected_srtp_profile,
  SSL_get1_peer_certificate,
  SSL_new,
  SSL_OP_NO_QUERY_MTU,
  SSL_set_accept_state,
  SSL_set_bio,
  SSL_set_connect_state,
  SSL_set_options,
  SSL_shutdown,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  type X509,
  X509_digest,
  X509_get_serialNumber,
  X509_get_subject_name,
  X509_getm_notAfter,
  X509_getm_notBefore,
  X509_gmtime_adj,
  X509_NAME_add_entry_by_txt,
  X509_new,
  X509_set_issuer_name,
  X509_set_pubkey,
  X509_set_version,
  X509_sign,
  X509_VERSION_3,
} from 'openssl-shim'

/**
 * The DTLS of a WebRTC program, which moves the datagrams itself (RFC 5764, 8827): certificates made on the spot and known
 * by their fingerprints, keys for SRTP. Without arguments it waits for a peer; with a port of this machine and the
 * fingerprint that the other has printed, it begins.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [port, fingerprint] = argv
  if (argv.length !== 0 && (argv.length !== 2 || !/^\d{1,5}$/.test(port ?? ''))) {
    process.stderr.write('Usage: dtls_srtp [port fingerprint]\n')
    return 1
  }
  const socket = createSocket('udp4')
  const bound = new Promise<void>(done => socket.bind(0, '127.0.0.1', done))
  const { ctx, certificate } = identity()
  const end = new End(ctx, socket, port === undefined ? null : Number(port), fingerprint ?? null)
  await bound
  process.stdout.write(`port ${socket.address().port}\nfingerprint ${fingerprint_of(certificate)}\n`)
  return end.run()
}

/** One end of the connection: memory BIOs towards OpenSSL, a socket of Node's towards the network. */
class End {
  readonly #ssl: SSL
  readonly #input: BIO
  readonly #output: BIO
  readonly #socket: Socket
  /** Port of the peer; null until it has sent something. */
  #peer: number | null
  readonly #fingerprint: string | null
  #timer: NodeJS.Timeout | undefined
  /** The last datagram is out. */
  #sent: Promise<void> = Promise.resolve()
  #resolve: (code: number) => void = () => {}

  constructor(ctx: SSL_CTX, socket: Socket, peer: number | null, fingerprint: string | null) {
    this.#ssl = SSL_new(ctx)
    this.#input = datagrams()
    this.#output = datagrams()
    this.#socket = socket
    this.#peer = peer
    this.#fingerprint = fingerprint
    SSL_set_bio(this.#ssl, this.#input, this.#output)
    // There is no socket to ask
    SSL_set_options(this.#ssl, SSL_OP_NO_QUERY_MTU)
    DTLS_set_link_mtu(this.#ssl, 1200)
  }

  /** @returns the exit code */
  run(): Promise<number> {
    const ended = new Promise<number>(resolve => (this.#resolve = resolve))
    this.#socket.on('message', (datagram, { port }) => {
      this.#peer ??= port
      // A program of use tells DTLS from SRTP and STUN by the first byte (RFC 7983)
      BIO_write(this.#input, datagram)
      this.#go_on()
    })
    if (this.#peer === null) SSL_set_accept_state(this.#ssl)
    else {
      SSL_set_connect_state(this.#ssl)
      this.#go_on()
    }
    return ended
  }

  /** As far as the handshake goes with what has come. */
  #go_on(): void {
    const ret = SSL_do_handshake(this.#ssl)
    this.#send_output()
    if (ret === 1) this.#end(this.#report())
    else if (SSL_get_error(this.#ssl, ret) === SSL_ERROR_WANT_READ) this.#set_timer()
    else {
      ERR_print_errors_fp(process.stderr)
      this.#end(false)
    }
  }

  #send_output(): void {
    const datagram = new Uint8Array(2048)
    for (let length: number; (length = BIO_read(this.#output, datagram)) > 0; ) {
      const copy = datagram.slice(0, length)
      this.#sent = new Promise(done => this.#socket.send(copy, this.#peer ?? 0, '127.0.0.1', () => done()))
    }
  }

  #set_timer(): void {
    clearTimeout(this.#timer)
    const left = { tv_sec: 0, tv_usec: 0 }
    if (DTLSv1_get_timeout(this.#ssl, left) !== 1) return
    this.#timer = setTimeout(
      () => {
        const failed = DTLSv1_handle_timeout(this.#ssl) < 0
        this.#send_output()
        if (failed) this.#end(false)
        else this.#set_timer()
      },
      left.tv_sec * 1000 + Math.ceil(left.tv_usec / 1000),
    )
  }

  /** Whom and what the handshake has given. @returns false for another than was expected */
  #report(): boolean {
    const peer = SSL_get1_peer_certificate(this.#ssl)
    const profile = SSL_get_selected_srtp_profile(this.#ssl)
    if (peer === null || profile === null) return false
    const seen = fingerprint_of(peer)
    if (this.#fingerprint !== null && seen !== this.#fingerprint) {
      process.stdout.write(`another certificate: ${seen}\n`)
      return false
    }
    // Two keys of 16 bytes, two salts of 12 (RFC 7714) or 14
    const keys = new Uint8Array(2 * (16 + (profile.name.includes('GCM') ? 12 : 14)))
    const label = 'EXTRACTOR-dtls_srtp'
    OPENSSL_assert(SSL_export_keying_material(this.#ssl, keys, keys.length, label, label.length, null, 0, 0) === 1)
    const digest = createHash('sha256').update(keys).digest('hex')
    process.stdout.write(`peer ${seen}\nprofile ${profile.name}\nSHA-256 of the keys ${digest}\n`)
    return true
  }

  #end(well: boolean): void {
    clearTimeout(this.#timer)
    SSL_shutdown(this.#ssl)
    this.#send_output()
    SSL_free(this.#ssl)
    this.#socket.removeAllListeners('message')
    this.#sent.then(() => this.#socket.close(() => this.#resolve(well ? 0 : 1)))
  }
}

function datagrams(): BIO {
  const bio = BIO_new(BIO_s_dgram_mem())
  OPENSSL_assert(bio)
  return bio
}

/** A context with a certificate that nobody else has signed; any certificate is taken, as the fingerprint is what counts. */
function identity(): { ctx: SSL_CTX; certificate: X509 } {
  const key = EVP_EC_gen('P-256')
  OPENSSL_assert(key)
  const certificate = X509_new()
  X509_set_version(certificate, X509_VERSION_3)
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600)
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600)
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), 'CN', MBSTRING_ASC, 'WebRTC')
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
  X509_set_pubkey(certificate, key)
  OPENSSL_assert(X509_sign(certificate, key, EVP_sha256()) > 0)

  const ctx = SSL_CTX_new(DTLS_method())
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, () => 1)
  OPENSSL_assert(SSL_CTX_use_certificate(ctx, certificate) === 1 && SSL_CTX_use_PrivateKey(ctx, key) === 1)
  // 0 is success here
  OPENSSL_assert(SSL_CTX_set_tlsext_use_srtp(ctx, 'SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80') === 0)
  return { ctx, certificate }
}

/** As it stands in SDP (RFC 8122). */
function fingerprint_of(certificate: X509): string {
  const md = Buffer.alloc(32)
  OPENSSL_assert(X509_digest(certificate, EVP_sha256(), md) === 1)
  return (md.toString('hex').toUpperCase().match(/../g) ?? []).join(':')
}
