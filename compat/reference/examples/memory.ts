// A DTLS handshake by pre-shared key, and a word, between two ends in memory.
import * as ssl from 'openssl-shim'

const ctx = ssl.SSL_CTX_new(ssl.DTLS_method())
if (ctx === null) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
const key = Buffer.from('a secret of both sides')
ssl.SSL_CTX_set_cipher_list(ctx, 'ECDHE-PSK-CHACHA20-POLY1305')
ssl.SSL_CTX_set_psk_client_callback(ctx, (_ssl, _hint, identity, _room, psk) => {
  identity.set(Buffer.from('sensor 7\0'))
  psk.set(key)
  return key.length
})
ssl.SSL_CTX_set_psk_server_callback(ctx, (_ssl, identity, psk) => {
  if (identity !== 'sensor 7') return 0
  psk.set(key)
  return key.length
})

const [client, server] = [ssl.SSL_new(ctx), ssl.SSL_new(ctx)]
const left: { value: ssl.BIO | null } = { value: null }
const right: { value: ssl.BIO | null } = { value: null }
if (client === null || server === null || ssl.BIO_new_bio_dgram_pair(left, 0, right, 0) !== 1)
  throw new Error('no pair')
ssl.SSL_set_bio(client, left.value, left.value)
ssl.SSL_set_bio(server, right.value, right.value)

// Neither call waits: each goes as far as it comes, and is called again.
for (let done = false; !done; ) {
  const results = [ssl.SSL_connect(client), ssl.SSL_accept(server)]
  if (ssl.ERR_peek_error() !== 0) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
  done = results.every(result => result === 1)
}
ssl.SSL_write(client, Buffer.from('21.5 degrees'))
const buf = Buffer.alloc(100)
console.log(buf.toString('utf8', 0, ssl.SSL_read(server, buf)), 'from', ssl.SSL_get_psk_identity(server))
// prints: 21.5 degrees from sensor 7
