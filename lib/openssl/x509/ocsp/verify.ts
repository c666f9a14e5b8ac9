import { ExtensionId } from '../../../pki/extensions.ts'
import { objectByOid } from '../../../pki/objects.ts'
import type { CertId } from '../../../pki/ocsp/ocsp.ts'
import { sameIssuer } from '../../../pki/ocsp/ocsp.ts'
import { judgeTrust } from '../../../pki/path/trust-settings.ts'
import { type Out, requireInstance, requireInteger, requireLiveOrNull } from '../../boundary.ts'
import { ERR_LIB_OCSP } from '../../constants/err.ts'
import {
  OCSP_NOCHAIN,
  OCSP_NOCHECKS,
  OCSP_NOEXPLICIT,
  OCSP_NOINTERN,
  OCSP_NOSIGS,
  OCSP_NOVERIFY,
  OCSP_PARTIAL_CHAIN,
  OCSP_R_CERTIFICATE_VERIFY_ERROR,
  OCSP_R_MISSING_OCSPSIGNING_USAGE,
  OCSP_R_NO_CERTIFICATES_IN_CHAIN,
  OCSP_R_NO_SIGNER_KEY,
  OCSP_R_REQUEST_NOT_SIGNED,
  OCSP_R_RESPONSE_CONTAINS_NO_REVOCATION_DATA,
  OCSP_R_ROOT_CA_NOT_TRUSTED,
  OCSP_R_SIGNATURE_FAILURE,
  OCSP_R_SIGNER_CERTIFICATE_NOT_FOUND,
  OCSP_R_UNKNOWN_MESSAGE_DIGEST,
  OCSP_R_UNSUPPORTED_REQUESTORNAME_TYPE,
  OCSP_TRUSTOTHER,
} from '../../constants/ocsp.ts'
import { X509_V_FLAG_CRL_CHECK, X509_V_FLAG_PARTIAL_CHAIN } from '../../constants/x509-vfy.ts'
import { raise } from '../../err/raise.ts'
import { EVP_get_digestbynid } from '../../evp/md.ts'
import { settingsOf } from '../annotations.ts'
import { X509_find_by_subject } from '../find.ts'
import { X509_NAME } from '../names/name.ts'
import { type ItemSignature, verifyItem } from '../signed.ts'
import { X509_STORE } from '../store/store.ts'
import {
  X509_STORE_CTX_free,
  X509_STORE_CTX_get_error,
  X509_STORE_CTX_get0_chain,
  X509_STORE_CTX_get0_param,
  X509_STORE_CTX_init,
  X509_STORE_CTX_new,
  X509_verify_cert,
  X509_verify_cert_error_string,
} from '../store/store-ctx.ts'
import { X509_STORE_CTX_set_purpose, X509_STORE_CTX_set_trust } from '../store/store-ctx-purpose.ts'
import { X509_VERIFY_PARAM_clear_flags, X509_VERIFY_PARAM_set_flags } from '../store/verify-param.ts'
import { wrapCertificate, type X509, X509_get0_pubkey } from '../x509.ts'
import { OCSP_BASICRESP } from './basic.ts'
import { hashed, isResponder } from './id.ts'
import { OCSP_REQUEST } from './request.ts'

const X509_PURPOSE_OCSP_HELPER = 8
const X509_TRUST_OCSP_SIGN = 6
const X509_TRUST_OCSP_REQUEST = 7

/** What a step came to: 1 good, 0 bad, -1 it could not be carried through. */
type Result = number

/**
 * Checks who has answered, and that it may (OCSP_basic_verify(3), RFC 6960 section 4.2.2.2): the signer is the issuer of the
 * certificates answered about, one that the issuer has entrusted with it, or trusted for it by the store.
 * @param certs - where the signer is looked for first, and what its chain is built of
 * @param st - whom to trust
 * @param flags - OCSP_NOINTERN: certificates in the answer do not count; OCSP_NOSIGS, OCSP_NOVERIFY, OCSP_NOCHAIN,
 * OCSP_NOCHECKS, OCSP_NOEXPLICIT: a step is left out; OCSP_TRUSTOTHER: signers among `certs` are trusted;
 * OCSP_PARTIAL_CHAIN: the chain may end with any certificate of the store
 * @returns 1; 0 or -1 with an error
 */
