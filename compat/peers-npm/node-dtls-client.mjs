import {
  Arrivals,
  beClient,
  cipher,
  fail,
  lack,
  lackOptions,
  options,
  say,
  sayConnection,
  tellSuites,
} from './common.mjs'

const names = {
  140: 'TLS_PSK_WITH_AES_128_CBC_SHA',
  141: 'TLS_PSK_WITH_AES_256_CBC_SHA',
  168: 'TLS_PSK_WITH_AES_128_GCM_SHA256',
  169: 'TLS_PSK_WITH_AES_256_GCM_SHA384',
  174: 'TLS_PSK_WITH_AES_128_CBC_SHA256',
  175: 'TLS_PSK_WITH_AES_256_CBC_SHA384',
  49320: 'TLS_PSK_WITH_AES_128_CCM_8',
  49321: 'TLS_PSK_WITH_AES_256_CCM_8',
}
tellSuites(Object.keys(names).map(Number))
lackOptions('sni', 'alpn', 'resume', 'renegotiate', 'heartbeat', 'srtp', 'exporter', 'group', 'mtu', 'cert')
if (cipher !== undefined && names[cipher] === undefined) lack(`the suite ${options.cipher}`)

const { dtls } = await import('node-dtls-client')
const arrivals = new Arrivals()
const socket = dtls.createSocket({
  type: 'udp4',
  address: '127.0.0.1',
  port: Number(options.port),
  psk: { [options.identity]: Buffer.from(options.psk, 'hex').toString('latin1') },
  timeout: 10_000,
  ciphers: cipher && [names[cipher]],
})
socket.on('error', fail)
socket.on('message', data => arrivals.push(data))
await new Promise(resolve => socket.once('connected', resolve))
sayConnection(1, {})
await beClient(data => socket.send(data), arrivals)
await new Promise(resolve => socket.close(resolve))
say('end')
process.exit()
