import { expect, test } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

/** Configurations as the real library reads them: text, section, name; @ stands for $, null is NULL. */
const CASES = (
  [
    ['a=b\n', 'default', 'a'],
    ['a=b\n', null, 'a'],
    ['a = b c \n', 'x', 'a'],
    ['[ s ]\na = 1\n[t]\na=2', 's', 'a'],
    ['[s]\na=1\n[t]\na=2', 't', 'a'],
    ['[s]\na=1\n', 't', 'a'],
    ['[s]\na=1\n', 's', 'b'],
    ['a=1\n[s]\nb=2\n', 's', 'a'],
    ['a=1 # comment\n', 'default', 'a'],
    ['# x\n\n  # y\na=1\n', 'default', 'a'],
    ['# x\n\n ; y\na=1\n', 'default', 'a'],
    ['a="q # x" y\n', 'default', 'a'],
    ["a='q'r\n", 'default', 'a'],
    ['a=x\\ny\\tz\\#w\\\\\n', 'default', 'a'],
    ['a=one\\\ntwo\n', 'default', 'a'],
    ['a=one\\\n#two\nb=3\n', 'default', 'b'],
    ['b=7\na=x@{b}y\n', 'default', 'a'],
    ['b=7\na=x@b.y\n', 'default', 'a'],
    ['b=7\na=@(b)\n', 'default', 'a'],
    ['b=7\na=@b)\n', 'default', 'a'],
    ['b=7\na=@{b)\n', 'default', 'a'],
    ['[s]\nb=7\n[t]\na=@{s::b}@s::b\n', 't', 'a'],
    ['a=@nope\n', 'default', 'a'],
    ['a=@{nope\n', 'default', 'a'],
    ['\n\nnovalue\n', 'default', 'a'],
    ['[s\n', 'default', 'a'],
    ['a=1\na=2\n', 'default', 'a'],
    ['s::a=1\n', 's', 'a'],
    ['a.b-c_d=1\n', 'default', 'a.b-c_d'],
    [' = 1\n', 'default', ''],
    ['a=\n', 'default', 'a'],
    ['a', 'default', 'a'],
    ['a=1', 'default', 'a'],
    ['[]\na=1\n', '', 'a'],
    ['.pragma dollarid:true\na=x@b\n', 'default', 'a'],
    ['.pragma dollarid:true\nb=1\na=x@{b}\n', 'default', 'a'],
    ['.pragma=1\na=1\n', 'default', 'a'],
    ['.pragmatic=1\n', 'default', '.pragmatic'],
    ['.pragma\na=1\n', 'default', 'a'],
    ['.pragma dollarid:maybe\na=1\n', 'default', 'a'],
    ['.pragma other:on\na=1\n', 'default', 'a'],
    ['.pragma = dollarid:on\na=x@b\n', 'default', 'a'],
    ['a="unclosed\nb=2\n', 'default', 'b'],
    ['a="unclosed # x\n', 'default', 'a'],
    ['a b=1\n', 'default', 'a b'],
    ['', null, 'a'],
    ['a=1\r\nb=2\r\n', 'default', 'a'],
    ['a=@ENV::OPENSSL_SHIM_NOT_SET\n', 'default', 'a'],
    ['\xef\xbb\xbfa=1\n', 'default', 'a'],
    ['a=@b\nb=1\n', 'default', 'a'],
    ['[default]\nb=9\n[x]\na=@b\n', 'x', 'a'],
    ['a=b\\\n', 'default', 'a'],
    ["a='it''s'\n", 'default', 'a'],
    ['a="x"`y`\n', 'default', 'a'],
    ['a="x\\"\\ny"\n', 'default', 'a'],
    ['a=\\@b\n', 'default', 'a'],
    ['a=@@b\n', 'default', 'a'],
    ['b=5\na=@b@b-@{b}\n', 'default', 'a'],
    ['a=x;y\n', 'default', 'a'],
    ['[ a b ]\nc=1\n', 'a b', 'c'],
    ['a=1\n[s]\nx=@{a}\n', 's', 'x'],
    ['a,b=1\n', 'default', 'a,b'],
    ['a%b=1\n', 'default', 'a%b'],
    ['[s] junk\na=1\n', 's', 'a'],
    ['[s]]\na=1\n', 's', 'a'],
    ['b=1\na=x"@{b}"\n', 'default', 'a'],
  ] satisfies readonly (readonly [string, string | null, string])[]
).map(([text, group, name]) => [text.replaceAll('@', '$'), group, name] as const)

