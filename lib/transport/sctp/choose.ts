import { EPROTONOSUPPORT } from '../../base/errno.ts'
import { kernelSctp } from './kernel.ts'
import { loopbackProvider } from './loopback.ts'
import type { SctpProvider } from './provider.ts'
import { udpProvider } from './udp.ts'

/** In the order in which they are tried. */
const PROVIDERS: readonly SctpProvider[] = [kernelSctp, udpProvider, loopbackProvider]

/**
 * The SCTP that sockets are made with: the one that `useSctpProvider` named, else the one that the environment variable
 * OPENSSL_SHIM_SCTP names, else the first that works here. `unavailable` is the reason when it makes no sockets.
 */
export function sctpProvider(): SctpProvider {
  const name = chosen ?? process.env.OPENSSL_SHIM_SCTP
  if (name !== undefined && name !== '') return PROVIDERS.find(one => one.name === name) ?? unknown(name)
  return PROVIDERS.find(one => one.unavailable === null) ?? kernelSctp
}

/**
 * Names the SCTP that sockets are made with from now on; null leaves it to the environment and the machine again.
 * @throws TypeError for a name that there is not
 */
export function useSctpProvider(name: SctpProvider['name'] | null): void {
  if (name !== null && !PROVIDERS.some(one => one.name === name)) throw new TypeError(`name: ${names()} are there`)
  chosen = name ?? undefined
}

let chosen: string | undefined

function unknown(name: string): SctpProvider {
  const unavailable = `OPENSSL_SHIM_SCTP is ${name}, of ${names()}`
  return { name: 'kernel', unavailable, open: () => -EPROTONOSUPPORT }
}

function names(): string {
  return PROVIDERS.map(({ name }) => name).join(', ')
}
