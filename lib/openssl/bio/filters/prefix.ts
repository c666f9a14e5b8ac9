import { utf8 } from '../../../base/bytes.ts'
import { type Out, requireInstance, requireString } from '../../boundary.ts'
import {
  BIO_C_FILE_SEEK,
  BIO_CTRL_GET_INDENT,
  BIO_CTRL_RESET,
  BIO_CTRL_SET_INDENT,
  BIO_CTRL_SET_PREFIX,
  BIO_TYPE_BUFFER,
} from '../../constants/bio.ts'
import type { BIO } from '../bio.ts'
import { BIO_callback_ctrl, BIO_ctrl, BIO_gets, BIO_read_ex, BIO_write, BIO_write_ex } from '../io.ts'
import { BIO_METHOD } from '../method.ts'

/** A filter that begins each line that is written with a text and spaces (BIO_f_prefix(3)). */
export function BIO_f_prefix(): BIO_METHOD {
  return METHOD
}

/** Sets the text; null for none. @returns 1, or 0 */
export function BIO_set_prefix(b: BIO | null, prefix: string | null): number {
  return BIO_ctrl(b, BIO_CTRL_SET_PREFIX, 0, prefix)
}

/** Sets the number of spaces after the text. @returns 1; 0 for a negative number */
export function BIO_set_indent(b: BIO | null, indent: number): number {
  return BIO_ctrl(b, BIO_CTRL_SET_INDENT, indent)
}

/** The number of spaces. */
export function BIO_get_indent(b: BIO | null): number {
  return BIO_ctrl(b, BIO_CTRL_GET_INDENT, 0)
}

const LINE_FEED = 0x0a

class Prefix {
  text = ''
  indent = 0
  atLineStart = true
}

function prefixOf(b: BIO): Prefix {
  return requireInstance(b.ptr, Prefix, 'the data of the BIO')
}

function write(b: BIO, data: Uint8Array, _size: number, written: Out<number>): number {
  const prefix = prefixOf(b)
  written.value = 0
  if (prefix.text === '' && prefix.indent === 0) {
    if (data.length > 0) prefix.atLineStart = data[data.length - 1] === LINE_FEED
    return BIO_write_ex(b.next, data, data.length, written)
  }
  while (written.value < data.length) {
    if (prefix.atLineStart && !begin(b, prefix)) return 0
    const feed = data.indexOf(LINE_FEED, written.value)
    const end = feed === -1 ? data.length : feed + 1
    while (written.value < end) {
      const count = { value: 0 }
      if (!BIO_write_ex(b.next, data.subarray(written.value, end), undefined, count)) return 0
      written.value += count.value
    }
    prefix.atLineStart = feed !== -1
  }
  return 1
}

function begin(b: BIO, prefix: Prefix): boolean {
  if (prefix.text !== '' && !BIO_write_ex(b.next, utf8(prefix.text))) return false
  BIO_write(b.next, utf8(' '.repeat(prefix.indent)))
  prefix.atLineStart = false
  return true
}

function ctrl(b: BIO, cmd: number, num: number, ptr: unknown): number {
  const prefix = prefixOf(b)
  switch (cmd) {
    case BIO_CTRL_SET_PREFIX:
      prefix.text = ptr === null ? '' : requireString(ptr, 'prefix')
      return 1
    case BIO_CTRL_SET_INDENT:
      if (num >= 0) prefix.indent = num
      return Number(num >= 0)
    case BIO_CTRL_GET_INDENT:
      return prefix.indent
    case BIO_C_FILE_SEEK:
    case BIO_CTRL_RESET:
      prefix.atLineStart = true
  }
  return b.next === null ? 0 : BIO_ctrl(b.next, cmd, num, ptr)
}

const METHOD = new BIO_METHOD(BIO_TYPE_BUFFER, 'prefix', {
  readEx: (b, out, size, readbytes) => BIO_read_ex(b.next, out, size, readbytes),
  writeEx: write,
  puts: (b, text) => BIO_write(b, utf8(text)),
  gets: (b, buf) => BIO_gets(b.next, buf),
  ctrl,
  create: b => {
    b.ptr = new Prefix()
    b.init = 1
    return 1
  },
  callbackCtrl: (b, cmd, cb) => BIO_callback_ctrl(b.next, cmd, cb),
})
