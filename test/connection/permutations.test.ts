import { describe, expect, test } from '@jest/globals'
import { NO_SESSIONS } from '../../lib/session/policy.ts'
import type { Session } from '../../lib/session/session.ts'
import { SessionStore } from '../../lib/session/store.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { ContentType } from '../../lib/wire/registry.ts'
import { testCredential } from './credentials.ts'
import { establishedPair, Pair, type PairOptions, suitesNamed } from './pair.ts'

/**
 * What GnuTLS' dtls-stress does to a handshake: each record in a datagram of its own, the flights in every order, any message
 * lost three times. The names are its names.
 */

const NAMES = [
  'SHello',
  'SCertificate',
  'SKeyExchange',
  'SCertificateRequest',
  'SHelloDone',
  'CCertificate',
  'CKeyExchange',
  'CCertificateVerify',
  'CChangeCipherSpec',
  'CFinished',
  'SChangeCipherSpec',
  'SFinished',
] as const
type Name = (typeof NAMES)[number]

/** Handshake messages in the clear, by their type. */
const MESSAGES: Readonly<Record<number, string>> = {
  2: 'Hello',
  11: 'Certificate',
  12: 'KeyExchange',
  13: 'CertificateRequest',
  14: 'HelloDone',
  15: 'CertificateVerify',
  16: 'KeyExchange',
}
const TIMES_LOST = 3
const nothing = new Uint8Array(16)
const MAX_TURNS = 200
type Order = readonly number[]

interface Stress {
  readonly options: PairOptions
  readonly orders?: { readonly shello?: Order; readonly sfinished?: Order; readonly cfinished?: Order }
  readonly drops?: readonly Name[]
}

describe('a handshake with certificates on both sides', () => {
  const options = full()

  test.each(['shello', 'cfinished'] as const)('survives every order of %s', flight => {
    expect(failing(permutations(5).map(order => ({ options, orders: { [flight]: order } })))).toEqual([])
  })

  test('survives orders of all three flights at once, with a message lost', () => {
    const random = new SeededSource(5).random
    const draw = <T>(list: readonly T[]): T => list[(random(1)[0] ?? 0) % list.length] as T
    const fives = permutations(5)
    const stresses = Array.from({ length: 60 }, () => ({
      options,
      orders: { shello: draw(fives), cfinished: draw(fives), sfinished: draw(permutations(2)) },
      drops: [draw(NAMES)],
    }))
    expect(failing(stresses)).toEqual([])
  })

  test.each(NAMES)('survives the loss of %s, three times', name => {
    expect(failing([{ options, drops: [name] }])).toEqual([])
  })
})

describe('an anonymous handshake', () => {
  const suites = suitesNamed('ADH-AES128-GCM-SHA256')
  const options = { client: { suites }, server: { suites } }

  test('survives every order of its flights', () => {
    const stresses = permutations(3).flatMap(shello =>
      permutations(3).flatMap(cfinished =>
        permutations(2).map(sfinished => ({ options, orders: { shello, cfinished, sfinished } })),
      ),
    )
    expect(stresses).toHaveLength(72)
    expect(failing(stresses)).toEqual([])
  })
})

describe('an abbreviated handshake', () => {
  const options = resumption()

  test('survives every order of its flights, and the loss of each message', () => {
    const orders = permutations(3).flatMap(sfinished => permutations(2).map(cfinished => ({ sfinished, cfinished })))
    const names = ['SHello', 'SChangeCipherSpec', 'SFinished', 'CChangeCipherSpec', 'CFinished'] as const
    const stresses = orders.flatMap(order => [
      { options, orders: order },
      ...names.map(name => ({ options, orders: order, drops: [name] })),
    ])
    expect(failing(stresses)).toEqual([])
  })
})

/** What did not go through, as dtls-stress would write it. */
function failing(stresses: readonly Stress[]): string[] {
  return stresses.filter(stress => !survives(stress)).map(({ orders, drops }) => JSON.stringify({ orders, drops }))
}

