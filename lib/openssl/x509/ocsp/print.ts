import type { Certificate } from '../../../pki/certificate.ts'
import { printName } from '../../../pki/name-print.ts'
import { BASIC_RESPONSE } from '../../../pki/ocsp/response.ts'
import { writePem } from '../../../pki/pem.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_write } from '../../bio/io.ts'
import { requireInstance, requireInteger } from '../../boundary.ts'
import { ASN1_INTEGER } from '../asn1/asn1.ts'
import type { ASN1_TIME } from '../asn1/asn1-time.ts'
import { timeText } from '../asn1/time-text.ts'
import { XN_FLAG_COMPAT, XN_FLAG_ONELINE } from '../constants.ts'
import { certificateText, extensionsText, signatureText } from '../print/certificate.ts'
import { generalNameText, objectText } from '../print/extensions.ts'
import { integerHex, stringHex } from '../print/text.ts'
import { wrapCertificate } from '../x509.ts'
import {
  type OCSP_BASICRESP,
  OCSP_cert_status_str,
  OCSP_crl_reason_str,
  OCSP_response_status_str,
  type OCSP_SINGLERESP,
} from './basic.ts'
import { type OCSP_CERTID, STATUSES } from './id.ts'
import { OCSP_REQUEST } from './request.ts'
import { OCSP_RESPONSE, OCSP_response_get1_basic } from './response.ts'

/** Writes everything that a request says, in lines. @param flags - X509V3_EXT_* @returns 1, or 0 */
export function OCSP_REQUEST_print(bp: BIO, o: OCSP_REQUEST, flags: number): number {
  const { version, requestor, requests, extensions, signed } = requireInstance(o, OCSP_REQUEST, 'o')
  const how = requireInteger(flags, 'flags')
  let text = `OCSP Request Data:\n    Version: ${version + 1} (0x${version.toString(16)})`
  if (requestor !== null) text += `\n    Requestor Name: ${generalNameText(requestor)}`
  text += '\n    Requestor List:\n'
  for (const one of requests)
    text += certIdText(one.certId, 8) + extensionsText('Request Single Extensions', one.extensions, how, 8)
  text += extensionsText('Request Extensions', extensions, how, 4)
  if (signed !== null)
    text += signatureText(signed.by.algorithm, signed.by.signature) + certificatesText(signed.by.certificates)
  return put(bp, text)
}

/** Writes everything that a response says, in lines. @param flags - X509V3_EXT_* @returns 1, or 0 */
export function OCSP_RESPONSE_print(bp: BIO, o: OCSP_RESPONSE, flags: number): number {
  const { status, body } = requireInstance(o, OCSP_RESPONSE, 'o').response
  const how = requireInteger(flags, 'flags')
  const page = new Page()
  page.add(
    `OCSP Response Data:\n    OCSP Response Status: ${OCSP_response_status_str(status)} (0x${status.toString(16)})\n`,
  )
  if (body !== null) {
    page.add(`    Response Type: ${objectText(body.type)}`)
    if (body.type !== BASIC_RESPONSE) page.add(' (unknown response type)\n')
    else basicText(page, OCSP_response_get1_basic(o), how)
  }
  return Number(put(bp, page.text) === 1 && page.whole)
}

/** What is written up to the first thing that cannot be. */
class Page {
  text = ''
  whole = true

  add(text: string): void {
    if (this.whole) this.text += text
  }

  time(title: string, { fields }: ASN1_TIME): void {
    const text = fields === null ? null : timeText(fields)
    this.add(`${title}: ${text ?? 'Bad time value'}`)
    this.whole &&= text !== null
  }
}

function basicText(page: Page, basic: OCSP_BASICRESP | null, flags: number): void {
  page.whole = basic !== null
  if (basic === null) return
  const { name, keyHash } = basic.responderId.id
  const responder = name === null ? stringHex(keyHash) : (printName(name, 0, XN_FLAG_ONELINE) ?? '')
  page.add(`\n    Version: ${basic.version + 1} (0x${basic.version.toString(16)})\n    Responder Id: ${responder}`)
  page.time('\n    Produced At', basic.producedAt)
  page.add('\n    Responses:\n')
  for (const single of basic.responses) singleText(page, single, flags)
  page.add(extensionsText('Response Extensions', basic.extensions, flags, 4))
  if (basic.signed !== null) page.add(signatureText(basic.signed.by.algorithm, basic.signed.by.signature))
  page.add(certificatesText(basic.certs.flatMap(({ certificate }) => certificate ?? [])))
}

function singleText(page: Page, single: OCSP_SINGLERESP, flags: number): void {
  const { certId, status, thisUpdate, nextUpdate, revocationTime, extensions } = single
  page.add(`${certIdText(certId, 4)}    Cert Status: ${OCSP_cert_status_str(STATUSES[status.kind])}`)
  if (revocationTime !== null) page.time('\n    Revocation Time', revocationTime)
  if (status.kind === 'revoked' && status.reason !== null)
    page.add(`\n    Revocation Reason: ${OCSP_crl_reason_str(status.reason)} (0x${status.reason.toString(16)})`)
  page.time('\n    This Update', thisUpdate)
  if (nextUpdate !== null) page.time('\n    Next Update', nextUpdate)
  page.add(`\n${extensionsText('Response Single Extensions', extensions, flags, 8)}\n`)
}

function certIdText({ id }: OCSP_CERTID, indent: number): string {
  const margin = ' '.repeat(indent)
  const lines = [
    `Hash Algorithm: ${objectText(id.hash)}`,
    `Issuer Name Hash: ${stringHex(id.issuerNameHash)}`,
    `Issuer Key Hash: ${stringHex(id.issuerKeyHash)}`,
    `Serial Number: ${integerHex(ASN1_INTEGER.ofContents(id.serial))}`,
  ]
  return `${margin}Certificate ID:\n${lines.map(line => `${margin}  ${line}\n`).join('')}`
}

function certificatesText(certificates: readonly Certificate[]): string {
  return certificates
    .map(certificate => {
      const { text } = certificateText(certificate, wrapCertificate(certificate).publicKey, XN_FLAG_COMPAT, 0)
      return text + writePem('CERTIFICATE', certificate.der)
    })
    .join('')
}

function put(bio: BIO, text: string): number {
  const bytes = Buffer.from(text, 'latin1')
  return Number(BIO_write(bio, bytes) === bytes.length)
}
