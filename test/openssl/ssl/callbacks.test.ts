import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'

const DIR = `${fileURLToPath(new URL('../../vectors/certificates', import.meta.url))}/`

function need<T>(value: T | null): T {
  if (value === null) throw new Error('NULL')
  return value
}

function serverContext(name: string): O.SSL_CTX {
  const ctx = need(O.SSL_CTX_new(O.DTLS_server_method()))
  expect(O.SSL_CTX_use_certificate_chain_file(ctx, `${DIR}${name}.pem`)).toBe(1)
  expect(O.SSL_CTX_use_PrivateKey_file(ctx, `${DIR}${name}.key.pem`, O.SSL_FILETYPE_PEM)).toBe(1)
  return ctx
}

function clientContext(trusting = true): O.SSL_CTX {
  const ctx = need(O.SSL_CTX_new(O.DTLS_client_method()))
  if (trusting) O.SSL_CTX_load_verify_file(ctx, `${DIR}authority.pem`)
  O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER, null)
  return ctx
}

interface Pair {
  readonly client: O.SSL
  readonly server: O.SSL
}

/** Two ends in memory; the contexts stay alive through them. */
function connect(cc: O.SSL_CTX, sc: O.SSL_CTX): Pair {
  const [client, server] = [need(O.SSL_new(cc)), need(O.SSL_new(sc))]
  const [one, two] = [need(O.BIO_new(O.BIO_s_mem())), need(O.BIO_new(O.BIO_s_mem()))]
  O.BIO_up_ref(one)
  O.BIO_up_ref(two)
  O.SSL_set_bio(client, one, two)
  O.SSL_set_bio(server, two, one)
  O.SSL_set_connect_state(client)
  O.SSL_set_accept_state(server)
  return { client, server }
}

/** Until both are done, or nothing moves any more. */
function shake({ client, server }: Pair): [number, number] {
  let [a, b] = [0, 0]
  for (let i = 0; i < 12 && (a !== 1 || b !== 1); i++) {
    a = O.SSL_do_handshake(client)
    b = O.SSL_do_handshake(server)
  }
  return [a, b]
}

/** Until the client waits for something that is no datagram; its error. */
function shakeUntilSuspended({ client, server }: Pair): number {
  for (let i = 0; i < 12; i++) {
    const error = O.SSL_get_error(client, O.SSL_do_handshake(client))
    if (error !== O.SSL_ERROR_WANT_READ) return error
    O.SSL_do_handshake(server)
  }
  return O.SSL_ERROR_WANT_READ
}

const subject = (x: O.X509 | null) => (x === null ? null : O.X509_NAME_oneline(O.X509_get_subject_name(x)))

afterEach(() => O.ERR_clear_error())

