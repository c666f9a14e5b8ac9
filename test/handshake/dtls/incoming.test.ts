import { describe, expect, test } from '@jest/globals'
import { concat, toHex, utf8 } from '../../../lib/base/bytes.ts'
import { IncomingMessages } from '../../../lib/handshake/dtls/incoming.ts'
import { type DiscardReason, Discards } from '../../../lib/record/discard.ts'
import { SeededSource } from '../../../lib/sim.ts'
import { encodeFragment, encodeUnfragmented } from '../../../lib/wire/handshake.ts'

function incoming() {
  const discards = new Discards()
  const heard: string[] = []
  const messages = new IncomingMessages('client', discards, {
    progressed: () => heard.push('progress'),
    repeated: ({ messageSequence }) => heard.push(`repeat ${messageSequence}`),
    repeatedFormer: ({ messageSequence }) => heard.push(`former ${messageSequence}`),
  })
  return { messages, discards, heard }
}

const whole = (sequence: number, text = `message ${sequence}`) => encodeUnfragmented(11, sequence, utf8(text))

function part(sequence: number, text: string, start: number, end: number): Uint8Array {
  const body = utf8(text)
  return encodeFragment(11, body.length, sequence, start, body.subarray(start, end))
}

function textsOf(messages: IncomingMessages): string[] {
  const found: string[] = []
  for (let message = messages.read(); message !== null; message = messages.read()) {
    found.push(Buffer.from(message.body).toString())
  }
  return found
}

describe('handshake messages', () => {
  test('come in order, however they arrived', () => {
    const { messages } = incoming()
    for (const sequence of [2, 0, 3]) messages.receive(whole(sequence))
    expect(textsOf(messages)).toEqual(['message 0'])
    messages.receive(whole(1))
    expect(messages.readable).toBe(true)
    expect(textsOf(messages)).toEqual(['message 1', 'message 2', 'message 3'])
    expect(messages.nextSequence).toBe(4)
  })

  test('several in one record, a part of one among them', () => {
    const { messages } = incoming()
    messages.receive(concat(whole(0), part(1, 'halves', 3, 6), whole(2)))
    messages.receive(part(1, 'halves', 0, 3))
    expect(textsOf(messages)).toEqual(['message 0', 'halves', 'message 2'])
  })

  test('the transcript sees them as if they had never been cut', () => {
    const { messages } = incoming()
    messages.receive(part(0, 'halves', 3, 6))
    messages.receive(part(0, 'halves', 0, 3))
    expect(toHex(messages.read()?.raw ?? utf8(''))).toBe(toHex(whole(0, 'halves')))
  })

  test.each([1, 2, 3, 4, 5, 6])('cut anyhow, mixed and repeated, with seed %d', seed => {
    const source = new SeededSource(`incoming ${seed}`)
    const texts = Array.from({ length: 8 }, () => toHex(source.bytes(source.integer(200))))
    const pieces = texts.flatMap((text, sequence) => {
      const size = 1 + source.integer(60)
      if (text.length === 0) return [part(sequence, text, 0, 0)]
      return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
        part(sequence, text, index * size, Math.min(text.length, (index + 1) * size + source.integer(9))),
      )
    })
    const { messages } = incoming()
    const read: string[] = []
    while (read.length < texts.length) {
      messages.receive(pieces[source.integer(pieces.length)] ?? whole(0))
      read.push(...textsOf(messages))
    }
    expect(read).toEqual(texts)
  })
})

