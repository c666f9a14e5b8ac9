import { concat, wipe } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { dhKeyShare, dhSecurityBits, validDh } from '../../crypto/dh.ts'
import { encryptPremaster, PREMASTER_LENGTH } from '../../crypto/rsa-transport.ts'
import { keyTypeOf, verify } from '../../crypto/signatures.ts'
import { type ClientKeyExchange, clientKeyExchange } from '../../wire/messages/client-key-exchange.ts'
import { type ServerKeyExchange, serverKeyExchange } from '../../wire/messages/server-key-exchange.ts'
import type { HandshakeContext } from '../context.ts'
import { exchangeOf, isSigned, usesPsk } from '../negotiation/exchange.ts'
import { acceptGroup } from '../negotiation/group.ts'
import { acceptScheme } from '../negotiation/signature.ts'
import { peerKey } from './peer-key.ts'
import { MAX_PSK_IDENTITY, pskPremaster } from './premaster.ts'

/** The client's half of the key exchange. */
export class ClientExchange {
  readonly #handshake: HandshakeContext
  #server: ServerKeyExchange | null = null

  constructor(handshake: HandshakeContext) {
    this.#handshake = handshake
  }

  /** The suite cannot do without a ServerKeyExchange. */
  get required(): boolean {
    const exchange = exchangeOf(this.#handshake.suite)
    return exchange === 'ecdhe' || exchange === 'dhe'
  }

  /** A ServerKeyExchange may come: for static RSA it may not (RFC 5246 section 7.4.3). */
  get possible(): boolean {
    return this.required || usesPsk(this.#handshake.suite)
  }

  /** Reads and checks ServerKeyExchange. */
  read(body: Uint8Array): void {
    const { suite, version } = this.#handshake
    const exchange = exchangeOf(suite)
    const message = serverKeyExchange.read(body, {
      psk: usesPsk(suite),
      exchange: exchange === 'rsa' ? 'none' : exchange,
      signed: isSigned(suite),
      algorithm: version.signatureAlgorithms,
    })
    if (message.hint !== null && message.hint.length > MAX_PSK_IDENTITY)
      throw new ProtocolFailure('data-length-too-long')
    this.#checkParams(message)
    if (isSigned(suite)) this.#checkSignature(message)
    this.#server = message
    // libssl shows no hint when an empty one comes.
    this.#handshake.pskHint = message.hint !== null && message.hint.length > 0 ? message.hint.slice() : null
  }

  /** The body of ClientKeyExchange and the premaster secret. */
  answer(clientVersion: number): { body: Uint8Array; premaster: Uint8Array } {
    const { suite } = this.#handshake
    const psk = usesPsk(suite) ? this.#psk() : null
    const exchange = exchangeOf(suite)
    const message: ClientKeyExchange = { identity: psk?.identity ?? null, encrypted: null, publicKey: null }
    let other: Uint8Array | null = null
    try {
      switch (exchange) {
        case 'rsa':
          other = this.#rsaPremaster(clientVersion)
          message.encrypted = this.#encrypt(other)
          break
        case 'ecdhe':
        case 'dhe':
          ;({ publicKey: message.publicKey, secret: other } = this.#agree())
          break
        case 'none':
          break
      }
      const body = clientKeyExchange.write(message, { psk: psk !== null, exchange })
      if (psk !== null) return { body, premaster: pskPremaster(psk.key, other) }
      if (other === null) throw new ProtocolFailure('internal-error')
      return { body, premaster: other }
    } catch (thrown) {
      wipe(psk?.key, other)
      throw thrown
    }
  }

  #checkParams({ ecdhe, dhe }: ServerKeyExchange): void {
    const handshake = this.#handshake
    if (ecdhe !== null) {
      handshake.group = acceptGroup(handshake, ecdhe.group).id
      handshake.peerTemporaryKey = { kind: 'ecdh', group: ecdhe.group, publicKey: ecdhe.publicKey.slice() }
    }
    if (dhe === null) return
    const params = { p: dhe.p, g: dhe.g }
    if (!validDh(params)) throw new ProtocolFailure('bad-dh-value')
    if (!handshake.config.permits('temporary-dh', dhSecurityBits(params), 0))
      throw new ProtocolFailure('dh-key-too-small')
    handshake.peerTemporaryKey = {
      kind: 'dh',
      params: { p: dhe.p.slice(), g: dhe.g.slice() },
      publicKey: dhe.publicKey.slice(),
    }
  }

  #checkSignature({ params, signature }: ServerKeyExchange): void {
    const handshake = this.#handshake
    if (signature === null) throw new ProtocolFailure('internal-error')
    const key = peerKey(handshake)
    const scheme = acceptScheme(handshake, key, signature.scheme)
    handshake.peerScheme = scheme.id
    const signed = concat(handshake.clientRandom, handshake.serverRandom, params)
    if (!verify(scheme, key, signed, signature.value)) throw new ProtocolFailure('bad-signature')
  }

  #psk(): { identity: Uint8Array; key: Uint8Array } {
    const psk = this.#handshake.config.clientPsk(this.#handshake.pskHint)
    if (psk === null || psk.key.length === 0) throw new ProtocolFailure('psk-identity-not-found-client')
    if (psk.identity.length > MAX_PSK_IDENTITY) {
      wipe(psk.key)
      throw new ProtocolFailure('internal-error')
    }
    this.#handshake.pskIdentity = psk.identity
    return psk
  }

  /** RFC 5246 section 7.4.7.1: the version that was offered, then 46 random bytes. */
  #rsaPremaster(clientVersion: number): Uint8Array {
    const premaster = this.#handshake.random(PREMASTER_LENGTH)
    premaster[0] = clientVersion >> 8
    premaster[1] = clientVersion & 0xff
    return premaster
  }

  #encrypt(premaster: Uint8Array): Uint8Array {
    const key = peerKey(this.#handshake)
    if (keyTypeOf(key) !== 'rsa') throw new ProtocolFailure('wrong-certificate-type')
    const encrypted = encryptPremaster(key, premaster)
    if (encrypted === null) throw new ProtocolFailure('bad-rsa-encrypt')
    this.#handshake.observer.onSecret?.('RSA', encrypted.subarray(0, RSA_LOG_BYTES), premaster)
    return encrypted
  }

  #agree(): { publicKey: Uint8Array; secret: Uint8Array } {
    const handshake = this.#handshake
    const server = this.#server
    if (server?.ecdhe) {
      const share = acceptGroup(handshake, server.ecdhe.group).generate(handshake.random)
      const secret = share.agree(server.ecdhe.publicKey)
      share.wipe()
      if (secret === null) throw new ProtocolFailure('bad-ecpoint')
      return { publicKey: share.publicKey, secret }
    }
    if (server?.dhe) {
      const share = dhKeyShare({ p: server.dhe.p, g: server.dhe.g }, handshake.random)
      const secret = share.agree(server.dhe.publicKey)
      share.wipe()
      if (secret === null) throw new ProtocolFailure('bad-dh-value')
      return { publicKey: share.publicKey, secret }
    }
    throw new ProtocolFailure('unexpected-message', { detail: 'no ServerKeyExchange came' })
  }
}

/** The key log names a premaster by the first bytes of its encryption. */
const RSA_LOG_BYTES = 8
