import { ERR_LIB_SYS, ERR_NUM_ERRORS, ERR_SYSTEM_FLAG, ERR_TXT_MALLOCED, ERR_TXT_STRING } from '../constants/err.ts'
import { pack } from './codes.ts'

/** One error as the queue keeps it. */
export interface Entry {
  code: number
  /** Marks set on this entry (ERR_set_mark); they nest. */
  marks: number
  data: string | null
  /** ERR_TXT_STRING when `data` is text, ERR_TXT_MALLOCED when the queue owns it. */
  flags: number
  file: string
  line: number
  func: string
}

const OWNED_TEXT = ERR_TXT_MALLOCED | ERR_TXT_STRING

const fresh = (): Entry => ({ code: 0, marks: 0, data: null, flags: 0, file: '', line: -1, func: '' })

/**
 * The error queue (ERR_get_error(3)): a ring of 16 of which 15 can be filled, so that the oldest gives way to the
 * newest. JavaScript threads share nothing, so one queue a module is one queue a thread, as in C.
 */
export class ErrorQueue {
  readonly #ring = Array.from({ length: ERR_NUM_ERRORS }, fresh)
  #top = 0
  #bottom = 0

  get empty(): boolean {
    return this.#top === this.#bottom
  }

  /** The slot that the last ERR_new took; with an empty queue a slot that nobody reads, as in C. */
  get top(): Entry {
    return this.#at(this.#top)
  }

  /** Takes the next slot, dropping the oldest entry when the ring is full. */
  open(): Entry {
    this.#top = (this.#top + 1) % ERR_NUM_ERRORS
    if (this.#top === this.#bottom) this.#bottom = (this.#bottom + 1) % ERR_NUM_ERRORS
    return this.#reset(this.#top)
  }

  first(): Entry | null {
    return this.empty ? null : this.#at(this.#bottom + 1)
  }

  last(): Entry | null {
    return this.empty ? null : this.top
  }

  shift(): Entry | null {
    const entry = this.first()
    if (entry === null) return null
    this.#bottom = (this.#bottom + 1) % ERR_NUM_ERRORS
    this.#ring[this.#bottom] = fresh()
    return entry
  }

  /** Removes the newest entry. */
  pop(): boolean {
    if (this.empty) return false
    this.#reset(this.#top)
    this.#top = (this.#top + ERR_NUM_ERRORS - 1) % ERR_NUM_ERRORS
    return true
  }

  clear(): void {
    for (let i = 0; i < ERR_NUM_ERRORS; i++) this.#reset(i)
    this.#top = this.#bottom = 0
  }

  /** The newest entry with a mark and the number of entries above it; null when none has. */
  marked(): { entry: Entry | null; above: number } {
    let above = 0
    for (let at = this.#top; at !== this.#bottom; at = (at + ERR_NUM_ERRORS - 1) % ERR_NUM_ERRORS, above++) {
      const entry = this.#at(at)
      if (entry.marks > 0) return { entry, above }
    }
    return { entry: null, above }
  }

  #at(index: number): Entry {
    const entry = this.#ring[index % ERR_NUM_ERRORS]
    if (entry === undefined) throw new RangeError('the ring has lost a slot')
    return entry
  }

  #reset(index: number): Entry {
    return Object.assign(this.#at(index), fresh())
  }
}

export const queue = new ErrorQueue()

/** Fills the newest slot: ERR_set_error. The text replaces what was added to the slot before. */
export function setError(lib: number, reason: number, data: string | null): void {
  const { top } = queue
  top.code = lib === ERR_LIB_SYS ? ERR_SYSTEM_FLAG + reason : pack(lib, reason)
  top.data = data
  top.flags = data === null ? 0 : OWNED_TEXT
}

/** Appends to the text of the newest slot: ERR_add_error_data. */
export function addText(text: string): void {
  const { top } = queue
  const before = (top.flags & OWNED_TEXT) === OWNED_TEXT ? (top.data ?? '') : ''
  top.data = before + text
  top.flags = OWNED_TEXT
}
