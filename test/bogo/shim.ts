import { ERR_clear_error, type SSL_CTX, SSL_CTX_free, SSL_free, type SSL_SESSION } from 'openssl-shim'
import {
  AF_INET,
  AF_INET6,
  close,
  connect,
  getsockopt,
  htons,
  IPPROTO_TCP,
  in6addr_loopback,
  inet_addr,
  POLLOUT,
  poll,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
  setsockopt,
  socket,
  TCP_NODELAY,
} from 'openssl-shim/socket'
import { setSslClock } from '../../lib/openssl/clock.ts'
import { attach, newConnection, newContext } from './connection.ts'
import { takeErrors } from './errors.ts'
import { exchange } from './exchange.ts'
import { parseFlags, type Settings, Unimplemented } from './flags.ts'
import { CheckFailed, RunnerClock, State } from './state.ts'

/** What a run of the shim comes to: its exit status, and what it says. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** The runner's own numbers: a test that is left out, and one that has failed whatever was expected. */
export const STATUS = { ok: 0, failed: 1, unimplemented: 89, mustNotHappen: 90 } as const

/**
 * A run of the shim of ssl/test/PORTING.md: the connections that the command line asks for, with this library, against the runner.
 * One at a time in a process: there is one clock, and one error queue.
 */
export async function runShim(argv: readonly string[]): Promise<Outcome> {
  ERR_clear_error()
  try {
    const { initial, resume } = parseFlags(argv)
    if (initial.isHandshakerSupported) return { status: STATUS.ok, stdout: 'No\n', stderr: '' }
    await connections(initial, resume)
    return { status: STATUS.ok, stdout: '', stderr: '' }
  } catch (failure) {
    const stderr = `${describe(failure)}\n${takeErrors()}`
    return { status: statusOf(failure), stdout: '', stderr }
  } finally {
    setSslClock(null)
  }
}

function describe(failure: unknown): string {
  if (!(failure instanceof Error)) return String(failure)
  return failure instanceof CheckFailed ? failure.message : (failure.stack ?? failure.message)
}

function statusOf(failure: unknown): number {
  if (failure instanceof Unimplemented) return STATUS.unimplemented
  return failure instanceof CheckFailed ? STATUS.failed : STATUS.mustNotHappen
}

async function connections(initial: Settings, resume: Settings): Promise<void> {
  const clock = new RunnerClock()
  setSslClock(clock)
  // A context that is freed condemns the sessions in its cache.
  const contexts: SSL_CTX[] = []
  let session: SSL_SESSION | null = null
  for (let i = 0; i <= initial.resumeCount; i++) {
    const settings = i === 0 ? initial : resume
    if (i > 0 && !settings.server && session === null) throw new CheckFailed('No session to offer.')
    const state = new State(settings, i > 0, session)
    const ctx = newContext(state, contexts.at(-1) ?? null)
    contexts.push(ctx)
    await connection(ctx, state, clock)
    session = state.newSession
    clock.advance(settings.resumptionDelay * 1000)
  }
  for (const ctx of contexts) SSL_CTX_free(ctx)
}

async function connection(ctx: SSL_CTX, state: State, clock: RunnerClock): Promise<void> {
  const ssl = newConnection(ctx, state)
  const fd = await connectTo(state.settings.port)
  attach(ssl, fd, state)
  try {
    await exchange({ ssl, state, settings: state.settings, fd, clock })
  } catch (failure) {
    throw state.complaint ?? failure
  } finally {
    SSL_free(ssl)
  }
  const { expectMsgCallback } = state.settings
  if (expectMsgCallback !== '' && state.messages !== expectMsgCallback)
    throw new CheckFailed(`the messages are:\n${state.messages}expected were:\n${expectMsgCallback}`)
}

/** A connection to the runner, over IPv6 where there is one. */
async function connectTo(port: number): Promise<number> {
  const addresses = [
    { sin6_family: AF_INET6, sin6_port: htons(port), sin6_addr: in6addr_loopback },
    { sin_family: AF_INET, sin_port: htons(port), sin_addr: { s_addr: inet_addr('127.0.0.1') } },
  ]
  for (const address of addresses) {
    const fd = socket('sin6_family' in address ? AF_INET6 : AF_INET, SOCK_STREAM)
    connect(fd, address)
    await poll([{ fd, events: POLLOUT, revents: 0 }], 1, -1)
    const error = { value: 0 }
    getsockopt(fd, SOL_SOCKET, SO_ERROR, error)
    if (error.value === 0) {
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1)
      return fd
    }
    close(fd)
  }
  throw new CheckFailed('the runner cannot be reached')
}
