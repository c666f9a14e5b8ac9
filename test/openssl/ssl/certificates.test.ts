import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from '@jest/globals'
import * as O from '../../../lib/index.ts'
import { writePem } from '../../../lib/pki/pem.ts'
import { caExtensions, issue, type Party } from '../../pki/authority.ts'
import { type Call, play, program, type Scene } from './calls.ts'
import { compare } from './record.ts'

const VECTORS = fileURLToPath(new URL('../../vectors/certificates', import.meta.url))
const MADE = mkdtempSync(join(tmpdir(), 'openssl-shim-'))
afterAll(() => rmSync(MADE, { recursive: true, force: true }))

const PRELUDE = `
#define DIR "${VECTORS}/"
#define MADE "${MADE}/"
static X509 *cert(const char *path) {
  BIO *in = BIO_new_file(path, "r"); X509 *x = PEM_read_bio_X509(in, NULL, NULL, NULL); BIO_free(in); return x;
}
static EVP_PKEY *key(const char *path) {
  BIO *in = BIO_new_file(path, "r"); EVP_PKEY *k = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL); BIO_free(in); return k;
}
static STACK_OF(X509) *chain(X509 *x) { STACK_OF(X509) *sk = sk_X509_new_null(); sk_X509_push(sk, x); return sk; }
static const char *subject(X509 *x) { return x ? X509_NAME_oneline(X509_get_subject_name(x), NULL, 0) : NULL; }
static int asked = 0;
static int password(char *buf, int size, int rwflag, void *u) {
  asked = size * 10 + rwflag; strcpy(buf, u); return strlen(u);
}
static STACK_OF(X509) *sk;
static EVP_PKEY *dhparams(const char *path) {
  BIO *in = BIO_new_file(path, "r"); EVP_PKEY *k = PEM_read_bio_Parameters(in, NULL); BIO_free(in); return k;
}
`

const DIR = `${VECTORS}/`
const write = (name: string, text: string) => writeFileSync(join(MADE, name), text)
const pem = (party: Party) => writePem('CERTIFICATE', party.certificate.der)
const keyPem = (party: Party) => party.key.export({ format: 'pem', type: 'pkcs8' }).toString()

/** Good at whatever time the tests run: the real library looks at the clock. */
const always = { from: Date.UTC(2020, 0), to: Date.UTC(2120, 0) }
const root = issue('root', { ...always, extensions: caExtensions() })
const middle = issue('middle', { ...always, by: root, extensions: caExtensions() })
const leaf = issue('leaf', { ...always, by: middle })
const weakKey = issue('weak', {
  ...always,
  key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
  identifiers: false,
})
const weakDigest = issue('weak digest', { ...always, by: root, digest: 'sha1' })
const weakMiddle = issue('weak middle', { ...always, by: root, digest: 'sha1', extensions: caExtensions() })
for (const [name, party] of Object.entries({ root, middle, leaf, weakKey, weakDigest, weakMiddle })) {
  write(`${name}.pem`, pem(party))
  write(`${name}.key.pem`, keyPem(party))
  writeFileSync(join(MADE, `${name}.der`), party.certificate.der)
  writeFileSync(join(MADE, `${name}.key.der`), party.key.export({ format: 'der', type: 'pkcs8' }))
}
write('chain.pem', pem(leaf) + pem(middle) + pem(root))
write('weak-chain.pem', pem(weakDigest) + pem(root))
write('chain-with-weak.pem', pem(leaf) + pem(weakMiddle))
write('broken-chain.pem', `${pem(leaf)}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`)
write('text.pem', 'no PEM here\n')
write(
  'encrypted.pem',
  leaf.key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'secret' }).toString(),
)
write('dh1024.pem', writePem('DH PARAMETERS', Buffer.from(DH_1024(), 'hex')))

/** The second Oakley group (RFC 2409 section 6.2), 1024 bits, as PKCS#3. */
function DH_1024(): string {
  const prime =
    'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6d' +
    'f25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381' +
    'ffffffffffffffff'
  return `30818702818100${prime}020102`
}

function cert(path: string): O.X509 {
  const bio = O.BIO_new_file(path, 'r')
  const x = bio && O.PEM_read_bio_X509(bio)
  if (x === null) throw new Error(path)
  return x
}

