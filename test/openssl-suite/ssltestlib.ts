// Ported from OpenSSL 3.0's test/helpers/ssltestlib.c, Apache-2.0.
import {
  type BIO,
  BIO_CTRL_DUP,
  BIO_CTRL_EOF,
  BIO_CTRL_FLUSH,
  BIO_CTRL_GET_CLOSE,
  BIO_CTRL_PENDING,
  BIO_CTRL_SET_CLOSE,
  BIO_clear_flags,
  BIO_clear_retry_flags,
  BIO_ctrl,
  BIO_FLAGS_RWS,
  BIO_FLAGS_SHOULD_RETRY,
  BIO_get_data,
  BIO_get_shutdown,
  type BIO_METHOD,
  BIO_meth_new,
  BIO_meth_set_create,
  BIO_meth_set_ctrl,
  BIO_meth_set_destroy,
  BIO_meth_set_gets,
  BIO_meth_set_puts,
  BIO_meth_set_read,
  BIO_meth_set_write,
  BIO_new,
  BIO_next,
  BIO_push,
  BIO_read,
  BIO_s_mem,
  BIO_set_data,
  BIO_set_flags,
  BIO_set_init,
  BIO_set_mem_eof_return,
  BIO_set_retry_read,
  BIO_set_retry_write,
  BIO_set_shutdown,
  BIO_TYPE_FILTER,
  BIO_test_flags,
  BIO_up_ref,
  BIO_write,
  DTLS1_RT_HEADER_LENGTH,
  type SSL,
  SSL_accept,
  type SSL_CTX,
  SSL_CTX_check_private_key,
  SSL_CTX_new_ex,
  SSL_CTX_set_max_proto_version,
  SSL_CTX_set_min_proto_version,
  SSL_CTX_set_options,
  SSL_CTX_use_certificate_file,
  SSL_CTX_use_PrivateKey_file,
  SSL_connect,
  SSL_ERROR_NONE,
  SSL_ERROR_SSL,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_WANT_X509_LOOKUP,
  SSL_FILETYPE_PEM,
  SSL_free,
  SSL_get_error,
  SSL_is_dtls,
  type SSL_METHOD,
  SSL_new,
  SSL_OP_ALLOW_CLIENT_RENEGOTIATION,
  SSL_read,
  SSL_read_ex,
  SSL_set_bio,
  SSL_shutdown,
} from '../../lib/index.ts'
import { setSslClock } from '../../lib/openssl/clock.ts'
import { note, openssl_errors, TEST_int_eq, TEST_ptr, TEST_true } from './testutil.ts'

/** Time passes when a test sleeps, and at no other time. */
let time = 0
setSslClock({ now: () => time, wall: () => Date.now() + time })

export function ossl_sleep(milliseconds: number): void {
  time += milliseconds
}

/** Choose a sufficiently large type likely to be unused for this custom BIO */
const BIO_TYPE_TLS_DUMP_FILTER = 0x80 | BIO_TYPE_FILTER
const BIO_TYPE_MEMPACKET_TEST = 0x81
const BIO_TYPE_ALWAYS_RETRY = 0x82

let method_tls_dump: BIO_METHOD | null = null
let meth_mem: BIO_METHOD | null = null
let meth_always_retry: BIO_METHOD | null = null
let retry_err = -1

/** A filter that passes everything on: what C's prints of the packets nobody reads here. */
export function bio_f_tls_dump_filter(): BIO_METHOD {
  if (method_tls_dump === null) {
    method_tls_dump = TEST_ptr(BIO_meth_new(BIO_TYPE_TLS_DUMP_FILTER, 'TLS dump filter'))
    TEST_true(BIO_meth_set_write(method_tls_dump, tls_dump_write))
    TEST_true(BIO_meth_set_read(method_tls_dump, tls_dump_read))
    TEST_true(BIO_meth_set_puts(method_tls_dump, (bio, str) => tls_dump_write(bio, Buffer.from(str), str.length)))
    TEST_true(BIO_meth_set_gets(method_tls_dump, () => -1))
    TEST_true(BIO_meth_set_ctrl(method_tls_dump, tls_dump_ctrl))
    TEST_true(BIO_meth_set_create(method_tls_dump, bio => initialised(bio, 1)))
    TEST_true(BIO_meth_set_destroy(method_tls_dump, bio => initialised(bio, 0)))
  }
  return method_tls_dump
}

