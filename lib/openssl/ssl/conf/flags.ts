import * as C from '../../constants/ssl.ts'
import { SSL_CTX } from '../ctx.ts'
import {
  SSL_CTX_clear_cert_flags,
  SSL_CTX_clear_options,
  SSL_CTX_set_cert_flags,
  SSL_CTX_set_options,
  SSL_clear_cert_flags,
  SSL_clear_options,
  SSL_set_cert_flags,
  SSL_set_options,
} from '../options.ts'
import type { Owner } from '../owner.ts'
import type { SSL_CONF_CTX } from './context.ts'
import { parseList } from './list.ts'

/** A name for bits of the options, of the certificate flags or of the verify mode. */
export interface FlagRow {
  readonly name: string
  readonly kind: 'option' | 'certificate' | 'verify'
  readonly bits: number
  /** The name says the opposite of the bits: `Compression` clears SSL_OP_NO_COMPRESSION. */
  readonly inverted: boolean
  /** SSL_CONF_FLAG_CLIENT and SSL_CONF_FLAG_SERVER: who may use it. */
  readonly sides: number
}

const BOTH = C.SSL_CONF_FLAG_CLIENT | C.SSL_CONF_FLAG_SERVER

const row = (name: string, bits: number, more: Partial<FlagRow> = {}): FlagRow => ({
  name,
  kind: 'option',
  bits,
  inverted: false,
  sides: BOTH,
  ...more,
})
const not = (name: string, bits: number): FlagRow => row(name, bits, { inverted: true })
const server = (name: string, bits: number): FlagRow => row(name, bits, { sides: C.SSL_CONF_FLAG_SERVER })
const verify = (name: string, bits: number, sides: number): FlagRow => row(name, bits, { kind: 'verify', sides })

/** What `Protocol` may list. */
export const PROTOCOLS: readonly FlagRow[] = [
  not('ALL', C.SSL_OP_NO_SSL_MASK),
  not('SSLv2', C.SSL_OP_NO_SSLv2),
  not('SSLv3', C.SSL_OP_NO_SSLv3),
  not('TLSv1', C.SSL_OP_NO_TLSv1),
  not('TLSv1.1', C.SSL_OP_NO_TLSv1_1),
  not('TLSv1.2', C.SSL_OP_NO_TLSv1_2),
  not('TLSv1.3', C.SSL_OP_NO_TLSv1_3),
  not('DTLSv1', C.SSL_OP_NO_DTLSv1),
  not('DTLSv1.2', C.SSL_OP_NO_DTLSv1_2),
]

