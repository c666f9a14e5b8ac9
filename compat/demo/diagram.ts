import type { Flown } from './events.ts'
import { say, styled } from './terminal.ts'

/** Columns between the two lifelines. */
const WIDTH = 44

/** The sequence diagram of a DTLS connection, client left, server right; encrypted records have double lines. */
export class Diagram {
  readonly #begun: number
  readonly #known = new Set<string>()
  #flight = 0
  #from: Flown['from'] | null = null

  /** @param begun - the time of the first arrow */
  constructor(begun: number) {
    this.#begun = begun
    say(styled('bold', `          client ${' '.repeat(WIDTH - 6)} server`))
  }

  /** Draws what has not been drawn: both sides report what passes between them, the earlier report counts. */
  draw(messages: readonly Flown[]): void {
    for (const message of messages.toSorted((one, other) => one.at - other.at)) {
      const key = `${message.from} ${message.epoch} ${message.sequence}`
      if (this.#known.has(key)) continue
      this.#known.add(key)
      if (message.from !== this.#from) this.#turn(message)
      say(arrow(message, message.at - this.#begun))
    }
  }

  /** The other side speaks now: a flight of the handshake, or an alert, which belongs to none. */
  #turn({ from, name }: Flown): void {
    if (!name.startsWith('Alert')) say(lifelines(`  flight ${++this.#flight}`))
    this.#from = from
  }

  /** Something that is not a message of the handshake. */
  note(text: string): void {
    say(lifelines(''))
    say(lifelines('', text))
    say(lifelines(''))
    this.#from = null
  }
}

function arrow({ from, name, epoch, length }: Flown, milliseconds: number): string {
  const line = epoch > 0 ? '═' : '─'
  const label = ` ${name} `
  const rest = line.repeat(Math.max(0, WIDTH - 4 - label.length))
  const drawn = from === 'client' ? `${line.repeat(3)}${label}${rest}▶` : `◀${rest}${label}${line.repeat(3)}`
  const time = styled('dim', `${milliseconds.toFixed(1).padStart(7)} ms`)
  const details = styled('dim', `epoch ${epoch} ${String(length).padStart(5)} bytes`)
  return `${time}   │${styled(from === 'client' ? 'cyan' : 'magenta', drawn)}│ ${details}`
}

function lifelines(margin: string, text = ''): string {
  const left = Math.max(0, Math.floor((WIDTH - text.length) / 2))
  const inside = `${' '.repeat(left)}${text}`.padEnd(WIDTH)
  return `${styled('dim', margin.padEnd(10))}   │${text === '' ? inside : styled('green', inside)}│`
}
