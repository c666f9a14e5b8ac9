import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import * as ssl from 'openssl-shim'
import { certificateFile, keyFile, present } from './ours.ts'

/** tshark reads with the lines of our key log what our connections have said to each other; ChaCha20 of DTLS it cannot. */

const found = spawnSync('tshark', ['--version'], { encoding: 'utf8' })
if (found.error) console.warn(`the key log is not read by tshark: ${found.error.message}`)
const live: typeof describe.skip = found.error ? describe.skip : describe

const folder = mkdtempSync(join(tmpdir(), 'keylog-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CLIENT = 40_000
const SERVER = 4433

/** Two connections in memory, and every datagram between them. */
class Recorded {
  readonly lines: string[] = []
  readonly packets: Uint8Array[] = []
  readonly #contexts = [
    present(ssl.SSL_CTX_new(ssl.DTLS_method())),
    present(ssl.SSL_CTX_new(ssl.DTLS_method())),
  ] as const
  readonly client: ssl.SSL
  readonly server: ssl.SSL

  constructor(ciphers: string, certificate: string) {
    const [cc, sc] = this.#contexts
    ssl.SSL_CTX_use_certificate_chain_file(sc, certificateFile(certificate))
    ssl.SSL_CTX_use_PrivateKey_file(sc, keyFile(certificate), ssl.SSL_FILETYPE_PEM)
    ssl.SSL_CTX_set_cipher_list(cc, ciphers)
    ssl.SSL_CTX_set_keylog_callback(cc, (_ssl, line) => this.lines.push(line))
    this.client = this.#end(cc)
    this.server = this.#end(sc)
    ssl.SSL_set_connect_state(this.client)
    ssl.SSL_set_accept_state(this.server)
  }

  shake(): void {
    for (let i = 0; i < 8; i++) {
      ssl.SSL_do_handshake(this.client)
      this.#move(this.client, this.server, CLIENT, SERVER)
      ssl.SSL_do_handshake(this.server)
      this.#move(this.server, this.client, SERVER, CLIENT)
    }
    expect([ssl.SSL_is_init_finished(this.client), ssl.SSL_is_init_finished(this.server)]).toEqual([1, 1])
  }

  say(text: string): void {
    expect(ssl.SSL_write(this.client, Buffer.from(text))).toBe(text.length)
    this.#move(this.client, this.server, CLIENT, SERVER)
  }

  free(): void {
    for (const end of [this.client, this.server]) ssl.SSL_free(end)
    for (const ctx of this.#contexts) ssl.SSL_CTX_free(ctx)
    ssl.ERR_clear_error()
  }

  #end(ctx: ssl.SSL_CTX): ssl.SSL {
    const end = present(ssl.SSL_new(ctx))
    ssl.SSL_set_bio(end, present(ssl.BIO_new(ssl.BIO_s_mem())), present(ssl.BIO_new(ssl.BIO_s_mem())))
    return end
  }

  #move(from: ssl.SSL, to: ssl.SSL, source: number, target: number): void {
    const bytes = Buffer.alloc(20_000)
    const length = ssl.BIO_read(present(ssl.SSL_get_wbio(from)), bytes)
    if (length <= 0) return
    ssl.BIO_write(present(ssl.SSL_get_rbio(to)), bytes, length)
    this.packets.push(ipPacket(bytes.subarray(0, length), source, target))
  }
}

/** IPv4 and UDP headers on loopback, without checksums. */
function ipPacket(payload: Uint8Array, source: number, target: number): Uint8Array {
  const packet = Buffer.alloc(28 + payload.length)
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1])
  packet.writeUInt16BE(packet.length, 2)
  packet.writeUInt16BE(source, 20)
  packet.writeUInt16BE(target, 22)
  packet.writeUInt16BE(8 + payload.length, 24)
  packet.set(payload, 28)
  return packet
}

/** A capture file of raw IP packets, a millisecond apart. */
function capture(packets: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(65_535, 16)
  header.writeUInt32LE(LINKTYPE_RAW, 20)
  const records = packets.flatMap((packet, i) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(i * 1000, 4)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return [record, packet]
  })
  return Buffer.concat([header, ...records])
}

const LINKTYPE_RAW = 101

live('tshark', () => {
  test.each([
    ['ECDHE-ECDSA-AES128-GCM-SHA256', 'p256', 'CLIENT_RANDOM'],
    ['ECDHE-ECDSA-AES256-SHA384', 'p256', 'CLIENT_RANDOM'],
    ['AES128-SHA', 'rsa', 'RSA'],
  ])(
    'reads %s',
    (ciphers, certificate, label) => {
      const recorded = new Recorded(ciphers, certificate)
      recorded.shake()
      recorded.say('what only the key log tells')
      const [file, keys] = [join(folder, 'capture.pcap'), join(folder, 'keys.log')]
      writeFileSync(file, capture(recorded.packets))
      const lines = recorded.lines.filter(line => line.startsWith(label))
      expect(lines.length).toBeGreaterThan(0)
      expect(read(file, keys, lines)).toBe('what only the key log tells')
      recorded.free()
      if (label === 'RSA') expect(read(file, keys, [])).toBe('')
    },
    30_000,
  )
})

/** The application data that tshark finds. */
function read(file: string, keys: string, lines: readonly string[]): string {
  writeFileSync(keys, lines.map(line => `${line}\n`).join(''))
  const options = ['-o', `tls.keylog_file:${keys}`, '-d', `udp.port==${SERVER},dtls`, '-T', 'fields', '-e', 'data.data']
  const { stdout } = spawnSync('tshark', ['-r', file, ...options], { encoding: 'utf8' })
  return Buffer.from(stdout.replace(/\s/g, ''), 'hex').toString('latin1')
}
