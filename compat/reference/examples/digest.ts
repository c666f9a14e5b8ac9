// A digest in one call.
import * as ssl from 'openssl-shim'

const digest = Buffer.alloc(32)
ssl.EVP_Digest(Buffer.from('abc'), 3, digest, null, ssl.EVP_sha256(), null)
console.log(digest.toString('hex', 0, 8))
// prints: ba7816bf8f01cfea
