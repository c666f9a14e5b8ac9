import { BIO_free, BIO_new } from '../../bio/bio.ts'
import { BIO_read_filename, BIO_s_file } from '../../bio/file.ts'
import {
  DTLS1_2_VERSION,
  DTLS1_VERSION,
  SSL3_VERSION,
  TLS1_1_VERSION,
  TLS1_2_VERSION,
  TLS1_3_VERSION,
  TLS1_VERSION,
} from '../../constants/prov-ssl.ts'
import * as C from '../../constants/ssl.ts'
import { PEM_read_bio_Parameters } from '../../evp/dh.ts'
import { type EVP_PKEY, EVP_PKEY_free } from '../../evp/pkey.ts'
import type { X509_NAME } from '../../x509/names/name.ts'
import { X509_STORE_load_store } from '../../x509/store/lookup.ts'
import { type X509_STORE, X509_STORE_load_file, X509_STORE_load_path, X509_STORE_new } from '../../x509/store/store.ts'
import * as ciphers from '../algorithms/ciphers.ts'
import { SSL_CTX_set0_tmp_dh_pkey, SSL_set0_tmp_dh_pkey } from '../algorithms/dh.ts'
import * as groups from '../algorithms/groups.ts'
import { parseGroupsList } from '../algorithms/lists/groups.ts'
import { parseSignatureAlgorithms } from '../algorithms/lists/signature-algorithms.ts'
import * as sigalgs from '../algorithms/sigalgs.ts'
import {
  SSL_add_dir_cert_subjects_to_stack,
  SSL_add_file_cert_subjects_to_stack,
  SSL_add_store_cert_subjects_to_stack,
} from '../certificates/ca-list.ts'
import * as certificates from '../certificates/certificates.ts'
import { SSL_CTX_use_serverinfo_file } from '../certificates/serverinfo.ts'
import type { SSL_CTX } from '../ctx.ts'
import { SSL_CTX_set_num_tickets, SSL_set_num_tickets } from '../misc.ts'
import { SSL_CTX_set_block_padding, SSL_set_block_padding } from '../padding.ts'
import type { SSL } from '../ssl.ts'
import * as versions from '../versions.ts'
import type { SSL_CONF_CTX } from './context.ts'
import { applyFlags, OPTIONS, PROTOCOLS, VERIFY_MODES } from './flags.ts'
import { atoi } from './list.ts'

/** A command with a value. It says whether the value was taken; -2: the command is not for this context. */
export interface Command {
  /** In a file: letters count alike. */
  readonly file: string
  /** On a command line, behind the dash; null: it is for files only. */
  readonly line: string | null
  /** SSL_CONF_FLAG_* without which there is no such command. */
  readonly flags: number
  /** SSL_CONF_TYPE_*. */
  readonly type: number
  readonly run: (conf: SSL_CONF_CTX, value: string) => boolean | -2
}

const { SSL_CONF_FLAG_CERTIFICATE: CERTIFICATE, SSL_CONF_FLAG_SERVER: SERVER } = C
const { SSL_CONF_TYPE_FILE: FILE, SSL_CONF_TYPE_DIR: DIR, SSL_CONF_TYPE_STORE: STORE } = C

