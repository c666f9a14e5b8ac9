import { beforeEach, describe, expect, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import * as ssl from '../../lib/index.ts'
import * as mtls from '../../lib/mtls.ts'
import { setSslClock } from '../../lib/openssl/clock.ts'
import { VirtualClock } from '../../lib/sim.ts'
import { connected } from './connections.ts'
import { HERE, THERE } from './line.ts'

beforeEach(() => ssl.ERR_clear_error())

/** One end of a session and what its callbacks were told. */
class End {
  readonly session: mtls.MTLS
  readonly told: string[] = []
  readonly requests: mtls.ChannelRequest[] = []

  constructor(control: ssl.SSL, data: ssl.SSL | null = null, limits: mtls.MtlsLimits = {}) {
    const callbacks: mtls.MTLS_callbacks = {
      request_cb: (_mtls, request) => this.requests.push(request),
      open_cb: session => this.told.push(session === this.session ? 'open' : 'open elsewhere'),
      read_cb: () => this.told.push('read'),
      write_cb: () => this.told.push('write'),
      close_cb: (_mtls, { cause, reason }) => this.told.push(`close: ${cause} ${reason}`.trimEnd()),
    }
    this.session = mtls.MTLS_new(control, data, callbacks, limits)
  }
}

function run(...ends: readonly End[]): number[] {
  let results: number[] = []
  for (let turns = 0; turns < 30; turns++) results = ends.map(({ session }) => mtls.MTLS_handle_events(session))
  return results
}

/** With sessions that both sides know by an id. */
function withIds() {
  const contexts = connected.context()
  mtls.MTLS_CTX_set_session_ids(contexts.server)
  return contexts.connect()
}

function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('there is none')
  return value
}

function open(client: End, server: End) {
  const ours = present(mtls.MTLS_open(client.session, HERE, THERE))
  run(client, server)
  const theirs = present(mtls.MTLS_accept(present(server.requests.shift())))
  run(client, server)
  return { ours, theirs }
}

function read(channel: mtls.Channel, size = 2000): string | number {
  const buffer = Buffer.alloc(size)
  const length = mtls.MTLS_read(channel, buffer)
  return length > 0 ? buffer.toString('latin1', 0, length) : length
}

describe('over one connection', () => {
  test('a channel is opened, carries data both ways, and is closed', () => {
    const pair = connected()
    const [client, server] = [new End(pair.client), new End(pair.server)]
    const { ours, theirs } = open(client, server)
    expect(client.told).toEqual(['open'])
    expect(mtls.MTLS_write(ours, utf8('hello there'))).toBe(11)
    expect(mtls.MTLS_write(theirs, utf8('and here'))).toBe(8)
    expect(read(ours)).toBe(-1)
    expect(run(client, server)).toEqual([1, 1])
    expect([read(theirs, 5), read(theirs), read(theirs), read(ours)]).toEqual(['hello', ' there', -1, 'and here'])
    mtls.MTLS_close(ours)
    run(client, server)
    expect([read(ours), read(theirs), mtls.MTLS_write(theirs, utf8('x'))]).toEqual([0, 0, -1])
    expect([client.told, server.told]).toEqual([
      ['open', 'read'],
      ['read', 'close: peer'],
    ])
  })

  test('a refusal says why', () => {
    const pair = connected()
    const [client, server] = [new End(pair.client), new End(pair.server)]
    mtls.MTLS_open(client.session, HERE, THERE)
    run(client, server)
    mtls.MTLS_refuse(present(server.requests[0]), 'not on Saturdays')
    run(client, server)
    expect(client.told).toEqual(['close: refused not on Saturdays'])
  })

  test('a full window stops the sender, reading lets it go on', () => {
    const pair = connected()
    const [client, server] = [
      new End(pair.client, null, { sendBuffer: 100 }),
      new End(pair.server, null, { windowLength: 50 }),
    ]
    const { ours, theirs } = open(client, server)
    expect([mtls.MTLS_write(ours, new Uint8Array(150)), mtls.MTLS_write(ours, new Uint8Array(1))]).toEqual([100, 0])
    run(client, server)
    expect([ours.queued, client.told]).toEqual([50, ['open', 'write']])
    expect(String(read(theirs))).toHaveLength(50)
    run(client, server)
    expect([ours.queued, theirs.pending]).toEqual([0, 50])
  })

  test('a connection that takes no more makes it wait for writing', () => {
    const pair = connected()
    const [client, server] = [new End(pair.client), new End(pair.server)]
    const channels = Array.from({ length: 8 }, () => open(client, server))
    for (const { ours } of channels) mtls.MTLS_write(ours, new Uint8Array(65_536))
    expect(mtls.MTLS_handle_events(client.session)).toBe(1)
    expect(mtls.MTLS_get_error(client.session)).toBe(ssl.SSL_ERROR_WANT_WRITE)
    expect(run(client, server)).toEqual([1, 1])
    expect(channels.map(({ theirs }) => theirs.receiving.freeSpace)).toEqual(Array(8).fill(0))
    expect(mtls.MTLS_get_error(client.session)).toBe(ssl.SSL_ERROR_WANT_READ)
  })

  test("the peer's close_notify ends the session in order, and its session may be resumed", () => {
    const pair = withIds()
    const [client, server] = [new End(pair.client), new End(pair.server)]
    const { theirs } = open(client, server)
    ssl.SSL_shutdown(pair.client)
    expect(run(server)).toEqual([0])
    expect([theirs.cause, server.told]).toEqual(['session', ['close: session']])
    expect(mtls.MTLS_open(server.session, HERE, THERE)).toBeNull()
    expect(ssl.SSL_SESSION_is_resumable(present(ssl.SSL_get_session(pair.server)))).toBe(1)
  })

  test.each<[string, (client: ssl.SSL) => void]>([
    ['a fatal alert', client => client.connection?.sendAlert(2, 80)],
    ['a length that hides the next message', client => ssl.SSL_write(client, Uint8Array.of(4, 0, 1))],
  ])('%s ends it, and no session of it may be resumed', (_name, harm) => {
    const pair = withIds()
    const [client, server] = [new End(pair.client), new End(pair.server)]
    open(client, server)
    expect(ssl.SSL_SESSION_is_resumable(present(ssl.SSL_get_session(pair.server)))).toBe(1)
    harm(pair.client)
    // What the engine has made without a call of the facade's leaves with the next.
    ssl.SSL_write(pair.client, utf8('x'))
    expect(run(server)).toEqual([-1])
    expect(server.told).toEqual(['close: session'])
    expect(ssl.SSL_SESSION_is_resumable(present(ssl.SSL_get_session(pair.server)))).toBe(0)
  })

  test('it holds its connections, and lets them go', () => {
    const pair = connected()
    const end = new End(pair.client)
    ssl.SSL_free(pair.client)
    expect(pair.client.freed).toBe(false)
    mtls.MTLS_free(end.session)
    expect([pair.client.freed, end.session.freed]).toEqual([true, true])
    expect(() => mtls.MTLS_handle_events(end.session)).toThrow(TypeError)
    mtls.MTLS_free(null)
  })
})

