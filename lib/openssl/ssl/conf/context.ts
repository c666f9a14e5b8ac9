import type { KeyType } from '../../../crypto/signatures.ts'
import type { X509_NAME } from '../../x509/names/name.ts'
import type { SSL_CTX } from '../ctx.ts'
import type { Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'

/** What commands of a configuration are read with, and what they work on (SSL_CONF_CTX_new(3)). */
export class SSL_CONF_CTX {
  /** SSL_CONF_FLAG_*. */
  flags = 0
  prefix: string | null = null
  ctx: SSL_CTX | null = null
  ssl: SSL | null = null
  /** The files that certificates came from, whose keys may be in there too, by kind of key. */
  readonly certificateFiles = new Map<KeyType, string>()
  /** Names for a CertificateRequest, until they are handed over; null: none were asked for. */
  caNames: X509_NAME[] | null = null

  /** What the commands change; null: they are only looked at. */
  get owner(): Owner | null {
    return this.ctx ?? this.ssl
  }
}
