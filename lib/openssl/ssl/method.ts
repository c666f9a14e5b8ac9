import { DTLS_1_0, DTLS_1_2, type ProtocolVersion } from '../../wire/version.ts'

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
}

const ALL = [DTLS_1_2, DTLS_1_0]
const METHODS = {
  any: new SSL_METHOD(ALL, 'any'),
  anyClient: new SSL_METHOD(ALL, 'client'),
  anyServer: new SSL_METHOD(ALL, 'server'),
  v12: new SSL_METHOD([DTLS_1_2], 'any'),
  v12Client: new SSL_METHOD([DTLS_1_2], 'client'),
  v12Server: new SSL_METHOD([DTLS_1_2], 'server'),
  v10: new SSL_METHOD([DTLS_1_0], 'any'),
  v10Client: new SSL_METHOD([DTLS_1_0], 'client'),
  v10Server: new SSL_METHOD([DTLS_1_0], 'server'),
}

/** DTLS 1.0 and 1.2, both roles. */
export function DTLS_method(): SSL_METHOD {
  return METHODS.any
}

/** DTLS 1.0 and 1.2, client only. */
export function DTLS_client_method(): SSL_METHOD {
  return METHODS.anyClient
}

/** DTLS 1.0 and 1.2, server only. */
export function DTLS_server_method(): SSL_METHOD {
  return METHODS.anyServer
}

/** DTLS 1.2 only, both roles. */
export function DTLSv1_2_method(): SSL_METHOD {
  return METHODS.v12
}

/** DTLS 1.2 only, client only. */
export function DTLSv1_2_client_method(): SSL_METHOD {
  return METHODS.v12Client
}

/** DTLS 1.2 only, server only. */
export function DTLSv1_2_server_method(): SSL_METHOD {
  return METHODS.v12Server
}

/** DTLS 1.0 only, both roles. It works at security level 0 only. */
export function DTLSv1_method(): SSL_METHOD {
  return METHODS.v10
}

/** DTLS 1.0 only, client only. It works at security level 0 only. */
export function DTLSv1_client_method(): SSL_METHOD {
  return METHODS.v10Client
}

/** DTLS 1.0 only, server only. It works at security level 0 only. */
export function DTLSv1_server_method(): SSL_METHOD {
  return METHODS.v10Server
}
