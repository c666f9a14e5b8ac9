import { Reader } from '../reader.ts'
import { HandshakeType } from '../registry.ts'
import { Writer } from '../writer.ts'

export interface ClientKeyExchange {
  /** The PSK identity, 0 to 65535 bytes; null when the exchange uses no PSK. */
  identity: Uint8Array | null
  /** RSA: the encrypted premaster secret. */
  encrypted: Uint8Array | null
  /** (EC)DHE: the client's public key. */
  publicKey: Uint8Array | null
}

/** What the suite says about the message: it does not say so itself. */
export interface ClientKeyExchangeShape {
  psk: boolean
  exchange: 'ecdhe' | 'dhe' | 'rsa' | 'none'
}

/** RFC 5246 section 7.4.7, RFC 8422 section 5.7; with PSK RFC 4279 sections 2 to 4 and RFC 5489 section 2. */
export const clientKeyExchange = {
  type: HandshakeType.clientKeyExchange,

  read(body: Uint8Array, { psk, exchange }: ClientKeyExchangeShape): ClientKeyExchange {
    const reader = new Reader(body)
    const identity = psk ? reader.vector16() : null
    // A zero length goes on to the decryption, which fails like any other: no oracle here.
    const encrypted = exchange === 'rsa' ? reader.vector16() : null
    const publicKey = readPublicKey(reader, exchange)
    reader.expectEnd()
    return { identity, encrypted, publicKey }
  },

  write({ identity, encrypted, publicKey }: ClientKeyExchange, { psk, exchange }: ClientKeyExchangeShape): Uint8Array {
    const writer = new Writer(512)
    if (psk) writer.vector16(present(identity, 'identity'))
    switch (exchange) {
      case 'rsa':
        return writer.vector16(present(encrypted, 'encrypted')).finish()
      case 'ecdhe':
        return writer.vector8(present(publicKey, 'publicKey'), 1).finish()
      case 'dhe':
        return writer.vector16(present(publicKey, 'publicKey'), 1).finish()
      case 'none':
        return writer.finish()
    }
  },
}

function readPublicKey(reader: Reader, exchange: ClientKeyExchangeShape['exchange']): Uint8Array | null {
  switch (exchange) {
    case 'ecdhe':
      return reader.vector8(1)
    case 'dhe':
      return reader.vector16(1)
    case 'rsa':
    case 'none':
      return null
  }
}

function present(field: Uint8Array | null, name: string): Uint8Array {
  if (field === null) throw new RangeError(`the exchange needs ${name}`)
  return field
}
