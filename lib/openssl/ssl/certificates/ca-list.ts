import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { latin1 } from '../../../base/bytes.ts'
import { errnoOf } from '../../../base/errno.ts'
import { PkiFailure } from '../../../pki/failure.ts'
import { Name } from '../../../pki/name.ts'
import { type BIO, BIO_free, BIO_new } from '../../bio/bio.ts'
import { BIO_read_filename, BIO_s_file } from '../../bio/file.ts'
import { requireList, requireLive, requireString } from '../../boundary.ts'
import { ERR_LIB_SSL, ERR_R_PASSED_NULL_PARAMETER, ERR_R_SYS_LIB } from '../../constants/err.ts'
import { ERR_clear_error } from '../../err/put.ts'
import { raise, raiseSystem } from '../../err/raise.ts'
import { PEM_read_bio_X509 } from '../../x509/files/pem.ts'
import { X509_NAME, X509_NAME_dup } from '../../x509/names/name.ts'
import { X509, X509_free } from '../../x509/x509.ts'
import type { SSL_CTX } from '../ctx.ts'
import { liveCtx, liveSsl, type Owner } from '../owner.ts'
import type { SSL } from '../ssl.ts'
import { authorityNames, clientAuthorityNames } from './ca-names.ts'
import { refuse } from './slots.ts'
import { openStoreUri } from './store-uri.ts'

/** The names of authorities that a server lists when it asks for a certificate; the list goes to the context (SSL_CTX_set_client_CA_list(3)). */
export function SSL_CTX_set_client_CA_list(ctx: SSL_CTX, name_list: X509_NAME[] | null): void {
  liveCtx(ctx).settings.clientCaNames = listed(name_list)
}

/** SSL_CTX_set_client_CA_list for one connection. */
export function SSL_set_client_CA_list(s: SSL, name_list: X509_NAME[] | null): void {
  liveSsl(s).settings.clientCaNames = listed(name_list)
}

/** The list of SSL_CTX_set_client_CA_list; null for none. */
export function SSL_CTX_get_client_CA_list(s: SSL_CTX): X509_NAME[] | null {
  return liveCtx(s).settings.clientCaNames
}

/** On a server the list that it will send; on a client the one that the server has sent; null for none. */
export function SSL_get_client_CA_list(s: SSL): X509_NAME[] | null {
  const ssl = liveSsl(s)
  return ssl.isServer ? clientAuthorityNames(ssl) : receivedNames(ssl)
}

/** Adds the subject of a certificate to the list. @returns 1, or 0 for null */
export function SSL_CTX_add_client_CA(ctx: SSL_CTX, x: X509 | null): number {
  return addName(liveCtx(ctx), 'clientCaNames', x)
}

/** SSL_CTX_add_client_CA for one connection. */
export function SSL_add_client_CA(ssl: SSL, x: X509 | null): number {
  return addName(liveSsl(ssl), 'clientCaNames', x)
}

/** The names that either side sends, used when there is no client list (SSL_CTX_set0_CA_list(3)). */
export function SSL_CTX_set0_CA_list(ctx: SSL_CTX, name_list: X509_NAME[] | null): void {
  liveCtx(ctx).settings.caNames = listed(name_list)
}

/** SSL_CTX_set0_CA_list for one connection. */
export function SSL_set0_CA_list(s: SSL, name_list: X509_NAME[] | null): void {
  liveSsl(s).settings.caNames = listed(name_list)
}

/** The list of SSL_CTX_set0_CA_list; null for none. */
export function SSL_CTX_get0_CA_list(ctx: SSL_CTX): X509_NAME[] | null {
  return liveCtx(ctx).settings.caNames
}

/** The connection's list, or its context's. */
export function SSL_get0_CA_list(s: SSL): X509_NAME[] | null {
  return authorityNames(liveSsl(s))
}

/** Adds the subject of a certificate to the list of SSL_CTX_set0_CA_list. @returns 1, or 0 for null */
export function SSL_CTX_add1_to_CA_list(ctx: SSL_CTX, x: X509 | null): number {
  return addName(liveCtx(ctx), 'caNames', x)
}

/** SSL_CTX_add1_to_CA_list for one connection. */
export function SSL_add1_to_CA_list(ssl: SSL, x: X509 | null): number {
  return addName(liveSsl(ssl), 'caNames', x)
}

/** The names that the server's CertificateRequest listed; null on a server and before it came. */
export function SSL_get0_peer_CA_list(s: SSL): X509_NAME[] | null {
  return receivedNames(liveSsl(s))
}

