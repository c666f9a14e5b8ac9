import { Session } from 'node:inspector'

/** A call that was made, with those that it made itself. */
export interface Call {
  /** As the engine names it: `open`, `#pull`, `get pending`. */
  readonly name: string
  /** The file under lib, as in the sources. */
  readonly file: string
  readonly calls: Call[]
}

/**
 * The calls into lib that an action makes, but for getters and the helpers of `base`, gathered by V8's own debugger while it runs: a first, unrecorded run tells which
 * functions there are to watch (precise coverage), and a breakpoint whose condition is never true tells of each call.
 * @param prepare - makes the action anew, with all that it wants to find
 */
export async function callsOf(prepare: () => Promise<Action>): Promise<Call[]> {
  const inspector = new Inspector()
  try {
    const functions = await inspector.covered(await prepare())
    const action = await prepare()
    const recorder = new Recorder(functions)
    const remove = inspector.watch(functions, number => recorder.called(number))
    try {
      await action.run()
    } finally {
      remove()
      await action.end()
    }
    return recorder.roots
  } finally {
    inspector.close()
  }
}

export interface Action {
  run(): Promise<void> | void
  /** Closes what `prepare` has opened. */
  end(): Promise<void> | void
}

/** A function of lib, and where it stands in its script. */
interface Watched {
  readonly script: string
  readonly name: string
  readonly file: string
  readonly start: number
  readonly end: number
}

/** The part of the protocol of V8's inspector that is used here, on this very thread: it must never pause. */
class Inspector {
  readonly #session = new Session()
  readonly #sources = new Map<string, string>()

  constructor() {
    this.#session.connect()
    this.#post('Debugger.enable', {})
    this.#post('Profiler.enable', {})
  }

  close(): void {
    this.#session.disconnect()
  }

  async covered(action: Action): Promise<Watched[]> {
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    this.#post('Profiler.takePreciseCoverage', {})
    await action.run()
    const { result } = this.#post<Coverage>('Profiler.takePreciseCoverage', {})
    this.#post('Profiler.stopPreciseCoverage', {})
    await action.end()
    return result.flatMap(({ scriptId, url, functions }) => {
      const file = /\/lib\/(.*)\.[jt]s$/.exec(url)?.[1]
      if (file === undefined || url.includes('/node_modules/') || file.startsWith('base/')) return []
      return functions.flatMap(({ functionName: name, ranges: [range] }) =>
        range === undefined || range.count === 0 || !NAMED.test(name)
          ? []
          : [{ script: scriptId, name, file: `${file}.ts`, start: range.startOffset, end: range.endOffset }],
      )
    })
  }

  /** Tells of each call of these functions by their number, until the function that it returns is called. */
  watch(functions: readonly Watched[], called: (number: number) => void): () => void {
    Reflect.set(globalThis, HOOK, called)
    const points = functions.flatMap(({ script, start, end }, number) => {
      const span = { start: this.#place(script, start + 1), end: this.#place(script, end), restrictToFunction: false }
      const [location] = this.#post<Locations>('Debugger.getPossibleBreakpoints', span).locations
      if (location === undefined) return []
      // The comma's right side is what counts: the breakpoint never stops anything.
      const condition = `globalThis.${HOOK}?.(${number}), false`
      return [this.#post<Breakpoint>('Debugger.setBreakpoint', { location, condition }).breakpointId]
    })
    return () => {
      Reflect.deleteProperty(globalThis, HOOK)
      for (const breakpointId of points) this.#post('Debugger.removeBreakpoint', { breakpointId })
    }
  }

  #place(scriptId: string, offset: number): Location {
    const source =
      this.#sources.get(scriptId) ?? this.#post<Source>('Debugger.getScriptSource', { scriptId }).scriptSource
    this.#sources.set(scriptId, source)
    const lines = source.slice(0, offset).split('\n')
    return { scriptId, lineNumber: lines.length - 1, columnNumber: lines.at(-1)?.length ?? 0 }
  }

  /** On the same thread the answer is there when the call returns. */
  #post<T>(method: string, params: object): T {
    let answer: { readonly error: Error | null; readonly result: unknown } | null = null
    this.#session.post(method, params, (error, result) => {
      answer = { error, result }
    })
    const { error, result } = answer ?? { error: new Error('no answer'), result: null }
    if (error !== null) throw new Error(`${method}: ${JSON.stringify(error)}`)
    return result as T
  }
}

/** Functions without a name are told by what they call, and getters do nothing; the engine's own names begin with `<`. */
const NAMED = /^(?!<|get |set )./
const HOOK = '__calledOfPictures'

interface Location {
  readonly scriptId: string
  readonly lineNumber: number
  readonly columnNumber: number
}
interface Locations {
  readonly locations: readonly Location[]
}
interface Breakpoint {
  readonly breakpointId: string
}
interface Source {
  readonly scriptSource: string
}
interface Coverage {
  readonly result: readonly {
    readonly scriptId: string
    readonly url: string
    readonly functions: readonly {
      readonly functionName: string
      readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
    }[]
  }[]
}

/** Puts each call under the one that made it, which is the nearest below it on the stack. */
class Recorder {
  readonly roots: Call[] = []
  readonly #functions: readonly Watched[]
  readonly #stack: { readonly depth: number; readonly call: Call }[] = []

  constructor(functions: readonly Watched[]) {
    this.#functions = functions
  }

  called(number: number): void {
    const watched = this.#functions[number]
    if (watched === undefined) return
    const depth = stackDepth()
    while ((this.#stack.at(-1)?.depth ?? -1) >= depth) this.#stack.pop()
    const call: Call = { name: watched.name, file: watched.file, calls: [] }
    const above = this.#stack.at(-1)?.call.calls ?? this.roots
    above.push(call)
    this.#stack.push({ depth, call })
  }
}

/** Frames on the stack. */
function stackDepth(): number {
  const { stackTraceLimit, prepareStackTrace } = Error
  Error.stackTraceLimit = 1000
  let depth = 0
  Error.prepareStackTrace = (_error, frames) => {
    depth = frames.length
    return ''
  }
  void new Error().stack
  Error.stackTraceLimit = stackTraceLimit
  Error.prepareStackTrace = prepareStackTrace
  return depth
}
