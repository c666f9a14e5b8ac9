import { expect, test } from '@jest/globals'
import { encode, encodeOid, sequence, Tag } from '../../lib/pki/der.ts'
import { type Extension, ExtensionId } from '../../lib/pki/extensions.ts'
import { Name } from '../../lib/pki/name.ts'
import { VerifyError } from '../../lib/pki/path/verify-error.ts'
import { caExtensions, ext, type GeneralNameSpec, issue, nameOf, newKey } from './authority.ts'
import { seeded } from './seeded.ts'
import { type Case, testCases, transcript } from './verify-cases.ts'

// Name constraints (RFC 5280 section 4.2.1.10) at their corners.

const { permittedViolation: OUT, excludedViolation: IN, unsupportedNameSyntax: ODD } = VerifyError
const [key, leafKey] = [newKey(), newKey()]
const root = issue('Root', { key, extensions: caExtensions() })

/** A name in DER; unlike those of `ext` it may be constructed. */
type Der = Uint8Array
const primitive = ([type, value]: GeneralNameSpec): Der =>
  encode(0x80 | type, typeof value === 'string' ? Buffer.from(value, 'latin1') : value)
const directory = (name: Name): Der => encode(0xa4, name.der)
const other = (oid: string, value: Uint8Array): Der => encode(0xa0, encodeOid(oid), encode(0xa0, value))
const mailbox = (text: string, tag: number = Tag.utf8String): Der =>
  other('1.3.6.1.5.5.7.8.9', encode(tag, Buffer.from(text)))

const subtrees = (tag: number, list: readonly Der[]): Der[] =>
  list.length === 0 ? [] : [encode(tag, ...list.map(base => sequence(base)))]
const constraints = (permitted: readonly Der[], excluded: readonly Der[]): Extension => ({
  oid: ExtensionId.nameConstraints,
  critical: true,
  value: sequence(...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded)),
})
const alternatives = (names: readonly Der[]): Extension[] =>
  names.length === 0 ? [] : [{ oid: ExtensionId.subjectAltName, critical: false, value: sequence(...names) }]

function chain(
  permitted: readonly Der[],
  excluded: readonly Der[],
  names: readonly Der[],
  subject = nameOf('end'),
): Pick<Case, 'target' | 'untrusted' | 'trusted'> {
  const middle = issue('CA', { by: root, key, extensions: [...caExtensions(), constraints(permitted, excluded)] })
  const leaf = issue('', { by: middle, key: leafKey, subject, extensions: alternatives(names) })
  return { target: leaf.certificate, untrusted: [middle.certificate], trusted: [root.certificate] }
}

type Names = GeneralNameSpec | Der
const ders = (names: readonly Names[]): Der[] =>
  names.map(name => (name instanceof Uint8Array ? name : primitive(name)))

function permits(name: string, base: Names, wanted: Names, error: number, subject?: Name): Case {
  return { name: `permitted: ${name}`, ...chain(ders([base]), [], ders([wanted]), subject), error }
}
function excludes(name: string, base: Names, wanted: Names, error: number, subject?: Name): Case {
  return { name: `excluded: ${name}`, ...chain([], ders([base]), ders([wanted]), subject), error }
}

const dns = (name: string): Names => [2, name]
const mail = (name: string): Names => [1, name]
const uri = (name: string): Names => [6, name]
const ip = (...octets: number[]): Names => [7, Uint8Array.from(octets)]
const organisation = nameOf(['2.5.4.10', 'Org'])
const none = dns('end.example')
const v6 = (last: number): number[] => [0x20, 1, 0xd, 0xb8, ...new Array<number>(11).fill(0), last]
const mask = (ones: number): number[] => [...new Array<number>(ones).fill(255), ...new Array<number>(16 - ones).fill(0)]

