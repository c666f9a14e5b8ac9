import { expect, test } from '@jest/globals'
import type { Capture } from '../../../compat/matrix/capture.ts'
import { runCell } from '../../../compat/matrix/cell.ts'
import { FEATURES } from '../../../compat/matrix/features.ts'
import { opensslSctp } from '../../../compat/matrix/peers/sctp.ts'
import { dissected, message, whyNoTshark } from '../../compat/dissected.ts'
import { OPENSSL_VARIABLE } from './openssl.ts'
import { describeKernel } from './stage.ts'

/** What passes between us and libssl on an association, as tshark sees it beside the kernel. */

const inTheWay = whyNoTshark()
if (inTheWay !== null) console.warn(`captures are not opened: ${inTheWay}`)

describeKernel('captures of the matrix', () => {
  const live = process.env[OPENSSL_VARIABLE] === undefined || inTheWay !== null ? test.skip : test
  const feature = FEATURES.find(({ name, version }) => version === 'DTLSv1.2' && name.startsWith('messages on streams'))
  if (feature === undefined) throw new Error('no such feature')

  live(
    'with libssl as client and as server nothing is malformed, and with our key log all is clear',
    async () => {
      expect(await opensslSctp.prepare()).toBeNull()
      const captures: Capture[] = []
      const ports: string[] = []
      for (const role of ['client', 'server'] as const) {
        const { outcome, reason, runs } = await runCell(opensslSctp, role, feature, capture => captures.push(capture))
        expect(`${outcome}${reason}`).toBe('works')
        ports.push(/port=(\d+)/.exec(runs[0]?.server.command ?? '')?.[1] ?? '')
      }
      // One run of tshark, which takes its time in an emulated machine.
      const files = captures.map(({ frames }) => frames ?? new Uint8Array(0))
      const [first = new Uint8Array(0), second = new Uint8Array(0)] = files
      const keys = captures.map(capture => capture.keys).join('')
      const protocols = ports.map(port => `sctp.port==${port},dtls`)
      const rows = dissected(Buffer.concat([first, second.subarray(FILE_HEADER)]), keys, protocols)
      expect(rows.filter(({ malformed }) => malformed)).toEqual([])
      expect(rows.filter(({ finished }) => finished).length).toBe(4)
      // Each message and its echo, twice.
      const expected = feature.settings.sizes.flatMap(size => Array.from({ length: 4 }, () => message(size)))
      expect(rows.flatMap(row => row.data).toSorted()).toEqual(expected.toSorted())
    },
    240_000,
  )
})

/** Of pcap. */
const FILE_HEADER = 24
