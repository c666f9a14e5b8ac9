import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Openssl } from '../../test/interop/openssl.ts'

/** What passes between two ends of an association, which nobody stands between: dumpcap sees it at the loopback device. */
export class KernelTap {
  readonly #folder: string
  readonly #dumpcap: Openssl

  private constructor(port: number) {
    this.#folder = mkdtempSync(join(tmpdir(), 'tap-'))
    this.#dumpcap = new Openssl(['-P', '-i', 'lo', '-f', `sctp port ${port}`, '-w', this.#file], {}, 'dumpcap')
  }

  /** @param port - of the server. @returns null where dumpcap is not, or may not */
  static async on(port: number): Promise<KernelTap | null> {
    const tap = new KernelTap(port)
    try {
      await tap.#dumpcap.prints(/File: /, PATIENCE)
      return tap
    } catch {
      await tap.#stop()
      return null
    }
  }

  /**
   * Ends it as soon as so many associations have come to their end.
   * @returns a pcap file with Ethernet's headers
   */
  async end(associations: number): Promise<Uint8Array> {
    for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await sleep(50))
      if (ends(this.#read()) >= associations) break
    const frames = this.#read()
    await this.#stop()
    return frames
  }

  get #file(): string {
    return join(this.#folder, 'lo.pcap')
  }

  #read(): Uint8Array {
    return existsSync(this.#file) ? readFileSync(this.#file) : new Uint8Array(0)
  }

  async #stop(): Promise<void> {
    await this.#dumpcap.stop().catch(() => {})
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Milliseconds, also for an emulated machine. */
const PATIENCE = 15_000

/** How many packets begin with the chunk that ends an association: SHUTDOWN COMPLETE or ABORT (RFC 9260 section 3.2). */
function ends(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  let found = 0
  for (let at = FILE_HEADER; at + PACKET_HEADER <= file.length; ) {
    const start = at + PACKET_HEADER
    at = start + view.getUint32(at + 8, true)
    if (at <= file.length && ENDING.has(file[start + BEFORE_CHUNKS] ?? 0)) found++
  }
  return found
}

const [FILE_HEADER, PACKET_HEADER, BEFORE_CHUNKS] = [24, 16, 14 + 20 + 12]
const ENDING: ReadonlySet<number> = new Set([6, 14])
