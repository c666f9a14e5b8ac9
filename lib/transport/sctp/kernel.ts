import { EPROTONOSUPPORT, ESOCKTNOSUPPORT, errnoName, strerror } from '../../base/errno.ts'
import { AF_INET } from '../../base/sockaddr.ts'
import { SOCK_STREAM } from '../posix/constants.ts'
import { KernelSocket } from './kernel-socket.ts'
import { loadAddon } from './native.ts'
import type { SctpProvider } from './provider.ts'

/** The SCTP of the Linux kernel, by the addon. */
export const kernelSctp: SctpProvider = {
  name: 'kernel',
  get unavailable() {
    reason ??= findReason()
    return reason === '' ? null : reason
  },
  open(domain, type) {
    const addon = loadAddon()
    if (typeof addon === 'string') return -EPROTONOSUPPORT
    const native = addon.open(domain, type)
    if (typeof native !== 'number') return new KernelSocket(native, domain, type)
    return isAbsence(native) ? -EPROTONOSUPPORT : native
  },
}

/** Asked once: '' when there is none. */
let reason: string | undefined

function findReason(): string {
  const addon = loadAddon()
  if (typeof addon === 'string') return addon
  const native = addon.open(AF_INET, SOCK_STREAM)
  if (typeof native !== 'number') {
    native.close()
    return ''
  }
  if (isAbsence(native)) {
    return 'this kernel has no SCTP: load its module with `modprobe sctp`, or use a kernel that has CONFIG_IP_SCTP'
  }
  return `the kernel refuses SCTP sockets: ${errnoName(-native) ?? -native}, ${strerror(-native)}`
}

/** A kernel without SCTP does not know the protocol of one style, and the type of the other. */
function isAbsence(result: number): boolean {
  return result === -EPROTONOSUPPORT || result === -ESOCKTNOSUPPORT
}
