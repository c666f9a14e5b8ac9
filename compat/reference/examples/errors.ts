// What went wrong: the result, the kind of error, and the queue that says why.
import * as ssl from 'openssl-shim'

const ctx = ssl.SSL_CTX_new(ssl.DTLS_client_method())
if (ctx === null) throw new Error('no context')
if (ssl.SSL_CTX_use_certificate_file(ctx, 'nowhere.pem', ssl.SSL_FILETYPE_PEM) !== 1) {
  for (let code = ssl.ERR_get_error(); code !== 0; code = ssl.ERR_get_error()) console.log(ssl.ERR_error_string(code))
}
// prints: error:80000002:system library::No such file or directory
// prints: error:10080002:BIO routines::system lib
// prints: error:0A080002:SSL routines::system lib
