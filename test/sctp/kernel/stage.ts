import { execFileSync } from 'node:child_process'
import { describe, test } from '@jest/globals'
import { IPPROTO_SCTP } from '../../../lib/transport/posix/constants.ts'
import { kernelSctp } from '../../../lib/transport/sctp/kernel.ts'
import { createStage, type Ground } from '../conformance/stage.ts'

export * from '../conformance/stage.ts'

const IN_GUEST = process.env.SCTP_GUEST === '1'

/** `describe` where the kernel has SCTP, or must have it. */
export function describeKernel(name: string, body: () => void): void {
  if (process.env.SCTP_KERNEL === 'required' || kernelSctp.unavailable === null) describe(name, body)
  else describe.skip(name, body)
}

/** A test that changes the machine's network: in the guest only. */
export function testInGuest(name: string, body: () => Promise<void> | void): void {
  if (IN_GUEST) test(name, async () => await body())
  else test.skip(name, async () => await body())
}

/** `describe` of what changes the machine's network. */
export function describeInGuest(name: string, body: () => void): void {
  if (IN_GUEST) describe(name, body)
  else describe.skip(name, body)
}

/** Runs a program that must succeed. */
export function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe' })
}

/** Does something while the loop-back device treats packets so (netem). */
export async function withNetem(rules: string, body: () => Promise<void>): Promise<void> {
  run('tc', ...`qdisc add dev lo root netem ${rules}`.split(' '))
  try {
    await body()
  } finally {
    run('tc', ...'qdisc del dev lo root'.split(' '))
  }
}

/** Does something while the loop-back device treats so what matches (tc-u32(8), tc-actions(8)). */
export async function withDropped(match: string, action: string, body: () => Promise<void>): Promise<void> {
  run('tc', ...'qdisc add dev lo clsact'.split(' '))
  try {
    run('tc', ...`filter add dev lo egress protocol ip u32 match ${match} action ${action}`.split(' '))
    await body()
  } finally {
    run('tc', ...'qdisc del dev lo clsact'.split(' '))
  }
}

/** Loses packets of an IP protocol: the whole of `Ground.losing`. */
export function losingOf(protocol: number): NonNullable<Ground['losing']> {
  return ({ to, oneIn }, body) => {
    const match = to === null ? `ip protocol ${protocol} 0xff` : `ip dst ${to}/32`
    return withDropped(match, oneIn === 1 ? 'drop' : `pass random determ drop ${oneIn}`, body)
  }
}

/** The kernel on both sides; in the guest its network can be changed. */
export const KERNEL_GROUND: Ground = {
  lacks: [],
  prepare: async () => ({ client: kernelSctp, server: kernelSctp, close: () => {} }),
  delaying: body => (IN_GUEST ? withNetem('delay 20ms', body) : body()),
  losing: IN_GUEST ? losingOf(IPPROTO_SCTP) : null,
}

/** What the tests of the kernel alone make sockets with. */
export const { kept, listening, made, pair } = createStage(KERNEL_GROUND)
