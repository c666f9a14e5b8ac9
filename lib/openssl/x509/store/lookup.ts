import { statSync } from 'node:fs'
import { BIO_free } from '../../bio/bio.ts'
import { BIO_new_file } from '../../bio/file.ts'
import { requireInstance, requireInteger, requireLive } from '../../boundary.ts'
import {
  ERR_LIB_X509,
  ERR_R_PASSED_INVALID_ARGUMENT,
  ERR_R_PEM_LIB,
  ERR_R_SYS_LIB,
  ERR_R_UNSUPPORTED,
} from '../../constants/err.ts'
import { X509_FILETYPE_PEM } from '../../constants/x509.ts'
import { X509_R_NO_CERTIFICATE_FOUND, X509_R_NO_CRL_FOUND } from '../../constants/x509err.ts'
import { raise } from '../../err/raise.ts'
import { X509_CRL, X509_CRL_free } from '../crl.ts'
import { PEM_X509_INFO_read_bio, type X509_INFO } from '../files/pem.ts'
import { X509, X509_free } from '../x509.ts'
import {
  X509_STORE,
  X509_STORE_add_cert,
  X509_STORE_add_crl,
  X509_STORE_load_file,
  X509_STORE_load_path,
} from './store.ts'

/** How a store finds objects: in files or in hashed directories. */
export class X509_LOOKUP_METHOD {
  readonly kind: 'file' | 'hash_dir'

  constructor(kind: 'file' | 'hash_dir') {
    this.kind = kind
  }
}

/** A method at work on a store. */
export class X509_LOOKUP {
  readonly store: X509_STORE
  readonly method: X509_LOOKUP_METHOD

  constructor(store: X509_STORE, method: X509_LOOKUP_METHOD) {
    this.store = store
    this.method = method
  }
}

const FILE = new X509_LOOKUP_METHOD('file')
const HASH_DIR = new X509_LOOKUP_METHOD('hash_dir')

/** The ways in which a store finds objects: files, hashed directories. */
export const X509_LOOKUP_file = (): X509_LOOKUP_METHOD => FILE
export const X509_LOOKUP_hash_dir = (): X509_LOOKUP_METHOD => HASH_DIR

/** Puts a method to work on a store (X509_STORE_add_lookup(3)). */
export function X509_STORE_add_lookup(xs: X509_STORE, meth: X509_LOOKUP_METHOD): X509_LOOKUP {
  return new X509_LOOKUP(requireLive(xs, X509_STORE, 'xs'), requireInstance(meth, X509_LOOKUP_METHOD, 'meth'))
}

/**
 * Adds the certificates of a PEM file.
 * @param type - X509_FILETYPE_PEM; others are refused with ERR_R_PASSED_INVALID_ARGUMENT
 * @returns how many, 0 with an error
 */
export function X509_load_cert_file(ctx: X509_LOOKUP, file: string, type: number): number {
  return load(file, type, X509_R_NO_CERTIFICATE_FOUND, ({ x509 }) =>
    x509 === null ? 0 : X509_STORE_add_cert(ctx.store, x509),
  )
}

/**
 * Adds the revocation lists of a PEM file.
 * @param type - X509_FILETYPE_PEM; others are refused with ERR_R_PASSED_INVALID_ARGUMENT
 * @returns how many, 0 with an error
 */
export function X509_load_crl_file(ctx: X509_LOOKUP, file: string, type: number): number {
  return load(file, type, X509_R_NO_CRL_FOUND, ({ crl }) => (crl === null ? 0 : X509_STORE_add_crl(ctx.store, crl)))
}

/** Adds both. @returns how many, 0 with an error */
export function X509_load_cert_crl_file(ctx: X509_LOOKUP, file: string, type: number): number {
  return load(
    file,
    type,
    X509_R_NO_CERTIFICATE_FOUND,
    ({ x509, crl }) =>
      (x509 === null ? 0 : X509_STORE_add_cert(ctx.store, x509)) +
      (crl === null ? 0 : X509_STORE_add_crl(ctx.store, crl)),
  )
}

/** X509_load_cert_crl_file by its older name. */
export const X509_LOOKUP_load_file: typeof X509_load_cert_crl_file = X509_load_cert_crl_file

/**
 * Looks in a hashed directory.
 * @param type - X509_FILETYPE_PEM: directories hold no other kind
 * @returns 1
 */
export function X509_LOOKUP_add_dir(ctx: X509_LOOKUP, name: string, type: number): number {
  requireInteger(type, 'type')
  return X509_STORE_load_path(ctx.store, name)
}

function load(file: string, type: number, missing: number, add: (info: X509_INFO) => number): number {
  const found =
    requireInteger(type, 'type') === X509_FILETYPE_PEM ? readInfos(file) : refused(ERR_R_PASSED_INVALID_ARGUMENT)
  if (found === null) return 0
  let count = 0
  for (const info of found) {
    count += add(info)
    X509_free(info.x509)
    X509_CRL_free(info.crl)
  }
  if (count === 0) raise(ERR_LIB_X509, missing)
  return count
}

function readInfos(file: string): X509_INFO[] | null {
  const bio = BIO_new_file(file, 'r')
  if (bio === null) return refused(ERR_R_SYS_LIB)
  const found = PEM_X509_INFO_read_bio(bio)
  BIO_free(bio)
  return found ?? refused(ERR_R_PEM_LIB)
}

function refused(reason: number): null {
  raise(ERR_LIB_X509, reason)
  return null
}

/**
 * Adds what a path or a file: URI names, a PEM file or a hashed directory (X509_STORE_load_store(3)).
 * @returns 1, or 0 with an error
 */
export function X509_STORE_load_store(xs: X509_STORE, store: string): number {
  const path = isThere(store) ? store : pathOf(store)
  if (path === null) return refused(ERR_R_UNSUPPORTED) ?? 0
  return isDirectory(path) ? X509_STORE_load_path(xs, path) : X509_STORE_load_file(xs, path)
}

/** RFC 8089: no authority, or this host. */
function pathOf(store: string): string | null {
  const [, authority = '', path] = /^file:(?:\/\/([^/]*))?(\/.*)$/i.exec(store) ?? []
  if (path === undefined) return store
  return authority === '' || authority.toLowerCase() === 'localhost' ? path : null
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** What a store holds: a certificate or a revocation list. */
export class X509_OBJECT {
  readonly data: X509 | X509_CRL

  constructor(data: X509 | X509_CRL) {
    this.data = data
  }
}

const X509_LU_X509 = 1
const X509_LU_CRL = 2

/** Everything that was added to a store, without references (X509_STORE_get0_objects(3)). */
export function X509_STORE_get0_objects(xs: X509_STORE): X509_OBJECT[] {
  const { certificates, crls } = requireLive(xs, X509_STORE, 'xs')
  return [...certificates, ...crls].map(data => new X509_OBJECT(data))
}

/** 1 for a certificate, 2 for a revocation list. */
export function X509_OBJECT_get_type(a: X509_OBJECT): number {
  return a.data instanceof X509 ? X509_LU_X509 : X509_LU_CRL
}

/** The certificate; null for a list. */
export function X509_OBJECT_get0_X509(a: X509_OBJECT | null): X509 | null {
  return a?.data instanceof X509 ? a.data : null
}

/** The list; null for a certificate. */
export function X509_OBJECT_get0_X509_CRL(a: X509_OBJECT | null): X509_CRL | null {
  return a?.data instanceof X509_CRL ? a.data : null
}

/** Does nothing: the store keeps its references. @harmless what is not used any more is collected */
export function X509_OBJECT_free(a: X509_OBJECT | null): void {
  void a
}
