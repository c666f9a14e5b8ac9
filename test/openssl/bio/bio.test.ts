import { expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { ourTranscript } from './transcript.ts'

test('BIOs do what those of the real library do, operation by operation', () => {
  const ours = ourTranscript()
  expect(ours.length).toBeGreaterThan(500)
  const real = realTranscript(new URL('./bio.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
})
