import { concat, EMPTY, equal, wipe } from '../../../base/bytes.ts'
import { ProtocolFailure } from '../../../base/failure.ts'
import { systemRandom } from '../../../base/random.ts'
import type { TicketOutcome } from '../../../session/policy.ts'
import type { Session } from '../../../session/session.ts'
import { readState, stateOf } from '../../../session/store.ts'
import { TICKET_KEYS_LENGTH, TicketKeys } from '../../../session/ticket.ts'
import { requireBytes, requireCallback, requireSignedLength } from '../../boundary.ts'
import * as C from '../../constants/ssl.ts'
import { SSL_R_INVALID_TICKET_KEYS_LENGTH } from '../../constants/sslerr.ts'
import { ERR_clear_error } from '../../err/put.ts'
import {
  type EVP_CIPHER_CTX,
  EVP_CIPHER_CTX_free,
  EVP_CIPHER_CTX_get0_cipher,
  EVP_CIPHER_CTX_new,
  EVP_DecryptFinal_ex,
  EVP_DecryptUpdate,
  EVP_EncryptFinal_ex,
  EVP_EncryptUpdate,
} from '../../evp/cipher.ts'
import {
  EVP_MAC_CTX,
  EVP_MAC_CTX_free,
  EVP_MAC_CTX_get_mac_size,
  EVP_MAC_final,
  EVP_MAC_init,
  EVP_MAC_update,
} from '../../evp/mac.ts'
import { type HMAC_CTX, HMAC_CTX_free, HMAC_CTX_new, HMAC_Final, HMAC_Update } from '../../evp/md.ts'
import type {
  SSL_CTX_decrypt_session_ticket_fn,
  SSL_CTX_generate_session_ticket_fn,
  SSL_ticket_key_cb,
  SSL_ticket_key_evp_cb,
} from '../callbacks.ts'
import { refuse } from '../certificates/slots.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { keepFound } from './hold.ts'
import { now, SSL_SESSION_free, sessionObject } from './session.ts'

/**
 * The keys that tickets are sealed with (RFC 5077), so that several servers, OpenSSL's among them, can open each other's: a
 * name (16 bytes), the key of HMAC-SHA-256 (32) and that of AES-256-CBC (32).
 * @param keys - null: only the length is wanted @param keylen - 80
 * @returns 1; 80 for null; 0 with SSL_R_INVALID_TICKET_KEYS_LENGTH
 */
export function SSL_CTX_set_tlsext_ticket_keys(ctx: SSL_CTX, keys: Uint8Array | null, keylen?: number): number {
  const context = liveCtx(ctx)
  if (keys === null) return TICKET_KEYS_LENGTH
  const length = requireSignedLength(keylen, requireBytes(keys, 'keys'), 'keylen')
  if (length !== TICKET_KEYS_LENGTH) return refuse(SSL_R_INVALID_TICKET_KEYS_LENGTH)
  context.ticketKeys?.wipe()
  context.ticketKeys = new TicketKeys(keys.subarray(0, length))
  return 1
}

/** Copies the keys: those that were set, or the random ones of a context whose keys were not. @returns as SSL_CTX_set_tlsext_ticket_keys */
export function SSL_CTX_get_tlsext_ticket_keys(ctx: SSL_CTX, keys: Uint8Array | null, keylen?: number): number {
  const context = liveCtx(ctx)
  if (keys === null) return TICKET_KEYS_LENGTH
  if (requireSignedLength(keylen, requireBytes(keys, 'keys'), 'keylen') !== TICKET_KEYS_LENGTH)
    return refuse(SSL_R_INVALID_TICKET_KEYS_LENGTH)
  keys.set(keysOf(context).export())
  return 1
}

/**
 * Sets who chooses keys, cipher and HMAC for each ticket, so that keys can change (SSL_CTX_set_tlsext_ticket_key_cb(3)). The
 * callback returns 1; 2 to have a ticket that it opens replaced; 0 for no ticket; below 0 to fail the handshake.
 * @returns 1
 */
export function SSL_CTX_set_tlsext_ticket_key_cb(ctx: SSL_CTX, cb: SSL_ticket_key_cb | null): number {
  liveCtx(ctx).ticketKeyCallback = requireCallback(cb, 'cb')
  return 1
}

/** SSL_CTX_set_tlsext_ticket_key_cb with an EVP_MAC_CTX; it comes first when both are set. @returns 1 */
export function SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx: SSL_CTX, fp: SSL_ticket_key_evp_cb | null): number {
  liveCtx(ctx).ticketKeyEvpCallback = requireCallback(fp, 'fp')
  return 1
}

