import {
  SSL_alert_desc_string_long,
  SSL3_MT_CERTIFICATE,
  SSL3_MT_CERTIFICATE_REQUEST,
  SSL3_MT_CERTIFICATE_VERIFY,
  SSL3_MT_CLIENT_HELLO,
  SSL3_MT_CLIENT_KEY_EXCHANGE,
  SSL3_MT_FINISHED,
  SSL3_MT_HELLO_REQUEST,
  SSL3_MT_NEWSESSION_TICKET,
  SSL3_MT_SERVER_DONE,
  SSL3_MT_SERVER_HELLO,
  SSL3_MT_SERVER_KEY_EXCHANGE,
  SSL3_RT_ALERT,
  SSL3_RT_APPLICATION_DATA,
  SSL3_RT_CHANGE_CIPHER_SPEC,
} from 'openssl-shim'

/** DTLS1_MT_HELLO_VERIFY_REQUEST is not among the names of OpenSSL's public headers' SSL3_MT_*. */
const HELLO_VERIFY_REQUEST = 3

const HANDSHAKE: ReadonlyMap<number, string> = new Map([
  [SSL3_MT_HELLO_REQUEST, 'HelloRequest'],
  [SSL3_MT_CLIENT_HELLO, 'ClientHello'],
  [SSL3_MT_SERVER_HELLO, 'ServerHello'],
  [HELLO_VERIFY_REQUEST, 'HelloVerifyRequest'],
  [SSL3_MT_NEWSESSION_TICKET, 'NewSessionTicket'],
  [SSL3_MT_CERTIFICATE, 'Certificate'],
  [SSL3_MT_SERVER_KEY_EXCHANGE, 'ServerKeyExchange'],
  [SSL3_MT_CERTIFICATE_REQUEST, 'CertificateRequest'],
  [SSL3_MT_SERVER_DONE, 'ServerHelloDone'],
  [SSL3_MT_CERTIFICATE_VERIFY, 'CertificateVerify'],
  [SSL3_MT_CLIENT_KEY_EXCHANGE, 'ClientKeyExchange'],
  [SSL3_MT_FINISHED, 'Finished'],
])

/** A name for what a message callback was given. */
export function message_name(content_type: number, buf: Uint8Array): string {
  const [first = 0, second = 0] = buf
  if (content_type === SSL3_RT_CHANGE_CIPHER_SPEC) return 'ChangeCipherSpec'
  if (content_type === SSL3_RT_ALERT) return `Alert: ${SSL_alert_desc_string_long(second)}`
  return HANDSHAKE.get(first) ?? `handshake message ${first}`
}

const DTLS1_RT_HEADER_LENGTH = 13

/** The records since the last message of one direction. */
export class Records {
  #epoch = 0
  #sequence = 0
  #length = 0

  add(header: Uint8Array): void {
    if (header.length < DTLS1_RT_HEADER_LENGTH || header[0] === SSL3_RT_APPLICATION_DATA) return
    const view = new DataView(header.buffer, header.byteOffset, header.length)
    this.#epoch = view.getUint16(3)
    this.#sequence = view.getUint16(5) * 2 ** 32 + view.getUint32(7)
    this.#length += DTLS1_RT_HEADER_LENGTH + view.getUint16(11)
  }

  take(): { epoch: number; sequence: number; length: number } {
    const length = this.#length
    this.#length = 0
    return { epoch: this.#epoch, sequence: this.#sequence, length }
  }
}
