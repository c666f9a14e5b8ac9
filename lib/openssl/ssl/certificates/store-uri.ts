import { statSync } from 'node:fs'
import { errnoOf } from '../../../base/errno.ts'
import { ERR_LIB_OSSL_STORE, ERR_LIB_PROV, ERR_R_UNSUPPORTED } from '../../constants/err.ts'
import { ERR_clear_last_mark, ERR_pop_to_mark, ERR_set_mark } from '../../err/put.ts'
import { raise, raiseSystem } from '../../err/raise.ts'

/** What OSSL_STORE_open(3) finds under a URI: only the `file` scheme exists, and a text without a scheme is a path. */
export interface StorePath {
  readonly path: string
  readonly isDirectory: boolean
}

/** @returns null with OpenSSL's errors: nothing is there, a relative path in a URI, another host, another scheme */
export function openStoreUri(uri: string): StorePath | null {
  const [, scheme = 'file', rest = ''] = /^([^:]*):(.*)$/s.exec(uri) ?? []
  const foreign = scheme.toLowerCase() !== 'file'
  ERR_set_mark()
  const found = foreign && rest.startsWith('//') ? null : openFile(uri)
  if (found === null && foreign) {
    unregistered(scheme)
    raise(ERR_LIB_OSSL_STORE, ERR_R_UNSUPPORTED, `No store loader found. Scheme (${scheme})`)
  }
  if (found === null) ERR_clear_last_mark()
  else ERR_pop_to_mark()
  return found
}

/** The text as it is may be a path; then what its URI says. Nothing in it is decoded. */
function openFile(uri: string): StorePath | null {
  unregistered('file')
  const rest = /^file:(.*)$/is.exec(uri)?.[1]
  if (rest === undefined) return look(uri)
  if (!rest.startsWith('//')) return look(uri) ?? lookAbsolute(rest)
  const path = /^\/\/(?:localhost)?(\/.*)$/is.exec(rest)?.[1]
  if (path !== undefined) return look(path)
  raise(ERR_LIB_PROV, PROV_R_URI_AUTHORITY_UNSUPPORTED)
  return null
}

function lookAbsolute(path: string): StorePath | null {
  if (path.startsWith('/')) return look(path)
  raise(ERR_LIB_PROV, PROV_R_PATH_MUST_BE_ABSOLUTE, `Given path=${path}`)
  return null
}

function look(path: string): StorePath | null {
  try {
    return { path, isDirectory: statSync(path).isDirectory() }
  } catch (error) {
    raiseSystem(errnoOf(error), `stat(${path})`)
    return null
  }
}

/** OpenSSL asks for an engine's loader first, and keeps that it found none when the others fail as well. */
function unregistered(scheme: string): void {
  raise(ERR_LIB_OSSL_STORE, OSSL_STORE_R_UNREGISTERED_SCHEME, `scheme=${scheme}`)
}

const OSSL_STORE_R_UNREGISTERED_SCHEME = 105
const PROV_R_PATH_MUST_BE_ABSOLUTE = 219
const PROV_R_URI_AUTHORITY_UNSUPPORTED = 223
