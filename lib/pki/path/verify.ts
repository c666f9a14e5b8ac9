import { buildChain } from './chain.ts'
import { checkExtensions } from './chain-extensions.ts'
import { checkNames } from './chain-names.ts'
import { checkSignatures } from './chain-signatures.ts'
import { matchEmail, matchHost, matchIp } from './identity.ts'
import { checkPolicies } from './policy-path.ts'
import { checkResources } from './resource-path.ts'
import { checkRevocation } from './revocation.ts'
import { keyStrongEnough, signatureStrongEnough } from './security-level.ts'
import { suiteBFault } from './suite-b.ts'
import { Verification, type VerifyInput } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/** A verification of one certificate that makes all the checks of RFC 5280 section 6, in OpenSSL's order, when it runs. */
export function verification(input: VerifyInput): Verification {
  return new Verification(input, checkAll)
}

function checkAll(v: Verification): boolean {
  v.chain.push(v.target)
  v.untrustedCount = 1
  if (!keyStrongEnough(v.target, v.parameters.authLevel) && !v.fail(VerifyError.eeKeyTooSmall, 0)) return false
  return (
    buildChain(v) &&
    checkExtensions(v) &&
    checkStrength(v) &&
    checkIdentity(v) &&
    (v.target.publicKey !== null || v.abort(VerifyError.unspecified)) &&
    (v.steps.revocation?.(v) ?? checkRevocation(v)) &&
    checkSuiteB(v) &&
    (v.steps.signatures?.(v) ?? checkSignatures(v)) &&
    checkNames(v) &&
    checkResources(v) &&
    (!v.has(VerifyFlag.policyCheck) || (v.steps.policies?.(v) ?? checkPolicies(v)))
  )
}

function checkStrength(v: Verification): boolean {
  const level = v.parameters.authLevel
  const last = v.chain.length - 1
  return v.chain.every((certificate, depth) => {
    if (depth > 0 && !keyStrongEnough(certificate, level) && !v.fail(VerifyError.caKeyTooSmall, depth)) return false
    return depth === last || signatureStrongEnough(certificate, level) || v.fail(VerifyError.caMdTooWeak, depth)
  })
}

function checkIdentity(v: Verification): boolean {
  const { hosts, hostFlags, email, ip } = v.parameters
  v.peerName = null
  for (const host of hosts) if ((v.peerName = matchHost(v.target, host, hostFlags)) !== null) break
  if (hosts.length > 0 && v.peerName === null && !v.fail(VerifyError.hostnameMismatch, 0, v.target)) return false
  if (email !== null && matchEmail(v.target, email, 0) === null) {
    if (!v.fail(VerifyError.emailMismatch, 0, v.target)) return false
  }
  return ip === null || matchIp(v.target, ip) || v.fail(VerifyError.ipAddressMismatch, 0, v.target)
}

function checkSuiteB(v: Verification): boolean {
  const fault = suiteBFault(v.chain, v.parameters.flags)
  return fault === null || v.fail(fault.error, fault.depth, null)
}