function key(path: string): O.EVP_PKEY {
  const bio = O.BIO_new_file(path, 'r')
  const pkey = bio && O.PEM_read_bio_PrivateKey(bio)
  if (pkey === null) throw new Error(path)
  return pkey
}

function dhparams(path: string): O.EVP_PKEY | null {
  const bio = O.BIO_new_file(path, 'r')
  return bio && O.PEM_read_bio_Parameters(bio)
}

const subject = (x: O.X509 | null) => (x === null ? null : O.X509_NAME_oneline(O.X509_get_subject_name(x)))
const from = (place: 'DIR' | 'MADE', file: string) => (place === 'DIR' ? DIR : `${MADE}/`) + file

const certificateFile = (place: 'DIR' | 'MADE', file: string, type = 1): Call => [
  `SSL_CTX_use_certificate_file(ctx, ${place} "${file}", ${type})`,
  ({ ctx }) => O.SSL_CTX_use_certificate_file(ctx, from(place, file), type),
]
const keyFile = (place: 'DIR' | 'MADE', file: string, type = 1): Call => [
  `SSL_CTX_use_PrivateKey_file(ctx, ${place} "${file}", ${type})`,
  ({ ctx }) => O.SSL_CTX_use_PrivateKey_file(ctx, from(place, file), type),
]
const chainFile = (place: 'DIR' | 'MADE', file: string): Call => [
  `SSL_CTX_use_certificate_chain_file(ctx, ${place} "${file}")`,
  ({ ctx }) => O.SSL_CTX_use_certificate_chain_file(ctx, from(place, file)),
]
const check: Call = ['SSL_CTX_check_private_key(ctx)', ({ ctx }) => O.SSL_CTX_check_private_key(ctx)]
const current: Call = ['subject(SSL_CTX_get0_certificate(ctx))', ({ ctx }) => subject(O.SSL_CTX_get0_certificate(ctx))]
const hasKey: Call = [
  'SSL_CTX_get0_privatekey(ctx) != NULL',
  ({ ctx }) => Number(O.SSL_CTX_get0_privatekey(ctx) !== null),
]
const chainLength: Call = [
  '(SSL_CTX_get0_chain_certs(ctx, &sk), sk_X509_num(sk))',
  ({ ctx }) => {
    const sk: O.Out<O.X509[] | null> = { value: null }
    O.SSL_CTX_get0_chain_certs(ctx, sk)
    return sk.value?.length ?? -1
  },
]
const level = (number: number): Call => [
  `(SSL_CTX_set_security_level(ctx, ${number}), ${number})`,
  ({ ctx }) => {
    O.SSL_CTX_set_security_level(ctx, number)
    return number
  },
]
const password = (text: string): Call => [
  `(SSL_CTX_set_default_passwd_cb(ctx, password), SSL_CTX_set_default_passwd_cb_userdata(ctx, "${text}"), 1)`,
  ({ ctx }) => {
    O.SSL_CTX_set_default_passwd_cb(ctx, (buf, size, rwflag, u) => {
      asked = size * 10 + rwflag
      return new TextEncoder().encodeInto(String(u), buf).written
    })
    O.SSL_CTX_set_default_passwd_cb_userdata(ctx, text)
    return 1
  },
]
let asked = 0
const trust = (file: string): Call => [
  `SSL_CTX_load_verify_file(ctx, MADE "${file}")`,
  ({ ctx }) => O.SSL_CTX_load_verify_file(ctx, from('MADE', file)),
]
const build = (flags: number): Call => [
  `SSL_CTX_build_cert_chain(ctx, ${flags})`,
  ({ ctx }) => O.SSL_CTX_build_cert_chain(ctx, flags),
]
const select = (file: string): Call => [
  `SSL_CTX_select_current_cert(ctx, cert(DIR "${file}"))`,
  ({ ctx }) => O.SSL_CTX_select_current_cert(ctx, cert(DIR + file)),
]
const both = (leafFile: string, keyName: string | null, override: number): Call => [
  `SSL_CTX_use_cert_and_key(ctx, cert(DIR "${leafFile}"), ${keyName === null ? 'NULL' : `key(DIR "${keyName}")`}, NULL, ${override})`,
  ({ ctx }) =>
    O.SSL_CTX_use_cert_and_key(ctx, cert(DIR + leafFile), keyName === null ? null : key(DIR + keyName), null, override),
]
const setCurrent = (op: number): Call => [
  `SSL_CTX_set_current_cert(ctx, ${op})`,
  ({ ctx }) => O.SSL_CTX_set_current_cert(ctx, op),
]

