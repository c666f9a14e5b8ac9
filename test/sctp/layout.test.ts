import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { AF_INET6, htons, sockaddrFrom } from '../../lib/base/sockaddr.ts'
import * as sctp from '../../lib/sctp/api/index.ts'
import type { Struct } from '../../lib/sctp/api/layout.ts'
import * as messages from '../../lib/sctp/api/message-layouts.ts'
import { NOTIFICATION_KINDS, packNotification, parseNotification } from '../../lib/sctp/api/notification-layouts.ts'
import { isSctpOption, optionLayout } from '../../lib/sctp/api/option-layouts.ts'
import { packSockaddr, unpackSockaddr } from '../../lib/sctp/api/sockaddr-layout.ts'

/** Each struct of the header with its layout. */
const STRUCTS: Readonly<Record<string, Struct<object>>> = {
  sctp_sndinfo: messages.sndinfoLayout,
  sctp_rcvinfo: messages.rcvinfoLayout,
  sctp_nxtinfo: messages.nxtinfoLayout,
  sctp_prinfo: messages.prinfoLayout,
  sctp_authinfo: messages.authinfoLayout,
  sctp_sndrcvinfo: messages.sndrcvinfoLayout,
  sctp_initmsg: messages.initmsgLayout,
  sctp_rtoinfo: optionLayout(sctp.SCTP_RTOINFO),
  sctp_assocparams: optionLayout(sctp.SCTP_ASSOCINFO),
  sctp_setpeerprim: optionLayout(sctp.SCTP_SET_PEER_PRIMARY_ADDR),
  sctp_prim: optionLayout(sctp.SCTP_PRIMARY_ADDR),
  sctp_setadaptation: optionLayout(sctp.SCTP_ADAPTATION_LAYER),
  sctp_paddrparams: optionLayout(sctp.SCTP_PEER_ADDR_PARAMS),
  sctp_event_subscribe: optionLayout(sctp.SCTP_EVENTS),
  sctp_event: optionLayout(sctp.SCTP_EVENT),
  sctp_status: optionLayout(sctp.SCTP_STATUS),
  sctp_paddrinfo: optionLayout(sctp.SCTP_GET_PEER_ADDR_INFO),
  sctp_sack_info: optionLayout(sctp.SCTP_DELAYED_SACK),
  sctp_assoc_value: optionLayout(sctp.SCTP_MAXSEG),
  sctp_stream_value: optionLayout(sctp.SCTP_STREAM_SCHEDULER_VALUE),
  sctp_authchunk: optionLayout(sctp.SCTP_AUTH_CHUNK),
  sctp_hmacalgo: optionLayout(sctp.SCTP_HMAC_IDENT),
  sctp_authkey: optionLayout(sctp.SCTP_AUTH_KEY),
  sctp_authkeyid: optionLayout(sctp.SCTP_AUTH_ACTIVE_KEY),
  sctp_authchunks: optionLayout(sctp.SCTP_PEER_AUTH_CHUNKS),
  sctp_assoc_ids: optionLayout(sctp.SCTP_GET_ASSOC_ID_LIST),
  sctp_paddrthlds: optionLayout(sctp.SCTP_PEER_ADDR_THLDS),
  sctp_paddrthlds_v2: optionLayout(sctp.SCTP_PEER_ADDR_THLDS_V2),
  sctp_assoc_stats: optionLayout(sctp.SCTP_GET_ASSOC_STATS),
  sctp_default_prinfo: optionLayout(sctp.SCTP_DEFAULT_PRINFO),
  sctp_prstatus: optionLayout(sctp.SCTP_PR_ASSOC_STATUS),
  sctp_reset_streams: optionLayout(sctp.SCTP_RESET_STREAMS),
  sctp_add_streams: optionLayout(sctp.SCTP_ADD_STREAMS),
  sctp_udpencaps: optionLayout(sctp.SCTP_REMOTE_UDP_ENCAPS_PORT),
  sctp_probeinterval: optionLayout(sctp.SCTP_PLPMTUD_PROBE_INTERVAL),
}

const SIX = sockaddrFrom({ bytes: new Uint8Array(16).fill(0xff), port: 0xffff, scope: 0xffffffff })