/** What `Options` may list. */
export const OPTIONS: readonly FlagRow[] = [
  not('SessionTicket', C.SSL_OP_NO_TICKET),
  not('EmptyFragments', C.SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS),
  row('Bugs', C.SSL_OP_ALL),
  not('Compression', C.SSL_OP_NO_COMPRESSION),
  server('ServerPreference', C.SSL_OP_CIPHER_SERVER_PREFERENCE),
  server('NoResumptionOnRenegotiation', C.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION),
  server('DHSingle', C.SSL_OP_SINGLE_DH_USE),
  server('ECDHSingle', C.SSL_OP_SINGLE_ECDH_USE),
  row('UnsafeLegacyRenegotiation', C.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
  row('UnsafeLegacyServerConnect', C.SSL_OP_LEGACY_SERVER_CONNECT),
  row('ClientRenegotiation', C.SSL_OP_ALLOW_CLIENT_RENEGOTIATION),
  not('EncryptThenMac', C.SSL_OP_NO_ENCRYPT_THEN_MAC),
  row('NoRenegotiation', C.SSL_OP_NO_RENEGOTIATION),
  row('AllowNoDHEKEX', C.SSL_OP_ALLOW_NO_DHE_KEX),
  row('PrioritizeChaCha', C.SSL_OP_PRIORITIZE_CHACHA),
  row('MiddleboxCompat', C.SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
  not('AntiReplay', C.SSL_OP_NO_ANTI_REPLAY),
  not('ExtendedMasterSecret', C.SSL_OP_NO_EXTENDED_MASTER_SECRET),
  not('CANames', C.SSL_OP_DISABLE_TLSEXT_CA_NAMES),
  row('KTLS', C.SSL_OP_ENABLE_KTLS),
]

/** What `VerifyMode` may list. */
export const VERIFY_MODES: readonly FlagRow[] = [
  verify('Peer', C.SSL_VERIFY_PEER, C.SSL_CONF_FLAG_CLIENT),
  verify('Request', C.SSL_VERIFY_PEER, C.SSL_CONF_FLAG_SERVER),
  verify('Require', C.SSL_VERIFY_PEER | C.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, C.SSL_CONF_FLAG_SERVER),
  verify('Once', C.SSL_VERIFY_PEER | C.SSL_VERIFY_CLIENT_ONCE, C.SSL_CONF_FLAG_SERVER),
  verify('RequestPostHandshake', C.SSL_VERIFY_PEER | C.SSL_VERIFY_POST_HANDSHAKE, C.SSL_CONF_FLAG_SERVER),
  verify(
    'RequirePostHandshake',
    C.SSL_VERIFY_PEER | C.SSL_VERIFY_POST_HANDSHAKE | C.SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
    C.SSL_CONF_FLAG_SERVER,
  ),
]

/** The commands without a value, as they stand on a command line. */
export const SWITCHES: readonly FlagRow[] = [
  row('no_ssl3', C.SSL_OP_NO_SSLv3),
  row('no_tls1', C.SSL_OP_NO_TLSv1),
  row('no_tls1_1', C.SSL_OP_NO_TLSv1_1),
  row('no_tls1_2', C.SSL_OP_NO_TLSv1_2),
  row('no_tls1_3', C.SSL_OP_NO_TLSv1_3),
  row('bugs', C.SSL_OP_ALL),
  row('no_comp', C.SSL_OP_NO_COMPRESSION),
  not('comp', C.SSL_OP_NO_COMPRESSION),
  server('ecdh_single', C.SSL_OP_SINGLE_ECDH_USE),
  row('no_ticket', C.SSL_OP_NO_TICKET),
  server('serverpref', C.SSL_OP_CIPHER_SERVER_PREFERENCE),
  row('legacy_renegotiation', C.SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION),
  server('client_renegotiation', C.SSL_OP_ALLOW_CLIENT_RENEGOTIATION),
  row('legacy_server_connect', C.SSL_OP_LEGACY_SERVER_CONNECT, { sides: C.SSL_CONF_FLAG_CLIENT }),
  row('no_renegotiation', C.SSL_OP_NO_RENEGOTIATION),
  server('no_resumption_on_reneg', C.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION),
  row('no_legacy_server_connect', C.SSL_OP_LEGACY_SERVER_CONNECT, { inverted: true, sides: C.SSL_CONF_FLAG_CLIENT }),
  row('allow_no_dhe_kex', C.SSL_OP_ALLOW_NO_DHE_KEX),
  server('prioritize_chacha', C.SSL_OP_PRIORITIZE_CHACHA),
  row('strict', C.SSL_CERT_FLAG_TLS_STRICT, { kind: 'certificate' }),
  row('no_middlebox', C.SSL_OP_ENABLE_MIDDLEBOX_COMPAT, { inverted: true }),
  row('anti_replay', C.SSL_OP_NO_ANTI_REPLAY, { inverted: true, sides: C.SSL_CONF_FLAG_SERVER }),
  server('no_anti_replay', C.SSL_OP_NO_ANTI_REPLAY),
  row('no_etm', C.SSL_OP_NO_ENCRYPT_THEN_MAC),
]

/** Applies a list such as `-ALL,TLSv1.2` name by name; what stands before a name that is not known has been applied. */
export function applyFlags(conf: SSL_CONF_CTX, rows: readonly FlagRow[], list: string): boolean {
  return parseList(list, element => {
    const on = !element.startsWith('-')
    const name = element.replace(/^[+-]/, '').toLowerCase()
    const found = rows.find(({ name: own, sides }) => (conf.flags & sides & BOTH) !== 0 && own.toLowerCase() === name)
    if (found !== undefined) applyFlag(conf.owner, found, on)
    return found !== undefined
  })
}

/** Switches the bits of a row on, or off. */
export function applyFlag(owner: Owner | null, { kind, bits, inverted }: FlagRow, on: boolean): void {
  if (owner === null) return
  const set = on !== inverted
  if (kind === 'verify')
    owner.settings.verifyMode = set ? owner.settings.verifyMode | bits : owner.settings.verifyMode & ~bits
  else if (owner instanceof SSL_CTX) ofContext(owner, kind, bits, set)
  else {
    const [add, remove] =
      kind === 'option' ? [SSL_set_options, SSL_clear_options] : [SSL_set_cert_flags, SSL_clear_cert_flags]
    ;(set ? add : remove)(owner, bits)
  }
}

function ofContext(ctx: SSL_CTX, kind: 'option' | 'certificate', bits: number, set: boolean): void {
  const [add, remove] =
    kind === 'option'
      ? [SSL_CTX_set_options, SSL_CTX_clear_options]
      : [SSL_CTX_set_cert_flags, SSL_CTX_clear_cert_flags]
  ;(set ? add : remove)(ctx, bits)
}
