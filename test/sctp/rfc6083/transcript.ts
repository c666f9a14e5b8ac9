import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as O from '../../../lib/index.ts'
import * as S from '../../../lib/sctp.ts'
import * as P from '../../../lib/socket.ts'
import { openDescriptor } from '../../../lib/transport/descriptors.ts'
import { SctpDescriptor } from '../../../lib/transport/posix/sctp-socket.ts'
import type { SctpProvider } from '../../../lib/transport/sctp/provider.ts'
import { present, socketOf } from './ends.ts'

/**
 * What libssl 3.0 printed, kept so that it can be compared with where there is no libssl with SCTP: the guest's suite sees to it
 * that it is what libssl says. A wait of ours begins a handshake call anew, which libssl's blocking calls do within.
 */
export function recorded(kind: 'bio' | 'callbacks'): string[] {
  return comparable(readFileSync(join('test', 'sctp', 'rfc6083', 'recorded', `${kind}.txt`), 'latin1'))
}

/** The lines without those that tell of a handshake call that has to be called again. */
export function comparable(transcript: string): string[] {
  return transcript
    .trimEnd()
    .split('\n')
    .filter(line => !/^ {2}info [12]002 -1 /.test(line))
}

export class Sockets {
  readonly #provider: SctpProvider

  constructor(provider: SctpProvider) {
    this.#provider = provider
  }

  open(streams: number): number {
    const socket = this.#provider.open(P.AF_INET, P.SOCK_STREAM)
    if (typeof socket === 'number') throw new Error(`no SCTP socket: ${P.errnoName(-socket)}`)
    socket.setOption(S.SCTP_INITMSG, { sinit_num_ostreams: streams, sinit_max_instreams: streams })
    return openDescriptor(new SctpDescriptor(socket))
  }

  listening(streams: number): { listener: number; address: P.sockaddr } {
    const listener = this.open(streams)
    const address: P.sockaddr = { sin_family: P.AF_INET, sin_addr: { s_addr: P.inet_addr('127.0.0.1') }, sin_port: 0 }
    subscribe(listener)
    O.BIO_free(newBio(listener))
    P.bind(listener, address)
    P.listen(listener, 1)
    P.getsockname(listener, address)
    return { listener, address }
  }
}

export function subscribe(fd: number): void {
  for (const se_type of [S.SCTP_ASSOC_CHANGE, S.SCTP_SHUTDOWN_EVENT])
    socketOf(fd).setOption(S.SCTP_EVENT, { se_type, se_on: 1 })
}

export function newBio(fd: number): O.BIO {
  return present(O.BIO_new_dgram_sctp(fd, O.BIO_NOCLOSE))
}

export async function connected(fd: number, address: P.sockaddr): Promise<void> {
  P.connect(fd, address)
  await P.poll([{ fd, events: P.POLLOUT, revents: 0 }], 1, PATIENCE)
  P.setErrno(0)
}

export async function accepted(listener: number): Promise<number> {
  await readable(listener)
  const fd = P.accept(listener)
  if (fd < 0) throw new Error(`accept: ${P.errnoName(P.errno())}`)
  P.fcntl(fd, P.F_SETFL, P.O_NONBLOCK)
  return fd
}

export async function readable(fd: number): Promise<void> {
  if ((await P.poll([{ fd, events: P.POLLIN, revents: 0 }], 1, PATIENCE)) !== 1) throw new Error('nothing came')
}

/** Waits until the association is gone. */
export async function ended(fd: number): Promise<void> {
  while (typeof socketOf(fd).getOption(S.SCTP_STATUS) === 'object') await sleep(10)
}

const PATIENCE = 60_000
