import { resolve } from 'node:path'
import * as ssl from 'openssl-shim'
import {
  SCTP_AUTH_ACTIVE_KEY,
  SCTP_AUTH_DELETE_KEY,
  SCTP_AUTH_KEY,
  SCTP_INITMSG,
  SCTP_NODELAY,
  SCTP_SENDER_DRY_EVENT,
} from 'openssl-shim/sctp'
import * as posix from 'openssl-shim/socket'
import { setSslClock } from '../../lib/openssl/clock.ts'
import { SctpStack } from '../../lib/sctp/stack.ts'
import type { OutgoingPacket } from '../../lib/sctp/surroundings.ts'
import type { Endpoint } from '../../lib/sim.ts'
import { openDescriptor } from '../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../lib/transport/posix/sctp-socket.ts'
import type { SctpSocket } from '../../lib/transport/sctp/provider.ts'
import type { UserlandHost } from '../../lib/transport/sctp/userland/host.ts'
import { UserlandSocket } from '../../lib/transport/sctp/userland/socket.ts'
import type { Role } from '../demo/events.ts'
import { Stage } from './stage.ts'

const [CLIENT, SERVER, PORT] = ['10.0.0.1', '10.0.0.2', 4433]
/** Of associations: the numbers up to it mean something else in SCTP's sockets (RFC 6458 section 7.2). */
const FIRST_ID = 2
/** What Ethernet leaves to SCTP over IPv4. */
const MTU = 1480

/** DTLS over an association of the userland SCTP: a handshake, a word each way, new keys, a word each way, the end. */
export function sctpRun(): Stage {
  const stage = new Stage({ protocol: 'sctp' })
  setSslClock(stage.clock)
  try {
    const [listener, client] = [socketOn(stage, SERVER), socketOn(stage, CLIENT)]
    const listening = openDescriptor(new SctpDescriptor(listener))
    ssl.BIO_free(bioOn(listening, stage, 'server'))
    posix.bind(listening, address(SERVER))
    posix.listen(listening, 1)
    const connecting = openDescriptor(new SctpDescriptor(client))
    const clientBio = bioOn(connecting, stage, 'client')
    posix.connect(connecting, address(SERVER))
    let accepted: SctpSocket | number = -1
    until(stage, () => typeof (accepted = listener.accept()) !== 'number')
    if (typeof accepted === 'number') throw new Error('nobody came')
    watch(accepted, stage, 'server')
    watch(client, stage, 'client')
    const serverBio = bioOn(openDescriptor(new SctpDescriptor(accepted)), stage, 'server')
    converse(stage, clientBio, serverBio)
    posix.close(listening)
    return stage
  } finally {
    setSslClock(null)
    ssl.ERR_clear_error()
  }
}

function converse(stage: Stage, clientBio: ssl.BIO, serverBio: ssl.BIO): void {
  const contexts = { client: context('client', stage), server: context('server', stage) }
  const c = connection(contexts.client, clientBio)
  const s = connection(contexts.server, serverBio)
  ssl.SSL_set_connect_state(c)
  ssl.SSL_set_accept_state(s)
  const buf = Buffer.alloc(100)
  const handshake = () => {
    const [ours, theirs] = [ssl.SSL_do_handshake(c), ssl.SSL_do_handshake(s)]
    return ours === 1 && theirs === 1
  }
  const echo = (stream: number, words: string) => {
    ssl.BIO_ctrl(clientBio, ssl.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, { snd_sid: stream })
    until(stage, () => ssl.SSL_write(c, Buffer.from(words)) > 0)
    until(stage, () => ssl.SSL_read(s, buf) === words.length)
    ssl.BIO_ctrl(serverBio, ssl.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, { snd_sid: stream })
    until(stage, () => ssl.SSL_write(s, Buffer.from(words)) > 0)
    until(stage, () => ssl.SSL_read(c, buf) === words.length)
  }
  until(stage, handshake)
  echo(3, 'hello')
  ssl.SSL_renegotiate(c)
  until(stage, () => {
    ssl.SSL_do_handshake(c)
    ssl.SSL_read(s, buf)
    return ssl.SSL_renegotiate_pending(c) === 0 && ssl.SSL_is_init_finished(s) === 1
  })
  echo(1, 'under new keys')
  until(stage, () => {
    const [ours] = [ssl.SSL_shutdown(c), ssl.SSL_read(s, buf), ssl.SSL_shutdown(s)]
    return ours === 1
  })
  for (const ended of [c, s]) ssl.SSL_free(ended)
  for (const ctx of Object.values(contexts)) ssl.SSL_CTX_free(ctx)
  // The association ends in three packets more.
  stage.clock.advanceBy(100)
}

/** Goes from one event to the next until something is so. */
function until(stage: Stage, done: () => boolean): void {
  for (let events = 0; !done(); events++) {
    if (events > 1000 || !stage.clock.runNext()) throw new Error('the run stands still')
  }
}

