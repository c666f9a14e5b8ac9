import { BIO_CTRL_GET_CLOSE, BIO_CTRL_SET_CLOSE } from '../constants/bio.ts'
import type { BIO } from './bio.ts'

/** The two commands about whether a BIO closes what it stands for; undefined for any other. */
export function closeFlagCommand(b: BIO, cmd: number, num: number): number | undefined {
  if (cmd === BIO_CTRL_GET_CLOSE) return b.shutdown
  if (cmd !== BIO_CTRL_SET_CLOSE) return undefined
  b.shutdown = num
  return 1
}
