import { once } from 'node:events'
import { pipeline } from 'node:stream/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../lib/index.ts'
import { MtlsSession, type MtlsSessionOptions, type MtlsStream } from '../../lib/mtls.ts'
import { SeededSource } from '../../lib/sim.ts'
import { connected } from './connections.ts'
import { HERE, THERE } from './line.ts'

afterEach(() => ssl.ERR_clear_error())

interface Sessions {
  readonly client: MtlsSession
  readonly server: MtlsSession
  readonly connections: readonly ssl.SSL[]
}

function sessions(
  options: { client?: MtlsSessionOptions; server?: MtlsSessionOptions; data?: boolean } = {},
): Sessions {
  const control = connected()
  const data = options.data ? connected(1472) : null
  const client = new MtlsSession(control.client, { ...options.client, ...(data && { data: data.client }) })
  const server = new MtlsSession(control.server, { ...options.server, ...(data && { data: data.server }) })
  const connections = [control, ...(data === null ? [] : [data])].flatMap(pair => [pair.client, pair.server])
  return { client, server, connections }
}

async function finish({ client, server, connections }: Sessions): Promise<void> {
  await Promise.all([client.close(), server.closed])
  await client.closed
  for (const con of connections) ssl.SSL_free(con)
}

/** A server that sends back whatever it gets. */
const echoing: MtlsSessionOptions = {
  onRequest: request => {
    const stream = request.accept()
    stream?.pipe(stream)
  },
}

async function textOf(stream: MtlsStream, length: number): Promise<string> {
  let text = ''
  while (text.length < length) {
    const [chunk] = await once(stream, 'data')
    text += String(chunk)
  }
  return text
}

