import { expect, test } from '@jest/globals'
import { concat, toHex } from '../../../lib/base/bytes.ts'
import * as O from '../../../lib/index.ts'
import { realTranscript } from '../real.ts'

function encrypted(c: O.EVP_CIPHER, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array {
  const [out, rest] = [new Uint8Array(80), new Uint8Array(80)]
  const [a, b] = [{ value: 0 }, { value: 0 }]
  const ctx = O.EVP_CIPHER_CTX_new()
  O.EVP_EncryptInit_ex(ctx, c, null, key, iv)
  O.EVP_EncryptUpdate(ctx, out, a, data, data.length)
  O.EVP_EncryptFinal_ex(ctx, rest, b)
  O.EVP_CIPHER_CTX_free(ctx)
  return concat(out.subarray(0, a.value), rest.subarray(0, b.value))
}

function transcript(): string[] {
  const lines: string[] = []
  const H = (what: string, bytes: Uint8Array | null): void =>
    void lines.push(`${what} ${toHex(bytes ?? new Uint8Array())}`)
  const key = Uint8Array.from({ length: 64 }, (_, i) => i)
  const data = Uint8Array.from({ length: 48 }, (_, i) => (i < 16 ? i + 48 : i) * 3)
  const iv = Uint8Array.from({ length: 16 }, (_, i) => 99 - 48 - i)
  for (const kind of ['ecb', 'cbc', 'ctr', 'cfb', 'cfb1', 'cfb8', 'ofb', 'gcm', 'xts'])
    for (const bits of [128, 192, 256]) {
      const c = O.EVP_get_cipherbyname(`aes-${bits}-${kind}`)
      if (c === null) continue
      const sizes = [O.EVP_CIPHER_key_length(c), O.EVP_CIPHER_iv_length(c), O.EVP_CIPHER_block_size(c)]
      lines.push(`aes-${bits}-${kind} ${O.EVP_CIPHER_nid(c)} ${sizes.join(' ')} ${O.EVP_CIPHER_mode(c)}`)
      H(`aes-${bits}-${kind}`, encrypted(c, key, iv, data))
    }
  const md = new Uint8Array(64)
  const n = { value: 0 }
  H('sha1', O.SHA1(data, 48, md))
  H('sha224', O.SHA224(data, 47, md))
  H('sha256', O.SHA256(data, 0, md))
  H('sha384', O.SHA384(data, 1, md))
  H('sha512', O.SHA512(data, 48, md))
  const mac = (name: string, room: number): number =>
    Number(O.EVP_Q_mac(null, name, null, 'SHA256', null, key, 20, data, 48, md, room, n) !== null)
  lines.push(`mac ${mac('HMAC', 64)}`)
  H('mac', md.subarray(0, n.value))
  lines.push(`mac none ${mac('nothing', 64)}`, `mac room ${mac('HMAC', 31)}`)
  lines.push(`pbkdf2 ${O.PKCS5_PBKDF2_HMAC_SHA1('password', -1, iv, 16, 1000, 33, md)}`)
  H('pbkdf2', md.subarray(0, 33))
  lines.push(`pbkdf2 ${O.PKCS5_PBKDF2_HMAC('password', 4, iv, 8, 10, O.EVP_sha384(), 60, md)}`)
  H('pbkdf2', md.subarray(0, 60))
  O.ERR_clear_error()
  return lines
}

test('ciphers of AES, digests, codes and keys of passwords are those of the real library', () => {
  const real = realTranscript(new URL('at-once.c', import.meta.url))
  const ours = transcript()
  expect(ours.length).toBeGreaterThan(60)
  if (real !== null) expect(ours).toEqual(real)
})

test('each cipher has its function', () => {
  const functions = [
    ...[O.EVP_aes_128_cfb, O.EVP_aes_192_cfb, O.EVP_aes_256_cfb, O.EVP_aes_128_cfb1, O.EVP_aes_192_cfb1],
    ...[O.EVP_aes_256_cfb1, O.EVP_aes_128_cfb8, O.EVP_aes_192_cfb8, O.EVP_aes_256_cfb8, O.EVP_aes_128_ofb],
    ...[O.EVP_aes_192_ofb, O.EVP_aes_256_ofb, O.EVP_aes_128_xts, O.EVP_aes_256_xts, O.EVP_aes_128_ctr],
    ...[O.EVP_aes_192_ctr, O.EVP_aes_256_ctr, O.EVP_aes_128_ecb, O.EVP_aes_192_ecb, O.EVP_aes_256_ecb],
    ...[O.EVP_aes_192_cbc, O.EVP_aes_192_gcm, O.EVP_aes_256_gcm, O.EVP_aes_128_cfb128, O.EVP_aes_192_cfb128],
    ...[O.EVP_aes_256_cfb128, O.EVP_des_ede3_cbc],
  ]
  const nids = [421, 425, 429, 650, 651, 652, 653, 654, 655, 420, 424, 428, 913, 914, 904, 905, 906, 418, 422, 426]
  const rest = [423, 898, 901, 421, 425, 429, 44]
  expect(functions.map(cipher => O.EVP_CIPHER_nid(cipher()))).toEqual([...nids, ...rest])
})
