import { EMPTY, utf8 } from '../../lib/base/bytes.ts'
import { dhKeyShare } from '../../lib/crypto/dh.ts'
import { groupById } from '../../lib/crypto/groups.ts'
import { encryptPremaster } from '../../lib/crypto/rsa-transport.ts'
import { schemeById, sign } from '../../lib/crypto/signatures.ts'
import { type Credential, parseCertificate } from '../../lib/engine.ts'
import { pskPremaster } from '../../lib/handshake/v12/premaster.ts'
import { alpn } from '../../lib/wire/extensions/alpn.ts'
import { ecPointFormats } from '../../lib/wire/extensions/ec-point-formats.ts'
import { type Extension, find } from '../../lib/wire/extensions/extension.ts'
import { signatureAlgorithms } from '../../lib/wire/extensions/signature-algorithms.ts'
import { supportedGroups } from '../../lib/wire/extensions/supported-groups.ts'
import { certificate } from '../../lib/wire/messages/certificate.ts'
import { certificateVerify } from '../../lib/wire/messages/certificate-verify.ts'
import { type ClientHello, clientHello } from '../../lib/wire/messages/client-hello.ts'
import { clientKeyExchange } from '../../lib/wire/messages/client-key-exchange.ts'
import { helloVerifyRequest } from '../../lib/wire/messages/hello-verify-request.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { serverKeyExchange } from '../../lib/wire/messages/server-key-exchange.ts'
import { ExtensionType, HandshakeType } from '../../lib/wire/registry.ts'
import { testCredential } from '../connection/credentials.ts'
import { type MessageOptions, Script, type ScriptOptions } from './script.ts'

export interface ClientKeyChanges {
  readonly publicKey?: Uint8Array
  readonly encrypted?: Uint8Array
  readonly premaster?: Uint8Array
  readonly identity?: Uint8Array
  /** Changes the whole body. */
  readonly body?: (body: Uint8Array) => Uint8Array
}

/** A client under a test's control, against the engine as the server. */
export class ScriptedClient extends Script {
  credential: Credential = testCredential('client')
  cookie: Uint8Array = EMPTY
  #hello: ClientHello | null = null

  constructor(options: ScriptOptions = {}) {
    super('client', options)
    this.pump()
  }

