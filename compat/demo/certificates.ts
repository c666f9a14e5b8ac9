import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  ASN1_INTEGER_set,
  BIO_free,
  BIO_new_file,
  EVP_EC_gen,
  type EVP_PKEY,
  EVP_sha256,
  MBSTRING_ASC,
  NID_authority_key_identifier,
  NID_basic_constraints,
  NID_ext_key_usage,
  NID_key_usage,
  NID_subject_alt_name,
  NID_subject_key_identifier,
  OPENSSL_assert,
  PEM_write_bio_PrivateKey,
  PEM_write_bio_X509,
  type X509,
  X509_add_ext,
  X509_get_serialNumber,
  X509_get_subject_name,
  X509_getm_notAfter,
  X509_getm_notBefore,
  X509_gmtime_adj,
  X509_NAME_add_entry_by_txt,
  X509_new,
  X509_set_issuer_name,
  X509_set_pubkey,
  X509_set_subject_name,
  X509_set_version,
  X509_sign,
  X509_VERSION_3,
  X509V3_CTX,
  X509V3_EXT_conf_nid,
  X509V3_set_ctx,
} from 'openssl-shim'

interface Identity {
  readonly certificate: X509
  readonly key: EVP_PKEY
}

/** An extension's number, and its value as a configuration file has it. */
type Extensions = readonly (readonly [nid: number, value: string])[]

const AN_HOUR = 3600
const CURVE = 'P-256'

/**
 * Writes a fresh authority, and a server and a client certified by it, where the samples look for them.
 * @param lifetime - seconds for which they are good
 */
export function make_certificates(folder: string, lifetime = AN_HOUR): void {
  mkdirSync(join(folder, 'certs'))
  const issue = (name: string, issuer: Identity | null, extensions: Extensions) =>
    issued(name, issuer, extensions, lifetime)
  const authority = issue('Demo CA', null, [
    [NID_basic_constraints, 'critical,CA:TRUE'],
    [NID_key_usage, 'critical,keyCertSign,cRLSign'],
  ])
  const server = issue('Demo server', authority, [
    [NID_basic_constraints, 'critical,CA:FALSE'],
    [NID_key_usage, 'critical,digitalSignature'],
    [NID_ext_key_usage, 'serverAuth'],
    [NID_subject_alt_name, 'DNS:localhost,IP:127.0.0.1'],
  ])
  const client = issue('Demo client', authority, [
    [NID_basic_constraints, 'critical,CA:FALSE'],
    [NID_key_usage, 'critical,digitalSignature'],
    [NID_ext_key_usage, 'clientAuth'],
  ])
  write_certificate(join(folder, 'certs/ca-cert.pem'), authority.certificate)
  write_identity(join(folder, 'certs/server'), server)
  write_identity(join(folder, 'certs/client'), client)
}

let serial = 0

/** @param issuer - null: signed with its own key */
function issued(name: string, issuer: Identity | null, extensions: Extensions, lifetime: number): Identity {
  const key = EVP_EC_gen(CURVE)
  OPENSSL_assert(key)
  const certificate = X509_new()
  X509_set_version(certificate, X509_VERSION_3)
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial)
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime)
  X509_set_pubkey(certificate, key)

  const subject = X509_get_subject_name(certificate)
  X509_NAME_add_entry_by_txt(subject, 'O', MBSTRING_ASC, 'openssl-shim')
  X509_NAME_add_entry_by_txt(subject, 'CN', MBSTRING_ASC, name)
  X509_set_subject_name(certificate, subject)
  X509_set_issuer_name(certificate, issuer === null ? subject : X509_get_subject_name(issuer.certificate))

  add_extension(certificate, issuer?.certificate ?? certificate, NID_subject_key_identifier, 'hash')
  for (const [nid, value] of extensions) add_extension(certificate, issuer?.certificate ?? certificate, nid, value)
  if (issuer !== null) add_extension(certificate, issuer.certificate, NID_authority_key_identifier, 'keyid')

  OPENSSL_assert(X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0)
  return { certificate, key }
}

function add_extension(certificate: X509, issuer: X509, nid: number, value: string): void {
  const ctx = new X509V3_CTX()
  X509V3_set_ctx(ctx, issuer, certificate)
  const extension = X509V3_EXT_conf_nid(null, ctx, nid, value)
  OPENSSL_assert(extension)
  OPENSSL_assert(X509_add_ext(certificate, extension, -1) === 1)
}

function write_identity(path: string, { certificate, key }: Identity): void {
  write_certificate(`${path}-cert.pem`, certificate)
  const file = BIO_new_file(`${path}-key.pem`, 'w')
  OPENSSL_assert(file)
  chmodSync(`${path}-key.pem`, 0o600)
  OPENSSL_assert(PEM_write_bio_PrivateKey(file, key, null, null, 0, null, null) === 1)
  BIO_free(file)
}

function write_certificate(path: string, certificate: X509): void {
  const file = BIO_new_file(path, 'w')
  OPENSSL_assert(file)
  OPENSSL_assert(PEM_write_bio_X509(file, certificate) === 1)
  BIO_free(file)
}
