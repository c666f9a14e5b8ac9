import { describe, expect, test } from '@jest/globals'
import { fromHex, latin1, toHex, utf8 } from '../../lib/base/bytes.ts'
import { alpn } from '../../lib/wire/extensions/alpn.ts'
import { ecPointFormats } from '../../lib/wire/extensions/ec-point-formats.ts'
import { encryptThenMac } from '../../lib/wire/extensions/encrypt-then-mac.ts'
import { extendedMasterSecret } from '../../lib/wire/extensions/extended-master-secret.ts'
import { find, readExtensions, writeExtensions } from '../../lib/wire/extensions/extension.ts'
import { heartbeat } from '../../lib/wire/extensions/heartbeat.ts'
import { lengthOf, maxFragmentLength } from '../../lib/wire/extensions/max-fragment-length.ts'
import { renegotiationInfo } from '../../lib/wire/extensions/renegotiation-info.ts'
import { serverName } from '../../lib/wire/extensions/server-name.ts'
import { sessionTicket } from '../../lib/wire/extensions/session-ticket.ts'
import { signatureAlgorithms } from '../../lib/wire/extensions/signature-algorithms.ts'
import { statusRequest } from '../../lib/wire/extensions/status-request.ts'
import { supportedGroups } from '../../lib/wire/extensions/supported-groups.ts'
import { useSrtp } from '../../lib/wire/extensions/use-srtp.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { Writer } from '../../lib/wire/writer.ts'
import { captures } from './captured.ts'
import { capturedBodies } from './formats.ts'

const [clientBody, serverBody] = [1, 2].map(type => capturedBodies(captures.everything, type)[0] ?? new Uint8Array(0))
const asked = clientHello.read(clientBody ?? new Uint8Array(0), true).extensions
const answered = serverHello.read(serverBody ?? new Uint8Array(0)).extensions

/** The body of an extension in the captured hello, or a failed test. */
function body(list: typeof asked, type: number): Uint8Array {
  const found = find(list, type)
  if (found === undefined) throw new Error(`no extension ${type} was captured`)
  return found
}

const badProfiles = expect.objectContaining({ reason: 'bad-srtp-profiles', alert: 50 })
const badMki = expect.objectContaining({ reason: 'bad-srtp-mki', alert: 50 })
const badExtension = expect.objectContaining({ reason: 'bad-extension', alert: 50 })

describe('the block', () => {
  test('keeps the order and the unknown', () => {
    const block = fromHex('000d fafa0001aa 00170000 00000000')
    const list = readExtensions(new Reader(block))
    expect(list.map(({ type, body }) => [type, toHex(body)])).toEqual([
      [0xfafa, 'aa'],
      [23, ''],
      [0, ''],
    ])
    const writer = new Writer()
    writeExtensions(writer, list)
    expect(writer.finish()).toEqual(block)
    expect(find(list, 23)?.length).toBe(0)
    expect(find(list, 24)).toBeUndefined()
  })
})

