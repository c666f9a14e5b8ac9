import { describe, expect, test } from '@jest/globals'
import { toHex, utf8 } from '../../lib/base/bytes.ts'
import { dtlsOverSctp } from '../../lib/connection/dtls-channel.ts'
import { type Association, Connection, type Exporter, type Progress } from '../../lib/engine.ts'
import { NO_SESSIONS } from '../../lib/session/policy.ts'
import type { Session } from '../../lib/session/session.ts'
import { SessionStore } from '../../lib/session/store.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { testCredential } from './credentials.ts'
import { permissive, readText, suitesNamed } from './pair.ts'

/** One end of an association of which every message arrives, under a key that the other end must have. */
class End implements Association {
  readonly log: string[] = []
  readonly keys = new Map([[0, '']])
  active = 0
  outstanding = 0
  unread: Uint8Array[] = []
  /** What the other end does not have the key for, and so has not got. */
  readonly stuck: { readonly key: number; readonly bytes: Uint8Array }[] = []
  readonly label: Uint8Array

  constructor(label = 'EXPORTER_DTLS_OVER_SCTP') {
    this.label = utf8(label)
  }

  get drained(): boolean {
    return this.outstanding === 0
  }

  get exhausted(): boolean {
    return this.unread.length === 0
  }

  delivered(): void {}

  prepareKey(exporter: Exporter): void {
    this.keys.set(this.active + 1, toHex(exporter(this.label, 64)))
    this.log.push(`add ${this.active + 1}`)
  }

  activateKey(): void {
    this.active++
    this.log.push(`activate ${this.active}`)
  }

  retireKey(): void {
    this.log.push('retire')
  }
}

interface AssociatedOptions {
  readonly offered?: Session | null
  readonly store?: SessionStore
  readonly serverLabel?: string
  readonly request?: boolean
  readonly seed?: number
}

class Associated {
  readonly clock = new VirtualClock()
  readonly ends: { readonly client: End; readonly server: End }
  readonly client: Connection
  readonly server: Connection
  /** What each side sent: content type, with the key number that it went under. */
  readonly sent: string[] = []
  session: Session | null = null

