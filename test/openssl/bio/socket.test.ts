import { expect, test } from '@jest/globals'
import { realTranscript } from '../real.ts'
import { socketTranscript } from './socket-transcript.ts'

test('BIOs on sockets do what those of the real library do, operation by operation', async () => {
  const ours = await socketTranscript()
  expect(ours.length).toBeGreaterThan(300)
  const real = realTranscript(new URL('./socket.c', import.meta.url))
  if (real !== null) expect(ours).toEqual(real)
})
