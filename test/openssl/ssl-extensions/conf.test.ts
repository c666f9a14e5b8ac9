import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { certificatePath, compare, need, type Stage } from './stage.ts'

/** Every command in both forms, for every kind of context, with good and bad values: results, errors, and what they changed. */

const COMMANDS: readonly (readonly [file: string | null, line: string | null, values: readonly (string | null)[]])[] = [
  ['SignatureAlgorithms', 'sigalgs', ['ECDSA+SHA256:RSA+SHA256', 'rsa_pss_rsae_sha256', 'nonsense', '', null]],
  ['ClientSignatureAlgorithms', 'client_sigalgs', ['ECDSA+SHA256', 'ECDSA+', null]],
  ['Curves', 'curves', ['P-256:X25519', null]],
  ['Groups', 'groups', ['P-256', 'P-256:P-256', null]],
  ['ECDHParameters', 'named_curve', ['P-256', 'auto', 'automatic', '+Automatic', 'Auto', 'P-256:P-384', null]],
  ['CipherString', 'cipher', ['ECDHE-RSA-AES128-GCM-SHA256', 'nonsense', '', null]],
  ['Ciphersuites', 'ciphersuites', ['TLS_AES_128_GCM_SHA256', 'TLS_NONSENSE', null]],
  [
    'Protocol',
    'protocol',
    ['ALL', '-ALL,TLSv1.2', ' +DTLSv1.2 , -DTLSv1 ', '-ALL,nonsense', 'dtlsv1', '', ',', '-ALL,', '+-ALL', null],
  ],
  [
    'MinProtocol',
    'min_protocol',
    ['None', 'SSLv3', 'TLSv1', 'TLSv1.2', 'TLSv1.3', 'DTLSv1', 'DTLSv1.2', 'dtlsv1', 'DTLSv1.1', '', null],
  ],
  ['MaxProtocol', 'max_protocol', ['None', 'TLSv1.2', 'DTLSv1', 'DTLSv1.2', 'x', null]],
  [
    'Options',
    'options',
    [
      ...[
        'SessionTicket',
        'EmptyFragments',
        'Bugs',
        'Compression',
        'ServerPreference',
        'NoResumptionOnRenegotiation',
        'DHSingle',
        'ECDHSingle',
        'UnsafeLegacyRenegotiation',
        'UnsafeLegacyServerConnect',
        'ClientRenegotiation',
        'EncryptThenMac',
        'NoRenegotiation',
        'AllowNoDHEKEX',
        'PreferNoDHEKEX',
        'PrioritizeChaCha',
        'MiddleboxCompat',
        'AntiReplay',
        'ExtendedMasterSecret',
        'CANames',
        'KTLS',
        'StrictCertCheck',
        'TxCertificateCompression',
        'IgnoreUnexpectedEOF',
      ].flatMap(name => [name, `-${name}`]),
      '+serverpreference',
      'Bugs,-SessionTicket',
      '- Bugs',
      null,
    ],
  ],
  [
    'VerifyMode',
    'verify_mode',
    [
      'Peer',
      'Request',
      'Require',
      'Once',
      'RequestPostHandshake',
      'RequirePostHandshake',
      'Peer,Require',
      '-Peer',
      'x',
      null,
    ],
  ],
  ['Certificate', 'cert', ['DIR/p256.pem', 'DIR/nowhere.pem', null]],
  ['PrivateKey', 'key', ['DIR/p256.key.pem', 'DIR/nowhere.pem', null]],
  ['ServerInfoFile', 'serverinfo', ['DIR/nowhere.pem', 'DIR/p256.pem', null]],
  ['ChainCAPath', 'chainCApath', ['DIR', null]],
  ['ChainCAFile', 'chainCAfile', ['DIR/authority.pem', 'DIR/nowhere.pem', null]],
  ['ChainCAStore', 'chainCAstore', ['DIR/authority.pem', null]],
  ['VerifyCAPath', 'verifyCApath', ['DIR', null]],
  ['VerifyCAFile', 'verifyCAfile', ['DIR/authority.pem', 'DIR/nowhere.pem', null]],
  ['VerifyCAStore', 'verifyCAstore', ['DIR/authority.pem', null]],
  ['RequestCAFile', 'requestCAFile', ['DIR/authority.pem', 'DIR/nowhere.pem', null]],
  ['ClientCAFile', 'clientCAFile', ['DIR/authority.pem', null]],
  ['RequestCAPath', 'requestCAPath', ['NAMES', 'NOWHERE', null]],
  ['ClientCAPath', 'clientCAPath', ['NAMES', null]],
  ['RequestCAStore', 'requestCAStore', ['DIR/authority.pem', null]],
  ['ClientCAStore', 'clientCAStore', ['DIR/authority.pem', null]],
  ['DHParameters', 'dhparam', ['DH', 'DIR/nowhere.pem', null]],
  ['RecordPadding', 'record_padding', ['0', '1', '512', '16384', '16385', '-1', 'x', '', null]],
  ['NumTickets', 'num_tickets', ['0', '3', '-1', 'x', ' +4z', null]],
  ...[
    ...[
      'no_ssl3',
      'no_tls1',
      'no_tls1_1',
      'no_tls1_2',
      'no_tls1_3',
      'bugs',
      'no_comp',
      'comp',
      'ecdh_single',
      'no_ticket',
    ],
    ...['serverpref', 'legacy_renegotiation', 'client_renegotiation', 'legacy_server_connect', 'no_renegotiation'],
    ...[
      'no_resumption_on_reneg',
      'no_legacy_server_connect',
      'allow_no_dhe_kex',
      'prefer_no_dhe_kex',
      'prioritize_chacha',
    ],
    ...['strict', 'no_middlebox', 'anti_replay', 'no_anti_replay', 'no_etm', 'no_ems', 'no_tx_cert_comp', 'NO_TICKET'],
  ].map(name => [null, name, [null, 'value']] as const),
  ['nonsense', 'nonsense', ['x', null]],
  ['', '', ['x']],
]

