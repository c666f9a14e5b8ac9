import { describe, expect, jest, test } from '@jest/globals'
import { utf8 } from '../../lib/base/bytes.ts'
import { Pair, suitesNamed } from '../connection/pair.ts'
import { ScriptedClient } from './scripted-client.ts'
import { ScriptedServer } from './scripted-server.ts'

/** A point of the right form that is on no curve. */
const NO_POINT = new Uint8Array(65).fill(1).fill(4, 0, 1)

/** A pre-shared key, and whether it has been overwritten. */
function watched(key = utf8('a shared secret')) {
  return { key, isWiped: () => key.every(byte => byte === 0) }
}

describe('what a handshake that fails had in its hands is overwritten', () => {
  test('the key of a server whose client sends no point of the curve', () => {
    const { key, isWiped } = watched()
    const script = new ScriptedClient({ suite: 'ECDHE-PSK-AES128-CBC-SHA256', engine: { serverPsk: () => key } })
    script.hello().keyExchange({ publicKey: NO_POINT })
    expect(script.engine.failure?.reason).toBe('bad-ecpoint')
    expect(isWiped()).toBe(true)
  })

  test('the key of a client whose server sends no point of the curve', () => {
    const { key, isWiped } = watched()
    const clientPsk = () => ({ identity: utf8('Client_identity'), key })
    const script = new ScriptedServer({ suite: 'ECDHE-PSK-AES128-CBC-SHA256', engine: { clientPsk } })
    script.hello().keyExchange({ publicKey: NO_POINT }).done()
    expect(script.engine.failure?.reason).toBe('bad-ecpoint')
    expect(isWiped()).toBe(true)
  })

  test.each(['client', 'server'] as const)('a key of the %s that is too long', role => {
    const { key, isWiped } = watched(new Uint8Array(513).fill(1))
    const suites = suitesNamed('PSK-AES128-GCM-SHA256')
    const clientPsk = () => ({ identity: utf8('Client_identity'), key: key.slice() })
    const pair =
      role === 'client'
        ? new Pair({ client: { suites, clientPsk: () => ({ ...clientPsk(), key }) }, server: { suites } })
        : new Pair({ client: { suites }, server: { suites, serverPsk: () => key } })
    pair.run()
    expect(pair[role].failure?.reason).toBe('internal-error')
    expect(isWiped()).toBe(true)
  })

  test('the keys to read with of a side whose peer never changes to them', () => {
    const pair = new Pair()
    for (const side of ['client', 'server', 'client'] as const) {
      pair[side].handshake()
      pair.move(side)
    }
    const { client } = pair
    const read = client.negotiated.protection?.read
    if (read === undefined) throw new Error('the client has no keys yet')
    const wipe = jest.spyOn(read, 'wipe')
    client.destroy()
    expect(wipe).toHaveBeenCalled()
  })
})