const NAMED: Case[] = [
  permits('the host itself', dns('a.example'), dns('a.example'), 0),
  permits('in another case', dns('A.example'), dns('x.a.EXAMPLE'), 0),
  permits('everything', dns(''), dns('x.example'), 0),
  permits('a leading dot: not the host itself', dns('.a.example'), dns('a.example'), OUT),
  permits('a leading dot: what is below', dns('.a.example'), dns('x.a.example'), 0),
  permits('a NUL in the name', dns('a.example'), dns('b.example\0.a.example'), 0),
  permits('a NUL before the end', dns('a.example'), dns('a.example\0'), OUT),
  permits('a wildcard', dns('a.example'), dns('*.a.example'), 0),
  permits('a wildcard above', dns('x.a.example'), dns('*.a.example'), OUT),
  excludes('a leading dot', dns('.a.example'), dns('x.a.example'), IN),
  excludes('a leading dot: the host itself', dns('.a.example'), dns('a.example'), 0),
  excludes('everything', dns(''), dns('x.example'), IN),
  permits('an address', mail('joe@a.example'), mail('joe@A.example'), 0),
  permits('another local part', mail('joe@a.example'), mail('Joe@a.example'), OUT),
  permits('a local part of another length', mail('joe@a.example'), mail('joey@a.example'), OUT),
  permits('a host', mail('a.example'), mail('joe@a.example'), 0),
  permits('a host behind an @', mail('@a.example'), mail('joe@a.example'), 0),
  permits('a domain', mail('.a.example'), mail('joe@x.a.example'), 0),
  permits('a domain, the host itself', mail('.a.example'), mail('joe@a.example'), OUT),
  permits('a dot before an address', mail('.joe@a.example'), mail('.joe@a.example'), 0),
  permits('no @', mail('a.example'), mail('a.example'), ODD),
  permits('two @', mail('a.example'), mail('"x@y"@a.example'), 0),
  permits('a NUL in the local part', mail('j\0e@a.example'), mail('j\0e@a.example'), ODD),
  excludes('a host', mail('a.example'), mail('joe@a.example'), IN),
  permits('an internationalised address', mail('a.example'), mailbox('jö@a.example'), 0),
  permits('an internationalised host', mail('xn--bcher-kva.example'), mailbox('jö@bücher.example'), 0),
  permits('an internationalised host, another', mail('xn--bcher-kva.example'), mailbox('jö@bucher.example'), OUT),
  permits('an internationalised address of no text', mail('a.example'), mailbox('x@a.example', Tag.ia5String), ODD),
  permits('an internationalised address without @', mail('a.example'), mailbox('jö'), ODD),
  permits('a host that is no Punycode', mail('xn--\x7f.example'), mailbox('jö@a.example'), VerifyError.unspecified),
  excludes('an internationalised host', mail('xn--bcher-kva.example'), mailbox('jö@bücher.example'), IN),
  excludes('a plain address beside internationalised ones', mail('a.example'), mailbox('jö@b.example'), 0),
  permits('a URI', uri('a.example'), uri('https://a.example/x'), 0),
  permits('a URI with a port', uri('a.example'), uri('https://A.example:443/x'), 0),
  permits('a URI of a domain', uri('.a.example'), uri('https://x.a.example'), 0),
  permits('a URI of a domain, the host itself', uri('.a.example'), uri('https://a.example'), OUT),
  permits('a URI without a host', uri('a.example'), uri('https:///x'), ODD),
  permits('no hierarchy', uri('a.example'), uri('mailto:joe@a.example'), ODD),
  excludes('a URI', uri('a.example'), uri('ldap://a.example'), IN),
  permits('an IPv4 address', ip(10, 0, 0, 0, 255, 0, 0, 0), ip(10, 9, 8, 7), 0),
  permits('an IPv6 address', ip(...v6(0), ...mask(8)), ip(...v6(9)), 0),
  permits('another IPv6 address', ip(...v6(8), ...mask(16)), ip(...v6(9)), OUT),
  permits('IPv4 against IPv6', ip(...v6(0), ...mask(8)), ip(10, 9, 8, 7), OUT),
  permits('a base that is not aligned', ip(10, 1, 2, 3, 255, 0, 0, 0), ip(10, 9, 8, 7), 0),
  permits('a mask with holes', ip(10, 0, 2, 0, 255, 0, 255, 0), ip(10, 7, 2, 9), 0),
  permits('a base of no length', ip(10, 0, 0, 0), ip(10, 0, 0, 0), ODD),
  permits('an address of no length', ip(10, 0, 0, 0, 255, 0, 0, 0), ip(10, 0, 0), ODD),
  excludes('an IPv4 address', ip(0, 0, 0, 0, 0, 0, 0, 0), ip(10, 9, 8, 7), IN),
  permits('a directory', directory(organisation), none, 0, nameOf(['2.5.4.10', ' ORG '], 'end')),
  permits('another directory', directory(organisation), none, OUT, nameOf('end', ['2.5.4.10', 'Org'])),
  permits(
    'a directory among the other names',
    directory(organisation),
    directory(nameOf('x')),
    OUT,
    nameOf(['2.5.4.10', 'Org']),
  ),
  permits('no subject', directory(organisation), none, 0, Name.of([])),
  excludes('a directory', directory(organisation), none, IN, nameOf(['2.5.4.10', 'Org'], 'end')),
  excludes('every directory', directory(Name.of([])), none, IN),
  permits(
    'an address in the subject',
    mail('a.example'),
    none,
    OUT,
    nameOf('end', ['1.2.840.113549.1.9.1', 'joe@b.example']),
  ),
  permits('a common name is no host beside hosts', dns('a.example'), dns('x.a.example'), 0, nameOf('b.example')),
  permits('a common name among no hosts', dns('a.example'), mail('joe@b.example'), OUT, nameOf('b.example')),
  permits('a common name of one label', dns('a.example'), mail('joe@b.example'), 0, nameOf('b')),
  permits('a common name that is no host', dns('a.example'), mail('joe@b.example'), 0, nameOf('b..example')),
  permits('a common name with an underscore', dns('a.example'), mail('joe@b.example'), OUT, nameOf('b_.example')),
  permits('a NUL behind a common name', dns('a.example'), mail('joe@b.example'), 0, nameOf('x.a.example\0')),
  permits('a NUL in a common name', dns('a.example'), mail('joe@b.example'), ODD, nameOf('b.example\0.a.example')),
  permits('another kind of name', dns('a.example'), mail('joe@b.example'), 0),
  permits('a registered identifier', [8, Uint8Array.of(42, 3)], none, 0),
  permits(
    'a kind of its own',
    other('1.2.3', encode(Tag.null)),
    other('1.2.3', encode(Tag.null)),
    VerifyError.unsupportedConstraintType,
  ),
  permits('another kind of its own', other('1.2.3', encode(Tag.null)), other('1.2.4', encode(Tag.null)), 0),
]