const { SSL_CONF_FLAG_CLIENT: CLIENT, SSL_CONF_FLAG_SERVER: SERVER, SSL_CONF_FLAG_CERTIFICATE: CERTIFICATE } = O
const SHOWN = O.SSL_CONF_FLAG_SHOW_ERRORS
const ALL = CLIENT | SERVER | CERTIFICATE | SHOWN | O.SSL_CONF_FLAG_REQUIRE_PRIVATE
const ROLES = [0, CLIENT, SERVER | CERTIFICATE | SHOWN, ALL]

interface Line {
  readonly form: number
  readonly flags: number
  readonly cmd: string
  readonly value: string | null
}

const LINES: readonly Line[] = COMMANDS.flatMap(([file, line, values]) =>
  values.flatMap(value => [
    ...(file === null ? [] : ROLES.map(role => ({ form: O.SSL_CONF_FLAG_FILE, flags: role, cmd: file, value }))),
    ...(line === null
      ? []
      : ROLES.map(role => ({ form: O.SSL_CONF_FLAG_CMDLINE, flags: role, cmd: `-${line}`, value }))),
  ]),
)

const folder = mkdtempSync(join(tmpdir(), 'conf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const dhFile = join(folder, 'dh.pem')
const names = join(folder, 'names')
const both = join(folder, 'both.pem')

/** RFC 7919's ffdhe2048. */
writeFileSync(
  dhFile,
  `-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
`,
)
mkdirSync(names)

const C = `
static const struct { int form, flags; const char *cmd, *value; } lines[] = {
${LINES.map(({ form, flags, cmd, value }) => `  { ${form}, ${flags}, ${JSON.stringify(cmd)}, ${value === null ? 'NULL' : JSON.stringify(value)} },`).join('\n')}
};
static char *place(const char *value, char *out) {
  if (!value) return NULL;
  if (!strcmp(value, "DIR")) return strcpy(out, DIR);
  if (!strncmp(value, "DIR/", 4)) { sprintf(out, DIR "%s", value + 4); return out; }
  if (!strcmp(value, "DH")) return ${JSON.stringify(dhFile)};
  if (!strcmp(value, "NAMES")) return ${JSON.stringify(names)};
  if (!strcmp(value, "NOWHERE")) return "/nowhere/at/all";
  return strcpy(out, value);
}
/* What is not as it was. */
static void state(SSL_CONF_CTX *conf, SSL_CTX *ctx, SSL *ssl) {
  int k; char text[200];
  printf(" finish %d", SSL_CONF_CTX_finish(conf)); errors();
  for (k = 0; k < 2; k++) {
    sprintf(text, "%llx %x %d %ld %ld %d", (unsigned long long)(k ? SSL_get_options(ssl) : SSL_CTX_get_options(ctx)),
      (unsigned)(k ? SSL_set_cert_flags(ssl, 0) : SSL_CTX_set_cert_flags(ctx, 0)), k ? SSL_get_verify_mode(ssl) : SSL_CTX_get_verify_mode(ctx),
      (long)(k ? SSL_get_min_proto_version(ssl) : SSL_CTX_get_min_proto_version(ctx)), (long)(k ? SSL_get_max_proto_version(ssl) : SSL_CTX_get_max_proto_version(ctx)),
      (int)(k ? SSL_get_num_tickets(ssl) : SSL_CTX_get_num_tickets(ctx)));
    if (strcmp(text, "120000 0 0 0 0 2")) printf(" | %s %s", k ? "connection" : "context", text);
  }
  sprintf(text, "%d %d %d %d", sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)), SSL_CTX_get0_certificate(ctx) != NULL, SSL_CTX_get0_privatekey(ctx) != NULL, SSL_get_certificate(ssl) != NULL);
  if (strcmp(text, "0 0 0 0")) printf(" | %s", text);
  puts("");
}
static void play_all(void) {
  int i, k; char buffer[500];
  for (i = 0; i < sizeof lines / sizeof *lines; i++) for (k = 0; k < 3; k++) {
    /* What looks at groups without a context crashes. */
    if (k && lines[i].flags != ${ALL}) continue;
    if (k == 2 && (strstr(lines[i].cmd, "roups") || strstr(lines[i].cmd, "urve") || strstr(lines[i].cmd, "ECDH"))) continue;
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method()); SSL *ssl = SSL_new(ctx); SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
    SSL_CONF_CTX_set_flags(conf, lines[i].form | lines[i].flags);
    if (k == 0) SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
    if (k == 1) SSL_CONF_CTX_set_ssl(conf, ssl);
    printf("%x %d %s %s: type %d", lines[i].flags | lines[i].form, k, lines[i].cmd, lines[i].value ? lines[i].value : "NULL", SSL_CONF_cmd_value_type(conf, lines[i].cmd));
    printf(" = %d", SSL_CONF_cmd(conf, lines[i].cmd, place(lines[i].value, buffer))); errors();
    state(conf, ctx, ssl);
    SSL_CONF_CTX_free(conf); SSL_free(ssl); SSL_CTX_free(ctx);
  }
  {
    static const char *prefixes[] = { "ssl-", "SSL-", "--", "" }, *cmds[] = { "ssl-cipher", "SSL-CIPHER", "ssl-CipherString", "--cipher", "-cipher", "cipher", "CipherString", "ssl-", "", "s" };
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method()); int f;
    for (f = 1; f <= 3; f++) for (i = 0; i < 4; i++) for (k = 0; k < 10; k++) {
      SSL_CONF_CTX *conf = SSL_CONF_CTX_new(); SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
      printf("flags %x %x prefix %d", SSL_CONF_CTX_set_flags(conf, f | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SHOW_ERRORS), SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_SERVER), SSL_CONF_CTX_set1_prefix(conf, prefixes[i]));
      printf(" %s %s: %d %d", prefixes[i], cmds[k], SSL_CONF_cmd_value_type(conf, cmds[k]), SSL_CONF_cmd(conf, cmds[k], "ALL")); errors(); puts("");
      SSL_CONF_CTX_free(conf);
    }
    SSL_CTX_free(ctx);
  }
  {
    char *argv[] = { "-cipher", "ALL", "-no_ticket", "-curves", "P-256", "-cipher", "nonsense", "-other", "-cipher", NULL }; int at;
    SSL_CTX *ctx = SSL_CTX_new(DTLS_method());
    for (k = 0; k < 2; k++) for (at = 0; at < 10; at++) {
      char **v = argv + at; int argc = 9 - at; SSL_CONF_CTX *conf = SSL_CONF_CTX_new(); SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SHOW_ERRORS); SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
      int r = SSL_CONF_cmd_argv(conf, k ? NULL : &argc, &v);
      printf("argv %d %d: %d, left %d, at %d, flags %x", k, at, r, argc, (int)(v - argv), SSL_CONF_CTX_set_flags(conf, 0)); errors(); puts(""); SSL_CONF_CTX_free(conf);
    }
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new(); printf("null %d", SSL_CONF_cmd(conf, NULL, NULL)); errors(); printf(" type %d\\n", SSL_CONF_cmd_value_type(conf, NULL)); SSL_CONF_CTX_free(conf); SSL_CTX_free(ctx);
  }
}
`

compare('conf', C, stage => {
  for (const line of LINES) for (let k = 0; k < 3; k++) commandLine(stage, line, k)
  prefixes(stage)
  args(stage)
})

test('what a file names last is complete when its key is in the file of the certificate', () => {
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const conf = O.SSL_CONF_CTX_new()
  const pem = ['p256', 'p256.key'].map(name => readText(certificatePath(name))).join('')
  writeFileSync(both, pem)
  O.SSL_CONF_CTX_set_flags(conf, O.SSL_CONF_FLAG_FILE | SERVER | CERTIFICATE | O.SSL_CONF_FLAG_REQUIRE_PRIVATE)
  O.SSL_CONF_CTX_set_ssl_ctx(conf, ctx)
  expect(O.SSL_CONF_cmd(conf, 'certificate', both)).toBe(2)
  expect(O.SSL_CTX_get0_privatekey(ctx)).toBeNull()
  expect(O.SSL_CONF_CTX_finish(conf)).toBe(1)
  expect(O.SSL_CTX_check_private_key(ctx)).toBe(1)
  O.SSL_CTX_free(ctx)
})

function readText(file: string): string {
  const bio = need(O.BIO_new_file(file, 'r'))
  const bytes = Buffer.alloc(10_000)
  const length = O.BIO_read(bio, bytes)
  O.BIO_free(bio)
  return bytes.toString('latin1', 0, length)
}

function place(value: string | null): string | null {
  if (value === 'DIR') return certificatePath('').slice(0, -'.pem'.length)
  if (value?.startsWith('DIR/')) return certificatePath('x').replace('x.pem', value.slice(4))
  if (value === 'DH') return dhFile
  if (value === 'NAMES') return names
  return value === 'NOWHERE' ? '/nowhere/at/all' : value
}

function commandLine(stage: Stage, { form, flags, cmd, value }: Line, k: number): void {
  if (k > 0 && flags !== ALL) return
  if (k === 2 && /roups|urve|ECDH/.test(cmd)) return
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  const ssl = need(O.SSL_new(ctx))
  const conf = O.SSL_CONF_CTX_new()
  O.SSL_CONF_CTX_set_flags(conf, form | flags)
  if (k === 0) O.SSL_CONF_CTX_set_ssl_ctx(conf, ctx)
  if (k === 1) O.SSL_CONF_CTX_set_ssl(conf, ssl)
  const type = O.SSL_CONF_cmd_value_type(conf, cmd)
  const head = `${(flags | form).toString(16)} ${k} ${cmd} ${value ?? 'NULL'}: type ${type}`
  stage.lines.push(`${head} = ${O.SSL_CONF_cmd(conf, cmd, place(value))}${errors()}${state(conf, ctx, ssl)}`)
  O.SSL_CONF_CTX_free(conf)
  O.SSL_free(ssl)
  O.SSL_CTX_free(ctx)
}

const USUAL = '120000 0 0 0 0 2'

/** What is not as it was. */
function state(conf: O.SSL_CONF_CTX, ctx: O.SSL_CTX, ssl: O.SSL): string {
  const finish = ` finish ${O.SSL_CONF_CTX_finish(conf)}${errors()}`
  const ofContext = [
    O.SSL_CTX_get_options(ctx).toString(16),
    O.SSL_CTX_set_cert_flags(ctx, 0).toString(16),
    O.SSL_CTX_get_verify_mode(ctx),
    O.SSL_CTX_get_min_proto_version(ctx),
    O.SSL_CTX_get_max_proto_version(ctx),
    O.SSL_CTX_get_num_tickets(ctx),
  ]
  const ofConnection = [
    O.SSL_get_options(ssl).toString(16),
    O.SSL_set_cert_flags(ssl, 0).toString(16),
    O.SSL_get_verify_mode(ssl),
    O.SSL_get_min_proto_version(ssl),
    O.SSL_get_max_proto_version(ssl),
    O.SSL_get_num_tickets(ssl),
  ]
  const others = [
    O.sk_X509_NAME_num(O.SSL_CTX_get0_CA_list(ctx)),
    Number(O.SSL_CTX_get0_certificate(ctx) !== null),
    Number(O.SSL_CTX_get0_privatekey(ctx) !== null),
    Number(O.SSL_get_certificate(ssl) !== null),
  ]
  const changed = (name: string, values: readonly unknown[], usual: string): string =>
    values.join(' ') === usual ? '' : ` | ${name}${values.join(' ')}`
  return [
    finish,
    changed('context ', ofContext, USUAL),
    changed('connection ', ofConnection, USUAL),
    changed('', others, '0 0 0 0'),
  ].join('')
}

function prefixes(stage: Stage): void {
  const cmds = ['ssl-cipher', 'SSL-CIPHER', 'ssl-CipherString', '--cipher', '-cipher', 'cipher', 'CipherString']
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  for (let f = 1; f <= 3; f++)
    for (const prefix of ['ssl-', 'SSL-', '--', ''])
      for (const cmd of [...cmds, 'ssl-', '', 's']) {
        const conf = O.SSL_CONF_CTX_new()
        O.SSL_CONF_CTX_set_ssl_ctx(conf, ctx)
        // C takes arguments from the last to the first.
        const set = O.SSL_CONF_CTX_set1_prefix(conf, prefix)
        const cleared = O.SSL_CONF_CTX_clear_flags(conf, SERVER)
        const flags = O.SSL_CONF_CTX_set_flags(conf, f | CLIENT | O.SSL_CONF_FLAG_SHOW_ERRORS)
        const result = O.SSL_CONF_cmd(conf, cmd, 'ALL')
        const type = O.SSL_CONF_cmd_value_type(conf, cmd)
        stage.lines.push(
          `flags ${flags.toString(16)} ${cleared.toString(16)} prefix ${set} ${prefix} ${cmd}: ${type} ${result}${errors()}`,
        )
      }
  O.SSL_CTX_free(ctx)
}

function args(stage: Stage): void {
  const argv = ['-cipher', 'ALL', '-no_ticket', '-curves', 'P-256', '-cipher', 'nonsense', '-other', '-cipher']
  const ctx = need(O.SSL_CTX_new(O.DTLS_method()))
  for (let k = 0; k < 2; k++)
    for (let at = 0; at < 10; at++) {
      const left = { value: argv.slice(at) }
      const argc = { value: 9 - at }
      const conf = O.SSL_CONF_CTX_new()
      O.SSL_CONF_CTX_set_flags(conf, O.SSL_CONF_FLAG_FILE | CLIENT | O.SSL_CONF_FLAG_SHOW_ERRORS)
      O.SSL_CONF_CTX_set_ssl_ctx(conf, ctx)
      const result = O.SSL_CONF_cmd_argv(conf, k === 1 ? null : argc, left)
      const flags = O.SSL_CONF_CTX_set_flags(conf, 0).toString(16)
      stage.lines.push(
        `argv ${k} ${at}: ${result}, left ${argc.value}, at ${9 - left.value.length}, flags ${flags}${errors()}`,
      )
    }
  const conf = O.SSL_CONF_CTX_new()
  stage.lines.push(`null ${O.SSL_CONF_cmd(conf, null, null)}${errors()} type ${O.SSL_CONF_cmd_value_type(conf, null)}`)
  O.SSL_CTX_free(ctx)
}

function errors(): string {
  let text = ''
  for (let code = O.ERR_get_error(); code !== 0; code = O.ERR_get_error())
    text += ` ${code.toString(16).toUpperCase().padStart(8, '0')}`
  return text
}