function initialised(bio: BIO, init: number): number {
  BIO_set_init(bio, init)
  return 1
}

function copy_flags(bio: BIO): void {
  const flags = BIO_test_flags(TEST_ptr(BIO_next(bio)), BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_RWS)
  BIO_clear_flags(bio, BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_RWS)
  BIO_set_flags(bio, flags)
}

function tls_dump_read(bio: BIO, out: Uint8Array, outl: number): number {
  const ret = BIO_read(TEST_ptr(BIO_next(bio)), out, outl)
  copy_flags(bio)
  return ret
}

function tls_dump_write(bio: BIO, data: Uint8Array, inl: number): number {
  const ret = BIO_write(TEST_ptr(BIO_next(bio)), data, inl)
  copy_flags(bio)
  return ret
}

function tls_dump_ctrl(bio: BIO, cmd: number, num: number, ptr: unknown): number {
  const next = BIO_next(bio)
  if (next === null || cmd === BIO_CTRL_DUP) return 0
  return BIO_ctrl(next, cmd, num, ptr)
}

interface MEMPACKET {
  data: Uint8Array
  num: number
  readonly type: number
}

interface MEMPACKET_TEST_CTX {
  pkts: MEMPACKET[]
  epoch: number
  currrec: number
  currpkt: number
  lastpkt: number
  injected: boolean
  noinject: boolean
  dropepoch: number
  droprec: number
  duprec: number
}

export const MEMPACKET_CTRL_SET_DROP_EPOCH = 1 << 15
export const MEMPACKET_CTRL_SET_DROP_REC = 2 << 15
export const MEMPACKET_CTRL_GET_DROP_REC = 3 << 15
export const MEMPACKET_CTRL_SET_DUPLICATE_REC = 4 << 15

const STANDARD_PACKET = 0
export const INJECT_PACKET = 1
export const INJECT_PACKET_IGNORE_REC_SEQ = 2

export function bio_s_mempacket_test(): BIO_METHOD {
  if (meth_mem === null) {
    meth_mem = TEST_ptr(BIO_meth_new(BIO_TYPE_MEMPACKET_TEST, 'Mem Packet Test'))
    TEST_true(BIO_meth_set_write(meth_mem, mempacket_test_write))
    TEST_true(BIO_meth_set_read(meth_mem, mempacket_test_read))
    TEST_true(BIO_meth_set_puts(meth_mem, (bio, str) => mempacket_test_write(bio, Buffer.from(str), str.length)))
    TEST_true(BIO_meth_set_gets(meth_mem, () => -1))
    TEST_true(BIO_meth_set_ctrl(meth_mem, mempacket_test_ctrl))
    TEST_true(BIO_meth_set_create(meth_mem, mempacket_test_new))
    TEST_true(BIO_meth_set_destroy(meth_mem, mempacket_test_free))
  }
  return meth_mem
}

function mempacket_test_new(bio: BIO): number {
  const ctx: MEMPACKET_TEST_CTX = {
    pkts: [],
    epoch: 0,
    currrec: 0,
    currpkt: 0,
    lastpkt: 0,
    injected: false,
    noinject: false,
    dropepoch: 0,
    droprec: -1,
    duprec: 0,
  }
  BIO_set_init(bio, 1)
  BIO_set_data(bio, ctx)
  return 1
}

function mempacket_test_free(bio: BIO): number {
  BIO_set_data(bio, null)
  BIO_set_init(bio, 0)
  return 1
}

const context = (bio: BIO): MEMPACKET_TEST_CTX => TEST_ptr(BIO_get_data(bio) as MEMPACKET_TEST_CTX | null)

/* Record Header values */
const EPOCH_HI = 3
const RECORD_SEQUENCE = 10
const RECORD_LEN_HI = 11

