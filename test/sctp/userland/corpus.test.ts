import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { concat } from '../../../lib/base/bytes.ts'
import type { Settings } from '../../../lib/sctp/settings.ts'
import { writePacket } from '../../../lib/sctp/wire/packet.ts'
import { Pair } from './pair.ts'

/**
 * Inputs that other stacks' fuzzers have found, such as those in usrsctp's fuzzer folder (not part of this project):
 * SCTP_CORPUS=folder npm run -s jest -- test/sctp/userland/corpus
 */
const folder = process.env.SCTP_CORPUS ?? ''
const inputs = folder === '' ? [] : readdirSync(folder).map(name => new Uint8Array(readFileSync(join(folder, name))))

const SETTINGS: readonly Partial<Settings>[] = [
  { granted: 7 },
  { granted: 7, interleaving: true },
  { granted: 7, addressChanges: true, authChunks: [0] },
]

;(inputs.length > 0 ? test : test.skip)(
  'what others have found breaks nothing',
  () => {
    for (const input of inputs) {
      for (const settings of SETTINGS) {
        for (const skip of [0, 1, 12]) {
          const chunks = input.subarray(skip)
          const padding = new Uint8Array(-chunks.length & 3)
          const pair = new Pair({ seed: 'corpus', client: { settings }, server: { settings } })
          expect(pair.connect()).toBe(true)
          const peer = pair.client.association
          if (peer === null) throw new Error('no association')
          for (const tag of [0, peer.peerTag]) {
            const header = { sourcePort: peer.localPort, destinationPort: 5000, tag }
            pair.network.inject(writePacket(header, [concat(chunks, padding)]), WAY)
            pair.network.inject(writePacket({ ...header, sourcePort: 9 }, [concat(chunks, padding)]), WAY)
          }
          pair.clock.advanceBy(1000)
          const { receiver } = pair.server.association ?? { receiver: null }
          expect(receiver?.held ?? 0).toBeLessThan(106_496 * 2)
          expect(pair.server.stack.associations).toBeLessThanOrEqual(2)
          for (const host of [pair.client, pair.server]) host.association?.abort()
          for (const { stack } of [pair.client, pair.server]) stack.touched()
          pair.clock.advanceBy(3_600_000)
          expect(pair.client.stack.associations + pair.server.stack.associations).toBe(0)
        }
      }
    }
  },
  600_000,
)

const WAY = { from: '10.0.0.1', to: '10.0.0.2' }