  constructor({ offered = null, store, serverLabel, request = false, seed = 5 }: AssociatedOptions = {}) {
    this.ends = { client: new End(), server: new End(serverLabel) }
    const source = new SeededSource(seed)
    const make = (role: 'client' | 'server', changes: Parameters<typeof permissive>[1]) =>
      new Connection({
        config: permissive(role, { suites: suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256'), ...changes }),
        clock: this.clock,
        random: source.fork(role).random,
        channel: dtlsOverSctp(this.ends[role]),
        confirmsOutput: true,
      })
    this.client = make('client', {
      clientCredential: () => testCredential('p256'),
      sessions: { ...NO_SESSIONS, offered, timeout: 7200, onEstablished: session => (this.session = session) },
    })
    this.server = make('server', {
      ...(store === undefined ? {} : { sessions: store }),
      clientAuthentication: request ? 'require' : 'none',
    })
  }

  /** One step of one side: what it says, with its messages under way and nothing acknowledged. */
  step(role: 'client' | 'server'): Progress {
    for (;;) {
      const progress = this[role].handshake()
      this.carry(role)
      if (progress !== 'flush') return progress
    }
  }

  carry(role: 'client' | 'server'): void {
    const own = this.ends[role]
    for (const bytes of this[role].takeOutput()) {
      this.sent.push(`${role} ${nameOf(bytes)} under ${own.active}`)
      own.stuck.push({ key: own.active, bytes })
      own.outstanding++
    }
    this.deliver(role)
  }

  deliver(role: 'client' | 'server'): void {
    const [own, other] = [this.ends[role], this.ends[role === 'client' ? 'server' : 'client']]
    while (own.stuck[0] !== undefined && own.keys.get(own.stuck[0].key) === other.keys.get(own.stuck[0].key)) {
      const next = own.stuck.shift()
      if (next !== undefined) other.unread.push(next.bytes)
    }
  }

  read(role: 'client' | 'server'): void {
    for (const bytes of this.ends[role].unread.splice(0)) this[role].receive(bytes)
  }

  acknowledge(role: 'client' | 'server'): void {
    this.deliver(role)
    this.ends[role].outstanding = this.ends[role].stuck.length
  }

  run(): { client: Progress; server: Progress } {
    let last = ''
    for (;;) {
      const client = this.step('client')
      this.read('server')
      const server = this.step('server')
      this.read('client')
      this.acknowledge('client')
      this.acknowledge('server')
      const now = `${client} ${server} ${this.sent.length}`
      if (now === last) return { client, server }
      last = now
    }
  }
}

function nameOf(bytes: Uint8Array): string {
  const record = readDtlsRecord(bytes, 0)
  if (record === null || record.end !== bytes.length) throw new Error('not one record')
  if (record.type === 20) return 'ChangeCipherSpec'
  if (record.epoch > 0) return record.type === 22 ? 'Finished' : `sealed ${record.type}`
  return record.type === 22 ? (NAMES.get(record.fragment[0] ?? -1) ?? `message ${record.fragment[0]}`) : 'alert'
}

const NAMES = new Map([
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [4, 'NewSessionTicket'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
])

describe('a full handshake (RFC 6083 section 4.8)', () => {
  const pair = new Associated({ request: true })
  const result = pair.run()

  test('is done on both sides', () => {
    expect(result).toEqual({ client: 'done', server: 'done' })
  })

  test('each message is one record; both Finished go under the new key and everything before under the old', () => {
    expect(pair.sent).toEqual([
      'client ClientHello under 0',
      'server ServerHello under 0',
      'server Certificate under 0',
      'server ServerKeyExchange under 0',
      'server CertificateRequest under 0',
      'server ServerHelloDone under 0',
      'client Certificate under 0',
      'client ClientKeyExchange under 0',
      'client CertificateVerify under 0',
      'client ChangeCipherSpec under 0',
      'client Finished under 1',
      'server ChangeCipherSpec under 0',
      'server Finished under 1',
    ])
  })

  test('the former key goes when the peer has finished (openssl/openssl#28998)', () => {
    expect(pair.ends.client.log).toEqual(['add 1', 'activate 1', 'retire'])
    expect(pair.ends.server.log).toEqual(['add 1', 'retire', 'activate 1'])
    expect(pair.ends.client.keys.get(1)).toEqual(pair.ends.server.keys.get(1))
    expect(pair.ends.client.keys.get(1)).toHaveLength(128)
  })

  test('no timer is left', () => {
    expect([pair.client.nextDeadline(), pair.server.nextDeadline()]).toEqual([null, null])
  })
})

describe('an abbreviated handshake', () => {
  const store = new SessionStore({ clock: new VirtualClock(), random: new SeededSource(9).random, tickets: false })
  const first = new Associated({ store })
  first.run()
  const pair = new Associated({ store, offered: first.session, seed: 6 })
  const result = pair.run()

  test('the server finishes first, each Finished goes under the new key', () => {
    expect(result).toEqual({ client: 'done', server: 'done' })
    expect(pair.client.negotiated.resumed).toBe(true)
    expect(pair.sent).toEqual([
      'client ClientHello under 0',
      'server ServerHello under 0',
      'server ChangeCipherSpec under 0',
      'server Finished under 1',
      'client ChangeCipherSpec under 0',
      'client Finished under 1',
    ])
    expect(pair.ends.client.log).toEqual(['add 1', 'retire', 'activate 1'])
    expect(pair.ends.server.log).toEqual(['add 1', 'activate 1', 'retire'])
  })

  test('its key is another one than that of the handshake before', () => {
    expect(pair.ends.client.keys.get(1)).not.toEqual(first.ends.client.keys.get(1))
  })
})

describe('draining (RFC 6083 section 4.7)', () => {
  test('no ChangeCipherSpec leaves while something is not acknowledged', () => {
    const pair = new Associated()
    pair.step('client')
    pair.read('server')
    pair.acknowledge('client')
    expect(pair.step('server')).toBe('message')
    pair.read('client')
    expect(pair.step('client')).toBe('dry')
    expect(pair.sent.at(-1)).toBe('client ClientKeyExchange under 0')
    expect(pair.step('client')).toBe('dry')
    pair.acknowledge('client')
    expect(pair.step('client')).toBe('message')
    expect(pair.sent.slice(-2)).toEqual(['client ChangeCipherSpec under 0', 'client Finished under 1'])
  })

  test('an alert is heard while waiting (openssl/openssl#4763)', () => {
    const pair = new Associated()
    pair.step('client')
    pair.read('server')
    pair.acknowledge('client')
    pair.step('server')
    pair.read('client')
    expect(pair.step('client')).toBe('dry')
    pair.server.sendAlert(2, 40)
    pair.carry('server')
    pair.read('client')
    expect(pair.step('client')).toBe('failed')
    expect(pair.client.failure?.received).toBe(40)
  })
})

describe('after the handshake', () => {
  test('nothing is dropped as repeated, and a close waits for what other streams hold', () => {
    const pair = new Associated()
    pair.run()
    for (const text of ['one', 'two']) pair.client.write(utf8(text))
    pair.client.close()
    pair.carry('client')
    const [one, two, close] = pair.ends.server.unread.splice(0)
    if (one === undefined || two === undefined || close === undefined) throw new Error('three messages were sent')
    pair.server.receive(close)
    pair.ends.server.unread.push(two, one)
    expect([readText(pair.server), pair.server.readState]).toEqual(['', 'open'])
    for (const text of ['two', 'one']) {
      const next = pair.ends.server.unread.shift()
      if (next !== undefined) pair.server.receive(next)
      expect(readText(pair.server)).toBe(text)
    }
    expect([readText(pair.server), pair.server.readState]).toEqual(['', 'closed'])
  })

  test('a peer that sends more than there is room for fails the connection, and throws nothing at who receives', () => {
    const { server } = new Associated()
    const record = new Uint8Array(16384)
    for (let count = 0; count < 512; count++) server.receive(record)
    expect(server.failure?.reason).toBe('internal-error')
    expect(server.handshake()).toBe('failed')
  })

  test('whoever sent asks before closing', () => {
    const pair = new Associated()
    pair.run()
    expect(pair.client.drained).toBe(true)
    pair.client.write(utf8('x'))
    expect(pair.client.drained).toBe(false)
    pair.carry('client')
    expect(pair.client.drained).toBe(false)
    pair.acknowledge('client')
    expect(pair.client.drained).toBe(true)
  })
})

describe('keys that do not match (openssl/openssl#7956)', () => {
  test.each(['client', 'server'] as const)('the %s says so in the end', role => {
    const pair = new Associated({ serverLabel: 'EXPORTER_DTLS_OVER_SCTP\0' })
    pair.run()
    expect(pair.client.failure).toBeNull()
    const deadline = pair[role].nextDeadline()
    if (deadline === null) throw new Error('there is no deadline')
    pair.clock.advanceTo(deadline - 1)
    expect(pair[role].onDeadline()).toBe('idle')
    pair.clock.advanceTo(deadline)
    expect(pair[role].onDeadline()).toBe('failed')
    expect(pair[role].failure?.reason).toBe('read-timeout-expired')
    expect(pair[role].failure?.message).toMatch(/SCTP-AUTH/)
  })
})
