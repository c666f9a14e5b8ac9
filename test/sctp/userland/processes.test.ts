import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { htons } from '../../../lib/base/sockaddr.ts'
import { SCTP_REMOTE_UDP_ENCAPS_PORT } from '../../../lib/sctp.ts'
import { AF_INET, SOCK_STREAM } from '../../../lib/socket.ts'
import { createUdpProvider } from '../../../lib/transport/sctp/udp.ts'
import { UdpSockets } from '../../../lib/transport/sctp/udp-sockets.ts'
import { connected, expectZero, good, ip, named, portOf, readText, send, until } from '../conformance/stage.ts'
import { freePorts } from '../conformance/userland.ts'
import { closeAll, keep } from './ends.ts'
import { Peer } from './usrsctp.ts'

afterEach(closeAll)

/** An echo server, or a client that says hello and prints the answer, on the package as it is installed. */
const PROGRAM = `
import * as S from 'openssl-shim/socket'
const at = port => ({ sin_family: S.AF_INET, sin_port: port, sin_addr: { s_addr: S.inet_addr('127.0.0.1') } })
const ready = async (fd, events) => await S.poll([{ fd, events, revents: 0 }], 1, 20000)
const fd = S.socket(S.AF_INET, S.SOCK_STREAM, S.IPPROTO_SCTP)
const buf = Buffer.alloc(100)
if (process.argv[1] === 'server') {
  if (S.bind(fd, at(0)) !== 0 || S.listen(fd, 1) !== 0) console.log('no socket: ' + S.errnoName(S.errno()))
  const name = {}
  S.getsockname(fd, name)
  console.log('port ' + name.sin_port)
  await ready(fd, S.POLLIN)
  const accepted = S.accept(fd)
  await ready(accepted, S.POLLIN)
  S.send(accepted, buf.subarray(0, S.recv(accepted, buf)))
  await ready(accepted, S.POLLIN)
} else {
  S.connect(fd, at(Number(process.argv[2])))
  await ready(fd, S.POLLOUT)
  S.send(fd, Buffer.from('hello'))
  await ready(fd, S.POLLIN)
  console.log('got ' + buf.toString('utf8', 0, S.recv(fd, buf)))
  S.close(fd)
}
`

const built = existsSync('dist/lib/socket.js')
if (!built) console.warn('not tested with a second process: the package is not built')
const peers: Peer[] = []
afterEach(() => {
  for (const peer of peers.splice(0)) peer.stop()
})

function started(role: string, variables: Readonly<Record<string, number>>, ...args: (string | number)[]): Peer {
  const environment = Object.entries(variables).map(([name, value]) => `OPENSSL_SHIM_SCTP_${name}=${value}`)
  const node = [process.execPath, '--input-type=module', '-e', PROGRAM, role]
  const peer = new Peer('env', '-C', resolve('.'), 'OPENSSL_SHIM_SCTP=udp', ...environment, ...node, ...args)
  peers.push(peer)
  return peer
}

const withProcess = built ? describe : describe.skip

withProcess('two processes on one host, each with a UDP port of its own', () => {
  test('a client is told the UDP port of the server by an option, and the server learns that of the client', async () => {
    const [ours = 0, theirs = 0] = await freePorts(2)
    const line = await started('server', { PORT: theirs }).says(/^port/)
    const socket = keep(createUdpProvider({ port: ours }).open(AF_INET, SOCK_STREAM))
    expectZero(socket.setOption(SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: htons(theirs) }))
    expect(await connected(socket, [ip('127.0.0.1', htons(Number(line.split(' ')[1])))])).toBe(0)
    send(socket, 'across')
    expect(await readText(socket)).toBe('across')
  })

  test('or by a variable of the environment', async () => {
    const [ours = 0] = await freePorts(1)
    const listener = keep(createUdpProvider({ port: ours }).open(AF_INET, SOCK_STREAM))
    expectZero(listener.bind(ip('127.0.0.1')))
    expectZero(listener.listen(1))
    const client = started('client', { PORT: 0, PEER_PORT: ours }, htons(portOf(listener)))
    await until(() => listener.readable, listener)
    const server = keep(listener.accept())
    expect(await readText(server)).toBe('hello')
    send(server, 'and back')
    expect(await client.says(/^got/)).toBe('got and back')
  })
})

describe('a UDP port that another has', () => {
  test('is an error where it was asked for, and another one where it was not', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address()
    const socket = keep(good(createUdpProvider({ port }).open(AF_INET, SOCK_STREAM)))
    expect(named(socket.bind(ip('127.0.0.1', 5000)))).toBe('EADDRINUSE')
    expect(new UdpSockets(port, true, () => {}).at('127.0.0.1')).toBeNull()
    const found = new UdpSockets(port, false, () => {}).at('127.0.0.1')
    expect(found?.address().port).not.toBe(port)
    found?.close()
    other.close()
  })

  test('all addresses of one host share it', () => {
    const sockets = new UdpSockets(0, false, () => {})
    const ports = ['0.0.0.0', '127.0.0.1', '127.0.0.2'].map(address => sockets.at(address)?.address().port)
    expect(new Set(ports).size).toBe(1)
    // Nobody else gets it without being told.
    expect(new UdpSockets(ports[0] ?? 0, true, () => {}).at('0.0.0.0')).toBeNull()
    for (const address of ['0.0.0.0', '127.0.0.1', '127.0.0.2']) sockets.at(address)?.close()
  })
})