describe('channels as streams', () => {
  test('what is written comes out at the other end, and back', async () => {
    const both = sessions({ server: echoing })
    const stream = await both.client.open(HERE, THERE)
    stream.write('hello ')
    stream.write('there')
    expect(await textOf(stream, 11)).toBe('hello there')
    expect([stream.source, stream.destination]).toEqual([HERE, THERE])
    await finish(both)
  })

  test('a refusal rejects, with its reason; so does the end of the session', async () => {
    const both = sessions({ server: { onRequest: request => request.refuse('closed today') } })
    await expect(both.client.open(HERE, THERE)).rejects.toThrow('closed today')
    await finish(both)
    await expect(both.client.open(HERE, THERE)).rejects.toThrow('the session is over')

    const silent = sessions({ server: { onRequest: () => {} } })
    const waiting = expect(silent.client.open(HERE, THERE)).rejects.toThrow('the session is over')
    await finish(silent)
    await waiting
  })

  test('end() sends all, then the other end reads to the end', async () => {
    const streams: MtlsStream[] = []
    const both = sessions({ server: { onRequest: request => void streams.push(...[request.accept() ?? []].flat()) } })
    const source = new SeededSource(1)
    const sent = Buffer.from(source.bytes(300_000))
    const stream = await both.client.open(HERE, THERE)
    stream.end(sent)
    const parts: Buffer[] = []
    for await (const part of streams[0] ?? []) parts.push(part)
    expect(Buffer.concat(parts).equals(sent)).toBe(true)
    await finish(both)
  })

  test('who does not read makes the other side wait, and no other channel', async () => {
    const streams: MtlsStream[] = []
    const both = sessions({
      server: { windowLength: 10_000, onRequest: request => void streams.push(...[request.accept() ?? []].flat()) },
    })
    const [unread, quick] = [await both.client.open(HERE, THERE), await both.client.open(HERE, THERE)]
    let more = true
    let written = 0
    while (more && written < 1_000_000) {
      more = unread.write(Buffer.alloc(1000))
      written += 1000
    }
    expect(written).toBeLessThan(200_000)
    quick.write('quick')
    expect(await textOf(streams[1] as MtlsStream, 5)).toBe('quick')
    expect(unread.channel.queued).toBeGreaterThan(0)
    let read = 0
    streams[0]?.on('data', (part: Buffer) => {
      read += part.length
    })
    await once(unread, 'drain')
    const ends = [once(unread, 'finish'), once(streams[0] as MtlsStream, 'end')]
    unread.end()
    await Promise.all(ends)
    expect(read).toBe(written)
    await finish(both)
  })

  test('destroy() ends the other end too', async () => {
    const streams: MtlsStream[] = []
    const both = sessions({ server: { onRequest: request => void streams.push(...[request.accept() ?? []].flat()) } })
    const stream = await both.client.open(HERE, THERE)
    stream.destroy()
    streams[0]?.resume()
    await once(streams[0] as MtlsStream, 'close')
    expect(streams[0]?.channel.cause).toBe('peer')
    await finish(both)
  })

  test('a hundred channels at once, each with its own data', async () => {
    const both = sessions({ server: echoing })
    const talk = async (number: number) => {
      const stream = await both.client.open({ address: '127.0.0.1', port: number }, THERE)
      const sent = Buffer.alloc(20_000, number)
      let heard = Buffer.alloc(0)
      stream.on('data', (part: Buffer) => {
        heard = Buffer.concat([heard, part])
      })
      stream.write(sent)
      while (heard.length < sent.length) await once(stream, 'data')
      expect(heard.equals(sent)).toBe(true)
      stream.end()
    }
    await Promise.all(Array.from({ length: 100 }, (_, i) => talk(i)))
    await finish(both)
  })

  test('both sides open, and pipeline() carries them', async () => {
    const both = sessions({ client: echoing, server: echoing })
    for (const session of [both.client, both.server]) {
      const stream = await session.open(HERE, THERE)
      const parts: Buffer[] = []
      await Promise.all([
        pipeline(async function* () {
          for (let i = 0; i < 10; i++) yield Buffer.alloc(1000, i)
          // The draft knows no half-open channels: wait for the echo before the end.
          while (parts.reduce((sum, { length }) => sum + length, 0) < 10_000)
            await new Promise(resolve => setImmediate(resolve))
        }, stream),
        (async () => {
          for await (const part of stream) parts.push(part)
        })(),
      ])
      expect(Buffer.concat(parts).length).toBe(10_000)
    }
    await finish(both)
  })
})

describe('with data on a connection of its own', () => {
  test('each chunk is a message', async () => {
    const both = sessions({ server: echoing, data: true })
    const stream = await both.client.open(HERE, THERE)
    const heard: string[] = []
    stream.on('data', (message: Buffer) => heard.push(message.toString()))
    for (const text of ['one', 'two', 'three']) stream.write(text)
    while (heard.length < 3) await once(stream, 'data')
    expect(heard).toEqual(['one', 'two', 'three'])
    const failed = once(stream, 'error')
    stream.write(Buffer.alloc(5000))
    expect(String(await failed)).toMatch(/too long for a message/)
    await finish(both)
  })
})

describe('the end of a session', () => {
  test('in order: every stream ends, and both sides know', async () => {
    const streams: MtlsStream[] = []
    const both = sessions({ server: { onRequest: request => void streams.push(...[request.accept() ?? []].flat()) } })
    const stream = await both.client.open(HERE, THERE)
    stream.resume()
    streams[0]?.resume()
    await Promise.all([finish(both), once(stream, 'close'), once(streams[0] as MtlsStream, 'close')])
    for (const con of both.connections) expect(con.freed).toBe(true)
  })

  test('a fault: `closed` is rejected', async () => {
    const control = connected()
    const server = new MtlsSession(control.server)
    ssl.SSL_write(control.client, Uint8Array.of(4, 0, 1))
    await expect(server.closed).rejects.toThrow('length-mismatch')
    ssl.SSL_shutdown(control.client)
    ssl.SSL_free(control.client)
    ssl.SSL_free(control.server)
  })
})