describe('over two connections', () => {
  test('control messages on the one, data on the other; what is lost is lost alone', () => {
    const clock = new VirtualClock()
    setSslClock(clock)
    try {
      const [control, data] = [connected(), connected(1472)]
      const [client, server] = [new End(control.client, data.client), new End(control.server, data.server)]
      const { ours, theirs } = open(client, server)
      expect(ours.maxPacketLength).toBeLessThan(1472 - 9)
      for (const text of ['one', 'two']) mtls.MTLS_write(ours, utf8(text))
      run(client, server)
      expect([read(theirs), read(theirs), read(theirs)]).toEqual(['one', 'two', -1])

      // What the path holds is taken away: a whole window.
      const message = Buffer.alloc(1024, 7)
      for (let sent = 0; sent < 63; sent++) mtls.MTLS_write(ours, message)
      mtls.MTLS_handle_events(client.session)
      const buffer = new Uint8Array(2048)
      while (ssl.BIO_read(ssl.SSL_get_rbio(data.server), buffer) > 0);
      mtls.MTLS_write(ours, message)
      run(client, server)
      expect([read(theirs), ours.queued]).toEqual([-1, 1024])
      const [tv, infinite] = [{ tv_sec: 0, tv_usec: 0 }, { value: -1 }]
      expect(mtls.MTLS_get_event_timeout(client.session, tv, infinite)).toBe(1)
      expect([tv, infinite.value]).toEqual([{ tv_sec: 2, tv_usec: 0 }, 0])
      clock.advanceTo(clock.now() + 2000)
      run(client, server)
      expect(read(theirs)).toBe(message.toString('latin1'))
      mtls.MTLS_get_event_timeout(client.session, tv, infinite)
      expect([tv.tv_sec, infinite.value]).toEqual([1_000_000, 1])
    } finally {
      setSslClock(null)
    }
  })

  test('the control connection is keyed by the DTLS session: its id is the identity, its master secret the key', () => {
    const serving = connected.context()
    mtls.MTLS_CTX_set_session_ids(serving.server)
    const data = serving.connect()
    const keyed = connected.context({ ciphers: 'PSK-AES128-CBC-SHA' })
    const asked: Uint8Array[] = []
    mtls.MTLS_CTX_set_psk(keyed.server, id => {
      asked.push(id)
      return data.server
    })
    const control = keyed.connect(con => {
      if (!ssl.SSL_is_server(con)) expect(mtls.MTLS_set_psk(con, data.client)).toBe(1)
    })
    const id = ssl.SSL_SESSION_get_id(present(ssl.SSL_get_session(data.client)))
    expect(asked).toEqual([new Uint8Array(id)])
    expect(ssl.SSL_get_cipher_name(control.server)).toBe('PSK-AES128-CBC-SHA')
    const [client, server] = [new End(control.client, data.client), new End(control.server, data.server)]
    const { ours, theirs } = open(client, server)
    mtls.MTLS_write(ours, utf8('keyed'))
    run(client, server)
    expect(read(theirs)).toBe('keyed')
  })

  test('a DTLS session that is known by a ticket, or by nothing, keys no connection', () => {
    const { client } = connected()
    const control = present(ssl.SSL_new(connected.context().client))
    expect(mtls.MTLS_set_psk(control, client)).toBe(0)
    expect(ssl.ERR_GET_REASON(ssl.ERR_get_error())).toBe(ssl.ERR_R_UNSUPPORTED & 0x7fffff)
    expect(mtls.MTLS_set_psk(control, present(ssl.SSL_new(connected.context().client)))).toBe(0)
    ssl.ERR_clear_error()
  })

  test('a session of another id gives no key', () => {
    const serving = connected.context()
    mtls.MTLS_CTX_set_session_ids(serving.server)
    const [data, other] = [serving.connect(), serving.connect()]
    const keyed = connected.context({ ciphers: 'PSK-AES128-CBC-SHA' })
    mtls.MTLS_CTX_set_psk(keyed.server, () => other.server)
    expect(() =>
      keyed.connect(con => {
        if (!ssl.SSL_is_server(con)) mtls.MTLS_set_psk(con, data.client)
      }),
    ).toThrow()
    ssl.ERR_clear_error()
  })
})
