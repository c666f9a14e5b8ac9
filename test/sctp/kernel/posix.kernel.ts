import { afterEach, expect, test } from '@jest/globals'
import * as sctp from '../../../lib/sctp.ts'
import * as posix from '../../../lib/socket.ts'
import { describeKernel } from './stage.ts'

const { AF_INET, AF_INET6, IPPROTO_SCTP, SOCK_SEQPACKET, SOCK_STREAM } = posix

const open: number[] = []
afterEach(() => {
  for (const fd of open.splice(0)) posix.close(fd)
})

function good(result: number): number {
  if (result < 0) throw new Error(posix.strerror(posix.errno()))
  return result
}

function kept(fd: number): number {
  open.push(good(fd))
  return fd
}

function loopback(sin_port = 0): posix.sockaddr {
  return { sin_family: AF_INET, sin_port, sin_addr: { s_addr: posix.htonl(posix.INADDR_LOOPBACK) } }
}

async function readable(fd: number): Promise<void> {
  const set: posix.fd_set = new Set()
  posix.FD_SET(fd, set)
  expect(await posix.select(fd + 1, set, null, null, { tv_sec: 20, tv_usec: 0 })).toBe(1)
}

/** As the C samples make them: options on the listener, which its associations inherit. */
function listener(type = SOCK_STREAM): { fd: number; at: posix.sockaddr } {
  const fd = kept(posix.socket(AF_INET, type, IPPROTO_SCTP))
  good(posix.setsockopt(fd, IPPROTO_SCTP, sctp.SCTP_RECVRCVINFO, 1))
  const events = {
    sctp_association_event: 1,
    sctp_address_event: 1,
    sctp_shutdown_event: 1,
    sctp_adaptation_layer_event: 1,
  }
  good(posix.setsockopt(fd, IPPROTO_SCTP, sctp.SCTP_EVENTS, events))
  good(posix.setsockopt(fd, IPPROTO_SCTP, sctp.SCTP_INITMSG, { sinit_num_ostreams: 16, sinit_max_instreams: 16 }))
  good(posix.bind(fd, loopback()))
  good(posix.listen(fd, 5))
  const at: posix.sockaddr = {}
  good(posix.getsockname(fd, at))
  return { fd, at }
}