/** The length of the record at `at` with its header; beyond the end where there is no whole header. */
function recordLength(data: Uint8Array, at: number): number {
  if (data.length - at < DTLS1_RT_HEADER_LENGTH) return data.length + 1
  return Buffer.from(data).readUInt16BE(at + RECORD_LEN_HI) + DTLS1_RT_HEADER_LENGTH
}

function mempacket_test_read(bio: BIO, out: Uint8Array, outl: number): number {
  const ctx = context(bio)
  BIO_clear_retry_flags(bio)
  const thispkt = ctx.pkts[0]
  if (thispkt === undefined || thispkt.num !== ctx.currpkt) {
    /* Probably run out of data */
    BIO_set_retry_read(bio)
    return -1
  }
  ctx.pkts.shift()
  ctx.currpkt++

  let data = thispkt.data
  if (thispkt.type !== INJECT_PACKET_IGNORE_REC_SEQ && (ctx.injected || ctx.droprec >= 0)) {
    /*
     * Overwrite the record sequence number. We strictly number them in
     * the order received. Since we are actually a reliable transport
     * we know that there won't be any re-ordering. We overwrite to deal
     * with any packets that have been injected
     */
    for (let rec = 0; rec < data.length; ) {
      const len = recordLength(data, rec)
      if (len > data.length - rec) return -1
      const epoch = Buffer.from(data).readUInt16BE(rec + EPOCH_HI)
      if (epoch !== ctx.epoch) {
        ctx.epoch = epoch
        ctx.currrec = 0
      }
      let seq = ctx.currrec
      let offset = 0
      do {
        data[rec + RECORD_SEQUENCE - offset] = seq & 0xff
        seq >>= 8
        offset++
      } while (seq > 0)

      if (ctx.droprec === ctx.currrec && ctx.dropepoch === epoch) {
        data = Buffer.concat([data.subarray(0, rec), data.subarray(rec + len)])
        ctx.droprec = -1
        if (data.length === 0) BIO_set_retry_read(bio)
      } else {
        rec += len
      }
      ctx.currrec++
    }
  }
  const taken = data.subarray(0, outl)
  out.set(taken)
  return taken.length
}

/**
 * Look for records from different epochs in the last datagram and swap them
 * around
 */
export function mempacket_swap_epoch(bio: BIO): number {
  const ctx = context(bio)
  /*
   * If there are multiple packets we only look in the last one. This should
   * always be the one where any epoch change occurs.
   */
  const thispkt = ctx.pkts.at(-1)
  if (thispkt === undefined) return 0
  const data = thispkt.data
  let prevrec = -1
  for (let rec = 0; rec < data.length; ) {
    const len = recordLength(data, rec)
    if (len > data.length - rec) return 0
    const epoch = Buffer.from(data).readUInt16BE(rec + EPOCH_HI)
    /* Assumes the epoch change does not happen on the first record */
    if (epoch !== ctx.epoch) {
      if (prevrec < 0) return 0
      /*
       * We found 2 records with different epochs. Move everything from this record onwards, including any
       * trailing records, over the earlier record, and put that at the end of the packet list in a packet of its own.
       */
      thispkt.data = Buffer.concat([data.subarray(0, prevrec), data.subarray(rec)])
      ctx.pkts.push({ type: INJECT_PACKET, data: data.slice(prevrec, rec), num: thispkt.num + 1 })
      return 1
    }
    prevrec = rec
    rec += len
  }
  return 0
}

/** Move packet from position s to position d in the list (d < s) */
export function mempacket_move_packet(bio: BIO, d: number, s: number): number {
  const ctx = context(bio)
  /* We need at least s + 1 packets to be able to swap them */
  if (d >= s || ctx.pkts.length <= s) return 0
  /* Remove and re-add the packet at position s */
  const [thispkt] = ctx.pkts.splice(s, 1)
  if (thispkt === undefined) return 0
  thispkt.num -= s - d
  ctx.pkts.splice(d, 0, thispkt)
  /* Increment the packet numbers for moved packets */
  for (const moved of ctx.pkts.slice(d + 1, s + 1)) moved.num++
  return 1
}

