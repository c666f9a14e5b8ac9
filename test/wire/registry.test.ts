import { describe, expect, test } from '@jest/globals'
import * as registry from '../../lib/wire/registry.ts'
import { compareVersions, DTLS_1_0, DTLS_1_2, TLS_1_0, TLS_1_1, TLS_1_2, versionOf } from '../../lib/wire/version.ts'

describe('registries', () => {
  test('name what they know and keep the number of what they do not', () => {
    expect(registry.nameOf(registry.HandshakeType, 3)).toBe('helloVerifyRequest')
    expect(registry.nameOf(registry.ExtensionType, 0xff01)).toBe('renegotiationInfo')
    expect(registry.nameOf(registry.ContentType, 99)).toBe('unknown(99)')
  })

  test('give no number twice', () => {
    const { nameOf: _, ...all } = registry
    for (const [name, entries] of Object.entries(all)) {
      const numbers = Object.values(entries)
      expect([name, new Set(numbers).size]).toEqual([name, numbers.length])
    }
  })
})

describe('versions', () => {
  test.each([
    [0xfefd, DTLS_1_2, 'DTLSv1.2', true, true, true],
    [0xfeff, DTLS_1_0, 'DTLSv1', true, true, false],
    [0x0303, TLS_1_2, 'TLSv1.2', false, true, true],
    [0x0302, TLS_1_1, 'TLSv1.1', false, true, false],
    [0x0301, TLS_1_0, 'TLSv1', false, false, false],
  ])('%i', (wire, version, name, datagram, explicitIv, twelve) => {
    expect(versionOf(wire)).toBe(version)
    expect(version).toMatchObject({ wire, name, datagram, explicitIv })
    expect([version.signatureAlgorithms, version.suitePrf, version.aead]).toEqual([twelve, twelve, twelve])
  })

  test('others are unknown', () => {
    for (const wire of [0x0300, 0x0304, 0xfefe, 0xfefc, 0x0100]) expect(versionOf(wire)).toBeUndefined()
  })

  test('compare by age, though DTLS numbers run backwards', () => {
    expect(compareVersions(DTLS_1_2, DTLS_1_0)).toBeGreaterThan(0)
    expect(compareVersions(TLS_1_0, TLS_1_1)).toBeLessThan(0)
    expect(compareVersions(DTLS_1_0, TLS_1_1)).toBe(0)
    expect(compareVersions(DTLS_1_2, TLS_1_2)).toBe(0)
  })
})
