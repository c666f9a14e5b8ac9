import { Purpose } from '../../pki/path/purpose.ts'
import { requireInstance, requireInteger } from '../boundary.ts'

/** A purpose that certificates are checked for: its number, the trust it asks for, its names. */
export class X509_PURPOSE {
  readonly purpose: number
  readonly trust: number
  readonly name: string
  readonly sname: string

  constructor(purpose: number, trust: number, name: string, sname: string) {
    this.purpose = purpose
    this.trust = trust
    this.name = name
    this.sname = sname
  }
}

const TRUST_DEFAULT = 0
const TRUST_COMPAT = 1
const TRUST_SSL_CLIENT = 2
const TRUST_SSL_SERVER = 3
const TRUST_EMAIL = 4
const TRUST_TSA = 8

const PURPOSES: readonly X509_PURPOSE[] = [
  new X509_PURPOSE(Purpose.sslClient, TRUST_SSL_CLIENT, 'SSL client', 'sslclient'),
  new X509_PURPOSE(Purpose.sslServer, TRUST_SSL_SERVER, 'SSL server', 'sslserver'),
  new X509_PURPOSE(Purpose.nsSslServer, TRUST_SSL_SERVER, 'Netscape SSL server', 'nssslserver'),
  new X509_PURPOSE(Purpose.smimeSign, TRUST_EMAIL, 'S/MIME signing', 'smimesign'),
  new X509_PURPOSE(Purpose.smimeEncrypt, TRUST_EMAIL, 'S/MIME encryption', 'smimeencrypt'),
  new X509_PURPOSE(Purpose.crlSign, TRUST_COMPAT, 'CRL signing', 'crlsign'),
  new X509_PURPOSE(Purpose.any, TRUST_DEFAULT, 'Any Purpose', 'any'),
  new X509_PURPOSE(Purpose.ocspHelper, TRUST_COMPAT, 'OCSP helper', 'ocsphelper'),
  new X509_PURPOSE(Purpose.timestampSign, TRUST_TSA, 'Time Stamp signing', 'timestampsign'),
]

const purposeOf = (xp: unknown): X509_PURPOSE => requireInstance(xp, X509_PURPOSE, 'xp')

/** How many purposes there are. */
export function X509_PURPOSE_get_count(): number {
  return PURPOSES.length
}

/** The purpose at a position; null beyond the end. */
export function X509_PURPOSE_get0(idx: number): X509_PURPOSE | null {
  return PURPOSES[requireInteger(idx, 'idx')] ?? null
}

/** The position of a purpose by its short name, `sslserver`; -1 for an unknown one. */
export function X509_PURPOSE_get_by_sname(sname: string): number {
  return PURPOSES.findIndex(purpose => purpose.sname === sname)
}

/** The position of a purpose by its number, X509_PURPOSE_*; -1 for an unknown one. */
export function X509_PURPOSE_get_by_id(id: number): number {
  return PURPOSES.findIndex(({ purpose }) => purpose === id)
}

/** The number, X509_PURPOSE_*. */
export function X509_PURPOSE_get_id(xp: X509_PURPOSE): number {
  return purposeOf(xp).purpose
}

/** The name, such as `SSL server`. */
export function X509_PURPOSE_get0_name(xp: X509_PURPOSE): string {
  return purposeOf(xp).name
}

/** The short name, such as `sslserver`. */
export function X509_PURPOSE_get0_sname(xp: X509_PURPOSE): string {
  return purposeOf(xp).sname
}

/** The trust it asks for, X509_TRUST_*; 0 for none of its own. */
export function X509_PURPOSE_get_trust(xp: X509_PURPOSE): number {
  return purposeOf(xp).trust
}