export function mempacket_test_inject(bio: BIO, data: Uint8Array, pktnum: number, type: number): number {
  const ctx = context(bio)
  const len = recordLength(data, 0)
  if (data.length < len) return -1
  const duprec = data.length === len ? false : ctx.duprec > 0

  /* We don't support arbitrary injection when duplicating records */
  if (duprec && pktnum !== -1) return -1

  /* We only allow injection before we've started writing any data */
  if (pktnum >= 0) {
    if (ctx.noinject) return -1
    ctx.injected = true
  } else {
    ctx.noinject = true
  }

  const allpkts: MEMPACKET[] = []
  for (let i = 0; i < (duprec ? 3 : 1); i++) {
    /*
     * If we are duplicating the packet, we duplicate it three times. The
     * first two times we drop the first record if there are more than one.
     * In this way we know that libssl will not be able to make progress
     * until it receives the last packet, and hence will be forced to
     * buffer these records.
     */
    allpkts.push({
      data: duprec && i !== 2 ? data.slice(len) : data.slice(),
      num: pktnum >= 0 ? pktnum : ctx.lastpkt + i,
      type,
    })
  }
  const thispkt = TEST_ptr(allpkts.at(-1))

  for (let i = 0; i < ctx.pkts.length; i++) {
    const looppkt = TEST_ptr(ctx.pkts[i])
    /* Check if we found the right place to insert this packet */
    if (looppkt.num > thispkt.num) {
      ctx.pkts.splice(i, 0, thispkt)
      /* If we're doing up front injection then we're done */
      if (pktnum >= 0) return data.length
      /*
       * We need to do some accounting on lastpkt. We increment it first,
       * but it might now equal the value of injected packets, so we need
       * to skip over those
       */
      ctx.lastpkt++
      while (ctx.pkts[++i]?.num === ctx.lastpkt) ctx.lastpkt++
      return data.length
    }
    if (looppkt.num === thispkt.num) {
      /* We injected two packets with the same packet number! */
      if (!ctx.noinject) return -1
      ctx.lastpkt++
      thispkt.num++
    }
  }
  /*
   * We didn't find any packets with a packet number equal to or greater than
   * this one, so we just add it onto the end
   */
  ctx.pkts.push(...allpkts)
  if (pktnum < 0) ctx.lastpkt += allpkts.length
  return data.length
}

const mempacket_test_write = (bio: BIO, data: Uint8Array, inl: number): number =>
  mempacket_test_inject(bio, data.subarray(0, inl), -1, STANDARD_PACKET)

function mempacket_test_ctrl(bio: BIO, cmd: number, num: number): number {
  const ctx = context(bio)
  switch (cmd) {
    case BIO_CTRL_EOF:
      return ctx.pkts.length === 0 ? 1 : 0
    case BIO_CTRL_GET_CLOSE:
      return BIO_get_shutdown(bio)
    case BIO_CTRL_SET_CLOSE:
      BIO_set_shutdown(bio, num)
      return 1
    case BIO_CTRL_PENDING:
      return ctx.pkts[0]?.data.length ?? 0
    case BIO_CTRL_FLUSH:
      return 1
    case MEMPACKET_CTRL_SET_DROP_EPOCH:
      ctx.dropepoch = num
      return 1
    case MEMPACKET_CTRL_SET_DROP_REC:
      ctx.droprec = num
      return 1
    case MEMPACKET_CTRL_GET_DROP_REC:
      return ctx.droprec
    case MEMPACKET_CTRL_SET_DUPLICATE_REC:
      ctx.duprec = num
      return 1
    default:
      return 0
  }
}

export function bio_s_always_retry(): BIO_METHOD {
  if (meth_always_retry === null) {
    const read = (bio: BIO): number => {
      BIO_set_retry_read(bio)
      return retry_err
    }
    const write = (bio: BIO): number => {
      BIO_set_retry_write(bio)
      return retry_err
    }
    meth_always_retry = TEST_ptr(BIO_meth_new(BIO_TYPE_ALWAYS_RETRY, 'Always Retry'))
    TEST_true(BIO_meth_set_write(meth_always_retry, write))
    TEST_true(BIO_meth_set_read(meth_always_retry, read))
    TEST_true(BIO_meth_set_puts(meth_always_retry, write))
    TEST_true(BIO_meth_set_gets(meth_always_retry, read))
    TEST_true(BIO_meth_set_ctrl(meth_always_retry, always_retry_ctrl))
    TEST_true(BIO_meth_set_create(meth_always_retry, bio => initialised(bio, 1)))
    TEST_true(BIO_meth_set_destroy(meth_always_retry, bio => initialised(bio, 0)))
  }
  return meth_always_retry
}