describe('what s_client asked and s_server answered', () => {
  test('server_name', () => {
    expect(serverName.readClient(body(asked, serverName.type))).toBe('wire.example')
    // s_server takes the name only when it has a second certificate for it.
    expect(find(answered, serverName.type)).toBeUndefined()
  })

  test('max_fragment_length', () => {
    const code = maxFragmentLength.readClient(body(asked, maxFragmentLength.type))
    expect([code, lengthOf(code)]).toEqual([2, 1024])
    expect(maxFragmentLength.readServer(body(answered, maxFragmentLength.type))).toBe(code)
  })

  test('ec_point_formats and supported_groups', () => {
    expect(ecPointFormats.readClient(body(asked, ecPointFormats.type))).toEqual([0, 1, 2])
    expect(ecPointFormats.readServer(body(answered, ecPointFormats.type))).toEqual([0, 1, 2])
    expect(supportedGroups.readClient(body(asked, supportedGroups.type))).toEqual([0x1d, 0x17, 0x1e, 0x19, 0x18])
  })

  test('signature_algorithms', () => {
    const schemes = signatureAlgorithms.readClient(body(asked, signatureAlgorithms.type))
    expect([schemes.length, schemes[0], schemes[19]]).toEqual([20, 0x0403, 0x0602])
  })

  test('status_request', () => {
    const { responderIds, requestExtensions } = statusRequest.readClient(body(asked, statusRequest.type)) ?? {}
    expect([responderIds, requestExtensions?.length]).toEqual([[], 0])
    expect(find(answered, statusRequest.type)).toBeUndefined()
  })

  test('alpn', () => {
    expect(alpn.readClient(body(asked, alpn.type)).map(latin1)).toEqual(['coap'])
    expect(latin1(alpn.readServer(body(answered, alpn.type)))).toBe('coap')
  })

  test('use_srtp', () => {
    const offer = useSrtp.readClient(body(asked, useSrtp.type))
    expect([offer.profiles, offer.mki.length]).toEqual([[1, 7], 0])
    expect(useSrtp.readServer(body(answered, useSrtp.type)).profile).toBe(1)
  })

  test('those that only have to be there', () => {
    expect(encryptThenMac.readClient(body(asked, encryptThenMac.type))).toBe(true)
    expect(extendedMasterSecret.readServer(body(answered, extendedMasterSecret.type))).toBe(true)
    expect(sessionTicket.readClient(body(asked, sessionTicket.type)).length).toBe(0)
    expect(renegotiationInfo.readServer(body(answered, renegotiationInfo.type)).length).toBe(0)
  })
})

describe('server_name', () => {
  test.each([
    ['an empty list', '0000'],
    ['another type of name', '0004 01 0001 61'],
    ['two names', '0008 00 0001 61 00 0001 62'],
    ['an empty name', '0003 00 0000'],
  ])('%s is refused', (_what, hex) => {
    expect(() => serverName.readClient(fromHex(hex))).toThrow(badExtension)
  })

  test.each([
    ['NUL', utf8('good.example\0.evil.example')],
    ['a blank', utf8('a b')],
    ['a character that is not ASCII', fromHex('e9')],
    ['DEL', fromHex('7f')],
    ['256 characters', new Uint8Array(256).fill(0x61)],
  ])('%s makes an unrecognised name', (_what, name) => {
    const hello = new Writer().vector16(list => list.u8(0).vector16(name)).finish()
    expect(() => serverName.readClient(hello)).toThrow(
      expect.objectContaining({ reason: 'bad-server-name', alert: 112 }),
    )
    expect(() => serverName.writeClient(latin1(name))).toThrow(RangeError)
  })

  test('names that only look like ASCII once cut to bytes are not written', () => {
    for (const name of ['', '\u0161', '\u{1f512}']) expect(() => serverName.writeClient(name)).toThrow(RangeError)
  })

  test('255 characters are the most', () => {
    const name = 'a'.repeat(255)
    expect(serverName.readClient(serverName.writeClient(name))).toBe(name)
  })
})

describe('max_fragment_length', () => {
  test('has four codes', () => {
    expect([1, 2, 3, 4].map(lengthOf)).toEqual([512, 1024, 2048, 4096])
    for (const code of [0, 5, 255]) {
      expect(() => maxFragmentLength.readClient(Uint8Array.of(code))).toThrow(
        expect.objectContaining({ reason: 'bad-max-fragment-length', alert: 47 }),
      )
      expect(() => maxFragmentLength.writeClient(code)).toThrow(RangeError)
      expect(() => lengthOf(code)).toThrow(RangeError)
    }
  })
})

describe('status_request', () => {
  test('lists responders', () => {
    const request = { responderIds: [fromHex('a102'), fromHex('a2')], requestExtensions: fromHex('3000') }
    const written = statusRequest.writeClient(request)
    expect(toHex(written)).toBe('01' + '0007' + '0002a102' + '0001a2' + '00023000')
    expect(statusRequest.readClient(written)).toEqual(request)
  })

  test('another status type is left aside', () => {
    expect(statusRequest.readClient(fromHex('02ffff'))).toBeNull()
  })

  test('an empty responder is refused', () => {
    expect(() => statusRequest.readClient(fromHex('01 0002 0000 0000'))).toThrow(badExtension)
  })
})

