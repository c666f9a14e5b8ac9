import {
  type Out,
  requireInstance,
  requireInteger,
  requireLiveOrNull,
  requireOut,
  requireString,
} from '../../boundary.ts'
import { ERR_LIB_SSL } from '../../constants/err.ts'
import * as C from '../../constants/ssl.ts'
import { SSL_R_BAD_VALUE, SSL_R_INVALID_NULL_CMD_NAME, SSL_R_UNKNOWN_CMD_NAME } from '../../constants/sslerr.ts'
import { raise } from '../../err/raise.ts'
import { SSL_CTX_set0_CA_list, SSL_set0_CA_list } from '../certificates/ca-list.ts'
import { refuse } from '../certificates/slots.ts'
import { SSL_CTX } from '../ctx.ts'
import { SSL } from '../ssl.ts'
import { COMMANDS, type Command, completeKeys } from './commands.ts'
import { SSL_CONF_CTX } from './context.ts'
import { applyFlag, type FlagRow, SWITCHES } from './flags.ts'

/** What commands of a configuration are read with (SSL_CONF_CTX_new(3)). */
export function SSL_CONF_CTX_new(): SSL_CONF_CTX {
  return new SSL_CONF_CTX()
}

/** Does nothing: it is collected. @harmless nothing is held that must be given back */
export function SSL_CONF_CTX_free(cctx: SSL_CONF_CTX | null): void {
  void cctx
}

/**
 * To be called after the last command: looks for missing keys with SSL_CONF_FLAG_REQUIRE_PRIVATE, and sets the collected
 * names (SSL_CONF_CTX_finish(3)).
 * @returns 1, or 0 with the errors of reading a key
 */
export function SSL_CONF_CTX_finish(cctx: SSL_CONF_CTX): number {
  const conf = live(cctx)
  if (!completeKeys(conf)) return 0
  if (conf.ssl !== null && conf.caNames !== null) SSL_set0_CA_list(conf.ssl, conf.caNames)
  else if (conf.ctx !== null && conf.caNames !== null) SSL_CTX_set0_CA_list(conf.ctx, conf.caNames)
  conf.caNames = null
  return 1
}

/** Switches SSL_CONF_FLAG_* on (SSL_CONF_CTX_set_flags(3)). @returns all flags that are on */
export function SSL_CONF_CTX_set_flags(cctx: SSL_CONF_CTX, flags: number): number {
  return (live(cctx).flags |= requireInteger(flags, 'flags'))
}

/** Switches SSL_CONF_FLAG_* off. @returns all flags that are on */
export function SSL_CONF_CTX_clear_flags(cctx: SSL_CONF_CTX, flags: number): number {
  return (live(cctx).flags &= ~requireInteger(flags, 'flags'))
}

/** What the names of commands begin with, in place of the dash of a command line; null: nothing else. @returns 1 */
export function SSL_CONF_CTX_set1_prefix(cctx: SSL_CONF_CTX, pre: string | null): number {
  live(cctx).prefix = pre === null ? null : requireString(pre, 'pre')
  return 1
}

/** The connection that commands change from now on; null: values are looked at, and nothing is changed. */
export function SSL_CONF_CTX_set_ssl(cctx: SSL_CONF_CTX, ssl: SSL | null): void {
  setOwner(live(cctx), null, requireLiveOrNull(ssl, SSL, 'ssl'))
}

/** The context that commands change from now on; null: values are looked at, and nothing is changed. */
export function SSL_CONF_CTX_set_ssl_ctx(cctx: SSL_CONF_CTX, ctx: SSL_CTX | null): void {
  setOwner(live(cctx), requireLiveOrNull(ctx, SSL_CTX, 'ctx'), null)
}

/**
 * Does what a line of a configuration file or an option of a command line asks for (SSL_CONF_cmd(3)).
 * @param cmd - with SSL_CONF_FLAG_FILE a name such as `CipherString`, with SSL_CONF_FLAG_CMDLINE an option such as `-cipher`
 * @returns 2 when command and value were used, 1 for a command without value; 0 for a bad value; -2 for an unknown command;
 * -3 when the value is missing. With SSL_CONF_FLAG_SHOW_ERRORS SSL_R_BAD_VALUE or SSL_R_UNKNOWN_CMD_NAME is queued
 */
