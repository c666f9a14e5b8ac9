import { createServer, type Server, type Socket } from 'node:net'
import { type Outcome, runShim } from './shim.ts'

/**
 * Runs of the shim one after the other in a process that lives on: starting Node and reading this library takes a hundred times
 * as long as a handshake. What the runner starts is a little program (forward.go) that hands its arguments over here: as JSON,
 * the answer likewise.
 * @param onOutcome - sees each
 */
export function serveShim(path: string, onOutcome?: (outcome: Outcome) => void): Promise<Server> {
  let turn: Promise<void> = Promise.resolve()
  const server = createServer(socket => {
    let request = ''
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('data', (text: string) => {
      request += text
      if (request.endsWith('\n')) turn = turn.then(() => answer(socket, request, onOutcome))
    })
  })
  return new Promise(resolve => server.listen(path, () => resolve(server)))
}

async function answer(socket: Socket, request: string, onOutcome?: (outcome: Outcome) => void): Promise<void> {
  // Whoever was waited for too long is gone.
  if (socket.destroyed) return
  const argv: unknown = JSON.parse(request)
  if (!Array.isArray(argv) || !argv.every(arg => typeof arg === 'string')) throw new TypeError('argv: strings')
  const outcome = await runShim(argv)
  onOutcome?.(outcome)
  socket.end(JSON.stringify(outcome))
}
