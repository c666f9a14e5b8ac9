import type { Sequence } from '../trace/sequence.ts'
import { engineRun } from './engine-run.ts'
import { sctpRun } from './sctp-run.ts'
import type { Stage } from './stage.ts'

/** A handshake that has a picture: run when it is drawn. */
export interface Play {
  readonly title: string
  /** What there is to see, in a sentence or two. */
  readonly words: string
  readonly run: () => Stage
}

/** The handshakes of the pictures, by the names of their files. */
export const PLAYS = {
  full: {
    title: 'A full handshake of DTLS 1.2',
    words: 'Two round trips before the first byte of data; each flight is one datagram as long as it fits the path.',
    run: () => engineRun({ protocol: 'udp' }),
  },
  cookie: {
    title: 'A full handshake behind a cookie exchange',
    words:
      'The server keeps nothing of a client that has not shown that it receives at its address: DTLSv1_listen is a pure function of the datagram.',
    run: () => engineRun({ protocol: 'udp', cookie: true }),
  },
  'resumed-ticket': {
    title: 'A session resumed by its ticket',
    words:
      'One round trip less, no certificate, no key exchange. The server has kept nothing: the ticket holds it all.',
    run: () => engineRun({ protocol: 'udp', resumed: 'ticket' }),
  },
  'resumed-id': {
    title: 'A session resumed by its id',
    words: 'The same from the server’s cache: no ticket in the hello, no new one in the answer.',
    run: () => engineRun({ protocol: 'udp', resumed: 'id' }),
  },
  'client-certificate': {
    title: 'Certificates on both sides',
    words: 'CertificateRequest is answered with a certificate and, signed over all that was said, CertificateVerify.',
    run: () => engineRun({ protocol: 'udp', clientCertificate: true }),
  },
  psk: {
    title: 'A pre-shared key with ephemeral keys',
    words:
      'No certificates: the key proves both sides, and X25519 keeps what is said now secret from who learns it later.',
    run: () => engineRun({ protocol: 'udp', psk: true }),
  },
  renegotiation: {
    title: 'New keys in a connection that lives on',
    words: 'A whole handshake inside epoch 1, bound to the one before it (RFC 5746); epoch 2 follows.',
    run: () => engineRun({ protocol: 'udp', renegotiation: true }),
  },
  loss: {
    title: 'Lost datagrams, and the flights that go again',
    words:
      'The server’s first flight and the client’s last are lost. The timer sends the hello again; what is sent again is the same message in a new record.',
    run: () => engineRun({ protocol: 'udp', losses: { server: [0], client: [2] } }),
  },
  sctp: {
    title: 'DTLS over SCTP: streams, keys and dryness',
    words:
      'RFC 6083: every chunk is authenticated, under a key that each handshake exports. Nobody changes keys before all that was sent under the old ones has been acknowledged. SACKs are left out.',
    run: sctpRun,
  },
  tls: {
    title: 'TLS 1.2 over TCP: records and segments',
    words: 'A stream knows no messages: several records share a segment, and a record goes on in the next one.',
    run: () => engineRun({ protocol: 'tcp', certificate: 'long-chain' }),
  },
} as const satisfies Readonly<Record<string, Play>>

export type PlayName = keyof typeof PLAYS

/** Runs it and shows what passed. */
export function sequenceOf({ title, run }: Play): Sequence {
  return { title, steps: run().steps() }
}
