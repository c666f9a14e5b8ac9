import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, latin1, toHex } from '../../lib/base/bytes.ts'
import { encodeTlsMessage, encodeUnfragmented, readFragment } from '../../lib/wire/handshake.ts'
import { alert } from '../../lib/wire/messages/alert.ts'
import { certificate } from '../../lib/wire/messages/certificate.ts'
import { certificateRequest } from '../../lib/wire/messages/certificate-request.ts'
import { certificateStatus } from '../../lib/wire/messages/certificate-status.ts'
import { certificateVerify } from '../../lib/wire/messages/certificate-verify.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { clientKeyExchange } from '../../lib/wire/messages/client-key-exchange.ts'
import { finished } from '../../lib/wire/messages/finished.ts'
import { helloRequest } from '../../lib/wire/messages/hello-request.ts'
import { helloVerifyRequest } from '../../lib/wire/messages/hello-verify-request.ts'
import { newSessionTicket } from '../../lib/wire/messages/new-session-ticket.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { serverHelloDone } from '../../lib/wire/messages/server-hello-done.ts'
import { serverKeyExchange } from '../../lib/wire/messages/server-key-exchange.ts'
import { Reader } from '../../lib/wire/reader.ts'
import { type Capture, captures } from './captured.ts'
import { bodyOf, capturedBodies, serverShape } from './formats.ts'

/** The only captured body of a type, or the one at `index`. */
function captured(capture: Capture, type: number, index = 0): Uint8Array {
  const body = capturedBodies(capture, type)[index]
  if (body === undefined) throw new Error(`${capture.what} has no message ${type}`)
  return body
}

function rewrite(capture: Capture, type: number, body: Uint8Array): Uint8Array {
  switch (type) {
    case clientHello.type:
      return clientHello.write(clientHello.read(body, capture.datagram))
    case serverHello.type:
      return serverHello.write(serverHello.read(body))
    case helloVerifyRequest.type:
      return helloVerifyRequest.write(helloVerifyRequest.read(body))
    case newSessionTicket.type:
      return newSessionTicket.write(newSessionTicket.read(body))
    case certificate.type:
      return certificate.write(certificate.read(body))
    case serverKeyExchange.type:
      return serverKeyExchange.write(serverKeyExchange.read(body, serverShape(capture)))
    case certificateRequest.type:
      return certificateRequest.write(certificateRequest.read(body, capture.algorithm))
    case serverHelloDone.type:
      serverHelloDone.read(body)
      return serverHelloDone.write()
    case certificateVerify.type:
      return certificateVerify.write(certificateVerify.read(body, capture.algorithm))
    case clientKeyExchange.type:
      return clientKeyExchange.write(clientKeyExchange.read(body, capture), capture)
    case finished.type:
      return finished.write(finished.read(body))
    case certificateStatus.type:
      return certificateStatus.write(certificateStatus.read(body))
    default:
      throw new Error(`message ${type} is not known`)
  }
}

test.each(Object.values(captures))('every message of OpenSSL comes back as it was: $what', capture => {
  for (const hex of capture.messages) {
    const whole = fromHex(hex)
    const type = whole[0] ?? -1
    const written = rewrite(capture, type, bodyOf(capture, whole))
    if (capture.datagram) {
      const { messageSequence } = readFragment(new Reader(whole))
      expect(toHex(encodeUnfragmented(type, messageSequence, written))).toBe(hex)
    } else {
      expect(toHex(encodeTlsMessage(type, written))).toBe(hex)
    }
  }
})

