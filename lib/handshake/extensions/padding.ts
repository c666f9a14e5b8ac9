import { DTLS_HANDSHAKE_HEADER, TLS_HANDSHAKE_HEADER } from '../../wire/handshake.ts'
import { type ClientHello, clientHello } from '../../wire/messages/client-hello.ts'
import { ExtensionType } from '../../wire/registry.ts'
import type { HandshakeContext } from '../context.ts'

/** RFC 7685: fills a ClientHello of 256 to 511 bytes up to 512, headers counted as in OpenSSL; its cookie may have changed. */
export function padHello({ config, link }: HandshakeContext, hello: ClientHello): void {
  if (!config.padsHello) return
  hello.extensions = hello.extensions.filter(({ type }) => type !== ExtensionType.padding)
  const header = link.datagram ? DTLS_HANDSHAKE_HEADER : TLS_HANDSHAKE_HEADER
  const length = header + clientHello.write(hello).length
  if (length < SHORTEST || length >= ENOUGH) return
  // Never empty: some servers do not like an empty extension at the end.
  const body = new Uint8Array(Math.max(1, ENOUGH - length - EXTENSION_HEADER))
  hello.extensions.push({ type: ExtensionType.padding, body })
}

const SHORTEST = 256
const ENOUGH = 512
const EXTENSION_HEADER = 4
