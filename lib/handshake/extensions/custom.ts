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

/**
 * Client: reads one of the ServerHello's, which it must have offered (RFC 5246 section 7.4.1.4).
 * @returns false for one that is not the application's
 */
export function readCustomAnswered(
  handshake: HandshakeContext,
  { type, body }: Extension,
  offered: readonly Extension[],
): boolean {
  const custom = customOf(handshake, 'server').find(candidate => candidate.type === type)
  if (custom === undefined) {
    // It was the application's to offer, but may not be answered.
    if (!customOf(handshake, 'client').some(candidate => candidate.type === type)) return false
    throw new ProtocolFailure('bad-extension', { alert: Alert.illegalParameter })
  }
  if (handshake.resumed && custom.ignoredOnResumption) return true
  if (find(offered, type) === undefined)
    throw new ProtocolFailure('bad-extension', { alert: Alert.unsupportedExtension })
  custom.read(body)
  return true
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
