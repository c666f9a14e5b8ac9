import { descriptor } from '../descriptors.ts'
import { turn, waitUntil } from '../readiness.ts'
import { isSocket } from './lookup.ts'

/**
 * Waits as a call on a blocking socket would, no longer than the socket's own time-out. On a descriptor with O_NONBLOCK it
 * only lets the event loop turn.
 * @returns true: a call would not say "again"; also for what is no socket, since the call itself says that
 */
export async function waitForSocket(fd: number, want: 'read' | 'write'): Promise<boolean> {
  const socket = descriptor(fd)
  if (socket === undefined || !isSocket(socket)) return true
  const ready = () => (want === 'read' ? socket.readable : socket.writable)
  if (socket.nonBlocking) {
    await turn()
    return ready()
  }
  return waitUntil(ready, [socket], want === 'read' ? socket.receiveTimeout : socket.sendTimeout)
}
