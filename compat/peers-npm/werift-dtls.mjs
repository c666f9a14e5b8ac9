import { X509Certificate } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import {
  Arrivals,
  beClient,
  cipher,
  fail,
  isServer,
  lack,
  lackOptions,
  options,
  say,
  sayConnection,
  tellSuites,
} from './common.mjs'

lackOptions('alpn', 'sni', 'psk', 'resume', 'renegotiate', 'heartbeat', 'mtu')
// Its package names a file that it does not hold.
const { default: werift } = await import('werift-dtls/lib/dtls/src/index.js')
const suites = Object.values(werift.CipherSuite)
tellSuites(suites)
if (cipher !== undefined && !suites.includes(cipher)) lack(`the suite ${options.cipher}`)
if (cipher !== undefined) werift.CipherSuiteList.splice(0, 9, cipher)
const groups = { X25519: 29, 'P-256': 23 }
if (options.group !== undefined && groups[options.group] === undefined) lack(`the group ${options.group}`)
if (options.group !== undefined) werift.NamedCurveAlgorithmList.splice(0, 9, groups[options.group])
const profiles = { SRTP_AES128_CM_SHA1_80: 1, SRTP_AEAD_AES_128_GCM: 7 }
if (options.srtp !== undefined && profiles[options.srtp] === undefined) lack(`the profile ${options.srtp}`)
if (options.cert === undefined && isServer) lack('servers without certificates')
const signing = options.cert && new X509Certificate(readFileSync(options.cert)).publicKey
if (signing && !['rsa', 'ec'].includes(signing.asymmetricKeyType)) lack(`${signing.asymmetricKeyType} keys`)

const socket = createSocket('udp4')
let client = { port: Number(options.port), address: '127.0.0.1' }
const transport = {
  onData: () => {},
  send: data => new Promise(resolve => socket.send(data, client.port, client.address, () => resolve())),
  close: async () => socket.close(),
}
socket.on('message', (data, { port, address }) => {
  if (isServer) client = { port, address }
  transport.onData(data, [address, port])
})
const settings = {
  transport,
  cert: options.cert && readFileSync(options.cert, 'utf8'),
  key: options.key && readFileSync(options.key, 'utf8'),
  signatureHash: signing && { hash: 4, signature: signing.asymmetricKeyType === 'rsa' ? 1 : 3 },
  srtpProfiles: options.srtp && [profiles[options.srtp]],
  certificateRequest: isServer && options.ca !== undefined,
  extendedMasterSecret: options.ems !== '0',
}
const side = isServer ? new werift.DtlsServer(settings) : new werift.DtlsClient(settings)
const exported = (label, length) => side.exportKeyingMaterial(label, length).toString('hex')
const arrivals = new Arrivals()
const connected = new Promise(resolve => side.onConnect.once(resolve))
const closed = new Promise(resolve => side.onClose.once(resolve))
side.onError.subscribe(fail)
side.onData.subscribe(data => arrivals.push(data))

await new Promise(resolve => socket.bind(isServer ? client.port : 0, '127.0.0.1', resolve))
if (isServer) say('ready')
else side.connect().catch(fail)
await connected
sayConnection(1, {
  peer: Number(side.remoteCertificate !== undefined),
  exporter: options.exporter && exported(options.exporter, 32),
  srtp: side.srtp.srtpProfile && Object.keys(profiles).find(name => profiles[name] === side.srtp.srtpProfile),
  srtpkeys: side.srtp.srtpProfile && exported('EXTRACTOR-dtls_srtp', 60),
})
if (isServer) {
  const echo = async () => {
    for (;;) await side.send(await arrivals.next())
  }
  const silent = async () => {
    let left = options.sizes.split(',').reduce((sum, size) => sum + Number(size), 0)
    while (left > 0) {
      const data = await arrivals.next()
      await side.send(data)
      left -= data.length
    }
    return 'silent'
  }
  say(`closed ${await (options.close === 'silent' ? silent() : Promise.race([echo(), closed.then(() => 'notify')]))}`)
} else await beClient(data => side.send(data), arrivals)
say('end')
process.exit()
