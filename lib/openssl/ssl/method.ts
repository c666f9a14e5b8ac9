import { DTLS_1_0, DTLS_1_2, type ProtocolVersion, TLS_1_0, TLS_1_1, TLS_1_2 } from '../../wire/version.ts'
import { ERR_LIB_SSL } from '../constants/err.ts'
import { SSL_R_UNSUPPORTED_SSL_VERSION } from '../constants/sslerr.ts'
import { raise } from '../err/raise.ts'

/** Which protocol versions and which roles an SSL_CTX is for (SSL_CTX_new(3)). */
export class SSL_METHOD {
  /** Newest first. */
  readonly versions: readonly ProtocolVersion[]
  /** The roles it serves; `any` takes both SSL_connect and SSL_accept. */
  readonly role: 'client' | 'server' | 'any'
  /** The method takes whatever of its versions the protocol bounds allow, and is not fixed to one. */
  readonly flexible: boolean

  constructor(versions: readonly ProtocolVersion[], role: 'client' | 'server' | 'any') {
    this.versions = versions
    this.role = role
    this.flexible = versions.length > 1
  }

  /** DTLS, not TLS. */
  get datagram(): boolean {
    return this.versions.every(version => version.datagram)
  }
}

const DTLS = [DTLS_1_2, DTLS_1_0]
const TLS = [TLS_1_2, TLS_1_1, TLS_1_0]
const METHODS = {
  dtls: inEveryRole(DTLS),
  dtls12: inEveryRole([DTLS_1_2]),
  dtls10: inEveryRole([DTLS_1_0]),
  tls: inEveryRole(TLS),
  tls12: inEveryRole([TLS_1_2]),
  tls11: inEveryRole([TLS_1_1]),
  tls10: inEveryRole([TLS_1_0]),
}

/** DTLS 1.0 and 1.2, both roles. */
export function DTLS_method(): SSL_METHOD {
  return METHODS.dtls.any
}

/** DTLS 1.0 and 1.2, client only. */
export function DTLS_client_method(): SSL_METHOD {
  return METHODS.dtls.client
}

/** DTLS 1.0 and 1.2, server only. */
export function DTLS_server_method(): SSL_METHOD {
  return METHODS.dtls.server
}

/** DTLS 1.2 only, both roles. */
export function DTLSv1_2_method(): SSL_METHOD {
  return METHODS.dtls12.any
}

/** DTLS 1.2 only, client only. */
export function DTLSv1_2_client_method(): SSL_METHOD {
  return METHODS.dtls12.client
}

/** DTLS 1.2 only, server only. */
export function DTLSv1_2_server_method(): SSL_METHOD {
  return METHODS.dtls12.server
}

/** DTLS 1.0 only, both roles. It works at security level 0 only. */
export function DTLSv1_method(): SSL_METHOD {
  return METHODS.dtls10.any
}

/** DTLS 1.0 only, client only. It works at security level 0 only. */
export function DTLSv1_client_method(): SSL_METHOD {
  return METHODS.dtls10.client
}

/** DTLS 1.0 only, server only. It works at security level 0 only. */
export function DTLSv1_server_method(): SSL_METHOD {
  return METHODS.dtls10.server
}

/** TLS 1.0, 1.1 and 1.2, both roles. The older two work at security level 0 only; there is no TLS 1.3 here. */
export function TLS_method(): SSL_METHOD {
  return METHODS.tls.any
}

/** TLS 1.0, 1.1 and 1.2, client only. The older two work at security level 0 only; there is no TLS 1.3 here. */
export function TLS_client_method(): SSL_METHOD {
  return METHODS.tls.client
}

/** TLS 1.0, 1.1 and 1.2, server only. The older two work at security level 0 only; there is no TLS 1.3 here. */
export function TLS_server_method(): SSL_METHOD {
  return METHODS.tls.server
}

/** TLS 1.2 only, both roles. */
export function TLSv1_2_method(): SSL_METHOD {
  return METHODS.tls12.any
}

/** TLS 1.2 only, client only. */
export function TLSv1_2_client_method(): SSL_METHOD {
  return METHODS.tls12.client
}

/** TLS 1.2 only, server only. */
export function TLSv1_2_server_method(): SSL_METHOD {
  return METHODS.tls12.server
}

/** TLS 1.1 only, both roles. It works at security level 0 only. */
export function TLSv1_1_method(): SSL_METHOD {
  return METHODS.tls11.any
}

/** TLS 1.1 only, client only. It works at security level 0 only. */
export function TLSv1_1_client_method(): SSL_METHOD {
  return METHODS.tls11.client
}

/** TLS 1.1 only, server only. It works at security level 0 only. */
export function TLSv1_1_server_method(): SSL_METHOD {
  return METHODS.tls11.server
}

/** TLS 1.0 only, both roles. It works at security level 0 only. */
export function TLSv1_method(): SSL_METHOD {
  return METHODS.tls10.any
}

/** TLS 1.0 only, client only. It works at security level 0 only. */
export function TLSv1_client_method(): SSL_METHOD {
  return METHODS.tls10.client
}

/** TLS 1.0 only, server only. It works at security level 0 only. */
export function TLSv1_server_method(): SSL_METHOD {
  return METHODS.tls10.server
}

/** TLS_method by its old name. */
export const SSLv23_method: typeof TLS_method = TLS_method

/** TLS_client_method by its old name. */
export const SSLv23_client_method: typeof TLS_client_method = TLS_client_method

/** TLS_server_method by its old name. */
export const SSLv23_server_method: typeof TLS_server_method = TLS_server_method

/**
 * SSL 3, which is broken (RFC 7568).
 * @returns null with SSL_R_UNSUPPORTED_SSL_VERSION; SSL_CTX_new of it fails too
 * @refused SSL 3 is not spoken
 */
export function SSLv3_method(): null {
  raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_SSL_VERSION)
  return null
}

/**
 * As SSLv3_method.
 * @refused SSL 3 is not spoken
 */
export function SSLv3_client_method(): null {
  return SSLv3_method()
}

/**
 * As SSLv3_method.
 * @refused SSL 3 is not spoken
 */
export function SSLv3_server_method(): null {
  return SSLv3_method()
}

function inEveryRole(versions: readonly ProtocolVersion[]): Record<'any' | 'client' | 'server', SSL_METHOD> {
  return {
    any: new SSL_METHOD(versions, 'any'),
    client: new SSL_METHOD(versions, 'client'),
    server: new SSL_METHOD(versions, 'server'),
  }
}
