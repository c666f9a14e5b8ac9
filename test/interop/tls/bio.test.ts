import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import tls from 'node:tls'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim/promises'
import { certificateFile, keyFile, present } from '../ours.ts'
import { portOf, Stage } from './stage.ts'

/** TLS behind BIOs, as the manual page of BIO_f_ssl shows it, with Node at the other end. */

const stage = new Stage()
afterEach(() => stage.clear())

const files = { cert: readFileSync(certificateFile('rsa')), key: readFileSync(keyFile('rsa')) }

describe('BIO_f_ssl', () => {
  test('a web page, through BIO_new_ssl_connect', async () => {
    const server = stage.adopt(https.createServer(files, (_request, response) => response.end('the page')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const ctx = stage.context(ssl.TLS_client_method())
    ssl.SSL_CTX_set_verify(ctx, ssl.SSL_VERIFY_PEER, null)
    const bio = present(ssl.BIO_new_ssl_connect(ctx))
    const con: { value: ssl.SSL | null } = { value: null }
    expect(ssl.BIO_get_ssl(bio, con)).toBe(1)
    ssl.SSL_set1_host(present(con.value), 'rsa.test')
    ssl.BIO_set_conn_hostname(bio, `127.0.0.1:${portOf(server)}`)
    expect(await ssl.BIO_do_handshake(bio)).toBe(1)
    expect(ssl.SSL_get_verify_result(present(con.value))).toBe(ssl.X509_V_OK)
    await ssl.BIO_puts(bio, 'GET / HTTP/1.0\r\n\r\n')
    const chunk = Buffer.alloc(1000)
    let page = ''
    for (let n = await ssl.BIO_read(bio, chunk); n > 0; n = await ssl.BIO_read(bio, chunk))
      page += chunk.toString('latin1', 0, n)
    expect(page).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(page).toMatch(/the page$/)
    ssl.BIO_free_all(bio)
    server.closeAllConnections()
  })

  test('a server of BIO_s_accept that gives each connection a BIO_f_ssl', async () => {
    const ctx = stage.context(ssl.TLS_server_method(), { certificates: ['rsa'] })
    const acceptor = present(ssl.BIO_new_accept('127.0.0.1:0'))
    ssl.BIO_set_accept_bios(acceptor, present(ssl.BIO_new_ssl(ctx, 0)))
    expect(await ssl.BIO_do_accept(acceptor)).toBe(1)
    const port = Number(ssl.BIO_get_accept_port(acceptor))
    const client = tls.connect({
      port,
      host: '127.0.0.1',
      ca: readFileSync(certificateFile('authority')),
      servername: 'rsa.test',
    })
    client.write('to the server')
    expect(await ssl.BIO_do_accept(acceptor)).toBe(1)
    const bio = present(ssl.BIO_pop(acceptor))
    const buffer = Buffer.alloc(100)
    expect(buffer.toString('latin1', 0, await ssl.BIO_read(bio, buffer))).toBe('to the server')
    const answered = once(client, 'data')
    await ssl.BIO_puts(bio, 'to the client')
    expect(String((await answered)[0])).toBe('to the client')
    ssl.BIO_free_all(bio)
    ssl.BIO_free_all(acceptor)
    client.destroy()
  })
})
