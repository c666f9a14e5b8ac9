import * as O from '../../../lib/index.ts'

/**
 * As much of C as the scenes are written in, one statement a line, by this library: declarations, calls, `&`, comparisons with
 * == and !=, and N, S and H, which print an expression as a number, a text or bytes, and the errors that are queued.
 */
export function interpret(scene: string): string[] {
  const run = new Run()
  for (const line of scene.split('\n')) if (line !== '' && !line.startsWith('//')) run.statement(line.replace(/;$/, ''))
  return run.lines
}

/** A variable, which `&` gives by itself. */
type Place = O.Out<unknown>

class Run {
  readonly lines: string[] = []
  readonly #places = new Map<string, Place>()

  statement(text: string): void {
    const array = /^(?:unsigned )?char (\w+)\[(\d+)\]$/.exec(text)
    if (array !== null) {
      this.#places.set(array[1] ?? '', { value: new Uint8Array(Number(array[2])) })
      return
    }
    const data = /^CRYPTO_EX_DATA (\w+)$/.exec(text)?.[1]
    if (data !== undefined) {
      this.#places.set(data, { value: new O.CRYPTO_EX_DATA() })
      return
    }
    const [, name, , expression = '0'] =
      /^(?:(?:const |unsigned |struct )*\w+ \**|STACK_OF\(\w+\) \*)?(\w+)( = (.+))?$/.exec(text) ?? []
    if (name === undefined) this.#value(text)
    else this.#assign(name, text.includes(' *') && expression === '0' ? null : this.#value(expression))
  }

  #assign(name: string, value: unknown): void {
    const place = this.#places.get(name)
    if (place === undefined) this.#places.set(name, { value })
    else place.value = value
  }

  #value(text: string): unknown {
    const parser = new Parser(text, this.#places, line => this.lines.push(line))
    return parser.whole()
  }
}

const TAKES_BYTES: ReadonlySet<string> = new Set(['BIO_write', 'BIO_new_mem_buf'])
const TOKEN = /\s*(==|!=|"(?:\\.|[^"\\])*"|-?\d+|\w+|[(),&])/y

/** Evaluates as it goes. */
class Parser {
  readonly #text: string
  readonly #places: ReadonlyMap<string, Place>
  readonly #print: (line: string) => void
  #at = 0

  constructor(text: string, places: ReadonlyMap<string, Place>, print: (line: string) => void) {
    this.#text = text
    this.#places = places
    this.#print = print
  }

  whole(): unknown {
    const value = this.#comparison()
    if (this.#peek() !== '') throw new Error(`not understood: ${this.#text.slice(this.#at)}`)
    return value
  }

  #comparison(): unknown {
    const left = this.#term()
    const operator = this.#peek()
    if (operator !== '==' && operator !== '!=') return left
    this.#next()
    const right = this.#term()
    return Number((left === right) === (operator === '=='))
  }

  #term(): unknown {
    const token = this.#next()
    if (token === '&') return this.#address(this.#next())
    if (token.startsWith('"')) return JSON.parse(token)
    if (/^-?\d/.test(token)) return Number(token)
    if (this.#peek() === '(') return this.#call(token)
    if (token === 'NULL') return null
    const place = this.#places.get(token)
    return place === undefined ? member(token) : place.value
  }

  #call(name: string): unknown {
    this.#next()
    const from = this.#at
    const values: unknown[] = []
    while (this.#peek() !== ')') {
      values.push(this.#comparison())
      if (this.#peek() === ',') this.#next()
    }
    const inner = this.#text.slice(from, this.#at).trim()
    this.#next()
    if (name === 'N' || name === 'S' || name === 'H') {
      this.#print(`${inner} = ${shown(name, values)}${errors()}`)
      return 0
    }
    const called = member(name)
    if (typeof called !== 'function') throw new Error(`no function ${name}`)
    // A text is bytes where C takes either.
    const given = TAKES_BYTES.has(name) ? values.map(one => (typeof one === 'string' ? Buffer.from(one) : one)) : values
    return Reflect.apply(called, undefined, given)
  }

  /** Of a struct it is the object itself. */
  #address(name: string): unknown {
    const place = this.#places.get(name)
    if (place === undefined) throw new Error(`no variable ${name}`)
    return place.value instanceof O.CRYPTO_EX_DATA ? place.value : place
  }

  #peek(): string {
    TOKEN.lastIndex = this.#at
    return TOKEN.exec(this.#text)?.[1] ?? ''
  }

  #next(): string {
    const token = this.#peek()
    if (token === '') throw new Error(`not understood: ${this.#text}`)
    this.#at = TOKEN.lastIndex
    return token
  }
}

function member(name: string): unknown {
  const names: Readonly<Record<string, unknown>> = O
  if (!(name in names)) throw new Error(`no name ${name}`)
  return names[name]
}

function shown(kind: string, [value, length]: readonly unknown[]): string {
  if (kind === 'S') return value === null ? 'NULL' : String(value)
  if (kind === 'N') return value === undefined ? 'nothing' : String(Number(value))
  if (!(value instanceof Uint8Array)) return 'NULL'
  return Buffer.from(value.subarray(0, Number(length))).toString('hex')
}

function errors(): string {
  let text = ''
  for (let e: number; (e = O.ERR_get_error()) !== 0; ) text += ` ${e.toString(16).toUpperCase().padStart(8, '0')}`
  return text
}
