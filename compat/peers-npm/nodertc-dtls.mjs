import { readFileSync } from 'node:fs'
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

lackOptions('sni', 'resume', 'renegotiate', 'heartbeat', 'srtp', 'exporter')
const { default: dtls } = await import('@nodertc/dtls')
const suites = Object.entries(dtls.constants.cipherSuites)
tellSuites(suites.map(([, number]) => number))
const names = suites
  .filter(([name, number]) => (cipher === undefined ? name.includes('_PSK_') : number === cipher))
  .map(([name]) => name)
if (names.length === 0) lack(`the suite ${options.cipher}`)

const socket = dtls.connect({
  type: 'udp4',
  remoteAddress: '127.0.0.1',
  remotePort: Number(options.port),
  extendedMasterSecret: options.ems !== '0',
  // Those with pre-shared keys are not among its own.
  cipherSuites: cipher === undefined && options.psk === undefined ? undefined : names,
  alpn: options.alpn?.split(','),
  certificate: options.cert && readFileSync(options.cert),
  certificatePrivateKey: options.key && readFileSync(options.key),
  pskIdentity: options.identity,
  pskSecret: options.psk && Buffer.from(options.psk, 'hex'),
  checkServerIdentity: () => true,
})
if (options.mtu !== undefined) socket.setMTU(Number(options.mtu))
const arrivals = new Arrivals()
socket.on('error', fail)
socket.on('data', data => arrivals.push(data))
await new Promise(resolve => socket.once('connect', resolve))
sayConnection(1, { alpn: socket.alpnProtocol || undefined })
await beClient(data => socket.write(data), arrivals)
say('end')
process.exit()
