import { expect } from '@jest/globals'
import type { Reason } from '../../lib/base/failure.ts'
import { HandshakeType } from '../../lib/wire/registry.ts'
import type { Script } from './script.ts'

/** The engine has failed for this reason, has told the peer with this one alert, and does nothing any more. */
export function expectEnd(script: Script, reason: Reason | null, alert?: number): void {
  if (reason === null) {
    // What only keys can tell: dropped, so that nobody learns why.
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(false)
    return
  }
  expect(script.engine.failure?.reason).toBe(reason)
  expect(script.alerts.map(({ level, description }) => ({ level, description }))).toEqual(
    alert === undefined ? [] : [{ level: 2, description: alert }],
  )
  expect(script.engine.established).toBe(false)
  expect(script.engine.handshake()).toBe('failed')
  expect(script.engine.nextDeadline()).toBeNull()
  const sent = script.received.length
  script.message(HandshakeType.finished, new Uint8Array(12))
  expect(script.received.length).toBe(sent)
  expect(script.engine.hasOutput).toBe(false)
}