describe('lists are neither empty nor odd', () => {
  test.each([
    ['supported_groups', supportedGroups.readClient, '0000'],
    ['supported_groups', supportedGroups.readClient, '0003 001d00'],
    ['signature_algorithms', signatureAlgorithms.readClient, '0000'],
    ['signature_algorithms', signatureAlgorithms.readClient, '0003 040308'],
    ['ec_point_formats', ecPointFormats.readClient, '00'],
    ['alpn', alpn.readClient, '0000'],
    ['alpn, an empty name', alpn.readClient, '0004 00 026832'],
    ['alpn, a name longer than the list', alpn.readClient, '0003 036832'],
  ])('%s %#', (_what, read: (bytes: Uint8Array) => unknown, hex) => {
    expect(() => read(fromHex(hex))).toThrow(badExtension)
  })

  test('and are not written so', () => {
    expect(() => supportedGroups.writeClient([])).toThrow(RangeError)
    expect(() => signatureAlgorithms.writeClient([])).toThrow(RangeError)
    expect(() => ecPointFormats.writeClient([])).toThrow(RangeError)
    expect(() => useSrtp.writeClient({ profiles: [], mki: new Uint8Array(0) })).toThrow(RangeError)
    expect(() => alpn.writeClient([])).toThrow(RangeError)
    expect(() => alpn.writeClient([new Uint8Array(0)])).toThrow(RangeError)
    expect(() => alpn.writeServer(new Uint8Array(0))).toThrow(RangeError)
  })
})

describe('a server answers with one choice', () => {
  test('alpn', () => {
    expect(() => alpn.readServer(fromHex('0008 04636f6170 026832'))).toThrow(badExtension)
  })

  test('use_srtp', () => {
    expect(() => useSrtp.readServer(fromHex('0004 0001 0007 00'))).toThrow(badProfiles)
  })
})

describe('use_srtp has words of its own for what is wrong with it', () => {
  test.each([
    ['no profile', '0000 00'],
    ['half a profile', '0003 000100 00'],
    ['more than there is', '0004 0001 00'],
    ['no identifier', '0002 0001'],
  ])('%s', (_what, hex) => expect(() => useSrtp.readClient(fromHex(hex))).toThrow(badProfiles))

  test.each([
    ['an identifier cut short', '0002 0001 02 aa'],
    ['more behind it', '0002 0001 01 aabb'],
  ])('%s', (_what, hex) => expect(() => useSrtp.readClient(fromHex(hex))).toThrow(badMki))
})

test('heartbeat has two modes', () => {
  expect([1, 2].map(mode => heartbeat.readClient(heartbeat.writeClient(mode)))).toEqual([1, 2])
  for (const mode of [0, 3]) {
    expect(() => heartbeat.readServer(Uint8Array.of(mode))).toThrow(
      expect.objectContaining({ reason: 'bad-extension', alert: 47 }),
    )
    expect(() => heartbeat.writeServer(mode)).toThrow(RangeError)
  }
})

test('renegotiation_info', () => {
  const both = Uint8Array.from({ length: 24 }, (_, index) => index)
  expect(renegotiationInfo.readServer(renegotiationInfo.writeServer(both))).toEqual(both)
  const misencoded = expect.objectContaining({ reason: 'renegotiation-encoding-err', alert: 50 })
  for (const hex of ['', '01', '0100aa']) expect(() => renegotiationInfo.readClient(fromHex(hex))).toThrow(misencoded)
})

test('an empty extension with a body is refused', () => {
  for (const read of [serverName.readServer, encryptThenMac.readClient, sessionTicket.readServer]) {
    expect(() => read(fromHex('00'))).toThrow(badExtension)
  }
})
