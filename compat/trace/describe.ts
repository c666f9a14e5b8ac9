import { SSL_alert_desc_string_long, SSL3_AL_FATAL } from 'openssl-shim'
import { EMPTY, latin1 } from '../../lib/base/bytes.ts'
import { suiteById } from '../../lib/crypto/suites.ts'
import { find } from '../../lib/wire/extensions/extension.ts'
import { certificate } from '../../lib/wire/messages/certificate.ts'
import { clientHello } from '../../lib/wire/messages/client-hello.ts'
import { serverHello } from '../../lib/wire/messages/server-hello.ts'
import { ContentType, ExtensionType, HandshakeType, Scsv } from '../../lib/wire/registry.ts'
import { versionOf } from '../../lib/wire/version.ts'

/** Names a record's content, or a handshake message, and says in a few words what is in it. */
export interface Description {
  readonly text: string
  readonly detail: string
}

/** What an encrypted record is, to who cannot open it. */
export function describeSealed(type: number): string {
  return SEALED.get(type) ?? `Record of type ${type}`
}

const SEALED: ReadonlyMap<number, string> = new Map([
  [ContentType.changeCipherSpec, 'ChangeCipherSpec'],
  [ContentType.alert, 'Alert'],
  [ContentType.handshake, 'Handshake message'],
  [ContentType.applicationData, 'Application data'],
  [ContentType.heartbeat, 'Heartbeat'],
])

/** What a record that is no handshake message says. */
export function describeContent(type: number, content: Uint8Array): Description {
  const [first = 0, second = 0] = content
  switch (type) {
    case ContentType.alert:
      return {
        text: `Alert: ${SSL_alert_desc_string_long(second)}`,
        detail: first === SSL3_AL_FATAL ? 'fatal' : '',
      }
    case ContentType.heartbeat:
      return { text: first === 1 ? 'HeartbeatRequest' : 'HeartbeatResponse', detail: '' }
    case ContentType.applicationData:
      return { text: 'Application data', detail: dataWords(content) }
    default:
      return { text: describeSealed(type), detail: '' }
  }
}

/** Names of the registry begin with a small letter. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(HandshakeType).map(([name, type]) => [type, name.charAt(0).toUpperCase() + name.slice(1)]),
)

/** The name of a handshake message. */
export function messageName(type: number): string {
  return NAMES.get(type) ?? `Handshake message ${type}`
}

/** A whole handshake message. */
export function describeMessage(type: number, body: Uint8Array, datagram: boolean): Description {
  const text = messageName(type)
  try {
    return { text, detail: DETAILS.get(type)?.(body, datagram) ?? '' }
  } catch {
    return { text, detail: 'malformed' }
  }
}

const DETAILS: ReadonlyMap<number, (body: Uint8Array, datagram: boolean) => string> = new Map([
  [HandshakeType.clientHello, clientHelloDetail],
  [HandshakeType.serverHello, serverHelloDetail],
  [HandshakeType.certificate, certificateDetail],
])

/** No suites, but signals in their list. */
const SIGNALS: readonly number[] = Object.values(Scsv)

function clientHelloDetail(body: Uint8Array, datagram: boolean): string {
  const { version, sessionId, cookie, cipherSuites, extensions } = clientHello.read(body, datagram)
  const suites = cipherSuites.filter(id => !SIGNALS.includes(id)).length
  const words = [versionName(version), `${suites} ${suites === 1 ? 'suite' : 'suites'}`]
  if (cookie !== null && cookie.length > 0) words.push('cookie')
  if ((find(extensions, ExtensionType.sessionTicket)?.length ?? 0) > 0) words.push('ticket')
  else if (sessionId.length > 0) words.push('session id')
  if (offersThirteen(find(extensions, ExtensionType.supportedVersions))) words.push('offers 1.3')
  // One byte is the length of an empty one, which is in every first hello.
  if ((find(extensions, ExtensionType.renegotiationInfo)?.length ?? 0) > 1) words.push('renegotiation')
  return words.join(', ')
}

/** RFC 8446 section 4.2.1: a list of versions behind its length in a byte. */
function offersThirteen(versions: Uint8Array = EMPTY): boolean {
  return versions.some((byte, at) => at % 2 === 1 && byte === 3 && versions[at + 1] === 4)
}

function serverHelloDetail(body: Uint8Array): string {
  const { version, cipherSuite, extensions } = serverHello.read(body)
  const thirteen = find(extensions, ExtensionType.supportedVersions) !== undefined
  return `${thirteen ? 'version 1.3' : versionName(version)}, ${suiteName(cipherSuite)}`
}

function certificateDetail(body: Uint8Array): string {
  const { chain } = certificate.read(body)
  return chain.length === 1 ? '1 certificate' : `${chain.length} certificates`
}

/** A text that fits a line is shown. */
function dataWords(content: Uint8Array): string {
  const text = latin1(content)
  const size = `${content.length} ${content.length === 1 ? 'byte' : 'bytes'}`
  return /^[ -~]{1,24}$/.test(text) ? `“${text}”, ${size}` : size
}

function versionName(wire: number): string {
  return versionOf(wire)?.name ?? `version 0x${wire.toString(16).padStart(4, '0')}`
}

function suiteName(id: number): string {
  return suiteById(id)?.openssl ?? `suite 0x${id.toString(16).padStart(4, '0')}`
}
