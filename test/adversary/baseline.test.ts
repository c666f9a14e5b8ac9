import { describe, expect, test } from '@jest/globals'
import { testCredential } from '../connection/credentials.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

// A script that cannot behave proves nothing when it misbehaves.
const SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-SHA',
  'DHE-RSA-AES128-GCM-SHA256',
  'AES128-SHA256',
  'AES256-GCM-SHA384',
  'PSK-AES128-GCM-SHA256',
  'ECDHE-PSK-AES128-CBC-SHA256',
  'DHE-PSK-AES128-GCM-SHA256',
  'RSA-PSK-AES128-GCM-SHA256',
  'AECDH-AES128-SHA',
]

describe('a scripted peer that keeps the rules', () => {
  test.each(SUITES)('as the server: %s', suite => {
    const script = new ScriptedServer({ suite }).complete()
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(true)
    script.application('from the server')
    expect(script.data.map(bytes => new TextDecoder().decode(bytes))).toEqual(['from the server'])
  })

  test.each(SUITES)('as the client: %s', suite => {
    const script = new ScriptedClient({ suite }).complete()
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(true)
    script.application('from the client')
    expect(script.data.map(bytes => new TextDecoder().decode(bytes))).toEqual(['from the client'])
  })

  test('as a client with a certificate', () => {
    const script = new ScriptedClient({ engine: { clientAuthentication: 'require' } })
    script.hello().certificate().keyExchange().certificateVerify().changeCipherSpec().finished()
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(true)
  })

  test('as a server that asks for a certificate', () => {
    const script = new ScriptedServer({ engine: { clientCredential: () => testCredential('client') } })
    script.hello().certificate().keyExchange().certificateRequest().done().changeCipherSpec().finished()
    expect(script.engine.failure).toBeNull()
    expect(script.engine.established).toBe(true)
  })

  test('as a server that wants its cookie back', () => {
    const script = new ScriptedServer().helloVerifyRequest()
    expect(script.clientHello.cookie).toEqual(new TextEncoder().encode('cookie'))
    script.complete()
    expect(script.engine.established).toBe(true)
  })
})
