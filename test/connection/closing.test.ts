import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import type { Observer } from '../../lib/engine.ts'
import { establishedPair, Pair, readText } from './pair.ts'

function alerts(): { observer: Observer; seen: string[] } {
  const seen: string[] = []
  return {
    seen,
    observer: { onAlert: (sent, level, description) => seen.push(`${sent ? 'sent' : 'read'} ${level}:${description}`) },
  }
}

describe('close', () => {
  test('sends close_notify once; the peer reads what came before, then that it is closed', () => {
    const own = alerts()
    const theirs = alerts()
    const pair = establishedPair({ clientObserver: own.observer, serverObserver: theirs.observer })
    const { client, server } = pair
    client.write(utf8('last words'))
    client.close()
    client.close()
    expect(pair.move('client')).toBe(2)
    expect(own.seen).toEqual(['sent 1:0'])
    expect(server.readState).toBe('open')
    expect(readText(server)).toBe('last words')
    expect(readText(server)).toBe('')
    expect([server.readState, server.receivedClose, server.sentClose]).toEqual(['closed', true, false])
    expect(theirs.seen).toEqual(['read 1:0'])
  })

  test('this side writes no more, but reads on; the other side may still write', () => {
    const pair = establishedPair()
    const { client, server } = pair
    client.close()
    pair.move('client')
    readText(server)
    expect(client.write(utf8('more'))).toBe(false)
    expect(client.takeOutput()).toEqual([])
    expect(pair.send('server', 'still here')).toBe('still here')
    server.close()
    pair.move('server')
    expect(readText(client)).toBe('')
    expect([client.readState, client.sentClose, client.receivedClose]).toEqual(['closed', true, true])
    expect([client.failure, server.failure]).toEqual([null, null])
    expect([client.nextDeadline(), server.nextDeadline()]).toEqual([null, null])
  })

  test('nothing is read after close_notify, though it overtook something', () => {
    const { client, server } = establishedPair()
    client.write(utf8('overtaken'))
    client.close()
    const [data, close] = client.takeOutput()
    if (data === undefined || close === undefined) throw new Error('two datagrams')
    server.receive(close)
    server.receive(data)
    expect(readText(server)).toBe('')
    expect(readText(server)).toBe('')
    expect(server.readState).toBe('closed')
  })

  test('during the handshake ends it', () => {
    const pair = new Pair()
    pair.client.handshake()
    pair.move('client')
    pair.server.handshake()
    pair.server.takeOutput()
    pair.client.close()
    pair.move('client')
    expect(pair.server.handshake()).toBe('closed')
    expect(pair.server.established).toBe(false)
  })
})

describe('alerts', () => {
  test('a fatal one ends the connection with its number, and nothing is answered', () => {
    const pair = establishedPair()
    const { client, server } = pair
    client.sendAlert(2, 90)
    pair.move('client')
    expect(readText(server)).toBe('')
    expect([server.failure?.reason, server.failure?.received]).toEqual(['alert-received', 90])
    expect(server.readState).toBe('failed')
    expect(server.takeOutput()).toEqual([])
  })

  test('warnings are passed over, five in a row; the sixth is too many', () => {
    const pair = establishedPair()
    const { client, server } = pair
    for (let count = 0; count < 5; count++) client.sendAlert(1, 90)
    pair.move('client')
    expect(readText(server)).toBe('')
    expect(server.failure).toBeNull()
    client.sendAlert(1, 90)
    pair.move('client')
    expect(readText(server)).toBe('')
    expect(server.failure?.reason).toBe('too-many-warn-alerts')
    pair.move('server')
    readText(client)
    expect(client.failure?.received).toBe(10)
  })

  test('data in between begins the count again', () => {
    const pair = establishedPair()
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 4; count++) pair.client.sendAlert(1, 90)
      expect(pair.send('client', 'data')).toBe('data')
    }
    expect(pair.server.failure).toBeNull()
  })

  test('a level that does not exist ends the connection', () => {
    const pair = establishedPair()
    pair.client.sendAlert(3, 90)
    pair.move('client')
    expect(readText(pair.server)).toBe('')
    expect(pair.server.failure?.reason).toBe('unknown-alert-type')
  })
})

describe('destroy', () => {
  test('leaves nothing to send, to read or to wait for, and no keys', () => {
    const pair = establishedPair()
    const { client } = pair
    const { master } = client.negotiated
    client.write(utf8('not sent any more'))
    pair.server.write(utf8('read in part'))
    pair.move('server')
    client.read(new Uint8Array(4))
    client.destroy()
    expect(client.takeOutput()).toEqual([])
    expect(client.nextDeadline()).toBeNull()
    expect(client.write(utf8('x'))).toBe(false)
    expect(client.read(new Uint8Array(10))).toBe(0)
    expect(master.every(byte => byte === 0)).toBe(true)
    expect(client.exportKeyingMaterial(utf8('EXPORTER-x'), null, 16)).toBeNull()
  })

  test('in the middle of a handshake stops the timer', () => {
    const { client } = new Pair()
    client.handshake()
    expect(client.nextDeadline()).toBe(1000)
    client.destroy()
    expect(client.nextDeadline()).toBeNull()
    expect(client.handshake()).toBe('failed')
  })
})

test('what is dropped is counted, told to the watcher, and changes nothing', () => {
  const told: string[] = []
  const pair = establishedPair({ serverObserver: { onDiscard: reason => told.push(reason) } })
  const { client, server } = pair
  client.write(utf8('once'))
  const [datagram] = client.takeOutput()
  if (datagram === undefined) throw new Error('no output')
  const forged = datagram.slice()
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
  for (const bytes of [forged, datagram.slice(), datagram.slice(), utf8('short'), datagram.slice(0, 30)])
    server.receive(bytes)
  expect(readText(server)).toBe('once')
  expect(readText(server)).toBe('')
  expect(told).toEqual(['bad-mac', 'replayed', 'truncated-record', 'truncated-record'])
  expect([...server.discards.entries()]).toEqual([
    ['bad-mac', 1],
    ['replayed', 1],
    ['truncated-record', 2],
  ])
  expect(pair.send('client', 'alive')).toBe('alive')
})
