import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** The most that Linux answers for IPv4 (IP_MAX_MTU): the length field has 16 bits, whatever the interface takes. */
const IPV4_MAXIMUM = 0xffff

/**
 * The MTU of the interface that has this local address, in bytes, or null when it cannot be known. Node has no way to
 * ask for the path's own MTU; Linux tells the interface's in /sys, other systems tell nothing.
 */
export function interfaceMtu(address: string): number | null {
  const plain = address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/, '')
  const found = Object.entries(networkInterfaces()).find(([, all]) => all?.some(entry => entry.address === plain))
  const mtu = found === undefined ? null : readMtu(found[0])
  return mtu === null || plain.includes(':') ? mtu : Math.min(mtu, IPV4_MAXIMUM)
}

function readMtu(name: string): number | null {
  // An alias such as eth0:1 has no entry of its own.
  const device = name.split(':')[0] ?? name
  try {
    const text = readFileSync(`/sys/class/net/${device}/mtu`, 'latin1').trim()
    return /^\d{1,7}$/.test(text) ? Number(text) : null
  } catch {
    return null
  }
}
