// Ported from OpenSSL 3.0's test/bad_dtls_test.c, Apache-2.0: its records made by hand and its stress test of the replay
// window, on a connection of DTLS 1.2, as DTLS1_BAD_VER is refused here.

import { createCipheriv, createHmac } from 'node:crypto'
import {
  type BIO,
  BIO_write,
  DTLS_client_method,
  DTLS_server_method,
  DTLS1_2_VERSION,
  type SSL,
  SSL_CTX_set_cipher_list,
  SSL_CTX_set_options,
  SSL_ERROR_NONE,
  SSL_get_client_random,
  SSL_get_rbio,
  SSL_get_server_random,
  SSL_get_session,
  SSL_MAX_MASTER_KEY_LENGTH,
  SSL_OP_NO_ENCRYPT_THEN_MAC,
  SSL_read,
  SSL_SESSION_get_master_key,
  SSL3_RANDOM_SIZE,
  SSL3_RT_APPLICATION_DATA,
} from '../../lib/index.ts'
import { cert, free_all, privkey } from './sslapitest.ts'
import { create_ssl_connection, create_ssl_ctx_pair, create_ssl_objects } from './ssltestlib.ts'
import { ADD_TEST, TEST_int_eq, TEST_mem_eq, TEST_ptr, TEST_true } from './testutil.ts'

const SHA_DIGEST_LENGTH = 20

/* RFC 5246 section 5, with SHA-256 */
function do_PRF(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Buffer {
  const hmac = (...parts: Uint8Array[]): Buffer => createHmac('sha256', secret).update(Buffer.concat(parts)).digest()
  const full_seed = Buffer.concat([Buffer.from(label), seed])
  let out = Buffer.alloc(0)
  for (let a = hmac(full_seed); out.length < length; a = hmac(a)) out = Buffer.concat([out, hmac(a, full_seed)])
  return out.subarray(0, length)
}

interface Keys {
  readonly mac_key: Uint8Array
  readonly enc_key: Uint8Array
}

/** The keys that a server writes with in a suite of AES-128 and SHA-1. */
function server_keys(ssl: SSL): Keys {
  const master_secret = new Uint8Array(SSL_MAX_MASTER_KEY_LENGTH)
  const server_random = new Uint8Array(SSL3_RANDOM_SIZE)
  const client_random = new Uint8Array(SSL3_RANDOM_SIZE)
  TEST_int_eq(SSL_SESSION_get_master_key(TEST_ptr(SSL_get_session(ssl)), master_secret, 48), 48)
  TEST_int_eq(SSL_get_server_random(ssl, server_random, SSL3_RANDOM_SIZE), SSL3_RANDOM_SIZE)
  TEST_int_eq(SSL_get_client_random(ssl, client_random, SSL3_RANDOM_SIZE), SSL3_RANDOM_SIZE)
  const key_block = do_PRF(master_secret, 'key expansion', Buffer.concat([server_random, client_random]), 104)
  return { mac_key: key_block.subarray(20, 40), enc_key: key_block.subarray(56, 72) }
}

/* Create header, HMAC, pad, encrypt and send a record */
function send_record(rbio: BIO, { mac_key, enc_key }: Keys, type: number, seqnr: number, msg: Uint8Array): void {
  /* Note that the order of the record header fields on the wire,
   * and in the HMAC, is different. So we just keep them in separate
   * variables and handle them individually. */
  const epoch = Uint8Array.of(0x00, 0x01)
  const seq = Buffer.alloc(6)
  seq.writeUIntBE(seqnr, 0, 6)
  const ver = Uint8Array.of(0xfe, 0xfd)
  const lenbytes = (length: number): Uint8Array => Uint8Array.of(length >> 8, length)

  /* Append HMAC to data */
  const mac = createHmac('sha1', mac_key)
  for (const part of [epoch, seq, Uint8Array.of(type), ver, lenbytes(msg.length), msg]) mac.update(part)

  /* Append padding bytes */
  const pad = 15 - ((msg.length + SHA_DIGEST_LENGTH) % 16)
  const plain = Buffer.concat([msg, mac.digest(), Buffer.alloc(pad + 1, pad)])

  /* Generate IV, and encrypt */
  const iv = Buffer.alloc(16, seqnr)
  const cipher = createCipheriv('aes-128-cbc', enc_key, iv).setAutoPadding(false)
  const enc = Buffer.concat([cipher.update(plain), cipher.final()])

  /* Finally write header (from fragmented variables), IV and encrypted record */
  const body = Buffer.concat([iv, enc])
  const record = Buffer.concat([Uint8Array.of(type), ver, epoch, seq, lenbytes(body.length), body])
  TEST_int_eq(BIO_write(rbio, record, record.length), record.length)
}

const NODROP = (seq: number): readonly [number, boolean] => [seq, false]
const DROP = (seq: number): readonly [number, boolean] => [seq, true]

// biome-ignore format: as in C
const tests = [
  NODROP(1), NODROP(3), NODROP(2),
  NODROP(0x1234), NODROP(0x1230), NODROP(0x1235),
  NODROP(0xffff), NODROP(0x10001), NODROP(0xfffe), NODROP(0x10000),
  DROP(0x10001), DROP(0xff), NODROP(0x100000), NODROP(0x800000), NODROP(0x7fffe1),
  NODROP(0xffffff), NODROP(0x1000000), NODROP(0xfffffe), DROP(0xffffff), NODROP(0x1000010),
  NODROP(0xfffffd), NODROP(0x1000011), DROP(0x12), NODROP(0x1000012),
  NODROP(0x1ffffff), NODROP(0x2000000), DROP(0x1ff00fe), NODROP(0x2000001),
  NODROP(0x20fffff), NODROP(0x2105500), DROP(0x20ffffe), NODROP(0x21054ff),
  NODROP(0x211ffff), DROP(0x2110000), NODROP(0x2120000),
  /* The last test should be NODROP, because a DROP wouldn't get tested. */
]

function test_bad_dtls(): void {
  const { sctx, cctx } = create_ssl_ctx_pair(
    DTLS_server_method(),
    DTLS_client_method(),
    DTLS1_2_VERSION,
    0,
    cert,
    privkey,
  )
  TEST_true(SSL_CTX_set_cipher_list(cctx, 'AES128-SHA'))
  TEST_true(SSL_CTX_set_options(cctx, SSL_OP_NO_ENCRYPT_THEN_MAC))
  const { serverssl, clientssl: con } = create_ssl_objects(sctx, cctx)
  TEST_true(create_ssl_connection(serverssl, con, SSL_ERROR_NONE))
  const keys = server_keys(con)
  const rbio = TEST_ptr(SSL_get_rbio(con))

  /* While we're here and crafting packets by hand, we might as well do a
     bit of a stress test on the DTLS record replay handling. Not Cisco-DTLS
     specific but useful anyway for the general case. It's been broken
     before, and in fact was broken even for a basic 0, 2, 1 test case
     when this test was first added.... */
  for (const [seq, drop] of tests) {
    const msg = Buffer.alloc(8)
    msg.writeUInt32BE(seq, 4)
    send_record(rbio, keys, SSL3_RT_APPLICATION_DATA, seq, msg)

    if (drop) continue

    const recv_buf = new Uint8Array(16)
    TEST_int_eq(SSL_read(con, recv_buf, recv_buf.length), msg.length)
    TEST_mem_eq(recv_buf.subarray(0, msg.length), msg)
  }

  free_all(con, serverssl, sctx, cctx)
}

ADD_TEST(test_bad_dtls)
