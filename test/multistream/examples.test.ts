import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe } from '@jest/globals'
import { createLoopbackProvider } from '../../lib/transport/sctp/loopback.ts'
import { createUdpProvider } from '../../lib/transport/sctp/udp.ts'
import { examples } from './examples.ts'

const port = await freePort()

describe('TLS over the streams of an association inside the process', () => examples(createLoopbackProvider()))
describe('TLS over the streams of an association over UDP', () => examples(createUdpProvider({ port, peerPort: port })))

/** A UDP port that nobody has now. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const { port: chosen } = socket.address()
  socket.close()
  await once(socket, 'close')
  return chosen
}