const program = `
#include <openssl/conf.h>
#include <openssl/err.h>
#include <stdio.h>
static void tell(const char *what, const char *value) {
  unsigned long e; const char *data; int flags;
  printf("%s %s", what, value ? value : "null");
  while ((e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) printf(" %08lX <%s>", e, flags & ERR_TXT_STRING ? data : "");
  printf("\\n");
}
static void try(const char *text, int length, const char *group, const char *name) {
  CONF *conf = NCONF_new(NULL); BIO *bio = BIO_new_mem_buf(text, length); long line = -1; char number[20];
  sprintf(number, "%d", NCONF_load_bio(conf, bio, &line)); tell("load", number);
  printf("line %ld\\n", line);
  tell("get", NCONF_get_string(conf, group, name));
  NCONF_free(conf); BIO_free(bio);
}
int main(void) {
  puts(OpenSSL_version(OPENSSL_VERSION));
${CASES.map(([text, ...rest]) => `  try(${cString(text)}, ${text.length}, ${rest.map(cString).join(', ')});`).join('\n')}
  tell("nothing", NCONF_get_string(NULL, "s", "a"));
  return 0;
}`

test('configurations are read as the real library reads them', () => {
  const lines: string[] = []
  for (const [text, group, name] of CASES) {
    const conf = O.NCONF_new(null)
    const bio = O.BIO_new_mem_buf(Buffer.from(text, 'latin1'))
    const line = { value: -1 }
    if (bio === null) throw new Error('no BIO')
    lines.push(`load ${O.NCONF_load_bio(conf, bio, line)}${errors()}`, `line ${line.value}`)
    lines.push(`get ${O.NCONF_get_string(conf, group, name)}${errors()}`)
    O.NCONF_free(conf)
    expect(conf.sections.size).toBe(0)
  }
  lines.push(`nothing ${O.NCONF_get_string(null, 's', 'a')}${errors()}`)
  const real = realTranscript(program)
  if (real !== null) expect(lines.join('\n').split('\n')).toEqual(real)
  expect(lines.slice(0, 3)).toEqual(['load 1', 'line -1', 'get b'])
})

test('files are not included, and a value does not grow without end', () => {
  const load = (text: string) => {
    const bio = O.BIO_new_mem_buf(Buffer.from(text))
    return bio === null ? -1 : O.NCONF_load_bio(O.NCONF_new(), bio)
  }
  expect(load('.include /etc/passwd\n')).toBe(0)
  expect(O.ERR_GET_LIB(O.ERR_get_error())).toBe(O.ERR_LIB_CONF)
  const doubling = Array.from({ length: 40 }, (_, at) => `v${at + 1}=$v${at}$v${at}\n`)
  expect(load(`v0=x\n${doubling.join('')}`)).toBe(0)
  expect(errors()).toMatch(/^ 07000074/)
})

function errors(): string {
  const data = { value: '' }
  let text = ''
  for (let e: number; (e = O.ERR_get_error_all(null, null, null, data, null)) !== 0; )
    text += ` ${e.toString(16).toUpperCase().padStart(8, '0')} <${data.value}>`
  return text
}

function cString(text: string | null): string {
  if (text === null) return 'NULL'
  return [...text].map(at => `"\\x${at.charCodeAt(0).toString(16).padStart(2, '0')}"`).join('') || '""'
}