describe('what is heard', () => {
  test('new bytes are progress, the same again are not', () => {
    const { messages, heard } = incoming()
    messages.receive(part(0, 'halves', 0, 3))
    messages.receive(part(0, 'halves', 0, 3))
    messages.receive(part(0, 'halves', 1, 2))
    messages.receive(part(3, 'later', 0, 3))
    messages.receive(part(0, 'halves', 2, 6))
    expect(heard).toEqual(['progress', 'progress', 'progress'])
  })

  test('the end of the last message that was read, come again, is a repetition; all else of the past is stale', () => {
    const { messages, heard, discards } = incoming()
    messages.receive(whole(0))
    messages.receive(whole(1))
    textsOf(messages)
    heard.length = 0
    messages.receive(whole(0))
    messages.receive(part(1, 'message 1', 0, 4))
    expect(heard).toEqual([])
    expect(discards.count('stale-message')).toBe(2)
    messages.receive(part(1, 'message 1', 4, 9))
    messages.receive(whole(1))
    expect(heard).toEqual(['repeat 1', 'repeat 1'])
  })

  test('nothing new is taken when no handshake is under way, but repetitions are heard', () => {
    const { messages, heard, discards } = incoming()
    messages.receive(whole(0))
    textsOf(messages)
    messages.settle()
    heard.length = 0
    messages.receive(whole(1))
    messages.receive(whole(0))
    expect(messages.readable).toBe(false)
    expect(heard).toEqual(['repeat 0'])
    expect(discards.count('distant-message')).toBe(1)
  })

  test('begun: a part of a later message has come', () => {
    const { messages } = incoming()
    expect(messages.begun).toBe(false)
    messages.receive(part(1, 'later', 0, 2))
    expect(messages.begun).toBe(true)
  })
})

describe('dropped and counted', () => {
  const header = encodeFragment(11, 100, 0, 0, new Uint8Array(10))
  const beyond = encodeFragment(11, 100, 0, 90, new Uint8Array(10))
  beyond[8] = 91
  test.each<[string, Uint8Array, DiscardReason]>([
    ['an empty record', new Uint8Array(0), 'malformed-fragment'],
    ['a header cut short', header.slice(0, 11), 'malformed-fragment'],
    ['a fragment cut short', header.slice(0, -1), 'malformed-fragment'],
    ['a fragment that ends after its message', beyond, 'malformed-fragment'],
    ['a message ten ahead', whole(10), 'distant-message'],
    ['a later message that is too long', encodeFragment(11, 102_401, 1, 0, new Uint8Array(4)), 'reassembly-full'],
  ])('%s', (_, payload, reason) => {
    const { messages, discards, heard } = incoming()
    messages.receive(payload)
    expect([...discards.entries()]).toEqual([[reason, 1]])
    expect(heard).toEqual([])
    expect(messages.begun).toBe(false)
  })

  test('a message nine ahead is kept', () => {
    const { messages, discards } = incoming()
    messages.receive(whole(9))
    expect(discards.total).toBe(0)
    for (let sequence = 0; sequence < 9; sequence++) messages.receive(whole(sequence))
    expect(textsOf(messages)).toHaveLength(10)
  })

  test('a fragment that contradicts its message', () => {
    const { messages, discards } = incoming()
    messages.receive(part(0, 'halves', 0, 3))
    messages.receive(part(0, 'something else', 3, 6))
    expect(discards.count('conflicting-fragment')).toBe(1)
    // Nobody knows which of them is forged: the whole message, come again, is taken either way.
    messages.receive(part(0, 'halves', 3, 6))
    messages.receive(part(0, 'halves', 0, 3))
    expect(textsOf(messages)).toEqual(['halves'])
  })
})

test('a chain in its turn that is longer than allowed ends the handshake', () => {
  const chainOf = (length: number) => {
    const { messages } = incoming()
    messages.maxCertificates = 1000
    messages.receive(encodeFragment(11, length, 0, 0, new Uint8Array(4)))
    return messages.begun
  }
  expect(chainOf(1000)).toBe(true)
  expect(() => chainOf(1001)).toThrow('excessive-message-size')
})

test('what was not read under the old keys is not read under the new', () => {
  const { messages } = incoming()
  messages.receive(whole(0))
  messages.dropUnread()
  expect(messages.readable).toBe(false)
  expect(messages.nextSequence).toBe(0)
})