/** All of them, in OpenSSL's order. */
export const COMMANDS: readonly Command[] = [
  text('SignatureAlgorithms', 'sigalgs', (conf, value) =>
    conf.owner === null
      ? parseSignatureAlgorithms(value) !== null
      : on(conf, value, sigalgs.SSL_CTX_set1_sigalgs_list, sigalgs.SSL_set1_sigalgs_list),
  ),
  text('ClientSignatureAlgorithms', 'client_sigalgs', (conf, value) =>
    conf.owner === null
      ? parseSignatureAlgorithms(value) !== null
      : on(conf, value, sigalgs.SSL_CTX_set1_client_sigalgs_list, sigalgs.SSL_set1_client_sigalgs_list),
  ),
  text('Curves', 'curves', setGroups),
  text('Groups', 'groups', setGroups),
  text('ECDHParameters', 'named_curve', setCurve, SERVER),
  text('CipherString', 'cipher', (conf, value) =>
    on(conf, value, ciphers.SSL_CTX_set_cipher_list, ciphers.SSL_set_cipher_list),
  ),
  text('Ciphersuites', 'ciphersuites', (conf, value) =>
    on(conf, value, ciphers.SSL_CTX_set_ciphersuites, ciphers.SSL_set_ciphersuites),
  ),
  text('Protocol', null, (conf, value) => applyFlags(conf, PROTOCOLS, value)),
  text('MinProtocol', 'min_protocol', (conf, value) =>
    setBound(conf, value, versions.SSL_CTX_set_min_proto_version, versions.SSL_set_min_proto_version),
  ),
  text('MaxProtocol', 'max_protocol', (conf, value) =>
    setBound(conf, value, versions.SSL_CTX_set_max_proto_version, versions.SSL_set_max_proto_version),
  ),
  text('Options', null, (conf, value) => applyFlags(conf, OPTIONS, value)),
  text('VerifyMode', null, (conf, value) => applyFlags(conf, VERIFY_MODES, value)),
  of(FILE, 'Certificate', 'cert', useCertificate),
  of(FILE, 'PrivateKey', 'key', useKey),
  of(
    FILE,
    'ServerInfoFile',
    null,
    (conf, value) => conf.ctx === null || SSL_CTX_use_serverinfo_file(conf.ctx, value) > 0,
    SERVER,
  ),
  of(DIR, 'ChainCAPath', 'chainCApath', load('chainStore', X509_STORE_load_path)),
  of(FILE, 'ChainCAFile', 'chainCAfile', load('chainStore', X509_STORE_load_file)),
  of(STORE, 'ChainCAStore', 'chainCAstore', load('chainStore', X509_STORE_load_store)),
  of(DIR, 'VerifyCAPath', 'verifyCApath', load('verifyStore', X509_STORE_load_path)),
  of(FILE, 'VerifyCAFile', 'verifyCAfile', load('verifyStore', X509_STORE_load_file)),
  of(STORE, 'VerifyCAStore', 'verifyCAstore', load('verifyStore', X509_STORE_load_store)),
  of(FILE, 'RequestCAFile', 'requestCAFile', name(SSL_add_file_cert_subjects_to_stack)),
  of(FILE, 'ClientCAFile', null, name(SSL_add_file_cert_subjects_to_stack), SERVER),
  of(DIR, 'RequestCAPath', null, name(SSL_add_dir_cert_subjects_to_stack)),
  of(DIR, 'ClientCAPath', null, name(SSL_add_dir_cert_subjects_to_stack), SERVER),
  of(STORE, 'RequestCAStore', 'requestCAStore', name(SSL_add_store_cert_subjects_to_stack)),
  of(STORE, 'ClientCAStore', null, name(SSL_add_store_cert_subjects_to_stack), SERVER),
  of(FILE, 'DHParameters', 'dhparam', setDh, SERVER),
  text('RecordPadding', 'record_padding', (conf, value) => {
    const size = atoi(value)
    return conf.owner !== null && size >= 0 && on(conf, size, SSL_CTX_set_block_padding, SSL_set_block_padding)
  }),
  text(
    'NumTickets',
    'num_tickets',
    (conf, value) => {
      const count = atoi(value)
      return conf.owner !== null && count >= 0 && on(conf, count, SSL_CTX_set_num_tickets, SSL_set_num_tickets)
    },
    SERVER,
  ),
]

/** Takes the key of a certificate from the file of the certificate, where one is missing; as SSL_CONF_CTX_finish does. */
export function completeKeys(conf: SSL_CONF_CTX): boolean {
  if ((conf.flags & C.SSL_CONF_FLAG_REQUIRE_PRIVATE) === 0) return true
  for (const [type, file] of conf.certificateFiles)
    if (conf.owner?.settings.cert.slots.get(type)?.key === null && useKey(conf, file) === false) return false
  return true
}

function text(file: string, line: string | null, run: Command['run'], flags = 0): Command {
  return { file, line, flags, type: C.SSL_CONF_TYPE_STRING, run }
}

function of(type: number, file: string, line: string | null, run: Command['run'], flags = 0): Command {
  return { file, line, flags: flags | CERTIFICATE, type, run }
}

/** Of the context or the connection; without either there is nothing to do. */
function on<T>(
  { ctx, ssl }: SSL_CONF_CTX,
  value: T,
  ofContext: (ctx: SSL_CTX, value: T) => number,
  ofConnection: (ssl: SSL, value: T) => number,
): boolean {
  if (ctx !== null) return ofContext(ctx, value) > 0
  return ssl === null || ofConnection(ssl, value) > 0
}

