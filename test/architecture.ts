import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'

/** Two columns that share only `base` (and the protocol's `crypto`); imports point down: each list from the bottom up. */
export const PROTOCOL = [
  'base',
  'wire',
  'crypto',
  'pki',
  'session',
  'record',
  'handshake',
  'connection',
  'mtls',
  'multistream',
]
export const SAME_RANK = [['mtls', 'multistream']]
export const TRANSPORT = ['base', 'sctp', 'simulator', 'transport']
export const TOP = ['profile', 'openssl']

/** How a file is imported: for whatever reason, and for more than its types. */
const ALL = /(?:from|import)\s*\(?'(\.[^']+)'/g
export const VALUES = /^(?:import|export) (?!type\b|\{(?:\s*type \w+,?)+\s*\} from)[^';]*? from '(\.[^']+)'/gm

// The pictures are also drawn by compiled code, from the root of the project, where every command starts.
const root = import.meta.url.includes('/dist/test/') ? join('lib') : join(import.meta.dirname, '..', 'lib')

/** The files of lib. */
export const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))

/** Who imports whom, file by file. */
export const edges = files.flatMap(file => importsOf(file).map(target => ({ file, target })))

/** The files that a file imports. */
export function importsOf(file: string, kind = ALL): string[] {
  const specifiers = [...withoutComments(file).matchAll(kind)].map(match => match[1] ?? '')
  return specifiers.map(specifier => relative('.', normalize(join(dirname(file), specifier))))
}

/** The room of a file: its first folder, or nothing for the entry points. */
export function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : ''
}

/** The text of a file of lib. */
export function withoutComments(file: string): string {
  return readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
}
