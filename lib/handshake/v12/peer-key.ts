import type { KeyObject } from 'node:crypto'
import { ProtocolFailure } from '../../base/failure.ts'
import { type Certificate, parseCertificate } from '../../pki/certificate.ts'
import { PkiFailure } from '../../pki/failure.ts'
import { Name } from '../../pki/name.ts'
import type { HandshakeContext } from '../context.ts'
import { ask, type Step } from '../wait.ts'

/** Reads a chain as it came; anything that is not a certificate is a decode error (RFC 5246 section 7.4.2). */
export function readChain(chain: readonly Uint8Array[]): Certificate[] {
  try {
    return chain.map(der => parseCertificate(der))
  } catch (failure) {
    if (failure instanceof PkiFailure) throw new ProtocolFailure('bad-certificate', { detail: failure.message })
    throw failure
  }
}

/** What names no authority is a decode error, as in OpenSSL (parse_ca_names). */
export function checkAuthorities(names: readonly Uint8Array[]): void {
  try {
    for (const der of names) Name.parse(der)
  } catch (failure) {
    if (failure instanceof PkiFailure) throw new ProtocolFailure('decode-error', { detail: failure.message })
    throw failure
  }
}

/** Has the chain judged, and keeps it. */
export function* judgeChain(handshake: HandshakeContext, chain: readonly Certificate[]): Step<void> {
  handshake.peerChain = chain
  const verdict = yield* ask('retry-verify', () => handshake.config.verifyPeer(chain))
  if (!verdict.accepted) throw new ProtocolFailure('certificate-verify-failed', { alert: verdict.alert })
}

/** The public key of the peer's own certificate. */
export function peerKey({ peerChain }: HandshakeContext): KeyObject {
  const key = peerChain[0]?.publicKey ?? null
  if (key === null) throw new ProtocolFailure('unable-to-find-public-key')
  return key
}