function setGroups(conf: SSL_CONF_CTX, value: string): boolean {
  if (conf.owner === null) return typeof parseGroupsList(value) !== 'string'
  return on(conf, value, groups.SSL_CTX_set1_groups_list, groups.SSL_set1_groups_list)
}

/** One group; `auto` is from the time when the choice had to be asked for. */
function setCurve(conf: SSL_CONF_CTX, value: string): boolean {
  if ((conf.flags & C.SSL_CONF_FLAG_FILE) !== 0 && /^\+?automatic$/i.test(value)) return true
  if ((conf.flags & C.SSL_CONF_FLAG_CMDLINE) !== 0 && value === 'auto') return true
  if (value.includes(':')) return false
  return on(conf, value, groups.SSL_CTX_set1_groups_list, groups.SSL_set1_groups_list)
}

/** A version of the other protocol is taken and means nothing. */
function setBound(
  conf: SSL_CONF_CTX,
  value: string,
  ofContext: (ctx: SSL_CTX, version: number) => number,
  ofConnection: (ssl: SSL, version: number) => number,
): boolean {
  const version = VERSIONS.get(value)
  const { owner } = conf
  if (owner === null || version === undefined) return false
  const datagram = owner.method.versions.every(own => own.datagram)
  if (version !== 0 && datagram !== value.startsWith('DTLS')) return true
  return on(conf, version, ofContext, ofConnection)
}

function useCertificate(conf: SSL_CONF_CTX, file: string): boolean {
  const { SSL_CTX_use_certificate_chain_file, SSL_use_certificate_chain_file } = certificates
  if (!on(conf, file, SSL_CTX_use_certificate_chain_file, SSL_use_certificate_chain_file)) return false
  const type = conf.owner?.settings.cert.current ?? null
  if (type !== null && (conf.flags & C.SSL_CONF_FLAG_REQUIRE_PRIVATE) !== 0) conf.certificateFiles.set(type, file)
  return true
}

function useKey(conf: SSL_CONF_CTX, file: string): boolean | -2 {
  if ((conf.flags & CERTIFICATE) === 0) return -2
  return on(
    conf,
    file,
    (ctx, name) => certificates.SSL_CTX_use_PrivateKey_file(ctx, name, C.SSL_FILETYPE_PEM),
    (ssl, name) => certificates.SSL_use_PrivateKey_file(ssl, name, C.SSL_FILETYPE_PEM),
  )
}

function load(place: 'chainStore' | 'verifyStore', read: (store: X509_STORE, from: string) => number): Command['run'] {
  return ({ owner }, value) => {
    if (owner === null) return true
    owner.settings[place] ??= X509_STORE_new()
    return read(owner.settings[place], value) > 0
  }
}

function name(add: (names: X509_NAME[], from: string) => number): Command['run'] {
  return (conf, value) => {
    conf.caNames ??= []
    return add(conf.caNames, value) > 0
  }
}

function setDh(conf: SSL_CONF_CTX, file: string): boolean {
  if (conf.owner === null) return true
  const pkey = readDh(file)
  if (pkey === null) return false
  const taken = on(conf, pkey, SSL_CTX_set0_tmp_dh_pkey, SSL_set0_tmp_dh_pkey)
  if (!taken) EVP_PKEY_free(pkey)
  return taken
}

function readDh(file: string): EVP_PKEY | null {
  const bio = BIO_new(BIO_s_file())
  const pkey = bio !== null && BIO_read_filename(bio, file) > 0 ? PEM_read_bio_Parameters(bio) : null
  BIO_free(bio)
  return pkey
}

const VERSIONS: ReadonlyMap<string, number> = new Map([
  ['None', 0],
  ['SSLv3', SSL3_VERSION],
  ['TLSv1', TLS1_VERSION],
  ['TLSv1.1', TLS1_1_VERSION],
  ['TLSv1.2', TLS1_2_VERSION],
  ['TLSv1.3', TLS1_3_VERSION],
  ['DTLSv1', DTLS1_VERSION],
  ['DTLSv1.2', DTLS1_2_VERSION],
])
