import type { Certificate } from '../certificate.ts'
import type { AddressFamily, AddressRange, Holdings, Range } from '../resources.ts'
import type { Verification } from './verification.ts'
import { VerifyError } from './verify-error.ts'

/**
 * Whether every certificate holds what the one below it holds (RFC 3779 sections 2.3 and 3.3, in the order of
 * X509v3_asid_validate_path and X509v3_addr_validate_path). Chains whose leaf names no resources pass.
 */
export function checkResources(v: Verification): boolean {
  return checkAsNumbers(v) && checkAddresses(v)
}

function checkAsNumbers(v: Verification): boolean {
  const [leaf] = v.chain
  const own = leaf?.asIdentifiers ?? null
  if (leaf === undefined || own === null) return true
  if (!canonicalAs(leaf) && !v.fail(VerifyError.invalidExtension, 0)) return false
  const walks = [new Walk(own.numbers), new Walk(own.domains)]
  for (const [depth, certificate] of [...v.chain.entries()].slice(1)) {
    const held = certificate.asIdentifiers
    if (held === null) {
      const bare = walks.some(({ ranges }) => ranges !== null)
      if (bare && !v.fail(VerifyError.unnestedResource, depth)) return false
      continue
    }
    if (!canonicalAs(certificate) && !v.fail(VerifyError.invalidExtension, depth)) return false
    const nested = [held.numbers, held.domains].every(
      (holdings, which) => walks[which]?.climb(holdings) !== false || v.fail(VerifyError.unnestedResource, depth),
    )
    if (!nested) return false
  }
  const top = v.chain.at(-1)
  return [top?.asIdentifiers?.numbers, top?.asIdentifiers?.domains].every(held => held !== 'inherit' || failAtTop(v))
}

/** The trust anchor can inherit from nobody. OpenSSL tells it one above the last certificate. */
function failAtTop(v: Verification): boolean {
  return v.fail(VerifyError.unnestedResource, v.chain.length, v.chain.at(-1))
}

/** What a certificate below holds, on the way up. */
class Walk {
  /** Null: nothing, or what is inherited. */
  ranges: readonly Range[] | null
  #inherits: boolean

  constructor(holdings: Holdings | null) {
    this.#inherits = holdings === 'inherit'
    this.ranges = holdings === 'inherit' ? null : holdings
  }

  /** Goes on with what the next one holds; false when it does not hold what was below it. */
  climb(holdings: Holdings | null): boolean {
    if (holdings === 'inherit') return true
    if (holdings === null) {
      const nested = this.ranges === null
      if (!nested) this.#inherits = false
      this.ranges = null
      return nested
    }
    if (!this.#inherits && !contains(holdings, this.ranges ?? [])) return false
    this.ranges = holdings
    this.#inherits = false
    return true
  }
}

function canonicalAs({ asIdentifiers }: Certificate): boolean {
  return [asIdentifiers?.numbers, asIdentifiers?.domains].every(
    held => held === undefined || held === null || held === 'inherit' || inOrder(held),
  )
}

function checkAddresses(v: Verification): boolean {
  const own = v.chain[0]?.addresses ?? null
  if (own === null) return true
  if (!canonicalAddresses(own) && !v.fail(VerifyError.invalidExtension, 0)) return false
  const child = [...own]
  for (const [depth, { addresses }] of [...v.chain.entries()].slice(1)) {
    if (addresses !== null && !canonicalAddresses(addresses) && !v.fail(VerifyError.invalidExtension, depth))
      return false
    if (!climbAddresses(v, child, addresses, depth)) return false
  }
  const inherited = (v.chain.at(-1)?.addresses ?? []).filter(
    held => held.addresses === 'inherit' && child.some(({ family }) => family === held.family),
  )
  return inherited.every(() => failAtTop(v))
}

/** Puts what a certificate holds in the place of what the one below does; the first family that it lacks ends it. */
function climbAddresses(
  v: Verification,
  child: AddressFamily[],
  held: readonly AddressFamily[] | null,
  depth: number,
): boolean {
  for (const [at, below] of child.entries()) {
    const above = held?.find(({ family }) => family === below.family)
    if (above === undefined) {
      if (below.addresses !== 'inherit') return v.fail(VerifyError.unnestedResource, depth)
    } else if (above.addresses !== 'inherit') {
      if (below.addresses === 'inherit' || holds(above.addresses, below.addresses)) child[at] = above
      else if (!v.fail(VerifyError.unnestedResource, depth)) return false
    }
  }
  return true
}

function holds(parent: readonly AddressRange[], child: readonly AddressRange[]): boolean {
  const ranges = (list: readonly AddressRange[]): Range[] => list.flatMap(({ range }) => range ?? [])
  const all = [...parent, ...child].every(({ range }) => range !== null)
  return all && contains(ranges(parent), ranges(child))
}

/** Both lists are in order, as they have been found to be. */
function contains(parent: readonly Range[], child: readonly Range[]): boolean {
  let at = 0
  return child.every(({ min, max }) => {
    while (at < parent.length && (parent[at]?.max ?? max) < max) at++
    const over = parent[at]
    return over !== undefined && over.min <= min
  })
}

/** At least one range, in order, none touching the next or turned round. */
function inOrder(ranges: readonly Range[]): boolean {
  return (
    ranges.length > 0 && ranges.every(({ min, max }, at) => min <= max && max + 1n < (ranges[at + 1]?.min ?? max + 2n))
  )
}

/** Families in order, each with ranges in order that are no prefixes written otherwise (X509v3_addr_is_canonical). */
function canonicalAddresses(families: readonly AddressFamily[]): boolean {
  const sorted = families.every(({ family }, at) => at === 0 || (families[at - 1]?.family ?? '') < family)
  return sorted && families.every(({ addresses }) => addresses === 'inherit' || canonicalRanges(addresses))
}

function canonicalRanges(addresses: readonly AddressRange[]): boolean {
  const [first] = addresses
  if (addresses.length === 1 && first?.isPrefix === true) return true
  const ranges = addresses.flatMap(({ range }) => range ?? [])
  return ranges.length === addresses.length && inOrder(ranges) && !addresses.some(isPrefixInDisguise)
}

function isPrefixInDisguise({ range, isPrefix }: AddressRange): boolean {
  if (isPrefix || range === null) return false
  const free = range.min ^ range.max
  return (free & (free + 1n)) === 0n && (range.min & free) === 0n
}
