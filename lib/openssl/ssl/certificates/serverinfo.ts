import { copy } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import { keyTypeOf } from '../../../crypto/signatures.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import type { PemBlock } from '../../../pki/pem.ts'
import { Reader } from '../../../wire/reader.ts'
import { type BIO, BIO_free, BIO_new } from '../../bio/bio.ts'
import { BIO_read_filename, BIO_s_file } from '../../bio/file.ts'
import { requireBytes, requireInteger, requireLength, requireString } from '../../boundary.ts'
import { ERR_R_PASSED_NULL_PARAMETER, ERR_R_SYS_LIB } from '../../constants/err.ts'
import * as C from '../../constants/ssl.ts'
import * as R from '../../constants/sslerr.ts'
import { raisePem, readBlock } from '../../x509/files/pem-bio.ts'
import type { SSL_custom_ext_add_cb_ex, SSL_custom_ext_parse_cb_ex } from '../callbacks.ts'
import type { SSL_CTX } from '../ctx.ts'
import { OLD_CONTEXT, SSL_CTX_add_custom_ext, SSL_CTX_add_server_custom_ext } from '../extensions/custom-extensions.ts'
import { liveCtx } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import type { ServerInfo } from './cert.ts'
import { currentSlot, refuse } from './slots.ts'

/**
 * Extensions that a server sends with the certificate set last, to clients that ask for them with an empty one
 * (SSL_CTX_use_serverinfo(3)): for each a type, a length and the body, two bytes both.
 * @param serverinfo_length - bytes of `serverinfo`
 * @returns 1, or 0 with SSL_R_INVALID_SERVERINFO_DATA, also for a type that is used already
 */
export function SSL_CTX_use_serverinfo(
  ctx: SSL_CTX,
  serverinfo: Uint8Array | null,
  serverinfo_length?: number,
): number {
  return SSL_CTX_use_serverinfo_ex(ctx, C.SSL_SERVERINFOV1, serverinfo, serverinfo_length)
}

