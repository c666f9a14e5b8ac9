import { describe, expect, test } from '@jest/globals'
import { PkiFailure } from '../../lib/pki/failure.ts'
import { MAX_PEM_LENGTH, nextPem, pemBlocks, writePem } from '../../lib/pki/pem.ts'
import { mutated, seeded } from './seeded.ts'

const data = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff)

describe('writing and reading', () => {
  test.each([0, 1, 2, 3, 47, 48, 49, 96, 1000])('%d bytes', length => {
    const text = writePem('CERTIFICATE', data(length))
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(64)
    expect(text).not.toContain('\n\n')
    expect(nextPem(text)).toMatchObject({
      label: 'CERTIFICATE',
      headers: [],
      data: data(length),
      text,
      end: text.length,
    })
  })

  test('several blocks with text around them, in the lines of any system', () => {
    const text = `Subject: x\n${writePem('A', data(5))}between\n${writePem('B C', data(100)).replaceAll('\n', '\r\n')}after`
    expect([...pemBlocks(text)].map(({ label, data: bytes }) => [label, bytes.length])).toEqual([
      ['A', 5],
      ['B C', 100],
    ])
  })

  test('headers stand before an empty line, continuation lines belong to the one before', () => {
    const text = '-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,\n  00FF\n\nAAAA\n-----END X-----\n'
    expect(nextPem(text)?.headers).toEqual([
      ['Proc-Type', '4,ENCRYPTED'],
      ['DEK-Info', 'AES,00FF'],
    ])
  })

  test('a start line begins a line; a text without one holds nothing', () => {
    expect(nextPem(' -----BEGIN X-----\nAAAA\n-----END X-----\n')).toBeNull()
    expect(nextPem('')).toBeNull()
  })
})

describe('refusals', () => {
  test.each([
    ['no end line', '-----BEGIN X-----\nAAAA\n', 'bad-end-line'],
    ['the end line of another label', '-----BEGIN X-----\nAAAA\n-----END Y-----\n', 'bad-end-line'],
    ['a character outside the alphabet', '-----BEGIN X-----\nAA!A\n-----END X-----\n', 'bad-base64'],
    ['an incomplete group', '-----BEGIN X-----\nAAA\n-----END X-----\n', 'bad-base64'],
    ['padding inside', '-----BEGIN X-----\nAA==AAAA\n-----END X-----\n', 'bad-base64'],
    ['stray bits behind the last octet', '-----BEGIN X-----\nAAB=\n-----END X-----\n', 'bad-base64'],
    ['headers without an empty line', '-----BEGIN X-----\nA: b\nAAAA\n-----END X-----\n', 'bad-base64'],
  ])('%s', (_, text, reason) => {
    expect(() => nextPem(text)).toThrow(expect.objectContaining({ reason }))
  })

  test('a text that is too large is not looked at', () => {
    expect(() => nextPem(' '.repeat(MAX_PEM_LENGTH + 1))).toThrow(expect.objectContaining({ reason: 'too-large' }))
  })

  test('white space without end does not take time without end', () => {
    const blanks = ' '.repeat(1_000_000)
    expect(() => nextPem(`-----BEGIN X-----\nA:${blanks}x${blanks}y\n${blanks}\nAAAA`)).toThrow(PkiFailure)
    expect(nextPem(`-----BEGIN X-----\n${blanks}\n${blanks}\n-----END X-----\n`)?.data.length).toBe(0)
  })

  test('mutations throw PkiFailure and nothing else', () => {
    const random = seeded(2)
    const text = Buffer.from(`x\n${writePem('CERTIFICATE', data(200))}${writePem('KEY', data(60))}`)
    for (let round = 0; round < 3000; round++) {
      try {
        for (const block of pemBlocks(Buffer.from(mutated(text, random)).toString('latin1')))
          expect(block.end).toBeGreaterThan(0)
      } catch (error) {
        if (!(error instanceof PkiFailure)) throw error
      }
    }
  })
})
