import { toHex } from '../../../base/bytes.ts'
import { signatureScheme } from '../../../pki/algorithm.ts'
import type { Certificate } from '../../../pki/certificate.ts'
import { DerReader, readInteger, readOid, Tag } from '../../../pki/der.ts'
import { objectByOid } from '../../../pki/objects.ts'
import { EC_curve_nid2nist } from '../../evp/keygen.ts'
import { type EVP_PKEY, EVP_PKEY_get_bits } from '../../evp/pkey.ts'
import { dumpLines } from './text.ts'

/**
 * The public key of a certificate as EVP_PKEY_print_public writes it, in lines; null for a kind that is not known here.
 * Throws `PkiFailure` for a key that cannot be decoded.
 */
export function publicKeyText(certificate: Certificate, pkey: EVP_PKEY, margin: string): string | null {
  const lines = keyLines(certificate, pkey)
  return lines === null ? null : lines.map(line => `${margin}${line}\n`).join('')
}

const WIDTH = 15

function keyLines(certificate: Certificate, pkey: EVP_PKEY): string[] | null {
  const { keyType, publicKeyBits, keyAlgorithm } = certificate
  switch (keyType) {
    case 'rsa':
    case 'rsa-pss':
      return [`Public-Key: (${EVP_PKEY_get_bits(pkey)} bit)`, ...rsaLines(publicKeyBits), ...pssLines(certificate)]
    case 'ec':
      return [
        `Public-Key: (${EVP_PKEY_get_bits(pkey)} bit)`,
        ...bufferLines('pub:', publicKeyBits),
        ...curveLines(keyAlgorithm.params),
      ]
    case 'ed25519':
    case 'ed448':
      return [`${keyType.toUpperCase()} Public-Key:`, ...bufferLines('pub:', publicKeyBits)]
    default:
      return null
  }
}

function rsaLines(bits: Uint8Array): string[] {
  const key = new DerReader(bits).enter(Tag.sequence)
  const [modulus, exponent] = [readInteger(key), readInteger(key)]
  key.end()
  return [...numberLines('Modulus:', modulus), ...numberLines('Exponent:', exponent)]
}

/** How an RSA-PSS key may sign; without parameters, as it likes (RFC 4055 section 1.2). */
function pssLines({ keyType, keyAlgorithm }: Certificate): string[] {
  if (keyType !== 'rsa-pss') return []
  if (keyAlgorithm.params === null) return ['No PSS parameter restrictions']
  const scheme = signatureScheme(keyAlgorithm)
  if (scheme?.pss === null || scheme?.digest === null || scheme === null) return []
  const { maskDigest, saltLength } = scheme.pss
  return [
    'PSS parameter restrictions:',
    `  Hash Algorithm: ${digestText(scheme.digest.name)}`,
    `  Mask Algorithm: MGF1 with ${digestText(maskDigest.name)}`,
    `  Minimum Salt Length: ${saltLength}${saltLength === DEFAULT_SALT ? ' (default)' : ''}`,
    '  Trailer Field: 0x1 (default)',
  ]
}

const DEFAULT_SALT = 20

function digestText(name: string): string {
  return name === 'sha1' ? 'SHA1 (default)' : name.toUpperCase().replace(/^SHA(?=\d)/, 'SHA2-')
}

function curveLines(params: Uint8Array | null): string[] {
  if (params === null) return []
  const reader = new DerReader(params)
  if (reader.peek !== Tag.oid) return []
  const curve = objectByOid(readOid(reader))
  const nist = EC_curve_nid2nist(curve?.nid ?? 0)
  return [`ASN1 OID: ${curve?.short ?? ''}`, ...(nist === null ? [] : [`NIST CURVE: ${nist}`])]
}

/** A number that a word holds stands behind its label, a longer one below it, with the zero of its sign. */
function numberLines(label: string, contents: Uint8Array): string[] {
  const value = BigInt(`0x${toHex(contents)}`)
  if (value < 1n << 64n) return [`${label} ${value} (0x${value.toString(16)})`]
  return bufferLines(label, contents)
}

function bufferLines(label: string, bytes: Uint8Array): string[] {
  return [label, ...dumpLines(bytes, WIDTH, '    ').split('\n')]
}
