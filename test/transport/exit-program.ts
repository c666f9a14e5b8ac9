/** Run as a process of its own by exit.test.ts: it must end by itself, idle sockets and all. */
import {
  AF_INET,
  accept,
  bind,
  connect,
  getsockname,
  htonl,
  htons,
  INADDR_LOOPBACK,
  listen,
  recv,
  SOCK_DGRAM,
  SOCK_STREAM,
  select,
  send,
  type sockaddr,
  socket,
} from '../../lib/socket.ts'

const loopback: sockaddr = { sin_family: AF_INET, sin_port: htons(0), sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
const server = socket(AF_INET, SOCK_DGRAM)
const client = socket(AF_INET, SOCK_DGRAM)
const at: sockaddr = {}
if (bind(server, loopback) !== 0 || getsockname(server, at) !== 0 || connect(client, at) !== 0) process.exit(2)
const bytes = new TextEncoder().encode('kept alive by a wait')
// Nothing but the pending wait keeps the process until the answer comes.
queueMicrotask(() => setTimeout(() => send(client, bytes), 50).unref())
const count = await select(server + 1, new Set([server]), null, null, null)
const buffer = new Uint8Array(100)
console.log(count, new TextDecoder().decode(buffer.subarray(0, recv(server, buffer))))
// Two open sockets are left, and one more datagram on its way.
send(client, bytes)
// So are a listener, and both ends of a connection.
const listener = socket(AF_INET, SOCK_STREAM)
const stream = socket(AF_INET, SOCK_STREAM)
if (bind(listener, loopback) !== 0 || listen(listener, 1) !== 0 || getsockname(listener, at) !== 0) process.exit(3)
connect(stream, at)
await select(listener + 1, new Set([listener]), null, null, null)
if (accept(listener) === -1) process.exit(4)
await select(stream + 1, null, new Set([stream]), null, null)
send(stream, bytes)
