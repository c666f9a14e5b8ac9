import { expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { filterTranscript } from './filter-transcript.ts'

test('BIO_f_ssl does what that of the real library does, operation by operation', async () => {
  const ours = await filterTranscript()
  expect(ours.length).toBeGreaterThan(80)
  const real = realTranscript(new URL('./filter.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
})