describe('verification', () => {
  test('a callback that waves errors through hears of each, then of the certificate; the last error stays', () => {
    const cc = clientContext(false)
    const heard: number[][] = []
    const owners: unknown[] = []
    O.SSL_CTX_set_verify(cc, O.SSL_VERIFY_PEER, (ok, ctx) => {
      heard.push([ok, O.X509_STORE_CTX_get_error(ctx), O.X509_STORE_CTX_get_error_depth(ctx)])
      owners.push(O.X509_STORE_CTX_get_ex_data(ctx, O.SSL_get_ex_data_X509_STORE_CTX_idx()))
      return 1
    })
    const pair = connect(cc, serverContext('p256'))
    expect(shake(pair)).toEqual([1, 1])
    expect(heard).toEqual([
      [0, O.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 0],
      [0, O.X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0],
      [1, O.X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, 0],
    ])
    expect(owners.every(owner => owner === pair.client)).toBe(true)
    expect(O.SSL_get_verify_result(pair.client)).toBe(O.X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE)
  })

  test('a client that verifies nothing goes on, and keeps the result', () => {
    const cc = clientContext(false)
    O.SSL_CTX_set_verify(cc, O.SSL_VERIFY_NONE, null)
    const pair = connect(cc, serverContext('p256'))
    expect(shake(pair)).toEqual([1, 1])
    expect(O.SSL_get_verify_result(pair.client)).toBe(O.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
    expect(subject(O.SSL_get0_peer_certificate(pair.client))).toBe('/CN=p256.test')
    expect(O.ERR_peek_error()).toBe(0)
  })

  test.each([
    ['no authority', () => undefined, false, O.SSL_AD_UNKNOWN_CA],
    ['another host', (ssl: O.SSL) => O.SSL_set1_host(ssl, 'other.test'), true, O.SSL_AD_BAD_CERTIFICATE],
    [
      'another time',
      (ssl: O.SSL) => O.X509_VERIFY_PARAM_set_time(O.SSL_get0_param(ssl), 0),
      true,
      O.SSL_AD_BAD_CERTIFICATE,
    ],
    [
      'long expired',
      (ssl: O.SSL) => O.X509_VERIFY_PARAM_set_time(O.SSL_get0_param(ssl), 9e9),
      true,
      O.SSL_AD_CERTIFICATE_EXPIRED,
    ],
    ['another purpose', (ssl: O.SSL) => O.SSL_set_purpose(ssl, 4), true, O.SSL_AD_UNSUPPORTED_CERTIFICATE],
  ] as const)('%s ends it with the alert that says so', (_name, change, trusting, alert) => {
    const pair = connect(clientContext(trusting), serverContext('p256'))
    change(pair.client)
    const alerts: number[] = []
    O.SSL_set_info_callback(pair.server, (_ssl, type, value) => {
      if (type === O.SSL_CB_READ_ALERT) alerts.push(value & 0xff)
    })
    expect(shake(pair)).toEqual([-1, -1])
    expect(alerts).toEqual([alert])
    expect(O.SSL_get0_peer_certificate(pair.client)).toBeNull()
  })

  test('a verification may be put off: the handshake waits and verifies again', () => {
    const cc = clientContext()
    let asked = 0
    O.SSL_CTX_set_cert_verify_callback(cc, ctx => {
      const ssl = O.X509_STORE_CTX_get_ex_data(ctx, O.SSL_get_ex_data_X509_STORE_CTX_idx())
      if (++asked === 1 && ssl instanceof O.SSL) return O.SSL_set_retry_verify(ssl)
      return O.X509_verify_cert(ctx)
    })
    const pair = connect(cc, serverContext('p256'))
    expect(shakeUntilSuspended(pair)).toBe(O.SSL_ERROR_WANT_RETRY_VERIFY)
    expect(O.SSL_get_verify_result(pair.client)).toBe(O.X509_V_OK)
    expect(shake(pair)).toEqual([1, 1])
    expect(asked).toBe(2)
  })

  test('a store of the connection alone is used in place of the context', () => {
    const pair = connect(clientContext(false), serverContext('p256'))
    const store = O.X509_STORE_new()
    O.X509_STORE_load_file(store, `${DIR}authority.pem`)
    expect(O.SSL_set1_verify_cert_store(pair.client, store)).toBe(1)
    O.X509_STORE_free(store)
    expect(shake(pair)).toEqual([1, 1])
  })
})

describe('choosing by the hello', () => {
  test('the name callback changes the context, and with it the certificate', () => {
    const [first, second] = [serverContext('p256'), serverContext('p384')]
    O.SSL_CTX_set_tlsext_servername_callback(first, (ssl, _al, arg) => {
      expect(arg).toBe('arg')
      expect(O.SSL_get_servername(ssl, O.TLSEXT_NAMETYPE_host_name)).toBe('p384.test')
      expect(O.SSL_set_SSL_CTX(ssl, second)).toBe(second)
      return O.SSL_TLSEXT_ERR_OK
    })
    O.SSL_CTX_set_tlsext_servername_arg(first, 'arg')
    const pair = connect(clientContext(), first)
    O.SSL_set_tlsext_host_name(pair.client, 'p384.test')
    expect(shake(pair)).toEqual([1, 1])
    expect(subject(O.SSL_get0_peer_certificate(pair.client))).toBe('/CN=p384.test')
    expect(O.SSL_get_SSL_CTX(pair.server)).toBe(second)
    expect(O.SSL_set_SSL_CTX(pair.server, null)).toBe(first)
    const { references } = second
    O.SSL_free(pair.server)
    expect([first.references, second.references]).toEqual([1, references])
  })

  test('a name callback may refuse with an alert of its choice', () => {
    const ctx = serverContext('p256')
    O.SSL_CTX_set_tlsext_servername_callback(ctx, (_ssl, al) => {
      al.value = O.SSL_AD_ACCESS_DENIED
      return O.SSL_TLSEXT_ERR_ALERT_FATAL
    })
    const pair = connect(clientContext(), ctx)
    O.SSL_set_tlsext_host_name(pair.client, 'p256.test')
    expect(shake(pair)).toEqual([-1, -1])
    expect(O.SSL_in_init(pair.client)).toBe(1)
  })

  test('the hello callback sees the hello, and nothing is to be seen outside', () => {
    const ctx = serverContext('p256')
    const seen: unknown[] = []
    O.SSL_CTX_set_client_hello_cb(ctx, ssl => {
      const bytes = () => ({ value: new Uint8Array() })
      const [random, session, suites, compression, body] = [bytes(), bytes(), bytes(), bytes(), bytes()]
      const types: O.Out<number[] | null> = { value: null }
      const count = { value: 0 }
      seen.push(
        O.SSL_client_hello_isv2(ssl),
        O.SSL_client_hello_get0_legacy_version(ssl),
        O.SSL_client_hello_get0_random(ssl, random),
        O.SSL_client_hello_get0_session_id(ssl, session),
        O.SSL_client_hello_get0_ciphers(ssl, suites) === suites.value.length,
        O.SSL_client_hello_get0_compression_methods(ssl, compression),
        O.SSL_client_hello_get1_extensions_present(ssl, types, count),
        types.value,
        O.SSL_client_hello_get0_ext(ssl, 11, body, count),
        [...body.value],
        count.value,
        O.SSL_client_hello_get0_ext(ssl, 16),
      )
      return O.SSL_CLIENT_HELLO_SUCCESS
    })
    const pair = connect(clientContext(), ctx)
    expect(shake(pair)).toEqual([1, 1])
    expect(seen.slice(0, 7)).toEqual([0, O.DTLS1_2_VERSION, 32, 0, true, 1, 1])
    expect(seen[7]).toEqual(expect.arrayContaining([10, 11, 13, 22, 23]))
    expect(seen.slice(8)).toEqual([1, [3, 0, 1, 2], 4, 0])
    expect(O.SSL_client_hello_get0_random(pair.server)).toBe(0)
    expect(O.SSL_client_hello_get1_extensions_present(pair.server, { value: null }, { value: 0 })).toBe(0)
  })

  test('the certificate callback may wait, and set a certificate when it is called again', () => {
    const ctx = need(O.SSL_CTX_new(O.DTLS_server_method()))
    let asked = 0
    O.SSL_CTX_set_cert_cb(
      ctx,
      (ssl, arg) => {
        expect(arg).toBe(7)
        if (++asked === 1) return -1
        O.SSL_use_certificate_file(ssl, `${DIR}p256.pem`, O.SSL_FILETYPE_PEM)
        return O.SSL_use_PrivateKey_file(ssl, `${DIR}p256.key.pem`, O.SSL_FILETYPE_PEM)
      },
      7,
    )
    const pair = connect(clientContext(), ctx)
    O.SSL_do_handshake(pair.client)
    expect(O.SSL_get_error(pair.server, O.SSL_do_handshake(pair.server))).toBe(O.SSL_ERROR_WANT_X509_LOOKUP)
    expect(shake(pair)).toEqual([1, 1])
    expect(subject(O.SSL_get_certificate(pair.server))).toBe('/CN=p256.test')
  })
})

describe('the client certificate', () => {
  const asking = () => {
    const ctx = serverContext('p256')
    O.SSL_CTX_load_verify_file(ctx, `${DIR}authority.pem`)
    O.SSL_CTX_set_verify(ctx, O.SSL_VERIFY_PEER | O.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null)
    return ctx
  }

  test('may come from a callback, which may ask for time', () => {
    const cc = clientContext()
    let asked = 0
    O.SSL_CTX_set_client_cert_cb(cc, (_ssl, x509, pkey) => {
      if (++asked === 1) return -1
      x509.value = O.PEM_read_bio_X509(need(O.BIO_new_file(`${DIR}client.pem`, 'r')))
      pkey.value = O.PEM_read_bio_PrivateKey(need(O.BIO_new_file(`${DIR}client.key.pem`, 'r')))
      return 1
    })
    const pair = connect(cc, asking())
    expect(shakeUntilSuspended(pair)).toBe(O.SSL_ERROR_WANT_X509_LOOKUP)
    expect(shake(pair)).toEqual([1, 1])
    expect(subject(O.SSL_get0_peer_certificate(pair.server))).toBe('/CN=client.test')
  })

  test('that a callback gives without its key is not used', () => {
    const cc = clientContext()
    O.SSL_CTX_set_client_cert_cb(cc, (_ssl, x509) => {
      x509.value = O.PEM_read_bio_X509(need(O.BIO_new_file(`${DIR}client.pem`, 'r')))
      return 1
    })
    expect(shake(connect(cc, asking()))).toEqual([-1, -1])
  })

  test('the chain is built from the store, unless SSL_MODE_NO_AUTO_CHAIN is on', () => {
    for (const mode of [0, O.SSL_MODE_NO_AUTO_CHAIN]) {
      const sc = serverContext('p256')
      O.SSL_CTX_load_verify_file(sc, `${DIR}authority.pem`)
      O.SSL_CTX_set_mode(sc, mode)
      const pair = connect(clientContext(), sc)
      expect(shake(pair)).toEqual([1, 1])
      expect(O.SSL_get_peer_cert_chain(pair.client)?.map(subject)).toEqual(
        mode === 0 ? ['/CN=p256.test', '/CN=Test Authority'] : ['/CN=p256.test'],
      )
    }
  })

  test('an extra chain is sent in place of what the store knows', () => {
    const sc = serverContext('p256')
    O.SSL_CTX_load_verify_file(sc, `${DIR}authority.pem`)
    const extra = need(O.PEM_read_bio_X509(need(O.BIO_new_file(`${DIR}client.pem`, 'r'))))
    O.SSL_CTX_add_extra_chain_cert(sc, extra)
    const pair = connect(clientContext(), sc)
    expect(shake(pair)).toEqual([1, 1])
    expect(O.SSL_get_peer_cert_chain(pair.client)?.map(subject)).toEqual(['/CN=p256.test', '/CN=client.test'])
  })

  test('a certificate that has come to be forbidden is not sent: internal error', () => {
    const pair = connect(clientContext(), serverContext('p256'))
    O.SSL_set_security_callback(pair.server, (_ssl, _ctx, op) => Number(op !== O.SSL_SECOP_EE_KEY))
    const alerts: number[] = []
    O.SSL_set_info_callback(pair.client, (_ssl, type, value) => {
      if (type === O.SSL_CB_READ_ALERT) alerts.push(value & 0xff)
    })
    expect(shake(pair)).toEqual([-1, -1])
    expect(alerts).toEqual([O.SSL_AD_INTERNAL_ERROR])
  })
})

describe('security', () => {
  test('a callback decides in place of the level, and sees what it is asked about', () => {
    const sc = serverContext('p256')
    const asked = new Map<number, unknown>()
    const builtIn = O.SSL_CTX_get_security_callback(sc)
    O.SSL_CTX_set_security_callback(sc, (ssl, ctx, op, bits, nid, other, ex) => {
      expect(ex).toBe('ex')
      asked.set(op, other)
      return builtIn(ssl, ctx, op, bits, nid, other, ex)
    })
    O.SSL_CTX_set0_security_ex_data(sc, 'ex')
    expect(shake(connect(clientContext(), sc))).toEqual([1, 1])
    expect(asked.get(O.SSL_SECOP_CIPHER_SHARED)).toBeInstanceOf(O.SSL_CIPHER)
    expect(asked.get(O.SSL_SECOP_CURVE_SHARED)).toEqual(Uint8Array.of(0, 29))
    expect(asked.get(O.SSL_SECOP_SIGALG_SHARED)).toEqual(Uint8Array.of(4, 3))
    expect(asked.get(O.SSL_SECOP_EE_KEY)).toBeInstanceOf(O.X509)
  })

  test('a callback that refuses ends it', () => {
    const sc = serverContext('p256')
    O.SSL_CTX_set_security_callback(sc, (_ssl, _ctx, op) => Number(op !== O.SSL_SECOP_CIPHER_SHARED))
    expect(shake(connect(clientContext(), sc))).toEqual([-1, -1])
  })
})

describe('by number', () => {
  test('SSL_ctrl and SSL_CTX_ctrl do what the functions do', () => {
    const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
    const ssl = need(O.SSL_new(ctx))
    expect(O.SSL_CTX_ctrl(ctx, O.SSL_CTRL_SET_MIN_PROTO_VERSION, O.DTLS1_2_VERSION, null)).toBe(1)
    expect(O.SSL_CTX_get_min_proto_version(ctx)).toBe(O.DTLS1_2_VERSION)
    expect(O.SSL_CTX_ctrl(ctx, O.SSL_CTRL_SET_GROUPS_LIST, 0, 'P-256')).toBe(1)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_SET_GROUPS, 1, [415])).toBe(1)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_SET_SIGALGS_LIST, 0, 'nix')).toBe(0)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_MODE, 1, null)).toBe(O.SSL_MODE_AUTO_RETRY | 1)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_SET_MTU, 900, null)).toBe(900)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_SET_READ_AHEAD, 1, null)).toBe(0)
    expect(O.SSL_ctrl(ssl, O.SSL_CTRL_GET_READ_AHEAD, 0, null)).toBe(1)
    expect(O.SSL_ctrl(ssl, O.DTLS_CTRL_GET_TIMEOUT, 0, { tv_sec: 0, tv_usec: 0 })).toBe(0)
    expect(() => O.SSL_ctrl(ssl, O.SSL_CTRL_SET_GROUPS, 1, 415)).toThrow(TypeError)
    expect(() => O.SSL_CTX_ctrl(ctx, O.SSL_CTRL_EXTRA_CHAIN_CERT, 0, 'x')).toThrow(TypeError)
  })

  test('callbacks by number', () => {
    const sc = serverContext('p256')
    const seen: unknown[] = []
    expect(
      O.SSL_CTX_callback_ctrl(sc, O.SSL_CTRL_SET_MSG_CALLBACK, (...given: Parameters<O.SSL_msg_cb>) =>
        seen.push(given.at(-1)),
      ),
    ).toBe(1)
    O.SSL_CTX_ctrl(sc, O.SSL_CTRL_SET_MSG_CALLBACK_ARG, 0, 'arg')
    expect(shake(connect(clientContext(), sc))).toEqual([1, 1])
    expect(seen.length).toBeGreaterThan(5)
    expect(new Set(seen)).toEqual(new Set(['arg']))
  })
})

