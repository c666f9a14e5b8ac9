import { setTimeout as sleep } from 'node:timers/promises'
import * as O from '../../../lib/index.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { present, socketOf } from './ends.ts'
import { accepted, connected, ended, newBio, readable, Sockets, subscribe } from './transcript.ts'

/**
 * The calls of the BIO in each state of an association, as test/sctp/kernel/openssl-transcript.c makes them: what this library
 * prints where that prints what libssl does.
 */
export async function bioTranscript(provider: SctpProvider): Promise<string[]> {
  const t = new Transcript()
  P.setErrno(0)
  const sockets = new Sockets(provider)
  const { listener, address } = sockets.listening(5)
  let c = sockets.open(3)
  let client = newBio(c)
  t.tell('callback NULL', client, O.BIO_dgram_sctp_notification_cb(client, null, null))
  t.tell('callback', client, O.BIO_dgram_sctp_notification_cb(client, t.notified, 'client'))
  t.tell('is SCTP', client, O.BIO_dgram_is_sctp(client))
  t.tell('type', client, O.BIO_method_type(client))
  t.say(`${O.BIO_method_name(client)}`)
  t.probe(client, 'BEFORE CONNECT')
  t.tell('NEXT_AUTH_KEY', client, O.BIO_ctrl(client, O.BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY, 0, null))
  t.tell('gets', client, O.BIO_gets(client, Buffer.alloc(10), 10))

  subscribe(c)
  await connected(c, address)
  let s = await accepted(listener)
  let server = newBio(s)
  O.BIO_dgram_sctp_notification_cb(server, t.notified, 'server')
  t.probeAssociated(client, 'CONNECTED, the client')
  t.probeAssociated(server, 'CONNECTED, the server')
  t.read('client', client, 100)
  for (let i = 0; i < 2; i++)
    t.tell('GET_RECV_TIMER_EXP', client, O.BIO_ctrl(client, O.BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP, 0))

  t.say('MESSAGES')
  t.setSndinfo(client, 2, S.SCTP_UNORDERED, 77)
  t.write('client', client, 23, 50)
  await readable(s)
  t.tell('MSG_WAITING', server, O.BIO_dgram_sctp_msg_waiting(server))
  t.read('server', server, 100)
  t.tell('MSG_WAITING', server, O.BIO_dgram_sctp_msg_waiting(server))
  for (const [type, length, room] of [
    [22, 50, 100],
    [21, 16397, 20000],
    [23, 1, 20000],
  ] as const) {
    t.write('client', client, type, length)
    await readable(s)
    t.read('server', server, room)
  }
  await t.dry('client', client)
  t.setSndinfo(client, 3, 0, 0)
  t.write('client', client, 23, 50)
  t.write('client', client, 22, 50)
  await readable(s)
  t.read('server', server, 100)
  t.say('LONGER THAN THE BUFFER')
  t.write('client', client, 22, 60)
  await readable(s)
  t.read('server', server, 20)
  await t.dry('client', client)

  t.say('AFTER SAVE_SHUTDOWN')
  t.setSndinfo(client, 0, 0, 0)
  t.tell('SAVE_SHUTDOWN', client, O.BIO_ctrl(client, O.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 1))
  await t.dry('client', client)
  t.write('client', client, 21, 30)
  t.tell('SAVE_SHUTDOWN', client, O.BIO_ctrl(client, O.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 0))
  await readable(s)
  t.read('server', server, 100)

  t.say('KEYS')
  t.keys('client', client, c)
  t.keys('server', server, s)
  t.write('client', client, 23, 10)
  await readable(s)
  t.read('server', server, 100)

  t.say("AFTER THE PEER'S SHUTDOWN")
  await t.dry('client', client)
  await t.dry('server', server)
  P.shutdown(c, P.SHUT_WR)
  await ended(s)
  t.read('server', server, 100)
  t.read('server', server, 100)
  t.write('server', server, 23, 10)
  t.write('server', server, 22, 10)
  t.probeAssociated(server, 'AFTER THE SHUTDOWN, the server')
  t.write('client', client, 23, 10)
  O.BIO_free(client)
  O.BIO_free(server)
  P.close(c)
  P.close(s)

  t.say('AFTER AN ABORT')
  c = sockets.open(3)
  subscribe(c)
  client = newBio(c)
  await connected(c, address)
  O.BIO_dgram_sctp_notification_cb(client, t.notified, 'client')
  s = await accepted(listener)
  server = newBio(s)
  O.BIO_dgram_sctp_notification_cb(server, t.notified, 'server')
  t.tell('MSG_WAITING', server, O.BIO_dgram_sctp_msg_waiting(server))
  O.BIO_free(newBio(s))
  t.write('client', client, 23, 10)
  await readable(s)
  t.read('server', server, 100)
  socketOf(c).setLinger(0)
  P.close(c)
  await ended(s)
  t.read('server', server, 100)
  t.write('server', server, 23, 10)
  t.tell('MSG_WAITING', server, O.BIO_dgram_sctp_msg_waiting(server))

  t.say('AFTER CLOSE')
  P.close(s)
  t.tell('read', server, O.BIO_read(server, Buffer.alloc(10), 10))
  t.write('server', server, 23, 10)
  t.tell('MSG_WAITING', server, O.BIO_dgram_sctp_msg_waiting(server))
  t.tell('WAIT_FOR_DRY', server, O.BIO_dgram_sctp_wait_for_dry(server))
  t.tell('SET_IN_HANDSHAKE', server, O.BIO_ctrl(server, O.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 1))
  const key = new Uint8Array(64)
  t.tell('ADD_AUTH_KEY', server, O.BIO_ctrl(server, O.BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY, 64, key))
  t.tell('AUTH_CCS_RCVD', server, O.BIO_ctrl(server, O.BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD, 0))
  O.BIO_free(server)

  t.say('NO SCTP SOCKET')
  c = P.socket(P.AF_INET, P.SOCK_DGRAM)
  t.tell('BIO_new_dgram_sctp', null, Number(O.BIO_new_dgram_sctp(c, O.BIO_NOCLOSE) !== null))
  t.tell('BIO_new_dgram_sctp', null, Number(O.BIO_new_dgram_sctp(12345, O.BIO_NOCLOSE) !== null))
  P.close(c)
  client = present(O.BIO_new(O.BIO_s_datagram_sctp()))
  t.tell('GET_FD', client, O.BIO_get_fd(client, null))
  t.tell('read', client, O.BIO_read(client, Buffer.alloc(10), 10))
  O.BIO_free(client)

  t.say('A SOCKET THAT WAS CONNECTED WITHOUT')
  c = sockets.open(3)
  await connected(c, address)
  s = await accepted(listener)
  t.tell('BIO_new_dgram_sctp', null, Number(O.BIO_new_dgram_sctp(c, O.BIO_NOCLOSE) !== null))
  server = newBio(s)
  socketOf(c).sendmsg(Buffer.from('message'))
  await readable(s)
  t.tell('read', server, O.BIO_read(server, Buffer.alloc(10), 10))
  O.BIO_free(server)
  for (const fd of [c, s, listener]) P.close(fd)
  return t.lines
}

