import type { Certificate } from './certificate.ts'
import { context, encode, encodeNamedBits, encodeOid, encodeUnsigned, sequence, Tag } from './der.ts'
import { type Extension, ExtensionId, KeyUsage } from './extensions.ts'
import { malformed } from './failure.ts'
import { keyIdentifier } from './issue.ts'
import { objectByName, objectByOid } from './objects.ts'
import { parseIp } from './path/identity.ts'

/** What the words `hash` and `keyid` refer to. */
export interface ExtensionContext {
  /** subjectPublicKey of the certificate that is being made. */
  readonly subjectKeyBits: Uint8Array | null
  readonly issuer: Certificate | null
}

/**
 * An extension from the text of an OpenSSL configuration file (x509v3_config(5)): basicConstraints, keyUsage,
 * extendedKeyUsage, subjectAltName, subjectKeyIdentifier, authorityKeyIdentifier, nsCertType. Throws `PkiFailure`.
 */
export function extensionFromText(oid: string, text: string, about: ExtensionContext): Extension {
  const words = text.split(',').map(word => word.trim())
  const critical = words[0] === 'critical'
  if (critical) words.shift()
  return { oid, critical, value: bodyFromWords(oid, words, about) }
}

function bodyFromWords(oid: string, words: readonly string[], about: ExtensionContext): Uint8Array {
  switch (oid) {
    case ExtensionId.basicConstraints:
      return basicConstraints(words)
    case ExtensionId.keyUsage:
      return bits(words, USAGES)
    case ExtensionId.extendedKeyUsage:
      return sequence(...words.map(word => encodeOid(oidOf(word))))
    case ExtensionId.subjectAltName:
      return sequence(...words.map(generalName))
    case ExtensionId.subjectKeyIdentifier:
      return encode(Tag.octetString, subjectKeyId(words, about))
    case ExtensionId.authorityKeyIdentifier:
      return authorityKeyId(words, about)
    case ExtensionId.netscapeCertType:
      return bits(words, NETSCAPE_TYPES)
    default:
      throw malformed(`extension ${oid} has no text form here`)
  }
}

const USAGES: ReadonlyMap<string, number> = new Map<string, number>(
  Object.entries({ ...KeyUsage, cRLSign: KeyUsage.crlSign }),
)
const NETSCAPE_TYPES: ReadonlyMap<string, number> = new Map([
  ['client', 0x80],
  ['server', 0x40],
  ['email', 0x20],
  ['objsign', 0x10],
  ['reserved', 0x08],
  ['sslCA', 0x04],
  ['emailCA', 0x02],
  ['objCA', 0x01],
])

function basicConstraints(words: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const word of words) {
    const [name, value = ''] = splitOnce(word)
    if (name === 'CA' && /^(TRUE|true)$/.test(value)) parts.unshift(encode(Tag.boolean, Uint8Array.of(0xff)))
    else if (name === 'pathlen' && /^\d{1,4}$/.test(value))
      parts.push(encodeUnsigned(Uint8Array.of(Number(value) >> 8, Number(value) & 0xff)))
    else if (name !== 'CA' || !/^(FALSE|false)$/.test(value)) throw malformed(`basicConstraints: ${word}`)
  }
  return sequence(...parts)
}

function bits(words: readonly string[], values: ReadonlyMap<string, number>): Uint8Array {
  let all = 0
  for (const word of words) {
    const bit = values.get(word)
    if (bit === undefined) throw malformed(`unknown bit ${word}`)
    all |= bit
  }
  return encodeNamedBits(Uint8Array.of(all & 0xff, all >> 8))
}

function generalName(word: string): Uint8Array {
  const [type, value] = splitOnce(word)
  if (value === undefined || value === '') throw malformed(`subjectAltName: ${word}`)
  switch (type) {
    case 'email':
      return encode(context(1, false), ia5(value))
    case 'DNS':
      return encode(context(2, false), ia5(value))
    case 'URI':
      return encode(context(6, false), ia5(value))
    case 'IP': {
      const address = parseIp(value)
      if (address === null) throw malformed(`not an address: ${value}`)
      return encode(context(7, false), address)
    }
    default:
      throw malformed(`subjectAltName: ${word}`)
  }
}

function ia5(text: string): Uint8Array {
  if (!/^[\x20-\x7e]*$/.test(text)) throw malformed('not an IA5String')
  return Buffer.from(text, 'latin1')
}

function subjectKeyId(words: readonly string[], about: ExtensionContext): Uint8Array {
  const [word = ''] = words
  if (word === 'hash' && about.subjectKeyBits !== null) return keyIdentifier(about.subjectKeyBits)
  const digits = word.replaceAll(':', '')
  if (word === 'hash' || digits.length === 0 || !/^([0-9A-Fa-f]{2})+$/.test(digits))
    throw malformed('subjectKeyIdentifier')
  return Buffer.from(digits, 'hex')
}

function authorityKeyId(words: readonly string[], { issuer }: ExtensionContext): Uint8Array {
  if (issuer === null) throw malformed('authorityKeyIdentifier without an issuer')
  const parts: Uint8Array[] = []
  for (const word of words) {
    const [name, value] = splitOnce(word)
    const always = value === 'always'
    if (name === 'keyid' && issuer.skid !== null) parts.push(encode(context(0, false), issuer.skid))
    else if (name === 'issuer' && (always || issuer.skid === null)) {
      parts.push(
        encode(context(1, true), encode(context(4, true), issuer.issuer.der)),
        encode(context(2, false), issuer.serial),
      )
    } else if ((name !== 'keyid' && name !== 'issuer') || (name === 'keyid' && always))
      throw malformed(`authorityKeyIdentifier: ${word}`)
  }
  return sequence(...parts)
}

function oidOf(word: string): string {
  return objectByName(word)?.oid ?? objectByOid(word)?.oid ?? word
}

function splitOnce(word: string): [string, string | undefined] {
  const at = word.indexOf(':')
  return at < 0 ? [word, undefined] : [word.slice(0, at).trim(), word.slice(at + 1).trim()]
}
