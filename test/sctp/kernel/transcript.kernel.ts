import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { comparable, recorded } from '../rfc6083/transcript.ts'
import { OPENSSL_TRANSCRIPT, OPENSSL_VARIABLE } from './openssl.ts'
import { describeKernel } from './stage.ts'

describeKernel('what is recorded of libssl', () => {
  const live = process.env[OPENSSL_VARIABLE] === undefined ? test.skip : test
  const file = (name: string) => join('test', 'vectors', 'certificates', `${name}.pem`)
  const env = { ...process.env, PEER_CERTIFICATE: file('p256'), PEER_KEY: file('p256.key') }

  for (const kind of ['bio', 'callbacks'] as const)
    live(`${kind}: libssl says it`, () => {
      const [version, ...lines] = comparable(execFileSync(OPENSSL_TRANSCRIPT, [kind], { env, encoding: 'latin1' }))
      expect(version).toMatch(/^OpenSSL 3\.0\./)
      expect(lines).toEqual(recorded(kind))
    })
})
