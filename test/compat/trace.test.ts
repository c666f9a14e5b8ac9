import { describe, expect, test } from '@jest/globals'
import { PLAYS, type PlayName } from '../../compat/pictures/list.ts'
import { conversations, dissect } from '../../compat/trace/dissect.ts'
import { Segments } from '../../compat/trace/segments.ts'
import { sequenceFile } from '../../compat/trace/sequence.ts'
import type { Item, Step } from '../../compat/trace/steps.ts'

/** The pictures' runs are what the RFCs say, and what is drawn of them holds nothing that is not text. */

/** As the first letter of the sender and the text; of notes the text alone. */
function told(name: PlayName): string[] {
  return PLAYS[name]
    .run()
    .steps()
    .flatMap(step =>
      step.kind === 'note' ? [step.text] : step.items.map(item => `${step.from[0]} ${item.text}${mark(step, item)}`),
    )
}

function mark(step: Step, { again }: Item): string {
  return `${again ? ' again' : ''}${step.kind === 'passage' && step.lost ? ' lost' : ''}`
}

describe('the flights of RFC 6347 section 4.2.4', () => {
  test('behind a cookie exchange', () => {
    expect(told('cookie').slice(0, 10)).toEqual([
      'c ClientHello',
      'keeps nothing of the client',
      's HelloVerifyRequest',
      'c ClientHello',
      'the cookie is right: a connection begins',
      's ServerHello',
      's Certificate',
      's ServerKeyExchange',
      's ServerHelloDone',
      'c ClientKeyExchange',
    ])
  })

  test.each(['resumed-id', 'resumed-ticket'] as const)('%s: one round trip', name => {
    const messages = told(name)
    expect(messages.filter(text => /Certificate|KeyExchange/.test(text))).toEqual([])
    expect(messages.slice(-10).filter(text => text !== 's NewSessionTicket')).toEqual([
      'c ClientHello',
      's ServerHello',
      's ChangeCipherSpec',
      's Finished',
      'c ChangeCipherSpec',
      'c Finished',
      'c Application data',
      's Application data',
      'c Alert: close notify',
      's Alert: close notify',
    ])
  })

  test('what is lost goes again, as the same message', () => {
    const messages = told('loss')
    expect(messages.slice(0, 7)).toEqual([
      'c ClientHello',
      's ServerHello lost',
      's Certificate lost',
      's ServerKeyExchange lost',
      's ServerHelloDone lost',
      'timer: the flight goes again',
      'c ClientHello again',
    ])
    expect(messages).toContain('c Finished lost')
    expect(messages).toContain('c Finished again')
  })

  test('a renegotiation is encrypted from its first message to its last', () => {
    const items = PLAYS.renegotiation
      .run()
      .steps()
      .flatMap(step => (step.kind === 'passage' ? step.items : []))
    const hello = items.findLastIndex(({ text }) => text === 'ClientHello')
    expect(hello).toBeGreaterThan(0)
    expect(items.slice(hello).filter(({ kind }) => kind !== 'sealed')).toEqual([])
    expect(items[hello]?.detail).toBe('DTLSv1.2, 1 suite, renegotiation, epoch 1')
    expect(items.at(-1)?.detail).toBe('epoch 2')
  })
})

test('over SCTP nobody changes keys before all has been acknowledged (RFC 6083 sections 4.7 and 4.8)', () => {
  const wanted = /key \d|^dry|Change|Finished/
  const details = PLAYS.sctp
    .run()
    .steps()
    .flatMap(step => (step.kind === 'note' ? [step.text] : step.items.map(({ text, detail }) => `${text}: ${detail}`)))
    .filter(text => wanted.test(text) && !/^(Client|Server|New|Certificate|Application|Alert)/.test(text))
  expect(details.slice(0, 10)).toEqual([
    'AUTH key 1 is there',
    'AUTH key 1 is there',
    'dry: all has been acknowledged',
    'ChangeCipherSpec: stream 0, PPID 0, key 0',
    'AUTH key 1 is in use',
    'Finished: epoch 1; stream 0, PPID 0, key 1',
    'dry: all has been acknowledged',
    'ChangeCipherSpec: stream 0, PPID 0, key 0',
    'AUTH key 1 is in use',
    'Finished: epoch 1; stream 0, PPID 0, key 1',
  ])
})

test('over TCP a message is shown in each segment that it has a part of', () => {
  const parts = PLAYS.tls
    .run()
    .steps()
    .flatMap(step => (step.kind === 'passage' ? step.items : []))
    .filter(({ text }) => text === 'Certificate')
    .map(({ detail }) => /(first|of it,|last) (\d+) bytes/.exec(detail)?.slice(1) ?? [])
  expect(parts.map(([which]) => which)).toEqual(['first', ...parts.slice(2).map(() => 'of it,'), 'last'])
  const { packets } = PLAYS.tls.run()
  expect(packets.every(({ payload }) => payload.length <= 1448)).toBe(true)
})

describe('a stream', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, i) => i)
  const cut = (from: number, to: number) => [0xffffffd0 + from, bytes.subarray(from, to)] as const

  test('is put in order: late, doubled and overlapping segments, and numbers that pass 2^32', () => {
    const segments = new Segments()
    segments.synchronize(0xffffffcf)
    const pieces = [cut(0, 10), cut(30, 60), cut(20, 40), cut(5, 25), cut(0, 10), cut(55, 100), cut(60, 90)]
    const taken = pieces.map(([at, part]) => segments.take(at >>> 0, part).flatMap(one => [...one]))
    expect(taken.flat()).toEqual([...bytes])
    expect(taken.map(({ length }) => length)).toEqual([10, 0, 0, 50, 0, 40, 0])
  })

  test('with a hole ends there, whatever comes behind it', () => {
    const segments = new Segments()
    segments.synchronize(0)
    let kept = 0
    for (let at = 2; at < 5_000_000; at += 1400) kept += segments.take(at, new Uint8Array(1400)).length
    expect(kept).toBe(0)
  })
})

describe('a picture', () => {
  test('escapes what comes from the network', () => {
    const item = { text: '<script>', detail: 'a & b', kind: 'plain', flight: false, again: false } as const
    const steps: Step[] = [{ kind: 'passage', number: 0, from: 'client', at: 0, length: 1, lost: false, items: [item] }]
    expect(sequenceFile({ title: '"&"', steps })).not.toMatch(/<script|a & b|"&"/)
  })

  test('of many packets stops somewhere and says so', () => {
    const { packets } = PLAYS.psk.run()
    const [conversation] = conversations(packets)
    const steps = Array.from({ length: 300 }, () => (conversation === undefined ? [] : dissect(conversation))).flat()
    const drawn = sequenceFile({ title: 'many', steps })
    expect(drawn).toContain(`and ${steps.length - 400} more`)
  })
})
