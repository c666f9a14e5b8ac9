import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, guestKernel } from './kernel.ts'
import { STAGE2 } from './scripts.ts'

export interface GuestCommand {
  readonly command: readonly string[]
  readonly directory: string
  readonly environment?: Readonly<Record<string, string>>
  /** Folders that keep what the guest writes. */
  readonly shares?: readonly string[]
  /** Seconds for all, the boot included. */
  readonly limit: number
  /** The guest's clock counts its instructions, a nanosecond each: how busy this machine is makes no difference to it. */
  readonly counted?: boolean
}

/** What became of it: the command's exit status, or why it did not come to one. */
export type GuestResult = { readonly status: number } | { readonly reason: string }

/**
 * Runs a command in a throw-away machine: QEMU's software emulation, Debian's kernel, this machine's files as `/` below an
 * overlay in memory. What the command prints goes to `output` as it comes.
 */
export async function runInGuest(
  cache: string,
  wanted: GuestCommand,
  output: NodeJS.WritableStream,
): Promise<GuestResult> {
  const control = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const qemu = findProgram('qemu-system-x86_64')
    const kernel = guestKernel(cache)
    const shares = (wanted.shares ?? []).map((directory, i) => ({ directory, tag: `share${i}` }))
    for (const { directory } of shares) mkdirSync(directory, { recursive: true })
    writeFileSync(join(control, 'stage2'), STAGE2)
    writeFileSync(join(control, 'command'), script(wanted))
    writeFileSync(join(control, 'shares'), shares.map(({ tag, directory }) => `${tag} ${directory}\n`).join(''))
    const child = spawn(qemu, [...machine(wanted), ...boot(kernel), ...console(control), ...folders(control, shares)], {
      // The port to the guest closes, and its writers wait, when QEMU's standard input ends.
      stdio: ['pipe', 'pipe', 'pipe'],
      // What is to be loaded before Node is not for QEMU.
      env: { ...process.env, LD_PRELOAD: '' },
    })
    const complaints: Buffer[] = []
    child.stderr.on('data', chunk => complaints.push(chunk))
    child.stdout.on('data', chunk => output.write(chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), wanted.limit * 1000)
    await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
    clearTimeout(timer)
    return outcome(control, wanted.limit, Buffer.concat(complaints).toString())
  } catch (failure) {
    return { reason: failure instanceof Error ? failure.message : String(failure) }
  } finally {
    rmSync(control, { recursive: true, force: true })
  }
}

function machine({ counted = false }: GuestCommand): string[] {
  const threads = counted ? 'single' : 'multi'
  return [
    // AVX would be emulated several times slower than what OpenSSL takes without it; one processor boots faster than two.
    ...['-machine', 'q35', '-accel', `tcg,thread=${threads},tb-size=512`, '-cpu', 'max,-avx,-avx2', '-smp', '1'],
    ...['-m', '2G', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot', '-device', 'virtio-serial-pci'],
    ...(counted ? ['-icount', 'shift=0'] : []),
  ]
}

function boot({ image, initramfs }: { image: string; initramfs: string }): string[] {
  const parameters = 'console=ttyS0 quiet panic=-1 reboot=t mitigations=off nokaslr audit=0'
  return ['-kernel', image, '-initrd', initramfs, '-append', parameters]
}

function console(control: string): string[] {
  const command = ['-chardev', 'stdio,id=out,signal=off', '-device', 'virtserialport,chardev=out']
  return ['-serial', `file:${join(control, 'console')}`, ...command]
}

function folders(control: string, shares: readonly { tag: string; directory: string }[]): string[] {
  const folder = (tag: string, path: string, mode = ''): string[] => [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none,multidevs=remap${mode}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ]
  return [
    ...folder('host', '/', ',readonly=on'),
    ...folder('control', control),
    ...shares.flatMap(({ tag, directory }) => folder(tag, directory)),
  ]
}

function script({ command, directory, environment = {} }: GuestCommand): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`)
  return `${exports.join('')}cd ${quote(directory)} || exit 125\nexec ${command.map(quote).join(' ')}\n`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function outcome(control: string, limit: number, complaints: string): GuestResult {
  const read = (name: string): string => {
    const file = join(control, name)
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  }
  const status = read('status')
  if (status !== '') return { status: Number(status) }
  if (existsSync(join(control, 'started'))) return { reason: `the guest was stopped after ${limit} seconds` }
  return { reason: `the guest did not start within ${limit} seconds: ${complaints}${read('console').slice(-2000)}` }
}
