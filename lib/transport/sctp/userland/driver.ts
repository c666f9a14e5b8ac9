import { systemClock } from '../../../base/clock.ts'
import { systemRandom } from '../../../base/random.ts'
import { type Carrier, SctpStack } from '../../../sctp/stack.ts'
import type { OutgoingPacket } from '../../../sctp/surroundings.ts'

/** How long an idle process still waits for associations that were closed to end in good order, in milliseconds. */
const LINGER = 3000
/** The longest delay that a Node timer can hold. */
const LONGEST_DELAY = 0x7fffffff

/** Gives a stack its time and its way out. */
export class Driver {
  readonly stack: SctpStack
  readonly #send: (packet: OutgoingPacket) => void
  readonly #keep: (held: boolean) => void
  #timer: NodeJS.Timeout | null = null
  #due: number | null = null
  #holds = 0
  #lingersUntil = 0
  #nextId = 3

  /** `keep` is told whether the process is to be kept alive now. */
  constructor(carrier: Carrier, send: (packet: OutgoingPacket) => void, keep: (held: boolean) => void = () => {}) {
    this.#send = send
    this.#keep = keep
    this.stack = new SctpStack({
      clock: systemClock,
      random: systemRandom,
      carrier,
      wake: () => this.#pump(),
    })
  }

  nextAssociationId(): number {
    return this.#nextId++
  }

  get #held(): boolean {
    return this.#holds > 0 || (this.stack.associations > 0 && systemClock.now() < this.#lingersUntil)
  }

  hold(): () => void {
    this.#holds++
    this.#rekeep()
    let released = false
    return () => {
      if (released) return
      released = true
      this.#holds--
      this.#rekeep()
    }
  }

  linger(): void {
    this.#lingersUntil = systemClock.now() + LINGER
    setTimeout(() => this.#rekeep(), LINGER + 1).unref()
    this.#rekeep()
  }

  #pump(): void {
    for (const packet of this.stack.takeOutput()) this.#send(packet)
    this.#arm(this.stack.nextDeadline())
    this.#rekeep()
  }

  #arm(deadline: number | null): void {
    if (deadline === this.#due) return
    this.#due = deadline
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    if (deadline === null) return
    const delay = Math.min(LONGEST_DELAY, Math.max(0, Math.ceil(deadline - systemClock.now())))
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#due = null
      this.stack.onDeadline()
    }, delay)
  }

  #rekeep(): void {
    const held = this.#held
    if (held) this.#timer?.ref()
    else this.#timer?.unref()
    this.#keep(held)
  }
}