describe('ClientHello', () => {
  const hello = captured(captures.defaults, 1)

  test('says what OpenSSL offers by default', () => {
    const { version, random, sessionId, cookie, cipherSuites, compression, extensions } = clientHello.read(hello, true)
    expect(version).toBe(0xfefd)
    expect(toHex(random).startsWith('31dc8cab')).toBe(true)
    expect([sessionId.length, cookie?.length, toHex(compression)]).toEqual([0, 0, '00'])
    expect(cipherSuites.length).toBe(28)
    expect([cipherSuites[0], cipherSuites[26], cipherSuites[27]]).toEqual([0xc02c, 0x002f, 0x00ff])
    expect(extensions.map(extension => extension.type)).toEqual([11, 10, 35, 22, 23, 13])
  })

  test('the second one carries the cookie of the HelloVerifyRequest', () => {
    const { cookie } = clientHello.read(captured(captures.defaults, 1, 1), true)
    const request = helloVerifyRequest.read(captured(captures.defaults, 3))
    expect(request.version).toBe(0xfeff)
    expect(toHex(request.cookie)).toBe('8818638923b07432c3d9a2134c8952addb76c1aa')
    expect(cookie).toEqual(request.cookie)
  })

  test('a first fragment is enough for the cookie, one that ends earlier is not', () => {
    const second = captured(captures.defaults, 1, 1)
    const start = 2 + 32 + 1 + 1 + 20
    expect(clientHello.readStart(second.subarray(0, start)).cookie?.length).toBe(20)
    expect(() => clientHello.readStart(second.subarray(0, start - 1))).toThrow(
      expect.objectContaining({ reason: 'decode-error' }),
    )
  })

  const head = `fefd${'11'.repeat(32)}`
  test.each([
    ['a session id of 33 bytes', `${head}21${'22'.repeat(33)}00 0002c02b 0100`, 'decode-error', 50],
    ['no cipher suite', `${head}00 00 0000 0100`, 'no-ciphers-specified', 47],
    ['half a cipher suite', `${head}00 00 0003c02bc0 0100`, 'error-in-received-cipher-list', 50],
    ['no compression method', `${head}00 00 0002c02b 00`, 'no-compression-specified', 50],
    ['an extension that comes twice', `${head}00 00 0002c02b 0100 0008 00170000 00170000`, 'bad-extension', 47],
    ['an unknown extension that comes twice', `${head}00 00 0002c02b 0100 0008 fafa0000 fafa0000`, 'bad-extension', 47],
    ['an extension longer than the block', `${head}00 00 0002c02b 0100 0004 00170001 00`, 'bad-extension', 50],
    ['bytes after the extensions', `${head}00 00 0002c02b 0100 0004 00170000 00`, 'length-mismatch', 50],
    ['one byte of an extension block', `${head}00 00 0002c02b 0100 00`, 'decode-error', 50],
  ])('%s is refused', (_what, hex, reason, alertNumber) => {
    expect(() => clientHello.read(fromHex(hex), true)).toThrow(expect.objectContaining({ reason, alert: alertNumber }))
  })

  test('an extension block may be absent or empty', () => {
    const absent = fromHex(`${head}00 00 0002c02b 0100`)
    expect(clientHello.read(absent, true).extensions).toEqual([])
    expect(clientHello.read(concat(absent, fromHex('0000')), true).extensions).toEqual([])
    expect(clientHello.write(clientHello.read(absent, true))).toEqual(absent)
  })

  test('TLS has no cookie, and the two forms are not mixed up', () => {
    const { cookie, cipherSuites } = clientHello.read(captured(captures.tls10, 1), false)
    expect(cookie).toBeNull()
    expect(cipherSuites).toContain(0xc009)
    expect(() => clientHello.read(hello, false)).toThrow(expect.objectContaining({ name: 'ProtocolFailure' }))
  })

  test('what the reader would refuse is not written', () => {
    const good = clientHello.read(hello, true)
    expect(() => clientHello.write({ ...good, random: new Uint8Array(31) })).toThrow(RangeError)
    expect(() => clientHello.write({ ...good, sessionId: new Uint8Array(33) })).toThrow(RangeError)
    expect(() => clientHello.write({ ...good, cookie: new Uint8Array(256) })).toThrow(RangeError)
    expect(() => clientHello.write({ ...good, cipherSuites: [] })).toThrow(RangeError)
    expect(() => clientHello.write({ ...good, compression: new Uint8Array(0) })).toThrow(RangeError)
  })
})

test('ServerHello', () => {
  const message = serverHello.read(captured(captures.everything, 2))
  expect(message).toMatchObject({ version: 0xfefd, cipherSuite: 0xc02c, compression: 0 })
  expect(message.sessionId.length).toBe(32)
  expect(message.extensions.map(({ type, body }) => [type, toHex(body)])).toEqual([
    [0xff01, '00'],
    [1, '02'],
    [11, '03000102'],
    [16, '000504636f6170'],
    [14, '0002000100'],
    [23, ''],
  ])
})

