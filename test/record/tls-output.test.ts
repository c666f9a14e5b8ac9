import { expect, test } from '@jest/globals'
import { EMPTY, toHex, utf8 } from '../../lib/base/bytes.ts'
import { CbcSealer } from '../../lib/crypto/cbc.ts'
import { CIPHERS } from '../../lib/crypto/ciphers.ts'
import { TlsOutput } from '../../lib/record/tls-output.ts'
import { ToyProtection } from './records.ts'

const DATA = 23
const output = (headers: string[] = []) =>
  new TlsOutput(0x0301, { onHeader: (bytes, at) => headers.push(toHex(bytes.subarray(at, at + 5))) })
const hex = (chunks: readonly Uint8Array[]) => chunks.map(toHex)

test('records carry the version of the moment', () => {
  const headers: string[] = []
  const target = output(headers)
  target.send(22, utf8('a'))
  target.version = 0x0303
  target.send(21, utf8('bc'))
  expect(target.queued).toBe(2)
  expect(hex(target.take())).toEqual(['160301000161', '15030300026263'])
  expect(headers).toEqual(['1603010001', '1503030002'])
  expect(target.take()).toEqual([])
})

test('each change of keys counts from 0 again and wipes the keys before', () => {
  const [first, second] = [new ToyProtection(1), new ToyProtection(2)]
  const target = output()
  target.installKeys(first, false)
  target.send(DATA, utf8('a'))
  target.send(DATA, utf8('b'))
  target.installKeys(second, false)
  target.send(DATA, utf8('c'))
  // The key, the number and the text.
  expect(hex(target.take()).map(text => text.slice(10))).toEqual(['010061', '010162', '020063'])
  expect([first.wiped, second.wiped]).toEqual([true, false])
})

test('guarded data follows an empty record, once for what is written together; nothing else does', () => {
  const target = output()
  target.installKeys(new ToyProtection(1), true)
  target.sendData(utf8('a'), false)
  target.sendData(utf8('b'), true)
  target.sendData(utf8('c'), false)
  target.send(21, utf8('d'))
  expect(hex(target.take()).map(text => text.slice(14))).toEqual(['', '61', '62', '', '63', '64'])
})

test('the IV of TLS 1.0 is known, that of later versions is not', () => {
  const keys = { macKey: new Uint8Array(20), key: new Uint8Array(16), iv: new Uint8Array(16) }
  const random = (length: number) => new Uint8Array(length)
  const sealer = (explicitIv: boolean) =>
    new CbcSealer(CIPHERS['aes-128-cbc'], 'sha1', keys, { encryptThenMac: false, explicitIv }, random)
  expect([sealer(false).chainedIv, sealer(true).chainedIv]).toEqual([true, false])
  // With the keys and the IV known, the second record begins where the first ended (RFC 2246 section 6.2.3.2).
  const one = sealer(false)
  const [a, b] = [new Uint8Array(32), new Uint8Array(32)]
  one.seal(DATA, 0x0301, 0, 0, EMPTY, a, 0)
  one.seal(DATA, 0x0301, 0, 1, EMPTY, b, 0)
  const chained = new CbcSealer(
    CIPHERS['aes-128-cbc'],
    'sha1',
    { ...keys, iv: a.slice(-16) },
    { encryptThenMac: false, explicitIv: false },
    random,
  )
  const again = new Uint8Array(32)
  chained.seal(DATA, 0x0301, 0, 1, EMPTY, again, 0)
  expect(again).toEqual(b)
})
