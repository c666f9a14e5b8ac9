import { getCiphers } from 'node:crypto'

/** How the premaster secret comes about. Anonymous Diffie-Hellman is `dhe` or `ecdhe` with authentication `none`. */
export type KeyExchange = 'rsa' | 'dhe' | 'ecdhe' | 'psk' | 'rsa-psk' | 'dhe-psk' | 'ecdhe-psk'

/** What proves the server's identity. */
export type Authentication = 'rsa' | 'ecdsa' | 'psk' | 'none' | 'dss'

/** The record cipher; the AEAD tag is 16 bytes except for the `-ccm-8` forms. */
export type BulkCipher =
  | 'aes-128-gcm'
  | 'aes-256-gcm'
  | 'aes-128-ccm'
  | 'aes-256-ccm'
  | 'aes-128-ccm-8'
  | 'aes-256-ccm-8'
  | 'chacha20-poly1305'
  | 'aria-128-gcm'
  | 'aria-256-gcm'
  | 'aes-128-cbc'
  | 'aes-256-cbc'
  | 'camellia-128-cbc'
  | 'camellia-256-cbc'
  | 'null'

/** The record MAC; `aead` when the cipher protects integrity itself. */
export type Mac = 'aead' | 'md5' | 'sha1' | 'sha256' | 'sha384'

/** A cipher suite of TLS 1.2 and below, with its DTLS twin. */
export interface CipherSuite {
  /** The two bytes of the wire as one number. */
  readonly id: number
  /** The IANA name, as `SSL_CIPHER_standard_name` gives it. */
  readonly name: string
  /** OpenSSL's name, as `SSL_CIPHER_get_name` gives it. */
  readonly openssl: string
  readonly keyExchange: KeyExchange
  readonly authentication: Authentication
  readonly cipher: BulkCipher
  readonly mac: Mac
  /** The PRF's hash in (D)TLS 1.2 (RFC 5246 section 5); earlier versions use MD5 and SHA-1 whatever stands here. */
  readonly prf: 'sha256' | 'sha384'
  /** The first TLS version that may negotiate it; 0x0303 also means DTLS 1.2 and not DTLS 1.0. */
  readonly minTls: 0x0301 | 0x0303
  /** What `SSL_CIPHER_get_version` answers. */
  readonly minTlsName: 'SSLv3' | 'TLSv1.0' | 'TLSv1.2'
  /** Secret bits of the cipher, as OpenSSL 3.0 counts them: what `@STRENGTH` sorts by and security levels test. */
  readonly strengthBits: number
  /** Key bits that the algorithm works with. */
  readonly algorithmBits: number
  /** OpenSSL's class; 3.0 builds of today have no suite in the lower two. */
  readonly level: 'high' | 'medium' | 'low' | 'none'
  /** In the `FIPS` alias. */
  readonly fips: boolean
  /** In `COMPLEMENTOFDEFAULT`: offered only when a cipher string names it. */
  readonly notDefault: boolean
  /** False when it can be named and sorted but never negotiated: DSS certificates, or no such cipher in this Node. */
  readonly available: boolean
}

/** A TLS 1.3 suite: only a name in lists here, never negotiated. It fixes neither key exchange nor authentication. */
export interface Tls13Suite {
  readonly id: number
  readonly name: string
  readonly openssl: string
  readonly keyExchange: 'any'
  readonly authentication: 'any'
  readonly cipher: BulkCipher
  readonly mac: 'aead'
  readonly prf: 'sha256' | 'sha384'
  readonly minTls: 0x0304
  readonly minTlsName: 'TLSv1.3'
  readonly strengthBits: number
  readonly algorithmBits: number
  readonly level: 'high'
}

type Hash = 'md5' | 'sha1' | 'sha256' | 'sha384'
type Row = readonly [
  id: number,
  name: string,
  openssl: string,
  keyExchange: KeyExchange,
  authentication: Authentication,
  cipher: BulkCipher,
  hash: Hash,
  minTlsName: CipherSuite['minTlsName'],
]

/** Some builds of Node come without ARIA or Camellia. */
const nodeCiphers: ReadonlySet<string> = new Set(getCiphers())

