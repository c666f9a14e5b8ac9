/**
 * Client and server of the ported SCTP samples, one program after the other, in one process: the SCTP inside the process has
 * no other place for them. The working directory has the certificates.
 */
import {
  type bio_dgram_sctp_rcvinfo,
  ERR_print_errors_fp,
  OPENSSL_assert,
  type SSL,
  type SSL_CTX,
  SSL_CTX_load_verify_file,
  SSL_CTX_set_verify,
  SSL_get_fd,
  SSL_get_shutdown,
  SSL_RECEIVED_SHUTDOWN,
  SSL_renegotiate_abbreviated,
  SSL_SENT_SHUTDOWN,
  SSL_session_reused,
  SSL_total_renegotiations,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
} from 'openssl-shim'
import {
  SCTP_ADAPTATION_INDICATION,
  SCTP_ASSOC_CHANGE,
  SCTP_NODELAY,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_EVENT,
  SCTP_UNORDERED,
  type sctp_notification,
} from 'openssl-shim/sctp'
import {
  AF_INET,
  bind,
  close,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  IPPROTO_SCTP,
  ntohs,
  SOCK_STREAM,
  setsockopt,
  type sockaddr,
  socket,
} from 'openssl-shim/socket'
import { DEFAULTS, type Options } from '../samples/common/options.ts'
import type { Watch } from '../samples/common/watch.ts'
import * as chargen from '../samples/dtls_sctp_chargen.ts'
import * as discard from '../samples/dtls_sctp_discard.ts'
import * as echo from '../samples/dtls_sctp_echo.ts'
import type { PartyEvent, Role } from './events.ts'
import { describe_connection, watch_messages } from './reports.ts'

const HOST = '127.0.0.1'
/** After so many messages the client of chargen renegotiates for certain, not only by chance. */
const RENEGOTIATION = 20

interface Play {
  readonly program: string
  readonly sample: Pick<typeof echo, 'start_server' | 'start_client'>
  readonly options?: Partial<Options>
  /** Which flights are shown. */
  readonly shown: 'handshake' | 'none' | 'renegotiation'
}

const PLAYS: readonly Play[] = [
  { program: 'dtls_sctp_echo', sample: echo, shown: 'handshake' },
  { program: 'dtls_sctp_discard', sample: discard, options: { timetosend: 1, unordered: true }, shown: 'none' },
  { program: 'dtls_sctp_chargen', sample: chargen, options: { timetosend: 2 }, shown: 'renegotiation' },
]

async function perform(play: Play): Promise<void> {
  const options = { ...DEFAULTS, ...play.options, port: free_port() }
  const progress = { showing: play.shown === 'handshake' }
  const client = new Side('client', play, progress)
  const server = new Side('server', play, progress)

  const serving = play.sample.start_server({ ...options, local_address: HOST }, server.watch)
  // A server ends only where it cannot listen.
  const client_code = play.sample.start_client({ ...options, remote_address: HOST }, client.watch)
  const code = await Promise.race([client_code, serving])
  if (code === 0) await server.done
  else ERR_print_errors_fp(process.stderr)

  report({
    kind: 'finished',
    program: play.program,
    code,
    clean: client.clean && server.clean,
    sent: { client: client.sent, server: server.sent },
    received: { client: client.received, server: server.received },
    renegotiations: client.renegotiations,
    resumed: client.resumed,
  })
}

/** What one side of a program sees of it. */
class Side {
  readonly watch: Watch
  readonly done: Promise<void>
  clean = false
  /** Messages by stream. */
  readonly sent: number[] = []
  readonly received: number[] = []
  renegotiations = 0
  resumed = false
  readonly #role: Role
  readonly #play: Play
  readonly #progress: { showing: boolean }
  #ssl: SSL | null = null
  #messages = 0

  constructor(role: Role, play: Play, progress: { showing: boolean }) {
    this.#role = role
    this.#play = play
    this.#progress = progress
    let end = () => {}
    this.done = new Promise(resolve => {
      end = resolve
    })
    this.watch = {
      prepared: ctx => this.#prepare(ctx),
      connected: ssl => this.#connected(ssl),
      sent: stream => count(this.sent, stream),
      received: (rinfo, message) => this.#received(rinfo, message),
      notified: notification => this.#notified(notification),
      closed: ssl => {
        this.#closed(ssl)
        end()
      },
    }
  }

