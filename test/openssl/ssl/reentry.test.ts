import { afterEach, describe, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { certificatePath, need } from './pair.ts'

// What a callback of a handshake calls on the very object that shakes hands.

afterEach(() => O.ERR_clear_error())

interface Stage {
  readonly c: O.SSL
  readonly s: O.SSL
  readonly cc: O.SSL_CTX
  readonly sc: O.SSL_CTX
}

function stage(dtls: boolean): Stage {
  const cc = need(O.SSL_CTX_new(dtls ? O.DTLS_client_method() : O.TLS_client_method()))
  const sc = need(O.SSL_CTX_new(dtls ? O.DTLS_server_method() : O.TLS_server_method()))
  O.SSL_CTX_use_certificate_chain_file(sc, certificatePath('p256'))
  O.SSL_CTX_use_PrivateKey_file(sc, certificatePath('p256.key'), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_load_verify_file(cc, certificatePath('authority'))
  const [c, s] = [need(O.SSL_new(cc)), need(O.SSL_new(sc))]
  O.SSL_set_tlsext_host_name(c, 'a.example')
  const [one, two] = [0, 1].map(() => O.BIO_new(dtls ? O.BIO_s_dgram_mem() : O.BIO_s_mem()))
  for (const bio of [one, two]) O.BIO_up_ref(need(bio ?? null))
  O.SSL_set_bio(c, one ?? null, two ?? null)
  O.SSL_set_bio(s, two ?? null, one ?? null)
  O.SSL_set_connect_state(c)
  O.SSL_set_accept_state(s)
  return { c, s, cc, sc }
}

type Hook = (ssl: O.SSL) => void

const CALLBACKS: Record<string, (stage: Stage, hook: Hook) => void> = {
  info: ({ c, s }, hook) => {
    for (const ssl of [c, s]) O.SSL_set_info_callback(ssl, hook)
  },
  message: ({ c, s }, hook) => {
    for (const one of [c, s]) O.SSL_set_msg_callback(one, (_out, _version, _type, _bytes, _length, ssl) => hook(ssl))
  },
  verify: ({ c }, hook) => {
    O.SSL_set_verify(c, O.SSL_VERIFY_PEER, () => {
      hook(c)
      return 1
    })
  },
  'server name': ({ sc }, hook) => {
    O.SSL_CTX_set_tlsext_servername_callback(sc, ssl => {
      hook(ssl)
      return O.SSL_TLSEXT_ERR_OK
    })
  },
  'new session': ({ cc, sc }, hook) => {
    O.SSL_CTX_set_session_cache_mode(cc, O.SSL_SESS_CACHE_BOTH)
    O.SSL_CTX_set_options(sc, O.SSL_OP_NO_TICKET)
    for (const ctx of [cc, sc])
      O.SSL_CTX_sess_set_new_cb(ctx, ssl => {
        hook(ssl)
        return 0
      })
  },
}

const BUFFER = Buffer.alloc(100)

/** As libssl's SSL_do_handshake in an info callback; what else it does there may be anything. */
const CALLS: Record<string, (ssl: O.SSL) => number> = {
  SSL_do_handshake: ssl => O.SSL_do_handshake(ssl),
  SSL_read: ssl => O.SSL_read(ssl, BUFFER),
  SSL_write: ssl => O.SSL_write(ssl, Buffer.from('too early')),
}

/** Takes the handshake as far as it goes. What is left of an object that was freed is left alone. */
function shakeHands({ c, s }: Stage): [number, number] {
  const results: [number, number] = [0, 0]
  for (let i = 0; i < 6; i++)
    for (const [which, ssl] of [c, s].entries()) if (!ssl.freed) results[which] = O.SSL_do_handshake(ssl)
  return results
}

const KINDS = [true, false].flatMap(dtls => Object.keys(CALLBACKS).map(name => [dtls ? 'DTLS' : 'TLS', name] as const))

describe.each(KINDS)('%s: in the %s callback', (protocol, name) => {
  const begin = (hook: Hook): Stage => {
    const made = stage(protocol === 'DTLS')
    CALLBACKS[name]?.(made, hook)
    return made
  }

  test.each(Object.keys(CALLS))('%s waits for the handshake, which goes on', call => {
    const seen = new Set<string>()
    const made = begin(ssl => {
      if (O.SSL_is_init_finished(ssl)) return
      const ret = CALLS[call]?.(ssl) ?? 0
      seen.add(`${ret} ${O.SSL_get_error(ssl, ret)}`)
    })
    expect(shakeHands(made)).toEqual([1, 1])
    if (name !== 'new session') expect([...seen]).toEqual([`-1 ${O.SSL_ERROR_WANT_READ}`])
    expect(O.SSL_write(made.c, BUFFER)).toBe(100)
    expect(O.SSL_read(made.s, BUFFER)).toBe(100)
  })

  test('SSL_shutdown is refused, and the handshake goes on', () => {
    const made = begin(ssl => {
      if (O.SSL_is_init_finished(ssl)) return
      expect(O.SSL_shutdown(ssl)).toBe(-1)
      expect(O.ERR_GET_REASON(O.ERR_get_error())).toBe(O.SSL_R_SHUTDOWN_WHILE_IN_INIT)
    })
    expect(shakeHands(made)).toEqual([1, 1])
  })

  test('SSL_free ends the call, and the peer is left waiting or told', () => {
    for (const at of [1, 2, 3, 5, 8]) {
      let count = 0
      const made = begin(ssl => {
        if (++count === at) O.SSL_free(ssl)
      })
      shakeHands(made)
      if (count >= at) expect([made.c.freed, made.s.freed].filter(Boolean)).toHaveLength(1)
      for (const ssl of [made.c, made.s]) if (!ssl.freed) O.SSL_free(ssl)
    }
  })

  test('SSL_clear ends the handshake, and another one can follow', () => {
    let cleared = false
    const made = begin(ssl => {
      if (cleared) return
      cleared = true
      expect(O.SSL_clear(ssl)).toBe(1)
    })
    shakeHands(made)
    O.SSL_clear(made.c)
    O.SSL_clear(made.s)
    O.ERR_clear_error()
    for (const ssl of [made.c, made.s]) while (O.BIO_read(O.SSL_get_rbio(ssl), BUFFER) > 0);
    expect(shakeHands(made)).toEqual([1, 1])
  })

  test('what it throws ends the connection with internal_error, or comes out of the call', () => {
    let thrown = false
    const made = begin(() => {
      if (thrown) return
      thrown = true
      throw new Error('of the program')
    })
    try {
      const results = shakeHands(made)
      expect(results).toContain(-1)
      expect(O.ERR_get_error()).not.toBe(0)
    } catch (error) {
      expect(String(error)).toBe('Error: of the program')
    }
    expect(thrown).toBe(true)
  })
})

test("a BIO of the program's own that throws lets the next call go on", () => {
  const made = stage(true)
  const { c } = made
  let broken = true
  O.BIO_set_callback_ex(need(O.SSL_get_rbio(c)), (_b, oper, _argp, _len, _argi, _argl, ret) => {
    if (oper === O.BIO_CB_READ && broken) throw new Error('of the program')
    return ret
  })
  expect(() => O.SSL_do_handshake(c)).toThrow('of the program')
  broken = false
  expect(shakeHands(made)).toEqual([1, 1])
})
