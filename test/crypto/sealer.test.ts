import { describe, expect, test } from '@jest/globals'
import { concat } from '../../lib/base/bytes.ts'
import { CIPHERS } from '../../lib/crypto/ciphers.ts'
import { createOpener, createPlainOpener, createPlainSealer, createSealer } from '../../lib/crypto/protection.ts'
import type { SealMode } from '../../lib/crypto/sealer.ts'
import { type CipherSuite, SUITES } from '../../lib/crypto/suites.ts'
import { flipped, keysFor, seededRandom } from './helpers.ts'
import { aeadFragment, recordMac } from './reference.ts'

const TYPE = 23
const VERSION = 0xfefd
const HIGH = 0x0001fedc
const LOW = 0x89abcdef

const MODES: readonly SealMode[] = [
  { encryptThenMac: false, explicitIv: true },
  { encryptThenMac: true, explicitIv: true },
  { encryptThenMac: false, explicitIv: false },
  { encryptThenMac: true, explicitIv: false },
]

/** One suite for each way of protecting records: the others differ in the key exchange only. */
const PROTECTIONS: readonly CipherSuite[] = [
  ...new Map(SUITES.filter(suite => suite.available).map(suite => [`${suite.cipher} ${suite.mac}`, suite])).values(),
]
/** The form that connections use, and the one on node:crypto alone; where there is one form they are the same. */
const FORMS = {
  fast: { createSealer, createOpener },
  plain: { createSealer: createPlainSealer, createOpener: createPlainOpener },
} as const
type Form = (typeof FORMS)[keyof typeof FORMS]

const CASES = PROTECTIONS.flatMap(suite =>
  (CIPHERS[suite.cipher].kind === 'cbc' ? MODES : MODES.slice(0, 1)).flatMap(mode =>
    formsOf(suite).map(form => ({ suite, mode, form: FORMS[form], title: `${title(suite, mode)}, ${form}` })),
  ),
)

function formsOf(suite: CipherSuite): (keyof typeof FORMS)[] {
  return suite.mac === 'aead' ? ['fast', 'plain'] : ['fast']
}

function title(suite: CipherSuite, mode: SealMode): string {
  const order = mode.encryptThenMac ? 'encrypt-then-MAC' : 'as ever'
  return `${suite.cipher} ${suite.mac}, ${order}, ${mode.explicitIv ? 'explicit' : 'implicit'} IV`
}

function pair(suite: CipherSuite, mode: SealMode, form: Form = FORMS.fast) {
  const keys = keysFor(suite, mode.explicitIv)
  return { sealer: form.createSealer(suite, keys, mode, seededRandom(7)), opener: form.createOpener(suite, keys, mode) }
}

function seal(sealer: ReturnType<typeof createSealer>, plaintext: Uint8Array, low = LOW): Uint8Array {
  const out = new Uint8Array(sealer.sealedLength(plaintext.length))
  expect(sealer.seal(TYPE, VERSION, HIGH, low, plaintext, out, 0)).toBe(out.length)
  return out
}

function text(length: number): Uint8Array {
  return seededRandom(length)(length)
}

test('every protection that a suite can ask for is tested', () => {
  expect(new Set(PROTECTIONS.map(suite => suite.cipher))).toEqual(new Set(Object.keys(CIPHERS)))
})

