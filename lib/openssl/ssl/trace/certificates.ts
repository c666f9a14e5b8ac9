import { PkiFailure } from '../../../pki/failure.ts'
import { Name } from '../../../pki/name.ts'
import { printName } from '../../../pki/name-print.ts'
import { objectByOid } from '../../../pki/objects.ts'
import { Reader } from '../../../wire/reader.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import { timeText } from '../../x509/asn1.ts'
import { XN_FLAG_ONELINE } from '../../x509/constants.ts'
import { PEM_write_bio_X509 } from '../../x509/pem.ts'
import { d2i_X509, type X509, X509_free } from '../../x509/x509.ts'
import type { Printer } from './printer.ts'

/** The chain of a Certificate message. Throws ProtocolFailure for what cannot be read. */
export function printCertificates(out: Printer, indent: number, body: Reader): void {
  const list = body.nested24()
  body.expectEnd()
  out.line(indent, `certificate_list, length=${list.remaining}`)
  while (list.remaining > 0) printCertificate(out, indent + 2, list.vector24())
}

/** The names of a CertificateRequest. */
export function printAuthorities(out: Printer, indent: number, request: Reader): void {
  const length = request.u16()
  out.indent(indent)
  const list = new Reader(request.bytes(length))
  out.text(`certificate_authorities (len=${length})\n`)
  while (list.remaining > 0) {
    const der = list.vector16()
    out.line(indent + 2, `DistinguishedName (len=${der.length}): ${nameText(der) ?? '<UNPARSABLE DN>'}`)
  }
}

function printCertificate(out: Printer, indent: number, der: Uint8Array): void {
  out.text(`${' '.repeat(indent)}ASN.1Cert, length=${der.length}`)
  ERR_set_mark()
  const left = { value: der }
  const x = d2i_X509(null, left, der.length)
  ERR_pop_to_mark()
  if (x === null) out.text('<UNPARSABLE CERTIFICATE>\n')
  else {
    out.text('\n------details-----\n')
    printDetails(out, x)
    PEM_write_bio_X509(out.bio, x)
    out.text('------------------\n')
    X509_free(x)
  }
  if (left.value.length > 0) out.text('<TRAILING GARBAGE AFTER CERTIFICATE>\n')
}

/** The beginning of what X509_print gives: who is who, and how long. libssl goes on with the key and the extensions. */
function printDetails(out: Printer, { certificate }: X509): void {
  if (certificate === null) return
  out.line(0, 'Certificate:')
  out.line(4, 'Data:')
  out.line(8, `Version: ${certificate.version} (0x${(certificate.version - 1).toString(16)})`)
  out.line(8, `Serial Number:${serialText(certificate.serial)}`)
  out.line(8, `Signature Algorithm: ${algorithmName(certificate.tbsSignatureAlgorithm.oid)}`)
  out.line(8, `Issuer: ${printName(certificate.issuer, 0, XN_FLAG_ONELINE) ?? ''}`)
  out.line(8, 'Validity')
  out.line(12, `Not Before: ${timeText(certificate.notBefore)}`)
  out.line(12, `Not After : ${timeText(certificate.notAfter)}`)
  out.line(8, `Subject: ${printName(certificate.subject, 0, XN_FLAG_ONELINE) ?? ''}`)
  out.line(8, 'Subject Public Key Info:')
  out.line(12, `Public Key Algorithm: ${algorithmName(certificate.keyAlgorithm.oid)}`)
}

/** A number when C's long holds it, else its bytes. */
function serialText(contents: Uint8Array): string {
  const digits = Buffer.from(contents).toString('hex')
  const value = BigInt.asIntN(contents.length * 8, BigInt(`0x${digits}`))
  const sign = value < 0n ? '-' : ''
  const size = value < 0n ? -value : value
  if (value === BigInt.asIntN(64, value)) return ` ${sign}${size} (${sign}0x${size.toString(16)})`
  const hex = size.toString(16)
  const pairs = (hex.length % 2 === 0 ? hex : `0${hex}`).match(/../g) ?? []
  return `\n${' '.repeat(12)}${value < 0n ? ' (Negative)' : ''}${pairs.join(':')}`
}

function algorithmName(oid: string): string {
  return objectByOid(oid)?.long ?? oid
}

function nameText(der: Uint8Array): string | null {
  try {
    return printName(Name.parse(der), 0, XN_FLAG_ONELINE)
  } catch (failure) {
    if (failure instanceof PkiFailure) return null
    throw failure
  }
}
