import { describe, expect, test } from '@jest/globals'
import { EMPTY, toHex, utf8 } from '../../lib/base/bytes.ts'
import { DTLS_1_0, DTLS_1_2 } from '../../lib/engine.ts'
import { NO_SESSIONS, type SessionPolicy } from '../../lib/session/policy.ts'
import type { Session } from '../../lib/session/session.ts'
import { SessionStore, type SessionStoreOptions } from '../../lib/session/store.ts'
import { SeededSource, VirtualClock } from '../../lib/sim.ts'
import { readDtlsRecord } from '../../lib/wire/record.ts'
import { testCredential } from './credentials.ts'
import { establishedPair, Pair, type PairOptions, suitesNamed } from './pair.ts'

/** A server that remembers, and a client that offers what it has kept. */
class Scene {
  readonly clock = new VirtualClock()
  readonly store: SessionStore
  readonly #tickets: boolean
  #kept: Session | null = null
  #runs = 0

  constructor(options: Partial<SessionStoreOptions> = {}) {
    this.#tickets = options.tickets ?? true
    this.store = new SessionStore({ clock: this.clock, random: new SeededSource(99).random, ...options })
  }

  get kept(): Session {
    if (this.#kept === null) throw new Error('no session was kept')
    return this.#kept
  }

  client(overrides: Partial<SessionPolicy> = {}): SessionPolicy {
    return {
      ...NO_SESSIONS,
      offered: this.#kept,
      timeout: 7200,
      tickets: this.#tickets,
      onEstablished: session => {
        this.#kept = session
      },
      ...overrides,
    }
  }

  options(options: PairOptions = {}): PairOptions {
    return {
      ...options,
      seed: ++this.#runs,
      clock: this.clock,
      client: { sessions: this.client(), ...options.client },
      server: { sessions: this.store, ...options.server },
    }
  }

  run(options: PairOptions = {}): Pair {
    return establishedPair(this.options(options))
  }

  wait(seconds: number): void {
    this.clock.advanceTo(this.clock.now() + seconds * 1000)
  }

  /** A handshake that fails: why, on either side. */
  fail(options: PairOptions = {}): string | undefined {
    const pair = new Pair(this.options(options))
    pair.run()
    return pair.client.failure?.reason === 'alert-received' ? pair.server.failure?.reason : pair.client.failure?.reason
  }
}

const resumed = ({ client, server }: Pair) => [client.negotiated.resumed, server.negotiated.resumed]

/** The records of the whole run: who, and which content or message type. */
function flights({ wire }: Pair): string[] {
  return wire.map(({ from, bytes }) => {
    const types: string[] = []
    for (let at = 0; at < bytes.length; ) {
      const record = readDtlsRecord(bytes, at)
      if (record === null) throw new Error('half a record')
      types.push(record.epoch > 0 ? 'sealed' : record.type === 22 ? `${record.fragment[0]}` : `type ${record.type}`)
      at = record.end
    }
    return `${from[0]} ${types.join(' ')}`
  })
}

describe.each([
  ['ticket', true],
  ['id', false],
] as const)('resumption by %s', (_name, tickets) => {
  test('takes one round trip and no certificate, and both read each other', () => {
    const scene = new Scene({ tickets })
    const first = scene.run()
    expect(resumed(first)).toEqual([false, false])
    const { id, ticket } = scene.kept
    expect([id.length, ticket.length > 0]).toEqual([32, tickets])

    const second = scene.run()
    expect(resumed(second)).toEqual([true, true])
    expect(flights(second)).toEqual(['c 1', 's 2 type 20 sealed', 'c type 20 sealed'])
    expect(second.send('client', 'up')).toBe('up')
    expect(second.send('server', 'down')).toBe('down')
    expect(second.client.negotiated.peerChain[0]?.der).toEqual(first.client.negotiated.peerChain[0]?.der)
    expect(second.client.negotiated.suite).toBe(first.client.negotiated.suite)
    // The same secret, but other keys.
    expect(second.client.negotiated.master).toEqual(first.client.negotiated.master)
    const exported = (pair: Pair) => pair.client.exportKeyingMaterial(utf8('EXPORTER'), null, 16) ?? EMPTY
    expect(exported(second)).not.toEqual(exported(first))
    expect(resumed(scene.run())).toEqual([true, true])
  })

  test('goes on after the loss of any datagram, the client keeping the last flight', () => {
    const scene = new Scene({ tickets })
    scene.run()
    for (const lost of [0, 1, 2]) {
      const pair = new Pair(scene.options())
      let count = 0
      const move = (from: 'client' | 'server') => {
        const [source, target] = from === 'client' ? [pair.client, pair.server] : [pair.server, pair.client]
        for (const datagram of source.takeOutput()) if (count++ !== lost) target.receive(datagram)
      }
      for (let round = 0; round < 8; round++) {
        pair.client.handshake()
        move('client')
        pair.server.handshake()
        move('server')
        if (pair.client.established) pair.client.read(new Uint8Array(1))
        pair.clock.advanceTo(pair.clock.now() + 1000)
        pair.client.onDeadline()
        pair.server.onDeadline()
      }
      expect([lost, pair.client.established, pair.server.established]).toEqual([lost, true, true])
      expect(resumed(pair)).toEqual([true, true])
      expect(pair.send('server', 'still here')).toBe('still here')
    }
  })

  test.each([DTLS_1_2, DTLS_1_0])("brings back the client's certificate in $name", version => {
    const scene = new Scene({ tickets, context: utf8('app') })
    const sessions = () => scene.client({ context: EMPTY })
    const versions = [version]
    const both = () => ({
      client: { versions, sessions: sessions(), clientCredential: () => testCredential('client') },
      server: { versions, clientAuthentication: 'require' as const },
    })
    const first = scene.run(both())
    const second = scene.run(both())
    expect(resumed(second)).toEqual([true, true])
    expect(first.server.negotiated.peerChain.length).toBeGreaterThan(0)
    expect(second.server.negotiated.peerChain[0]?.der).toEqual(first.server.negotiated.peerChain[0]?.der)
  })

  test('brings back the identity of a pre-shared key', () => {
    const suites = suitesNamed('ECDHE-PSK-AES128-CBC-SHA256')
    const scene = new Scene({ tickets })
    scene.run({ client: { suites }, server: { suites } })
    const pair = scene.run({ client: { suites, clientPsk: () => null }, server: { suites } })
    expect(resumed(pair)).toEqual([true, true])
    expect(pair.server.negotiated.pskIdentity).toEqual(utf8('Client_identity'))
  })

  test('a session that is out of time is not resumed', () => {
    const scene = new Scene({ tickets, timeout: 100 })
    scene.run()
    scene.wait(100)
    expect(resumed(scene.run())).toEqual([true, true])
    scene.wait(1)
    expect(resumed(scene.run())).toEqual([false, false])
    expect(scene.store.size).toBe(tickets ? 0 : 1)
  })

  test('a server of another use does not take it up', () => {
    const scene = new Scene({ tickets, context: utf8('one') })
    scene.run()
    const other: SessionPolicy = Object.create(scene.store, { context: { value: utf8('two') } })
    const bound = new Proxy(scene.store, {
      get: (store, key) => {
        const value = key === 'context' ? other.context : Reflect.get(store, key, store)
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
    expect(resumed(scene.run({ server: { sessions: bound } }))).toEqual([false, false])
  })

  test('a client that has another use for it than the one it was made for fails', () => {
    const scene = new Scene({ tickets })
    scene.run()
    const sessions = scene.client({ context: utf8('other') })
    expect(scene.fail({ client: { sessions } })).toBe('attempt-to-reuse-session-in-different-context')
  })

  test('without the extended master secret a session that has it is refused, and one that has not is made anew', () => {
    const scene = new Scene({ tickets })
    const without = { extendedMasterSecret: false }
    scene.run()
    // The client would not offer it: what the server says to one that does is seen by taking the flag off its copy.
    scene.kept.extendedMasterSecret = false
    expect(scene.fail({ client: without })).toBe('inconsistent-extended-master-secret')

    const other = new Scene({ tickets })
    other.run({ client: without })
    expect(resumed(other.run({ client: without }))).toEqual([true, true])
    expect(resumed(other.run())).toEqual([false, false])
  })

  test('is not offered what the server would have to refuse', () => {
    const [gcm, cbc] = [suitesNamed('ECDHE-RSA-AES128-GCM-SHA256'), suitesNamed('ECDHE-RSA-AES128-SHA')]
    for (const client of [{ suites: cbc }, { extendedMasterSecret: false }, { maxFragmentLength: 2 }]) {
      const scene = new Scene({ tickets })
      scene.run({ client: { suites: gcm } })
      expect(resumed(scene.run({ client }))).toEqual([false, false])
    }
  })

  test('a server that no longer has the suite makes a full handshake', () => {
    const [gcm, cbc] = [suitesNamed('ECDHE-RSA-AES128-GCM-SHA256'), suitesNamed('ECDHE-RSA-AES128-SHA')]
    const scene = new Scene({ tickets })
    scene.run({ client: { suites: [...gcm, ...cbc] } })
    const pair = scene.run({ client: { suites: [...gcm, ...cbc] }, server: { suites: cbc } })
    expect(resumed(pair)).toEqual([false, false])
  })

  test('the name that was answered to belongs to the session (RFC 6066 section 3)', () => {
    const scene = new Scene({ tickets })
    const named = (serverName: string) => ({
      client: { serverName },
      server: { onServerName: () => 'accepted' as const },
    })
    scene.run(named('one.test'))
    const same = scene.run(named('one.test'))
    expect(resumed(same)).toEqual([true, true])
    expect(same.client.negotiated.agreed.serverName).toBe('one.test')
    expect(resumed(scene.run(named('two.test')))).toEqual([false, false])
  })

  test('the fragment length belongs to the session', () => {
    const scene = new Scene({ tickets })
    const short = { client: { maxFragmentLength: 1 } }
    scene.run(short)
    const pair = scene.run(short)
    expect(resumed(pair)).toEqual([true, true])
    expect([pair.client.maxWrite, pair.server.maxWrite]).toEqual([512, 512])
    scene.kept.maxFragmentLength = 0
    expect(scene.fail()).toBe('bad-extension')
    scene.kept.maxFragmentLength = 2
    expect(scene.fail({ client: { maxFragmentLength: 2 } })).toBe('bad-max-fragment-length')
  })

  test('a hello that asks for a session without its suite is refused', () => {
    const scene = new Scene({ tickets })
    const [gcm, cbc] = [suitesNamed('ECDHE-RSA-AES128-GCM-SHA256'), suitesNamed('ECDHE-RSA-AES128-SHA')]
    scene.run({ client: { suites: gcm } })
    scene.kept.suite = cbc[0]?.id ?? 0
    expect(scene.fail({ client: { suites: cbc } })).toBe('required-cipher-missing')
  })

  test('a condemned session is not offered any more', () => {
    const scene = new Scene({ tickets })
    scene.run()
    scene.kept.condemn()
    expect(resumed(scene.run())).toEqual([false, false])
  })

  test('the key log has the secret of a resumed connection under its own random', () => {
    const scene = new Scene({ tickets })
    scene.run()
    const lines: string[] = []
    const observer = {
      onSecret: (label: string, random: Uint8Array, secret: Uint8Array) =>
        void lines.push(`${label} ${toHex(random)} ${toHex(secret)}`),
    }
    const { client } = scene.run({ clientObserver: observer, serverObserver: observer })
    const { clientRandom, master } = client.negotiated
    const line = `CLIENT_RANDOM ${toHex(clientRandom)} ${toHex(master)}`
    expect(lines).toEqual([line, line])
  })
})

describe('tickets', () => {
  test('the server gives one in its last flight and keeps no id', () => {
    const scene = new Scene()
    const pair = scene.run()
    expect(flights(pair).at(-1)).toBe('s 4 type 20 sealed')
    expect(scene.store.size).toBe(0)
    expect(pair.server.negotiated.session?.id).toEqual(EMPTY)
    expect(scene.kept.ticketLifetimeHint).toBe(7200)
  })

  test('keys change with time; a ticket of the keys before is taken, and replaced', () => {
    const scene = new Scene({ timeout: 100 })
    scene.wait(60)
    scene.run()
    const first = scene.kept.ticket
    scene.wait(41)
    const renewing = scene.run()
    expect(resumed(renewing)).toEqual([true, true])
    expect(flights(renewing)).toEqual(['c 1', 's 2 4 type 20 sealed', 'c type 20 sealed'])
    const second = scene.kept.ticket
    expect(second.subarray(0, 16)).not.toEqual(first.subarray(0, 16))
    expect([resumed(scene.run()), scene.kept.ticket]).toEqual([[true, true], second])
    // A new ticket is no new session: it ends when it was to end.
    scene.wait(60)
    expect(resumed(scene.run())).toEqual([false, false])
  })

  test.each([0, 15, 16, 40, -1])('one whose byte %d was changed is passed over, and replaced', at => {
    const scene = new Scene()
    scene.run()
    const ticket = scene.kept.ticket.slice()
    const index = at < 0 ? ticket.length - 1 : at
    ticket[index] = (ticket[index] ?? 0) ^ 1
    scene.kept.ticket = ticket
    const pair = scene.run()
    expect(resumed(pair)).toEqual([false, false])
    expect(resumed(scene.run())).toEqual([true, true])
  })

  test('a server without them goes by id, and so does a client', () => {
    const scene = new Scene()
    scene.run({ client: { sessions: scene.client({ tickets: false }) } })
    expect([scene.kept.ticket.length, scene.kept.id.length, scene.store.size]).toEqual([0, 32, 1])
    expect(resumed(scene.run())).toEqual([true, true])
  })

  test('what the ticket says is of no use to who cannot open it', () => {
    const scene = new Scene()
    const { client } = scene.run()
    expect(toHex(scene.kept.ticket)).not.toContain(toHex(client.negotiated.master))
  })
})

describe('ids', () => {
  test('a store without room gives none', () => {
    const scene = new Scene({ tickets: false, limit: 0 })
    // 0 is no limit for the cache, and no cache for the store.
    const { server } = scene.run()
    expect([server.negotiated.session?.id.length, scene.store.size]).toEqual([0, 0])
  })

  test('the oldest gives way', () => {
    const scene = new Scene({ tickets: false, limit: 2 })
    const runs = [1, 2, 3].map(() => {
      scene.run({ client: { sessions: scene.client({ offered: null }) } })
      return scene.kept
    })
    const again = (session: Session | undefined) =>
      resumed(scene.run({ client: { sessions: scene.client({ offered: session ?? null, onEstablished: () => {} }) } }))
    expect(again(runs[1])).toEqual([true, true])
    expect(again(runs[2])).toEqual([true, true])
    expect(again(runs[0])).toEqual([false, false])
  })
})