export function OCSP_basic_verify(
  bs: OCSP_BASICRESP,
  certs: readonly X509[] | null,
  st: X509_STORE | null,
  flags: number,
): number {
  const basic = requireInstance(bs, OCSP_BASICRESP, 'bs')
  const found = findSigner(basic, certs, requireInteger(flags, 'flags'))
  if (found === null) return failed(OCSP_R_SIGNER_CERTIFICATE_NOT_FOUND, 0)
  const { signer, given } = found
  const signature = basic.signed === null ? null : { item: basic.signed.by, tbs: basic.signed.tbs }
  const result = checkSignature(signer, signature, flags)
  if (result <= 0) return result
  if ((flags & OCSP_NOVERIFY) !== 0 || (given && (flags & OCSP_TRUSTOTHER) !== 0)) return 1
  const untrusted = (flags & OCSP_NOCHAIN) === 0 ? [...basic.certs, ...(certs ?? [])] : null
  return verifySigner({ signer, response: true, store: st, flags, untrusted }, chain => mayAnswer(basic, chain, flags))
}

/** Finds the certificate of who has answered. @returns 1, or 0 when it is not there */
export function OCSP_resp_get0_signer(
  bs: OCSP_BASICRESP,
  signer: Out<X509 | null>,
  extra_certs: readonly X509[] | null,
): number {
  signer.value = findSigner(requireInstance(bs, OCSP_BASICRESP, 'bs'), extra_certs, 0)?.signer ?? null
  return Number(signer.value !== null)
}

/**
 * Checks who has signed a request (OCSP_request_verify): a trusted client.
 * @param certs - where the signer is looked for when the request does not bring it
 * @returns 1, or 0 with an error
 */
export function OCSP_request_verify(
  req: OCSP_REQUEST,
  certs: readonly X509[] | null,
  store: X509_STORE | null,
  flags: number,
): number {
  const { signed, requestor } = requireInstance(req, OCSP_REQUEST, 'req')
  if (signed === null) return failed(OCSP_R_REQUEST_NOT_SIGNED, 0)
  const name = requestor?.directoryName ?? null
  if (name === null) return failed(OCSP_R_UNSUPPORTED_REQUESTORNAME_TYPE, 0)
  const brought = signed.by.certificates.map(wrapCertificate)
  const own = (flags & OCSP_NOINTERN) === 0 ? X509_find_by_subject(brought, new X509_NAME(name)) : null
  const signer = own ?? X509_find_by_subject(certs, new X509_NAME(name))
  if (signer === null) return failed(OCSP_R_SIGNER_CERTIFICATE_NOT_FOUND, 0)
  if (checkSignature(signer, { item: signed.by, tbs: signed.tbs }, flags) <= 0) return 0
  if ((flags & OCSP_NOVERIFY) !== 0 || (own === null && (flags & OCSP_TRUSTOTHER) !== 0)) return 1
  const untrusted = (flags & OCSP_NOCHAIN) === 0 ? brought : null
  return Number(verifySigner({ signer, response: false, store, flags, untrusted }, () => 1) > 0)
}

/** @returns the signer and whether it is one of the program's own certificates */
function findSigner(
  { responderId, certs }: OCSP_BASICRESP,
  given: readonly X509[] | null,
  flags: number,
): { readonly signer: X509; readonly given: boolean } | null {
  const isSigner = (cert: X509): boolean => isResponder(responderId.id, cert)
  const first = given?.find(isSigner)
  if (first !== undefined) return { signer: first, given: true }
  const own = (flags & OCSP_NOINTERN) === 0 ? certs.find(isSigner) : undefined
  return own === undefined ? null : { signer: own, given: false }
}

function checkSignature(
  signer: X509,
  signature: { readonly item: ItemSignature; readonly tbs: Uint8Array } | null,
  flags: number,
): Result {
  if ((flags & OCSP_NOSIGS) !== 0) return 1
  const key = X509_get0_pubkey(signer)
  if (key === null) return failed(OCSP_R_NO_SIGNER_KEY, -1)
  const result = signature === null ? -1 : verifyItem(signature.item, signature.tbs, key)
  return result <= 0 ? failed(OCSP_R_SIGNATURE_FAILURE, result) : 1
}

