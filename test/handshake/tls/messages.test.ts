import { expect, test } from '@jest/globals'
import { concat, fromHex, utf8 } from '../../../lib/base/bytes.ts'
import { ProtocolFailure } from '../../../lib/base/failure.ts'
import { StreamedMessages } from '../../../lib/handshake/tls/messages.ts'
import { encodeTlsMessage } from '../../../lib/wire/handshake.ts'
import { HandshakeType } from '../../../lib/wire/registry.ts'

const DONE = HandshakeType.serverHelloDone
const HELLO = HandshakeType.serverHello

test('messages begin and end where they like', () => {
  const whole = concat(
    encodeTlsMessage(HELLO, utf8('first')),
    encodeTlsMessage(DONE, fromHex('')),
    encodeTlsMessage(HELLO, utf8('third')),
  )
  for (const size of [1, 2, 3, 7, 100]) {
    const messages = new StreamedMessages(false)
    const found: string[] = []
    for (let at = 0; at < whole.length; at += size) {
      messages.receive(whole.slice(at, at + size))
      for (let next = messages.read(); next !== null; next = messages.read()) {
        found.push(`${next.type} ${Buffer.from(next.body)}`)
        expect(next.raw).toEqual(encodeTlsMessage(next.type, next.body))
      }
    }
    expect(found).toEqual([`${HELLO} first`, `${DONE} `, `${HELLO} third`])
    expect(messages.held).toBe(0)
  }
})

test('what is read stays what it was', () => {
  const messages = new StreamedMessages(false)
  const record = encodeTlsMessage(HELLO, utf8('first'))
  messages.receive(record)
  record.fill(0)
  const first = messages.read()
  messages.receive(encodeTlsMessage(HELLO, utf8('other')))
  expect(Buffer.from(first?.body ?? '').toString()).toBe('first')
})

test('a message that is too long says so when it is looked into, and not before', () => {
  const messages = new StreamedMessages(false)
  messages.receive(concat(encodeTlsMessage(DONE, fromHex('')), Uint8Array.of(HandshakeType.finished, 0, 0, 65)))
  expect(messages.read()?.type).toBe(DONE)
  expect(messages.readable).toBe(true)
  const message = messages.read()
  expect(message?.type).toBe(HandshakeType.finished)
  expect(() => message?.body).toThrow(ProtocolFailure)
  expect(() => message?.raw).toThrow(ProtocolFailure)
})

test('the length of a certificate list is a setting', () => {
  const messages = new StreamedMessages(false)
  messages.maxCertificates = 10
  messages.receive(Uint8Array.of(HandshakeType.certificate, 0, 0, 11))
  expect(() => messages.read()?.body).toThrow('excessive-message-size')
})

test('a client passes over HelloRequest while it says so', () => {
  const request = encodeTlsMessage(HandshakeType.helloRequest, fromHex(''))
  const messages = new StreamedMessages(true)
  messages.receive(concat(request, request, encodeTlsMessage(DONE, fromHex('')), request))
  expect(messages.read()?.type).toBe(DONE)
  expect(messages.readable).toBe(false)
  expect(messages.held).toBe(0)
  messages.receive(request)
  expect(messages.held).toBe(0)
  messages.passesOverRequests = false
  messages.receive(request)
  expect(messages.read()?.type).toBe(HandshakeType.helloRequest)
})

test('what is held is what has come', () => {
  const messages = new StreamedMessages(false)
  messages.receive(Uint8Array.of(HandshakeType.certificate, 0, 0xff, 0xff))
  for (let i = 0; i < 1000; i++) messages.receive(Uint8Array.of(1))
  expect(messages.held).toBe(1004)
})
