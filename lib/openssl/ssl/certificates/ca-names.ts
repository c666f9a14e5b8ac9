import type { X509_NAME } from '../../x509/names/name.ts'
import type { SSL } from '../ssl.ts'

/** The names of SSL_set_client_CA_list, the connection's or its context's. */
export function clientAuthorityNames(ssl: SSL): X509_NAME[] | null {
  return ssl.settings.clientCaNames ?? ssl.ctx.settings.clientCaNames
}

/** The names of SSL_set0_CA_list, the connection's or its context's. */
export function authorityNames(ssl: SSL): X509_NAME[] | null {
  return ssl.settings.caNames ?? ssl.ctx.settings.caNames
}

/** DER of the names for a CertificateRequest: the client list when it has any, else the general one. */
export function certificateAuthoritiesOf(ssl: SSL): Uint8Array[] {
  const client = clientAuthorityNames(ssl) ?? []
  const names = client.length > 0 ? client : (authorityNames(ssl) ?? [])
  return names.map(({ name }) => name.der)
}
