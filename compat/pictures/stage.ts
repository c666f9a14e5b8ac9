import { toHex } from '../../lib/base/bytes.ts'
import { type Direction, SeededSource, SimulatedNetwork, VirtualClock } from '../../lib/sim.ts'
import type { Role } from '../demo/events.ts'
import type { Packet } from '../trace/capture/packet.ts'
import { conversations, dissect } from '../trace/dissect.ts'
import { readKeyLog } from '../trace/secrets.ts'
import type { Note, Step } from '../trace/steps.ts'

/** Milliseconds that a packet takes to the other side. */
const DELAY = 10

export interface StageOptions {
  readonly protocol: Packet['protocol']
  /** Numbers of the packets that get lost, by sender, from 0. */
  readonly losses?: Partial<Readonly<Record<Role, readonly number[]>>> | undefined
}

/** A network with a seed and a clock of its own, on which everything that happens is written down. */
export class Stage {
  readonly clock = new VirtualClock()
  readonly source = new SeededSource('pictures')
  readonly network: SimulatedNetwork
  readonly #options: StageOptions
  #packets: Packet[] = []
  /** With the number of packets that had been sent before. */
  #notes: { readonly note: Note; readonly after: number }[] = []
  #keys = ''
  /** Bytes of its stream that each side has sent. */
  readonly #sent = new Map<string, number>()

  constructor(options: StageOptions) {
    this.#options = options
    this.network = new SimulatedNetwork({
      clock: this.clock,
      seed: this.source,
      conditions: { delayMs: [DELAY, DELAY] },
      interfere: ({ from, number }) => (options.losses?.[from as Role]?.includes(number) ? [] : null),
      trace: ({ fate, from, to, number, bytes }) => {
        if (fate !== 'sent') return
        const lost = options.losses?.[from as Role]?.includes(number) === true
        this.#packets.push({ ...this.#ends({ from, to }, bytes), at: this.clock.now(), lost, payload: bytes })
      },
    })
  }

  /** Something that a side does and no packet shows. */
  note(who: Role, text: string): void {
    const note = { kind: 'note', who, text } as const
    this.#notes.push({ note, after: this.#packets.length })
  }

  /** A secret, as an observer of the engine gets it. */
  secret(label: string, name: Uint8Array, secret: Uint8Array): void {
    this.keyLog(`${label} ${toHex(name)} ${toHex(secret)}`)
  }

  keyLog(line: string): void {
    this.#keys += `${line}\n`
  }

  /** Forgets what passed, so that only what comes next is shown. */
  begin(): void {
    this.#packets = []
    this.#notes = []
  }

  get packets(): readonly Packet[] {
    return this.#packets
  }

  get keys(): string {
    return this.#keys
  }

  /** What passed, with what was noted between. */
  steps(): Step[] {
    const [conversation, ...others] = conversations(this.#packets)
    if (conversation === undefined || others.length > 0) throw new Error('not one conversation')
    const passages = dissect(conversation, readKeyLog(this.#keys)).map(step => ({ step, place: step.number + 0.5 }))
    const notes = this.#notes.map(({ note, after }) => ({ step: note, place: after }))
    return [...notes, ...passages].toSorted((a, b) => a.place - b.place).map(({ step }) => step)
  }

  #ends({ from, to }: Direction, bytes: Uint8Array): Pick<Packet, 'protocol' | 'source' | 'target' | 'sequence'> {
    const { protocol } = this.#options
    const port = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    if (protocol === 'sctp') return { protocol, source: `${from} ${port(0)}`, target: `${to} ${port(2)}` }
    const sequence = this.#sent.get(from) ?? 0
    this.#sent.set(from, sequence + bytes.length)
    return { protocol, source: from, target: to, ...(protocol === 'tcp' ? { sequence } : {}) }
  }
}