export function set_always_retry_err_val(err: number): void {
  retry_err = err
}

function always_retry_ctrl(bio: BIO, cmd: number): number {
  if (cmd === BIO_CTRL_FLUSH) BIO_set_retry_write(bio)
  return 0
}

interface CtxPair {
  sctx: SSL_CTX
  cctx: SSL_CTX
}

/** @param given - contexts that are there already */
export function create_ssl_ctx_pair(
  sm: SSL_METHOD,
  cm: SSL_METHOD,
  min_proto_version: number,
  max_proto_version: number,
  certfile: string | null,
  privkeyfile: string | null,
  given: Partial<CtxPair> = {},
): CtxPair {
  const serverctx = given.sctx ?? create_server_ctx(sm)
  const clientctx = given.cctx ?? TEST_ptr(SSL_CTX_new_ex(null, null, cm))
  for (const ctx of [serverctx, clientctx]) {
    if (min_proto_version > 0) TEST_true(SSL_CTX_set_min_proto_version(ctx, min_proto_version))
    if (max_proto_version > 0) TEST_true(SSL_CTX_set_max_proto_version(ctx, max_proto_version))
  }
  if (certfile !== null && privkeyfile !== null) {
    TEST_int_eq(SSL_CTX_use_certificate_file(serverctx, certfile, SSL_FILETYPE_PEM), 1)
    TEST_int_eq(SSL_CTX_use_PrivateKey_file(serverctx, privkeyfile, SSL_FILETYPE_PEM), 1)
    TEST_int_eq(SSL_CTX_check_private_key(serverctx), 1)
  }
  return { sctx: serverctx, cctx: clientctx }
}

function create_server_ctx(sm: SSL_METHOD): SSL_CTX {
  const serverctx = TEST_ptr(SSL_CTX_new_ex(null, null, sm))
  TEST_true(SSL_CTX_set_options(serverctx, SSL_OP_ALLOW_CLIENT_RENEGOTIATION))
  return serverctx
}

export interface SslPair {
  serverssl: SSL
  clientssl: SSL
}

const MAXLOOPS = 10000

/**
 * NOTE: Transfers control of the BIOs - this function will free them on error
 * @param given - objects that are there already
 */
export function create_ssl_objects(
  serverctx: SSL_CTX | null,
  clientctx: SSL_CTX | null,
  s_to_c_fbio: BIO | null = null,
  c_to_s_fbio: BIO | null = null,
  given: Partial<SslPair> = {},
): SslPair {
  const serverssl = given.serverssl ?? TEST_ptr(SSL_new(serverctx))
  const clientssl = given.clientssl ?? TEST_ptr(SSL_new(clientctx))
  const method = SSL_is_dtls(clientssl) ? bio_s_mempacket_test : BIO_s_mem
  let s_to_c_bio = TEST_ptr(BIO_new(method()))
  let c_to_s_bio = TEST_ptr(BIO_new(method()))
  if (s_to_c_fbio !== null) s_to_c_bio = TEST_ptr(BIO_push(s_to_c_fbio, s_to_c_bio))
  if (c_to_s_fbio !== null) c_to_s_bio = TEST_ptr(BIO_push(c_to_s_fbio, c_to_s_bio))

  /* Set Non-blocking IO behaviour */
  BIO_set_mem_eof_return(s_to_c_bio, -1)
  BIO_set_mem_eof_return(c_to_s_bio, -1)

  /* Up ref these as we are passing them to two SSL objects */
  SSL_set_bio(serverssl, c_to_s_bio, s_to_c_bio)
  BIO_up_ref(s_to_c_bio)
  BIO_up_ref(c_to_s_bio)
  SSL_set_bio(clientssl, s_to_c_bio, c_to_s_bio)
  return { serverssl, clientssl }
}