interface SignerCheck {
  readonly signer: X509
  readonly response: boolean
  readonly store: X509_STORE | null
  readonly flags: number
  readonly untrusted: X509[] | null
}

/** Verifies the signer's chain, and then looks at it. */
function verifySigner(
  { signer, response, store, flags, untrusted }: SignerCheck,
  judge: (chain: readonly X509[]) => Result,
): Result {
  const ctx = X509_STORE_CTX_new()
  try {
    X509_STORE_CTX_init(ctx, requireLiveOrNull(store, X509_STORE, 'st'), signer, untrusted)
    const param = X509_STORE_CTX_get0_param(ctx)
    if ((flags & OCSP_PARTIAL_CHAIN) !== 0) X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN)
    // RFC 6960 section 4.2.2.2.1: the issuer says that the responder's certificate need not be checked.
    if (response && signer.extensions.some(({ oid }) => oid === ExtensionId.ocspNoCheck))
      X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_CRL_CHECK)
    X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_OCSP_HELPER)
    X509_STORE_CTX_set_trust(ctx, X509_TRUST_OCSP_REQUEST)
    const result = X509_verify_cert(ctx)
    if (result > 0) return judge(X509_STORE_CTX_get0_chain(ctx) ?? [])
    const text = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx))
    raise(ERR_LIB_OCSP, OCSP_R_CERTIFICATE_VERIFY_ERROR, `Verify error: ${text}`)
    return result
  } finally {
    X509_STORE_CTX_free(ctx)
  }
}

/** Whether who heads this chain may answer for the certificates that were asked about. */
function mayAnswer(basic: OCSP_BASICRESP, chain: readonly X509[], flags: number): Result {
  if ((flags & OCSP_NOCHECKS) !== 0) return 1
  const result = checkIssuer(basic, chain)
  if (result !== 0 || (flags & OCSP_NOEXPLICIT) !== 0) return result
  const root = chain.at(-1)
  const trusted = root !== undefined && judgeTrust(settingsOf(root), false, X509_TRUST_OCSP_SIGN) === 'trusted'
  return trusted ? 1 : failed(OCSP_R_ROOT_CA_NOT_TRUSTED, 0)
}

/** The responder is the issuer of all certificates, or holds a certificate of the issuer's for it. */
function checkIssuer({ responses }: OCSP_BASICRESP, chain: readonly X509[]): Result {
  const [signer, issuer] = chain
  if (signer === undefined) return failed(OCSP_R_NO_CERTIFICATES_IN_CHAIN, -1)
  const [first, ...others] = responses.map(({ certId }) => certId.id)
  if (first === undefined) return failed(OCSP_R_RESPONSE_CONTAINS_NO_REVOCATION_DATA, -1)
  const differs = others.find(id => !sameIssuer(first, id))
  // By one digest two hashes mean two issuers; by two digests it takes a look at each.
  if (differs !== undefined && differs.hash === first.hash) return 0
  const ids = differs === undefined ? [first] : [first, ...others]
  if (issuer !== undefined) {
    const delegated = isIssuer(issuer, ids)
    if (delegated !== 0) return delegated < 0 ? delegated : checkDelegated(signer)
  }
  return isIssuer(signer, ids)
}

function isIssuer(cert: X509, ids: readonly CertId[]): Result {
  const { certificate } = cert
  for (const { hash, issuerNameHash, issuerKeyHash } of ids) {
    const md = EVP_get_digestbynid(objectByOid(hash)?.nid ?? 0)
    if (md === null || certificate === null) return failed(OCSP_R_UNKNOWN_MESSAGE_DIGEST, -1)
    if (Buffer.compare(hashed(md, certificate.subject.der), issuerNameHash) !== 0) return 0
    if (Buffer.compare(hashed(md, certificate.publicKeyBits), issuerKeyHash) !== 0) return 0
  }
  return 1
}

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

function checkDelegated({ certificate }: X509): Result {
  if (certificate?.extendedKeyUsage?.includes(OCSP_SIGNING) === true) return 1
  return failed(OCSP_R_MISSING_OCSPSIGNING_USAGE, 0)
}

function failed(reason: number, result: Result): Result {
  raise(ERR_LIB_OCSP, reason)
  return result
}
