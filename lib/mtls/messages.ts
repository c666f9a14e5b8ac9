import { latin1, utf8 } from '../base/bytes.ts'
import { ProtocolFailure } from '../base/failure.ts'
import { Reader } from '../wire/reader.ts'
import { Writer } from '../wire/writer.ts'

/**
 * The messages of draft-badra-hajjeh-mtls-05. `length` counts, in MTLSPlaintext, the data; in all others the whole message, the
 * type and itself among it: "the length, in octets, of the current MTLS packet", and the only reading by which the bound of
 * ChannelRequestEchec.error comes out.
 */

/** Section 2.4. */
export const MessageType = {
  channelEstablishmentRequest: 1,
  channelEstablishmentSuccess: 2,
  channelRequestEchec: 3,
  channelCloseRequest: 4,
  channelCloseConfirmation: 5,
  plaintext: 6,
  newMaxPacketLength: 7,
  acknowledgment: 8,
} as const

/** A machine, as a domain name or a numeric IP address of 1 to 65,535 characters, and its port. */
export interface Machine {
  readonly address: string
  readonly port: number
}

export type Message =
  | {
      readonly type: typeof MessageType.channelEstablishmentRequest
      readonly senderChannelId: number
      /** Octets that the receiver of this message may send before it hears of more. */
      readonly windowLength: number
      /** The most octets of data in one MTLSPlaintext. */
      readonly maxPacketLength: number
      readonly source: Machine
      readonly destination: Machine
    }
  | {
      readonly type: typeof MessageType.channelEstablishmentSuccess
      readonly senderChannelId: number
      readonly receiverChannelId: number
      readonly windowLength: number
      readonly maxPacketLength: number
    }
  | {
      readonly type: typeof MessageType.channelRequestEchec
      readonly senderChannelId: number
      /** A description for people. */
      readonly error: string
    }
  | {
      readonly type: typeof MessageType.channelCloseRequest | typeof MessageType.channelCloseConfirmation
      readonly channelId: number
    }
  | {
      readonly type: typeof MessageType.newMaxPacketLength
      readonly channelId: number
      readonly maxPacketLength: number
    }
  | {
      readonly type: typeof MessageType.acknowledgment
      readonly channelId: number
      /** Octets by which the free space has grown since it was told last. */
      readonly freeSpace: number
    }

/** The header of a control message: type and length. */
export const CONTROL_HEADER = 3
/** The header of MTLSPlaintext: type, length and channel id (section 2.3: the record's size less 9). */
export const PLAINTEXT_HEADER = 9
/** The most octets of ChannelRequestEchec.error that its length can count. */
export const MAX_ERROR = 0xffff - CONTROL_HEADER - 2 - 2
/** The most characters of both addresses of a ChannelEstablishmentRequest together. */
export const MAX_ADDRESSES = 0xffff - CONTROL_HEADER - 2 - 4 - 4 - 2 * (2 + 2)

/** sender_channel_id + receiver_channel_id (section 2.1.1). */
export function channelId(senderChannelId: number, receiverChannelId: number): number {
  return senderChannelId * 0x10000 + receiverChannelId
}

/** A control message; `RangeError` for what its fields cannot hold. */
export function encodeMessage(message: Message): Uint8Array {
  const body = new Writer(32)
  writeBody(body, message)
  return new Writer(CONTROL_HEADER + body.length)
    .u8(message.type)
    .u16(CONTROL_HEADER + body.length)
    .bytes(body.finish())
    .finish()
}

/** MTLSPlaintext (section 2.2). */
export function encodePlaintext(channel: number, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(PLAINTEXT_HEADER + data.length)
  const view = new DataView(out.buffer)
  out[0] = MessageType.plaintext
  view.setUint32(1, data.length)
  view.setUint32(5, channel)
  out.set(data, PLAINTEXT_HEADER)
  return out
}

/**
 * A whole control message, whose length says what it is; null for a type that is not known, which later documents may define.
 * What does not fill its length exactly, or holds an address that is no text, throws `ProtocolFailure`.
 */
export function decodeMessage(bytes: Uint8Array): Message | null {
  const reader = new Reader(bytes)
  const type = reader.u8()
  if (reader.u16() !== bytes.length) throw new ProtocolFailure('length-mismatch')
  const message = readBody(reader, type)
  if (message !== null) reader.expectEnd()
  return message
}

function writeBody(body: Writer, message: Message): void {
  switch (message.type) {
    case MessageType.channelEstablishmentRequest:
      body.u16(message.senderChannelId).u32(message.windowLength).u32(message.maxPacketLength)
      for (const { address, port } of [message.source, message.destination]) {
        if (!isText(address)) throw new RangeError(`${JSON.stringify(address)} is no address of a machine`)
        body.vector16(utf8(address), 1).u16(port)
      }
      return
    case MessageType.channelEstablishmentSuccess:
      body.u16(message.senderChannelId).u16(message.receiverChannelId)
      body.u32(message.windowLength).u32(message.maxPacketLength)
      return
    case MessageType.channelRequestEchec:
      body.u16(message.senderChannelId).vector16(utf8(message.error), 0, MAX_ERROR)
      return
    case MessageType.channelCloseRequest:
    case MessageType.channelCloseConfirmation:
      body.u32(message.channelId)
      return
    case MessageType.newMaxPacketLength:
      body.u32(message.channelId).u32(message.maxPacketLength)
      return
    case MessageType.acknowledgment:
      body.u32(message.channelId).u32(message.freeSpace)
  }
}

function readBody(reader: Reader, type: number): Message | null {
  switch (type) {
    case MessageType.channelEstablishmentRequest:
      return {
        type,
        senderChannelId: reader.u16(),
        windowLength: reader.u32(),
        maxPacketLength: reader.u32(),
        source: readMachine(reader),
        destination: readMachine(reader),
      }
    case MessageType.channelEstablishmentSuccess:
      return {
        type,
        senderChannelId: reader.u16(),
        receiverChannelId: reader.u16(),
        windowLength: reader.u32(),
        maxPacketLength: reader.u32(),
      }
    case MessageType.channelRequestEchec:
      return { type, senderChannelId: reader.u16(), error: decoder.decode(reader.vector16(0, MAX_ERROR)) }
    case MessageType.channelCloseRequest:
    case MessageType.channelCloseConfirmation:
      return { type, channelId: reader.u32() }
    case MessageType.newMaxPacketLength:
      return { type, channelId: reader.u32(), maxPacketLength: reader.u32() }
    case MessageType.acknowledgment:
      return { type, channelId: reader.u32(), freeSpace: reader.u32() }
    default:
      return null
  }
}

function readMachine(reader: Reader): Machine {
  const address = latin1(reader.vector16(1))
  if (!isText(address)) throw new ProtocolFailure('decode-error')
  return { address, port: reader.u16() }
}

/** Names and numeric addresses are printable ASCII without blanks: what a program may hand on to a resolver or a log. */
function isText(address: string): boolean {
  return /^[!-~]+$/.test(address)
}

const decoder = new TextDecoder()