class Transcript {
  readonly lines: string[] = []
  #quiet = false

  say(line: string): void {
    this.lines.push(line)
  }

  /** A call's result, and what it leaves behind. errno counts where a call fails. */
  tell(what: string, bio: O.BIO | null, result: number): void {
    const number = P.errno()
    let line = `${what}: ${result}`
    if (result < 0 && number !== 0) line += ` errno ${number}`
    if (bio !== null && O.BIO_should_read(bio)) line += ' should read'
    if (bio !== null && O.BIO_should_write(bio)) line += ' should write'
    for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error())
      line += ` error ${O.ERR_GET_LIB(code)}:${O.ERR_GET_REASON(code)}`
    this.say(line)
    if (bio !== null) O.BIO_clear_retry_flags(bio)
    P.setErrno(0)
  }

  readonly notified: O.BIO_dgram_sctp_notification_handler_fn = (_, context, notification) => {
    const type = notification.sn_type
    if (this.#quiet && type === S.SCTP_SENDER_DRY_EVENT) return
    const { sn_flags, sn_length } = notification.sn_header
    let line = `  ${context} hears of ${type.toString(16)}, flags ${sn_flags}, length ${sn_length}`
    if (type === S.SCTP_ASSOC_CHANGE) {
      const { sac_state, sac_error, sac_outbound_streams, sac_inbound_streams } = notification.sn_assoc_change
      line += `, state ${sac_state}, error ${sac_error}`
      if (sac_state === S.SCTP_COMM_UP) line += `, streams ${sac_outbound_streams} out, ${sac_inbound_streams} in`
    }
    this.say(line)
  }

  /** Every command that may be given at any time. */
  probe(bio: O.BIO, when: string): void {
    this.say(when)
    for (const [name, command, argument = 0] of COMMANDS) this.tell(name, bio, O.BIO_ctrl(bio, command, argument, null))
    const fd = { value: -1 }
    this.tell('GET_FD', bio, Number(O.BIO_get_fd(bio, fd) === fd.value))
    const time = { tv_sec: 0, tv_usec: 0 }
    this.tell('SET_NEXT_TIMEOUT', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT, 0, time))
    this.tell('GET_RECV_TIMEOUT', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_GET_RECV_TIMEOUT, 0, time))
    this.tell('GET_SEND_TIMEOUT', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_GET_SEND_TIMEOUT, 0, time))
    const snd = { snd_sid: 0, snd_flags: 0, snd_ppid: 0, snd_context: 0 }
    this.tell('GET_SNDINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_GET_SNDINFO, 12, snd))
    this.say(`sndinfo ${snd.snd_sid} ${snd.snd_flags} ${snd.snd_ppid} ${snd.snd_context}`)
    this.tell('SET_SNDINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 12, snd))
    const rcv = { rcv_sid: 0, rcv_flags: 0, rcv_ppid: 0, rcv_context: 0 }
    this.tell('GET_RCVINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 24, rcv))
    this.say(`rcvinfo ${rcv.rcv_sid} ${rcv.rcv_flags} ${rcv.rcv_ppid} ${rcv.rcv_context}`)
    this.tell('SET_RCVINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_SET_RCVINFO, 24, rcv))
    const pr = { pr_policy: 0, pr_value: 0 }
    this.tell('GET_PRINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_GET_PRINFO, 8, pr))
    this.say(`prinfo ${pr.pr_policy} ${pr.pr_value}`)
    this.tell('SET_PRINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_SET_PRINFO, 8, pr))
    this.tell('MSG_WAITING', bio, O.BIO_dgram_sctp_msg_waiting(bio))
  }

  probeAssociated(bio: O.BIO, when: string): void {
    this.probe(bio, when)
    this.tell('WAIT_FOR_DRY', bio, O.BIO_dgram_sctp_wait_for_dry(bio))
  }

  read(who: string, bio: O.BIO, length: number): void {
    const buf = Buffer.alloc(32768)
    const result = O.BIO_read(bio, buf, length)
    this.tell(`${who} reads up to ${length}`, bio, result)
    const info = { rcv_sid: 0, rcv_flags: 0, rcv_ppid: 0, rcv_context: 0 }
    O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_GET_RCVINFO, 24, info)
    const bytes = [...buf.subarray(0, Math.max(0, Math.min(result, 4)))].map(byte => ` ${byte.toString(16)}`).join('')
    const flags = info.rcv_flags & ~S.SCTP_SACK_IMMEDIATELY
    this.say(`rcvinfo ${info.rcv_sid} ${flags} ${info.rcv_ppid} ${info.rcv_context}${bytes}`)
  }

  write(who: string, bio: O.BIO, type: number, length: number): void {
    const result = O.BIO_write(bio, Buffer.alloc(length, type), length)
    this.tell(`${who} writes ${length} of type ${type}`, bio, result)
  }

  async dry(who: string, bio: O.BIO): Promise<void> {
    this.#quiet = true
    let result = 0
    while ((result = O.BIO_dgram_sctp_wait_for_dry(bio)) === 0) await sleep(10)
    this.#quiet = false
    this.say(`${who} dry: ${result}`)
  }

  setSndinfo(bio: O.BIO, snd_sid: number, snd_flags: number, snd_ppid: number): void {
    const info = { snd_sid, snd_flags, snd_ppid, snd_context: 0 }
    this.tell('SET_SNDINFO', bio, O.BIO_ctrl(bio, O.BIO_CTRL_DGRAM_SCTP_SET_SNDINFO, 12, info))
  }

  keys(who: string, bio: O.BIO, fd: number): void {
    for (const [name, command] of KEY_COMMANDS) {
      this.tell(name, bio, O.BIO_ctrl(bio, command, 64, new Uint8Array(64).fill(7)))
      const active = socketOf(fd).getOption(S.SCTP_AUTH_ACTIVE_KEY)
      this.say(`${who} uses key ${typeof active === 'number' ? -1 : active.scact_keynumber}`)
    }
  }
}

const COMMANDS: readonly (readonly [name: string, command: number, argument?: number])[] = [
  ['RESET', O.BIO_CTRL_RESET],
  ['EOF', O.BIO_CTRL_EOF],
  ['INFO', O.BIO_CTRL_INFO],
  ['PUSH', O.BIO_CTRL_PUSH],
  ['POP', O.BIO_CTRL_POP],
  ['GET_CLOSE', O.BIO_CTRL_GET_CLOSE],
  ['PENDING', O.BIO_CTRL_PENDING],
  ['FLUSH', O.BIO_CTRL_FLUSH],
  ['DUP', O.BIO_CTRL_DUP],
  ['WPENDING', O.BIO_CTRL_WPENDING],
  ['SEEK', O.BIO_C_FILE_SEEK],
  ['TELL', O.BIO_C_FILE_TELL],
  ['GET_MTU', O.BIO_CTRL_DGRAM_GET_MTU],
  ['QUERY_MTU', O.BIO_CTRL_DGRAM_QUERY_MTU],
  ['SET_MTU', O.BIO_CTRL_DGRAM_SET_MTU, 500],
  ['GET_MTU', O.BIO_CTRL_DGRAM_GET_MTU],
  ['MTU_EXCEEDED', O.BIO_CTRL_DGRAM_MTU_EXCEEDED],
  ['GET_MTU_OVERHEAD', O.BIO_CTRL_DGRAM_GET_MTU_OVERHEAD],
  ['SET_CONNECTED', O.BIO_CTRL_DGRAM_SET_CONNECTED],
  ['CONNECT', O.BIO_CTRL_DGRAM_CONNECT],
  ['SET_DONT_FRAG', O.BIO_CTRL_DGRAM_SET_DONT_FRAG, 1],
  ['GET_RECV_TIMER_EXP', O.BIO_CTRL_DGRAM_GET_RECV_TIMER_EXP],
  ['GET_SEND_TIMER_EXP', O.BIO_CTRL_DGRAM_GET_SEND_TIMER_EXP],
  ['SET_IN_HANDSHAKE on', O.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE, 1],
  ['SET_IN_HANDSHAKE off', O.BIO_CTRL_DGRAM_SCTP_SET_IN_HANDSHAKE],
  ['SAVE_SHUTDOWN on', O.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN, 1],
  ['SAVE_SHUTDOWN off', O.BIO_CTRL_DGRAM_SCTP_SAVE_SHUTDOWN],
  ['unknown', 9999],
]

const [ADD, NEXT, RECEIVED] = [
  ['ADD_AUTH_KEY', O.BIO_CTRL_DGRAM_SCTP_ADD_AUTH_KEY],
  ['NEXT_AUTH_KEY', O.BIO_CTRL_DGRAM_SCTP_NEXT_AUTH_KEY],
  ['AUTH_CCS_RCVD', O.BIO_CTRL_DGRAM_SCTP_AUTH_CCS_RCVD],
] as const
const KEY_COMMANDS = [ADD, NEXT, RECEIVED, ADD, RECEIVED, NEXT]
