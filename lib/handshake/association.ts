/**
 * What a handshake over SCTP asks of its association (RFC 6083 sections 4.7 and 4.8). Other transports have none: their
 * handshakes never wait for any of it.
 */
export interface Association {
  /**
   * All that was sent has arrived and has been acknowledged. Asked before ChangeCipherSpec and close_notify: records of
   * the old keys that come behind them would be lost.
   */
  readonly drained: boolean
  /** Nothing that has arrived waits unread. Asked before a close_notify counts. */
  readonly exhausted: boolean
  /** The reader gets the data of this record. */
  delivered(epoch: number, sequence: number): void
  /** There is a new master secret: the association gets a key that is derived from it, and does not use it yet. */
  prepareKey(exporter: Exporter): void
  /** What is sent from here on goes under the key that was made ready last. */
  activateKey(): void
  /** The peer has finished: the key before this one has had its time. */
  retireKey(): void
}

/** RFC 5705 without a context: `length` bytes for this label. */
export type Exporter = (label: Uint8Array, length: number) => Uint8Array
