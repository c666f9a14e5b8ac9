import { type SctpProvider, sctpProvider, useSctpProvider } from 'openssl-shim/sctp'
import { AF_INET, bind, close, htons, SOCK_DGRAM, socket } from 'openssl-shim/socket'
import { make_certificates } from './certificates.ts'
import { Diagram } from './diagram.ts'
import type { Arrived, Finished } from './events.ts'
import { Party } from './party-process.ts'
import { stage } from './stage.ts'
import { grouped, say, say_pair, styled } from './terminal.ts'

/** RFC 6951 section 5.1. */
const ENCAPSULATION_PORT = 9899

/** What the SCTP is that sockets here are made with. */
const KINDS = {
  kernel: "the kernel's",
  udp: 'our own, in UDP datagrams (RFC 6951)',
  loopback: 'our own, inside the process',
} as const

/** Runs the ported SCTP samples one after the other, and shows what passes between them. @returns the exit code */
export function sctp(): Promise<number> {
  return stage(
    'DTLS over SCTP: dtls_sctp_echo.c, dtls_sctp_discard.c and dtls_sctp_chargen.c, ported to TypeScript',
    run,
  )
}

async function run(folder: string, parties: Party[]): Promise<void> {
  const { name, unavailable } = provider()
  if (unavailable !== null) throw new Error(unavailable)
  process.env.OPENSSL_SHIM_SCTP = name
  make_certificates(folder)
  say_pair('made', 'an authority, and certificates for both sides (ECDSA, P-256)')
  say_pair('sctp', KINDS[name])
  const without_kernel = kernel_missing()
  if (without_kernel !== null) say_pair('kernel', without_kernel)
  say()

  const pair = new Party('pair', './sctp-pair.js', folder)
  parties.push(pair)

  const echo = await pair.nth('finished', 0)
  show_flights(pair, echo, '5 messages and their echoes')
  for (const { role, text } of pair.all('notified')) say_pair(role, text)
  show_arrived(pair.all('arrived').filter(({ program }) => program === echo.program))
  check(echo)
  const { version, suite, subject, issuer, verdict } = await pair.first('connected')
  say_pair('suite', `${version}, ${suite}`)
  say_pair('server', `${subject}, by ${issuer}: ${verdict}`)

  const discard = await pair.nth('finished', 1)
  heading(`${discard.program}: as many unordered messages as there is time for`)
  show_arrived(pair.all('arrived').filter(({ program }) => program === discard.program))
  show_counts(discard)
  check(discard)

  const chargen = await pair.nth('finished', 2)
  heading(`${chargen.program}: messages both ways, and a renegotiation between them`)
  show_flights(pair, chargen, 'messages before, meanwhile and after')
  show_counts(chargen)
  check(chargen)
  if (chargen.renegotiations < 1 || !chargen.resumed) throw new Error('there was no abbreviated renegotiation')
  const count = [echo, discard, chargen].reduce((sum, { received }) => sum + total(received), 0)
  const often = ['', 'once', 'twice'][chargen.renegotiations] ?? `${chargen.renegotiations} times`
  say()
  say(
    `${styled('green', 'OK')}: ${version} over SCTP (${name}), ${suite}, ${count} messages, none lost, ` +
      `renegotiated ${often} under traffic, closed cleanly by both sides`,
  )
}

/** What sockets are made with anyway; but two demos, or any other SCTP over UDP here, cannot share the port. */
function provider(): SctpProvider {
  if (!process.env.OPENSSL_SHIM_SCTP && sctpProvider().name === 'udp' && !encapsulation_port_is_free())
    useSctpProvider('loopback')
  return sctpProvider()
}

function encapsulation_port_is_free(): boolean {
  const fd = socket(AF_INET, SOCK_DGRAM, 0)
  const free = bind(fd, { sin_family: AF_INET, sin_port: htons(ENCAPSULATION_PORT) }) === 0
  close(fd)
  return free
}

/** Why the kernel's SCTP is not there; null when it is. */
function kernel_missing(): string | null {
  useSctpProvider('kernel')
  const { unavailable } = sctpProvider()
  useSctpProvider(null)
  return unavailable
}

function heading(text: string): void {
  say()
  say(styled('bold', `  ${text}`))
  say()
}

/** @param data - what passes between handshake and close_notify */
function show_flights(pair: Party, { program }: Finished, data: string): void {
  const flown = pair.all('flown').filter(event => event.program === program)
  const diagram = new Diagram(flown[0]?.at ?? 0)
  diagram.draw(flown.filter(({ name }) => !name.startsWith('Alert')))
  diagram.note(data)
  diagram.draw(flown.filter(({ name }) => name.startsWith('Alert')))
  say()
}

/** The RCVINFO of messages. */
function show_arrived(messages: readonly Arrived[]): void {
  for (const { role, stream, ssn, tsn, unordered, length } of messages) {
    const order = unordered ? 'unordered' : `ssn ${ssn}`
    say_pair(role, `has read ${length} bytes: stream ${stream}, ${order}, tsn ${tsn}`)
  }
  say()
}

function show_counts({ sent, received }: Finished): void {
  for (const role of ['client', 'server'] as const) {
    for (const [done, streams] of [
      ['sent', sent[role]],
      ['received', received[role]],
    ] as const) {
      if (streams.length === 0) continue
      const each = streams.map(number => grouped(number).padStart(7)).join('')
      say_pair(role, `${done.padEnd(8)}${styled('dim', ' by stream')}${each}`)
    }
  }
}

function check({ program, code, clean, sent, received }: Finished): void {
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  for (const [from, to] of [
    ['client', 'server'],
    ['server', 'client'],
  ] as const) {
    if (JSON.stringify(sent[from]) === JSON.stringify(received[to])) continue
    throw new Error(`${program}: the ${from} sent ${sent[from]} by stream, the ${to} received ${received[to]}`)
  }
  if (!clean) throw new Error(`${program}: the connection was not closed by both sides`)
}

function total({ client, server }: Finished['received']): number {
  return [...client, ...server].reduce((sum, number) => sum + number, 0)
}
