import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { nxtinfoLayout, rcvinfoLayout, sndrcvinfoLayout } from '../../sctp/api/message-layouts.ts'
import { SOCKADDR_IN6, unpackSockaddr } from '../../sctp/api/sockaddr-layout.ts'
import type { SctpReceived } from './provider.ts'

/** What native/sctp.cc exports. */
export interface Addon {
  /** A socket, or a negative error number. */
  open(domain: number, type: number): NativeSocket | number
  /** What `open` makes; constructed by hand it is closed. */
  readonly Socket: new () => NativeSocket
}

/**
 * A descriptor. Structs cross as their bytes, results are those of the system calls with errors as negative numbers. A
 * wrong argument throws a TypeError or RangeError that begins with its name; a closed socket throws.
 */
export interface NativeSocket {
  bind(address: Uint8Array): number
  listen(backlog: number): number
  accept(): NativeSocket | number
  peeloff(associationId: number): NativeSocket | number
  shutdown(how: number): number
  close(): void
  sendmsg(
    data: Uint8Array,
    to: Uint8Array | null,
    sndinfo: Uint8Array | null,
    prinfo: Uint8Array | null,
    authinfo: Uint8Array | null,
    sndrcvinfo: Uint8Array | null,
    initmsg: Uint8Array | null,
  ): number
  /** Fills `received`, RECEIVED_SIZE bytes, when it gives a length. */
  recvmsg(into: Uint8Array, flags: number, received: Uint8Array): number
  setsockopt(level: number, name: number, value: Uint8Array): number
  /** Overwrites `value`; its new length. */
  getsockopt(level: number, name: number, value: Uint8Array): number
  /** POLLIN, POLLOUT, POLLERR, POLLHUP as they hold now. */
  poll(): number
  /** Calls `changed` once when one of POLLIN and POLLOUT holds, and keeps the process alive until then; 0 ends that. */
  watch(events: number, changed: () => void): number
}

/** The addon, loaded when first asked for; else the reason why there is none. */
export function loadAddon(): Addon | string {
  loaded ??= load()
  return loaded
}

/** Bytes of what the addon's `recvmsg` tells. */
export const RECEIVED_SIZE = 112

/** The `struct Received` of native/sctp.cc. */
export function readReceived(packed: Uint8Array, length: number): SctpReceived {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length)
  const [flags = 0, present = 0] = new Uint32Array(packed.buffer, packed.byteOffset, 2)
  return {
    length,
    flags,
    from: present & 1 ? unpackSockaddr(packed.subarray(8, 8 + SOCKADDR_IN6)) : null,
    rcvinfo: present & 2 ? rcvinfoLayout.read(view, 36) : null,
    nxtinfo: present & 4 ? nxtinfoLayout.read(view, 64) : null,
    sndrcvinfo: present & 8 ? sndrcvinfoLayout.read(view, 80) : null,
  }
}

let loaded: Addon | string | undefined

function load(): Addon | string {
  if (process.platform !== 'linux') return `kernel SCTP is reached on Linux only, this is ${process.platform}`
  const file = addonFile(import.meta.dirname)
  if (file === null) {
    return 'the addon is not built: run `npm rebuild openssl-shim` with a C++17 compiler, make and Python'
  }
  try {
    return createRequire(import.meta.url)(file)
  } catch (failure) {
    return `the addon does not load: ${failure instanceof Error ? failure.message : failure}`
  }
}

/** Sources and compiled files lie at different depths below the package. */
function addonFile(directory: string): string | null {
  const file = join(directory, 'build', 'Release', 'sctp.node')
  if (existsSync(join(directory, 'binding.gyp'))) return existsSync(file) ? file : null
  const parent = dirname(directory)
  return parent === directory ? null : addonFile(parent)
}
