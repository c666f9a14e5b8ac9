/**
 * One side of the demo, a process of its own: the ported dtls_udp_echo, with callbacks that report what happens.
 * Arguments: role, port, number of messages. The working directory has the certificates.
 */
import {
  ERR_print_errors_fp,
  OPENSSL_assert,
  type SSL_CTX,
  SSL_CTX_get0_param,
  SSL_CTX_load_verify_file,
  SSL_CTX_set_verify,
  SSL_get_shutdown,
  SSL_RECEIVED_SHUTDOWN,
  SSL_SENT_SHUTDOWN,
  SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
  SSL_VERIFY_PEER,
  X509_VERIFY_PARAM_set1_ip_asc,
} from 'openssl-shim'
import { DEFAULTS } from '../samples/common/options.ts'
import type { Watch } from '../samples/common/watch.ts'
import { start_client, start_server } from '../samples/dtls_udp_echo.ts'
import type { PartyEvent, Role } from './events.ts'
import { describe_connection, watch_messages } from './reports.ts'

const HOST = '127.0.0.1'
/** Milliseconds between two reports. */
const REPORT_INTERVAL = 100

const [, , role, port, messagenumber] = process.argv
process.exitCode = await play(role === 'server' ? 'server' : 'client')

async function play(role: Role): Promise<number> {
  const options = { ...DEFAULTS, port: Number(port), messagenumber: Number(messagenumber) }
  const watch = watching(role)
  const code =
    role === 'server'
      ? await start_server({ ...options, local_address: HOST }, watch)
      : await start_client({ ...options, remote_address: HOST }, watch)
  if (code !== 0) ERR_print_errors_fp(process.stderr)
  // Nothing more will be said, and the channel would keep the process alive.
  process.disconnect?.()
  return code
}

function watching(role: Role): Watch {
  let count = 0
  let begun = 0
  let reported = 0
  const report_progress = () => {
    reported = performance.now()
    report({ kind: 'exchanged', count, elapsed: reported - begun })
  }
  return {
    prepared: ctx => prepare(ctx, role),
    listening: () => report({ kind: 'listening' }),
    connected(ssl) {
      report(describe_connection(ssl))
      begun = reported = performance.now()
    },
    exchanged() {
      count++
      if (performance.now() - reported >= REPORT_INTERVAL) report_progress()
    },
    closed(ssl) {
      if (role === 'client') report_progress()
      const both = SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN
      report({ kind: 'closed', clean: (SSL_get_shutdown(ssl) & both) === both })
    },
  }
}

/** The samples trust everybody; here each side insists on a certificate of the demo's authority. */
function prepare(ctx: SSL_CTX, role: Role): void {
  OPENSSL_assert(SSL_CTX_load_verify_file(ctx, 'certs/ca-cert.pem') === 1)
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
  if (role === 'client') X509_VERIFY_PARAM_set1_ip_asc(SSL_CTX_get0_param(ctx), HOST)
  watch_messages(ctx, role, report)
}

function report(event: PartyEvent): void {
  process.send?.(event)
}
