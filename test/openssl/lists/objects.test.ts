import { expect, test } from '@jest/globals'
import {
  OBJ_ln2nid,
  OBJ_nid2ln,
  OBJ_nid2obj,
  OBJ_nid2sn,
  OBJ_obj2nid,
  OBJ_obj2txt,
  OBJ_sn2nid,
  OBJ_txt2nid,
} from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

const LAST = 1250
const PROGRAM = `
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
int main(void) {
  puts(OpenSSL_version(OPENSSL_VERSION));
  for (int n = 0; n < ${LAST}; n++) {
    const ASN1_OBJECT *o = OBJ_nid2obj(n);
    char text[100] = "";
    if (o == NULL) continue;
    OBJ_obj2txt(text, sizeof(text), o, 1);
    if (n == 393 || n == 404) continue;
    printf("%d %s %s %s %d %d %d %d\\n", n, OBJ_nid2sn(n), OBJ_nid2ln(n), text, OBJ_obj2nid(o), OBJ_sn2nid(OBJ_nid2sn(n)),
      OBJ_ln2nid(OBJ_nid2ln(n)), OBJ_txt2nid(text));
  }
  return 0;
}`

test('the table of objects is that of libcrypto', () => {
  const theirs = realTranscript(PROGRAM)
  if (theirs === null) return
  const ours = Array.from({ length: LAST }, (_, n) => n).flatMap(n => {
    const object = OBJ_nid2obj(n)
    if (object === null) return []
    const [short, long, text] = [OBJ_nid2sn(n) ?? '', OBJ_nid2ln(n) ?? '', OBJ_obj2txt(object, 1)]
    const numbers = [OBJ_obj2nid(object), OBJ_sn2nid(short), OBJ_ln2nid(long), OBJ_txt2nid(text)]
    return [`${n} ${short} ${long} ${text} ${numbers.join(' ')}`]
  })
  // In C an object keeps its number: one that has no identifier, and 676, whose identifier is also that of 379.
  const comparable = (line: string): boolean => !/ {2}/.test(line) && !/^(?:0|676) /.test(line)
  expect(ours.filter(comparable)).toEqual(theirs.filter(comparable))
  expect(ours.filter(comparable).length).toBeGreaterThan(1000)
})
