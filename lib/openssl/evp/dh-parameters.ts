import type { KeyObject } from 'node:crypto'
import type { DhParameters } from '../../crypto/dh.ts'
import { DerReader, readInteger, Tag } from '../../pki/der.ts'
import type { EVP_PKEY } from './pkey.ts'

/** Prime and generator of a key object: given as such, or within a Diffie-Hellman key. */
export function dhParametersOf({ dhParameters, key }: EVP_PKEY): DhParameters | null {
  if (dhParameters !== null || key === null) return dhParameters
  // The types of Node leave this kind out.
  const kind: string | undefined = key.asymmetricKeyType
  return kind === 'dh' ? parametersWithin(key) : null
}

function parametersWithin(key: KeyObject): DhParameters {
  const der =
    key.type === 'private' ? key.export({ format: 'der', type: 'pkcs8' }) : key.export({ format: 'der', type: 'spki' })
  const outer = new DerReader(der).enter(Tag.sequence)
  if (key.type === 'private') readInteger(outer)
  const algorithm = outer.enter(Tag.sequence)
  algorithm.next(Tag.oid)
  return readDhParameters(algorithm.next(Tag.sequence).contents)
}

/** PKCS#3 and X9.42 begin alike: prime, generator. */
export function readDhParameters(contents: Uint8Array): DhParameters {
  const reader = new DerReader(contents)
  return { p: new Uint8Array(readInteger(reader)), g: new Uint8Array(readInteger(reader)) }
}
