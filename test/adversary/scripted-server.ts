import { concat, EMPTY, utf8 } from '../../lib/base/bytes.ts'
import { automaticDh, dhKeyShare } from '../../lib/crypto/dh.ts'
import { groupById } from '../../lib/crypto/groups.ts'
import type { KeyShare } from '../../lib/crypto/key-share.ts'
import { decryptPremaster } from '../../lib/crypto/rsa-transport.ts'
import { schemeById, sign } from '../../lib/crypto/signatures.ts'
import type { Credential } from '../../lib/engine.ts'
import { pskPremaster } from '../../lib/handshake/v12/premaster.ts'
import { type Extension, find } from '../../lib/wire/extensions/extension.ts'
import { certificate } from '../../lib/wire/messages/certificate.ts'
import { certificateRequest } from '../../lib/wire/messages/certificate-request.ts'
import { type ClientHello, clientHello } from '../../lib/wire/messages/client-hello.ts'
import { clientKeyExchange } from '../../lib/wire/messages/client-key-exchange.ts'
import { helloVerifyRequest } from '../../lib/wire/messages/hello-verify-request.ts'
import { type ServerHello, serverHello } from '../../lib/wire/messages/server-hello.ts'
import { serverKeyExchange } from '../../lib/wire/messages/server-key-exchange.ts'
import { ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import { type MessageOptions, Script, type ScriptOptions } from './script.ts'

export interface KeyExchangeChanges {
  readonly group?: number
  readonly publicKey?: Uint8Array
  readonly p?: Uint8Array
  readonly g?: Uint8Array
  readonly scheme?: number
  readonly credential?: Credential
  /** What is signed instead of the parameters that are sent. */
  readonly signed?: Uint8Array
  readonly signature?: (value: Uint8Array) => Uint8Array
  readonly hint?: Uint8Array
  /** Changes the whole body. */
  readonly body?: (body: Uint8Array) => Uint8Array
}

/** A server under a test's control, against the engine as the client. */
export class ScriptedServer extends Script {
  credential: Credential
  share: KeyShare | null = null

  constructor(options: ScriptOptions = {}) {
    super('server', options)
    this.credential = testCredential(this.suite.authentication === 'ecdsa' ? 'p256' : 'rsa')
    this.pump()
  }

  get clientHello(): ClientHello {
    return clientHello.read(this.last(HandshakeType.clientHello), true)
  }

  helloVerifyRequest(cookie: Uint8Array = utf8('cookie'), options: MessageOptions = {}): this {
    const body = helloVerifyRequest.write({ version: 0xfeff, cookie })
    this.transcript.reset()
    return this.message(HandshakeType.helloVerifyRequest, body, { counts: false, ...options })
  }

  /** The usual ServerHello with changes; `more` replaces or adds extensions, a null body takes one away. */
  hello(changes: Partial<ServerHello> = {}, more: readonly { type: number; body: Uint8Array | null }[] = []): this {
    const { random, extensions: offered } = this.clientHello
    this.clientRandom = random.slice()
    this.serverRandom = changes.random ?? this.random(32)
    this.transcript.choose(this.prfHash)
    const usual: Extension[] = [{ type: ExtensionType.renegotiationInfo, body: Uint8Array.of(0) }]
    if (find(offered, ExtensionType.extendedMasterSecret) !== undefined)
      usual.push({ type: ExtensionType.extendedMasterSecret, body: EMPTY })
    if (this.suite.cipher.endsWith('-cbc') && find(offered, ExtensionType.encryptThenMac) !== undefined)
      usual.push({ type: ExtensionType.encryptThenMac, body: EMPTY })
    const kept = usual.filter(({ type }) => !more.some(other => other.type === type))
    const extensions = [...kept, ...more.flatMap(({ type, body }) => (body === null ? [] : [{ type, body }]))]
    this.extendedMaster = find(extensions, ExtensionType.extendedMasterSecret) !== undefined
    this.encryptThenMac = find(extensions, ExtensionType.encryptThenMac) !== undefined
    const body = serverHello.write({
      version: this.version,
      random: this.serverRandom,
      sessionId: EMPTY,
      cipherSuite: this.suite.id,
      compression: 0,
      extensions,
      ...changes,
    })
    return this.message(HandshakeType.serverHello, body)
  }

  certificate(chain: readonly Uint8Array[] = this.credential.chain): this {
    return this.message(HandshakeType.certificate, certificate.write({ chain: [...chain] }))
  }

  keyExchange(changes: KeyExchangeChanges = {}): this {
    const body = this.keyExchangeBody(changes)
    return this.message(HandshakeType.serverKeyExchange, changes.body?.(body) ?? body)
  }

  keyExchangeBody(changes: KeyExchangeChanges = {}): Uint8Array {
    const psk = this.suite.keyExchange.endsWith('psk')
    const params = this.#params(changes)
    const signed = !psk && (this.suite.authentication === 'rsa' || this.suite.authentication === 'ecdsa')
    const hint = psk ? (changes.hint ?? EMPTY) : null
    return serverKeyExchange.write({ hint, params, signature: signed ? this.#signature(params, changes) : null })
  }

  certificateRequest(schemes: readonly number[] = [0x0403, 0x0804]): this {
    const body = certificateRequest.write({ types: [1, 64], signatureSchemes: [...schemes], authorities: [] })
    return this.message(HandshakeType.certificateRequest, body)
  }

  done(body: Uint8Array = EMPTY): this {
    return this.message(HandshakeType.serverHelloDone, body)
  }

  /** Up to and including ServerHelloDone, as a good server. */
  firstFlight(): this {
    this.hello()
    if (this.suite.authentication === 'rsa' || this.suite.authentication === 'ecdsa') this.certificate()
    const { keyExchange } = this.suite
    if (keyExchange !== 'rsa' && keyExchange !== 'psk' && keyExchange !== 'rsa-psk') this.keyExchange()
    return this.done()
  }

  /** The whole handshake, as a good server. */
  complete(): this {
    return this.firstFlight().changeCipherSpec().finished()
  }

  protected onMessage(type: number, body: Uint8Array): void {
    if (type === HandshakeType.clientKeyExchange && this.master.length === 0) this.protect(this.#premaster(body))
  }

  #params({ group = 23, publicKey, p, g }: KeyExchangeChanges): Uint8Array {
    const { keyExchange } = this.suite
    if (keyExchange.startsWith('ecdhe')) {
      this.share = groupById(group)?.generate(this.random) ?? null
      const own = publicKey ?? this.share?.publicKey ?? Uint8Array.of(4)
      return serverKeyExchange.encodeParams({ ecdhe: { group, publicKey: own }, dhe: null })
    }
    if (!keyExchange.startsWith('dhe')) return EMPTY
    const params = automaticDh(112)
    this.share = dhKeyShare(params, this.random)
    return serverKeyExchange.encodeParams({
      ecdhe: null,
      dhe: { p: p ?? params.p, g: g ?? params.g, publicKey: publicKey ?? this.share.publicKey },
    })
  }

  #signature(params: Uint8Array, changes: KeyExchangeChanges): { scheme: number | null; value: Uint8Array } {
    const { key } = changes.credential ?? this.credential
    const usual = this.suite.authentication === 'ecdsa' ? 0x0403 : 0x0804
    const id = changes.scheme ?? usual
    const scheme = schemeById(id) ?? schemeById(usual)
    if (scheme === undefined) throw new Error('no scheme')
    const value = sign(scheme, key, changes.signed ?? concat(this.clientRandom, this.serverRandom, params))
    return { scheme: id, value: changes.signature?.(value) ?? value }
  }

  #premaster(body: Uint8Array): Uint8Array {
    const { keyExchange } = this.suite
    const psk = keyExchange.endsWith('psk')
    const exchange = keyExchange.startsWith('ecdhe')
      ? 'ecdhe'
      : keyExchange.startsWith('dhe')
        ? 'dhe'
        : keyExchange.startsWith('rsa')
          ? 'rsa'
          : 'none'
    const { encrypted, publicKey } = clientKeyExchange.read(body, { psk, exchange })
    const other =
      encrypted !== null
        ? decryptPremaster(this.credential.key, encrypted, this.clientHello.version, this.random)
        : publicKey === null
          ? null
          : (this.share?.agree(publicKey) ?? null)
    if (psk) return pskPremaster(utf8('a shared secret'), other)
    if (other === null) throw new Error('no premaster')
    return other
  }
}
