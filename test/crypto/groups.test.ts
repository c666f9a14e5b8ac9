import { createECDH, getCurves } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { fromHex, toHex } from '../../lib/base/bytes.ts'
import { systemRandom } from '../../lib/base/random.ts'
import { GROUPS, groupById, groupByName, type NamedGroup } from '../../lib/crypto/groups.ts'
import { scripted, seededRandom } from './helpers.ts'

function group(id: number): NamedGroup {
  const found = groupById(id)
  if (found === undefined) throw new Error(`no group ${id}`)
  return found
}

const VECTORS = [
  {
    source: 'X25519, RFC 7748 section 6.1',
    id: 29,
    privateKey: '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb',
    publicKey: 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    peer: '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    secret: '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742',
  },
  {
    source: 'X448, RFC 7748 section 6.2',
    id: 30,
    privateKey:
      '9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b',
    publicKey:
      '9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0',
    peer: '3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609',
    secret:
      '07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d',
  },
  {
    source: 'P-256, RFC 5903 section 8.1',
    id: 23,
    privateKey: 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433',
    publicKey:
      '04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
    peer: '04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab',
    secret: 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
  },
]

test.each(VECTORS)('$source', ({ id, privateKey, publicKey, peer, secret }) => {
  const share = group(id).generate(scripted(privateKey))
  expect(toHex(share.publicKey)).toBe(publicKey)
  expect(toHex(share.agree(fromHex(peer)) ?? new Uint8Array(0))).toBe(secret)
})

const QUICK = GROUPS.filter(row => row.kind !== 'ff' || row.bits < 4096)

describe.each(QUICK.map(row => ({ row, name: row.name })))('$name', ({ row }) => {
  test('both sides come to the same secret, whichever way the keys were made', () => {
    for (const source of [seededRandom(row.id), systemRandom]) {
      const [ours, theirs] = [row.generate(seededRandom(1)), row.generate(source)]
      const secret = ours.agree(theirs.publicKey)
      expect(secret).not.toBeNull()
      expect(theirs.agree(ours.publicKey)).toEqual(secret)
      if (row.kind === 'ec') expect(secret).toHaveLength(Math.ceil(row.bits / 8))
    }
  })

  test('the same seed gives the same key; the system gives another each time', () => {
    expect(row.generate(seededRandom(5)).publicKey).toEqual(row.generate(seededRandom(5)).publicKey)
    expect(row.generate(systemRandom).publicKey).not.toEqual(row.generate(systemRandom).publicKey)
  })

  test('refuses values of another length', () => {
    const share = row.generate(seededRandom(1))
    const { publicKey } = row.generate(seededRandom(2))
    expect(share.agree(new Uint8Array(0))).toBeNull()
    expect(share.agree(new Uint8Array([...publicKey, 1]))).toBeNull()
    if (row.kind !== 'ff') expect(share.agree(publicKey.subarray(1))).toBeNull()
  })

  test('is of no use once wiped', () => {
    const share = row.generate(seededRandom(1))
    const { publicKey } = row.generate(seededRandom(2))
    share.wipe()
    expect(() => share.agree(publicKey)).toThrow('wiped')
  })
})

describe('points that are none', () => {
  test('off the curve, compressed, hybrid, at infinity (RFC 8422 section 5.1.2)', () => {
    const share = group(23).generate(seededRandom(1))
    const peer = createECDH('prime256v1')
    const good = new Uint8Array(peer.generateKeys())
    const off = new Uint8Array(good)
    off[64] = (off[64] ?? 0) ^ 1
    expect(share.agree(good)).not.toBeNull()
    expect(share.agree(off)).toBeNull()
    expect(share.agree(new Uint8Array(65).fill(0xff))).toBeNull()
    expect(share.agree(new Uint8Array(peer.getPublicKey(null, 'compressed')))).toBeNull()
    expect(share.agree(new Uint8Array(peer.getPublicKey(null, 'hybrid')))).toBeNull()
    expect(share.agree(new Uint8Array([0]))).toBeNull()
    // The field prime as x: not reduced.
    const unreduced = new Uint8Array(65)
    unreduced[0] = 4
    unreduced.set(fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff'), 1)
    expect(share.agree(unreduced)).toBeNull()
  })

  test('points of small order on Curve25519 and Curve448 (RFC 7748 section 6)', () => {
    const small = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
      `ec${'ff'.repeat(30)}7f`,
      `ed${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
    ]
    const share = group(29).generate(seededRandom(1))
    for (const point of small) expect(share.agree(fromHex(point))).toBeNull()
    for (const point of ['00'.repeat(56), `01${'00'.repeat(55)}`]) {
      expect(group(30).generate(seededRandom(1)).agree(fromHex(point))).toBeNull()
    }
  })
})

describe('private keys from a source', () => {
  test('a scalar that is zero or too large is drawn again', () => {
    const share = group(23).generate(scripted('00'.repeat(32), 'ff'.repeat(32), VECTORS[2]?.privateKey ?? ''))
    expect(toHex(share.publicKey)).toBe(VECTORS[2]?.publicKey)
  })

  test('a source that gives nothing else is given up', () => {
    expect(() => group(23).generate(length => new Uint8Array(length))).toThrow('random source')
  })

  test('P-521: the seven bits above the order are cleared', () => {
    const scalar = `01${'5a'.repeat(65)}`
    const masked = group(25).generate(scripted(`ff${scalar.slice(2)}`))
    expect(masked.publicKey).toEqual(group(25).generate(scripted(scalar)).publicKey)
    expect(masked.publicKey).toHaveLength(133)
  })
})

// Node 20 can deadlock when a generated key is exported as JWK while its generation job is collected: then this never ends.
test('thousands of X25519 keys in a row', () => {
  const row = group(29)
  const peer = row.generate(seededRandom(1)).publicKey
  const secrets = Array.from({ length: 2000 }, () => row.generate(systemRandom).agree(peer))
  expect(secrets.filter(secret => secret?.length !== 32)).toEqual([])
})

test('the table: numbers once each, found by number, name and alias', () => {
  expect(new Set(GROUPS.map(row => row.id)).size).toBe(GROUPS.length)
  for (const row of GROUPS) {
    expect(groupById(row.id)).toBe(row)
    for (const name of [row.name, ...row.aliases]) expect(groupByName(name)).toBe(row)
  }
  expect(groupByName('P-256')?.id).toBe(23)
  expect(groupByName('prime256v1')?.id).toBe(23)
  expect(groupByName('p-256')).toBeUndefined()
  expect(groupById(0)).toBeUndefined()
  expect(GROUPS.some(row => row.name === 'secp256k1')).toBe(getCurves().includes('secp256k1'))
})
