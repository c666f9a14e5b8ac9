import type { BIO } from 'openssl-shim/promises'
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

/** A one-to-one SCTP socket with the events that the C samples ask for, bound when there is an address. */
export function sctp_socket(family: number, local_addr: sockaddr | null, options: Options): number {
  const fd = socket(family, SOCK_STREAM, IPPROTO_SCTP)
  if (fd < 0) {
    perror('socket')
    return -1
  }
  if (family === AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
  if (options.verbose) {
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

/** Prints the notifications of a connection, with -V. */
export function handle_notifications(_bio: BIO, _context: unknown, notification: sctp_notification): void {
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
