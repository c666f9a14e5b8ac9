import { DTLS_HANDSHAKE_HEADER, TLS_HANDSHAKE_HEADER } from '../../wire/handshake.ts'
import { type ClientHello, clientHello } from '../../wire/messages/client-hello.ts'
import { ExtensionType } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'

/**
 * Client: the hello with the extension that makes it 512 bytes long, if it would have 256 to 511, for servers that cannot
 * take those (RFC 7685 section 4). It comes last, and is not empty, which others cannot take there.
 */
export function padHello({ config, link }: HandshakeContext, hello: ClientHello): ClientHello {
  if (!config.padding) return hello
  const header = link.datagram ? DTLS_HANDSHAKE_HEADER : TLS_HANDSHAKE_HEADER
  const length = header + clientHello.write(hello).length
  if (length < SHORTEST || length >= LONGEST) return hello
  const body = new Uint8Array(Math.max(1, LONGEST - length - EXTENSION_HEADER))
  return { ...hello, extensions: [...hello.extensions, { type: ExtensionType.padding, body }] }
}

const SHORTEST = 256
const LONGEST = 512
/** Type and length. */
const EXTENSION_HEADER = 4
