import {
  OPENSSL_assert,
  type SSL,
  SSL_CIPHER_get_name,
  type SSL_CTX,
  SSL_CTX_set_msg_callback,
  SSL_get_current_cipher,
  SSL_get_negotiated_group,
  SSL_get_peer_certificate,
  SSL_get_verify_result,
  SSL_get_version,
  SSL_group_to_name,
  SSL3_RT_HEADER,
  X509_free,
  X509_get_issuer_name,
  X509_get_subject_name,
  X509_NAME_oneline,
  X509_verify_cert_error_string,
} from 'openssl-shim'
import type { Connected, Flown, Role } from './events.ts'
import { message_name, Records } from './messages.ts'

/** A message callback tells of each record's header, and of each message: after its records. */
export function watch_messages(ctx: SSL_CTX, role: Role, report: (flown: Flown) => void): void {
  const peer = role === 'client' ? 'server' : 'client'
  const records = { client: new Records(), server: new Records() }
  SSL_CTX_set_msg_callback(ctx, (write_p, version, content_type, buf) => {
    void version
    const from = write_p ? role : peer
    if (content_type === SSL3_RT_HEADER) records[from].add(buf)
    else {
      const at = Number(process.hrtime.bigint()) / 1e6
      report({ kind: 'flown', at, from, name: message_name(content_type, buf), ...records[from].take() })
    }
  })
}

/** Who is at the other end, and what protects the connection. */
export function describe_connection(ssl: SSL): Connected {
  const certificate = SSL_get_peer_certificate(ssl)
  OPENSSL_assert(certificate)
  const subject = X509_NAME_oneline(X509_get_subject_name(certificate))
  const issuer = X509_NAME_oneline(X509_get_issuer_name(certificate))
  X509_free(certificate)
  return {
    kind: 'connected',
    version: SSL_get_version(ssl),
    suite: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)),
    group: SSL_group_to_name(ssl, SSL_get_negotiated_group(ssl)) ?? 'none',
    subject,
    issuer,
    verdict: X509_verify_cert_error_string(SSL_get_verify_result(ssl)),
  }
}
