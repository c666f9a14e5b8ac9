import type { Crl } from '../../lib/pki/crl.ts'
import type { Extension } from '../../lib/pki/extensions.ts'
import { VerifyError } from '../../lib/pki/path/verify-error.ts'
import { VerifyFlag } from '../../lib/pki/path/verify-parameters.ts'
import {
  caExtensions,
  certificateIssuer,
  certificatePoints,
  crlNumber,
  deltaOf,
  ext,
  freshest,
  issue,
  issueCrl,
  listScope,
  NOW,
  type Party,
  type PointSpec,
  type ScopeSpec,
  type WantedCrl,
} from './authority.ts'
import { seeded } from './seeded.ts'
import { type Case, testCases } from './verify-cases.ts'

// Revocation lists for some reasons only, of other issuers, and differences to lists (RFC 5280 section 6.3.3).

const DAY = 86_400_000
const { crlCheck, crlCheckAll, extendedCrlSupport, useDeltas } = VerifyFlag
const extended = crlCheck | extendedCrlSupport
const deltas = crlCheck | useDeltas | extendedCrlSupport
const REVOKED = VerifyError.certRevoked
const NO_LIST = VerifyError.unableToGetCrl
const OTHER_SCOPE = VerifyError.differentCrlScope

const root = issue('Root', { extensions: caExtensions() })
const inter = issue('Intermediate', { by: root, extensions: caExtensions() })
const signer = issue('List signer', { by: root, extensions: [ext.basic(false), ext.usage(0x02)] })
const stranger = issue('Stranger', { extensions: caExtensions() })

/** A leaf of the intermediate. */
const leaf = (...extensions: readonly Extension[]): Party => issue('leaf', { by: inter, extensions })
const plain = leaf()
const announcing = leaf(freshest())
const at = (...points: readonly PointSpec[]): Party => leaf(certificatePoints(...points))

const KEY_COMPROMISE = Uint8Array.of(6, 0x40)
const THE_REST = Uint8Array.of(7, 0x3f, 0x80)

function checked(
  name: string,
  party: Party,
  lists: { readonly crls?: readonly Crl[]; readonly ownCrls?: readonly Crl[] },
  flags: number,
  error: number,
): Case {
  const untrusted = [inter, signer, stranger].map(({ certificate }) => certificate)
  return { name, target: party.certificate, untrusted, trusted: [root.certificate], ...lists, flags, error }
}

const scoped = (spec: ScopeSpec, wanted: WantedCrl = {}, by = inter): Crl =>
  issueCrl(by, { ...wanted, extensions: [listScope(spec), ...(wanted.extensions ?? [])] })
const base = (number: number, wanted: WantedCrl = {}): Crl =>
  issueCrl(inter, { ...wanted, extensions: [crlNumber(number), ...(wanted.extensions ?? [])] })
const delta = (number: number, from: number, wanted: WantedCrl = {}): Crl =>
  issueCrl(inter, { ...wanted, extensions: [crlNumber(number), deltaOf(from), ...(wanted.extensions ?? [])] })

const here = at([{ uri: 'http://a/1' }])
const bySigner = at([{ uri: 'http://a/1' }, signer.certificate.subject])
const byStranger = at([{ uri: 'http://a/1' }, stranger.certificate.subject])
const indirect: ScopeSpec = { uri: 'http://a/1', flags: [4] }
const ofInter = certificateIssuer(inter.certificate.subject)

