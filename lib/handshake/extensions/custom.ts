import { Alert } from '../../base/alert.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import { type Extension, find } from '../../wire/extensions/extension.ts'
import type { CustomExtension } from '../config.ts'
import type { HandshakeContext } from '../context.ts'

/** Extensions of the application's own: they come before the others in a hello, and are read after them, as in OpenSSL. */

/** Client: what the ClientHello carries. */
export function offerCustom(handshake: HandshakeContext): Extension[] {
  return write(customOf(handshake, 'client'))
}

/** Server: reads the ClientHello's, in the order of the application. It is known by now whether a session is resumed. */
export function readCustomOffered(handshake: HandshakeContext, extensions: readonly Extension[]): void {
  for (const custom of relevant(handshake, 'client')) {
    const body = find(extensions, custom.type)
    if (body !== undefined) custom.read(body)
  }
}

/** Server: what the ServerHello carries; only what the client has sent. */
export function answerCustom(handshake: HandshakeContext, offered: readonly Extension[]): Extension[] {
  return write(relevant(handshake, 'server').filter(({ type }) => find(offered, type) !== undefined))
}

/** The application reads this one of the ServerHello's, or passes it over. */
export function isCustom(handshake: HandshakeContext, type: number): boolean {
  return customOf(handshake, 'server').some(custom => custom.type === type)
}

/** Client: reads the ServerHello's, which it must have offered (RFC 5246 section 7.4.1.4). */
export function readCustomAnswered(
  handshake: HandshakeContext,
  extensions: readonly Extension[],
  offered: readonly Extension[],
): void {
  for (const custom of relevant(handshake, 'server')) {
    const body = find(extensions, custom.type)
    if (body === undefined) continue
    if (find(offered, custom.type) === undefined)
      throw new ProtocolFailure('bad-extension', { alert: Alert.unsupportedExtension })
    custom.read(body)
  }
}

function relevant(handshake: HandshakeContext, hello: 'client' | 'server'): CustomExtension[] {
  return customOf(handshake, hello).filter(custom => !(handshake.resumed && custom.ignoredOnResumption))
}

function customOf({ config }: HandshakeContext, hello: 'client' | 'server'): readonly CustomExtension[] {
  return config.customExtensions?.(hello) ?? []
}

function write(list: readonly CustomExtension[]): Extension[] {
  const extensions: Extension[] = []
  for (const custom of list) {
    const body = custom.write()
    if (body !== null) extensions.push({ type: custom.type, body })
  }
  return extensions
}
