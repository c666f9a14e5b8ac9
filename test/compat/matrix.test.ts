import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { type Cell, cellId, type Outcome } from '../../compat/matrix/cell.ts'
import { expectation, lost, parseExpectation } from '../../compat/matrix/expected.ts'
import { FEATURES, type Feature } from '../../compat/matrix/features.ts'
import { html } from '../../compat/matrix/html.ts'
import { markdown } from '../../compat/matrix/markdown.ts'
import { type Matrix, runMatrix, squares } from '../../compat/matrix/matrix.ts'
import { type Peer, reportOf } from '../../compat/matrix/party.ts'
import { PEERS } from '../../compat/matrix/peers/index.ts'

/** A part of the compatibility matrix, run anew: what worked when `npm run compat` was run last must work now. */

const expected = parseExpectation(readFileSync('compat/expected.json', 'utf8'))
const inTheWay = process.platform === 'linux' ? null : 'the peers are built for Linux'
if (inTheWay !== null) console.warn(`the matrix is not run: ${inTheWay}`)

/**
 * Of the libraries every feature but the slow ones, of the old versions of TLS and of the many suites and groups the heads
 * of the matter; of all others these alone.
 */
function isBrief(peer: Peer, { group, name, version }: Feature): boolean {
  if (group === 'Versions' || name.startsWith('a pre-shared key')) return true
  if (!LIBRARIES.has(peer.name)) return group === 'Resumption'
  if (group === 'Suites' || group === 'Groups') return ENDS.has(name)
  return version !== 'TLSv1.1' && version !== 'TLSv1' && !name.includes('loss')
}

const LIBRARIES = new Set(['openssl', 'gnutls', 'mbedtls', 'wolfssl'])

/** The first and the last of each. */
const ENDS = new Set(
  ['Suites', 'Groups'].flatMap(wanted => {
    const names = FEATURES.filter(({ group }) => group === wanted).map(({ name }) => name)
    return [names[0], names.at(-1)]
  }),
)

const live = inTheWay === null ? describe : describe.skip

live.each(PEERS.filter(({ kernelSctp }) => kernelSctp !== true))('$name', peer => {
  test('nothing that worked has ceased to', async () => {
    const list = squares({ peer: peer.name }, id => expected[id] === 'works').filter(({ feature }) =>
      isBrief(peer, feature),
    )
    expect(list.length).toBeGreaterThan(0)
    const matrix = await runMatrix(list, { lanes: 3 })
    for (const { unavailable } of matrix.peers)
      if (unavailable !== null) console.warn(`${peer.name} is not run: ${unavailable}`)
    const broken = lost(expected, matrix)
    expect(broken.map(cell => `${cellId(cell)}: ${cell.outcome}, ${cell.reason}`)).toEqual([])
    expect(matrix.cells.length).toBe(list.length)
  }, 240_000)
})

describe('what is written', () => {
  test('compat/expected.json knows every cell of the matrix, and no other', () => {
    const ids = squares({}).map(({ peer, role, feature }) => cellId({ peer: peer.name, role, feature }))
    expect(Object.keys(expected).toSorted()).toEqual(ids.toSorted())
  })

  const [feature] = FEATURES
  if (feature === undefined) throw new Error('no features')
  const side = { command: '$ <run>', output: 'said "so" & so' }
  const cell = (outcome: Outcome): Cell => {
    return {
      peer: 'some',
      role: 'server',
      feature,
      outcome,
      reason: 'a <b>',
      runs: [{ title: 't', client: side, server: side }],
    }
  }
  const matrix = (outcome: Outcome): Matrix => ({
    peers: [{ name: 'some', title: 'Some', install: 'apt', version: '1', unavailable: null }],
    cells: [cell(outcome)],
  })

  test('a cell that could not be run keeps what was known of it', () => {
    const id = cellId(cell('works'))
    const kept = parseExpectation(expectation({ [id]: 'works' }, matrix('not run here')))
    expect(kept).toEqual({ [id]: 'works' })
    expect(parseExpectation(expectation({ [id]: 'works' }, matrix('fails')))).toEqual({ [id]: 'fails' })
  })

  test('what worked and does not is lost; what could not be run is not', () => {
    const id = cellId(cell('works'))
    expect(lost({ [id]: 'works' }, matrix('fails')).map(cellId)).toEqual([id])
    expect(lost({ [id]: 'works' }, matrix('peer lacks it')).map(cellId)).toEqual([id])
    expect(lost({ [id]: 'works' }, matrix('not run here'))).toEqual([])
    expect(lost({ [id]: 'fails' }, matrix('fails'))).toEqual([])
  })

  test('the page holds what came back, and nothing of it is markup', () => {
    const page = html(matrix('fails'))
    expect(page).not.toMatch(/<run>|a <b>/)
    const [, slug = ''] = /<td class="fails" data-peer="some"><a href="#([^"]+)" title="a &#60;b>?/.exec(page) ?? []
    const [, packed = ''] = /<script type="application\/gzip" id="cells">([^<]*)<\/script>/.exec(page) ?? []
    const told: unknown = JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString())
    const { id, runs } = { id: cellId(cell('fails')), runs: cell('fails').runs }
    expect(told).toEqual({ [slug]: { id, outcome: 'fails', reason: 'a <b>', runs } })
    expect(markdown(matrix('fails'))).toContain(`some as server, ${feature.version}, ${feature.name}: a <b>`)
  })

  test('every cell has a link of its own', () => {
    const page = html({
      peers: [],
      cells: squares({}).map(({ peer, role, feature }) => ({ ...cell('works'), peer: peer.name, role, feature })),
    })
    const links = [...page.matchAll(/<a href="#([^"]+)"/g)].map(([, slug]) => slug)
    expect(new Set(links).size).toBe(links.length)
    expect(links.length).toBe(squares({}).length)
  })

  test('a report is read line by line', () => {
    const report = reportOf(
      'ready\nconnection 1\nversion DTLSv1.2\ndone\nechoed 3\nconnection 2\nreused 1\nclosed raw\nend\n',
    )
    expect(report.connections.map(lines => Object.fromEntries(lines))).toEqual([
      { version: 'DTLSv1.2', done: '' },
      { reused: '1' },
    ])
    expect(report).toMatchObject({ echoed: [3], closed: ['raw'], complete: true, failed: null, lacks: null })
    expect(reportOf('failed first\nfailed second\n').failed).toBe('first')
  })
})