const NAMED: Case[] = [
  checked(
    'for some reasons, without support',
    plain,
    { crls: [scoped({ reasons: KEY_COMPROMISE })] },
    crlCheck,
    NO_LIST,
  ),
  checked('for some reasons alone', plain, { crls: [scoped({ reasons: KEY_COMPROMISE })] }, extended, NO_LIST),
  checked(
    'for all reasons, in two lists',
    plain,
    { ownCrls: [scoped({ reasons: KEY_COMPROMISE }), scoped({ reasons: THE_REST })] },
    extended,
    0,
  ),
  checked(
    'for all reasons, revoked in the second',
    plain,
    { ownCrls: [scoped({ reasons: KEY_COMPROMISE }), scoped({ reasons: THE_REST }, { revoked: [[plain, 4]] })] },
    extended,
    REVOKED,
  ),
  checked(
    'a point for some reasons',
    at([{ uri: 'http://a/1', reasons: KEY_COMPROMISE }]),
    { crls: [scoped({ uri: 'http://a/1' })] },
    crlCheck,
    NO_LIST,
  ),
  checked('an indirect one, without support', bySigner, { ownCrls: [scoped(indirect, {}, signer)] }, crlCheck, NO_LIST),
  checked('an indirect one', bySigner, { ownCrls: [scoped(indirect, {}, signer)] }, extended, 0),
  checked(
    'an indirect one out of the store is not found',
    bySigner,
    { crls: [scoped(indirect, {}, signer)] },
    extended,
    NO_LIST,
  ),
  checked(
    'an indirect one, revoked',
    bySigner,
    { ownCrls: [scoped(indirect, { revoked: [[bySigner, 1, ofInter]] }, signer)] },
    extended,
    REVOKED,
  ),
  checked(
    'an indirect one, the same number of its own issuer',
    bySigner,
    { ownCrls: [scoped(indirect, { revoked: [[bySigner, 1]] }, signer)] },
    extended,
    0,
  ),
  checked(
    'an indirect one, the issuer holds for the entries after it',
    bySigner,
    {
      ownCrls: [
        scoped(
          indirect,
          {
            revoked: [
              [plain, 1, ofInter],
              [bySigner, 1],
            ],
          },
          signer,
        ),
      ],
    },
    extended,
    REVOKED,
  ),
  checked(
    'an indirect one that the certificate does not name',
    here,
    { ownCrls: [scoped(indirect, {}, signer)] },
    extended,
    OTHER_SCOPE,
  ),
  checked(
    'an indirect one of a stranger',
    byStranger,
    { ownCrls: [scoped(indirect, {}, stranger)] },
    extended,
    VerifyError.crlPathValidationError,
  ),
  checked(
    'an indirect one of somebody unknown',
    byStranger,
    { ownCrls: [scoped(indirect, {}, issue('Stranger'))] },
    extended,
    VerifyError.crlPathValidationError,
  ),
  checked(
    'one of another issuer that is not indirect',
    bySigner,
    { ownCrls: [scoped({ uri: 'http://a/1' }, {}, signer)] },
    extended,
    NO_LIST,
  ),
  checked('two kinds of certificate alone', plain, { crls: [scoped({ flags: [1, 2] })] }, crlCheck, NO_LIST),
  checked(
    'a place relative to the issuer',
    at([{ relative: [['2.5.4.3', 'lists']] }]),
    { crls: [scoped({ relative: [['2.5.4.3', 'LISTS']] })] },
    crlCheck,
    0,
  ),
  checked(
    'another place relative to the issuer',
    at([{ relative: [['2.5.4.3', 'lists']] }]),
    { crls: [scoped({ relative: [['2.5.4.3', 'others']] })] },
    crlCheck,
    OTHER_SCOPE,
  ),
  checked(
    'a relative place against a full one',
    at([{ relative: [['2.5.4.3', 'lists']] }]),
    { crls: [scoped({ uri: 'http://a/1' })] },
    crlCheck,
    OTHER_SCOPE,
  ),
  checked(
    'one of two places',
    at([{ uri: 'http://a/0' }], [{ uri: 'http://a/1' }]),
    { crls: [scoped({ uri: 'http://a/1' })] },
    crlCheck,
    0,
  ),
  checked(
    'a point without a place',
    leaf(certificatePoints([{}])),
    {},
    crlCheck,
    VerifyError.unableToGetIssuerCertLocally,
  ),
  checked(
    'a difference',
    announcing,
    { crls: [base(1), delta(2, 1, { revoked: [[announcing, 1]] })] },
    deltas,
    REVOKED,
  ),
  checked(
    'a difference, not asked for',
    announcing,
    { crls: [base(1), delta(2, 1, { revoked: [[announcing, 1]] })] },
    extended,
    0,
  ),
  checked('a difference, not announced', plain, { crls: [base(1), delta(2, 1, { revoked: [[plain, 1]] })] }, deltas, 0),
  checked(
    'a difference that the list announces',
    plain,
    { crls: [base(1, { extensions: [freshest()] }), delta(2, 1, { revoked: [[plain, 1]] })] },
    deltas,
    REVOKED,
  ),
  checked(
    'taken from the list by a difference',
    announcing,
    { crls: [base(1, { revoked: [[announcing, 6]] }), delta(2, 1, { revoked: [[announcing, 8]] })] },
    deltas,
    0,
  ),
  checked(
    'a difference to a newer list',
    announcing,
    { crls: [base(1), delta(3, 2, { revoked: [[announcing, 1]] })] },
    deltas,
    0,
  ),
  checked(
    'a difference that is not newer',
    announcing,
    { crls: [base(2), delta(2, 1, { revoked: [[announcing, 1]] })] },
    deltas,
    0,
  ),
  checked(
    'a difference of another scope',
    announcing,
    { crls: [base(1), delta(2, 1, { revoked: [[announcing, 1]], extensions: [listScope({ flags: [1] })] })] },
    deltas,
    0,
  ),
  checked(
    'a difference to a list without a number',
    announcing,
    { crls: [issueCrl(inter), delta(2, 1, { revoked: [[announcing, 1]] })] },
    deltas,
    0,
  ),
  checked(
    'an old list beside a valid difference',
    announcing,
    { crls: [base(1, { to: NOW - DAY / 2 }), delta(2, 1)] },
    deltas,
    0,
  ),
  checked(
    'an old list beside an old difference',
    announcing,
    { crls: [base(1, { to: NOW - DAY / 2 }), delta(2, 1, { to: NOW - DAY / 2 })] },
    deltas,
    VerifyError.crlHasExpired,
  ),
  checked(
    'a difference with a false signature',
    announcing,
    { crls: [base(1), delta(2, 1, { key: root.key })] },
    deltas,
    VerifyError.crlSignatureFailure,
  ),
  checked(
    'a difference with an unknown critical extension',
    announcing,
    { crls: [base(1), delta(2, 1, { extensions: [ext.unknown(true)] })] },
    deltas,
    VerifyError.unhandledCriticalCrlExtension,
  ),
  checked(
    'a list of the store when that of the program is worse',
    plain,
    { ownCrls: [issueCrl(inter, { to: NOW - DAY / 2 })], crls: [issueCrl(inter, { revoked: [[plain, 1]] })] },
    crlCheck,
    VerifyError.crlHasExpired,
  ),
  checked('no difference alone', plain, { crls: [delta(2, 1)] }, extended, NO_LIST),
]

