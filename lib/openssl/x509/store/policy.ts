import type { Certificate } from '../../../pki/certificate.ts'
import { DerReader } from '../../../pki/der.ts'
import { evaluatePolicies, type PolicyLevel, type PolicyNode, type PolicyTree } from '../../../pki/path/policy.ts'
import { VerifyFlag } from '../../../pki/path/verify-parameters.ts'
import { readQualifiers } from '../../../pki/policy-extensions.ts'
import type { BIO } from '../../bio/bio.ts'
import { BIO_puts } from '../../bio/io.ts'
import { type Out, requireInstance, requireInteger, requireLive } from '../../boundary.ts'
import { ASN1_OBJECT } from '../asn1/objects.ts'
import { objectText, qualifiersText } from '../print/extensions.ts'
import { X509 } from '../x509.ts'
import { X509_STORE_CTX } from './store-ctx.ts'

/** The policies of a chain, level by level from the trust anchor down (RFC 5280 section 6.1). */
export class X509_POLICY_TREE {
  readonly tree: PolicyTree

  constructor(tree: PolicyTree) {
    this.tree = tree
  }
}

/** The policies that hold down to one certificate. */
export class X509_POLICY_LEVEL {
  readonly level: PolicyLevel

  constructor(level: PolicyLevel) {
    this.level = level
  }
}

/** One policy at its place in the tree. */
export class X509_POLICY_NODE {
  readonly node: PolicyNode

  constructor(node: PolicyNode) {
    this.node = node
  }
}

/** A qualifier of a policy: `d` is the DER of its value. */
export class POLICYQUALINFO {
  readonly pqualid: ASN1_OBJECT
  readonly d: Uint8Array

  constructor(oid: string, value: Uint8Array) {
    this.pqualid = new ASN1_OBJECT(oid)
    this.d = value
  }
}

/** X509_policy_check: the policies hold; an extension is wrong; no policy holds where one must; too many nodes. */
export const X509_PCY_TREE_VALID = 1
export const X509_PCY_TREE_INVALID = -1
export const X509_PCY_TREE_FAILURE = -2
export const X509_PCY_TREE_INTERNAL = 0

/** One object for each thing, however often it is asked for. */
const objects = new WeakMap<PolicyTree | PolicyLevel | PolicyNode, object>()

function treeObject(tree: PolicyTree | null): X509_POLICY_TREE | null {
  return tree === null ? null : objectFor(tree, X509_POLICY_TREE, () => new X509_POLICY_TREE(tree))
}

function nodeObject(node: PolicyNode): X509_POLICY_NODE {
  return objectFor(node, X509_POLICY_NODE, () => new X509_POLICY_NODE(node))
}

function objectFor<T extends object>(
  inner: PolicyTree | PolicyLevel | PolicyNode,
  type: abstract new (...args: never[]) => T,
  make: () => T,
): T {
  const known = objects.get(inner)
  if (known instanceof type) return known
  const made = make()
  objects.set(inner, made)
  return made
}

/** The policies that a verification has found (X509_STORE_CTX_get0_policy_tree(3)); null before, and when there are none. */
export function X509_STORE_CTX_get0_policy_tree(ctx: X509_STORE_CTX): X509_POLICY_TREE | null {
  return treeObject(requireInstance(ctx, X509_STORE_CTX, 'ctx').verification?.policyTree ?? null)
}

/** 1 when a policy had to hold for the whole chain, else 0. */
export function X509_STORE_CTX_get_explicit_policy(ctx: X509_STORE_CTX): number {
  return Number(requireInstance(ctx, X509_STORE_CTX, 'ctx').verification?.explicitPolicy === true)
}

/**
 * Evaluates the policies of a chain, the leaf first (X509_policy_check).
 * @param ptree - takes the tree, or null
 * @param pexplicit_policy - takes 1 when a policy had to be there
 * @param policy_oids - the policies that will do; null for any
 * @param flags - X509_V_FLAG_EXPLICIT_POLICY, X509_V_FLAG_INHIBIT_ANY, X509_V_FLAG_INHIBIT_MAP
 * @returns X509_PCY_TREE_*
 */
export function X509_policy_check(
  ptree: Out<X509_POLICY_TREE | null>,
  pexplicit_policy: Out<number>,
  certs: readonly X509[],
  policy_oids: readonly ASN1_OBJECT[] | null,
  flags: number,
): number {
  requireInteger(flags, 'flags')
  const chain = certs.flatMap((x): Certificate[] => {
    const { certificate } = requireLive(x, X509, 'certs')
    return certificate === null ? [] : [certificate]
  })
  const { result, tree, explicit } = evaluatePolicies(chain, {
    explicit: (flags & VerifyFlag.explicitPolicy) !== 0,
    inhibitAny: (flags & VerifyFlag.inhibitAny) !== 0,
    inhibitMapping: (flags & VerifyFlag.inhibitMap) !== 0,
    wanted: (policy_oids ?? []).map(({ oid }) => oid),
  })
  ptree.value = treeObject(tree)
  pexplicit_policy.value = Number(explicit)
  return RESULTS[result]
}

