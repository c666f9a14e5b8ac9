import { Alert } from '../../base/alert.ts'
import { concat, EMPTY, wipe } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { dhKeyShare, dhSecurityBits } from '../../crypto/dh.ts'
import type { KeyShare } from '../../crypto/key-share.ts'
import { decryptPremaster } from '../../crypto/rsa-transport.ts'
import { keySecurityBits, sign } from '../../crypto/signatures.ts'
import { type ClientKeyExchange, clientKeyExchange } from '../../wire/messages/client-key-exchange.ts'
import { serverKeyExchange } from '../../wire/messages/server-key-exchange.ts'
import type { HandshakeContext, TemporaryKey } from '../context.ts'
import { exchangeOf, isSigned, usesPsk } from '../negotiation/exchange.ts'
import { sharedGroup } from '../negotiation/group.ts'
import { chooseScheme } from '../negotiation/signature.ts'
import { MAX_PSK_IDENTITY, pskPremaster } from './premaster.ts'

/** The server's half of the key exchange. */
export class ServerExchange {
  readonly #handshake: HandshakeContext
  #share: KeyShare | null = null
  /** The client_version of the ClientHello, which an RSA premaster repeats. */
  readonly #clientVersion: number

  constructor(handshake: HandshakeContext, clientVersion: number) {
    this.#handshake = handshake
    this.#clientVersion = clientVersion
  }

  /** The body of ServerKeyExchange, or null when the suite needs none (RFC 5246 section 7.4.3, RFC 4279 section 2). */
  offer(): Uint8Array | null {
    const { suite, config } = this.#handshake
    const exchange = exchangeOf(suite)
    const hint = usesPsk(suite) ? (config.pskHint ?? EMPTY) : null
    if (exchange === 'rsa' || exchange === 'none') {
      return hint === null || hint.length === 0
        ? null
        : serverKeyExchange.write({ hint, params: EMPTY, signature: null })
    }
    const params = exchange === 'ecdhe' ? this.#ecdheParams() : this.#dheParams()
    return serverKeyExchange.write({ hint, params, signature: isSigned(suite) ? this.#sign(params) : null })
  }

  /** The premaster secret out of the body of ClientKeyExchange. */
  finish(body: Uint8Array): Uint8Array {
    const { suite } = this.#handshake
    const psk = usesPsk(suite)
    const message = clientKeyExchange.read(body, { psk, exchange: exchangeOf(suite) })
    const key = psk ? this.#pskKey(message.identity ?? EMPTY) : null
    try {
      const other = this.#otherSecret(message)
      if (key !== null) return pskPremaster(key, other)
      if (other === null) throw new ProtocolFailure('internal-error')
      return other
    } finally {
      wipe(key)
    }
  }

  #ecdheParams(): Uint8Array {
    const group = sharedGroup(this.#handshake)
    if (group === null) throw new ProtocolFailure('no-shared-groups')
    this.#handshake.group = group.id
    const { publicKey } = this.#keep(group.generate(this.#handshake.random))
    this.#handshake.temporaryKey = { kind: 'ecdh', group: group.id, publicKey }
    return serverKeyExchange.encodeParams({ ecdhe: { group: group.id, publicKey }, dhe: null })
  }

  #dheParams(): Uint8Array {
    const { config, credential, suite, random } = this.#handshake
    const bits = credential === null ? (suite.strengthBits === 256 ? 128 : 80) : keySecurityBits(credential.key)
    const params = config.dhParameters?.(bits) ?? null
    if (params === null) throw new ProtocolFailure('internal-error', { detail: 'no Diffie-Hellman parameters' })
    if (!config.permits('temporary-dh', dhSecurityBits(params), 0)) throw new ProtocolFailure('dh-key-too-small')
    const { publicKey } = this.#keep(dhKeyShare(params, random))
    this.#handshake.temporaryKey = { kind: 'dh', params, publicKey }
    return serverKeyExchange.encodeParams({ ecdhe: null, dhe: { p: params.p, g: params.g, publicKey } })
  }

  #keep(share: KeyShare): KeyShare {
    this.#share = share
    return share
  }

  #sign(params: Uint8Array): { scheme: number | null; value: Uint8Array } {
    const handshake = this.#handshake
    const { credential, clientRandom, serverRandom, version } = handshake
    if (credential === null) throw new ProtocolFailure('internal-error')
    const scheme = chooseScheme(handshake, credential.key, handshake.peer.signatureSchemes)
    if (scheme === null) throw new ProtocolFailure('no-suitable-signature-algorithm')
    handshake.localScheme = scheme.id
    const value = sign(scheme, credential.key, concat(clientRandom, serverRandom, params))
    return { scheme: version.signatureAlgorithms ? scheme.id : null, value }
  }

  #pskKey(identity: Uint8Array): Uint8Array {
    const { config } = this.#handshake
    if (identity.length > MAX_PSK_IDENTITY)
      throw new ProtocolFailure('data-length-too-long', { alert: Alert.decodeError })
    const key = config.serverPsk(identity)
    if (key === null || key.length === 0) throw new ProtocolFailure('psk-identity-not-found-server')
    this.#handshake.pskIdentity = identity.slice()
    return key
  }

  #otherSecret({ encrypted, publicKey }: ClientKeyExchange): Uint8Array | null {
    const { credential, random } = this.#handshake
    if (encrypted !== null) {
      if (credential === null) throw new ProtocolFailure('internal-error')
      return decryptPremaster(credential.key, encrypted, this.#clientVersion, random)
    }
    if (publicKey === null) return null
    const share = this.#share
    if (share === null) throw new ProtocolFailure('internal-error')
    const secret = share.agree(publicKey)
    share.wipe()
    if (secret === null) throw new ProtocolFailure(this.#handshake.group === null ? 'bad-dh-value' : 'bad-ecpoint')
    this.#exchanged(publicKey.slice())
    return secret
  }

  /** The client's key is of the kind that was offered. */
  #exchanged(publicKey: Uint8Array): void {
    const own: TemporaryKey | null = this.#handshake.temporaryKey
    this.#handshake.peerTemporaryKey = own === null ? null : { ...own, publicKey }
    this.#handshake.temporaryKey = null
  }
}
