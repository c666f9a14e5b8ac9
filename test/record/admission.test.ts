import { expect, test } from '@jest/globals'
import { admit } from '../../lib/record/admission.ts'
import { ContentType } from '../../lib/wire/registry.ts'

const { handshake, changeCipherSpec, alert, applicationData, heartbeat } = ContentType

// Type, epoch, a handshake under way: what becomes of it.
test.each([
  [handshake, 0, true, null],
  [handshake, 0, false, 'not-admitted'],
  [handshake, 1, true, null],
  [handshake, 1, false, null],
  [changeCipherSpec, 0, true, null],
  [changeCipherSpec, 0, false, 'not-admitted'],
  [changeCipherSpec, 1, true, null],
  [changeCipherSpec, 1, false, 'not-admitted'],
  [alert, 0, true, null],
  [alert, 0, false, 'not-admitted'],
  [alert, 1, true, null],
  [alert, 1, false, null],
  [applicationData, 0, true, 'not-admitted'],
  [applicationData, 0, false, 'not-admitted'],
  [applicationData, 1, true, null],
  [applicationData, 1, false, null],
  [heartbeat, 0, true, 'not-admitted'],
  [heartbeat, 1, false, null],
  [19, 0, true, 'unknown-content-type'],
  [25, 1, false, 'unknown-content-type'],
  [0, 0, true, 'unknown-content-type'],
  [255, 1, true, 'unknown-content-type'],
] as const)('content type %d in epoch %d, handshaking %s: %s', (type, epoch, handshaking, verdict) => {
  expect(admit(type, { epoch, handshaking })).toBe(verdict)
})
