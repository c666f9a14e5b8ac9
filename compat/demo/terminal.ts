import { styleText } from 'node:util'

/** What the terminal shows: colour only where there is a terminal, and none with NO_COLOR. */
type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan' | 'magenta' | 'yellow'

export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

export function say(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** A line with a name and a value below each other's; a long value goes on below itself. */
export function say_pair(name: string, value: string): void {
  const lines = value.match(/\S.{0,67}(?=\s|$)|\S+/g) ?? ['']
  say(`  ${styled('dim', name.padEnd(9))} ${lines.join(`\n${' '.repeat(12)}`)}`)
}

const BAR_WIDTH = 40

/** One line that is written anew as things go on; where there is no terminal nothing is written. */
export function show_progress(done: number, all: number, rate: number): void {
  if (!process.stdout.isTTY) return
  const filled = Math.round((Math.min(done, all) / all) * BAR_WIDTH)
  const bar = styled('cyan', '━'.repeat(filled)) + styled('dim', '─'.repeat(BAR_WIDTH - filled))
  process.stdout.write(`\r  ${bar} ${grouped(done)} of ${grouped(all)}  ${grouped(rate)}/s \x1b[K`)
}

export function clear_progress(): void {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K')
}

/** 12345 as `12 345`. */
export function grouped(number: number): string {
  return String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ' ')
}