/** Where the first byte of a field stands: what changes when it alone is set. */
function offset(layout: Struct<object>, name: string): number {
  for (const value of [0x81, SIX, { snd_sid: 0x81, sinfo_stream: 0x81, spinfo_assoc_id: 0x81 }]) {
    try {
      const at = layout.pack({ [name]: value }).findIndex(byte => byte !== 0)
      if (at !== -1) return at
    } catch {
      // A value of another kind.
    }
  }
  throw new Error(`${name}: nothing changes`)
}

/** What a C program prints; null, with the reason on the console, where it cannot be compiled. */
function printed(program: string): string[] | null {
  const directory = mkdtempSync(join(tmpdir(), 'sctp-layout-'))
  try {
    const file = join(directory, 'program')
    execFileSync('gcc', ['-w', '-x', 'c', '-', '-o', file], { input: program, stdio: 'pipe' })
    return execFileSync(file, { encoding: 'utf8' }).trimEnd().split('\n')
  } catch (failure) {
    console.warn(`not compared with linux/sctp.h: ${failure instanceof Error ? failure.message : failure}`)
    return null
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const HEAD = `#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <linux/sctp.h>
int main(void) {`

test('every struct has the size and the offsets of linux/sctp.h', () => {
  const rows = Object.entries(STRUCTS).flatMap(([struct, layout]) => [
    { code: `sizeof(struct ${struct})`, value: layout.size },
    ...layout.names.map(name => ({ code: `offsetof(struct ${struct}, ${name})`, value: offset(layout, name) })),
  ])
  for (const { member, layout } of Object.values(NOTIFICATION_KINDS)) {
    rows.push({ code: `sizeof(((union sctp_notification *)0)->${member})`, value: layout.size })
    for (const name of layout.names.slice(1)) {
      rows.push({ code: `offsetof(union sctp_notification, ${member}.${name})`, value: offset(layout, name) })
    }
  }
  const lines = printed(`${HEAD}${rows.map(({ code }) => `printf("${code} %zu\\n", ${code});`).join('\n')}return 0;}`)
  if (lines === null) return
  expect(rows.map(({ code, value }) => `${code} ${value}`)).toEqual(lines)
  expect(rows.length).toBeGreaterThan(250)
})

test('every constant has the value of linux/sctp.h, where it has it', () => {
  const constants = Object.entries(sctp).filter(([name]) => /^(SCTP|SPP|MSG)_/.test(name))
  // What libsctp adds to the kernel's header.
  const own = /^SCTP_(SENDV|SEND_|RECVV)|^SCTP_SEND_/
  const rows = constants.filter(([name]) => !own.test(name) || /^SCTP_SEND_FAILED/.test(name))
  const lines = printed(`${HEAD}${rows.map(([name]) => `printf("${name} %d\\n", (int)${name});`).join('\n')}return 0;}`)
  if (lines === null) return
  expect(rows.map(([name, value]) => `${name} ${value}`)).toEqual(lines)
  expect(rows.length).toBeGreaterThan(160)
})

describe('options', () => {
  test('every SCTP_ option of the interface has a layout', () => {
    const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
    // The numbers between are calls of libsctp.
    const expected = [...range(0, 37), ...range(112, 121), ...range(123, 125), ...range(127, 133)]
    expect(range(0, 200).filter(isSctpOption)).toEqual(expected)
    expect(isSctpOption(100) || isSctpOption(102) || isSctpOption(110) || isSctpOption(4000)).toBe(false)
  })

  test('counts are derived, or kept when given; a list that is cut is none', () => {
    const hmacs = optionLayout(sctp.SCTP_HMAC_IDENT)
    const packed = hmacs.pack({ shmac_idents: [3, 1] })
    expect(hmacs.unpack(packed)).toEqual({ shmac_num_idents: 2, shmac_idents: [3, 1] })
    expect(hmacs.unpack(packed.subarray(0, 7))).toBe(null)
    expect(hmacs.unpack(packed.subarray(0, 3))).toBe(null)
    const lie = optionLayout(sctp.SCTP_AUTH_KEY).pack({ sca_keylength: 9, sca_key: new Uint8Array(2) })
    expect(lie).toHaveLength(10)
    expect(optionLayout(sctp.SCTP_AUTH_KEY).unpack(lie)).toBe(null)
  })

  test('a field that does not fit is named', () => {
    const layout = optionLayout(sctp.SCTP_RTOINFO)
    for (const value of [2 ** 32, -(2 ** 31) - 1, 1.5, Number.NaN, '1', null]) {
      const wrong: object = { srto_max: value }
      expect(() => layout.pack(wrong)).toThrow('srto_max')
    }
    expect(layout.unpack(layout.pack({ srto_max: -1 }))?.srto_max).toBe(0xffffffff)
    expect(() => optionLayout(sctp.SCTP_RESET_STREAMS).pack({ srs_stream_list: [65536] })).toThrow('srs_stream_list')
    expect(() => optionLayout(sctp.SCTP_GET_ASSOC_STATS).pack({ sas_maxrto: -1 })).toThrow('sas_maxrto')
  })
})

describe('addresses', () => {
  test('both families there and back, the rest refused', () => {
    const four = sockaddrFrom({ bytes: Uint8Array.of(192, 0, 2, 1), port: 4433, scope: 0 })
    const packed = packSockaddr(four)
    expect(packed?.subarray(2, 8)).toEqual(Uint8Array.of(0x11, 0x51, 192, 0, 2, 1))
    expect(packed && unpackSockaddr(packed)).toEqual(four)
    const six = { ...SIX, sin6_flowinfo: 0x01020304 }
    expect(unpackSockaddr(packSockaddr(six) ?? new Uint8Array(0))).toEqual(six)
    expect(packSockaddr({ ss_family: 1 })).toBe(null)
    expect(packSockaddr({})).toBe(null)
    expect(() => packSockaddr({ sin6_family: AF_INET6, sin6_addr: { s6_addr: new Uint8Array(4) } })).toThrow('s6_addr')
    for (const length of [0, 1, 15]) expect(unpackSockaddr(packed?.subarray(0, length) ?? new Uint8Array(0))).toBe(null)
    expect(unpackSockaddr((packSockaddr(six) ?? new Uint8Array(0)).subarray(0, 27))).toBe(null)
  })
})

describe('notifications', () => {
  test('each there and back', () => {
    const addresses = { spc_aaddr: SIX, spc_state: sctp.SCTP_ADDR_CONFIRMED, spc_error: -1, spc_assoc_id: 4 }
    const packed = packNotification(sctp.SCTP_PEER_ADDR_CHANGE, addresses)
    expect(parseNotification(packed)).toEqual({
      sn_type: sctp.SCTP_PEER_ADDR_CHANGE,
      sn_header: { sn_type: sctp.SCTP_PEER_ADDR_CHANGE, sn_flags: 0, sn_length: 148 },
      sn_paddr_change: { spc_type: sctp.SCTP_PEER_ADDR_CHANGE, spc_flags: 0, spc_length: 148, ...addresses },
    })
    const reset = packNotification(sctp.SCTP_STREAM_RESET_EVENT, { strreset_flags: 2, strreset_stream_list: [1, 7] })
    expect(parseNotification(reset)).toMatchObject({
      sn_header: { sn_flags: 2, sn_length: 16 },
      sn_strreset_event: { strreset_length: 16, strreset_flags: 2, strreset_stream_list: [1, 7] },
    })
    const error = { sre_error: htons(1), sre_data: Uint8Array.of(0, 1, 0, 8, 0, 9, 0, 0) }
    expect(parseNotification(packNotification(sctp.SCTP_REMOTE_ERROR, error))).toMatchObject({
      sn_type: sctp.SCTP_REMOTE_ERROR,
      sn_remote_error: error,
    })
  })

  test('what is cut, unknown, or lies about its length is none', () => {
    for (let type = sctp.SCTP_ASSOC_CHANGE; type <= sctp.SCTP_SEND_FAILED_EVENT; type++) {
      const whole = new Uint8Array(200)
      const view = new DataView(whole.buffer)
      view.setUint16(0, type, true)
      view.setUint32(4, whole.length, true)
      expect(parseNotification(whole)?.sn_type).toBe(type)
      for (let length = 0; length < whole.length; length++)
        expect(parseNotification(whole.subarray(0, length))).toBe(null)
      view.setUint32(4, 8, true)
      expect(parseNotification(whole)).toBe(null)
    }
    const unknown = packNotification(sctp.SCTP_SENDER_DRY_EVENT, {})
    unknown[0] = 0xff
    expect(parseNotification(unknown)).toBe(null)
    expect(parseNotification(new Uint8Array(0))).toBe(null)
  })
})