/** A copy of a list and of its names. */
export function SSL_dup_CA_list(sk: readonly X509_NAME[]): X509_NAME[] {
  return requireList(sk, 'sk').map(X509_NAME_dup)
}

/**
 * The subjects of the certificates in a PEM file, each once (SSL_load_client_CA_file(3)).
 * @returns null with the errors of reading when there are none
 */
export function SSL_load_client_CA_file(file: string): X509_NAME[] | null {
  const names: X509_NAME[] = []
  const bio = openFile(requireString(file, 'file'))
  if (bio === null) return null
  readSubjects(bio, names)
  if (names.length === 0) return null
  ERR_clear_error()
  return names
}

/** SSL_load_client_CA_file in a library context, of which there is one. */
export function SSL_load_client_CA_file_ex(file: string, libctx: unknown, propq: string | null): X509_NAME[] | null {
  void libctx
  void propq
  return SSL_load_client_CA_file(file)
}

/** Adds the subjects of the certificates in a PEM file that are not there yet. @returns 1, or 0 with the errors of opening it */
export function SSL_add_file_cert_subjects_to_stack(stackCAs: X509_NAME[], file: string | null): number {
  if (file === null) return refuse(ERR_R_PASSED_NULL_PARAMETER)
  const bio = openFile(requireString(file, 'file'))
  if (bio === null) return 0
  readSubjects(bio, stackCAs)
  ERR_clear_error()
  return 1
}

/** SSL_add_file_cert_subjects_to_stack for every file of a directory. @returns 1, or 0 with the errors of the first that fails */
export function SSL_add_dir_cert_subjects_to_stack(stackCAs: X509_NAME[], dir: string): number {
  const files = filesOf(requireString(dir, 'dir'))
  if (files === null) return 0
  return Number(files.every(file => SSL_add_file_cert_subjects_to_stack(stackCAs, file) === 1))
}

/**
 * SSL_add_file_cert_subjects_to_stack for what a `file:` URI or a path names: a file, or every file of a directory
 * (SSL_add_store_cert_subjects_to_stack(3)). Files without certificates add nothing.
 * @returns 1, or 0 with the errors of opening it
 */
export function SSL_add_store_cert_subjects_to_stack(stackCAs: X509_NAME[], uri: string): number {
  const found = openStoreUri(requireString(uri, 'uri'))
  if (found === null) return 0
  const files = found.isDirectory ? filesOf(found.path) : [found.path]
  if (files === null) return 0
  return Number(files.every(file => SSL_add_file_cert_subjects_to_stack(stackCAs, file) === 1))
}

function addName({ settings }: Owner, place: 'clientCaNames' | 'caNames', x: X509 | null): number {
  if (x === null) return 0
  settings[place] = [...(settings[place] ?? []), X509_NAME_dup(requireLive(x, X509, 'x').subject)]
  return 1
}

function receivedNames({ certificateRequest }: SSL): X509_NAME[] | null {
  return certificateRequest?.authorities.flatMap(nameOf) ?? null
}

/** A name that cannot be read names nobody. */
function nameOf(der: Uint8Array): X509_NAME[] {
  try {
    return [new X509_NAME(Name.parse(der))]
  } catch (error) {
    if (error instanceof PkiFailure) return []
    throw error
  }
}

function openFile(file: string): BIO | null {
  const bio = BIO_new(BIO_s_file())
  if (bio === null || BIO_read_filename(bio, file) > 0) return bio
  BIO_free(bio)
  return null
}

/** To the end of the file, which shows as an error that the caller clears; frees the BIO. */
function readSubjects(bio: BIO, names: X509_NAME[]): void {
  const known = new Set(names.map(keyOf))
  for (let x = PEM_read_bio_X509(bio); x !== null; x = PEM_read_bio_X509(bio)) {
    const key = keyOf(x.subject)
    if (!known.has(key)) names.push(X509_NAME_dup(x.subject))
    known.add(key)
    X509_free(x)
  }
  BIO_free(bio)
}

function keyOf({ name }: X509_NAME): string {
  return latin1(name.der)
}

function filesOf(dir: string): string[] | null {
  try {
    return readdirSync(dir)
      .map(file => join(dir, file))
      .filter(file => !statSync(file).isDirectory())
  } catch (error) {
    raiseSystem(errnoOf(error), `OPENSSL_dir_read(${dir})`)
    raise(ERR_LIB_SSL, ERR_R_SYS_LIB)
    return null
  }
}

/** The program's own list, which it may go on filling. */
function listed(names: X509_NAME[] | null): X509_NAME[] | null {
  if (names !== null) requireList(names, 'name_list')
  return names
}
