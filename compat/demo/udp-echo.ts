import { OPENSSL_assert } from 'openssl-shim'
import {
  AF_INET,
  bind,
  close,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  ntohs,
  SOCK_DGRAM,
  type sockaddr,
  socket,
} from 'openssl-shim/socket'
import { make_certificates } from './certificates.ts'
import { Diagram } from './diagram.ts'
import type { Connected } from './events.ts'
import { Party } from './party-process.ts'
import { stage } from './stage.ts'
import { clear_progress, grouped, say, say_pair, show_progress, styled } from './terminal.ts'

const ROUND_TRIPS = 10_000

/** Runs the ported echo server and client, and shows what passes between them. @returns the exit code */
export function udp_echo(): Promise<number> {
  return stage('DTLS over UDP: dtls_udp_echo.c, ported to TypeScript, as client and as server', run)
}

async function run(folder: string, parties: Party[]): Promise<void> {
  make_certificates(folder)
  const port = free_port()
  say_pair('made', 'an authority, and certificates for both sides (ECDSA, P-256)')

  const server = new Party('server', './party.js', folder, 'server', port, 0)
  parties.push(server)
  await server.first('listening')
  say_pair('listening', `127.0.0.1:${port}, asking for cookies`)
  say()

  const client = new Party('client', './party.js', folder, 'client', port, ROUND_TRIPS)
  parties.push(client)
  const end_progress = client.watch(() => {
    const latest = client.all('exchanged').at(-1)
    if (latest !== undefined) show_progress(latest.count, ROUND_TRIPS, (latest.count / latest.elapsed) * 1000)
  })
  const [seen_by_client, seen_by_server] = await Promise.all([client.first('connected'), server.first('connected')])
  const diagram = new Diagram(client.all('flown')[0]?.at ?? 0)
  diagram.draw([...client.all('flown'), ...server.all('flown')])
  diagram.note(`${grouped(ROUND_TRIPS)} messages and their echoes`)

  const closes = await Promise.all([client.first('closed'), server.first('closed')])
  end_progress()
  clear_progress()
  diagram.draw([...client.all('flown'), ...server.all('flown')])
  say()
  describe(seen_by_client, seen_by_server)

  const { count = 0, elapsed = 0 } = client.all('exchanged').at(-1) ?? {}
  if (count !== ROUND_TRIPS) throw new Error(`${ROUND_TRIPS - count} of ${ROUND_TRIPS} messages did not come back`)
  if (!closes.every(({ clean }) => clean)) throw new Error('the connection was not closed by both sides')
  const { version, suite } = seen_by_client
  const rate = Math.round((count / elapsed) * 1000)
  say()
  say(
    `${styled('green', 'OK')}: ${version}, ${suite}, ${count} round trips, ${rate} per second, closed cleanly by both sides`,
  )
}

function describe(client: Connected, server: Connected): void {
  say_pair('version', client.version)
  say_pair('suite', client.suite)
  say_pair('group', client.group)
  // Each side tells whom it has seen at the other end.
  say_pair('server', `${client.subject}, by ${client.issuer}: ${client.verdict}`)
  say_pair('client', `${server.subject}, by ${server.issuer}: ${server.verdict}`)
}

/** A UDP port of the loopback interface that nobody has now. */
function free_port(): number {
  const fd = socket(AF_INET, SOCK_DGRAM, 0)
  const address: sockaddr = { sin_family: AF_INET, sin_port: 0, sin_addr: { s_addr: htonl(INADDR_LOOPBACK) } }
  OPENSSL_assert(bind(fd, address) === 0 && getsockname(fd, address) === 0)
  close(fd)
  return ntohs(address.sin_port ?? 0)
}
