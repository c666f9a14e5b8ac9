import { expect, test } from '@jest/globals'
import { CELLS, runAssociation } from './run.ts'

/** More by hand: SCTP_RUNS=1000 npm run -s jest -- test/sctp/userland/sim */
const RUNS = Number(process.env.SCTP_RUNS ?? 20)

test.each(CELLS)(
  '$name: what is reliable arrives once and in order, the rest at most once, and no timer is left',
  cell => {
    const failures: string[] = []
    for (let run = 0; run < RUNS; run++) {
      const fault = runAssociation(cell, `${cell.name} ${run}`)
      if (fault !== null) failures.push(`seed '${cell.name} ${run}': ${fault}`)
    }
    expect(failures).toEqual([])
  },
  RUNS * 10_000,
)
