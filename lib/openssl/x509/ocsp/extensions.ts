import { context, encode, encodeOid, sequence, Tag } from '../../../pki/der.ts'
import { ExtensionId } from '../../../pki/extensions.ts'
import { objectByOid } from '../../../pki/objects.ts'
import { requireInstance, requireInteger, requireString } from '../../boundary.ts'
import { ASN1_INTEGER } from '../asn1/asn1.ts'
import { ASN1_GENERALIZEDTIME_new, ASN1_GENERALIZEDTIME_set_string } from '../asn1/asn1-time.ts'
import { OBJ_txt2nid, OBJ_txt2obj } from '../asn1/objects.ts'
import { X509_EXTENSION } from '../extensions/extension-value.ts'
import { X509_NAME } from '../names/name.ts'

const made = (oid: string, value: Uint8Array): X509_EXTENSION => new X509_EXTENSION({ oid, critical: false, value })

/**
 * The revocation list in which a certificate was found (RFC 6960 section 4.4.2); null for what is not said.
 * @param tim - as GeneralizedTime, `20240101000000Z`
 * @returns null for a time that is not valid
 */
export function OCSP_crlID_new(url: string | null, n: number | null, tim: string | null): X509_EXTENSION | null {
  const time = tim === null ? null : generalized(tim)
  if (tim !== null && time === null) return null
  const parts = [
    url === null ? null : encode(Tag.ia5String, Buffer.from(requireString(url, 'url'), 'latin1')),
    n === null ? null : ASN1_INTEGER.ofValue(BigInt(requireInteger(n, 'n'))).der,
    time,
  ]
  const tagged = parts.flatMap((part, number) => (part === null ? [] : [encode(context(number, true), part)]))
  return made(ExtensionId.ocspCrlId, sequence(...tagged))
}

/** The kinds of answer that a client understands (section 4.4.3). @param oids - names or identifiers; unknown ones are left out */
export function OCSP_accept_responses_new(oids: readonly string[] | null): X509_EXTENSION {
  const known = (oids ?? []).flatMap(text => {
    const object = OBJ_txt2nid(text) === 0 ? null : OBJ_txt2obj(text, 0)
    return object === null || objectByOid(object.oid) === null ? [] : [encodeOid(object.oid)]
  })
  return made(ExtensionId.ocspAcceptableResponses, sequence(...known))
}

/** How far back a responder remembers (section 4.4.4). @returns null for a time that is not valid */
export function OCSP_archive_cutoff_new(tim: string): X509_EXTENSION | null {
  const time = generalized(tim)
  return time === null ? null : made(ExtensionId.ocspArchiveCutoff, time)
}

/** The responder that knows more about a certificate (section 4.4.6). @param urls - where it is */
export function OCSP_url_svcloc_new(issuer: X509_NAME, urls: readonly string[] | null): X509_EXTENSION {
  const places = (urls ?? []).map(url =>
    sequence(encodeOid(AD_OCSP), encode(context(6, false), Buffer.from(requireString(url, 'urls'), 'latin1'))),
  )
  const name = requireInstance(issuer, X509_NAME, 'issuer').name.der
  return made(ExtensionId.ocspServiceLocator, sequence(name, ...(places.length === 0 ? [] : [sequence(...places)])))
}

const AD_OCSP = '1.3.6.1.5.5.7.48.1'

function generalized(text: string): Uint8Array | null {
  const time = ASN1_GENERALIZEDTIME_new()
  return ASN1_GENERALIZEDTIME_set_string(time, text) === 1 ? encode(Tag.generalizedTime, time.data) : null
}