describe.each(CASES)('$title', ({ suite, mode, form }) => {
  test('opens what it sealed, record after record', () => {
    const { sealer, opener } = pair(suite, mode, form)
    for (const [i, length] of [0, 1, 15, 16, 17, 64, 255, 256, 1000, 16384].entries()) {
      const plaintext = text(length)
      const opened = opener.open(TYPE, VERSION, HIGH, i, seal(sealer, plaintext, i))
      // `toEqual` takes milliseconds on the long ones.
      expect(opened !== null && Buffer.compare(opened, plaintext) === 0).toBe(true)
    }
  })

  test('writes where it is told to and nowhere else', () => {
    const { sealer, opener } = pair(suite, mode, form)
    const plaintext = text(100)
    const length = sealer.sealedLength(100)
    const out = new Uint8Array(length + 20).fill(0xee)
    expect(sealer.seal(TYPE, VERSION, HIGH, LOW, plaintext, out, 13)).toBe(length)
    expect(out.subarray(0, 13)).toEqual(new Uint8Array(13).fill(0xee))
    expect(out.subarray(13 + length)).toEqual(new Uint8Array(7).fill(0xee))
    expect(opener.open(TYPE, VERSION, HIGH, LOW, out.subarray(13, 13 + length))).toEqual(plaintext)
  })

  test('maxPlaintext is the largest that fits', () => {
    const { sealer } = pair(suite, mode, form)
    const least = sealer.sealedLength(0)
    for (let room = 0; room < least; room++) expect(sealer.maxPlaintext(room)).toBe(0)
    for (let room = least; room < least + 34; room++) {
      const most = sealer.maxPlaintext(room)
      expect(sealer.sealedLength(most)).toBeLessThanOrEqual(room)
      expect(sealer.sealedLength(most + 1)).toBeGreaterThan(room)
    }
  })

  test('refuses flipped bits, every cut, and foreign header fields', () => {
    const plaintext = text(5)
    const { sealer } = pair(suite, mode, form)
    const sealed = seal(sealer, plaintext)
    // A fresh opener each time where the chain runs from record to record; one that survives everything otherwise.
    const kept = pair(suite, mode, form).opener
    const opener = () => (mode.explicitIv ? kept : pair(suite, mode, form).opener)
    const damaged = [
      // A chained opener is made anew for each, so there it is every ninth bit.
      ...Array.from({ length: sealed.length * 8 }, (_, bit) => bit)
        .filter(bit => mode.explicitIv || bit % 9 === 0)
        .map(bit => flipped(sealed, bit)),
      ...Array.from(sealed, (_, cut) => sealed.subarray(0, cut)),
    ]
    expect(damaged.filter(fragment => opener().open(TYPE, VERSION, HIGH, LOW, fragment) !== null)).toEqual([])
    expect(opener().open(TYPE, VERSION, HIGH, LOW, concat(sealed, new Uint8Array(16)))).toBeNull()
    expect(opener().open(TYPE - 1, VERSION, HIGH, LOW, sealed)).toBeNull()
    expect(opener().open(TYPE, VERSION + 1, HIGH, LOW, sealed)).toBeNull()
    expect(opener().open(TYPE, VERSION ^ 0x100, HIGH, LOW, sealed)).toBeNull()
    expect(opener().open(TYPE, VERSION, HIGH ^ 0x10000, LOW, sealed)).toBeNull()
    expect(opener().open(TYPE, VERSION, HIGH, LOW + 1, sealed)).toBeNull()
    expect(opener().open(TYPE, VERSION, HIGH, LOW, sealed)).toEqual(plaintext)
  })

  test('keeps its own copy of the keys', () => {
    const keys = keysFor(suite, mode.explicitIv)
    const sealer = form.createSealer(suite, keys, mode, seededRandom(7))
    const opener = form.createOpener(suite, keys, mode)
    for (const part of [keys.key, keys.iv, keys.macKey]) part.fill(0)
    const sealed = seal(sealer, text(20))
    expect(opener.open(TYPE, VERSION, HIGH, LOW, sealed)).toEqual(text(20))
    expect(pair(suite, mode, form).opener.open(TYPE, VERSION, HIGH, LOW, sealed)).toEqual(text(20))
  })
})

describe('what is on the wire', () => {
  const aeads = PROTECTIONS.filter(suite => suite.mac === 'aead')

  const forms = aeads.flatMap(suite =>
    formsOf(suite).map(form => ({ suite, form: FORMS[form], name: `${suite.cipher}, ${form}` })),
  )
  test.each(forms)('$name is as its RFC says', ({ suite, form }) => {
    const keys = keysFor(suite, true)
    const { sealer } = pair(suite, { encryptThenMac: false, explicitIv: true }, form)
    for (const length of [0, 1, 16, 61, 300]) {
      const record = { type: TYPE, version: VERSION, seqHigh: HIGH, seqLow: LOW, plaintext: text(length) }
      expect(seal(sealer, record.plaintext)).toEqual(aeadFragment(suite, keys, record))
    }
  })

  test.each(['md5', 'sha1', 'sha256'] as const)('null with %s is the text and its MAC', mac => {
    const suite = PROTECTIONS.find(row => row.cipher === 'null' && row.mac === mac)
    if (suite === undefined) throw new Error(`no null suite with ${mac}`)
    const record = { type: TYPE, version: VERSION, seqHigh: HIGH, seqLow: LOW, plaintext: text(30) }
    const { sealer } = pair(suite, { encryptThenMac: false, explicitIv: true })
    const expected = recordMac(mac, keysFor(suite, true).macKey, record, record.plaintext)
    expect(seal(sealer, record.plaintext)).toEqual(concat(record.plaintext, expected))
  })

  test('all 64 bits of the sequence number count', () => {
    for (const { suite, form } of PROTECTIONS.flatMap(suite =>
      formsOf(suite).map(name => ({ suite, form: FORMS[name] })),
    )) {
      const { sealer, opener } = pair(suite, { encryptThenMac: false, explicitIv: true }, form)
      const out = new Uint8Array(sealer.sealedLength(4))
      sealer.seal(TYPE, VERSION, 0xffffffff, 0xfffffffe, text(4), out, 0)
      expect(opener.open(TYPE, VERSION, 0x7fffffff, 0xfffffffe, out)).toBeNull()
      expect(opener.open(TYPE, VERSION, 0xffffffff, 0x7ffffffe, out)).toBeNull()
      expect(opener.open(TYPE, VERSION, 0xffffffff, 0xfffffffe, out)).toEqual(text(4))
    }
  })
})