test('misuse is told with the name of the argument', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  O.SSL_free(ssl)
  expect(() => O.SSL_get_version(ssl)).toThrow('ssl: SSL object was freed')
  expect(() => O.SSL_CTX_set_options(ctx, 0.5)).toThrow('op: an integer is needed')
  O.SSL_CTX_free(ctx)
  expect(() => O.SSL_CTX_set_mode(ctx, 1)).toThrow('ctx: SSL_CTX object was freed')
})

test('indexes keep values on contexts and connections, and tell when they go', () => {
  const freed: unknown[] = []
  const index = O.SSL_get_ex_new_index(5, 'argp', null, null, (...given) => freed.push(given.slice(1).toSpliced(1, 1)))
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  expect(O.SSL_set_ex_data(ssl, index, 'value')).toBe(1)
  expect(O.SSL_set_app_data(ssl, 'app')).toBe(1)
  expect([O.SSL_get_ex_data(ssl, index), O.SSL_get_app_data(ssl)]).toEqual(['value', 'app'])
  expect(O.SSL_set_ex_data(ssl, -1, 'value')).toBe(0)
  O.SSL_free(ssl)
  expect(freed).toEqual([['value', index, 5, 'argp']])
  expect(O.SSL_CTX_get_app_data(ctx)).toBeNull()
})
