import {
  type BIO,
  BIO_CTRL_DGRAM_SCTP_GET_RCVINFO,
  BIO_ctrl,
  BIO_dgram_sctp_notification_cb,
  type bio_dgram_sctp_rcvinfo,
  type SSL,
  SSL_get_rbio,
} from 'openssl-shim/promises'
import {
  SCTP_ADAPTATION_INDICATION,
  SCTP_ASSOC_CHANGE,
  SCTP_EVENTS,
  SCTP_PEER_ADDR_CHANGE,
  SCTP_RECVRCVINFO,
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
  switch (notification.sn_type) {
    case SCTP_ASSOC_CHANGE: {
      const { sac_state, sac_outbound_streams, sac_inbound_streams } = notification.sn_assoc_change
      printf(
        `notification: association change, state ${sac_state}, ${sac_inbound_streams} streams in, ${sac_outbound_streams} out\n`,
      )
      break
    }
    case SCTP_PEER_ADDR_CHANGE:
      printf(`notification: address change, state ${notification.sn_paddr_change.spc_state}\n`)
      break
    case SCTP_SHUTDOWN_EVENT:
      printf('notification: the peer shuts down\n')
      break
    case SCTP_ADAPTATION_INDICATION:
      printf(`notification: adaptation layer ${notification.sn_adaptation_event.sai_adaptation_ind}\n`)
      break
  }
}
