/** What was wrong with a PEM text, a DER structure, a key or a pass phrase. */
export type PkiReason =
  | 'malformed'
  | 'too-large'
  | 'no-start-line'
  | 'bad-base64'
  | 'bad-end-line'
  | 'unsupported-key'
  | 'bad-decrypt'
  | 'not-supported'

/** The only error that reading certificates, names, keys and revocation lists throws, whatever the input. */
export class PkiFailure extends Error {
  readonly reason: PkiReason

  constructor(reason: PkiReason, detail: string) {
    super(detail)
    this.name = 'PkiFailure'
    this.reason = reason
  }
}

/** Marks input that breaks the grammar. */
export function malformed(detail: string): PkiFailure {
  return new PkiFailure('malformed', detail)
}
