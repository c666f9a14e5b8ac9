import { readOid, readSmallInteger, readWhole, Tag } from './der.ts'
import type { Name } from './name.ts'

/** What a proxy certificate says about those below it (RFC 3820 section 3.8). */
export interface ProxyInfo {
  /** Proxy certificates that may follow; null when unlimited. */
  readonly pathLength: number | null
}

/** ProxyCertInfo; what the policy says is for who uses the certificate, and is not looked at. */
export function parseProxyInfo(der: Uint8Array): ProxyInfo {
  return readWhole(der, Tag.sequence, reader => {
    const pathLength = reader.peek === Tag.integer ? readSmallInteger(reader) : null
    const policy = reader.enter(Tag.sequence)
    readOid(policy)
    policy.optional(Tag.octetString)
    policy.end()
    return { pathLength }
  })
}

const COMMON_NAME = '2.5.4.3'

/** Whether a proxy's subject is its issuer's name with one common name more (RFC 3820 section 3.4). */
export function proxyNameFits(subject: Name, issuer: Name): boolean {
  const kept = subject.entries.slice(0, -1)
  const [last, above] = [subject.entries.at(-1), kept.at(-1)]
  if (last === undefined || above === undefined || kept.length !== issuer.entries.length) return false
  return last.set !== above.set && last.oid === COMMON_NAME && subject.startsWith(issuer)
}