// What OpenSSL 3.0 knows with its default build, by number. SRP (RFC 5054) is left out: nothing here provides it.
// `hash` is the one the name ends with (SHA-256 where a CCM name has none): the MAC without AEAD, else only the PRF.
// biome-ignore format: one suite, one line
const ROWS: readonly Row[] = [
  [0x0001, 'TLS_RSA_WITH_NULL_MD5',                         'NULL-MD5',                       'rsa',       'rsa',   'null',              'md5',    'SSLv3'],
  [0x0002, 'TLS_RSA_WITH_NULL_SHA',                         'NULL-SHA',                       'rsa',       'rsa',   'null',              'sha1',   'SSLv3'],
  [0x002c, 'TLS_PSK_WITH_NULL_SHA',                         'PSK-NULL-SHA',                   'psk',       'psk',   'null',              'sha1',   'SSLv3'],
  [0x002d, 'TLS_DHE_PSK_WITH_NULL_SHA',                     'DHE-PSK-NULL-SHA',               'dhe-psk',   'psk',   'null',              'sha1',   'SSLv3'],
  [0x002e, 'TLS_RSA_PSK_WITH_NULL_SHA',                     'RSA-PSK-NULL-SHA',               'rsa-psk',   'rsa',   'null',              'sha1',   'SSLv3'],
  [0x002f, 'TLS_RSA_WITH_AES_128_CBC_SHA',                  'AES128-SHA',                     'rsa',       'rsa',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0032, 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA',              'DHE-DSS-AES128-SHA',             'dhe',       'dss',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0033, 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA',              'DHE-RSA-AES128-SHA',             'dhe',       'rsa',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0034, 'TLS_DH_anon_WITH_AES_128_CBC_SHA',              'ADH-AES128-SHA',                 'dhe',       'none',  'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0035, 'TLS_RSA_WITH_AES_256_CBC_SHA',                  'AES256-SHA',                     'rsa',       'rsa',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x0038, 'TLS_DHE_DSS_WITH_AES_256_CBC_SHA',              'DHE-DSS-AES256-SHA',             'dhe',       'dss',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x0039, 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA',              'DHE-RSA-AES256-SHA',             'dhe',       'rsa',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x003a, 'TLS_DH_anon_WITH_AES_256_CBC_SHA',              'ADH-AES256-SHA',                 'dhe',       'none',  'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x003b, 'TLS_RSA_WITH_NULL_SHA256',                      'NULL-SHA256',                    'rsa',       'rsa',   'null',              'sha256', 'TLSv1.2'],
  [0x003c, 'TLS_RSA_WITH_AES_128_CBC_SHA256',               'AES128-SHA256',                  'rsa',       'rsa',   'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0x003d, 'TLS_RSA_WITH_AES_256_CBC_SHA256',               'AES256-SHA256',                  'rsa',       'rsa',   'aes-256-cbc',       'sha256', 'TLSv1.2'],
  [0x0040, 'TLS_DHE_DSS_WITH_AES_128_CBC_SHA256',           'DHE-DSS-AES128-SHA256',          'dhe',       'dss',   'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0x0041, 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA',             'CAMELLIA128-SHA',                'rsa',       'rsa',   'camellia-128-cbc',  'sha1',   'SSLv3'],
  [0x0044, 'TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA',         'DHE-DSS-CAMELLIA128-SHA',        'dhe',       'dss',   'camellia-128-cbc',  'sha1',   'SSLv3'],
  [0x0045, 'TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA',         'DHE-RSA-CAMELLIA128-SHA',        'dhe',       'rsa',   'camellia-128-cbc',  'sha1',   'SSLv3'],
  [0x0046, 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA',         'ADH-CAMELLIA128-SHA',            'dhe',       'none',  'camellia-128-cbc',  'sha1',   'SSLv3'],
  [0x0067, 'TLS_DHE_RSA_WITH_AES_128_CBC_SHA256',           'DHE-RSA-AES128-SHA256',          'dhe',       'rsa',   'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0x006a, 'TLS_DHE_DSS_WITH_AES_256_CBC_SHA256',           'DHE-DSS-AES256-SHA256',          'dhe',       'dss',   'aes-256-cbc',       'sha256', 'TLSv1.2'],
  [0x006b, 'TLS_DHE_RSA_WITH_AES_256_CBC_SHA256',           'DHE-RSA-AES256-SHA256',          'dhe',       'rsa',   'aes-256-cbc',       'sha256', 'TLSv1.2'],
  [0x006c, 'TLS_DH_anon_WITH_AES_128_CBC_SHA256',           'ADH-AES128-SHA256',              'dhe',       'none',  'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0x006d, 'TLS_DH_anon_WITH_AES_256_CBC_SHA256',           'ADH-AES256-SHA256',              'dhe',       'none',  'aes-256-cbc',       'sha256', 'TLSv1.2'],
  [0x0084, 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA',             'CAMELLIA256-SHA',                'rsa',       'rsa',   'camellia-256-cbc',  'sha1',   'SSLv3'],
  [0x0087, 'TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA',         'DHE-DSS-CAMELLIA256-SHA',        'dhe',       'dss',   'camellia-256-cbc',  'sha1',   'SSLv3'],
  [0x0088, 'TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA',         'DHE-RSA-CAMELLIA256-SHA',        'dhe',       'rsa',   'camellia-256-cbc',  'sha1',   'SSLv3'],
  [0x0089, 'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA',         'ADH-CAMELLIA256-SHA',            'dhe',       'none',  'camellia-256-cbc',  'sha1',   'SSLv3'],
  [0x008c, 'TLS_PSK_WITH_AES_128_CBC_SHA',                  'PSK-AES128-CBC-SHA',             'psk',       'psk',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x008d, 'TLS_PSK_WITH_AES_256_CBC_SHA',                  'PSK-AES256-CBC-SHA',             'psk',       'psk',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x0090, 'TLS_DHE_PSK_WITH_AES_128_CBC_SHA',              'DHE-PSK-AES128-CBC-SHA',         'dhe-psk',   'psk',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0091, 'TLS_DHE_PSK_WITH_AES_256_CBC_SHA',              'DHE-PSK-AES256-CBC-SHA',         'dhe-psk',   'psk',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x0094, 'TLS_RSA_PSK_WITH_AES_128_CBC_SHA',              'RSA-PSK-AES128-CBC-SHA',         'rsa-psk',   'rsa',   'aes-128-cbc',       'sha1',   'SSLv3'],
  [0x0095, 'TLS_RSA_PSK_WITH_AES_256_CBC_SHA',              'RSA-PSK-AES256-CBC-SHA',         'rsa-psk',   'rsa',   'aes-256-cbc',       'sha1',   'SSLv3'],
  [0x009c, 'TLS_RSA_WITH_AES_128_GCM_SHA256',               'AES128-GCM-SHA256',              'rsa',       'rsa',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x009d, 'TLS_RSA_WITH_AES_256_GCM_SHA384',               'AES256-GCM-SHA384',              'rsa',       'rsa',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x009e, 'TLS_DHE_RSA_WITH_AES_128_GCM_SHA256',           'DHE-RSA-AES128-GCM-SHA256',      'dhe',       'rsa',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x009f, 'TLS_DHE_RSA_WITH_AES_256_GCM_SHA384',           'DHE-RSA-AES256-GCM-SHA384',      'dhe',       'rsa',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00a2, 'TLS_DHE_DSS_WITH_AES_128_GCM_SHA256',           'DHE-DSS-AES128-GCM-SHA256',      'dhe',       'dss',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x00a3, 'TLS_DHE_DSS_WITH_AES_256_GCM_SHA384',           'DHE-DSS-AES256-GCM-SHA384',      'dhe',       'dss',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00a6, 'TLS_DH_anon_WITH_AES_128_GCM_SHA256',           'ADH-AES128-GCM-SHA256',          'dhe',       'none',  'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x00a7, 'TLS_DH_anon_WITH_AES_256_GCM_SHA384',           'ADH-AES256-GCM-SHA384',          'dhe',       'none',  'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00a8, 'TLS_PSK_WITH_AES_128_GCM_SHA256',               'PSK-AES128-GCM-SHA256',          'psk',       'psk',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x00a9, 'TLS_PSK_WITH_AES_256_GCM_SHA384',               'PSK-AES256-GCM-SHA384',          'psk',       'psk',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00aa, 'TLS_DHE_PSK_WITH_AES_128_GCM_SHA256',           'DHE-PSK-AES128-GCM-SHA256',      'dhe-psk',   'psk',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x00ab, 'TLS_DHE_PSK_WITH_AES_256_GCM_SHA384',           'DHE-PSK-AES256-GCM-SHA384',      'dhe-psk',   'psk',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00ac, 'TLS_RSA_PSK_WITH_AES_128_GCM_SHA256',           'RSA-PSK-AES128-GCM-SHA256',      'rsa-psk',   'rsa',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0x00ad, 'TLS_RSA_PSK_WITH_AES_256_GCM_SHA384',           'RSA-PSK-AES256-GCM-SHA384',      'rsa-psk',   'rsa',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0x00ae, 'TLS_PSK_WITH_AES_128_CBC_SHA256',               'PSK-AES128-CBC-SHA256',          'psk',       'psk',   'aes-128-cbc',       'sha256', 'TLSv1.0'],
  [0x00af, 'TLS_PSK_WITH_AES_256_CBC_SHA384',               'PSK-AES256-CBC-SHA384',          'psk',       'psk',   'aes-256-cbc',       'sha384', 'TLSv1.0'],
  [0x00b0, 'TLS_PSK_WITH_NULL_SHA256',                      'PSK-NULL-SHA256',                'psk',       'psk',   'null',              'sha256', 'TLSv1.0'],
  [0x00b1, 'TLS_PSK_WITH_NULL_SHA384',                      'PSK-NULL-SHA384',                'psk',       'psk',   'null',              'sha384', 'TLSv1.0'],
  [0x00b2, 'TLS_DHE_PSK_WITH_AES_128_CBC_SHA256',           'DHE-PSK-AES128-CBC-SHA256',      'dhe-psk',   'psk',   'aes-128-cbc',       'sha256', 'TLSv1.0'],
  [0x00b3, 'TLS_DHE_PSK_WITH_AES_256_CBC_SHA384',           'DHE-PSK-AES256-CBC-SHA384',      'dhe-psk',   'psk',   'aes-256-cbc',       'sha384', 'TLSv1.0'],
  [0x00b4, 'TLS_DHE_PSK_WITH_NULL_SHA256',                  'DHE-PSK-NULL-SHA256',            'dhe-psk',   'psk',   'null',              'sha256', 'TLSv1.0'],
  [0x00b5, 'TLS_DHE_PSK_WITH_NULL_SHA384',                  'DHE-PSK-NULL-SHA384',            'dhe-psk',   'psk',   'null',              'sha384', 'TLSv1.0'],
  [0x00b6, 'TLS_RSA_PSK_WITH_AES_128_CBC_SHA256',           'RSA-PSK-AES128-CBC-SHA256',      'rsa-psk',   'rsa',   'aes-128-cbc',       'sha256', 'TLSv1.0'],
  [0x00b7, 'TLS_RSA_PSK_WITH_AES_256_CBC_SHA384',           'RSA-PSK-AES256-CBC-SHA384',      'rsa-psk',   'rsa',   'aes-256-cbc',       'sha384', 'TLSv1.0'],
  [0x00b8, 'TLS_RSA_PSK_WITH_NULL_SHA256',                  'RSA-PSK-NULL-SHA256',            'rsa-psk',   'rsa',   'null',              'sha256', 'TLSv1.0'],
  [0x00b9, 'TLS_RSA_PSK_WITH_NULL_SHA384',                  'RSA-PSK-NULL-SHA384',            'rsa-psk',   'rsa',   'null',              'sha384', 'TLSv1.0'],
  [0x00ba, 'TLS_RSA_WITH_CAMELLIA_128_CBC_SHA256',          'CAMELLIA128-SHA256',             'rsa',       'rsa',   'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0x00bd, 'TLS_DHE_DSS_WITH_CAMELLIA_128_CBC_SHA256',      'DHE-DSS-CAMELLIA128-SHA256',     'dhe',       'dss',   'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0x00be, 'TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256',      'DHE-RSA-CAMELLIA128-SHA256',     'dhe',       'rsa',   'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0x00bf, 'TLS_DH_anon_WITH_CAMELLIA_128_CBC_SHA256',      'ADH-CAMELLIA128-SHA256',         'dhe',       'none',  'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0x00c0, 'TLS_RSA_WITH_CAMELLIA_256_CBC_SHA256',          'CAMELLIA256-SHA256',             'rsa',       'rsa',   'camellia-256-cbc',  'sha256', 'TLSv1.2'],
  [0x00c3, 'TLS_DHE_DSS_WITH_CAMELLIA_256_CBC_SHA256',      'DHE-DSS-CAMELLIA256-SHA256',     'dhe',       'dss',   'camellia-256-cbc',  'sha256', 'TLSv1.2'],
  [0x00c4, 'TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256',      'DHE-RSA-CAMELLIA256-SHA256',     'dhe',       'rsa',   'camellia-256-cbc',  'sha256', 'TLSv1.2'],
  [0x00c5, 'TLS_DH_anon_WITH_CAMELLIA_256_CBC_SHA256',      'ADH-CAMELLIA256-SHA256',         'dhe',       'none',  'camellia-256-cbc',  'sha256', 'TLSv1.2'],
  [0xc006, 'TLS_ECDHE_ECDSA_WITH_NULL_SHA',                 'ECDHE-ECDSA-NULL-SHA',           'ecdhe',     'ecdsa', 'null',              'sha1',   'TLSv1.0'],
  [0xc009, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',          'ECDHE-ECDSA-AES128-SHA',         'ecdhe',     'ecdsa', 'aes-128-cbc',       'sha1',   'TLSv1.0'],
  [0xc00a, 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',          'ECDHE-ECDSA-AES256-SHA',         'ecdhe',     'ecdsa', 'aes-256-cbc',       'sha1',   'TLSv1.0'],
  [0xc010, 'TLS_ECDHE_RSA_WITH_NULL_SHA',                   'ECDHE-RSA-NULL-SHA',             'ecdhe',     'rsa',   'null',              'sha1',   'TLSv1.0'],
  [0xc013, 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',            'ECDHE-RSA-AES128-SHA',           'ecdhe',     'rsa',   'aes-128-cbc',       'sha1',   'TLSv1.0'],
  [0xc014, 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',            'ECDHE-RSA-AES256-SHA',           'ecdhe',     'rsa',   'aes-256-cbc',       'sha1',   'TLSv1.0'],
  [0xc015, 'TLS_ECDH_anon_WITH_NULL_SHA',                   'AECDH-NULL-SHA',                 'ecdhe',     'none',  'null',              'sha1',   'TLSv1.0'],
  [0xc018, 'TLS_ECDH_anon_WITH_AES_128_CBC_SHA',            'AECDH-AES128-SHA',               'ecdhe',     'none',  'aes-128-cbc',       'sha1',   'TLSv1.0'],
  [0xc019, 'TLS_ECDH_anon_WITH_AES_256_CBC_SHA',            'AECDH-AES256-SHA',               'ecdhe',     'none',  'aes-256-cbc',       'sha1',   'TLSv1.0'],
  [0xc023, 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',       'ECDHE-ECDSA-AES128-SHA256',      'ecdhe',     'ecdsa', 'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0xc024, 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',       'ECDHE-ECDSA-AES256-SHA384',      'ecdhe',     'ecdsa', 'aes-256-cbc',       'sha384', 'TLSv1.2'],
  [0xc027, 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',         'ECDHE-RSA-AES128-SHA256',        'ecdhe',     'rsa',   'aes-128-cbc',       'sha256', 'TLSv1.2'],
  [0xc028, 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',         'ECDHE-RSA-AES256-SHA384',        'ecdhe',     'rsa',   'aes-256-cbc',       'sha384', 'TLSv1.2'],
  [0xc02b, 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',       'ECDHE-ECDSA-AES128-GCM-SHA256',  'ecdhe',     'ecdsa', 'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0xc02c, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',       'ECDHE-ECDSA-AES256-GCM-SHA384',  'ecdhe',     'ecdsa', 'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0xc02f, 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',         'ECDHE-RSA-AES128-GCM-SHA256',    'ecdhe',     'rsa',   'aes-128-gcm',       'sha256', 'TLSv1.2'],
  [0xc030, 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',         'ECDHE-RSA-AES256-GCM-SHA384',    'ecdhe',     'rsa',   'aes-256-gcm',       'sha384', 'TLSv1.2'],
  [0xc035, 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA',            'ECDHE-PSK-AES128-CBC-SHA',       'ecdhe-psk', 'psk',   'aes-128-cbc',       'sha1',   'TLSv1.0'],
  [0xc036, 'TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA',            'ECDHE-PSK-AES256-CBC-SHA',       'ecdhe-psk', 'psk',   'aes-256-cbc',       'sha1',   'TLSv1.0'],
  [0xc037, 'TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256',         'ECDHE-PSK-AES128-CBC-SHA256',    'ecdhe-psk', 'psk',   'aes-128-cbc',       'sha256', 'TLSv1.0'],
  [0xc038, 'TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA384',         'ECDHE-PSK-AES256-CBC-SHA384',    'ecdhe-psk', 'psk',   'aes-256-cbc',       'sha384', 'TLSv1.0'],
  [0xc039, 'TLS_ECDHE_PSK_WITH_NULL_SHA',                   'ECDHE-PSK-NULL-SHA',             'ecdhe-psk', 'psk',   'null',              'sha1',   'TLSv1.0'],
  [0xc03a, 'TLS_ECDHE_PSK_WITH_NULL_SHA256',                'ECDHE-PSK-NULL-SHA256',          'ecdhe-psk', 'psk',   'null',              'sha256', 'TLSv1.0'],
  [0xc03b, 'TLS_ECDHE_PSK_WITH_NULL_SHA384',                'ECDHE-PSK-NULL-SHA384',          'ecdhe-psk', 'psk',   'null',              'sha384', 'TLSv1.0'],
  [0xc050, 'TLS_RSA_WITH_ARIA_128_GCM_SHA256',              'ARIA128-GCM-SHA256',             'rsa',       'rsa',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc051, 'TLS_RSA_WITH_ARIA_256_GCM_SHA384',              'ARIA256-GCM-SHA384',             'rsa',       'rsa',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc052, 'TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256',          'DHE-RSA-ARIA128-GCM-SHA256',     'dhe',       'rsa',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc053, 'TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384',          'DHE-RSA-ARIA256-GCM-SHA384',     'dhe',       'rsa',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc056, 'TLS_DHE_DSS_WITH_ARIA_128_GCM_SHA256',          'DHE-DSS-ARIA128-GCM-SHA256',     'dhe',       'dss',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc057, 'TLS_DHE_DSS_WITH_ARIA_256_GCM_SHA384',          'DHE-DSS-ARIA256-GCM-SHA384',     'dhe',       'dss',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc05c, 'TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256',      'ECDHE-ECDSA-ARIA128-GCM-SHA256', 'ecdhe',     'ecdsa', 'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc05d, 'TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384',      'ECDHE-ECDSA-ARIA256-GCM-SHA384', 'ecdhe',     'ecdsa', 'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc060, 'TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256',        'ECDHE-ARIA128-GCM-SHA256',       'ecdhe',     'rsa',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc061, 'TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384',        'ECDHE-ARIA256-GCM-SHA384',       'ecdhe',     'rsa',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc06a, 'TLS_PSK_WITH_ARIA_128_GCM_SHA256',              'PSK-ARIA128-GCM-SHA256',         'psk',       'psk',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc06b, 'TLS_PSK_WITH_ARIA_256_GCM_SHA384',              'PSK-ARIA256-GCM-SHA384',         'psk',       'psk',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc06c, 'TLS_DHE_PSK_WITH_ARIA_128_GCM_SHA256',          'DHE-PSK-ARIA128-GCM-SHA256',     'dhe-psk',   'psk',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc06d, 'TLS_DHE_PSK_WITH_ARIA_256_GCM_SHA384',          'DHE-PSK-ARIA256-GCM-SHA384',     'dhe-psk',   'psk',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc06e, 'TLS_RSA_PSK_WITH_ARIA_128_GCM_SHA256',          'RSA-PSK-ARIA128-GCM-SHA256',     'rsa-psk',   'rsa',   'aria-128-gcm',      'sha256', 'TLSv1.2'],
  [0xc06f, 'TLS_RSA_PSK_WITH_ARIA_256_GCM_SHA384',          'RSA-PSK-ARIA256-GCM-SHA384',     'rsa-psk',   'rsa',   'aria-256-gcm',      'sha384', 'TLSv1.2'],
  [0xc072, 'TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256',  'ECDHE-ECDSA-CAMELLIA128-SHA256', 'ecdhe',     'ecdsa', 'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0xc073, 'TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384',  'ECDHE-ECDSA-CAMELLIA256-SHA384', 'ecdhe',     'ecdsa', 'camellia-256-cbc',  'sha384', 'TLSv1.2'],
  [0xc076, 'TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256',    'ECDHE-RSA-CAMELLIA128-SHA256',   'ecdhe',     'rsa',   'camellia-128-cbc',  'sha256', 'TLSv1.2'],
  [0xc077, 'TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384',    'ECDHE-RSA-CAMELLIA256-SHA384',   'ecdhe',     'rsa',   'camellia-256-cbc',  'sha384', 'TLSv1.2'],
  [0xc094, 'TLS_PSK_WITH_CAMELLIA_128_CBC_SHA256',          'PSK-CAMELLIA128-SHA256',         'psk',       'psk',   'camellia-128-cbc',  'sha256', 'TLSv1.0'],
  [0xc095, 'TLS_PSK_WITH_CAMELLIA_256_CBC_SHA384',          'PSK-CAMELLIA256-SHA384',         'psk',       'psk',   'camellia-256-cbc',  'sha384', 'TLSv1.0'],
  [0xc096, 'TLS_DHE_PSK_WITH_CAMELLIA_128_CBC_SHA256',      'DHE-PSK-CAMELLIA128-SHA256',     'dhe-psk',   'psk',   'camellia-128-cbc',  'sha256', 'TLSv1.0'],
  [0xc097, 'TLS_DHE_PSK_WITH_CAMELLIA_256_CBC_SHA384',      'DHE-PSK-CAMELLIA256-SHA384',     'dhe-psk',   'psk',   'camellia-256-cbc',  'sha384', 'TLSv1.0'],
  [0xc098, 'TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256',      'RSA-PSK-CAMELLIA128-SHA256',     'rsa-psk',   'rsa',   'camellia-128-cbc',  'sha256', 'TLSv1.0'],
  [0xc099, 'TLS_RSA_PSK_WITH_CAMELLIA_256_CBC_SHA384',      'RSA-PSK-CAMELLIA256-SHA384',     'rsa-psk',   'rsa',   'camellia-256-cbc',  'sha384', 'TLSv1.0'],
  [0xc09a, 'TLS_ECDHE_PSK_WITH_CAMELLIA_128_CBC_SHA256',    'ECDHE-PSK-CAMELLIA128-SHA256',   'ecdhe-psk', 'psk',   'camellia-128-cbc',  'sha256', 'TLSv1.0'],
  [0xc09b, 'TLS_ECDHE_PSK_WITH_CAMELLIA_256_CBC_SHA384',    'ECDHE-PSK-CAMELLIA256-SHA384',   'ecdhe-psk', 'psk',   'camellia-256-cbc',  'sha384', 'TLSv1.0'],
  [0xc09c, 'TLS_RSA_WITH_AES_128_CCM',                      'AES128-CCM',                     'rsa',       'rsa',   'aes-128-ccm',       'sha256', 'TLSv1.2'],
  [0xc09d, 'TLS_RSA_WITH_AES_256_CCM',                      'AES256-CCM',                     'rsa',       'rsa',   'aes-256-ccm',       'sha256', 'TLSv1.2'],
  [0xc09e, 'TLS_DHE_RSA_WITH_AES_128_CCM',                  'DHE-RSA-AES128-CCM',             'dhe',       'rsa',   'aes-128-ccm',       'sha256', 'TLSv1.2'],
  [0xc09f, 'TLS_DHE_RSA_WITH_AES_256_CCM',                  'DHE-RSA-AES256-CCM',             'dhe',       'rsa',   'aes-256-ccm',       'sha256', 'TLSv1.2'],
  [0xc0a0, 'TLS_RSA_WITH_AES_128_CCM_8',                    'AES128-CCM8',                    'rsa',       'rsa',   'aes-128-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0a1, 'TLS_RSA_WITH_AES_256_CCM_8',                    'AES256-CCM8',                    'rsa',       'rsa',   'aes-256-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0a2, 'TLS_DHE_RSA_WITH_AES_128_CCM_8',                'DHE-RSA-AES128-CCM8',            'dhe',       'rsa',   'aes-128-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0a3, 'TLS_DHE_RSA_WITH_AES_256_CCM_8',                'DHE-RSA-AES256-CCM8',            'dhe',       'rsa',   'aes-256-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0a4, 'TLS_PSK_WITH_AES_128_CCM',                      'PSK-AES128-CCM',                 'psk',       'psk',   'aes-128-ccm',       'sha256', 'TLSv1.2'],
  [0xc0a5, 'TLS_PSK_WITH_AES_256_CCM',                      'PSK-AES256-CCM',                 'psk',       'psk',   'aes-256-ccm',       'sha256', 'TLSv1.2'],
  [0xc0a6, 'TLS_DHE_PSK_WITH_AES_128_CCM',                  'DHE-PSK-AES128-CCM',             'dhe-psk',   'psk',   'aes-128-ccm',       'sha256', 'TLSv1.2'],
  [0xc0a7, 'TLS_DHE_PSK_WITH_AES_256_CCM',                  'DHE-PSK-AES256-CCM',             'dhe-psk',   'psk',   'aes-256-ccm',       'sha256', 'TLSv1.2'],
  [0xc0a8, 'TLS_PSK_WITH_AES_128_CCM_8',                    'PSK-AES128-CCM8',                'psk',       'psk',   'aes-128-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0a9, 'TLS_PSK_WITH_AES_256_CCM_8',                    'PSK-AES256-CCM8',                'psk',       'psk',   'aes-256-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0aa, 'TLS_PSK_DHE_WITH_AES_128_CCM_8',                'DHE-PSK-AES128-CCM8',            'dhe-psk',   'psk',   'aes-128-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0ab, 'TLS_PSK_DHE_WITH_AES_256_CCM_8',                'DHE-PSK-AES256-CCM8',            'dhe-psk',   'psk',   'aes-256-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0ac, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM',              'ECDHE-ECDSA-AES128-CCM',         'ecdhe',     'ecdsa', 'aes-128-ccm',       'sha256', 'TLSv1.2'],
  [0xc0ad, 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM',              'ECDHE-ECDSA-AES256-CCM',         'ecdhe',     'ecdsa', 'aes-256-ccm',       'sha256', 'TLSv1.2'],
  [0xc0ae, 'TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8',            'ECDHE-ECDSA-AES128-CCM8',        'ecdhe',     'ecdsa', 'aes-128-ccm-8',     'sha256', 'TLSv1.2'],
  [0xc0af, 'TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8',            'ECDHE-ECDSA-AES256-CCM8',        'ecdhe',     'ecdsa', 'aes-256-ccm-8',     'sha256', 'TLSv1.2'],
  [0xcca8, 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',   'ECDHE-RSA-CHACHA20-POLY1305',    'ecdhe',     'rsa',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xcca9, 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305',  'ecdhe',     'ecdsa', 'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xccaa, 'TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256',     'DHE-RSA-CHACHA20-POLY1305',      'dhe',       'rsa',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xccab, 'TLS_PSK_WITH_CHACHA20_POLY1305_SHA256',         'PSK-CHACHA20-POLY1305',          'psk',       'psk',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xccac, 'TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256',   'ECDHE-PSK-CHACHA20-POLY1305',    'ecdhe-psk', 'psk',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xccad, 'TLS_DHE_PSK_WITH_CHACHA20_POLY1305_SHA256',     'DHE-PSK-CHACHA20-POLY1305',      'dhe-psk',   'psk',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
  [0xccae, 'TLS_RSA_PSK_WITH_CHACHA20_POLY1305_SHA256',     'RSA-PSK-CHACHA20-POLY1305',      'rsa-psk',   'rsa',   'chacha20-poly1305', 'sha256', 'TLSv1.2'],
]

/** Every suite of TLS 1.2 and below, by ascending number. */
export const SUITES: readonly CipherSuite[] = ROWS.map(suite)

/** The TLS 1.3 suites in OpenSSL's default order. */
export const TLS13_SUITES: readonly Tls13Suite[] = [
  tls13Suite(0x1302, 'TLS_AES_256_GCM_SHA384', 'aes-256-gcm', 'sha384'),
  tls13Suite(0x1303, 'TLS_CHACHA20_POLY1305_SHA256', 'chacha20-poly1305', 'sha256'),
  tls13Suite(0x1301, 'TLS_AES_128_GCM_SHA256', 'aes-128-gcm', 'sha256'),
]

/** The TLS 1.3 suites that OpenSSL knows but lists only when asked by name. */
export const TLS13_CCM_SUITES: readonly Tls13Suite[] = [
  tls13Suite(0x1304, 'TLS_AES_128_CCM_SHA256', 'aes-128-ccm', 'sha256'),
  tls13Suite(0x1305, 'TLS_AES_128_CCM_8_SHA256', 'aes-128-ccm-8', 'sha256'),
]

const byId = new Map(SUITES.map(suite => [suite.id, suite]))
const byOpensslName = new Map(SUITES.map(suite => [suite.openssl, suite]))

/** The suite with this number on the wire; undefined also for signalling values (RFC 5746, RFC 7507). */
export function suiteById(id: number): CipherSuite | undefined {
  return byId.get(id)
}

/** The suite with this OpenSSL name, such as `ECDHE-RSA-AES128-GCM-SHA256`. */
export function suiteByOpensslName(name: string): CipherSuite | undefined {
  return byOpensslName.get(name)
}

function suite([id, name, openssl, keyExchange, authentication, cipher, hash, minTlsName]: Row): CipherSuite {
  const bits = keyBits(cipher)
  return Object.freeze({
    id,
    name,
    openssl,
    keyExchange,
    authentication,
    cipher,
    mac: isAead(cipher) ? 'aead' : hash,
    prf: hash === 'sha384' ? 'sha384' : 'sha256',
    minTls: minTlsName === 'TLSv1.2' ? 0x0303 : 0x0301,
    minTlsName,
    strengthBits: bits,
    algorithmBits: bits,
    level: cipher === 'null' ? 'none' : 'high',
    fips: /^aes-...-(gcm|cbc)$/.test(cipher),
    notDefault: isNotDefault(authentication, cipher),
    available: authentication !== 'dss' && nodeHas(cipher),
  })
}

function tls13Suite(id: number, name: string, cipher: BulkCipher, prf: 'sha256' | 'sha384'): Tls13Suite {
  const bits = keyBits(cipher)
  return Object.freeze({
    id,
    name,
    openssl: name,
    keyExchange: 'any',
    authentication: 'any',
    cipher,
    mac: 'aead',
    prf,
    minTls: 0x0304,
    minTlsName: 'TLSv1.3',
    strengthBits: bits,
    algorithmBits: bits,
    level: 'high',
  })
}

function isAead(cipher: BulkCipher): boolean {
  return cipher !== 'null' && !cipher.endsWith('-cbc')
}

function keyBits(cipher: BulkCipher): 0 | 128 | 256 {
  if (cipher === 'null') return 0
  return cipher.includes('-128-') ? 128 : 256
}

/** Suites without encryption are outside: `DEFAULT` drops them by itself. */
function isNotDefault(authentication: Authentication, cipher: BulkCipher): boolean {
  if (cipher === 'null') return false
  return authentication === 'dss' || authentication === 'none' || /ccm|aria|camellia/.test(cipher)
}

function nodeHas(cipher: BulkCipher): boolean {
  return cipher === 'null' || nodeCiphers.has(cipher.replace('ccm-8', 'ccm'))
}
