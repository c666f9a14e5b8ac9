/**
 * A record that was authenticated, or admitted as plaintext. `payload` lives until the next record is taken, that of
 * application data only until any record, of whatever connection, is sealed or opened.
 */
export interface OpenedRecord {
  readonly type: number
  readonly version: number
  /** Which keys it came under, counted from 0, which is none: the epoch of DTLS, the changes of keys in TLS. */
  readonly epoch: number
  readonly sequence: number
  readonly payload: Uint8Array
}
