import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type BIO, BIO_free } from '../../../lib/openssl/bio/bio.ts'
import { BIO_new_file } from '../../../lib/openssl/bio/file.ts'
import { BIO_reset } from '../../../lib/openssl/bio/macros.ts'
import { ERR_TXT_STRING } from '../../../lib/openssl/constants/err.ts'
import { ERR_get_error_all } from '../../../lib/openssl/err/get.ts'
import {
  d2i_X509_bio,
  PEM_read_bio_PrivateKey,
  PEM_read_bio_X509,
  PEM_read_bio_X509_AUX,
  PEM_read_bio_X509_CRL,
  PEM_X509_INFO_read_bio,
} from '../../../lib/openssl/x509/files/pem.ts'
import { X509_STORE_load_file, X509_STORE_load_path, X509_STORE_new } from '../../../lib/openssl/x509/store/store.ts'
import { realTranscript } from '../real.ts'

const folder = mkdtempSync(join(tmpdir(), 'files-'))
afterAll(() => rmSync(folder, { recursive: true }))

const openssl = (...args: string[]): string =>
  execFileSync('openssl', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })

/** Encrypted so that the wrong pass phrases of this test show at the padding: one time in 256 it looks right by chance. */
function encrypted(file: string, command: string, option: string): void {
  do openssl(command, option, '-in', 'pkcs8', '-passout', 'pass:secret', '-out', file)
  while (!['wrong', ''].every(phrase => failsAtPadding(file, phrase)))
}

function failsAtPadding(file: string, phrase: string): boolean {
  const { stderr } = spawnSync('openssl', ['pkey', '-in', file, '-passin', `pass:${phrase}`], {
    cwd: folder,
    encoding: 'utf8',
  })
  return stderr.includes('bad decrypt')
}
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const block = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`

openssl(
  'req',
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  '-keyout',
  'pkcs8',
  '-out',
  'cert',
  '-subj',
  '/CN=a',
  '-days',
  '2',
)
openssl('x509', '-in', 'cert', '-outform', 'DER', '-out', 'der')
encrypted('encrypted', 'pkcs8', '-topk8')
encrypted('legacy', 'ec', '-aes128')
openssl('ec', '-in', 'pkcs8', '-out', 'old')
openssl('pkey', '-in', 'pkcs8', '-outform', 'DER', '-out', 'keyder')
write('index', '')
write('ca.cnf', '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=2\n')
openssl('ca', '-config', 'ca.cnf', '-gencrl', '-cert', 'cert', '-keyfile', 'pkcs8', '-out', 'crl')
write('chain', `text\n${read('cert')}more text\n${read('cert')}`)
write('junk', 'hello world\n')
write('empty', '')
write('cut', read('cert').slice(0, 200))
write('base64', read('cert').replace(/^(.*\n.*\n)..../, '$1!!!!'))
write('endline', read('cert').replace('END CERTIFICATE', 'END CERTIFICATES'))
write('notder', block('CERTIFICATE', 'AAAA'))
write('secondbad', read('cert') + block('CERTIFICATE', 'AAAA'))
write('badcipher', read('legacy').replace(/DEK-Info: .*/, 'DEK-Info: NONSENSE,00'))
write('badkey', block('PRIVATE KEY', 'AAAA'))
write('mixed', read('crl') + read('pkcs8') + read('cert') + read('encrypted'))

const FILES = [
  'cert',
  'chain',
  'der',
  'junk',
  'empty',
  'cut',
  'base64',
  'endline',
  'notder',
  'secondbad',
  'old',
  'pkcs8',
  'encrypted',
  'legacy',
  'badcipher',
  'badkey',
  'crl',
  'mixed',
  'keyder',
]

function transcript(): string[] {
  const lines: string[] = []
  const say = (what: string, result: unknown): void => {
    const number = typeof result === 'number' ? result : Number(result !== null)
    lines.push(`${what} = ${number}:${errors()}`)
  }
  const give = (phrase: string) => (buf: Uint8Array, size: number, rwflag: number) => {
    lines.push(`asked ${size} ${rwflag}`)
    return Buffer.from(buf.buffer, buf.byteOffset, buf.length).write(phrase)
  }
  for (const name of FILES) {
    lines.push(`--- ${name}`)
    const path = join(folder, name)
    const bio = BIO_new_file(path, 'r')
    if (bio === null) throw new Error(`no ${name}`)
    const again = (what: string, use: (bio: BIO) => unknown): void => {
      say(what, use(bio))
      BIO_reset(bio)
    }
    say('PEM X509', PEM_read_bio_X509(bio))
    again('PEM X509 next', PEM_read_bio_X509)
    again('PEM X509_AUX', PEM_read_bio_X509_AUX)
    again('DER X509', d2i_X509_bio)
    again('PEM CRL', PEM_read_bio_X509_CRL)
    again('key, no callback', b => PEM_read_bio_PrivateKey(b, null, null, 'secret'))
    again('key, wrong', b => PEM_read_bio_PrivateKey(b, null, give('wrong')))
    again('key, right', b => PEM_read_bio_PrivateKey(b, null, give('secret')))
    again('key, empty', b => PEM_read_bio_PrivateKey(b, null, give('')))
    again('key, refused', b => PEM_read_bio_PrivateKey(b, null, () => -1))
    again('INFO', b => PEM_X509_INFO_read_bio(b, null, () => -1)?.length ?? -1)
    BIO_free(bio)
    say('load_file', X509_STORE_load_file(X509_STORE_new(), path))
  }
  say('load_file missing', X509_STORE_load_file(X509_STORE_new(), join(folder, 'missing')))
  say('load_path missing', X509_STORE_load_path(X509_STORE_new(), join(folder, 'missing')))
  return lines
}

function errors(): string {
  let text = ''
  const data = { value: '' }
  const flags = { value: 0 }
  for (
    let e = ERR_get_error_all(null, null, null, data, flags);
    e !== 0;
    e = ERR_get_error_all(null, null, null, data, flags)
  )
    text += ` ${e.toString(16).toUpperCase()}(${(flags.value & ERR_TXT_STRING) !== 0 ? data.value : ''})`
  return text
}

/** The case each line belongs to, so that one difference does not hide the others. */
function byCase(lines: readonly string[]): string[] {
  let name = ''
  return lines.map(line => {
    if (line.startsWith('--- ')) name = line.slice(4)
    return `${name}: ${line}`
  })
}

describe('reading files', () => {
  test('answers and queues what libcrypto does', () => {
    const ours = byCase(transcript())
    expect(ours).toContain('encrypted: key, right = 1:')
    const source = readFileSync(new URL('files.c', import.meta.url), 'utf8')
    const real = realTranscript(`#define DIR ${JSON.stringify(folder)}\n${source}`)
    if (real !== null) expect(ours).toEqual(byCase(real))
  })
})
