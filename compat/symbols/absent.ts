import type { Fact } from './facts.ts'

/** Why a name is not there, by what it begins with or is; the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/SRP/, 'SRP is refused'],
  [/QUIC|stream|_domain|BIO_get_rpoll|BIO_get_wpoll/, 'QUIC is another protocol'],
]

/** The reason why a name is absent; empty when none is known. */
export function absence({ name }: Fact): string {
  return REASONS.find(([pattern]) => pattern.test(name))?.[1] ?? ''
}