function context(role: Role, stage: Stage): ssl.SSL_CTX {
  const ctx = present(ssl.SSL_CTX_new(ssl.DTLS_method()))
  ssl.SSL_CTX_set1_groups_list(ctx, 'X25519')
  ssl.SSL_CTX_set_cipher_list(ctx, 'ECDHE-RSA-AES128-GCM-SHA256')
  ssl.SSL_CTX_set_options(ctx, ssl.SSL_OP_ALLOW_CLIENT_RENEGOTIATION)
  if (role === 'server') {
    must(ssl.SSL_CTX_use_certificate_chain_file(ctx, certificate('rsa')))
    must(ssl.SSL_CTX_use_PrivateKey_file(ctx, certificate('rsa.key'), ssl.SSL_FILETYPE_PEM))
  } else {
    must(ssl.SSL_CTX_load_verify_file(ctx, certificate('authority')))
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
    ssl.SSL_CTX_set_keylog_callback(ctx, (_ssl, line) => stage.keyLog(line))
  }
  return ctx
}

function connection(ctx: ssl.SSL_CTX, bio: ssl.BIO): ssl.SSL {
  const made = present(ssl.SSL_new(ctx))
  ssl.SSL_set_bio(made, bio, bio)
  return made
}

/** From the root of the project, where every command starts: this also runs compiled. */
function certificate(name: string): string {
  return resolve('test/vectors/certificates', `${name}.pem`)
}

function bioOn(fd: number, stage: Stage, role: Role): ssl.BIO {
  const bio = present(ssl.BIO_new_dgram_sctp(fd, ssl.BIO_NOCLOSE))
  ssl.BIO_dgram_sctp_notification_cb(
    bio,
    (_bio, _arg, notification) => {
      if (notification.sn_header?.sn_type === SCTP_SENDER_DRY_EVENT) stage.note(role, 'dry: all has been acknowledged')
    },
    null,
  )
  return bio
}

/** Notes what becomes of the keys of the association. */
function watch(socket: SctpSocket, stage: Stage, role: Role): void {
  const set = socket.setOption.bind(socket)
  socket.setOption = (option, value) => {
    const words = KEY_EVENTS.get(option)
    const number = Object.values(value)[0]
    if (words !== undefined) stage.note(role, `AUTH key ${number} ${words}`)
    return set(option, value)
  }
}

const KEY_EVENTS: ReadonlyMap<number, string> = new Map<number, string>([
  [SCTP_AUTH_KEY, 'is there'],
  [SCTP_AUTH_ACTIVE_KEY, 'is in use'],
  [SCTP_AUTH_DELETE_KEY, 'is deleted'],
])

/** A socket of a host of its own on the stage's network. */
function socketOn(stage: Stage, own: string): UserlandSocket {
  const endpoint = stage.network.endpoint(own)
  const stack = new SctpStack({
    clock: stage.clock,
    random: stage.source.fork(own).random,
    carrier: { mtu: () => MTU, reachable: () => true, sourceFor: () => own },
    wake: driver(stage, endpoint, () => stack),
  })
  endpoint.onDatagram = (bytes, from) => stack.receive(bytes, { address: from, port: 0, destination: own })
  let associations = 0
  const host: UserlandHost = {
    stack,
    encapsulationPort: 0,
    probeInterval: 0,
    isLocal: one => one === own,
    localAddresses: () => [own],
    bound: () => true,
    nextAssociationId: () => ++associations + FIRST_ID,
    hold: () => () => {},
    linger: () => {},
  }
  const socket = new UserlandSocket(host, posix.AF_INET, posix.SOCK_STREAM)
  socket.setOption(SCTP_INITMSG, { sinit_num_ostreams: 4, sinit_max_instreams: 4 })
  socket.setOption(SCTP_NODELAY, { value: 1 })
  return socket
}

/** Sends what a stack has ready, and sets the clock for its next deadline. */
function driver(stage: Stage, endpoint: Endpoint, stackOf: () => SctpStack): () => void {
  let cancel = () => {}
  return () => {
    const stack = stackOf()
    for (const { bytes, address: to } of stack.takeOutput() satisfies readonly OutgoingPacket[])
      endpoint.send(bytes, to)
    cancel()
    const deadline = stack.nextDeadline()
    if (deadline !== null) cancel = stage.clock.at(deadline, () => stack.onDeadline())
  }
}

function address(host: string): posix.sockaddr {
  return { sin_family: posix.AF_INET, sin_port: posix.htons(PORT), sin_addr: { s_addr: posix.inet_addr(host) } }
}

function present<T>(value: T | null): T {
  if (value === null) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
  return value
}

function must(ret: number): void {
  if (ret !== 1) throw new Error(ssl.ERR_error_string(ssl.ERR_get_error()))
}
