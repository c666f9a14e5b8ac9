import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import * as names from '../../lib/index.ts'
import * as promises from '../../lib/promises.ts'

const EXPORTED = Object.entries(names)
const FUNCTIONS = EXPORTED.filter(([, value]) => typeof value === 'function').map(([name]) => name)

/** Names that the 3.0 headers do not have, and why they are here. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'gone since 1.1.0': ['SSL_add_session', 'SSL_flush_sessions', 'SSL_remove_session', 'SSL_state'],
  'gone since 1.1.1': [
    'SSL_get_dtlsext_heartbeat_pending',
    'SSL_get_tlsext_heartbeat_pending',
    'SSL_heartbeat',
    'SSL_set_dtlsext_heartbeat_no_requests',
    'SSL_set_tlsext_heartbeat_no_requests',
  ],
  'gone since 3.0': ['ERR_GET_FUNC', 'SSLv3_client_method', 'SSLv3_method', 'SSLv3_server_method'],
  'of our own, for path MTU probes': ['SSL_heartbeat_probe', 'SSL_heartbeat_probe_result'],
  'since 3.2': [
    'BIO_ADDR_copy',
    'BIO_ADDR_dup',
    'BIO_dgram_get_caps',
    'BIO_dgram_get_effective_caps',
    'BIO_dgram_get_local_addr_cap',
    'BIO_dgram_get_local_addr_enable',
    'BIO_dgram_get_mtu',
    'BIO_dgram_get_no_trunc',
    'BIO_dgram_set_caps',
    'BIO_dgram_set_local_addr_enable',
    'BIO_dgram_set_mtu',
    'BIO_dgram_set_no_trunc',
    'BIO_dgram_set0_local_addr',
    'BIO_err_is_non_fatal',
    'BIO_meth_get_recvmmsg',
    'BIO_meth_get_sendmmsg',
    'BIO_meth_set_recvmmsg',
    'BIO_meth_set_sendmmsg',
    'BIO_new_bio_dgram_pair',
    'BIO_recvmmsg',
    'BIO_s_dgram_mem',
    'BIO_s_dgram_pair',
    'BIO_sendmmsg',
    'ERR_count_to_mark',
    'SSL_get0_group_name',
    'SSL_set1_server_cert_type',
    'SSL_set1_client_cert_type',
    'SSL_get_negotiated_server_cert_type',
    'SSL_get_negotiated_client_cert_type',
    'SSL_get0_server_cert_type',
    'SSL_get0_client_cert_type',
    'SSL_CTX_set1_server_cert_type',
    'SSL_CTX_set1_client_cert_type',
    'SSL_CTX_get0_server_cert_type',
    'SSL_CTX_get0_client_cert_type',
    'SSL_client_hello_get_extension_order',
    'SSL_get_event_timeout',
    'SSL_handle_events',
    'SSL_is_tls',
    'd2i_SSL_SESSION_ex',
  ],
  // Debian's headers are those of a build without SCTP.
  'with SCTP': [
    'BIO_dgram_is_sctp',
    'BIO_dgram_sctp_msg_waiting',
    'BIO_dgram_sctp_notification_cb',
    'BIO_dgram_sctp_wait_for_dry',
    'BIO_new_dgram_sctp',
    'BIO_s_datagram_sctp',
  ],
  'since 3.3': ['ERR_pop', 'SSL_SESSION_get_time_ex', 'SSL_SESSION_set_time_ex'],
  'since 3.4': ['SSL_CTX_flush_sessions_ex'],
  'since 3.5': [
    'SSL_accept_connection',
    'SSL_get0_listener',
    'SSL_get_accept_connection_queue_len',
    'SSL_is_listener',
    'SSL_listen',
    'SSL_new_listener',
    'SSL_new_listener_from',
  ],
}

test('every name has a value', () => {
  expect(EXPORTED.filter(([, value]) => value === undefined || value === null).map(([name]) => name)).toEqual([])
})

test('every function and class is one of OpenSSL', () => {
  const known = namesOfHeaders()
  if (known === null) return
  const allowed = new Set(Object.values(ELSEWHERE).flat())
  expect(FUNCTIONS.filter(name => !known.has(name) && !allowed.has(name))).toEqual([])
  // What the headers have needs no excuse.
  expect([...allowed].filter(name => known.has(name))).toEqual([])
  expect([...allowed].filter(name => !FUNCTIONS.includes(name))).toEqual([])
})

test('every function and class says what it does', () => {
  const documented = new Set(sources().flatMap(documentedNames))
  expect(FUNCTIONS.filter(name => !documented.has(name))).toEqual([])
})

describe('openssl-shim/promises', () => {
  /** The calls that block in C. */
  const WAITING = [
    'BIO_accept_ex',
    'BIO_connect',
    'BIO_do_accept',
    'BIO_do_connect',
    'BIO_do_handshake',
    'BIO_flush',
    'BIO_get_line',
    'BIO_gets',
    'BIO_lookup',
    'BIO_lookup_ex',
    'BIO_puts',
    'BIO_read',
    'BIO_read_ex',
    'BIO_write',
    'BIO_write_ex',
    'DTLSv1_listen',
    'SSL_accept',
    'SSL_accept_connection',
    'SSL_connect',
    'SSL_do_handshake',
    'SSL_peek',
    'SSL_peek_ex',
    'SSL_read',
    'SSL_read_ex',
    'SSL_shutdown',
    'SSL_write',
    'SSL_write_ex',
  ]

  test('has every name of openssl-shim, and those that only make sense there', () => {
    const only = Object.keys(promises).filter(name => !(name in names))
    expect(EXPORTED.filter(([name]) => !(name in promises)).map(([name]) => name)).toEqual([])
    expect(only).toEqual(['BIO_do_connect_retry', 'BIO_wait'])
  })

  test('has its own form of what blocks in C, and the same of everything else', () => {
    const own = new Map<string, unknown>(Object.entries(promises))
    expect(EXPORTED.filter(([name, value]) => own.get(name) !== value).map(([name]) => name)).toEqual(WAITING)
  })
})