/** SSL_CTX_use_serverinfo; with version SSL_SERVERINFOV2 four bytes of SSL_EXT_* stand before each type. @returns as there */
export function SSL_CTX_use_serverinfo_ex(
  ctx: SSL_CTX,
  version: number,
  serverinfo: Uint8Array | null,
  serverinfo_length?: number,
): number {
  const context = liveCtx(ctx)
  requireInteger(version, 'version')
  if (serverinfo === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const length = requireLength(serverinfo_length, requireBytes(serverinfo, 'serverinfo'), 'serverinfo_length')
  if (length <= 0) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const entries = readEntries(copy(serverinfo.subarray(0, length)), version)
  return entries === null ? refuse(R.SSL_R_INVALID_SERVERINFO_DATA) : use(context, entries)
}

/**
 * SSL_CTX_use_serverinfo for the blocks of a PEM file, `SERVERINFO FOR ...` and `SERVERINFOV2 FOR ...`.
 * @returns 1, or 0 with the errors of opening it, SSL_R_NO_PEM_EXTENSIONS, SSL_R_PEM_NAME_TOO_SHORT, SSL_R_PEM_NAME_BAD_PREFIX or
 * SSL_R_BAD_DATA
 */
export function SSL_CTX_use_serverinfo_file(ctx: SSL_CTX, file: string | null): number {
  const context = liveCtx(ctx)
  if (file === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const bio = BIO_new(BIO_s_file())
  const opened = bio !== null && BIO_read_filename(bio, requireString(file, 'file')) > 0
  const entries = opened ? readBlocks(bio) : fail(ERR_R_SYS_LIB)
  BIO_free(bio)
  return entries === null ? 0 : use(context, entries)
}

function use(ctx: SSL_CTX, entries: readonly ServerInfo[]): number {
  const slot = currentSlot(ctx.settings.cert)
  slot.serverInfo = entries
  for (const { type, context } of entries) {
    const added =
      context === OLD_CONTEXT
        ? SSL_CTX_add_server_custom_ext(ctx, type, addOld, null, null, parseOld, null)
        : SSL_CTX_add_custom_ext(ctx, type, context, add, null, null, parse, null)
    if (added === 0) return refuse(R.SSL_R_INVALID_SERVERINFO_DATA)
  }
  return 1
}

/** All of the bytes as entries; null when they are not. */
function readEntries(bytes: Uint8Array, version: number): ServerInfo[] | null {
  if (version !== C.SSL_SERVERINFOV1 && version !== C.SSL_SERVERINFOV2) return null
  const reader = new Reader(bytes)
  const entries: ServerInfo[] = []
  try {
    while (reader.remaining > 0) {
      const context = version === C.SSL_SERVERINFOV2 ? reader.u32() : OLD_CONTEXT
      entries.push({ context, type: reader.u16(), body: reader.vector16() })
    }
    return entries
  } catch (failure) {
    if (failure instanceof ProtocolFailure) return null
    throw failure
  }
}

function readBlocks(bio: BIO): ServerInfo[] | null {
  const entries: ServerInfo[] = []
  for (let block = nextBlock(bio); block !== null; block = nextBlock(bio)) {
    const { label, data } = block
    if (label.length < PREFIX.length) return fail(R.SSL_R_PEM_NAME_TOO_SHORT)
    const version = label.startsWith(PREFIX) ? C.SSL_SERVERINFOV1 : C.SSL_SERVERINFOV2
    if (version === C.SSL_SERVERINFOV2 && label.length < PREFIX_V2.length) return fail(R.SSL_R_PEM_NAME_TOO_SHORT)
    if (version === C.SSL_SERVERINFOV2 && !label.startsWith(PREFIX_V2)) return fail(R.SSL_R_PEM_NAME_BAD_PREFIX)
    const read = readEntries(data, version)
    if (read?.length !== 1) return fail(R.SSL_R_BAD_DATA)
    entries.push(...read)
  }
  return entries.length === 0 ? fail(R.SSL_R_NO_PEM_EXTENSIONS) : entries
}

function nextBlock(bio: BIO): PemBlock | null {
  try {
    return readBlock(bio, () => true)
  } catch (failure) {
    if (!(failure instanceof PkiFailure)) throw failure
    raisePem(failure, 'ANY')
    return null
  }
}

function fail(reason: number): null {
  refuse(reason)
  return null
}

const add: SSL_custom_ext_add_cb_ex = (ssl, type, _context, out, outlen) => {
  const found = infoOf(ssl)?.find(entry => entry.type === type)
  if (found === undefined) return 0
  out.value = found.body
  outlen.value = found.body.length
  return 1
}

/** A client asks with nothing in the extension. */
const parse: SSL_custom_ext_parse_cb_ex = (_ssl, _type, _context, _body, length, _x, _chainidx, al) => {
  if (length === 0) return 1
  al.value = C.SSL_AD_DECODE_ERROR
  return 0
}

const addOld: Parameters<typeof SSL_CTX_add_server_custom_ext>[2] = (ssl, type, out, outlen, al) =>
  add(ssl, type, 0, out, outlen, null, 0, al, null)
const parseOld: Parameters<typeof SSL_CTX_add_server_custom_ext>[5] = (ssl, type, body, length, al) =>
  parse(ssl, type, 0, body, length, null, 0, al, null)

/** What goes with the certificate that the connection shows. */
function infoOf({ settings, connection }: SSL): readonly ServerInfo[] | null {
  const credential = connection?.negotiated.credential ?? null
  if (credential === null) return null
  return settings.cert.slots.get(keyTypeOf(credential.key))?.serverInfo ?? null
}

const PREFIX = 'SERVERINFO FOR '
const PREFIX_V2 = 'SERVERINFOV2 FOR '