/**
 * Sets who may put data into tickets (SSL_SESSION_set1_ticket_appdata) and judge them when they come back
 * (SSL_CTX_set_session_ticket_cb(3)).
 * @returns 1
 */
export function SSL_CTX_set_session_ticket_cb(
  ctx: SSL_CTX,
  gen_cb: SSL_CTX_generate_session_ticket_fn | null,
  dec_cb: SSL_CTX_decrypt_session_ticket_fn | null,
  arg: unknown = null,
): number {
  const context = liveCtx(ctx)
  context.generateTicketCallback = requireCallback(gen_cb, 'gen_cb')
  context.decryptTicketCallback = requireCallback(dec_cb, 'dec_cb')
  context.ticketCallbackArg = arg
  return 1
}

/** 0: only TLS 1.3 can send a ticket after the handshake (SSL_new_session_ticket(3)). */
export function SSL_new_session_ticket(s: SSL): number {
  liveSsl(s)
  return 0
}

/** The ticket for a session; null when the callback wants none, or the session has too much in it. */
export function sealTicket(ssl: SSL, session: Session): Uint8Array | null {
  const { initialCtx } = ssl
  const { generateTicketCallback, ticketCallbackArg } = initialCtx
  if (generateTicketCallback?.(ssl, ticketCallbackArg) === 0) throw new ProtocolFailure('internal-error')
  const state = stateOf(session)
  if (state === null) return null
  try {
    const choose = keyChooser(ssl)
    return choose === null ? keysOf(initialCtx).seal(state, systemRandom) : sealWith(choose, state)
  } finally {
    wipe(state)
  }
}

/** Looks into a client's ticket, and asks the program about it. */
export function openTicket(ssl: SSL, ticket: Uint8Array, sessionId: Uint8Array): TicketOutcome {
  const opened = ticket.length === 0 ? 'asked-for' : open(ssl, ticket)
  // RFC 5077 section 3.4: the client sees by its id that the ticket was taken.
  if (typeof opened === 'object') opened.session.id = sessionId.slice()
  return judge(ssl, ticket, opened)
}

/** An HMAC under way, of either of the two interfaces. */
interface Mac {
  readonly size: number
  compute(data: Uint8Array): Uint8Array
}

/** What a callback has set up; the caller calls `free`. */
interface Keying {
  readonly answer: number
  readonly cipher: EVP_CIPHER_CTX
  readonly mac: Mac
  free(): void
}

type KeyChooser = (name: Uint8Array, iv: Uint8Array, enc: 0 | 1) => Keying

function keysOf(ctx: SSL_CTX): TicketKeys {
  ctx.ticketKeys ??= TicketKeys.generate(systemRandom)
  return ctx.ticketKeys
}

function keyChooser(ssl: SSL): KeyChooser | null {
  const { ticketKeyEvpCallback, ticketKeyCallback } = ssl.initialCtx
  if (ticketKeyEvpCallback !== null) {
    return (name, iv, enc) => {
      const [cipher, hctx] = [EVP_CIPHER_CTX_new(), new EVP_MAC_CTX()]
      const answer = ticketKeyEvpCallback(ssl, name, iv, cipher, hctx, enc)
      return keying(answer, cipher, evpMac(hctx), () => EVP_MAC_CTX_free(hctx))
    }
  }
  if (ticketKeyCallback === null) return null
  return (name, iv, enc) => {
    const [cipher, hctx] = [EVP_CIPHER_CTX_new(), HMAC_CTX_new()]
    const answer = ticketKeyCallback(ssl, name, iv, cipher, hctx, enc)
    return keying(answer, cipher, hmac(hctx), () => HMAC_CTX_free(hctx))
  }
}

function keying(answer: number, cipher: EVP_CIPHER_CTX, mac: Mac, freeMac: () => void): Keying {
  const free = (): void => {
    EVP_CIPHER_CTX_free(cipher)
    freeMac()
  }
  return { answer, cipher, mac, free }
}

function hmac(ctx: HMAC_CTX): Mac {
  return {
    size: ctx.md?.size ?? 0,
    compute(data) {
      const out = new Uint8Array(this.size)
      if (HMAC_Update(ctx, data) !== 1 || HMAC_Final(ctx, out) !== 1) throw new ProtocolFailure('internal-error')
      return out
    },
  }
}

function evpMac(ctx: EVP_MAC_CTX): Mac {
  return {
    size: EVP_MAC_CTX_get_mac_size(ctx),
    compute(data) {
      const out = new Uint8Array(this.size)
      const done =
        EVP_MAC_init(ctx, null, undefined, []) === 1 &&
        EVP_MAC_update(ctx, data) === 1 &&
        EVP_MAC_final(ctx, out, { value: 0 }) === 1
      if (!done) throw new ProtocolFailure('internal-error')
      return out
    },
  }
}

