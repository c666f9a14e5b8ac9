import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { equal } from '../base/bytes.ts'
import { parseIp } from './address.ts'

/**
 * Names as the system's own files have them (hosts(5), services(5)): what can be looked up without waiting. The files
 * are read anew each time, as getaddrinfo(3) does.
 */

/** The addresses of a name in the hosts file; `localhost` has some even without (RFC 6761 section 6.3). */
export function hostAddresses(name: string): Uint8Array[] {
  const wanted = name.toLowerCase()
  const found = hosts().filter(({ names }) => names.some(known => known.toLowerCase() === wanted))
  if (found.length === 0 && wanted === 'localhost') return LOOPBACK
  return found.map(({ address }) => address).filter((one, i, all) => all.findIndex(other => equal(other, one)) === i)
}

/** The first name that the hosts file gives to an address. */
export function hostName(address: Uint8Array): string | null {
  return hosts().find(entry => equal(entry.address, address))?.names[0] ?? null
}

/** The port of a service such as `domain`. */
export function servicePort(name: string, protocol: 'tcp' | 'udp'): number | null {
  return services().find(entry => entry.protocol === protocol && entry.names.includes(name))?.port ?? null
}

export function serviceName(port: number, protocol: 'tcp' | 'udp'): string | null {
  return services().find(entry => entry.protocol === protocol && entry.port === port)?.names[0] ?? null
}

const LOOPBACK = ['127.0.0.1', '::1'].flatMap(text => parseIp(text) ?? [])

const FOLDER =
  process.platform === 'win32' ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc') : '/etc'

function hosts(): { address: Uint8Array; names: string[] }[] {
  return lines('hosts').flatMap(([text = '', ...names]) => {
    const address = parseIp(text)
    return address === null ? [] : { address, names }
  })
}

function services(): { port: number; protocol: string; names: string[] }[] {
  return lines('services').flatMap(([name = '', where = '', ...aliases]) => {
    const match = /^(\d{1,5})\/(tcp|udp)$/.exec(where)
    if (match === null) return []
    const [, port, protocol = ''] = match
    return { port: Number(port), protocol, names: [name, ...aliases] }
  })
}

/** The words of each line, comments left out; nothing when there is no such file. */
function lines(file: string): string[][] {
  try {
    const text = readFileSync(join(FOLDER, file), 'utf8')
    return text.split('\n').map(line => line.replace(/#.*/, '').trim().split(/\s+/))
  } catch {
    return []
  }
}
