/**
 * The command line of BoringSSL's shim: how the runner says what a connection shall do and what shall be seen of it. The names
 * are those of ssl/test/test_config.cc; a flag that is not here asks for what this library, or any OpenSSL, does not have.
 */

/** The settings of one connection; its keys are the flags in camel case, its values say what kind of parameter they take. */
const DEFAULTS = {
  advertiseAlpn: '',
  async: false,
  certFile: '',
  checkCloseNotify: false,
  cipher: '',
  curves: numbers(),
  declineAlpn: false,
  declineOcspCallback: false,
  dtls: false,
  enableOcspStapling: false,
  expectAdvertisedAlpn: '',
  expectAlpn: '',
  expectCertificateTypes: bytes(),
  expectCipher: 0,
  expectClientCaList: '',
  expectCurveId: 0,
  expectExtendedMasterSecret: false,
  expectMsgCallback: '',
  /** There is no HelloRetryRequest before TLS 1.3. */
  expectNoHrr: false,
  expectNoSecureRenegotiation: false,
  expectNoSession: false,
  expectNoSessionId: false,
  expectOcspResponse: bytes(),
  expectPeerCertFile: '',
  expectPeerSignatureAlgorithm: 0,
  expectPeerVerifyPref: numbers(),
  expectSecureRenegotiation: false,
  expectServerName: '',
  expectSessionId: false,
  expectSessionMiss: false,
  expectTicketRenewal: false,
  expectTotalRenegotiations: 0,
  expectVerifyResult: false,
  expectVersion: 0,
  exportContext: '',
  exportKeyingMaterial: 0,
  exportLabel: '',
  failCertCallback: false,
  failEarlyCallback: false,
  failOcspCallback: false,
  fallbackScsv: false,
  forbidRenegotiationAfterHandshake: false,
  handshakeNeverDone: false,
  handshakeTwice: false,
  hostName: '',
  implicitHandshake: false,
  initialTimeoutDurationMs: 0,
  isHandshakerSupported: false,
  keyFile: '',
  maxCertList: 0,
  maxSendFragment: 0,
  maxVersion: 0,
  minVersion: 0,
  mtu: 0,
  noOpExtraHandshake: false,
  noTicket: false,
  noTls1: false,
  noTls11: false,
  noTls12: false,
  noTls13: false,
  ocspResponse: bytes(),
  partialWrite: false,
  peekThenRead: false,
  port: 0,
  psk: '',
  pskIdentity: '',
  readSize: 0,
  readWithUnfinishedWrite: false,
  rejectAlpn: false,
  renegotiateFreely: false,
  renewTicket: false,
  requireAnyClientCertificate: false,
  resumeCount: 0,
  resumptionDelay: 0,
  selectAlpn: '',
  selectEmptyAlpn: false,
  server: false,
  serverPreference: false,
  setOcspInCallback: false,
  shimShutsDown: false,
  shimWritesFirst: false,
  signingPrefs: numbers(),
  srtpProfiles: '',
  tlsUnique: false,
  useClientCaList: '',
  useCustomVerifyCallback: false,
  useEarlyCallback: false,
  useExportContext: false,
  useExporterBetweenReads: false,
  useOcspCallback: false,
  useOldClientCertCallback: false,
  useTicketCallback: false,
  verifyFail: false,
  verifyPeer: false,
  verifyPrefs: numbers(),
  writeDifferentRecordSizes: false,
}

/** What a connection shall do; everything that is not asked for is false, 0 or empty. */
export type Settings = Readonly<typeof DEFAULTS>

/** The settings of the first connection and of those that resume its session. */
export interface CommandLine {
  readonly initial: Settings
  readonly resume: Settings
}

/** Thrown for what the shim cannot do: the runner then leaves the test out. */
export class Unimplemented extends Error {}

/** @throws {Unimplemented} for a flag that is not known */
export function parseFlags(argv: readonly string[]): CommandLine {
  const initial = { ...DEFAULTS }
  const resume = { ...DEFAULTS }
  const rest = [...argv]
  for (let flag = rest.shift(); flag !== undefined; flag = rest.shift()) {
    const [, side, scope, name = ''] =
      /^-(on-(?:shim|handshaker)-)?(on-(?:initial|resume|retry)-)?(.*)$/.exec(flag) ?? []
    const key = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    if (!isKey(key) || name !== kebab(key) || scope === 'on-retry-') throw new Unimplemented(flag)
    const text = typeof DEFAULTS[key] === 'boolean' ? '' : (rest.shift() ?? missing(flag))
    // There is no other process that shakes hands for this one.
    if (side === 'on-handshaker-') continue
    if (scope !== 'on-resume-') set(initial, key, text)
    if (scope !== 'on-initial-') set(resume, key, text)
  }
  return { initial, resume }
}

type Key = keyof Settings

function isKey(key: string): key is Key {
  return Object.hasOwn(DEFAULTS, key)
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function missing(flag: string): never {
  throw new Error(`${flag} wants a parameter`)
}

function set(settings: typeof DEFAULTS, key: Key, text: string): void {
  const before = settings[key]
  if (typeof before === 'boolean') Object.assign(settings, { [key]: true })
  else if (typeof before === 'number') Object.assign(settings, { [key]: integer(text) })
  else if (typeof before === 'string') Object.assign(settings, { [key]: text })
  else if (before instanceof Uint8Array) Object.assign(settings, { [key]: new Uint8Array(Buffer.from(text, 'base64')) })
  else Object.assign(settings, { [key]: [...before, integer(text)] })
}

function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`${text} is not a number`)
  return Number(text)
}

function numbers(): readonly number[] {
  return []
}

function bytes(): Uint8Array {
  return new Uint8Array(0)
}