function survives({ options, orders = {}, drops = [] }: Stress): boolean {
  const pair = new Pair(options)
  const lost = new Map<Name, number>()
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const progress = [pair.client.handshake(), pair.server.handshake()]
    if (progress.includes('failed')) return false
    const sent = (['client', 'server'] as const).filter(from => carry(pair, from, orders, drops, lost))
    if (sent.length > 0) continue
    if (pair.client.established && pair.server.established) return pair.send('client', 'ping') === 'ping'
    passTime(pair)
  }
  return false
}

/** Carries what one side has sent, in the order that its flight is given. @returns whether it has sent something */
function carry(
  pair: Pair,
  from: 'client' | 'server',
  orders: NonNullable<Stress['orders']>,
  drops: readonly Name[],
  lost: Map<Name, number>,
): boolean {
  const target = from === 'client' ? pair.server : pair.client
  const records = pair[from].takeOutput().flatMap(apart)
  const names = records.map(record => nameOf(record, from))
  const order = orders[flightOf(names)]
  const places = order?.length === records.length ? order : records.keys()
  for (const place of places) {
    const [name, record] = [names[place], records[place]]
    if (record === undefined) continue
    const gone = name === undefined ? 0 : (lost.get(name) ?? 0)
    if (name !== undefined && drops.includes(name) && gone < TIMES_LOST) lost.set(name, gone + 1)
    else {
      target.receive(record)
      // Who has finished answers a repeated flight while it reads.
      if (target.handshake() === 'done') target.read(nothing)
    }
  }
  return records.length > 0
}

/** To the next moment at which somebody sends again. */
function passTime({ client, server, clock }: Pair): void {
  const deadlines = [client, server].flatMap(side => side.nextDeadline() ?? [])
  clock.advanceTo(Math.min(...deadlines))
  for (const side of [client, server]) side.onDeadline()
}

function apart(datagram: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = []
  let start = 0
  for (let record = readDtlsRecord(datagram, 0); record !== null; record = readDtlsRecord(datagram, record.end)) {
    records.push(datagram.slice(start, record.end))
    start = record.end
  }
  return records
}

function nameOf(bytes: Uint8Array, from: 'client' | 'server'): Name | undefined {
  const record = readDtlsRecord(bytes, 0)
  if (record === null) return undefined
  const letter = from === 'client' ? 'C' : 'S'
  const type = record.fragment[0] ?? -1
  const ending =
    record.epoch > 0 ? 'Finished' : record.type === ContentType.changeCipherSpec ? 'ChangeCipherSpec' : MESSAGES[type]
  return NAMES.find(name => name === `${letter}${ending}`)
}

function flightOf(names: readonly (Name | undefined)[]): 'shello' | 'sfinished' | 'cfinished' {
  if (names.some(name => name?.startsWith('C'))) return 'cfinished'
  return names.includes('SFinished') ? 'sfinished' : 'shello'
}

function permutations(length: number): Order[] {
  if (length === 0) return [[]]
  return permutations(length - 1).flatMap(rest =>
    Array.from({ length }, (_, at) => [...rest.slice(0, at), length - 1, ...rest.slice(at)]),
  )
}

function full(): PairOptions {
  const suites = suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256')
  return {
    client: { suites, clientCredential: () => testCredential('client') },
    server: { suites, clientAuthentication: 'require' },
  }
}

/** A pair that has a session by its id. */
function resumption(): PairOptions {
  const clock = new VirtualClock()
  const store = new SessionStore({ clock, random: new SeededSource(99).random, tickets: false })
  let kept: Session | null = null
  const sessions = { ...NO_SESSIONS, timeout: 7200, tickets: false }
  const onEstablished = (session: Session) => {
    kept = session
  }
  establishedPair({ clock, client: { sessions: { ...sessions, onEstablished } }, server: { sessions: store } })
  return { clock, client: { sessions: { ...sessions, offered: kept } }, server: { sessions: store } }
}
