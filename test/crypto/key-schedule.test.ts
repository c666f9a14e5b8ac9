import { describe, expect, test } from '@jest/globals'
import { concat, fromHex, toHex, utf8 } from '../../lib/base/bytes.ts'
import {
  connectionKeys,
  exportKeyingMaterial,
  extendedMasterSecret,
  isReservedLabel,
  masterSecret,
  verifyData,
  wipeKeys,
} from '../../lib/crypto/key-schedule.ts'
import { SUITES } from '../../lib/crypto/suites.ts'

const SECRET = Uint8Array.from({ length: 48 }, (_, i) => i)
const CLIENT = new Uint8Array(32).fill(0xc1)
const SERVER = new Uint8Array(32).fill(0x52)
const HASH = new Uint8Array(32).fill(0xab)

/** Made with `openssl kdf ... TLS1-PRF`, label and seed put together by hand. */
const RECORDED = [
  {
    hash: 'sha256',
    master: '73cc60aba717aff148825e8b233657e192db724f79306d2da6c539c85b9dcf1ec6fcf0c52f9f98150eda8d584ea2f04f',
    extended: 'fa15573eb63c744455fcd77852510646613962e9d38b5b99a72e96ccd837d6a6a005e32c1592139094160259bd5e6c91',
    client: 'cb3784e8e28ca046c0504e05',
    server: '1af59829b31965ad5f304d07',
  },
  {
    hash: 'sha384',
    master: 'f3f15fcace0af58e39421087f22b3cc5977af9e67f85d98dc6bf0b78ba9dc67d65f35bd7a7c364977ef1bc81d150e225',
    extended: 'a6467f36558d19e934f71b53a7cfa50a9e5807d4f308cb4254ebb411095cc9b22ac19ccaf255c714bbb679b623338777',
    client: 'bb4a70059046257128aeedce',
    server: '549e46c059be6555cf22ad2f',
  },
  {
    hash: 'md5-sha1',
    master: 'fe4887673ab250bfcc06997f2b5958d99f8129ea8b5decb1af1e1d5dae825344fb6f2ff59d7b711e867c9d38a2ffd111',
    extended: '5725efba161fa3150c9dcae54a9ffb1be67adc28053e7bd54d109de9632f1ca25da7a743f96abf37c19bf975f7249eb3',
    client: '92021994c15186c0ba99058f',
    server: 'e20cce37fd3605538d96bcd2',
  },
] as const

const KEY_BLOCK =
  '1fa4a508cc10b2eefb6d2d1e4eb5e7ee7aa4e10eb4b91ae7f7f6cfc6a28f02fb35d2c3a386581e5ccb56e5af96955bd66080530edc8b33c6c406bc7320e55987d47b1ba1c591575ff97bcff3061d33c414c1cd816ac20a6273c964dbb6f21a6724b7f54d953efba4'

describe.each(RECORDED)('$hash', ({ hash, master, extended, client, server }) => {
  test('master secret, extended master secret, Finished', () => {
    expect(toHex(masterSecret(hash, SECRET, CLIENT, SERVER))).toBe(master)
    expect(toHex(extendedMasterSecret(hash, SECRET, HASH))).toBe(extended)
    expect(toHex(verifyData(hash, SECRET, 'client', HASH))).toBe(client)
    expect(toHex(verifyData(hash, SECRET, 'server', HASH))).toBe(server)
  })
})

describe('key block (RFC 5246 section 6.3)', () => {
  function keys(name: string, explicitIv: boolean) {
    const suite = SUITES.find(known => known.name === name)
    if (suite === undefined) throw new Error(`no suite ${name}`)
    const { client, server } = connectionKeys('sha256', SECRET, CLIENT, SERVER, suite, explicitIv)
    const parts = [client.macKey, server.macKey, client.key, server.key, client.iv, server.iv]
    return { lengths: parts.map(part => part.length), block: toHex(concat(...parts)) }
  }

  test.each([
    ['TLS_RSA_WITH_AES_128_CBC_SHA', false, [20, 20, 16, 16, 16, 16]],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', true, [20, 20, 16, 16, 0, 0]],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', true, [0, 0, 16, 16, 4, 4]],
    ['TLS_PSK_WITH_AES_128_CCM_8', true, [0, 0, 16, 16, 4, 4]],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', true, [0, 0, 32, 32, 12, 12]],
    ['TLS_RSA_WITH_NULL_SHA256', true, [32, 32, 0, 0, 0, 0]],
  ] as const)('%s, explicit IV %s', (name, explicitIv, lengths) => {
    const cut = keys(name, explicitIv)
    expect(cut.lengths).toEqual(lengths)
    expect(cut.block).toBe(KEY_BLOCK.slice(0, cut.block.length))
  })

  test('wipeKeys leaves zeros', () => {
    const direction = { macKey: fromHex('01'), key: fromHex('02'), iv: fromHex('03') }
    wipeKeys(direction)
    expect(concat(direction.macKey, direction.key, direction.iv)).toEqual(new Uint8Array(3))
  })
})

describe('exporter (RFC 5705)', () => {
  const material = (context: Uint8Array | null) =>
    toHex(exportKeyingMaterial('sha256', SECRET, CLIENT, SERVER, utf8('EXPORTER-test'), context, 20))

  test('no context, an empty one, and one with content all differ', () => {
    expect(material(null)).toBe('f35810bfa2aabc2769195f9c0ac697dc82959d00')
    expect(material(new Uint8Array(0))).toBe('898d06e4e9baaa38f249aeb2ec92b988dfac898c')
    expect(material(fromHex('010203'))).toBe('36a84f9090f40011d458b0b9bbd9160fa6b73b14')
  })

  test('a context that its length field cannot hold is refused', () => {
    expect(() => material(new Uint8Array(0x10000))).toThrow(RangeError)
    expect(material(new Uint8Array(0xffff))).toHaveLength(40)
  })

  test('labels of TLS itself are reserved', () => {
    for (const label of [
      'master secret',
      'client finished',
      'server finished',
      'key expansion',
      'extended master secret',
    ]) {
      expect(isReservedLabel(utf8(label))).toBe(true)
    }
    expect(isReservedLabel(utf8('key expansion of mine'))).toBe(true)
    expect(isReservedLabel(utf8('EXPORTER_DTLS_OVER_SCTP'))).toBe(false)
    expect(isReservedLabel(new Uint8Array(0))).toBe(false)
  })
})
