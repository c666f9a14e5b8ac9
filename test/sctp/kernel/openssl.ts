import { execFileSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { opensslWithSctp } from '../../guest/openssl.ts'

/** Names the folder of an OpenSSL with SCTP, to the tests that need one. */
export const OPENSSL_VARIABLE = 'SCTP_OPENSSL'

/** Programs on that libssl; there where the variable is set. */
export const OPENSSL_PEER = join(import.meta.dirname, 'openssl-peer')
export const OPENSSL_TRANSCRIPT = join(import.meta.dirname, 'openssl-transcript')

/** For the suite's environment: built before the guest is started. The reason is printed where it cannot be had. */
export function opensslEnvironment(): Readonly<Record<string, string>> {
  try {
    const directory = opensslWithSctp(join('.cache', 'openssl-sctp'))
    for (const program of [OPENSSL_PEER, OPENSSL_TRANSCRIPT]) compile(directory, program)
    return { [OPENSSL_VARIABLE]: directory }
  } catch (failure) {
    console.log(`SKIPPED, the tests against OpenSSL's SCTP: ${failure instanceof Error ? failure.message : failure}`)
    return {}
  }
}

function compile(directory: string, program: string): void {
  const source = join('test', 'sctp', 'kernel', `${basename(program)}.c`)
  const library = join(directory, 'lib')
  const places = ['-I', join(directory, 'include'), '-L', library, `-Wl,-rpath,${library}`]
  const options = ['-Wall', '-Wextra', '-Werror', '-o', program, ...places]
  execFileSync('gcc', [...options, source, '-lssl', '-lcrypto'], { stdio: 'pipe' })
}
