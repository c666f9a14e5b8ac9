import { describe, expect, test } from '@jest/globals'
import { ipOf } from '../../../lib/base/sockaddr.ts'
import * as sctp from '../../../lib/sctp/api/index.ts'
import { SO_RCVBUF, SO_REUSEADDR, SO_SNDBUF, SOL_SOCKET } from '../../../lib/transport/posix/constants.ts'
import type { SctpSocket } from '../../../lib/transport/sctp/provider.ts'
import { eventually, good, ip, many, named, readText, type Stage, send } from './stage.ts'

type Options = sctp.SctpOptions

/** An option that is set, read again, and found as it was set. */
function kept<Name extends sctp.SctpOption>(
  socket: SctpSocket,
  name: Name,
  value: Partial<Options[Name]>,
  request?: Partial<Options[Name]>,
): void {
  expect(named(socket.setOption(name, value))).toBe(0)
  expect(good(socket.getOption(name, request))).toMatchObject(value)
}

export function optionsChapter({ made, pair, testWith }: Stage): void {
  describe('options of a socket', () => {
    test('numbers', () => {
      const socket = made()
      for (const name of [
        sctp.SCTP_NODELAY,
        sctp.SCTP_DISABLE_FRAGMENTS,
        sctp.SCTP_RECVRCVINFO,
        sctp.SCTP_RECVNXTINFO,
        sctp.SCTP_FRAGMENT_INTERLEAVE,
      ] as const) {
        kept(socket, name, { value: 1 })
        kept(socket, name, { value: 0 })
      }
      kept(socket, sctp.SCTP_I_WANT_MAPPED_V4_ADDR, { value: 0 })
      kept(socket, sctp.SCTP_PARTIAL_DELIVERY_POINT, { value: 20_000 })
      expect(named(socket.setOption(sctp.SCTP_PARTIAL_DELIVERY_POINT, { value: 1 << 24 }))).toBe('EINVAL')
      kept(socket, sctp.SCTP_ADAPTATION_LAYER, { ssb_adaptation_ind: 0xfedcba98 })
      expect(named(socket.setOption(sctp.SCTP_AUTOCLOSE, { value: 5 }))).toBe('EOPNOTSUPP')
      kept(made(many), sctp.SCTP_AUTOCLOSE, { value: 5 })
    })

    testWith('shared ports', 'a port may be shared', () => kept(made(), sctp.SCTP_REUSE_PORT, { value: 1 }))

    testWith('reconfigured', 'addresses that come and go', () => {
      kept(made(), sctp.SCTP_ASCONF_SUPPORTED, { assoc_value: 1 })
    })

    testWith('automatic addresses', "addresses that come and go with the machine's", () => {
      const wild = made()
      expect(named(wild.bind(ip('0.0.0.0')))).toBe(0)
      kept(wild, sctp.SCTP_AUTO_ASCONF, { value: 1 })
    })

    testWith('schedulers', 'stream schedulers', () => {
      const socket = made()
      for (const assoc_value of [sctp.SCTP_SS_RR, sctp.SCTP_SS_PRIO, sctp.SCTP_SS_FCFS])
        kept(socket, sctp.SCTP_STREAM_SCHEDULER, { assoc_value })
      expect(named(socket.setOption(sctp.SCTP_STREAM_SCHEDULER, { assoc_value: 99 }))).toBe('EINVAL')
    })

    testWith('potentially failed', 'thresholds of paths', () => {
      const socket = made()
      kept(socket, sctp.SCTP_EXPOSE_PF_STATE, { assoc_value: 2 })
      kept(socket, sctp.SCTP_PEER_ADDR_THLDS, { spt_pathmaxrxt: 4, spt_pathpfthld: 2 })
    })

    testWith('primary switch', 'thresholds of paths, with that for another primary one', () => {
      kept(made(), sctp.SCTP_PEER_ADDR_THLDS_V2, { spt_pathmaxrxt: 4, spt_pathpfthld: 2, spt_pathcpthld: 3 })
    })

    testWith('congestion', 'congestion told by routers', () => {
      const socket = made()
      for (const assoc_value of [0, 1]) kept(socket, sctp.SCTP_ECN_SUPPORTED, { assoc_value })
    })

    testWith('interleaving', 'interleaving', () => {
      const socket = made()
      expect(named(socket.setOption(sctp.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 }))).toBe('EPERM')
      kept(socket, sctp.SCTP_FRAGMENT_INTERLEAVE, { value: 1 })
      kept(socket, sctp.SCTP_INTERLEAVING_SUPPORTED, { assoc_value: 1 })
    })

    testWith('path MTU', 'probes of the path', () => {
      kept(made(), sctp.SCTP_PLPMTUD_PROBE_INTERVAL, { spi_interval: 6000 })
    })

    test('defaults of associations', () => {
      const socket = made()
      kept(socket, sctp.SCTP_RTOINFO, { srto_initial: 2000, srto_max: 5000, srto_min: 500 })
      kept(socket, sctp.SCTP_ASSOCINFO, { sasoc_asocmaxrxt: 7, sasoc_cookie_life: 30_000 })
      const initmsg = {
        sinit_num_ostreams: 20,
        sinit_max_instreams: 30,
        sinit_max_attempts: 3,
        sinit_max_init_timeo: 9000,
      }
      kept(socket, sctp.SCTP_INITMSG, initmsg)
      kept(socket, sctp.SCTP_MAXSEG, { assoc_value: 900 })
      kept(socket, sctp.SCTP_CONTEXT, { assoc_value: 0xcafe })
      kept(socket, sctp.SCTP_MAX_BURST, { assoc_value: 9 })
      kept(socket, sctp.SCTP_DELAYED_SACK, { sack_delay: 100, sack_freq: 3 })
      kept(socket, sctp.SCTP_DEFAULT_SNDINFO, {
        snd_sid: 2,
        snd_flags: sctp.SCTP_UNORDERED,
        snd_ppid: 5,
        snd_context: 6,
      })
      kept(socket, sctp.SCTP_DEFAULT_SEND_PARAM, { sinfo_stream: 3, sinfo_ppid: 9, sinfo_context: 4 })
      kept(socket, sctp.SCTP_DEFAULT_PRINFO, { pr_policy: sctp.SCTP_PR_SCTP_RTX, pr_value: 2 })
      kept(socket, sctp.SCTP_ENABLE_STREAM_RESET, { assoc_value: sctp.SCTP_ENABLE_STRRESET_MASK })
      kept(socket, sctp.SCTP_PR_SUPPORTED, { assoc_value: 1 })
      kept(socket, sctp.SCTP_RECONFIG_SUPPORTED, { assoc_value: 0 })
      kept(socket, sctp.SCTP_AUTH_SUPPORTED, { assoc_value: 1 })
      const { SCTP_AUTH_HMAC_ID_SHA1, SCTP_AUTH_HMAC_ID_SHA256 } = sctp
      kept(socket, sctp.SCTP_HMAC_IDENT, { shmac_idents: [SCTP_AUTH_HMAC_ID_SHA256, SCTP_AUTH_HMAC_ID_SHA1] })
      kept(socket, sctp.SCTP_REMOTE_UDP_ENCAPS_PORT, { sue_port: 0xab26 })
      const flags = sctp.SPP_HB_ENABLE | sctp.SPP_PMTUD_DISABLE | sctp.SPP_SACKDELAY_ENABLE
      const paths = { spp_hbinterval: 4000, spp_pathmaxrxt: 3, spp_pathmtu: 1200, spp_sackdelay: 150 }
      expect(named(socket.setOption(sctp.SCTP_PEER_ADDR_PARAMS, { ...paths, spp_flags: flags }))).toBe(0)
      expect(good(socket.getOption(sctp.SCTP_PEER_ADDR_PARAMS))).toMatchObject(paths)
    })

    test('events, each by itself and all at once', () => {
      const socket = made()
      for (let se_type = sctp.SCTP_DATA_IO_EVENT; se_type <= sctp.SCTP_SEND_FAILED_EVENT; se_type++) {
        expect(named(socket.setOption(sctp.SCTP_EVENT, { se_type, se_on: 1 }))).toBe(0)
        expect(good(socket.getOption(sctp.SCTP_EVENT, { se_type })).se_on).toBe(1)
      }
      const all = good(socket.getOption(sctp.SCTP_EVENTS))
      expect(Object.values(all)).toEqual(Object.values(all).map(() => 1))
      expect(Object.keys(all)).toHaveLength(14)
      kept(socket, sctp.SCTP_EVENTS, { sctp_association_event: 1, sctp_shutdown_event: 0 })
      expect(good(socket.getOption(sctp.SCTP_EVENT, { se_type: sctp.SCTP_SENDER_DRY_EVENT })).se_on).toBe(0)
      expect(named(socket.setOption(sctp.SCTP_EVENT, { se_type: 0x80ff, se_on: 1 }))).toBe('EINVAL')
    })

    test('of other levels', () => {
      const socket = made()
      expect(named(socket.setInteger(SOL_SOCKET, SO_RCVBUF, 100_000))).toBe(0)
      expect(good(socket.getInteger(SOL_SOCKET, SO_RCVBUF)).value).toBe(200_000)
      expect(named(socket.setInteger(SOL_SOCKET, SO_SNDBUF, 50_000))).toBe(0)
      expect(good(socket.getInteger(SOL_SOCKET, SO_SNDBUF)).value).toBe(100_000)
      expect(named(socket.setInteger(SOL_SOCKET, SO_REUSEADDR, 1))).toBe(0)
      expect(good(socket.getInteger(SOL_SOCKET, SO_REUSEADDR)).value).toBe(1)
      expect(named(socket.setInteger(SOL_SOCKET, 9999, 1))).toBe('ENOPROTOOPT')
      expect(good(socket.getLinger())).toEqual({ seconds: null })
      expect(named(socket.setLinger(0))).toBe(0)
      expect(good(socket.getLinger())).toEqual({ seconds: 0 })
    })

    test('what the kernel refuses, and what is no option of its kind', () => {
      const socket = made()
      expect(named(socket.setOption(sctp.SCTP_STATUS, {}))).toBe('ENOPROTOOPT')
      expect(named(socket.getOption(sctp.SCTP_STATUS))).toBe('EINVAL')
      expect(named(socket.getOption(sctp.SCTP_AUTH_KEY))).toBe('EOPNOTSUPP')
      expect(named(socket.setOption(sctp.SCTP_RTOINFO, { srto_initial: 1, srto_max: 10, srto_min: 100 }))).toBe(
        'EINVAL',
      )
      expect(named(socket.setOption(sctp.SCTP_RESET_STREAMS, { srs_flags: 1, srs_stream_list: [1] }))).toBe('EINVAL')
      expect(named(socket.setOption(sctp.SCTP_AUTH_ACTIVE_KEY, { scact_keynumber: 9 }))).toBe('EINVAL')
      expect(() => socket.setOption(sctp.SCTP_INITMSG, { sinit_num_ostreams: 65536 })).toThrow('sinit_num_ostreams')
      const short = { sin6_family: 10, sin6_addr: { s6_addr: new Uint8Array(15) } }
      expect(() => socket.setOption(sctp.SCTP_PRIMARY_ADDR, { ssp_addr: short })).toThrow('s6_addr')
    })
  })

  describe('options of an association', () => {
    test('its state, its peer and its counters', async () => {
      const { client, server } = await pair()
      const status = good(client.getOption(sctp.SCTP_STATUS))
      expect(status).toMatchObject({ sstat_state: sctp.SCTP_ESTABLISHED, sstat_instrms: 10, sstat_outstrms: 10 })
      expect(status.sstat_primary.spinfo_state).toBe(sctp.SCTP_ACTIVE)
      expect(ipOf(status.sstat_primary.spinfo_address)?.bytes).toEqual(Uint8Array.of(127, 0, 0, 1))
      const [spinfo_address = {}] = good(client.peerAddresses(0))
      const info = good(client.getOption(sctp.SCTP_GET_PEER_ADDR_INFO, { spinfo_address }))
      expect(info.spinfo_rto).toBeGreaterThan(0)
      expect(info.spinfo_mtu).toBeGreaterThanOrEqual(1200)
      expect(named(server.getOption(sctp.SCTP_GET_ASSOC_NUMBER))).toBe('EOPNOTSUPP')
      const none = { sprstat_abandoned_sent: 0, sprstat_abandoned_unsent: 0 }
      const pr = { sprstat_policy: sctp.SCTP_PR_SCTP_ALL }
      expect(good(client.getOption(sctp.SCTP_PR_ASSOC_STATUS, pr))).toMatchObject(none)
      const stream = { sprstat_sid: 1, sprstat_policy: sctp.SCTP_PR_SCTP_TTL }
      expect(good(client.getOption(sctp.SCTP_PR_STREAM_STATUS, stream))).toMatchObject(none)
    })

    testWith('statistics', 'what has come and gone', async () => {
      const { client, server } = await pair()
      send(client, 'ordered')
      send(client, 'unordered', { snd_flags: sctp.SCTP_UNORDERED })
      for (let i = 0; i < 2; i++) await readText(server)
      const counted = (socket: SctpSocket) => good(socket.getOption(sctp.SCTP_GET_ASSOC_STATS))
      await eventually(() => counted(client).sas_isacks > 0)
      const [sent, came] = [counted(client), counted(server)]
      expect(sent).toMatchObject({
        sas_oodchunks: 1,
        sas_ouodchunks: 1,
        sas_iodchunks: 0,
        sas_rtxchunks: 0,
        sas_gapcnt: 0,
      })
      expect(sent.sas_octrlchunks).toBeGreaterThan(1)
      expect(came).toMatchObject({ sas_iodchunks: 1, sas_iuodchunks: 1, sas_oodchunks: 0, sas_idupchunks: 0 })
      expect(came.sas_osacks).toBeGreaterThan(0)
      for (const { sas_ipackets, sas_opackets } of [sent, came]) {
        expect(sas_ipackets).toBeGreaterThan(1)
        expect(sas_opackets).toBeGreaterThan(1)
      }
    })

    testWith('schedulers', 'the priority of a stream', async () => {
      const { client } = await pair({
        before: socket => kept(socket, sctp.SCTP_STREAM_SCHEDULER, { assoc_value: sctp.SCTP_SS_PRIO }),
      })
      kept(client, sctp.SCTP_STREAM_SCHEDULER_VALUE, { stream_id: 3, stream_value: 7 }, { stream_id: 3 })
      expect(good(client.getOption(sctp.SCTP_STREAM_SCHEDULER_VALUE, { stream_id: 2 })).stream_value).not.toBe(7)
    })
  })
}