/**
 * Create an SSL connection, but does not read any post-handshake
 * NewSessionTicket messages.
 * If |read| is set and we're using DTLS then we will attempt to SSL_read on
 * the connection once we've completed one half of it, to ensure any retransmits
 * get triggered.
 * We stop the connection attempt (and return a failure value) if either peer
 * has SSL_get_error() return the value in the |want| parameter. The connection
 * attempt could be restarted by a subsequent call to this function.
 */
export function create_bare_ssl_connection(serverssl: SSL, clientssl: SSL, want: number, read: boolean): number {
  let [retc, rets, err, abortctr] = [-1, -1, 0, 0]
  let [clienterr, servererr] = [false, false]
  const isdtls = SSL_is_dtls(serverssl) === 1

  do {
    err = SSL_ERROR_WANT_WRITE
    while (!clienterr && retc <= 0 && err === SSL_ERROR_WANT_WRITE) {
      retc = SSL_connect(clientssl)
      if (retc <= 0) err = SSL_get_error(clientssl, retc)
    }
    if (!clienterr && retc <= 0 && err !== SSL_ERROR_WANT_READ) {
      /* SSL_connect() failed */
      if (want !== SSL_ERROR_SSL) note(`SSL_connect() failed ${retc}, ${err}`, ...openssl_errors())
      clienterr = true
    }
    if (want !== SSL_ERROR_NONE && err === want) return 0

    err = SSL_ERROR_WANT_WRITE
    while (!servererr && rets <= 0 && err === SSL_ERROR_WANT_WRITE) {
      rets = SSL_accept(serverssl)
      if (rets <= 0) err = SSL_get_error(serverssl, rets)
    }
    if (!servererr && rets <= 0 && err !== SSL_ERROR_WANT_READ && err !== SSL_ERROR_WANT_X509_LOOKUP) {
      /* SSL_accept() failed */
      if (want !== SSL_ERROR_SSL) note(`SSL_accept() failed ${rets}, ${err}`, ...openssl_errors())
      servererr = true
    }
    if (want !== SSL_ERROR_NONE && err === want) return 0
    if (clienterr && servererr) return 0
    if (isdtls && read) {
      const buf = new Uint8Array(20)
      /* Trigger any retransmits that may be appropriate: we don't expect this to succeed! */
      if (rets > 0 && retc <= 0 && SSL_read(serverssl, buf, buf.length) > 0) return 0
      if (retc > 0 && rets <= 0 && SSL_read(clientssl, buf, buf.length) > 0) return 0
    }
    if (++abortctr === MAXLOOPS) return 0 /* No progress made */
    if (isdtls && abortctr <= 50 && abortctr % 10 === 0) {
      /*
       * It looks like we're just spinning. Pause for a short period to
       * give the DTLS timer a chance to do something. We only do this for
       * the first few times to prevent hangs.
       */
      ossl_sleep(50)
    }
  } while (retc <= 0 || rets <= 0)
  return 1
}

/**
 * Create an SSL connection including any post handshake NewSessionTicket
 * messages.
 */
export function create_ssl_connection(serverssl: SSL, clientssl: SSL, want: number): number {
  const buf = new Uint8Array(1)
  const readbytes = { value: 0 }
  if (!create_bare_ssl_connection(serverssl, clientssl, want, true)) return 0
  /*
   * We attempt to read some data on the client side which we expect to fail.
   * This will ensure we have received the NewSessionTicket in TLSv1.3 where
   * appropriate. We do this twice because there are 2 NewSessionTickets.
   */
  for (let i = 0; i < 2; i++) {
    if (SSL_read_ex(clientssl, buf, 1, readbytes) > 0) TEST_int_eq(readbytes.value, 0)
    else TEST_int_eq(SSL_get_error(clientssl, 0), SSL_ERROR_WANT_READ)
  }
  return 1
}

export function shutdown_ssl_connection(serverssl: SSL | null, clientssl: SSL | null): void {
  if (clientssl !== null) SSL_shutdown(clientssl)
  if (serverssl !== null) SSL_shutdown(serverssl)
  SSL_free(serverssl)
  SSL_free(clientssl)
}