const SCENES: readonly Scene[] = [
  {
    name: 'files',
    calls: [
      certificateFile('MADE', 'missing'),
      certificateFile('MADE', 'text.pem'),
      certificateFile('MADE', 'leaf.pem', 2),
      certificateFile('MADE', 'leaf.pem', 7),
      certificateFile('MADE', 'leaf.der', 2),
      current,
      keyFile('MADE', 'missing'),
      keyFile('MADE', 'text.pem'),
      keyFile('MADE', 'leaf.key.der', 7),
      keyFile('MADE', 'leaf.key.der', 2),
      check,
      chainFile('MADE', 'missing'),
      chainFile('MADE', 'text.pem'),
      chainFile('MADE', 'chain.pem'),
      chainLength,
      check,
      chainFile('MADE', 'leaf.pem'),
      chainLength,
    ],
  },
  {
    name: 'key first',
    calls: [
      keyFile('DIR', 'p256.key.pem'),
      check,
      certificateFile('DIR', 'client.pem'),
      check,
      hasKey,
      current,
      keyFile('DIR', 'client.key.pem'),
      check,
    ],
  },
  {
    name: 'certificate first',
    calls: [
      certificateFile('DIR', 'p256.pem'),
      check,
      keyFile('DIR', 'client.key.pem'),
      hasKey,
      check,
      keyFile('DIR', 'p256.key.pem'),
      check,
      keyFile('DIR', 'p384.key.pem'),
      check,
    ],
  },
  {
    name: 'several kinds',
    calls: [
      ...['rsa', 'p256', 'ed25519', 'rsa-pss', 'ed448'].flatMap(name => [
        certificateFile('DIR', `${name}.pem`),
        keyFile('DIR', `${name}.key.pem`),
        check,
      ]),
      current,
      setCurrent(1),
      current,
      ...[2, 2, 2, 2, 2].flatMap(op => [setCurrent(op), current]),
      setCurrent(9),
      select('rsa.pem'),
      current,
      select('p384.pem'),
      current,
    ],
  },
  {
    name: 'certificate and key',
    calls: [
      both('rsa.pem', 'p256.key.pem', 0),
      both('rsa.pem', 'client-rsa.key.pem', 0),
      both('rsa.pem', 'rsa.key.pem', 0),
      both('client-rsa.pem', 'client-rsa.key.pem', 0),
      current,
      both('client-rsa.pem', 'client-rsa.key.pem', 1),
      current,
      both('p256.pem', null, 0),
      hasKey,
      check,
    ],
  },
  {
    name: 'encrypted key',
    calls: [
      password('wrong'),
      keyFile('MADE', 'encrypted.pem'),
      ['asked', () => asked],
      password('secret'),
      keyFile('MADE', 'encrypted.pem'),
      hasKey,
    ],
  },
  {
    name: 'strength',
    calls: [
      certificateFile('MADE', 'weakKey.pem'),
      certificateFile('MADE', 'weakDigest.pem'),
      chainFile('MADE', 'weak-chain.pem'),
      chainFile('MADE', 'chain-with-weak.pem'),
      current,
      chainLength,
      [
        'SSL_CTX_add1_chain_cert(ctx, cert(MADE "weakMiddle.pem"))',
        ({ ctx }) => O.SSL_CTX_add1_chain_cert(ctx, cert(from('MADE', 'weakMiddle.pem'))),
      ],
      [
        'SSL_CTX_set1_chain(ctx, chain(cert(MADE "weakMiddle.pem")))',
        ({ ctx }) => O.SSL_CTX_set1_chain(ctx, [cert(from('MADE', 'weakMiddle.pem'))]),
      ],
      [
        'SSL_CTX_add_extra_chain_cert(ctx, cert(MADE "weakMiddle.pem"))',
        ({ ctx }) => O.SSL_CTX_add_extra_chain_cert(ctx, cert(from('MADE', 'weakMiddle.pem'))),
      ],
      level(1),
      certificateFile('MADE', 'weakKey.pem'),
      certificateFile('MADE', 'weakDigest.pem'),
      level(0),
      certificateFile('MADE', 'weakDigest.pem'),
      chainFile('MADE', 'chain-with-weak.pem'),
      level(3),
      certificateFile('DIR', 'rsa.pem'),
      certificateFile('DIR', 'p256.pem'),
      level(5),
      certificateFile('DIR', 'p256.pem'),
      keyFile('DIR', 'rsa.key.pem'),
    ],
  },
  {
    name: 'chains',
    calls: [
      certificateFile('MADE', 'leaf.pem'),
      build(0),
      build(8),
      build(8 | 16),
      chainLength,
      trust('root.pem'),
      build(0),
      [
        'SSL_CTX_add1_chain_cert(ctx, cert(MADE "middle.pem"))',
        ({ ctx }) => O.SSL_CTX_add1_chain_cert(ctx, cert(from('MADE', 'middle.pem'))),
      ],
      build(1),
      chainLength,
      build(1 | 2),
      chainLength,
      build(4 | 8),
      chainLength,
      ['SSL_CTX_clear_chain_certs(ctx)', ({ ctx }) => O.SSL_CTX_clear_chain_certs(ctx)],
      chainLength,
      [
        'SSL_CTX_set1_chain(ctx, chain(cert(MADE "middle.pem")))',
        ({ ctx }) => O.SSL_CTX_set1_chain(ctx, [cert(from('MADE', 'middle.pem'))]),
      ],
      chainLength,
      ['SSL_CTX_set0_chain(ctx, NULL)', ({ ctx }) => O.SSL_CTX_set0_chain(ctx, null)],
      chainLength,
    ],
  },
  {
    name: 'authorities',
    calls: [
      [
        'SSL_CTX_add_client_CA(ctx, cert(MADE "root.pem"))',
        ({ ctx }) => O.SSL_CTX_add_client_CA(ctx, cert(from('MADE', 'root.pem'))),
      ],
      [
        'sk_X509_NAME_num(SSL_CTX_get_client_CA_list(ctx))',
        ({ ctx }) => O.SSL_CTX_get_client_CA_list(ctx)?.length ?? -1,
      ],
      ['sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx))', ({ ctx }) => O.SSL_CTX_get0_CA_list(ctx)?.length ?? -1],
      ['sk_X509_NAME_num(SSL_get0_CA_list(ssl))', ({ ssl }) => O.SSL_get0_CA_list(ssl)?.length ?? -1],
      [
        'SSL_CTX_add1_to_CA_list(ctx, cert(MADE "root.pem"))',
        ({ ctx }) => O.SSL_CTX_add1_to_CA_list(ctx, cert(from('MADE', 'root.pem'))),
      ],
      ['sk_X509_NAME_num(SSL_get0_CA_list(ssl))', ({ ssl }) => O.SSL_get0_CA_list(ssl)?.length ?? -1],
      [
        'sk_X509_NAME_num(SSL_load_client_CA_file(MADE "chain.pem"))',
        () => O.SSL_load_client_CA_file(from('MADE', 'chain.pem'))?.length ?? -1,
      ],
      [
        'sk_X509_NAME_num(SSL_load_client_CA_file(DIR "long-chain.pem"))',
        () => O.SSL_load_client_CA_file(`${DIR}long-chain.pem`)?.length ?? -1,
      ],
      [
        'SSL_add_dir_cert_subjects_to_stack(sk_X509_NAME_new_null(), MADE)',
        () => O.SSL_add_dir_cert_subjects_to_stack([], MADE),
      ],
    ],
  },
  {
    name: 'diffie-hellman',
    calls: [
      [
        'SSL_CTX_set0_tmp_dh_pkey(ctx, dhparams(MADE "dh1024.pem"))',
        ({ ctx }) => O.SSL_CTX_set0_tmp_dh_pkey(ctx, dhparams(from('MADE', 'dh1024.pem'))),
      ],
      level(1),
      [
        'SSL_CTX_set0_tmp_dh_pkey(ctx, dhparams(MADE "dh1024.pem"))',
        ({ ctx }) => O.SSL_CTX_set0_tmp_dh_pkey(ctx, dhparams(from('MADE', 'dh1024.pem'))),
      ],
      ['dhparams(MADE "text.pem") != NULL', () => Number(dhparams(from('MADE', 'text.pem')) !== null)],
    ],
  },
]

compare('certificates', () => play(SCENES), program(SCENES, PRELUDE))
