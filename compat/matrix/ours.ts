import * as ssl from 'openssl-shim/promises'
import { SCTP_AUTH_ACTIVE_KEY, SCTP_INITMSG } from 'openssl-shim/sctp'
import {
  AF_INET,
  accept,
  bind,
  close,
  connect,
  getsockopt,
  htonl,
  htons,
  INADDR_LOOPBACK,
  IPPROTO_SCTP,
  listen,
  POLLIN,
  POLLOUT,
  poll,
  SO_ERROR,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  type sockaddr,
  socket,
} from 'openssl-shim/socket'
import { context } from './ours-context.ts'
import type { Party } from './party.ts'
import { commandLine, hexOf, type Role, type Settings, totalOf, transportOf } from './settings.ts'

/** Our side of a run, in this process: what the C peers do, in the blocking style, with the same lines. */
export class Ours implements Party {
  readonly command: string
  output = ''
  keys = ''
  readonly #role: Role
  readonly #settings: Settings
  readonly #port: number
  readonly #ctx: ssl.SSL_CTX
  readonly #done: Promise<void>
  readonly #go: Promise<void>
  readonly #descriptors = new Set<number>()
  #release: () => void = () => {}
  #wake: () => void = () => {}
  #con: ssl.SSL | null = null
  #session: ssl.SSL_SESSION | null = null
  /** Of the messages that have come. */
  readonly #streams: number[] = []
  #over = false