  /** The samples' clients trust everybody; here they insist on a certificate of the demo's authority. */
  #prepare(ctx: SSL_CTX): void {
    if (this.#role === 'client') {
      OPENSSL_assert(SSL_CTX_load_verify_file(ctx, 'certs/ca-cert.pem') === 1)
      SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    }
    watch_messages(ctx, this.#role, flown => {
      // Each message once, as it has been read.
      if (this.#progress.showing && flown.from !== this.#role) report({ ...flown, program: this.#play.program })
    })
  }

  #connected(ssl: SSL): void {
    this.#ssl = ssl
    // Who sends and reads in turn waits for acknowledgements otherwise.
    setsockopt(SSL_get_fd(ssl), IPPROTO_SCTP, SCTP_NODELAY, 1)
    if (this.#role === 'client' && this.#play.shown === 'handshake') report(describe_connection(ssl))
  }

  #received({ rcv_sid, rcv_ssn, rcv_tsn, rcv_flags }: bio_dgram_sctp_rcvinfo, { length }: Uint8Array): void {
    count(this.received, rcv_sid)
    this.#messages++
    const { program, shown } = this.#play
    // All messages of echo, and of discard the first of each stream.
    if (shown === 'handshake' || (shown === 'none' && this.received[rcv_sid] === 1)) {
      const unordered = (rcv_flags & SCTP_UNORDERED) !== 0
      const info = { stream: rcv_sid, ssn: rcv_ssn, tsn: rcv_tsn, unordered, length }
      report({ kind: 'arrived', program, role: this.#role, ...info })
    }
    if (shown === 'renegotiation' && this.#role === 'client' && this.#messages === RENEGOTIATION) {
      this.#progress.showing = true
      if (this.#ssl !== null) SSL_renegotiate_abbreviated(this.#ssl)
    }
  }

  #notified(notification: sctp_notification): void {
    if (this.#play.shown === 'handshake')
      report({ kind: 'notified', role: this.#role, text: notification_text(notification) })
  }

  #closed(ssl: SSL): void {
    const both = SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN
    this.clean = (SSL_get_shutdown(ssl) & both) === both
    this.renegotiations = SSL_total_renegotiations(ssl)
    this.resumed = SSL_session_reused(ssl) === 1
  }
}

function count(streams: number[], stream: number): void {
  while (streams.length <= stream) streams.push(0)
  streams[stream] = (streams[stream] ?? 0) + 1
}

function notification_text(notification: sctp_notification): string {
  switch (notification.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      const { sac_state, sac_inbound_streams, sac_outbound_streams } = notification.sn_assoc_change
      return `${STATES[sac_state] ?? `state ${sac_state}`}, ${sac_inbound_streams} streams in, ${sac_outbound_streams} out`
    }
    case SCTP_PEER_ADDR_CHANGE:
      return `an address of the peer: state ${notification.sn_paddr_change.spc_state}`
    case SCTP_SHUTDOWN_EVENT:
      return 'the peer shuts the association down'
    case SCTP_ADAPTATION_INDICATION:
      return `adaptation layer ${notification.sn_adaptation_event.sai_adaptation_ind}`
    case SCTP_SENDER_DRY_EVENT:
      return 'all that was sent is acknowledged'
    default:
      return `type ${notification.sn_type}`
  }
}

/** SCTP_COMM_UP and what follows it. */
const STATES = ['association up', 'association lost', 'association restarted', 'association over', 'no association']

/** An SCTP port that nobody has now. */
function free_port(): number {
  const fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)
  const address: sockaddr = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
  OPENSSL_assert(fd >= 0 && bind(fd, address) === 0 && getsockname(fd, address) === 0)
  close(fd)
  return ntohs(address.sin_port ?? 0)
}

function report(event: PartyEvent): void {
  process.send?.(event)
}

// Last in the file: the classes must be there.
for (const play of PLAYS) await perform(play)
