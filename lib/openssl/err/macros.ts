import {
  ERR_LIB_ASN1,
  ERR_LIB_BIO,
  ERR_LIB_BN,
  ERR_LIB_BUF,
  ERR_LIB_CMP,
  ERR_LIB_CMS,
  ERR_LIB_COMP,
  ERR_LIB_CONF,
  ERR_LIB_CRMF,
  ERR_LIB_CRYPTO,
  ERR_LIB_CT,
  ERR_LIB_DH,
  ERR_LIB_DSA,
  ERR_LIB_DSO,
  ERR_LIB_EC,
  ERR_LIB_ECDH,
  ERR_LIB_ECDSA,
  ERR_LIB_ESS,
  ERR_LIB_EVP,
  ERR_LIB_HMAC,
  ERR_LIB_HTTP,
  ERR_LIB_KDF,
  ERR_LIB_OBJ,
  ERR_LIB_OCSP,
  ERR_LIB_PEM,
  ERR_LIB_PKCS7,
  ERR_LIB_PKCS12,
  ERR_LIB_PROP,
  ERR_LIB_PROV,
  ERR_LIB_RAND,
  ERR_LIB_RSA,
  ERR_LIB_SM2,
  ERR_LIB_SSL,
  ERR_LIB_SYS,
  ERR_LIB_TS,
  ERR_LIB_UI,
  ERR_LIB_X509,
  ERR_LIB_X509V3,
} from '../constants/err.ts'
import { ERR_clear_error, ERR_raise } from './put.ts'
import { type ErrorQueue, queue } from './queue.ts'

/** Queues an error of one library; `f`, a function number of 1.x, is ignored. */
export type ErrMacro = (f: number, r: number) => void

const of =
  (lib: number): ErrMacro =>
  (_f, r) =>
    ERR_raise(lib, r)

/** Queues an error of one library: ASN1err(function of 1.x, reason), and so on for each. */
export const ASN1err: ErrMacro = of(ERR_LIB_ASN1)
export const BIOerr: ErrMacro = of(ERR_LIB_BIO)
export const BNerr: ErrMacro = of(ERR_LIB_BN)
export const BUFerr: ErrMacro = of(ERR_LIB_BUF)
export const CMPerr: ErrMacro = of(ERR_LIB_CMP)
export const CMSerr: ErrMacro = of(ERR_LIB_CMS)
export const COMPerr: ErrMacro = of(ERR_LIB_COMP)
export const CONFerr: ErrMacro = of(ERR_LIB_CONF)
export const CRMFerr: ErrMacro = of(ERR_LIB_CRMF)
export const CRYPTOerr: ErrMacro = of(ERR_LIB_CRYPTO)
export const CTerr: ErrMacro = of(ERR_LIB_CT)
export const DHerr: ErrMacro = of(ERR_LIB_DH)
export const DSAerr: ErrMacro = of(ERR_LIB_DSA)
export const DSOerr: ErrMacro = of(ERR_LIB_DSO)
export const ECerr: ErrMacro = of(ERR_LIB_EC)
export const ECDHerr: ErrMacro = of(ERR_LIB_ECDH)
export const ECDSAerr: ErrMacro = of(ERR_LIB_ECDSA)
export const ESSerr: ErrMacro = of(ERR_LIB_ESS)
export const EVPerr: ErrMacro = of(ERR_LIB_EVP)
export const HMACerr: ErrMacro = of(ERR_LIB_HMAC)
export const HTTPerr: ErrMacro = of(ERR_LIB_HTTP)
export const KDFerr: ErrMacro = of(ERR_LIB_KDF)
export const OBJerr: ErrMacro = of(ERR_LIB_OBJ)
export const OCSPerr: ErrMacro = of(ERR_LIB_OCSP)
export const PEMerr: ErrMacro = of(ERR_LIB_PEM)
export const PKCS12err: ErrMacro = of(ERR_LIB_PKCS12)
export const PKCS7err: ErrMacro = of(ERR_LIB_PKCS7)
export const PROPerr: ErrMacro = of(ERR_LIB_PROP)
export const PROVerr: ErrMacro = of(ERR_LIB_PROV)
export const RANDerr: ErrMacro = of(ERR_LIB_RAND)
export const RSAerr: ErrMacro = of(ERR_LIB_RSA)
export const SM2err: ErrMacro = of(ERR_LIB_SM2)
export const SSLerr: ErrMacro = of(ERR_LIB_SSL)
export const SYSerr: ErrMacro = of(ERR_LIB_SYS)
export const TSerr: ErrMacro = of(ERR_LIB_TS)
export const UIerr: ErrMacro = of(ERR_LIB_UI)
export const X509err: ErrMacro = of(ERR_LIB_X509)
export const X509V3err: ErrMacro = of(ERR_LIB_X509V3)

/** The texts are always there: nothing to load. @returns 1 @harmless the texts are always there */
export function ERR_load_SSL_strings(): number {
  return 1
}

/** Does nothing: the texts are always there. @harmless the texts are always there */
export function ERR_load_BIO_strings(): void {}

/** Does nothing: the texts are always there. @harmless the texts are always there */
export function ERR_load_crypto_strings(): void {}

/** Does nothing: the texts are always there. @harmless the texts are always there */
export function ERR_load_ERR_strings(): void {}

/** The texts stay. @harmless the texts are always there */
export function ERR_free_strings(): void {}

/** The queue of a thread, opaque. */
export type ERR_STATE = ErrorQueue

/** The queue of the thread, of which there is one here (ERR_get_state(3)). */
export function ERR_get_state(): ERR_STATE {
  return queue
}

/** Drops the queue of the thread, of which there is one here. `pid` is ignored. */
export function ERR_remove_state(pid: number): void {
  void pid
  ERR_clear_error()
}

/** Drops the queue of the thread, of which there is one here. */
export function ERR_remove_thread_state(tid: unknown = null): void {
  void tid
  ERR_clear_error()
}
