// What the peers of this folder have in common: the options and the lines of ../matrix/peers/c/peer.h.
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export const options = Object.fromEntries(process.argv.slice(2).map(text => text.split(/=(.*)/s).slice(0, 2)))
export const isServer = options.role === 'server'
export const cipher = options.cipher === undefined ? undefined : Number.parseInt(options.cipher, 16)
export const connections = options.resume === undefined ? 1 : 2

export const say = line => process.stdout.write(`${line}\n`)

function stop(status, line) {
  say(line)
  process.exit(status)
}

export const fail = failure => stop(1, `failed ${failure?.message ?? failure}`)
export const lack = what => stop(77, `lacks ${what}`)

/** Ends with the numbers of these suites, when it is run for nothing else. */
export function tellSuites(numbers) {
  if (options.tell !== 'suites') return
  for (const number of numbers) say(number.toString(16))
  process.exit()
}

/** Ends with the first of these that is asked for. */
export function lackOptions(...names) {
  const lacking = names.find(name => options[name] !== undefined)
  if (lacking !== undefined) lack(lacking)
}

export function sayConnection(number, facts) {
  say(`connection ${number}`)
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) say(`${name} ${value}`)
  say('done')
}

/** Sends messages and waits for what the server makes of each. */
export async function beClient(send, arrivals) {
  if (options.wait) await once(createInterface({ input: process.stdin }), 'line')
  for (const size of options.sizes.split(',').map(Number)) {
    const sent = Buffer.from(Array.from({ length: size }, (_, i) => i * 7 + size))
    send(sent)
    let heard = Buffer.alloc(0)
    while (heard.length < size) heard = Buffer.concat([heard, await arrivals.next()])
    if (!heard.equals(sent)) fail(`the echo of ${size} bytes is another`)
    say(`echoed ${size}`)
  }
}

/** What has come and nobody has looked at. */
export class Arrivals {
  #waiting = []
  #wake = () => {}

  push(data) {
    this.#waiting.push(Buffer.from(data))
    this.#wake()
  }

  async next() {
    while (this.#waiting.length === 0)
      await new Promise(resolve => {
        this.#wake = resolve
      })
    return this.#waiting.shift()
  }
}

setTimeout(() => fail('nothing happened'), 15_000).unref()
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
