import type { Certificate } from '../certificate.ts'
import { compareOids } from '../der.ts'
import { ANY_POLICY, type PolicyData, type PolicyStatement, policyStatement } from '../policy-extensions.ts'

// RFC 5280 section 6.1 as OpenSSL evaluates it (crypto/x509/pcy_tree.c, Apache-2.0), with the same results. The tree of
// the RFC can grow exponentially (CVE-2023-0464), so that its nodes are counted, as there.

/** What becomes of the policies of a chain. */
export interface PolicyOutcome {
  /** 'failure': a policy had to be there and is not; 'invalid': an extension is wrong; 'too-large': too many nodes. */
  readonly result: 'valid' | 'failure' | 'invalid' | 'too-large'
  /** Null when no policy holds for the whole chain, which is well unless one had to be explicit. */
  readonly tree: PolicyTree | null
  readonly explicit: boolean
}

/** What policies are evaluated with. */
export interface PolicySettings {
  readonly explicit: boolean
  readonly inhibitAny: boolean
  readonly inhibitMapping: boolean
  /** The policies that will do; empty: none was named. */
  readonly wanted: readonly string[]
}

/** A policy at one place of the tree. */
export class PolicyNode {
  readonly data: PolicyData
  readonly parent: PolicyNode | null
  /** Children that have not been pruned. */
  count = 0
  /** The policies of all children. */
  readonly children = new Set<string>()

  constructor(data: PolicyData, parent: PolicyNode | null) {
    this.data = data
    this.parent = parent
  }
}

/** The policies that hold down to one certificate. */
export class PolicyLevel {
  readonly statement: PolicyStatement | null
  readonly inhibitAny: boolean
  readonly inhibitMapping: boolean
  nodes: PolicyNode[] = []
  any: PolicyNode | null = null

  constructor(statement: PolicyStatement | null, inhibitAny: boolean, inhibitMapping: boolean) {
    this.statement = statement
    this.inhibitAny = inhibitAny
    this.inhibitMapping = inhibitMapping
  }
}

/** OpenSSL's OPENSSL_POLICY_TREE_NODES_MAX. */
export const MAX_NODES = 1000

/** Evaluates the policies of a chain, the leaf first (X509_policy_check). */
export function evaluatePolicies(chain: readonly Certificate[], settings: PolicySettings): PolicyOutcome {
  // The trust anchor is no part of the path.
  const path = chain.slice(0, -1).reverse()
  const statements = path.map(policyStatement)
  const begun = begin(path, statements, settings)
  if (begun === 'invalid') return { result: 'invalid', tree: null, explicit: false }
  const { explicit } = begun
  const none = { result: explicit ? ('failure' as const) : ('valid' as const), tree: null, explicit }
  if (begun.empty) return none
  const tree = new PolicyTree(levels(path, statements, settings))
  const grown = tree.grow(settings.wanted)
  if (grown === 'too-large') return { result: 'too-large', tree: null, explicit }
  if (grown === 'empty' || (explicit && tree.userPolicies.length === 0)) return none
  return { result: 'valid', tree, explicit }
}

/** Whether a policy must be there at the end, and whether one can be: every certificate must name some. */
function begin(
  path: readonly Certificate[],
  statements: readonly (PolicyStatement | null)[],
  settings: PolicySettings,
): { readonly empty: boolean; readonly explicit: boolean } | 'invalid' {
  if (path.length === 0) return { empty: true, explicit: false }
  let left = settings.explicit ? 0 : path.length + 1
  let empty = false
  for (const [at, certificate] of path.entries()) {
    if (left === 0 && empty) break
    const statement = statements[at] ?? null
    if (statement === null) return 'invalid'
    empty ||= statement.policies === null
    if (left > 0) left = countDown(left, certificate, statement.requireExplicit)
  }
  return { empty, explicit: left === 0 }
}

/** Every certificate that is not self-issued counts; a certificate may lower what is left (section 6.1.4 (h), (i)). */
function countDown(left: number, certificate: Certificate, limit: number | null): number {
  return Math.min(certificate.selfIssued ? left : left - 1, limit ?? left)
}

function levels(
  path: readonly Certificate[],
  statements: readonly (PolicyStatement | null)[],
  settings: PolicySettings,
): PolicyLevel[] {
  let anyLeft = settings.inhibitAny ? 0 : path.length + 1
  let mapLeft = settings.inhibitMapping ? 0 : path.length + 1
  const found = path.map((certificate, at) => {
    const statement = statements[at] ?? null
    // Self-issued intermediates may say anyPolicy even where it is inhibited.
    const passes = certificate.selfIssued && at < path.length - 1
    const inhibitAny = (statement?.any ?? null) === null || (anyLeft === 0 && !passes)
    const inhibitMapping = mapLeft === 0
    if (anyLeft > 0) anyLeft = countDown(anyLeft, certificate, statement?.inhibitAny ?? null)
    if (mapLeft > 0) mapLeft = countDown(mapLeft, certificate, statement?.inhibitMapping ?? null)
    return new PolicyLevel(statement, inhibitAny, inhibitMapping)
  })
  return [new PolicyLevel(null, false, false), ...found]
}

/** Thrown and caught in this file alone. */
const TOO_LARGE = Symbol('too many policy nodes')

/** The policies of a chain, level by level from the trust anchor down (section 6.1.2 (a)). */
export class PolicyTree {
  readonly levels: readonly PolicyLevel[]
  /** What the authorities permit. */
  readonly authorityPolicies: PolicyNode[] = []
  #userPolicies: PolicyNode[] = []
  #anyUser = false
  #nodes = 0

  constructor(levels: readonly PolicyLevel[]) {
    this.levels = levels
    const [top] = levels
    if (top !== undefined) this.#add(top, ROOT, null)
  }