async function connected(): Promise<{ client: number; server: number; at: posix.sockaddr }> {
  const { fd, at } = listener()
  const client = kept(posix.socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
  expect(posix.connect(client, at)).toBe(-1)
  expect(posix.errno()).toBe(posix.EINPROGRESS)
  const fds = [{ fd: client, events: posix.POLLOUT, revents: 0 }]
  expect(await posix.poll(fds, 1, 20_000)).toBe(1)
  const error = { value: -1 }
  good(posix.getsockopt(client, posix.SOL_SOCKET, posix.SO_ERROR, error))
  expect(error.value).toBe(0)
  await readable(fd)
  return { client, server: kept(posix.accept(fd)), at }
}

describeKernel("the socket calls as C's programs use them", () => {
  test('an echo with streams and notifications', async () => {
    const { client, server } = await connected()
    const buf = new Uint8Array(2000)
    const flags = { value: 0 }
    const info: Parameters<typeof sctp.sctp_recvv>[5] = { value: null }
    const infotype = { value: 0 }
    await readable(server)
    const length = good(sctp.sctp_recvv(server, buf, 1, null, 0, info, 0, infotype, flags))
    expect(flags.value).toBe(sctp.MSG_NOTIFICATION | sctp.MSG_EOR)
    expect([infotype.value, info.value]).toEqual([sctp.SCTP_RECVV_NOINFO, null])
    const notification = sctp.parseNotification(buf.subarray(0, length))
    expect(notification?.sn_type).toBe(sctp.SCTP_ASSOC_CHANGE)

    const pieces = [Buffer.from('two '), Buffer.from('pieces')]
    const sndinfo = { snd_sid: 3, snd_ppid: posix.htonl(47) }
    expect(sctp.sctp_sendv(client, pieces, 2, null, 0, sndinfo, 0, sctp.SCTP_SENDV_SNDINFO, 0)).toBe(10)
    await readable(server)
    flags.value = 0
    const from: posix.sockaddr = {}
    expect(
      sctp.sctp_recvv(server, [buf.subarray(0, 5), buf.subarray(5, 100)], 2, from, 0, info, 0, infotype, flags),
    ).toBe(10)
    expect(Buffer.from(buf.subarray(0, 10)).toString()).toBe('two pieces')
    expect(infotype.value).toBe(sctp.SCTP_RECVV_RCVINFO)
    expect(info.value).toMatchObject({ rcv_sid: 3, rcv_ppid: posix.htonl(47) })
    expect(from.sin_family).toBe(AF_INET)
    expect(posix.send(server, Buffer.from('back'))).toBe(4)
    await readable(client)
    expect(posix.recv(client, buf)).toBe(4)
    expect(posix.recv(client, buf)).toBe(-1)
    expect(posix.errno()).toBe(posix.EAGAIN)
  })

  test('all that sctp_sendv can be told, and the older calls', async () => {
    const { client, server } = await connected()
    const spa = {
      sendv_flags: sctp.SCTP_SEND_SNDINFO_VALID | sctp.SCTP_SEND_PRINFO_VALID,
      sendv_sndinfo: { snd_sid: 1, snd_flags: 0, snd_ppid: 1, snd_context: 0, snd_assoc_id: 0 },
      sendv_prinfo: { pr_policy: sctp.SCTP_PR_SCTP_TTL, pr_value: 5000 },
    }
    expect(sctp.sctp_sendv(client, Buffer.from('a'), 1, null, 0, spa, 0, sctp.SCTP_SENDV_SPA)).toBe(1)
    expect(sctp.sctp_sendv(client, Buffer.from('b'), 1, null, 0, null, 0, sctp.SCTP_SENDV_NOINFO)).toBe(1)
    expect(sctp.sctp_sendmsg(client, Buffer.from('cc'), 2, null, 0, 9, sctp.SCTP_UNORDERED, 2, 1000, 7)).toBe(2)
    expect(sctp.sctp_send(client, Buffer.from('dd'), 2, { sinfo_stream: 4 })).toBe(2)
    good(posix.setsockopt(server, IPPROTO_SCTP, sctp.SCTP_EVENTS, { sctp_data_io_event: 1 }))
    const streams: (number | undefined)[] = []
    const buf = new Uint8Array(100)
    while (streams.length < 4) {
      await readable(server)
      const sinfo: Partial<sctp.sctp_sndrcvinfo> = {}
      const flags = { value: 0 }
      good(sctp.sctp_recvmsg(server, buf, buf.length, null, 0, sinfo, flags))
      if ((flags.value & sctp.MSG_NOTIFICATION) === 0) streams.push(sinfo.sinfo_stream)
    }
    expect(streams.sort()).toEqual([0, 1, 2, 4])
  })

  test('options with their structs, and what other kinds of socket say to them', async () => {
    const { client } = await connected()
    const status: Partial<sctp.sctp_status> = {}
    good(sctp.sctp_opt_info(client, 0, sctp.SCTP_STATUS, status))
    expect(status).toMatchObject({ sstat_state: sctp.SCTP_ESTABLISHED, sstat_instrms: 16 })
    const rtoinfo: Partial<sctp.sctp_rtoinfo> = { srto_assoc_id: 0 }
    good(posix.getsockopt(client, IPPROTO_SCTP, sctp.SCTP_RTOINFO, rtoinfo))
    expect(rtoinfo.srto_initial).toBe(3000)
    good(posix.setsockopt(client, IPPROTO_SCTP, sctp.SCTP_NODELAY, 1))
    const nodelay = { value: 0 }
    good(posix.getsockopt(client, IPPROTO_SCTP, sctp.SCTP_NODELAY, nodelay))
    expect(nodelay.value).toBe(1)
    good(posix.setsockopt(client, IPPROTO_SCTP, sctp.SCTP_MAXSEG, 1000))
    expect(posix.setsockopt(client, IPPROTO_SCTP, sctp.SCTP_RTOINFO, 1)).toBe(-1)
    expect(posix.errno()).toBe(posix.EINVAL)
    good(posix.setsockopt(client, posix.SOL_SOCKET, posix.SO_LINGER, { l_onoff: 1, l_linger: 0 }))
    const linger = { l_onoff: 0, l_linger: 5 }
    good(posix.getsockopt(client, posix.SOL_SOCKET, posix.SO_LINGER, linger))
    expect(linger).toEqual({ l_onoff: 1, l_linger: 0 })
    const protocol = { value: 0 }
    good(posix.getsockopt(client, posix.SOL_SOCKET, posix.SO_PROTOCOL, protocol))
    expect(protocol.value).toBe(IPPROTO_SCTP)
    const udp = kept(posix.socket(AF_INET, posix.SOCK_DGRAM))
    expect(posix.setsockopt(udp, IPPROTO_SCTP, sctp.SCTP_NODELAY, 1)).toBe(-1)
    expect(posix.errno()).toBe(posix.ENOPROTOOPT)
    expect(sctp.sctp_bindx(udp, [loopback()], 1, sctp.SCTP_BINDX_ADD_ADDR)).toBe(-1)
    expect(posix.errno()).toBe(posix.EOPNOTSUPP)
  })

  test('addresses', async () => {
    const { client, server, at } = await connected()
    const addrs: { value: posix.sockaddr[] } = { value: [] }
    expect(sctp.sctp_getladdrs(server, 0, addrs)).toBe(1)
    expect(addrs.value).toEqual([expect.objectContaining({ sin_port: at.sin_port })])
    expect(sctp.sctp_getpaddrs(client, 0, addrs)).toBe(1)
    expect(addrs.value).toEqual([expect.objectContaining({ sin_port: at.sin_port })])
    sctp.sctp_freepaddrs(addrs.value)
    sctp.sctp_freeladdrs(addrs.value)
    const peer: posix.sockaddr = {}
    good(posix.getpeername(client, peer))
    expect(peer.sin_port).toBe(at.sin_port)
    expect([sctp.sctp_getaddrlen(AF_INET), sctp.sctp_getaddrlen(AF_INET6), sctp.sctp_getaddrlen(1)]).toEqual([
      16, 28, -1,
    ])
    const fd = kept(posix.socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))
    good(sctp.sctp_bindx(fd, [loopback()], 1, sctp.SCTP_BINDX_ADD_ADDR))
    expect(sctp.sctp_connectx(fd, [at], 1)).toBe(-1)
    expect(posix.errno()).toBe(posix.EINPROGRESS)
    expect(() => sctp.sctp_connectx(fd, [at], 2)).toThrow('addrcnt')
  })

  test('one to many: an association is found by its peer, and peeled off', async () => {
    const { fd, at } = listener(SOCK_SEQPACKET)
    const client = kept(posix.socket(AF_INET, SOCK_SEQPACKET))
    expect(posix.sendto(client, Buffer.from('hello'), 5, 0, at)).toBe(5)
    const buf = new Uint8Array(100)
    const flags = { value: 0 }
    const from: posix.sockaddr = {}
    do {
      await readable(fd)
      flags.value = 0
      good(sctp.sctp_recvv(fd, buf, 1, from, 0, null, 0, null, flags))
    } while ((flags.value & sctp.MSG_NOTIFICATION) !== 0)
    const id = sctp.sctp_getassocid(fd, from)
    expect(id).toBeGreaterThan(0)
    const peeled = kept(sctp.sctp_peeloff(fd, id))
    expect(posix.send(peeled, Buffer.from('alone'))).toBe(5)
    await readable(client)
    expect(posix.recv(client, buf)).toBe(5)
    expect(sctp.sctp_peeloff(fd, id)).toBe(-1)
    expect(posix.errno()).toBe(posix.EINVAL)
    good(posix.shutdown(peeled, posix.SHUT_WR))
  })
})
