import type { SctpStack } from '../../../sctp/stack.ts'

/** The machine that userland sockets are on: a stack, its driver, and the numbers of associations. */
export interface UserlandHost {
  readonly stack: SctpStack
  /** The UDP port of peers where a program says nothing (RFC 6951); 0: no encapsulation. */
  readonly encapsulationPort: number
  /** Milliseconds between searches for the path MTU where a program says nothing; 0: it is known. */
  readonly probeInterval: number
  /** Whether a local address may be bound to. */
  isLocal(address: string): boolean
  /** Addresses of this end where a socket is bound to all. */
  localAddresses(domain: number): readonly string[]
  /**
   * A socket is bound to these addresses (none: all): packets for them are to be taken in from now on. False when they
   * cannot be.
   */
  bound(addresses: readonly string[], domain: number): boolean
  /** The next association id; never one of SCTP_FUTURE_ASSOC and its kin. */
  nextAssociationId(): number
  /** Keeps the process alive until the function that it returns is called. */
  hold(): () => void
  /** Keeps the process alive for a moment, so that an association can end in good order. */
  linger(): void
}
