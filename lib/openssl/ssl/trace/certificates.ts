import { PkiFailure } from '../../../pki/failure.ts'
import { Name } from '../../../pki/name.ts'
import { printName } from '../../../pki/name-print.ts'
import { Reader } from '../../../wire/reader.ts'
import { ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import { XN_FLAG_ONELINE } from '../../x509/constants.ts'
import { PEM_write_bio_X509 } from '../../x509/files/pem.ts'
import { X509_print_ex } from '../../x509/print/index.ts'
import { d2i_X509, X509_free } from '../../x509/x509.ts'
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
    X509_print_ex(out.bio, x, XN_FLAG_ONELINE, 0)
    PEM_write_bio_X509(out.bio, x)
    out.text('------------------\n')
    X509_free(x)
  }
  if (left.value.length > 0) out.text('<TRAILING GARBAGE AFTER CERTIFICATE>\n')
}

function nameText(der: Uint8Array): string | null {
  try {
    return printName(Name.parse(der), 0, XN_FLAG_ONELINE)
  } catch (failure) {
    if (failure instanceof PkiFailure) return null
    throw failure
  }
}