describe('Certificate', () => {
  test('holds DER, first its own', () => {
    const { chain } = certificate.read(captured(captures.everything, 11))
    expect(chain.map(der => [der.length, der[0]])).toEqual([[392, 0x30]])
  })

  test('may be empty, its entries may not', () => {
    expect(certificate.read(fromHex('000000')).chain).toEqual([])
    expect(() => certificate.read(fromHex('000003 000000'))).toThrow(
      expect.objectContaining({ reason: 'decode-error' }),
    )
    expect(() => certificate.write({ chain: [new Uint8Array(0)] })).toThrow(RangeError)
  })
})

describe('ServerKeyExchange', () => {
  test('ECDHE, signed', () => {
    const body = captured(captures.everything, 12)
    const message = serverKeyExchange.read(body, serverShape(captures.everything))
    expect(message).toMatchObject({ hint: null, dhe: null, ecdhe: { group: 0x001d }, signature: { scheme: 0x0403 } })
    expect(message.ecdhe?.publicKey.length).toBe(32)
    expect(message.params).toEqual(body.subarray(0, 4 + 32))
    expect(serverKeyExchange.encodeParams(message)).toEqual(message.params)
  })

  test('below 1.2 the signature has no algorithm', () => {
    const { signature } = serverKeyExchange.read(captured(captures.tls10, 12), serverShape(captures.tls10))
    expect(signature?.scheme).toBeNull()
    expect(signature?.value[0]).toBe(0x30)
  })

  test('DHE, signed', () => {
    const message = serverKeyExchange.read(captured(captures.dhe, 12), serverShape(captures.dhe))
    expect(message.dhe?.p.length).toBe(256)
    expect(message.dhe?.publicKey.length).toBe(256)
    expect(message.signature?.value.length).toBe(256)
    expect(serverKeyExchange.encodeParams(message)).toEqual(message.params)
  })

  test('PSK has a hint and nothing else', () => {
    const message = serverKeyExchange.read(captured(captures.psk, 12), serverShape(captures.psk))
    expect(latin1(message.hint ?? new Uint8Array(0))).toBe('hint')
    expect(message).toMatchObject({ ecdhe: null, dhe: null, signature: null })
    expect(message.params.length).toBe(0)
  })

  test('ECDHE-PSK has a hint and unsigned parameters', () => {
    const message = serverKeyExchange.read(captured(captures.ecdhePsk, 12), serverShape(captures.ecdhePsk))
    expect(latin1(message.hint ?? new Uint8Array(0))).toBe('hint')
    expect(message.ecdhe?.group).toBe(0x001d)
    expect(message.signature).toBeNull()
    expect(toHex(message.params.subarray(0, 4))).toBe('03001d20')
  })

  test.each(['01', '02', '00', 'ff'])('a curve of type %s is refused', type => {
    const body = fromHex(`${type}001d0101`)
    const shape = { psk: false, exchange: 'ecdhe', signed: false, algorithm: true } as const
    expect(() => serverKeyExchange.read(body, shape)).toThrow(
      expect.objectContaining({ reason: 'wrong-curve', alert: 47 }),
    )
  })

  test('empty numbers and keys are refused', () => {
    const ecdhe = { psk: false, exchange: 'ecdhe', signed: false, algorithm: true } as const
    const dhe = { ...ecdhe, exchange: 'dhe' } as const
    const failure = expect.objectContaining({ reason: 'decode-error' })
    expect(() => serverKeyExchange.read(fromHex('03001d00'), ecdhe)).toThrow(failure)
    expect(() => serverKeyExchange.read(fromHex('0000 000102 000103'), dhe)).toThrow(failure)
    expect(() => serverKeyExchange.read(fromHex('000107 0000 000103'), dhe)).toThrow(failure)
    expect(() => serverKeyExchange.read(fromHex('000107 000102 0000'), dhe)).toThrow(failure)
  })
})

