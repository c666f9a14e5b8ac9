import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Credential, credential } from '../../lib/pki/credential.ts'
import { pemBlocks } from '../../lib/pki/pem.ts'

/** The certificates of `test/vectors/certificates`, all issued by one authority. */
export type CredentialName =
  | 'rsa'
  | 'rsa-pss'
  | 'p256'
  | 'p384'
  | 'p521'
  | 'ed25519'
  | 'ed448'
  | 'client'
  | 'client-rsa'
  | 'long-chain'

/** A chain and its key, read once. */
export function testCredential(name: CredentialName): Credential {
  const known = cache.get(name)
  if (known !== undefined) return known
  const chain = readCertificates(name)
  const [leaf, ...issuers] = chain
  if (leaf === undefined) throw new Error(`${name}: no certificate`)
  const fresh = credential([leaf, ...issuers], createPrivateKey(readVector(`${name}.key.pem`)))
  cache.set(name, fresh)
  return fresh
}

/** DER of the certificates in a file, in its order. */
export function readCertificates(name: CredentialName | 'authority'): Uint8Array[] {
  return [...pemBlocks(readVector(`${name}.pem`))].map(block => block.data)
}

/** The tests run as TypeScript, the campaign from `dist`; the vectors are in one place. */
const FOLDER = import.meta.url.includes('/dist/test/')
  ? '../../../test/vectors/certificates/'
  : '../vectors/certificates/'

const cache = new Map<CredentialName, Credential>()

function readVector(file: string): string {
  return readFileSync(new URL(FOLDER + file, import.meta.url), 'latin1')
}
