// The engine on a network that loses every third datagram: the same seed gives the same run.
import { Connection, defaultConfig, suiteById } from 'openssl-shim/engine'
import { connectParties, SeededSource, SimulatedNetwork, VirtualClock } from 'openssl-shim/sim'

const clock = new VirtualClock()
const source = new SeededSource(3)
const network = new SimulatedNetwork({ clock, seed: source, conditions: { loss: 0.33, delayMs: [10, 30] } })
const suite = suiteById(0xccac) // TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256
const key = () => Buffer.from('a secret of both sides')

const side = (role: 'client' | 'server') => {
  const config = defaultConfig(role, {
    suites: suite === undefined ? [] : [suite],
    psk: true,
    clientPsk: () => ({ identity: Buffer.from('sensor 7'), key: key() }),
    serverPsk: key,
  })
  const connection = new Connection({ config, clock, random: source.fork(role).random })
  return {
    connection,
    receive: (datagram: Uint8Array) => void connection.receive(datagram),
    takeOutput: () => connection.takeOutput(),
    nextDeadline: () => connection.nextDeadline(),
    onDeadline: () => void connection.onDeadline(),
    step: () => void connection.handshake(),
  }
}

const [client, server] = [side('client'), side('server')]
const link = connectParties(network, client, server, ['client', 'server'])
link.run({ until: () => client.connection.established && server.connection.established })
const { lost, sent } = network.counters
console.log(`${lost} of ${sent} datagrams lost, done after ${clock.now().toFixed(0)} ms`)
link.close()
// prints: 1 of 5 datagrams lost, done after 1067 ms