describe('CertificateRequest', () => {
  test.each([captures.everything, captures.tls10])('$what', capture => {
    const { types, signatureSchemes, authorities } = certificateRequest.read(captured(capture, 13), capture.algorithm)
    expect(types).toEqual([1, 2, 64])
    expect(signatureSchemes?.length).toBe(capture.algorithm ? 20 : undefined)
    expect(authorities.map(name => latin1(name.subarray(-12)))).toEqual(['wire.example'])
  })

  test('names at least one type, and one scheme', () => {
    const failure = expect.objectContaining({ reason: 'decode-error' })
    expect(() => certificateRequest.read(fromHex('00 0002 0403 0000'), true)).toThrow(failure)
    expect(() => certificateRequest.read(fromHex('0101 0000 0000'), true)).toThrow(failure)
    expect(() => certificateRequest.read(fromHex('0101 0003 040305 0000'), true)).toThrow(failure)
    expect(() => certificateRequest.read(fromHex('0101 0002 0000'), false)).toThrow(failure)
  })
})

describe('ClientKeyExchange', () => {
  test('by exchange', () => {
    const read = (capture: Capture) => clientKeyExchange.read(captured(capture, 16), capture)
    expect(read(captures.everything)).toMatchObject({ identity: null, encrypted: null })
    expect(read(captures.everything).publicKey?.length).toBe(32)
    expect(read(captures.dhe).publicKey?.length).toBe(256)
    expect(read(captures.rsa).encrypted?.length).toBe(256)
    expect(latin1(read(captures.psk).identity ?? new Uint8Array(0))).toBe('device-1')
    expect(read(captures.psk)).toMatchObject({ encrypted: null, publicKey: null })
    expect(read(captures.ecdhePsk).publicKey?.length).toBe(32)
  })

  test('RSA-PSK: the identity comes first', () => {
    const shape = { psk: true, exchange: 'rsa' } as const
    const message = { identity: fromHex('6964'), encrypted: fromHex('aabb'), publicKey: null }
    const body = clientKeyExchange.write(message, shape)
    expect(toHex(body)).toBe('00026964' + '0002aabb')
    expect(clientKeyExchange.read(body, shape)).toEqual(message)
  })

  test('a missing field is not written', () => {
    const nothing = { identity: null, encrypted: null, publicKey: null }
    expect(() => clientKeyExchange.write(nothing, { psk: true, exchange: 'none' })).toThrow(RangeError)
    for (const exchange of ['rsa', 'ecdhe', 'dhe'] as const) {
      expect(() => clientKeyExchange.write(nothing, { psk: false, exchange })).toThrow(RangeError)
    }
  })
})

test('CertificateVerify', () => {
  const now = certificateVerify.read(captured(captures.everything, 15), true)
  expect([now.scheme, now.signature[0]]).toEqual([0x0403, 0x30])
  const before = certificateVerify.read(captured(captures.tls10, 15), false)
  expect([before.scheme, before.signature[0]]).toEqual([null, 0x30])
})

test('Finished', () => {
  expect(finished.read(captured(captures.defaults, 20)).verifyData.length).toBe(12)
})

test('NewSessionTicket', () => {
  const { lifetime, ticket } = newSessionTicket.read(captured(captures.defaults, 4))
  expect([lifetime, ticket.length]).toEqual([7200, 176])
  expect(newSessionTicket.read(fromHex('00000000 0000')).ticket.length).toBe(0)
})

test('CertificateStatus', () => {
  const { type, response } = certificateStatus.read(captured(captures.status, 22))
  expect([type, response.length, response[0]]).toEqual([1, 298, 0x30])
  const refused = (reason: string) => expect.objectContaining({ reason, alert: 50 })
  expect(() => certificateStatus.read(fromHex('02 000001 30'))).toThrow(refused('unsupported-status-type'))
  expect(() => certificateStatus.read(fromHex('01 000000'))).toThrow(refused('decode-error'))
  expect(() => certificateStatus.read(fromHex('01 000001 3030'))).toThrow(refused('length-mismatch'))
})

test('messages without a body have none', () => {
  for (const message of [helloRequest, serverHelloDone]) {
    expect(message.write().length).toBe(0)
    expect(() => message.read(fromHex('00'))).toThrow(expect.objectContaining({ reason: 'length-mismatch' }))
  }
})

test('alert', () => {
  expect(alert.read(fromHex('0228'))).toEqual({ level: 2, description: 40 })
  expect(alert.read(fromHex('07fe'))).toEqual({ level: 7, description: 254 })
  expect(() => alert.read(fromHex('02'))).toThrow(expect.objectContaining({ reason: 'decode-error' }))
  expect(() => alert.read(fromHex('022800'))).toThrow(expect.objectContaining({ reason: 'length-mismatch' }))
})
