import { join } from 'node:path'
import { opensslWithSctp } from '../../guest/openssl.ts'

/** Names the folder of an OpenSSL with SCTP, to the tests that need one. */
export const OPENSSL_VARIABLE = 'SCTP_OPENSSL'

/** What the environment of the suite says of it: built before the guest is started; the reason is printed where it cannot be. */
export function opensslEnvironment(): Readonly<Record<string, string>> {
  try {
    return { [OPENSSL_VARIABLE]: opensslWithSctp(join('.cache', 'openssl-sctp')) }
  } catch (failure) {
    console.log(`SKIPPED, the tests against OpenSSL's SCTP: ${failure instanceof Error ? failure.message : failure}`)
    return {}
  }
}
