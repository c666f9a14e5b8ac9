import {
  type BIO,
  BIO_ADDR_hostname_string,
  BIO_CTRL_DGRAM_SCTP_GET_RCVINFO,
  BIO_CTRL_DGRAM_SCTP_GET_SNDINFO,
  BIO_ctrl,
  BIO_dgram_sctp_notification_cb,
  type bio_dgram_sctp_rcvinfo,
  type bio_dgram_sctp_sndinfo,
  type SSL,
  SSL_get_rbio,
  SSL_get_wbio,
} from 'openssl-shim/promises'
import {
  SCTP_ADAPTATION_INDICATION,
  SCTP_ASSOC_CHANGE,
  SCTP_EVENTS,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_RECVRCVINFO,
  SCTP_SENDER_DRY_EVENT,
  SCTP_SHUTDOWN_EVENT,
  type sctp_notification,
} from 'openssl-shim/sctp'
import {
  AF_INET6,
  bind,
  close,
  IPPROTO_IPV6,
  IPPROTO_SCTP,
  IPV6_V6ONLY,
  SOCK_STREAM,
  setsockopt,
  type sockaddr,
  socket,
} from 'openssl-shim/socket'
import { bio_addr } from './address.ts'
import type { Options } from './options.ts'
import { perror, printf } from './print.ts'
import type { Watch } from './watch.ts'

/** A one-to-one SCTP socket with the events that the C samples ask for, bound when there is an address. */
export function sctp_socket(family: number, local_addr: sockaddr | null, options: Options, watch: Watch): number {
  const fd = socket(family, SOCK_STREAM, IPPROTO_SCTP)
  if (fd < 0) {
    perror('socket')
    return -1
  }
  if (family === AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
  if (options.verbose || watch.notified) {
    const on = 1
    setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, {
      sctp_association_event: on,
      sctp_address_event: on,
      sctp_shutdown_event: on,
      sctp_adaptation_layer_event: on,
    })
  }
  setsockopt(fd, IPPROTO_SCTP, SCTP_RECVRCVINFO, 1)
  if (local_addr === null || bind(fd, local_addr) === 0) return fd
  perror('bind')
  close(fd)
  return -1
}

/** How the message that is written next goes. */
export function sndinfo(ssl: SSL): bio_dgram_sctp_sndinfo {
  const sinfo = { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
  BIO_ctrl(SSL_get_wbio(ssl), BIO_CTRL_DGRAM_SCTP_GET_SNDINFO, 0, sinfo)
  return sinfo
}

/** How the message that was read last has come. */
export function rcvinfo(ssl: SSL): bio_dgram_sctp_rcvinfo {
  const rinfo = { rcv_sid: 0, rcv_ssn: 0, rcv_flags: 0, rcv_ppid: 0, rcv_tsn: 0, rcv_cumtsn: 0, rcv_context: 0 }
  BIO_ctrl(SSL_get_rbio(ssl), BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 0, rinfo)
  return rinfo
}

/** Has the notifications of a connection printed, with -V, and told to the watch. */
export function handle_notifications(bio: BIO, options: Options, watch: Watch): void {
  if (!options.veryverbose && !watch.notified) return
  const handler = (_bio: BIO, _context: unknown, notification: sctp_notification) => {
    if (options.veryverbose) print_notification(notification)
    watch.notified?.(notification)
  }
  BIO_dgram_sctp_notification_cb(bio, handler, null)
}

function print_notification(notification: sctp_notification): void {
  printf(`NOTIFICATION: ${described(notification)}\n`)
}

/** In the words of the C programs. */
function described(notification: sctp_notification): string {
  switch (notification.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      const { sac_state, sac_error, sac_inbound_streams, sac_outbound_streams } = notification.sn_assoc_change
      return `assoc_change: state=${sac_state}, error=${sac_error}, instr=${sac_inbound_streams} outstr=${sac_outbound_streams}`
    }
    case SCTP_PEER_ADDR_CHANGE: {
      const { spc_aaddr, spc_state, spc_error } = notification.sn_paddr_change
      const address = BIO_ADDR_hostname_string(bio_addr(spc_aaddr), 1)
      return `intf_change: ${address} state=${spc_state}, error=${spc_error}`
    }
    case SCTP_SHUTDOWN_EVENT:
      return 'shutdown event'
    case SCTP_ADAPTATION_INDICATION:
      return 'adaptation event'
    case SCTP_SENDER_DRY_EVENT:
      return 'sender dry event'
    default:
      return `unknown type: ${notification.sn_type}`
  }
}
