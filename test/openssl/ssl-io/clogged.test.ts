import { expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim'
import { EMPTY } from '../../../lib/base/bytes.ts'
import { Connection, SUITES, TLS_1_2, tls } from '../../../lib/engine.ts'
import { TlsOutput } from '../../../lib/record/tls-output.ts'
import { SeededSource, VirtualClock } from '../../../lib/sim.ts'
import { encodeTlsMessage } from '../../../lib/wire/handshake.ts'
import { clientHello } from '../../../lib/wire/messages/client-hello.ts'
import { ContentType, HandshakeType } from '../../../lib/wire/registry.ts'
import { permissive } from '../../connection/pair.ts'
import { certificateFile, keyFile } from '../../interop/ours.ts'

/** Bytes that the transport takes at most. */
const ROOM = 4096

test('a peer that asks and asks, and takes no answer, does not decide how much memory the answers need', () => {
  const ctx = ssl.SSL_CTX_new(ssl.TLS_server_method())
  if (ctx === null) throw new Error('no context')
  ssl.SSL_CTX_use_certificate_chain_file(ctx, certificateFile('p256'))
  ssl.SSL_CTX_use_PrivateKey_file(ctx, keyFile('p256'), ssl.SSL_FILETYPE_PEM)
  const server = ssl.SSL_new(ctx)
  const [own, theirs] = [{ value: null as ssl.BIO | null }, { value: null as ssl.BIO | null }]
  ssl.BIO_new_bio_pair(own, ROOM, theirs, 1 << 20)
  if (server === null || own.value === null || theirs.value === null) throw new Error('no pair')
  ssl.SSL_set_bio(server, own.value, own.value)
  ssl.SSL_set_accept_state(server)

  const client = new Connection({
    config: permissive('client', {
      versions: [TLS_1_2],
      firstRecordVersion: 0x0301,
      suites: SUITES.filter(({ openssl }) => openssl === 'ECDHE-ECDSA-AES128-GCM-SHA256'),
    }),
    clock: new VirtualClock(),
    random: new SeededSource(1).random,
    channel: tls(),
  })
  const buffer = new Uint8Array(1 << 15)
  while (!client.settled) {
    client.handshake()
    for (const bytes of client.takeOutput()) ssl.BIO_write(theirs.value, bytes)
    ssl.SSL_do_handshake(server)
    for (;;) {
      const length = ssl.BIO_read(theirs.value, buffer, Math.min(buffer.length, client.room))
      if (length <= 0) break
      client.receive(buffer.subarray(0, length))
      client.handshake()
    }
  }
  expect(ssl.SSL_is_init_finished(server)).toBe(1)

  const sealer = client.negotiated.protection?.write
  if (sealer === undefined) throw new Error('no keys')
  const output = new TlsOutput(TLS_1_2.wire, { onHeader: () => {} })
  output.installKeys(sealer, false)
  // Finished has used the first number.
  output.epoch.take()
  const hello = encodeTlsMessage(
    HandshakeType.clientHello,
    clientHello.write({
      version: TLS_1_2.wire,
      random: new Uint8Array(32),
      sessionId: EMPTY,
      cookie: null,
      cipherSuites: [0xc02b],
      compression: Uint8Array.of(0),
      extensions: [],
    }),
  )
  const errors = new Set<number>()
  for (let round = 0; round < 6; round++) {
    for (let count = 0; count < 500; count++) output.send(ContentType.handshake, hello)
    for (const bytes of output.take()) ssl.BIO_write(theirs.value, bytes)
    const ret = ssl.SSL_read(server, buffer)
    errors.add(ssl.SSL_get_error(server, ret))
  }
  expect([...errors]).toEqual([ssl.SSL_ERROR_WANT_READ, ssl.SSL_ERROR_WANT_WRITE])
  expect(server.outstanding.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(2 ** 16 + ROOM)

  // The peer reads again, and everything goes on.
  const words = Buffer.from('here, too')
  do {
    ssl.SSL_read(server, buffer)
    while (ssl.BIO_read(theirs.value, buffer) > 0);
  } while (ssl.SSL_write(server, words) <= 0)
  expect(server.outstanding).toEqual([])
  output.send(ContentType.applicationData, Buffer.from('still here'))
  for (const bytes of output.take()) ssl.BIO_write(theirs.value, bytes)
  const length = ssl.SSL_read(server, buffer)
  expect(Buffer.from(buffer.subarray(0, length)).toString()).toBe('still here')
})