/** Names and constraints as the dice fall, of parts that nearly fit. */
function atRandom(count: number): Case[] {
  const below = seeded(20_211_214)
  const one = <T>(list: readonly T[], fallback: T): T => list[below(list.length)] ?? fallback
  const part = (): string => one(['a', 'b', 'example', 'A', 'xn--bcher-kva', '', '*', 'a\0'], 'a')
  const host = (): string => Array.from({ length: 1 + below(3) }, part).join('.')
  const octets = (length: number): number[] => Array.from({ length }, () => one([0, 10, 255, 128], 0))
  const name = (): Names => {
    switch (below(7)) {
      case 0:
        return mail(one([`${part()}@${host()}`, host(), `.${host()}`, `@${host()}`], ''))
      case 1:
        return uri(one([`x://${host()}`, `x://${host()}:1`, host(), `.${host()}`], ''))
      case 2:
        return ip(...octets(one([4, 8, 16, 32], 4)))
      case 3:
        return directory(nameOf(['2.5.4.10', one(['Org', 'org ', 'Other'], '')], ...(below(2) ? ['x'] : [])))
      default:
        return dns(one([host(), `.${host()}`], ''))
    }
  }
  const names = (most: number): Der[] => ders(Array.from({ length: below(most + 1) }, name))
  return Array.from({ length: count }, (_, number) => ({
    name: `at random, ${number}`,
    ...chain(names(3), names(2), names(3), nameOf(['2.5.4.10', 'Org'], host() || 'end')),
  }))
}

testCases([
  ...NAMED,
  ...atRandom(200),
  {
    name: 'minimum 0 written out',
    ...((): Pick<Case, 'target' | 'untrusted' | 'trusted'> => {
      const value = sequence(encode(0xa0, sequence(primitive([2, 'a.example']), encode(0x80, Uint8Array.of(0)))))
      const middle = issue('CA', {
        by: root,
        extensions: [...caExtensions(), { oid: ExtensionId.nameConstraints, critical: true, value }],
      })
      const leaf = issue('end', { by: middle, extensions: [ext.names([2, 'a.example'])] })
      return { target: leaf.certificate, untrusted: [middle.certificate], trusted: [root.certificate] }
    })(),
    error: 0,
  },
])

test('an internationalised address of a domain, which OpenSSL compares with a dot too many', () => {
  const [domain, address] = [mail('.a.example'), mailbox('jö@x.a.example')]
  expect(transcript(permits('', domain, address, 0), false)).toContain('=1/0 ')
  expect(transcript(permits('', domain, mailbox('jö@a.example'), OUT), false)).toContain(`=0/${OUT} `)
  expect(transcript(excludes('', domain, address, IN), false)).toContain(`=0/${IN} `)
})