  /** What the authorities permit of what the user wants. */
  get userPolicies(): readonly PolicyNode[] {
    return this.#anyUser ? this.authorityPolicies : this.#userPolicies
  }

  grow(wanted: readonly string[]): 'grown' | 'empty' | 'too-large' {
    try {
      for (let depth = 1; depth < this.levels.length; depth++) if (!this.#descend(depth)) return 'empty'
      this.#choose(wanted)
      return 'grown'
    } catch (failure) {
      if (failure === TOO_LARGE) return 'too-large'
      throw failure
    }
  }

  #add(level: PolicyLevel | null, data: PolicyData, parent: PolicyNode | null): PolicyNode {
    if (this.#nodes >= MAX_NODES) throw TOO_LARGE
    const node = new PolicyNode(data, parent)
    if (level !== null && data.policy === ANY_POLICY) level.any = node
    else level?.nodes.push(node)
    this.#nodes++
    if (parent !== null) {
      parent.count++
      parent.children.add(data.policy)
    }
    return node
  }

  /** One certificate further down; false when no policy is left. */
  #descend(depth: number): boolean {
    const [last, level] = [this.levels[depth - 1], this.levels[depth]]
    if (last === undefined || level === undefined) return false
    this.#linkPolicies(last, level)
    const any = level.statement?.any ?? null
    if (!level.inhibitAny && any !== null) this.#linkAny(last, level, any)
    return this.#prune(depth)
  }

  /** Section 6.1.3 (d) (1): each policy below all that expect it, or below anyPolicy. */
  #linkPolicies(last: PolicyLevel, level: PolicyLevel): void {
    const expecting = new Map<string, PolicyNode[]>()
    for (const node of last.nodes)
      for (const policy of new Set(expectedOf(last, node))) {
        const nodes = expecting.get(policy)
        if (nodes === undefined) expecting.set(policy, [node])
        else nodes.push(node)
      }
    for (const data of level.statement?.policies ?? []) {
      const parents = expecting.get(data.policy) ?? (last.any === null ? [] : [last.any])
      for (const parent of parents) this.#add(level, data, parent)
    }
  }

  /** Section 6.1.3 (d) (2): anyPolicy stands for all that is expected and not there. */
  #linkAny(last: PolicyLevel, level: PolicyLevel, any: PolicyData): void {
    for (const node of last.nodes) {
      const mapped = !last.inhibitMapping && node.data.mapped
      if (mapped ? node.count === node.data.expected.length : node.count > 0) continue
      for (const policy of mapped ? node.data.expected : [node.data.policy])
        if (!node.children.has(policy)) this.#add(level, plainData(policy, any, node.data), node)
    }
    if (last.any !== null) this.#add(level, any, last.any)
  }

  /** Takes away what is mapped where mapping is inhibited, and all above that has no children left; false: nothing is. */
  #prune(depth: number): boolean {
    const level = this.levels[depth]
    if (level?.inhibitMapping === true) drop(level, ({ data }) => data.mapped || data.fromAny)
    for (const above of this.levels.slice(0, depth).reverse()) {
      drop(above, node => node.count === 0)
      if (above.any !== null && above.any.count === 0) {
        if (above.any.parent !== null) above.any.parent.count--
        above.any = null
      }
    }
    return this.levels[0]?.any !== null
  }

  /** Section 6.1.5 (g): the policies of the authorities, and which of them the user wants. */
  #choose(wanted: readonly string[]): void {
    const any = this.levels.at(-1)?.any ?? null
    const named = new Map<string, PolicyNode>()
    for (const [depth, { any: above }] of this.levels.slice(0, -1).entries()) {
      if (above === null) break
      for (const node of this.levels[depth + 1]?.nodes ?? [])
        if (node.parent === above && !named.has(node.data.policy)) named.set(node.data.policy, node)
    }
    this.#anyUser = wanted.includes(ANY_POLICY)
    this.authorityPolicies.push(
      ...(any === null ? inOrder([...named.values()], wanted.length > 0 && !this.#anyUser) : [any]),
    )
    if (this.#anyUser) return
    for (const policy of wanted) {
      const node = named.get(policy)
      if (node !== undefined) this.#userPolicies.push(node)
      else if (any !== null) this.#userPolicies.push(this.#add(null, plainData(policy, any.data, any.data), any.parent))
    }
  }
}

const ROOT: PolicyData = {
  policy: ANY_POLICY,
  qualifiers: null,
  critical: false,
  expected: [],
  mapped: false,
  fromAny: false,
}

/** A policy that anyPolicy brings forth: with its qualifiers, as critical as the one above. */
function plainData(policy: string, { qualifiers }: PolicyData, { critical }: PolicyData): PolicyData {
  return { ...ROOT, policy, qualifiers, critical }
}

function expectedOf(level: PolicyLevel, { data }: PolicyNode): readonly string[] {
  return !level.inhibitMapping && (data.mapped || data.fromAny) ? data.expected : [data.policy]
}

function drop(level: PolicyLevel, goes: (node: PolicyNode) => boolean): void {
  level.nodes = level.nodes.filter(node => {
    if (!goes(node)) return true
    if (node.parent !== null) node.parent.count--
    return false
  })
}

/** Sorted, as OpenSSL hands them out; the last one stands at the end unless they have been searched. */
function inOrder(nodes: readonly PolicyNode[], searched: boolean): PolicyNode[] {
  const kept = searched ? nodes.length : nodes.length - 1
  const sorted = nodes.slice(0, kept).sort((a, b) => compareOids(a.data.policy, b.data.policy))
  return [...sorted, ...nodes.slice(kept)]
}
