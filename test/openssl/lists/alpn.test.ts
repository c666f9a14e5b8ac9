import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../../lib/base/bytes.ts'
import { isProtocolList, selectNextProtocol } from '../../../lib/openssl/ssl/algorithms/lists/alpn.ts'

describe('SSL_select_next_proto, measured on libssl 3.0.22', () => {
  // Server list, client list, result (1 negotiated, 2 no overlap), protocol.
  test.each([
    ['02683208687474702f312e31', '08687474702f312e31026832', 1, '6832'],
    ['026832', '0161', 2, '61'],
    ['', '026832', 2, '6832'],
    ['026832', '', 2, null],
    ['026832', '00026832', 2, null],
    ['00026832', '026832', 1, '6832'],
    ['0268320568747470', '026832', 1, '6832'],
    ['0568', '026832', 2, '6832'],
    ['016103', '01620161', 1, '61'],
    ['0161', '0162016105', 1, '61'],
    ['0161', '05', 2, null],
    ['0161', '0361', 2, null],
    ['01610161', '01620161', 1, '61'],
    ['00', '026832', 2, '6832'],
  ])('server %s client %s', (server, client, result, protocol) => {
    const choice = selectNextProtocol(fromHex(server), fromHex(client))
    expect(choice.result).toBe(result)
    expect(choice.protocol && toHex(choice.protocol)).toBe(protocol)
  })

  test('CVE-2024-5535: an empty client list gives no bytes at all', () => {
    expect(selectNextProtocol(fromHex('026832'), new Uint8Array(0))).toEqual({ result: 2, protocol: null })
  })
})

describe('SSL_CTX_set_alpn_protos, measured on libssl 3.0.22', () => {
  test.each(['02683208687474702f312e31', '026832', '0161', '01610161'])('%s is a list', list => {
    expect(isProtocolList(fromHex(list))).toBe(true)
  })

  test.each(['', '00', '00026832', '0268320568747470', '0568', '016103', '02', '016100'])('%s is none', list => {
    expect(isProtocolList(fromHex(list))).toBe(false)
  })

  test('a name may have 255 bytes', () => {
    expect(isProtocolList(fromHex(`ff${'61'.repeat(255)}`))).toBe(true)
    expect(isProtocolList(fromHex(`ff${'61'.repeat(254)}`))).toBe(false)
    expect(isProtocolList(fromHex(`ff${'61'.repeat(256)}`))).toBe(false)
  })
})
