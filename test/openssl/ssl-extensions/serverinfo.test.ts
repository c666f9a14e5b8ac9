import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { certificatePath, compare, type Stage } from './stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'serverinfo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `SSL_EXT_*` of what 1.0.2 meant, and of both hellos. */
const OLD = '000001d0'
const BOTH = '00000180'

const BYTES: readonly (readonly [version: number, hex: string])[] = [
  [1, '03e80002abcd'],
  [1, '03e80000'],
  [1, '03e80003abcd'],
  [1, '03e8'],
  [1, '0000000101'],
  [2, `${OLD}03e80002abcd`],
  [2, `${BOTH}03e80002abcd`],
  [2, `${OLD}03e80002abcd${BOTH}03e900010f`],
  [2, `${OLD}03e80002abcd${OLD}03e80002abcd`],
  [2, '03e80002abcd'],
  [3, '03e80002abcd'],
]

const pem = (label: string, hex: string): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(hex, 'hex').toString('base64')}\n-----END ${label}-----\n`
const FILES: readonly string[] = [
  pem('SERVERINFO FOR 1000', '03e80002abcd'),
  pem('SERVERINFO FOR 1000', '03e80002abcd') + pem('SERVERINFOV2 FOR 1001', `${BOTH}03e900010f`),
  pem('SERVERINFO FOR 1000', '03e80003abcd'),
  pem('SERVERINFOV2 FOR 1000', '03e80002abcd'),
  pem('SERVERINFO', '03e80002abcd'),
  pem('SERVERINFOV2 FO', '03e80002abcd'),
  pem('SOMETHING ELSE THAT IS LONG', '03e80002abcd'),
  'nothing',
]
FILES.forEach((text, i) => void writeFileSync(join(folder, `${i}.pem`), text))

const C = `
static int parse(SSL *ssl, unsigned type, const unsigned char *in, size_t inlen, int *al, void *arg) { shown("client reads", in, inlen); return 1; }
static int add(SSL *ssl, unsigned type, const unsigned char **out, size_t *outlen, int *al, void *arg) { *out = arg; *outlen = strlen(arg); return 1; }
static void ask(const char *with) {
  SSL_CTX_add_client_custom_ext(cc, 1000, add, NULL, (void *)with, parse, NULL); SSL_CTX_add_client_custom_ext(cc, 1001, add, NULL, (void *)with, parse, NULL);
  open_pair(); shake(); close_pair(); end();
}
static unsigned char *bytes(const char *hex, size_t *n) { static unsigned char b[200]; for (*n = 0; hex[*n * 2]; ++*n) { unsigned v; sscanf(hex + *n * 2, "%2x", &v); b[*n] = v; } return b; }
static void play_all(void) {
  size_t n; unsigned char *p; char name[500];
${BYTES.map(([version, hex]) => `  begin("${version} ${hex}"); p = bytes("${hex}", &n); say("ex", SSL_CTX_use_serverinfo_ex(sc, ${version}, p, n)); ask("");`).join('\n')}
  begin("plain"); p = bytes("03e80002abcd", &n); say("use", SSL_CTX_use_serverinfo(sc, p, n)); ask("");
  begin("nothing"); say("null", SSL_CTX_use_serverinfo(sc, NULL, 5)); say("empty", SSL_CTX_use_serverinfo(sc, p, 0)); say("no file", SSL_CTX_use_serverinfo_file(sc, NULL)); end();
  begin("asked with something"); p = bytes("03e80002abcd", &n); say("use", SSL_CTX_use_serverinfo(sc, p, n)); ask("x");
  begin("of another certificate"); p = bytes("03e80002abcd", &n); say("use", SSL_CTX_use_serverinfo(sc, p, n));
  SSL_CTX_use_certificate_chain_file(sc, DIR "rsa.pem"); SSL_CTX_use_PrivateKey_file(sc, DIR "rsa.key.pem", 1); SSL_CTX_set_cipher_list(cc, "ECDHE-RSA-AES128-GCM-SHA256"); ask("");
  for (int i = 0; i < ${FILES.length}; i++) { sprintf(name, "file %d", i); begin(name); char path[500]; sprintf(path, ${JSON.stringify(`${folder}/`)} "%d.pem", i); say("file", SSL_CTX_use_serverinfo_file(sc, path)); ask(""); }
  begin("no such file"); say("file", SSL_CTX_use_serverinfo_file(sc, "/nowhere/at/all")); end();
}
`

compare('serverinfo', C, stage => {
  const bytes = Buffer.from('03e80002abcd', 'hex')
  for (const [version, hex] of BYTES) {
    stage.begin(`${version} ${hex}`)
    stage.say('ex', O.SSL_CTX_use_serverinfo_ex(stage.sc, version, Buffer.from(hex, 'hex')))
    ask(stage, '')
  }
  stage.begin('plain')
  stage.say('use', O.SSL_CTX_use_serverinfo(stage.sc, bytes, 6))
  ask(stage, '')
  stage.begin('nothing')
  stage.say('null', O.SSL_CTX_use_serverinfo(stage.sc, null, 5))
  stage.say('empty', O.SSL_CTX_use_serverinfo(stage.sc, bytes, 0))
  stage.say('no file', O.SSL_CTX_use_serverinfo_file(stage.sc, null))
  stage.end()
  stage.begin('asked with something')
  stage.say('use', O.SSL_CTX_use_serverinfo(stage.sc, bytes))
  ask(stage, 'x')
  stage.begin('of another certificate')
  stage.say('use', O.SSL_CTX_use_serverinfo(stage.sc, bytes))
  O.SSL_CTX_use_certificate_chain_file(stage.sc, certificatePath('rsa'))
  O.SSL_CTX_use_PrivateKey_file(stage.sc, certificatePath('rsa.key'), O.SSL_FILETYPE_PEM)
  O.SSL_CTX_set_cipher_list(stage.cc, 'ECDHE-RSA-AES128-GCM-SHA256')
  ask(stage, '')
  for (const i of FILES.keys()) {
    stage.begin(`file ${i}`)
    stage.say('file', O.SSL_CTX_use_serverinfo_file(stage.sc, join(folder, `${i}.pem`)))
    ask(stage, '')
  }
  stage.begin('no such file')
  stage.say('file', O.SSL_CTX_use_serverinfo_file(stage.sc, '/nowhere/at/all'))
  stage.end()
})

function ask(stage: Stage, text: string): void {
  const add: O.custom_ext_add_cb = (_ssl, _type, out, outlen) => {
    out.value = Buffer.from(text)
    outlen.value = text.length
    return 1
  }
  const parse: O.custom_ext_parse_cb = (_ssl, _type, bytes, length) => {
    stage.shown('client reads', bytes.subarray(0, length))
    return 1
  }
  for (const type of [1000, 1001]) O.SSL_CTX_add_client_custom_ext(stage.cc, type, add, null, null, parse, null)
  stage.openPair()
  stage.shake()
  stage.closePair()
  stage.end()
}
