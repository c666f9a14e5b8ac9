import { policyStatement } from '../policy-extensions.ts'
import { evaluatePolicies } from './policy.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'
import { VerifyFlag } from './verify-parameters.ts'

/** Evaluates the policies of the chain and tells the callback what is wrong with them (check_policy). */
export function checkPolicies(v: Verification): boolean {
  if (v.parent !== null) return true
  const outcome = evaluatePolicies(v.chain, {
    explicit: v.has(VerifyFlag.explicitPolicy),
    inhibitAny: v.has(VerifyFlag.inhibitAny),
    inhibitMapping: v.has(VerifyFlag.inhibitMap),
    wanted: v.parameters.policies ?? [],
  })
  v.policyTree = outcome.tree
  v.explicitPolicy = outcome.explicit
  switch (outcome.result) {
    case 'too-large':
      return v.abort(VerifyError.outOfMem)
    case 'invalid':
      return v.chain.every(
        (certificate, depth) =>
          depth === v.chain.length - 1 ||
          policyStatement(certificate) !== null ||
          v.fail(VerifyError.invalidPolicyExtension, depth),
      )
    case 'failure':
      return v.failWhole(VerifyError.noExplicitPolicy)
    case 'valid':
      if (!v.has(VerifyFlag.notifyPolicy)) return true
      v.current = null
      return v.tell(2)
  }
}
