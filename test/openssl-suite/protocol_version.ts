// Ported from OpenSSL 3.0's test/ssl-tests/protocol_version.pm, Apache-2.0.

import type { RawTest } from './ssl_test_ctx.ts'

const tls_protocols = ['SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const
const dtls_protocols = ['DTLSv1', 'DTLSv1.2'] as const

/** The versions and, as indices into them, the lowest and the highest that is built in. */
const FAMILIES = {
  TLS: { protocols: tls_protocols, min_enabled: 1, max_enabled: 3 },
  DTLS: { protocols: dtls_protocols, min_enabled: 0, max_enabled: 1 },
} as const

type Method = keyof typeof FAMILIES

const SECLEVEL_0 = { CipherString: 'DEFAULT:@SECLEVEL=0' }

/** All pairs of ranges that a client and a server can be set to. */
export function generate_version_tests(method: Method): RawTest[] {
  const { protocols, min_enabled, max_enabled } = FAMILIES[method]
  // undefined stands for "no limit".
  const min_protocols: readonly (string | undefined)[] = [undefined, ...protocols]
  const max_protocols: readonly (string | undefined)[] = [...protocols, undefined]
  const tests: RawTest[] = []
  const ranges: [number, number][] = []
  for (const min of min_protocols.keys()) {
    for (let max = min === 0 ? 0 : min - 1; max < max_protocols.length; max++) ranges.push([min, max])
  }
  for (const [c_min, c_max] of ranges) {
    for (const [s_min, s_max] of ranges) {
      const [result, protocol] = expected_result(c_min, c_max, s_min, s_max, min_enabled, max_enabled, protocols)
      tests.push({
        name: 'version-negotiation',
        client: { ...SECLEVEL_0, MinProtocol: min_protocols[c_min], MaxProtocol: max_protocols[c_max] },
        server: { ...SECLEVEL_0, MinProtocol: min_protocols[s_min], MaxProtocol: max_protocols[s_max] },
        test: { ExpectedResult: result, ExpectedProtocol: protocol, Method: method },
      })
    }
  }
  return tests
}

export function generate_resumption_tests(method: Method): RawTest[] {
  const { protocols, min_enabled, max_enabled } = FAMILIES[method]
  const enabled = protocols.slice(min_enabled, max_enabled + 1)
  const server_tests: RawTest[] = []
  const client_tests: RawTest[] = []
  // Obtain the first session against a fixed-version server/client.
  for (const original_protocol of enabled) {
    // Upgrade or downgrade the server/client max version support and test
    // that it upgrades, downgrades or resumes the session as well.
    for (const resume_protocol of enabled) {
      // We should only resume on exact version match.
      const resumption_expected = original_protocol === resume_protocol ? 'Yes' : 'No'
      const test = {
        ExpectedProtocol: resume_protocol,
        Method: method,
        HandshakeMode: 'Resume',
        ResumptionExpected: resumption_expected,
      }
      const original = { MinProtocol: original_protocol, MaxProtocol: original_protocol }
      for (const ticket of ['SessionTicket', '-SessionTicket']) {
        // Client is flexible, server upgrades/downgrades.
        server_tests.push({
          name: 'resumption',
          client: SECLEVEL_0,
          server: { ...SECLEVEL_0, ...original, Options: ticket },
          resume_server: { ...SECLEVEL_0, MaxProtocol: resume_protocol, Options: ticket },
          test,
        })
        // Server is flexible, client upgrades/downgrades.
        client_tests.push({
          name: 'resumption',
          client: { ...SECLEVEL_0, ...original },
          server: { ...SECLEVEL_0, Options: ticket },
          resume_client: { ...SECLEVEL_0, MaxProtocol: resume_protocol },
          test,
        })
      }
    }
  }
  return [...server_tests, ...client_tests]
}

/** What comes of it, and the version agreed on. */
function expected_result(
  c_min_limit: number,
  c_max_limit: number,
  s_min_limit: number,
  s_max_limit: number,
  min_enabled: number,
  max_enabled: number,
  protocols: readonly string[],
): [string, string | undefined] {
  // Adjust for undefined (no limit) and for what is built in.
  const highest = protocols.length - 1
  const c_min = Math.max(c_min_limit - 1, min_enabled)
  const s_min = Math.max(s_min_limit - 1, min_enabled)
  const c_max = Math.min(c_max_limit, highest, max_enabled)
  const s_max = Math.min(s_max_limit, highest, max_enabled)

  // Client should fail to even send a hello.
  if (c_min > c_max) return ['ClientFail', undefined]
  // Server has no protocols, should always fail.
  if (s_min > s_max) return ['ServerFail', undefined]
  // Server doesn't support the client range.
  if (s_min > c_max) return ['ServerFail', undefined]
  // Server will try with a version that is lower than the lowest
  // supported client version.
  if (c_min > s_max) return ['ClientFail', undefined]
  // Server and client ranges overlap.
  return ['Success', protocols[Math.min(s_max, c_max)]]
}