export function SSL_CONF_cmd(cctx: SSL_CONF_CTX, cmd: string | null, value: string | null = null): number {
  const conf = live(cctx)
  if (cmd === null) return refuse(SSL_R_INVALID_NULL_CMD_NAME)
  const name = nameOf(conf, requireString(cmd, 'cmd'))
  const flag = name === null ? undefined : SWITCHES.find(row => isSwitch(conf, row, name))
  if (flag !== undefined) {
    applyFlag(conf.owner, flag, true)
    return 1
  }
  const command = name === null ? undefined : COMMANDS.find(row => isCommand(conf, row, name))
  if (command === undefined) return fault(conf, -2, SSL_R_UNKNOWN_CMD_NAME, `cmd=${name ?? cmd}`)
  if (value === null) return fault(conf, -3, SSL_R_BAD_VALUE, `cmd=${name}, value=<EMPTY>`)
  const result = command.run(conf, requireString(value, 'value'))
  if (result === true) return 2
  return fault(conf, result === false ? 0 : result, SSL_R_BAD_VALUE, `cmd=${name}, value=${value}`)
}

/**
 * SSL_CONF_cmd for the next option of a command line (SSL_CONF_cmd_argv(3)); what it has used is taken off.
 * @param pargc - the number of arguments; null: all of them @param pargv - the arguments
 * @returns how many it has used; 0 for an option that is not its own, or none left; -1 for a bad value, -3 for a missing one
 */
export function SSL_CONF_cmd_argv(cctx: SSL_CONF_CTX, pargc: Out<number> | null, pargv: Out<string[]>): number {
  const conf = live(cctx)
  const { value: argv } = requireOut(pargv, 'pargv')
  const count = pargc === null ? argv.length : Math.min(pargc.value, argv.length)
  const [option, value] = argv.slice(0, count)
  if (option === undefined) return 0
  conf.flags = (conf.flags & ~C.SSL_CONF_FLAG_FILE) | C.SSL_CONF_FLAG_CMDLINE
  const used = SSL_CONF_cmd(conf, option, value ?? null)
  if (used > 0) {
    pargv.value = argv.slice(used)
    if (pargc !== null) pargc.value -= used
    return used
  }
  if (used === -2) return 0
  return used === 0 ? -1 : used
}

/** What kind of value a command has: SSL_CONF_TYPE_*; _NONE for a command without, _UNKNOWN for one that is not there. */
export function SSL_CONF_cmd_value_type(cctx: SSL_CONF_CTX, cmd: string | null): number {
  const conf = live(cctx)
  const name = cmd === null ? null : nameOf(conf, requireString(cmd, 'cmd'))
  if (name === null) return C.SSL_CONF_TYPE_UNKNOWN
  if (SWITCHES.some(row => isSwitch(conf, row, name))) return C.SSL_CONF_TYPE_NONE
  return COMMANDS.find(row => isCommand(conf, row, name))?.type ?? C.SSL_CONF_TYPE_UNKNOWN
}

function live(cctx: unknown): SSL_CONF_CTX {
  return requireInstance(cctx, SSL_CONF_CTX, 'cctx')
}

function setOwner(conf: SSL_CONF_CTX, ctx: SSL_CTX | null, ssl: SSL | null): void {
  conf.ctx = ctx
  conf.ssl = ssl
  conf.certificateFiles.clear()
}

/** The name behind the prefix, or behind the dash; null when it does not begin so. */
function nameOf({ flags, prefix }: SSL_CONF_CTX, cmd: string): string | null {
  if (prefix === null) {
    if ((flags & C.SSL_CONF_FLAG_CMDLINE) === 0) return cmd
    return cmd.startsWith('-') && cmd.length > 1 ? cmd.slice(1) : null
  }
  const start = cmd.slice(0, prefix.length)
  if (cmd.length <= prefix.length) return null
  if ((flags & C.SSL_CONF_FLAG_CMDLINE) !== 0 && start !== prefix) return null
  if ((flags & C.SSL_CONF_FLAG_FILE) !== 0 && start.toLowerCase() !== prefix.toLowerCase()) return null
  return cmd.slice(prefix.length)
}

function isSwitch({ flags }: SSL_CONF_CTX, { name, sides }: FlagRow, wanted: string): boolean {
  if ((flags & C.SSL_CONF_FLAG_CMDLINE) === 0 || name !== wanted) return false
  const both = C.SSL_CONF_FLAG_CLIENT | C.SSL_CONF_FLAG_SERVER
  return sides === both || (flags & sides) !== 0
}

function isCommand(conf: SSL_CONF_CTX, { file, line, flags }: Command, wanted: string): boolean {
  if ((flags & ~conf.flags) !== 0) return false
  if ((conf.flags & C.SSL_CONF_FLAG_CMDLINE) !== 0 && line === wanted) return true
  return (conf.flags & C.SSL_CONF_FLAG_FILE) !== 0 && file.toLowerCase() === wanted.toLowerCase()
}

function fault({ flags }: SSL_CONF_CTX, result: number, reason: number, detail: string): number {
  if ((flags & C.SSL_CONF_FLAG_SHOW_ERRORS) !== 0) raise(ERR_LIB_SSL, reason, detail)
  return result
}
