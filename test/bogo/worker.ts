import { createServer, type Socket } from 'node:net'
import { runShim } from './shim.ts'

/**
 * Runs of the shim one after the other in a process that lives on: starting Node and reading this library takes a hundred times
 * as long as a handshake. What the runner starts is a little program (forward.go) that hands its arguments over here: as JSON,
 * the answer likewise.
 */

let turn: Promise<void> = Promise.resolve()

createServer(socket => {
  let request = ''
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    request += text
    if (!request.endsWith('\n')) return
    turn = turn.then(() => answer(socket, request))
  })
}).listen(process.argv[2], () => process.send?.('ready'))

async function answer(socket: Socket, request: string): Promise<void> {
  const argv: unknown = JSON.parse(request)
  if (!Array.isArray(argv) || !argv.every(arg => typeof arg === 'string')) throw new TypeError('argv: strings')
  // Whoever was waited for too long is gone.
  if (socket.destroyed) return
  const outcome = await runShim(argv)
  if (process.env.BOGO_LOG) console.log(outcome.status, outcome.stderr.split('\n')[0])
  socket.end(JSON.stringify(outcome))
}