  /** The usual ClientHello with changes; `more` replaces or adds extensions, a null body takes one away. */
  hello(
    changes: Partial<ClientHello> = {},
    more: readonly { type: number; body: Uint8Array | null }[] = [],
    options: MessageOptions = {},
  ): this {
    this.clientRandom = changes.random ?? (this.clientRandom.length === 32 ? this.clientRandom : this.random(32))
    const usual: Extension[] = [
      { type: ecPointFormats.type, body: ecPointFormats.writeClient([0]) },
      { type: supportedGroups.type, body: supportedGroups.writeClient([23, 29]) },
      { type: ExtensionType.extendedMasterSecret, body: EMPTY },
      { type: signatureAlgorithms.type, body: signatureAlgorithms.writeClient([0x0403, 0x0804, 0x0401]) },
    ]
    const kept = usual.filter(({ type }) => !more.some(other => other.type === type))
    this.#hello = {
      version: this.version,
      random: this.clientRandom,
      sessionId: EMPTY,
      cookie: this.cookie,
      cipherSuites: [this.suite.id, 0x00ff],
      compression: Uint8Array.of(0),
      extensions: [...kept, ...more.flatMap(({ type, body }) => (body === null ? [] : [{ type, body }]))],
      ...changes,
    }
    return this.message(HandshakeType.clientHello, clientHello.write(this.#hello), options)
  }

  certificate(chain: readonly Uint8Array[] = this.credential.chain): this {
    return this.message(HandshakeType.certificate, certificate.write({ chain: [...chain] }))
  }

  keyExchange(changes: ClientKeyChanges = {}): this {
    const { keyExchange } = this.suite
    const psk = keyExchange.endsWith('psk')
    const identity = psk ? (changes.identity ?? utf8('Client_identity')) : null
    if (keyExchange.startsWith('rsa')) return this.#sendRsa(changes, identity)
    const server = serverKeyExchange
    if (keyExchange === 'psk') return this.#sendExchange({ identity, encrypted: null, publicKey: null }, null, changes)
    const shape = { psk, signed: !psk && this.suite.authentication !== 'none', algorithm: this.version === 0xfefd }
    const exchange = keyExchange.startsWith('ecdhe') ? ('ecdhe' as const) : ('dhe' as const)
    const { ecdhe, dhe } = server.read(this.last(HandshakeType.serverKeyExchange), { ...shape, exchange })
    const share =
      ecdhe !== null
        ? groupById(ecdhe.group)?.generate(this.random)
        : dhe === null
          ? undefined
          : dhKeyShare({ p: dhe.p, g: dhe.g }, this.random)
    const secret = share?.agree((ecdhe ?? dhe)?.publicKey ?? EMPTY) ?? null
    const publicKey = changes.publicKey ?? share?.publicKey ?? null
    return this.#sendExchange({ identity, encrypted: null, publicKey }, secret, changes)
  }

  certificateVerify(
    changes: {
      credential?: Credential
      scheme?: number
      data?: Uint8Array
      mangle?: (v: Uint8Array) => Uint8Array
    } = {},
  ): this {
    const { key } = changes.credential ?? this.credential
    const id = changes.scheme ?? (key.asymmetricKeyType === 'ec' ? 0x0403 : 0x0804)
    const scheme = schemeById(id) ?? schemeById(0x0403)
    if (scheme === undefined) throw new Error('no scheme')
    const signature = sign(scheme, key, changes.data ?? this.transcript.messages())
    const body = certificateVerify.write({ scheme: id, signature: changes.mangle?.(signature) ?? signature })
    return this.message(HandshakeType.certificateVerify, body)
  }

  /** The whole handshake, as a good client without a certificate. */
  complete(): this {
    return this.hello().keyExchange().changeCipherSpec().finished()
  }

  protected onMessage(type: number, body: Uint8Array): void {
    if (type === HandshakeType.helloVerifyRequest) {
      this.cookie = helloVerifyRequest.read(body).cookie.slice()
      this.transcript.reset()
    } else if (type === HandshakeType.serverHello) {
      const { random, extensions } = serverHello.read(body)
      this.serverRandom = random.slice()
      this.extendedMaster = find(extensions, ExtensionType.extendedMasterSecret) !== undefined
      this.encryptThenMac = find(extensions, ExtensionType.encryptThenMac) !== undefined
      this.transcript.choose(this.prfHash)
    }
  }

  #sendRsa(changes: ClientKeyChanges, identity: Uint8Array | null): this {
    const premaster = changes.premaster ?? this.random(48)
    if (changes.premaster === undefined) premaster.set([this.version >> 8, this.version & 0xff])
    const encrypted = changes.encrypted ?? encryptPremaster(this.#serverKey(), premaster)
    return this.#sendExchange({ identity, encrypted, publicKey: null }, premaster, changes)
  }

  #sendExchange(
    message: Parameters<typeof clientKeyExchange.write>[0],
    secret: Uint8Array | null,
    changes: ClientKeyChanges,
  ): this {
    const psk = message.identity !== null
    const exchange =
      message.encrypted !== null
        ? 'rsa'
        : message.publicKey === null
          ? 'none'
          : this.suite.keyExchange.startsWith('ecdhe')
            ? 'ecdhe'
            : 'dhe'
    const body = clientKeyExchange.write(message, { psk, exchange })
    // The message is sent last: with it in the transcript, the keys must be there before the engine answers.
    const other = secret?.slice() ?? null
    const premaster = psk ? pskPremaster(utf8('a shared secret'), other) : (other ?? EMPTY)
    const wasHolding = this.holding
    this.holding = true
    this.message(HandshakeType.clientKeyExchange, changes.body?.(body) ?? body)
    this.protect(premaster)
    this.holding = wasHolding
    return wasHolding ? this : this.release()
  }

  #serverKey() {
    const [leaf] = certificate.read(this.last(HandshakeType.certificate)).chain
    const key = leaf === undefined ? null : parseCertificate(leaf).publicKey
    if (key === null) throw new Error('the server has shown no key')
    return key
  }

  /** Protocol names as the extension wants them. */
  static alpn(...names: readonly string[]): Extension {
    return { type: alpn.type, body: alpn.writeClient(names.map(utf8)) }
  }
}