const RESULTS = {
  valid: X509_PCY_TREE_VALID,
  invalid: X509_PCY_TREE_INVALID,
  failure: X509_PCY_TREE_FAILURE,
  'too-large': X509_PCY_TREE_INTERNAL,
} as const

const treeOf = (tree: unknown): PolicyTree => requireInstance(tree, X509_POLICY_TREE, 'tree').tree

/** Does nothing: trees are collected. @harmless what is not used any more is collected */
export function X509_policy_tree_free(tree: X509_POLICY_TREE | null): void {
  void tree
}

/** How many levels there are: one for the trust anchor, one for each certificate below; 0 for null. */
export function X509_policy_tree_level_count(tree: X509_POLICY_TREE | null): number {
  return tree === null ? 0 : treeOf(tree).levels.length
}

/** A level, 0 for that of the trust anchor; null beyond the end. */
export function X509_policy_tree_get0_level(tree: X509_POLICY_TREE | null, i: number): X509_POLICY_LEVEL | null {
  const level = tree === null ? undefined : treeOf(tree).levels[requireInteger(i, 'i')]
  return level === undefined ? null : objectFor(level, X509_POLICY_LEVEL, () => new X509_POLICY_LEVEL(level))
}

/** What the authorities permit (RFC 5280's authority-constrained-policy-set); null for null. */
export function X509_policy_tree_get0_policies(tree: X509_POLICY_TREE | null): X509_POLICY_NODE[] | null {
  return tree === null ? null : stackOf(treeOf(tree).authorityPolicies)
}

/** What the authorities permit of what was asked for (the user-constrained-policy-set); null for nothing. */
export function X509_policy_tree_get0_user_policies(tree: X509_POLICY_TREE | null): X509_POLICY_NODE[] | null {
  return tree === null ? null : stackOf(treeOf(tree).userPolicies)
}

function stackOf(nodes: readonly PolicyNode[]): X509_POLICY_NODE[] | null {
  return nodes.length === 0 ? null : nodes.map(nodeObject)
}

/** anyPolicy first. */
function nodesOf(level: X509_POLICY_LEVEL | null): readonly PolicyNode[] {
  if (level === null) return []
  const { any, nodes } = requireInstance(level, X509_POLICY_LEVEL, 'level').level
  return any === null ? nodes : [any, ...nodes]
}

/** How many policies a level has; 0 for null. */
export function X509_policy_level_node_count(level: X509_POLICY_LEVEL | null): number {
  return nodesOf(level).length
}

/** A policy of a level, anyPolicy first; null beyond the end. */
export function X509_policy_level_get0_node(level: X509_POLICY_LEVEL | null, i: number): X509_POLICY_NODE | null {
  const node = nodesOf(level)[requireInteger(i, 'i')]
  return node === undefined ? null : nodeObject(node)
}

const nodeOf = (node: unknown): PolicyNode => requireInstance(node, X509_POLICY_NODE, 'node').node

/** The policy's identifier; null for null. */
export function X509_policy_node_get0_policy(node: X509_POLICY_NODE | null): ASN1_OBJECT | null {
  return node === null ? null : new ASN1_OBJECT(nodeOf(node).data.policy)
}

/** The policy's qualifiers; null without any. */
export function X509_policy_node_get0_qualifiers(node: X509_POLICY_NODE | null): POLICYQUALINFO[] | null {
  const contents = node === null ? null : nodeOf(node).data.qualifiers
  return contents === null ? null : readQualifiers(contents).map(({ oid, value }) => new POLICYQUALINFO(oid, value))
}

/** The policy above; null for that of the trust anchor. */
export function X509_policy_node_get0_parent(node: X509_POLICY_NODE | null): X509_POLICY_NODE | null {
  const parent = node === null ? null : nodeOf(node).parent
  return parent === null ? null : nodeObject(parent)
}

/** Writes a policy and its qualifiers in words. */
export function X509_POLICY_NODE_print(out: BIO, node: X509_POLICY_NODE, indent: number): void {
  const { policy, critical, qualifiers } = nodeOf(node).data
  const margin = ' '.repeat(Math.max(0, requireInteger(indent, 'indent')))
  const how = critical ? 'Critical' : 'Non Critical'
  const what =
    qualifiers === null ? `${margin}  No Qualifiers` : qualifiersText(new DerReader(qualifiers), `${margin}  `)
  BIO_puts(out, `${margin}Policy: ${objectText(policy)}\n${margin}  ${how}\n${what}\n`)
}
