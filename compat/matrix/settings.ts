import { resolve } from 'node:path'

/** What a run of two sides is to be like. Both sides get the same; what each does with it follows from its role. */
export interface Settings {
  readonly version: Version
  /** What carries it, if not what the version goes over otherwise: an association, or its streams one by one. */
  readonly over?: 'sctp' | 'streams'
  /** Of an association: the label's form in RFC 6083's exporter, and how many streams the messages go round. */
  readonly label?: 'bug'
  readonly streams?: number
  /** The one suite that is allowed, by its number; without it the side's own defaults. */
  readonly cipher?: number
  /** The one group that is allowed, by OpenSSL's name. */
  readonly group?: string
  /** Of the server: one of `test/vectors/certificates` by name, or none. */
  readonly certificate: string | null
  readonly clientCertificate?: string
  readonly psk?: true
  readonly sni?: string
  /** What the client offers; the server knows the last of them alone. */
  readonly alpn?: readonly string[]
  readonly srtp?: string
  /** The label of an exporter. */
  readonly exporter?: string
  readonly ems?: boolean
  readonly etm?: boolean
  /** Bytes of a datagram without UDP's headers. */
  readonly mtu?: number
  readonly cookie?: true
  /** A second connection that resumes the first. */
  readonly resume?: 'id' | 'ticket'
  /** Who asks for it. */
  readonly renegotiate?: Role
  readonly heartbeat?: true
  /** How the client ends it, if not with close_notify: by closing its transport, or, which a datagram socket can, by silence. */
  readonly close?: 'raw' | 'silent'
  /** Bytes of the messages that the client sends, and the server echoes. */
  readonly sizes: readonly number[]
  /** Milliseconds that a side may take for all, if not the usual ones. */
  readonly patience?: number
  /** Probability that a datagram of the handshake is lost, and where the dice start. */
  readonly loss?: number
  readonly seed?: number
}

export type Role = 'client' | 'server'
export type Version = 'DTLSv1.2' | 'DTLSv1' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1'

export const PSK = { identity: 'somebody', key: '30313233343536373839616263646566' } as const

export type Transport = 'datagram' | 'stream' | 'sctp' | 'streams'

/** DTLS, whatever carries it. */
export function isDatagrams({ version }: Settings): boolean {
  return version.startsWith('D')
}

export function transportOf(settings: Settings): Transport {
  return settings.over ?? (isDatagrams(settings) ? 'datagram' : 'stream')
}

/** Bytes of all messages that the client sends on one connection. */
export function totalOf({ sizes }: Settings): number {
  return sizes.reduce((total, size) => total + size, 0)
}

export function certificateFile(name: string): string {
  return resolve(CERTIFICATES, `${name}.pem`)
}

export function keyFile(name: string): string {
  return certificateFile(`${name}.key`)
}

/** From the root of the project, where every command starts: this also runs compiled. */
const CERTIFICATES = 'test/vectors/certificates'

/** The command line of one side, as `name=value`: what every program among the peers understands. */
export function commandLine(role: Role, port: number, settings: Settings): string[] {
  const { own, other } = certificates(role, settings)
  const options: Record<string, string | number | undefined> = {
    role,
    port,
    version: settings.version,
    over: settings.over,
    label: settings.label,
    streams: settings.streams,
    cipher: settings.cipher === undefined ? undefined : hexOf(settings.cipher),
    group: settings.group,
    cert: own === null ? undefined : certificateFile(own),
    key: own === null ? undefined : keyFile(own),
    ca: other === null ? undefined : certificateFile('authority'),
    psk: settings.psk && PSK.key,
    identity: settings.psk && PSK.identity,
    sni: settings.sni,
    alpn: (role === 'client' ? settings.alpn : settings.alpn?.slice(-1))?.join(','),
    srtp: settings.srtp,
    exporter: settings.exporter,
    ems: flag(settings.ems),
    etm: flag(settings.etm),
    mtu: settings.mtu,
    cookie: flag(settings.cookie),
    resume: settings.resume,
    renegotiate: settings.renegotiate,
    heartbeat: flag(settings.heartbeat),
    close: settings.close,
    sizes: settings.sizes.join(','),
    patience: settings.patience,
    wait: flag(role === 'client' && settings.loss !== undefined ? true : undefined),
  }
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
}

/** The number of a suite, as every side tells it. */
export function hexOf(cipher: number): string {
  return cipher.toString(16).toUpperCase().padStart(4, '0')
}

/** Which certificate this side has, and which the other: whoever has one is verified. */
export function certificates(role: Role, settings: Settings): { own: string | null; other: string | null } {
  const [server, client] = [settings.certificate, settings.clientCertificate ?? null]
  return role === 'server' ? { own: server, other: client } : { own: client, other: server }
}

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
