// A peer of Node's own tls, with the options and the lines of ../c/peer.h.
import { constants } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import tls from 'node:tls'

const options = Object.fromEntries(process.argv.slice(2).map(text => text.split(/=(.*)/s).slice(0, 2)))
const isServer = options.role === 'server'
const say = line => process.stdout.write(`${line}\n`)
const stop = (status, line) => {
  say(line)
  process.exit(status)
}
setTimeout(() => stop(1, 'failed nothing happened'), 30_000).unref()

const file = name => (options[name] === undefined ? undefined : readFileSync(options[name]))
const psk = options.psk && Buffer.from(options.psk, 'hex')
// Of OpenSSL; Node has no name for it.
const NO_EXTENDED_MASTER_SECRET = 1
const context = {
  minVersion: options.version,
  maxVersion: options.version,
  ciphers: `${options.suite ?? 'DEFAULT:PSK'}:@SECLEVEL=0`,
  dhparam: 'auto',
  cert: file('cert'),
  key: file('key'),
  ca: file('ca'),
  ALPNProtocols: options.alpn?.split(','),
  secureOptions:
    (options.resume === 'id' ? constants.SSL_OP_NO_TICKET : 0) |
    (options.etm === '0' ? constants.SSL_OP_NO_ENCRYPT_THEN_MAC : 0) |
    (options.ems === '0' ? NO_EXTENDED_MASTER_SECRET : 0),
  sessionIdContext: 'compat',
}

function report(socket, number) {
  say(`connection ${number}`)
  say(`version ${socket.getProtocol()}`)
  say(`reused ${Number(socket.isSessionReused())}`)
  say(`peer ${Number(Object.keys(socket.getPeerCertificate()).length > 0)}`)
  if (isServer && socket.servername) say(`sni ${socket.servername}`)
  if (socket.alpnProtocol) say(`alpn ${socket.alpnProtocol}`)
  if (options.exporter) say(`exporter ${socket.exportKeyingMaterial(32, options.exporter).toString('hex')}`)
  say('done')
}

async function serve() {
  const server = tls.createServer({
    ...context,
    requestCert: options.ca !== undefined,
    rejectUnauthorized: options.ca !== undefined,
    pskCallback: psk && ((_socket, identity) => (identity === options.identity ? psk : null)),
  })
  const sessions = new Map()
  if (options.resume === 'id') {
    server.on('newSession', (id, data, done) => {
      sessions.set(id.toString('hex'), data)
      done()
    })
    server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null))
  }
  server.on('tlsClientError', failure => stop(1, `failed ${failure.message}`))
  server.listen(Number(options.port), '127.0.0.1')
  await once(server, 'listening')
  say('ready')
  for (let number = 1; number <= (options.resume ? 2 : 1); number++) {
    const [socket] = await once(server, 'secureConnection')
    report(socket, number)
    let failed = null
    socket.on('error', failure => {
      failed = failure
    })
    let asks = options.renegotiate === 'server'
    socket.on('data', async data => {
      if (asks) {
        asks = false
        await renegotiate(socket)
      }
      socket.write(data)
    })
    await once(socket, 'close')
    say(`closed ${failed === null ? 'notify' : 'raw'}`)
  }
  server.close()
  say('end')
}

async function call() {
  let session
  for (let number = 1; number <= (options.resume ? 2 : 1); number++) {
    const transport = net.connect({ host: '127.0.0.1', port: Number(options.port) })
    const socket = tls.connect({
      ...context,
      socket: transport,
      session,
      servername: options.sni ?? '',
      checkServerIdentity: () => undefined,
      rejectUnauthorized: options.ca !== undefined,
      pskCallback: psk && (() => ({ psk, identity: options.identity })),
    })
    socket.on('session', data => {
      session = data
    })
    socket.on('error', failure => stop(1, `failed ${failure.message}`))
    await once(socket, 'secureConnect')
    report(socket, number)
    if (options.wait) await once(createInterface({ input: process.stdin }), 'line')
    if (options.renegotiate === 'client') await renegotiate(socket)
    for (const size of options.sizes.split(',').map(Number)) await echo(socket, size)
    session = socket.getSession()
    if (options.close === 'raw') transport.destroy()
    else {
      const closed = once(socket, 'close')
      socket.end()
      socket.resume()
      await closed
    }
  }
  say('end')
  process.exit(0)
}

async function renegotiate(socket) {
  await new Promise((resolve, reject) => {
    if (!socket.renegotiate({}, failure => (failure ? reject(failure) : resolve()))) reject(new Error('refused'))
  })
  say('renegotiated 1')
}

async function echo(socket, size) {
  const sent = Buffer.from(Array.from({ length: size }, (_, i) => i * 7 + size))
  socket.write(sent)
  let heard = Buffer.alloc(0)
  while (heard.length < size) {
    const [data] = await once(socket, 'data')
    heard = Buffer.concat([heard, data])
  }
  if (!heard.equals(sent)) stop(1, `failed the echo of ${size} bytes is another`)
  say(`echoed ${size}`)
}

await (isServer ? serve() : call()).catch(failure => stop(1, `failed ${failure.message}`))
