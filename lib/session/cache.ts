import { toHex } from '../base/bytes.ts'
import type { Session } from './session.ts'

/** What an addition has brought about. */
export interface Addition {
  /** False: this very session was there already. */
  readonly added: boolean
  /** Another session of the same id that had to give way. Who holds it may still resume it. */
  readonly replaced: Session | null
  /** Condemned for want of room. */
  readonly evicted: readonly Session[]
}

interface Entry {
  readonly session: Session
  readonly key: string
  /** When it runs out, seconds since 1970; `time` and `timeout` may change while it is kept. */
  readonly expires: number
  older: Entry | null
  newer: Entry | null
}

/** Sessions by id and version, bounded: the one that runs out first makes room. Lookups and additions in order cost O(1). */
export class SessionCache {
  /** The most sessions; 0 for any number. */
  limit: number
  readonly #entries = new Map<string, Entry>()
  #oldest: Entry | null = null
  #newest: Entry | null = null

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** The sessions, those first that run out first. */
  *[Symbol.iterator](): Generator<Session> {
    for (let entry = this.#oldest; entry !== null; entry = entry.newer) yield entry.session
  }

  find(id: Uint8Array, version: number): Session | null {
    return this.#entries.get(keyOf(id, version))?.session ?? null
  }

  has(session: Session): boolean {
    return this.find(session.id, session.version) === session
  }

  /** Keeps a session that has an id. */
  add(session: Session): Addition {
    const key = keyOf(session.id, session.version)
    const present = this.#entries.get(key)
    if (present !== undefined) this.#unlink(present)
    const evicted: Session[] = []
    while (this.limit > 0 && this.size >= this.limit && this.#oldest !== null) evicted.push(this.#drop(this.#oldest))
    this.#link({ session, key, expires: session.time + session.timeout, older: null, newer: null })
    const added = present?.session !== session
    return { added, replaced: added ? (present?.session ?? null) : null, evicted }
  }

  /** Condemns a session and drops what is kept under its id. @returns what was dropped, or null */
  remove(session: Session): Session | null {
    session.condemn()
    const entry = this.#entries.get(keyOf(session.id, session.version))
    if (entry === undefined) return null
    this.#unlink(entry)
    return entry.session
  }

  /** Drops and condemns what is out of time at `now`, seconds since 1970; everything for null. @returns what has gone */
  flush(now: number | null): Session[] {
    const gone: Session[] = []
    for (let entry = this.#oldest; entry !== null; ) {
      const { newer, session } = entry
      if (now === null || session.expired(now)) gone.push(this.#drop(entry))
      entry = newer
    }
    return gone
  }

  #drop(entry: Entry): Session {
    this.#unlink(entry)
    entry.session.condemn()
    return entry.session
  }

  #link(entry: Entry): void {
    let older = this.#newest
    // Sessions mostly have the same time-out, so that the newest is the last to run out.
    while (older !== null && older.expires > entry.expires) older = older.older
    entry.older = older
    entry.newer = older === null ? this.#oldest : older.newer
    if (entry.older === null) this.#oldest = entry
    else entry.older.newer = entry
    if (entry.newer === null) this.#newest = entry
    else entry.newer.older = entry
    this.#entries.set(entry.key, entry)
  }

  #unlink(entry: Entry): void {
    if (entry.older === null) this.#oldest = entry.newer
    else entry.older.newer = entry.newer
    if (entry.newer === null) this.#newest = entry.older
    else entry.newer.older = entry.older
    this.#entries.delete(entry.key)
  }
}

function keyOf(id: Uint8Array, version: number): string {
  return `${version}:${toHex(id)}`
}
