import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { EMPTY, latin1 } from '../../../base/bytes.ts'
import { type Certificate, parseCertificate } from '../../../pki/certificate.ts'
import { type Crl, parseCrl } from '../../../pki/crl.ts'
import { DerReader } from '../../../pki/der.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import type { Name } from '../../../pki/name.ts'
import { parseTrustSettings, type TrustSettings } from '../../../pki/path/trust-settings.ts'
import { sameBytes, type TrustLookup, TrustStore } from '../../../pki/path/trust-store.ts'
import { type PemBlock, pemBlocks } from '../../../pki/pem.ts'
import { BIO_free } from '../../bio/bio.ts'
import { BIO_new_file } from '../../bio/file.ts'
import { Counted, type Out, requireInteger, requireLive, requireLiveOrNull, requireString } from '../../boundary.ts'
import { CRYPTO_EX_INDEX_X509_STORE } from '../../constants/crypto.ts'
import { ERR_LIB_X509, ERR_R_MALLOC_FAILURE, ERR_R_PEM_LIB, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { X509_R_INVALID_DIRECTORY, X509_R_NO_CERTIFICATE_OR_CRL_FOUND } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { CRYPTO_EX_DATA, CRYPTO_free_ex_data, CRYPTO_new_ex_data } from '../../ex-data.ts'
import { exDataOf } from '../../ex-data-of.ts'
import { settingsOf } from '../annotations.ts'
import { X509_CRL, X509_CRL_free } from '../crl.ts'
import {
  X509_get_default_cert_dir,
  X509_get_default_cert_dir_env,
  X509_get_default_cert_file,
  X509_get_default_cert_file_env,
} from '../details.ts'
import { PEM_X509_INFO_read_bio } from '../files/pem.ts'
import { nameHash, type X509_NAME } from '../names/name.ts'
import { X509, X509_free, X509_up_ref } from '../x509.ts'
import type { X509_STORE_CTX } from './store-ctx.ts'
import {
  X509_VERIFY_PARAM,
  X509_VERIFY_PARAM_set_depth,
  X509_VERIFY_PARAM_set_flags,
  X509_VERIFY_PARAM_set_purpose,
  X509_VERIFY_PARAM_set_trust,
  X509_VERIFY_PARAM_set1,
} from './verify-param.ts'

/** Asked about every certificate and every error of a verification; 0 ends it (X509_STORE_CTX_set_verify_cb(3)). */
export type X509_STORE_CTX_verify_cb = (ok: number, ctx: X509_STORE_CTX) => number

/** Finds the issuer of `x`: 1 and the issuer with a reference, 0 when there is none, -1 on failure. */
export type X509_STORE_CTX_get_issuer_fn = (issuer: Out<X509 | null>, ctx: X509_STORE_CTX, x: X509) => number
/** Whether `issuer` may have issued `x`: 1 or 0. */
export type X509_STORE_CTX_check_issued_fn = (ctx: X509_STORE_CTX, x: X509, issuer: X509) => number
/** A step of its own: 1 when it went well, 0 or below when verification fails. */
export type X509_STORE_CTX_check_revocation_fn = (ctx: X509_STORE_CTX) => number
export type X509_STORE_CTX_check_policy_fn = (ctx: X509_STORE_CTX) => number
export type X509_STORE_CTX_verify_fn = (ctx: X509_STORE_CTX) => number
/** Finds the list for `x`: 1 and the list with a reference, 0 when there is none. */
export type X509_STORE_CTX_get_crl_fn = (ctx: X509_STORE_CTX, crl: Out<X509_CRL | null>, x: X509) => number
/** Whether a list is good: 1 or 0. */
export type X509_STORE_CTX_check_crl_fn = (ctx: X509_STORE_CTX, crl: X509_CRL) => number
/** What a list says of `x`: 1 nothing, 2 that it is good again, 0 when verification fails. */
export type X509_STORE_CTX_cert_crl_fn = (ctx: X509_STORE_CTX, crl: X509_CRL, x: X509) => number
/** The certificates with a subject, with references; null for none. */
export type X509_STORE_CTX_lookup_certs_fn = (ctx: X509_STORE_CTX, nm: X509_NAME) => X509[] | null
/** The lists of an issuer, with references; null for none. */
export type X509_STORE_CTX_lookup_crls_fn = (ctx: X509_STORE_CTX, nm: X509_NAME) => X509_CRL[] | null
/** Called when a verification is forgotten. */
export type X509_STORE_CTX_cleanup_fn = (ctx: X509_STORE_CTX) => number

/** What a program does in place of this library; null: as here. */
export interface StoreHooks {
  getIssuer: X509_STORE_CTX_get_issuer_fn | null
  checkIssued: X509_STORE_CTX_check_issued_fn | null
  checkRevocation: X509_STORE_CTX_check_revocation_fn | null
  getCrl: X509_STORE_CTX_get_crl_fn | null
  checkCrl: X509_STORE_CTX_check_crl_fn | null
  certCrl: X509_STORE_CTX_cert_crl_fn | null
  checkPolicy: X509_STORE_CTX_check_policy_fn | null
  verify: X509_STORE_CTX_verify_fn | null
  lookupCerts: X509_STORE_CTX_lookup_certs_fn | null
  lookupCrls: X509_STORE_CTX_lookup_crls_fn | null
  cleanup: X509_STORE_CTX_cleanup_fn | null
}

export const NO_HOOKS: Readonly<StoreHooks> = {
  ...{ getIssuer: null, checkIssued: null, checkRevocation: null, checkPolicy: null },
  ...{ getCrl: null, checkCrl: null, certCrl: null },
  ...{ verify: null, lookupCerts: null, lookupCrls: null, cleanup: null },
}

/** Trusted certificates and revocation lists, and how they are used (X509_STORE_new(3)). */
export class X509_STORE extends Counted {
  readonly certificates: X509[] = []
  readonly crls: X509_CRL[] = []
  readonly param = new X509_VERIFY_PARAM()
  verifyCallback: X509_STORE_CTX_verify_cb | null = null
  readonly hooks: StoreHooks = { ...NO_HOOKS }
  readonly exData = new CRYPTO_EX_DATA()
  readonly #memory = new TrustStore()
  readonly #directories: HashedDirectory[] = []

  /** Where verifications look: what was added, then the hashed directories. */
  get trust(): TrustLookup {
    return {
      certificates: subject => [
        ...this.#memory.certificates(subject),
        ...this.#directories.flatMap(directory => directory.certificates(subject)),
      ],
      crls: issuer => [...this.#memory.crls(issuer), ...this.#directories.flatMap(directory => directory.crls(issuer))],
      settings: certificate => this.#settings(certificate),
    }
  }

  #settings(certificate: Certificate): TrustSettings | null {
    const own = this.certificates.find(known => sameBytes(known.certificate?.der ?? EMPTY, certificate.der))
    if (own !== undefined) return settingsOf(own)
    const found = this.#directories.map(directory => directory.settings(certificate))
    return found.find(settings => settings !== undefined) ?? null
  }

  addCertificate(x: X509, certificate: Certificate): void {
    if (this.certificates.some(known => sameBytes(known.certificate?.der ?? EMPTY, certificate.der))) return
    X509_up_ref(x)
    this.certificates.push(x)
    this.#memory.add(certificate)
  }

  addCrl(crl: X509_CRL): void {
    crl.addReference()
    this.crls.push(crl)
    this.#memory.addCrl(crl.crl)
  }

  addDirectory(path: string): void {
    if (!this.#directories.some(known => known.path === path)) this.#directories.push(new HashedDirectory(path))
  }
}

/** An empty store (X509_STORE_new(3)). */
export function X509_STORE_new(): X509_STORE {
  const store = new X509_STORE()
  CRYPTO_new_ex_data(CRYPTO_EX_INDEX_X509_STORE, store, store.exData)
  return store
}

/** Drops a reference. */
export function X509_STORE_free(v: X509_STORE | null): void {
  const store = requireLiveOrNull(v, X509_STORE, 'v')
  store?.dropReference(() => {
    CRYPTO_free_ex_data(CRYPTO_EX_INDEX_X509_STORE, store, store.exData)
    for (const x of store.certificates) X509_free(x)
    for (const crl of store.crls) X509_CRL_free(crl)
  })
}

/** Takes a reference. @returns 1 */
export function X509_STORE_up_ref(v: X509_STORE): number {
  storeOf(v).addReference()
  return 1
}

/** Trusts a certificate; one that is there already stays once. @returns 1, or 0 for null */
export function X509_STORE_add_cert(xs: X509_STORE, x: X509 | null): number {
  const store = storeOf(xs)
  const certificate = requireLiveOrNull(x, X509, 'x')?.certificate ?? null
  if (x === null || certificate === null) {
    raise(ERR_LIB_X509, ERR_R_MALLOC_FAILURE)
    return 0
  }
  store.addCertificate(x, certificate)
  return 1
}

/** Adds a revocation list. @returns 1, or 0 for null with ERR_R_MALLOC_FAILURE, as OpenSSL has it */
export function X509_STORE_add_crl(xs: X509_STORE, x: X509_CRL | null): number {
  const store = storeOf(xs)
  if (x === null) {
    raise(ERR_LIB_X509, ERR_R_MALLOC_FAILURE)
    return 0
  }
  store.addCrl(requireLive(x, X509_CRL, 'x'))
  return 1
}

/** Sets X509_V_FLAG_* for every verification with this store. @returns 1 */
export function X509_STORE_set_flags(xs: X509_STORE, flags: number): number {
  return X509_VERIFY_PARAM_set_flags(storeOf(xs).param, flags)
}

/**
 * Sets what certificates must be good for, X509_PURPOSE_*, in every verification with this store.
 * @returns 1, or 0 for an unknown purpose
 */
export function X509_STORE_set_purpose(xs: X509_STORE, purpose: number): number {
  return X509_VERIFY_PARAM_set_purpose(storeOf(xs).param, purpose)
}

/**
 * Sets what trusted certificates must be trusted for, X509_TRUST_*, in every verification with this store.
 * @returns 1, or 0 for an unknown trust
 */
export function X509_STORE_set_trust(xs: X509_STORE, trust: number): number {
  return X509_VERIFY_PARAM_set_trust(storeOf(xs).param, trust)
}

/** Sets how many intermediate certificates a chain may have. @returns 1 */
export function X509_STORE_set_depth(store: X509_STORE, depth: number): number {
  X509_VERIFY_PARAM_set_depth(storeOf(store).param, requireInteger(depth, 'depth'))
  return 1
}

/** Copies parameters into the store's. @returns 1 */
export function X509_STORE_set1_param(xs: X509_STORE, pm: X509_VERIFY_PARAM): number {
  return X509_VERIFY_PARAM_set1(storeOf(xs).param, pm)
}

/** The parameters of the store, to be changed in place. */
export function X509_STORE_get0_param(xs: X509_STORE): X509_VERIFY_PARAM {
  return storeOf(xs).param
}

/** Sets the callback for verifications with this store. */
export function X509_STORE_set_verify_cb(xs: X509_STORE, verify_cb: X509_STORE_CTX_verify_cb | null): void {
  storeOf(xs).verifyCallback = verify_cb
}

/** X509_STORE_set_verify_cb by another name. */
export const X509_STORE_set_verify_cb_func: typeof X509_STORE_set_verify_cb = X509_STORE_set_verify_cb

/** The callback of X509_STORE_set_verify_cb; null for none. */
export function X509_STORE_get_verify_cb(xs: X509_STORE): X509_STORE_CTX_verify_cb | null {
  return storeOf(xs).verifyCallback
}

/** The certificates that were added, with references of their own. */
export function X509_STORE_get1_all_certs(xs: X509_STORE): X509[] {
  const { certificates } = storeOf(xs)
  for (const x of certificates) X509_up_ref(x)
  return [...certificates]
}

/**
 * Adds all certificates and revocation lists of a PEM file (X509_STORE_load_file(3)).
 * @returns 1, or 0 with: the file missing (fopen's errno, BIO_R_NO_SUCH_FILE, X509 system lib), a broken block, or
 * X509_R_NO_CERTIFICATE_OR_CRL_FOUND
 */
export function X509_STORE_load_file(xs: X509_STORE, file: string | null): number {
  const store = storeOf(xs)
  if (file === null) return 0
  const bio = BIO_new_file(requireString(file, 'file'), 'r')
  if (bio === null) {
    raise(ERR_LIB_X509, ERR_R_SYS_LIB)
    return 0
  }
  const found = PEM_X509_INFO_read_bio(bio)
  BIO_free(bio)
  if (found === null) {
    raise(ERR_LIB_X509, ERR_R_PEM_LIB)
    return 0
  }
  let added = 0
  for (const { x509, crl } of found) {
    if (x509 !== null) added += X509_STORE_add_cert(store, x509)
    if (crl !== null) added += X509_STORE_add_crl(store, crl)
    X509_free(x509)
    X509_CRL_free(crl)
  }
  if (added === 0) raise(ERR_LIB_X509, X509_R_NO_CERTIFICATE_OR_CRL_FOUND)
  return Number(added > 0)
}

/**
 * Looks in hashed directories, as `openssl rehash` makes them, separated as PATH is. They are read when something is
 * looked
 * for, so that a missing one is no error. @returns 1; 0 for null, and with X509_R_INVALID_DIRECTORY for ''
 */
export function X509_STORE_load_path(xs: X509_STORE, path: string | null): number {
  const store = storeOf(xs)
  if (path === null) return 0
  if (path === '') {
    raise(ERR_LIB_X509, X509_R_INVALID_DIRECTORY)
    return 0
  }
  for (const directory of requireString(path, 'path').split(delimiter))
    if (directory !== '') store.addDirectory(directory)
  return 1
}

/**
 * X509_STORE_load_file and X509_STORE_load_path, those that are not null.
 * @returns 1, or 0 when both are null or one failed
 */
export function X509_STORE_load_locations(xs: X509_STORE, file: string | null, dir: string | null): number {
  if (file === null && dir === null) return 0
  if (file !== null && X509_STORE_load_file(xs, file) !== 1) return 0
  return dir === null ? 1 : X509_STORE_load_path(xs, dir)
}

/**
 * Trusts what the system trusts: SSL_CERT_FILE and SSL_CERT_DIR, or the usual places. Missing ones are no error.
 * @returns 1
 */
export function X509_STORE_set_default_paths(xs: X509_STORE): number {
  const store = storeOf(xs)
  const file = process.env[X509_get_default_cert_file_env()] ?? X509_get_default_cert_file()
  const bytes = readOrNull(file)
  if (bytes !== null) X509_STORE_load_file(store, file)
  return X509_STORE_load_path(store, process.env[X509_get_default_cert_dir_env()] ?? X509_get_default_cert_dir())
}

const programData = exDataOf<X509_STORE>(CRYPTO_EX_INDEX_X509_STORE, store => storeOf(store).exData)

/** What a program keeps on a store, under an index (X509_STORE_get_ex_new_index(3)). */
export const X509_STORE_get_ex_new_index = programData.newIndex
export const X509_STORE_set_ex_data = programData.set
export const X509_STORE_get_ex_data = programData.get

/** A directory of PEM files named by the hash of the subject: `1a2b3c4d.0`, revocation lists `1a2b3c4d.r0`. */
class HashedDirectory {
  readonly path: string
  readonly #known = new Map<string, readonly Certificate[]>()
  readonly #settings = new WeakMap<Certificate, TrustSettings | null>()

  constructor(path: string) {
    this.path = path
  }

  certificates(subject: Name): readonly Certificate[] {
    const hash = hashOf(subject)
    const known = this.#known.get(hash)
    if (known !== undefined) return known
    const found = this.#read(`${hash}.`, block => this.#trusted(block))
    // A certificate may still be put there, so only what was found is kept.
    if (found.length > 0) this.#known.set(hash, found)
    return found
  }

  crls(issuer: Name): readonly Crl[] {
    return this.#read(`${hashOf(issuer)}.r`, block => parseCrl(block.data))
  }

  /** What the owner notes beside a certificate that was found here; undefined for another. */
  settings(certificate: Certificate): TrustSettings | null | undefined {
    return this.#settings.get(certificate)
  }

  #trusted({ data }: PemBlock): Certificate {
    const reader = new DerReader(data)
    const certificate = parseCertificate(reader.next().encoding)
    this.#settings.set(certificate, reader.done ? null : parseTrustSettings(reader.rest))
    return certificate
  }

  #read<T>(prefix: string, parse: (block: PemBlock) => T): T[] {
    const found: T[] = []
    for (let number = 0; number < MAX_SAME_HASH; number++) {
      const bytes = readOrNull(join(this.path, `${prefix}${number}`))
      if (bytes === null) break
      found.push(...parseAll(bytes, parse))
    }
    return found
  }
}

function parseAll<T>(bytes: Uint8Array, parse: (block: PemBlock) => T): T[] {
  try {
    return [...pemBlocks(latin1(bytes))].map(parse)
  } catch (failure) {
    if (failure instanceof PkiFailure) return []
    throw failure
  }
}

function hashOf(name: Name): string {
  return nameHash(name).toString(16).padStart(8, '0')
}

function readOrNull(file: string): Uint8Array | null {
  try {
    return readFileSync(file)
  } catch {
    return null
  }
}

function storeOf(value: unknown): X509_STORE {
  return requireLive(value, X509_STORE, 'store')
}

const MAX_SAME_HASH = 64
