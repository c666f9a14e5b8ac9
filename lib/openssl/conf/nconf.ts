import type { BIO } from '../bio/bio.ts'
import { type Out, requireInstance, requireString } from '../boundary.ts'
import { ERR_LIB_CONF } from '../constants/err.ts'
import { raise } from '../err/raise.ts'
import { readAll } from '../x509/files/pem-bio.ts'
import { ConfFailure, lookUp, parseConfiguration, type Sections } from './parse.ts'

/** A configuration that was read (NCONF_new(3), config(5)). */
export class CONF {
  sections: Sections = new Map()
}

/** An empty configuration. @param meth - null: the format of openssl.cnf, the only one here */
export function NCONF_new(meth: null = null): CONF {
  void meth
  return new CONF()
}

/** Forgets what was read. */
export function NCONF_free(conf: CONF | null): void {
  conf?.sections.clear()
}

/**
 * Reads a configuration in the format of openssl.cnf: sections, quotes, `\`, `$name`, `${section::name}`, `.pragma dollarid`.
 * Files are not included. Values are latin-1.
 * @param eline - takes the number of the line that is wrong
 * @returns 1, or 0 with CONF_R_MISSING_EQUAL_SIGN, CONF_R_MISSING_CLOSE_SQUARE_BRACKET, CONF_R_NO_CLOSE_BRACE or
 * CONF_R_VARIABLE_HAS_NO_VALUE, and nothing kept
 */
export function NCONF_load_bio(conf: CONF, bp: BIO, eline: Out<number> | null = null): number {
  const { sections } = requireInstance(conf, CONF, 'conf')
  try {
    parseConfiguration(textOf(readAll(bp)), sections)
    return 1
  } catch (failure) {
    if (!(failure instanceof ConfFailure)) throw failure
    sections.clear()
    if (eline !== null) eline.value = failure.line
    raise(ERR_LIB_CONF, failure.reason, `${failure.detail}line ${failure.line}`)
    return 0
  }
}

/**
 * A value: that of the section, of the environment for the section ENV, or else of the section `default`.
 * @returns null with CONF_R_NO_VALUE
 */
export function NCONF_get_string(conf: CONF | null, group: string | null, name: string): string | null {
  if (conf === null) return missing(CONF_R_NO_CONF_OR_ENVIRONMENT_VARIABLE)
  const { sections } = requireInstance(conf, CONF, 'conf')
  const value = lookUp(sections, group, requireString(name, 'name'))
  return value ?? missing(CONF_R_NO_VALUE, `group=${group ?? ''} name=${name}`)
}

/** The mark of UTF-8 at the beginning says nothing of the rest. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
}

function missing(reason: number, detail = ''): null {
  raise(ERR_LIB_CONF, reason, detail)
  return null
}

const CONF_R_NO_CONF_OR_ENVIRONMENT_VARIABLE = 106
const CONF_R_NO_VALUE = 108
