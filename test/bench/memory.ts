import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { testCredential } from '../connection/credentials.ts'
import { suitesNamed } from '../connection/pair.ts'
import { establish } from './handshakes.ts'
import { type Figure, printTable, progress, rate } from './report.ts'

const PAIRS = 1000

/** Heap and buffers of an established connection that does nothing, a full handshake behind it. */
export function measureMemory(pairs = PAIRS): Figure[] {
  progress(`memory of ${pairs} pairs`)
  const both = { suites: suitesNamed('ECDHE-ECDSA-AES128-GCM-SHA256') }
  const server = { ...both, credentials: [testCredential('p256')] }
  for (let i = 0; i < 20; i++) establish(both, server)
  const before = settled()
  const kept = Array.from({ length: pairs }, () => establish(both, server))
  const after = settled()
  const perEnd = (what: 'heapUsed' | 'external') => (after[what] - before[what]) / (2 * kept.length) / 1024
  const figures = [
    { section: 'memory', name: 'heap', unit: 'KiB/connection', ours: perEnd('heapUsed'), floor: null, ratio: null },
    { section: 'memory', name: 'buffers', unit: 'KiB/connection', ours: perEnd('external'), floor: null, ratio: null },
  ]
  printTable(
    'Memory of an idle connection, one end',
    ['', 'KiB'],
    figures.map(({ name, ours }) => [name, rate(ours)]),
  )
  return figures
}

function settled(): NodeJS.MemoryUsage {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  for (let i = 0; i < 3; i++) if (typeof collect === 'function') collect()
  return process.memoryUsage()
}