/** Each identifier that the headers declare or define; macros that paste names together are spelled out. */
function namesOfHeaders(): ReadonlySet<string> | null {
  const directory = '/usr/include/openssl'
  if (!existsSync(directory)) {
    console.warn('the names are not compared with OpenSSL: its headers are not installed')
    return null
  }
  const wanted =
    /^(asn1|bio|bn|buffer|conf|crypto|dh|dtls1|ec|err|evp|hmac|objects|ocsp|param_build|params|pem|pkcs12|rand|rsa|safestack|ssl|stack|tls1|x509|x509_vfy|x509v3)\.h$/
  const headers = readdirSync(directory).filter(name => wanted.test(name))
  const input = headers.map(name => `#include <openssl/${name}>`).join('\n')
  try {
    const text = execFileSync('gcc', ['-E', '-dD', '-P', '-x', 'c', '-'], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    return new Set(text.match(/\b[A-Za-z_]\w*\b/g))
  } catch (failure) {
    console.warn(`the names are not compared with OpenSSL: ${failure instanceof Error ? failure.message : failure}`)
    return null
  }
}

function sources(): string[] {
  const root = fileURLToPath(new URL('../../lib/', import.meta.url))
  return readdirSync(`${root}openssl`, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => readFileSync(`${root}openssl/${file}`, 'utf8'))
    .concat(readFileSync(`${root}base/errno.ts`, 'utf8'))
}

/** A comment stands before a name, or before the table of one-line constants that it is a row of. */
function documentedNames(source: string): string[] {
  const found: string[] = []
  let covered = false
  for (const line of source.split('\n')) {
    const name = /^export (?:abstract )?(?:async )?(?:function|class|const) (\w+)/.exec(line)?.[1]
    if (line.endsWith('*/')) covered = true
    else if (name === undefined) covered = false
    else {
      if (covered) found.push(name)
      covered &&= /^export const \w+.* = [^{]*$/.test(line)
    }
  }
  return found
}
