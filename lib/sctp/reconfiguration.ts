/** Stream reset and addition (RFC 6525). */
export class Reconfiguration {
  readonly deadline: number | null = null
  readonly inbound: number
  readonly outbound: number

  constructor(options: { inbound: number; outbound: number; localTsn: number; peerTsn: number }) {
    this.inbound = options.inbound
    this.outbound = options.outbound
  }

  receive(_value: Uint8Array): boolean {
    return false
  }

  received(): void {}

  onDeadline(_now: number): boolean {
    return false
  }
}
