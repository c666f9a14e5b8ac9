import { afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from '../../../lib/promises.ts'
import * as posix from '../../../lib/socket.ts'
import { clientContext, present, serverContext } from '../../regression/public/line.ts'

const LOOPBACK = { s_addr: posix.inet_addr('127.0.0.1') }
const clients = clientContext()
const servers = serverContext()
const open: number[] = []

afterEach(() => {
  for (const fd of open.splice(0)) posix.close(fd)
  ssl.ERR_clear_error()
})

function bound(port = 0): number {
  const fd = posix.socket(posix.AF_INET, posix.SOCK_DGRAM, 0)
  expect(posix.bind(fd, { sin_family: posix.AF_INET, sin_port: posix.htons(port), sin_addr: LOOPBACK })).toBe(0)
  open.push(fd)
  return fd
}

function portOf(fd: number): number {
  const address = { sin_family: posix.AF_INET, sin_port: 0, sin_addr: { s_addr: 0 } }
  posix.getsockname(fd, address)
  return posix.ntohs(address.sin_port)
}

function listening(): { listener: ssl.SSL; fd: number; port: number } {
  const fd = bound()
  const listener = present(ssl.SSL_new_listener(servers, 0))
  expect(ssl.SSL_set_fd(listener, fd)).toBe(1)
  return { listener, fd, port: portOf(fd) }
}

function clientOn(fd: number, port: number): ssl.SSL {
  const address = { sin_family: posix.AF_INET, sin_port: posix.htons(port), sin_addr: LOOPBACK }
  expect(posix.connect(fd, address)).toBe(0)
  const con = present(ssl.SSL_new(clients))
  expect(ssl.SSL_set_fd(con, fd)).toBe(1)
  return con
}

async function heard(con: ssl.SSL): Promise<string> {
  const buffer = Buffer.alloc(2048)
  const length = await ssl.SSL_read(con, buffer)
  return length > 0 ? buffer.toString('latin1', 0, length) : `nothing: ${ssl.SSL_get_error(con, length)}`
}

const limit = (bio: ssl.BIO | null, milliseconds: number) =>
  ssl.BIO_ctrl(bio, ssl.BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, { tv_sec: 0, tv_usec: milliseconds * 1000 })

describe('a listener in the blocking style, on one descriptor', () => {
  test('serves fifty clients at once', async () => {
    const { listener, port } = listening()
    const visit = async (number: number) => {
      const con = clientOn(bound(), port)
      expect(await ssl.SSL_connect(con)).toBe(1)
      await ssl.SSL_write(con, Buffer.from(`visitor ${number}`))
      expect(await heard(con)).toBe(`welcome, visitor ${number}`)
      await ssl.SSL_shutdown(con)
      expect(await ssl.SSL_shutdown(con)).toBe(1)
      ssl.SSL_free(con)
    }
    const serve = async (con: ssl.SSL) => {
      expect(await ssl.SSL_accept(con)).toBe(1)
      const greeting = Buffer.from(`welcome, ${await heard(con)}`)
      await ssl.SSL_write(con, greeting)
      expect(await heard(con)).toBe(`nothing: ${ssl.SSL_ERROR_ZERO_RETURN}`)
      await ssl.SSL_shutdown(con)
      ssl.SSL_free(con)
    }
    const visits = Array.from({ length: 50 }, (_, i) => visit(i))
    const served: Promise<void>[] = []
    while (served.length < visits.length) served.push(serve(present(await ssl.SSL_accept_connection(listener, 0))))
    await Promise.all([...visits, ...served])
    ssl.SSL_free(listener)
  })

  test('gives up when its receive time-out is over, and at once when it is not to block', async () => {
    const { listener } = listening()
    expect(await ssl.SSL_accept_connection(listener, ssl.SSL_ACCEPT_CONNECTION_NO_BLOCK)).toBeNull()
    expect(limit(ssl.SSL_get_rbio(listener), 30)).toBe(1)
    expect(await ssl.SSL_accept_connection(listener, 0)).toBeNull()
    expect(ssl.SSL_get_error(listener, 0)).toBe(ssl.SSL_ERROR_WANT_READ)
    ssl.SSL_free(listener)
  })

  test('a connection has a receive time-out of its own', async () => {
    const { listener, port } = listening()
    const client = clientOn(bound(), port)
    const connecting = ssl.SSL_connect(client)
    const con = present(await ssl.SSL_accept_connection(listener, 0))
    expect([await ssl.SSL_accept(con), await connecting]).toEqual([1, 1])
    limit(ssl.SSL_get_rbio(con), 30)
    expect(await heard(con)).toBe(`nothing: ${ssl.SSL_ERROR_WANT_READ}`)
    expect(ssl.BIO_dgram_recv_timedout(present(ssl.SSL_get_rbio(con)))).toBe(1)
    for (const one of [con, client, listener]) ssl.SSL_free(one)
  })

  test('a client that comes back from the same port ends the read that waits for its old self', async () => {
    const { listener, port } = listening()
    const first = bound()
    const from = portOf(first)
    const before = clientOn(first, port)
    const connecting = ssl.SSL_connect(before)
    const old = present(await ssl.SSL_accept_connection(listener, 0))
    expect([await ssl.SSL_accept(old), await connecting]).toEqual([1, 1])
    const ending = heard(old)
    ssl.SSL_free(before)
    posix.close(first)

    const after = clientOn(bound(from), port)
    const again = ssl.SSL_connect(after)
    const fresh = present(await ssl.SSL_accept_connection(listener, 0))
    expect([await ssl.SSL_accept(fresh), await again]).toEqual([1, 1])
    await ssl.SSL_write(after, Buffer.from('it is me'))
    expect(await heard(fresh)).toBe('it is me')
    expect(await ending).toMatch(/^nothing/)
    for (const one of [old, fresh, after, listener]) ssl.SSL_free(one)
  })

  test('the end of its descriptor ends every wait', async () => {
    const { listener, fd, port } = listening()
    const client = clientOn(bound(), port)
    const connecting = ssl.SSL_connect(client)
    const con = present(await ssl.SSL_accept_connection(listener, 0))
    expect([await ssl.SSL_accept(con), await connecting]).toEqual([1, 1])
    const waits = [ssl.SSL_accept_connection(listener, 0), ssl.SSL_read(con, new Uint8Array(10))]
    posix.close(fd)
    expect(await Promise.all(waits)).toEqual([null, -1])
    for (const one of [con, client, listener]) ssl.SSL_free(one)
  })
})
