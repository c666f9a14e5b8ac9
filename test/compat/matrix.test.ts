import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type Cell, cellId, type Outcome } from '../../compat/matrix/cell.ts'
import { expectation, parseExpectation } from '../../compat/matrix/expected.ts'
import { FEATURES, type Feature, featureId } from '../../compat/matrix/features.ts'
import { html } from '../../compat/matrix/html.ts'
import { markdown } from '../../compat/matrix/markdown.ts'
import { type Matrix, runMatrix, squares } from '../../compat/matrix/matrix.ts'
import { reportOf } from '../../compat/matrix/party.ts'
import { PEERS } from '../../compat/matrix/peers/index.ts'

/** A part of the compatibility matrix, run anew: what worked when `npm run compat` was run last must work now. */

const expected = parseExpectation(readFileSync('compat/expected.json', 'utf8'))
const inTheWay = process.platform === 'linux' ? null : 'the peers are built for Linux'
if (inTheWay !== null) console.warn(`the matrix is not run: ${inTheWay}`)

/** Every feature but the slow ones and the many suites, of which the first and the last have to do. */
function isBrief({ group, name }: Feature): boolean {
  if (group === 'Suites') return name === SUITES[0] || name === SUITES.at(-1)
  return !name.includes('loss')
}

const SUITES = FEATURES.filter(({ group }) => group === 'Suites').map(({ name }) => name)
const brief = new Set(FEATURES.filter(isBrief).map(featureId))

const live = inTheWay === null ? describe : describe.skip

live.each(PEERS.filter(({ transports }) => !transports.includes('sctp')))('$name', peer => {
  test('nothing that worked has ceased to', async () => {
    const list = squares({ peer: peer.name }, id => expected[id] === 'works').filter(({ feature }) =>
      brief.has(featureId(feature)),
    )
    const { peers, cells } = await runMatrix(list, { lanes: 3 })
    for (const { unavailable } of peers)
      if (unavailable !== null) console.warn(`${peer.name} is not run: ${unavailable}`)
    const broken = cells.filter(({ outcome }) => outcome !== 'works' && outcome !== 'not run here')
    expect(broken.map(cell => `${cellId(cell)}: ${cell.outcome}, ${cell.reason}`)).toEqual([])
    expect(cells.length).toBe(list.length)
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

  test('the pages show what came back, and nothing of it is markup', () => {
    const page = html(matrix('fails'))
    expect(page).not.toMatch(/<run>|a <b>/)
    expect(page).toContain('said &#34;so&#34; &#38; so')
    expect(page).toMatch(/class="fails"><a href="#c0"/)
    expect(markdown(matrix('fails'))).toContain(`some as server, ${feature.version}, ${feature.name}: a <b>`)
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