/** Lists as the dice fall; libcrypto says what they mean. */
function atRandom(count: number): Case[] {
  const below = seeded(19_990_101)
  const chance = (of: number): boolean => below(of) === 0
  const maybe = <T>(of: number, value: T): T[] => (chance(of) ? [value] : [])
  const leaves = [
    plain,
    announcing,
    here,
    bySigner,
    at([{ uri: 'http://a/1', reasons: KEY_COMPROMISE }], [{ uri: 'http://a/2' }]),
  ]
  const one = <T>(list: readonly T[], fallback: T): T => list[below(list.length)] ?? fallback
  const list = (party: Party): Crl => {
    const by = one([inter, inter, inter, signer, root], inter)
    const scope: ScopeSpec = {
      ...(chance(2) ? { uri: one(['http://a/1', 'http://a/2'], '') } : {}),
      ...(chance(4) ? { reasons: one([KEY_COMPROMISE, THE_REST], THE_REST) } : {}),
      flags: [...maybe(6, 1), ...maybe(8, 2), ...maybe(4, 4), ...maybe(10, 5)],
    }
    const isDelta = chance(3)
    return issueCrl(by, {
      ...(chance(4) ? { revoked: [[party, one([null, 1, 6, 8], 1), ...maybe(3, ofInter)]] } : {}),
      from: NOW - (1 + below(5)) * DAY,
      to: one([NOW + DAY, NOW + DAY, NOW - DAY / 2, null], null),
      extensions: [
        ...maybe(2, listScope(scope)),
        ...(isDelta || chance(2) ? [crlNumber(1 + below(4))] : []),
        ...(isDelta ? [deltaOf(1 + below(3))] : []),
        ...maybe(3, freshest()),
        ...maybe(12, ext.unknown(true)),
      ],
    })
  }
  return Array.from({ length: count }, (_, number) => {
    const party = one(leaves, plain)
    const lists = (most: number): Crl[] => Array.from({ length: below(most + 1) }, () => list(party))
    const all = chance(6) ? crlCheckAll : 0
    // Without extended support, libcrypto takes differences for complete lists: see compat/differences.md.
    const flags = extended | all | (chance(2) ? useDeltas : 0)
    const { error: _error, ...item } = checked(
      `at random, ${number}`,
      party,
      { crls: lists(3), ownCrls: lists(3) },
      flags,
      0,
    )
    return item
  })
}

testCases([...NAMED, ...atRandom(150)])
