import { serveShim } from './server.ts'
import { STATUS } from './shim.ts'

/** A process of run.ts: serves the socket of its argument, and tells why tests are left out. */
const path = process.argv[2]
if (path === undefined) throw new Error('a path is needed')
await serveShim(path, ({ status, stderr }) => {
  if (status === STATUS.unimplemented) process.send?.(stderr.split('\n')[0])
})
process.send?.('ready')