  constructor(role: Role, port: number, settings: Settings) {
    this.#role = role
    this.#port = port
    this.#settings = settings
    this.command = ['openssl-shim', ...commandLine(role, port, settings)].join(' ').replaceAll(`${process.cwd()}/`, '')
    this.#ctx = context(role, settings)
    ssl.SSL_CTX_set_keylog_callback(this.#ctx, (_con, line) => {
      this.keys += `${line}\n`
    })
    this.#go = new Promise(resolve => {
      this.#release = resolve
    })
    this.#done = this.#run().finally(() => this.#end())
  }

  async says(line: RegExp, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    while (!line.test(this.output)) {
      if (this.#over || performance.now() > deadline) throw new Error(`ours has not said ${line}:\n${this.output}`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, 100)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  go(): void {
    this.#release()
  }

  ended(): Promise<void> {
    return this.#done
  }

  async stop(): Promise<void> {
    this.#end()
  }

  async #run(): Promise<void> {
    try {
      const kept = { listening: -1, datagrams: -1 }
      for (let number = 1; number <= (this.#settings.resume === undefined ? 1 : 2); number++) {
        const fd = await this.#open(kept)
        await this.#handshake(fd)
        this.#tell(`connection ${number}`)
        this.#report()
        this.#tellKey('authkey', fd)
        this.#tell('done')
        await (this.#role === 'client' ? this.#beClient(fd) : this.#beServer(fd))
        if (this.#settings.streams !== undefined) this.#tell(`streams ${this.#streams.join()}`)
        ssl.SSL_free(this.#con)
        this.#con = null
        if (fd !== kept.datagrams) this.#close(fd)
      }
      this.#tell('end')
    } catch (failure) {
      this.#tell(`failed ${failure instanceof Error ? failure.message : failure}`)
    }
  }

  /** All connections of a run over UDP use one descriptor on either side. */
  async #open(kept: { listening: number; datagrams: number }): Promise<number> {
    const [datagrams, server] = [transportOf(this.#settings) === 'datagram', this.#role === 'server']
    if (datagrams && kept.datagrams !== -1) return kept.datagrams
    const address = loopback(this.#port)
    if (server && !datagrams) {
      if (kept.listening === -1) {
        kept.listening = this.#socket()
        must(bind(kept.listening, address) === 0 && listen(kept.listening, 1) === 0, 'listen')
        this.#tell('ready')
      }
      await poll([{ fd: kept.listening, events: POLLIN, revents: 0 }], 1, -1)
      const fd = accept(kept.listening)
      must(fd !== -1, 'accept')
      this.#descriptors.add(fd)
      return fd
    }
    const fd = this.#socket()
    if (server) {
      must(bind(fd, address) === 0, 'bind')
      this.#tell('ready')
    } else {
      const connected = connect(fd, address)
      if (!datagrams) await poll([{ fd, events: POLLOUT, revents: 0 }], 1, -1)
      const error = { value: 0 }
      must(connected === 0 || (getsockopt(fd, SOL_SOCKET, SO_ERROR, error) === 0 && error.value === 0), 'connect')
    }
    if (datagrams) kept.datagrams = fd
    return fd
  }

  async #handshake(fd: number): Promise<void> {
    const { mtu, sni, cookie } = this.#settings
    this.#con = ssl.SSL_new(this.#ctx)
    const con = this.#live()
    const transport = transportOf(this.#settings)
    const bio = BIOS[transport](fd)
    if (bio === null) throw new Error('no BIO')
    if (transport === 'datagram' && this.#role === 'client') ssl.BIO_ctrl_set_connected(bio, peerOf(this.#port))
    ssl.SSL_set_bio(con, bio, bio)
    if (mtu !== undefined) {
      ssl.SSL_set_options(con, ssl.SSL_OP_NO_QUERY_MTU)
      ssl.SSL_set_mtu(con, mtu)
    }
    if (this.#settings.heartbeat) ssl.SSL_set_tlsext_heartbeat_no_requests(con, 0)
    if (this.#role === 'client') {
      if (sni !== undefined) ssl.SSL_set_tlsext_host_name(con, sni)
      if (this.#session !== null) ssl.SSL_set_session(con, this.#session)
      this.#check(await ssl.SSL_connect(con), 'SSL_connect')
      return
    }
    if (cookie) {
      const client = ssl.BIO_ADDR_new()
      let heard = 0
      while (heard === 0) heard = await ssl.DTLSv1_listen(con, client)
      must(heard === 1, 'DTLSv1_listen')
    }
    this.#check(await ssl.SSL_accept(con), 'SSL_accept')
  }

  #report(): void {
    const con = this.#live()
    const cipher = ssl.SSL_get_current_cipher(con)
    this.#tell(`version ${ssl.SSL_get_version(con)}`)
    this.#tell(`cipher ${cipher === null ? '' : hexOf(ssl.SSL_CIPHER_get_protocol_id(cipher))}`)
    this.#tell(`reused ${ssl.SSL_session_reused(con)}`)
    this.#tell(`ems ${ssl.SSL_get_extms_support(con)}`)
    this.#tell(`peer ${Number(ssl.SSL_get0_peer_certificate(con) !== null)}`)
    const name = ssl.SSL_get_servername(con, ssl.TLSEXT_NAMETYPE_host_name)
    if (this.#role === 'server' && name !== null) this.#tell(`sni ${name}`)
    const [protocol, length]: [ssl.Out<Uint8Array | null>, ssl.Out<number>] = [{ value: null }, { value: 0 }]
    ssl.SSL_get0_alpn_selected(con, protocol, length)
    if (length.value > 0) this.#tell(`alpn ${Buffer.from(protocol.value ?? []).toString('latin1', 0, length.value)}`)
    if (this.#settings.exporter !== undefined) this.#tell(`exporter ${exported(con, this.#settings.exporter, 32)}`)
    const profile = ssl.SSL_get_selected_srtp_profile(con)
    if (profile === null) return
    this.#tell(`srtp ${profile.name}`)
    this.#tell(`srtpkeys ${exported(con, 'EXTRACTOR-dtls_srtp', 60)}`)
  }

  async #beClient(fd: number): Promise<void> {
    const con = this.#live()
    const { loss, renegotiate, heartbeat, sizes, resume } = this.#settings
    if (loss !== undefined) await this.#go
    if (renegotiate === 'client') await this.#renegotiate()
    if (heartbeat && ssl.SSL_heartbeat(con) <= 0) throw new Error(`SSL_heartbeat: ${firstError()}`)
    for (const size of sizes) {
      this.#sendOn(this.#streams.length)
      await this.#echoOne(size)
      this.#noteMessage(fd)
    }
    // The answer to a heartbeat has come before the echo of what was sent after it.
    if (heartbeat) {
      must(ssl.SSL_heartbeat_probe_result(con) === 1, 'no answer to the heartbeat')
      this.#tell('heartbeat 1')
    }
    if (resume !== undefined) this.#session = ssl.SSL_get1_session(con)
    if (this.#settings.close === undefined) await ssl.SSL_shutdown(con)
  }

  /** A server only asks; without SSL_MODE_AUTO_RETRY the call that meets the handshake is over with it. */
  async #renegotiate(): Promise<void> {
    const con = this.#live()
    const before = clientRandom(con)
    this.#check(ssl.SSL_renegotiate(con), 'SSL_renegotiate')
    this.#check(await ssl.SSL_do_handshake(con), 'SSL_do_handshake')
    ssl.SSL_clear_mode(con, ssl.SSL_MODE_AUTO_RETRY)
    while (this.#role === 'server' && (clientRandom(con).equals(before) || ssl.SSL_in_init(con) === 1)) {
      const ret = await ssl.SSL_peek(con, Buffer.alloc(1))
      if (ret > 0) throw new Error('data came, and no renegotiation')
      if (ssl.SSL_get_error(con, ret) !== ssl.SSL_ERROR_WANT_READ) this.#check(ret, 'renegotiation')
    }
    ssl.SSL_set_mode(con, ssl.SSL_MODE_AUTO_RETRY)
    this.#tell('renegotiated 1')
  }

  async #echoOne(size: number): Promise<void> {
    const sent = Uint8Array.from({ length: size }, (_, i) => i * 7 + size)
    this.#check(await ssl.SSL_write(this.#live(), sent), 'SSL_write')
    const heard = Buffer.alloc(BUFFER)
    let length = 0
    while (length < size) {
      const n = await ssl.SSL_read(this.#live(), heard.subarray(length))
      if (n <= 0) throw new Error(`the connection ended before the echo of ${size} bytes: ${firstError()}`)
      length += n
    }
    must(Buffer.from(sent).equals(heard.subarray(0, length)), `the echo of ${size} bytes is another`)
    this.#tell(`echoed ${size}`)
  }

  async #beServer(fd: number): Promise<void> {
    const con = this.#live()
    const buffer = Buffer.alloc(BUFFER)
    const total = this.#settings.close === 'silent' ? totalOf(this.#settings) : Number.POSITIVE_INFINITY
    for (let heard = 0; ; ) {
      if (heard >= total) return this.#tell('closed silent')
      const length = await ssl.SSL_read(con, buffer)
      if (length > 0) {
        if (this.#settings.renegotiate === 'server' && heard === 0) await this.#renegotiate()
        heard += length
        this.#sendOn(this.#arrivedOn())
        this.#check(await ssl.SSL_write(con, buffer, length), 'SSL_write')
        this.#noteMessage(fd)
        continue
      }
      const clean = ssl.SSL_get_error(con, length) === ssl.SSL_ERROR_ZERO_RETURN
      const reason = ssl.ERR_GET_REASON(ssl.ERR_peek_error())
      if (!clean && reason !== ssl.SSL_R_UNEXPECTED_EOF_WHILE_READING) throw new Error(`SSL_read: ${firstError()}`)
      ssl.ERR_clear_error()
      if (this.#settings.renegotiate === 'client') this.#tell(`renegotiated ${ssl.SSL_num_renegotiations(con)}`)
      this.#tell(`closed ${clean ? 'notify' : 'raw'}`)
      if (clean) await ssl.SSL_shutdown(con)
      return
    }
  }

  /** Where the next message goes, when they go round the streams of the association. */
  #sendOn(stream: number): void {
    const { streams } = this.#settings
    if (streams === undefined) return
    const info = { snd_sid: stream % streams, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
    ssl.BIO_ctrl(ssl.SSL_get_wbio(this.#live()), ssl.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 0, info)
  }

  #arrivedOn(): number {
    const info = { rcv_sid: 0 }
    if (transportOf(this.#settings) === 'sctp')
      ssl.BIO_ctrl(ssl.SSL_get_rbio(this.#live()), ssl.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, info)
    return info.rcv_sid
  }

  #noteMessage(fd: number): void {
    this.#streams.push(this.#arrivedOn())
    if (this.#settings.renegotiate) this.#tellKey('endkey', fd)
  }

  /** The key that SCTP-AUTH has in use (RFC 6083 section 4.8). */
  #tellKey(name: string, fd: number): void {
    if (transportOf(this.#settings) !== 'sctp') return
    const key = { scact_keynumber: 0 }
    must(getsockopt(fd, IPPROTO_SCTP, SCTP_AUTH_ACTIVE_KEY, key) === 0, 'SCTP_AUTH_ACTIVE_KEY')
    this.#tell(`${name} ${key.scact_keynumber}`)
  }

  #tell(line: string): void {
    this.output += `${line}\n`
    this.#wake()
  }

  /** The connection, if the run was not given up meanwhile. */
  #live(): ssl.SSL {
    if (this.#con === null) throw new Error('it was stopped')
    return this.#con
  }

  #check(ret: number, what: string): void {
    if (ret > 0) return
    const error = this.#con === null ? 'it was stopped' : `SSL_get_error ${ssl.SSL_get_error(this.#con, ret)}`
    throw new Error(`${what}: ${error}, ${firstError()}`)
  }

  #socket(): number {
    const transport = transportOf(this.#settings)
    const fd = socket(AF_INET, transport === 'datagram' ? SOCK_DGRAM : SOCK_STREAM, PROTOCOLS[transport])
    must(fd !== -1, 'socket')
    this.#descriptors.add(fd)
    if (transport !== 'sctp') return fd
    setsockopt(fd, IPPROTO_SCTP, SCTP_INITMSG, { sinit_num_ostreams: 10, sinit_max_instreams: 10 })
    // Which turns SCTP-AUTH on, before the socket is connected or listens.
    ssl.BIO_free(ssl.BIO_new_dgram_sctp(fd, ssl.BIO_NOCLOSE))
    return fd
  }

  #close(fd: number): void {
    if (this.#descriptors.delete(fd)) close(fd)
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#wake()
    if (this.#con !== null) ssl.SSL_free(this.#con)
    this.#con = null
    if (this.#session !== null) ssl.SSL_SESSION_free(this.#session)
    ssl.SSL_CTX_free(this.#ctx)
    for (const fd of this.#descriptors) close(fd)
    ssl.ERR_clear_error()
  }
}

const BUFFER = 20_000

const PROTOCOLS = { datagram: 0, stream: 0, sctp: IPPROTO_SCTP, streams: IPPROTO_SCTP } as const
const BIOS = {
  datagram: (fd: number) => ssl.BIO_new_dgram(fd, ssl.BIO_NOCLOSE),
  stream: (fd: number) => ssl.BIO_new_socket(fd, ssl.BIO_NOCLOSE),
  sctp: (fd: number) => ssl.BIO_new_dgram_sctp(fd, ssl.BIO_NOCLOSE),
  streams: () => null,
} as const

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`${what}: ${firstError()}`)
}

function firstError(): string {
  const code = ssl.ERR_peek_error()
  return code === 0 ? `errno ${ssl.errno()}` : ssl.ERR_error_string(code)
}

function exported(con: ssl.SSL, label: string, length: number): string {
  const bytes = Buffer.alloc(length)
  must(ssl.SSL_export_keying_material(con, bytes, length, label, label.length, null, 0, 0) === 1, 'exporter')
  return bytes.toString('hex')
}

function clientRandom(con: ssl.SSL): Buffer {
  const random = Buffer.alloc(32)
  ssl.SSL_get_client_random(con, random, random.length)
  return random
}

function loopback(port: number): sockaddr {
  return { sin_family: AF_INET, sin_port: htons(port), sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
}

function peerOf(port: number): ssl.BIO_ADDR {
  const address = ssl.BIO_ADDR_new()
  ssl.BIO_ADDR_rawmake(address, AF_INET, Uint8Array.of(127, 0, 0, 1), 4, htons(port))
  return address
}
