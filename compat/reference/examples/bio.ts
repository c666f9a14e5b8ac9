// A chain of BIOs: lines out of a buffer over memory.
import * as ssl from 'openssl-shim'

const memory = ssl.BIO_new_mem_buf(Buffer.from('first\nsecond\n'))
const buffer = ssl.BIO_new(ssl.BIO_f_buffer())
if (memory === null || buffer === null) throw new Error('no BIO')
const chain = ssl.BIO_push(buffer, memory)
const line = Buffer.alloc(80)
for (let n: number; (n = ssl.BIO_gets(chain, line, line.length)) > 0; ) console.log(n, line.toString('utf8', 0, n - 1))
ssl.BIO_free_all(chain)
// prints: 6 first
// prints: 7 second
