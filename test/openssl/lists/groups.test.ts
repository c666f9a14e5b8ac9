import { describe, expect, test } from '@jest/globals'
import * as objects from '../../../lib/openssl/constants/obj-mac.ts'
import {
  DEFAULT_GROUPS,
  groupName,
  groupNid,
  groupOfNid,
  groupsFromNids,
  parseGroupsList,
} from '../../../lib/openssl/ssl/algorithms/lists/groups.ts'

describe('SSL_CTX_set1_groups_list, measured on libssl 3.0', () => {
  test.each([
    ['P-256:X25519', [23, 29]],
    ['prime256v1:X448', [23, 30]],
    ['secp256r1', [23]],
    ['P-384:P-521', [24, 25]],
    ['secp384r1:secp521r1', [24, 25]],
    ['x25519:x448', [29, 30]],
    [' X25519 : P-256 ', [29, 23]],
    ['\tX25519\n:\vP-256\f', [29, 23]],
    ['ffdhe2048:ffdhe8192', [0x100, 0x104]],
    ['brainpoolP256r1:brainpoolP384r1:brainpoolP512r1', [26, 27, 28]],
    ['B-571:K-163', [14, 1]],
    ['secp192r1', [19]],
    ['prime192v1', [19]],
    ['P-192', [19]],
    ['P-224', [21]],
    ['B-163', [3]],
    ['secp256k1', [22]],
  ])('%j', (text, ids) => {
    expect(parseGroupsList(text)).toEqual(ids)
  })

  test.each([
    'nonsense',
    '?X25519',
    'P-256/X25519',
    'p-256',
    'P-256:nonsense',
    'X25519:?P-256',
    'brainpoolP256r1tls13',
  ])('%j names an unknown group', text => {
    expect(parseGroupsList(text)).toBe('unknown-group')
  })

  test.each(['', ' ', ':', 'X25519:', 'P-256::X25519', 'P-256:secp256r1', 'X25519:x25519', 'P'.repeat(64)])(
    '%j is malformed',
    text => {
      expect(parseGroupsList(text)).toBe('malformed')
    },
  )

  test('the first fault decides which it is', () => {
    expect(parseGroupsList('nonsense::P-256')).toBe('unknown-group')
    expect(parseGroupsList('P-256::nonsense')).toBe('malformed')
    expect(parseGroupsList('P'.repeat(63))).toBe('unknown-group')
  })
})

describe('NIDs', () => {
  test('SSL_CTX_set1_groups, measured on libssl 3.0', () => {
    expect(groupsFromNids([415, 1034])).toEqual([23, 29])
    expect(groupsFromNids([1126])).toEqual([0x100])
    expect(groupsFromNids([415, 1034, 415])).toBeNull()
    expect(groupsFromNids([9999])).toBeNull()
    expect(groupsFromNids([415, 9999])).toBeNull()
    expect(groupsFromNids([])).toBeNull()
  })

  test('every group of the table has the NID of its name in obj_mac.h', () => {
    const nids = new Map(Object.entries(objects))
    const ids = [...Array.from({ length: 30 }, (_, i) => i + 1), 0x100, 0x101, 0x102, 0x103, 0x104]
    for (const id of ids) {
      const name = groupName(id)
      expect(name).not.toBeNull()
      const special: Record<string, number> = { secp192r1: 409, secp256r1: 415, x25519: 1034, x448: 1035 }
      const nid = special[name ?? ''] ?? nids.get(`NID_${name}`)
      expect([name, groupNid(id)]).toEqual([name, nid])
      expect(groupOfNid(groupNid(id))).toBe(id)
      expect(parseGroupsList(name ?? '')).toEqual([id])
    }
  })

  test('a group without a NID is marked', () => {
    expect(groupNid(0x11ec)).toBe(0x010011ec)
    expect(groupOfNid(0x010011ec)).toBe(0x11ec)
    expect(groupOfNid(9999)).toBeUndefined()
    expect(groupName(0x11ec)).toBeNull()
  })
})

test('the default offer of a DTLS 1.2 client comes first, then the groups of TLS 1.3', () => {
  expect(DEFAULT_GROUPS.slice(0, 5)).toEqual([0x1d, 0x17, 0x1e, 0x19, 0x18])
  expect(DEFAULT_GROUPS.slice(5)).toEqual([0x100, 0x101, 0x102, 0x103, 0x104])
})