function sealWith(choose: KeyChooser, state: Uint8Array): Uint8Array | null {
  const [name, iv] = [new Uint8Array(NAME), new Uint8Array(IV)]
  const { answer, cipher, mac, free } = choose(name, iv, 1)
  try {
    if (answer === 0) return null
    if (answer < 0) throw new ProtocolFailure('callback-failed')
    const authenticated = concat(name, iv.subarray(0, ivLength(cipher)), run(cipher, state, true) ?? EMPTY)
    return concat(authenticated, mac.compute(authenticated))
  } finally {
    free()
  }
}

function open(ssl: SSL, ticket: Uint8Array): Exclude<TicketOutcome, 'asked-for' | 'passed-over'> {
  const choose = keyChooser(ssl)
  const { state, renew } =
    choose === null ? { state: keysOf(ssl.initialCtx).open(ticket), renew: false } : openWith(choose, ticket)
  const session = state === null ? null : readState(state, now())
  return session === null ? 'unreadable' : { session, renew }
}

function openWith(choose: KeyChooser, ticket: Uint8Array): { state: Uint8Array | null; renew: boolean } {
  if (ticket.length < NAME + IV) return { state: null, renew: false }
  const { answer, cipher, mac, free } = choose(ticket.slice(0, NAME), ticket.slice(NAME, NAME + IV), 0)
  try {
    if (answer < 0) throw new ProtocolFailure('internal-error')
    const body = NAME + ivLength(cipher)
    if (answer === 0 || mac.size === 0 || ticket.length <= body + mac.size) return { state: null, renew: false }
    const authenticated = ticket.subarray(0, -mac.size)
    const genuine = equal(ticket.subarray(-mac.size), mac.compute(authenticated))
    return { state: genuine ? run(cipher, authenticated.subarray(body), false) : null, renew: answer === 2 }
  } finally {
    free()
  }
}

/** Null when it cannot be decrypted. */
function run(ctx: EVP_CIPHER_CTX, input: Uint8Array, encrypts: boolean): Uint8Array | null {
  const out = new Uint8Array(input.length + BLOCK)
  const [first, rest] = [{ value: 0 }, { value: 0 }]
  const [update, final] = encrypts ? [EVP_EncryptUpdate, EVP_EncryptFinal_ex] : [EVP_DecryptUpdate, EVP_DecryptFinal_ex]
  if (update(ctx, out, first, input) === 1 && final(ctx, out.subarray(first.value), rest) === 1)
    return out.subarray(0, first.value + rest.value)
  wipe(out)
  if (encrypts) throw new ProtocolFailure('internal-error')
  ERR_clear_error()
  return null
}

function ivLength(ctx: EVP_CIPHER_CTX): number {
  return EVP_CIPHER_CTX_get0_cipher(ctx)?.ivLength ?? 0
}

/** The program's word on a ticket (OpenSSL's tls_decrypt_ticket, its end). */
function judge(ssl: SSL, ticket: Uint8Array, outcome: TicketOutcome): TicketOutcome {
  const { decryptTicketCallback, ticketCallbackArg } = ssl.initialCtx
  if (decryptTicketCallback === null) return outcome
  const name = ticket.subarray(0, NAME)
  const opened = typeof outcome === 'object' ? outcome : null
  const object = opened === null ? null : sessionObject(opened.session)
  const answer = decryptTicketCallback(ssl, object, name, name.length, statusOf(outcome), ticketCallbackArg)
  const used = answer === C.SSL_TICKET_RETURN_USE || answer === C.SSL_TICKET_RETURN_USE_RENEW
  // The handshake takes a reference of its own; what is not used is wiped with the last one.
  if (used && opened !== null) keepFound(ssl, object)
  else SSL_SESSION_free(object)
  if (used && opened !== null) return { session: opened.session, renew: answer === C.SSL_TICKET_RETURN_USE_RENEW }
  if (answer === C.SSL_TICKET_RETURN_IGNORE) return 'passed-over'
  if (answer !== C.SSL_TICKET_RETURN_IGNORE_RENEW) throw new ProtocolFailure('internal-error')
  return outcome === 'asked-for' ? outcome : 'unreadable'
}

function statusOf(outcome: TicketOutcome): number {
  if (outcome === 'asked-for') return C.SSL_TICKET_EMPTY
  if (typeof outcome !== 'object') return C.SSL_TICKET_NO_DECRYPT
  return outcome.renew ? C.SSL_TICKET_SUCCESS_RENEW : C.SSL_TICKET_SUCCESS
}

const NAME = 16
/** EVP_MAX_IV_LENGTH. */
const IV = 16
/** The most that padding adds. */
const BLOCK = 32
