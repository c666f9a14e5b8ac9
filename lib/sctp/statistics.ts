import { ChunkType } from './wire/registry.ts'

/** What has come and gone since the association began: the counters of Linux's SCTP_GET_ASSOC_STATS. */
export class Statistics {
  packetsIn = 0
  packetsOut = 0
  /** Chunks without user data, SACKs among them; AUTH counts as a part of what it covers. */
  controlIn = 0
  controlOut = 0
  sacksIn = 0
  sacksOut = 0
  /** Chunks with user data: those that were taken, and those that were sent for the first time. */
  orderedIn = 0
  orderedOut = 0
  unorderedIn = 0
  unorderedOut = 0
  /** Chunks sent again. */
  retransmissions = 0
  /** TSNs that came beyond the next one, and those that had come before. */
  outOfSequence = 0
  duplicates = 0
  /** Gap blocks in the SACKs that came. */
  gaps = 0

  /** A packet with chunks of these types has come. */
  came(types: readonly number[]): void {
    this.packetsIn++
    this.controlIn += types.filter(isControl).length
    this.sacksIn += types.filter(isSack).length
  }

  /** A packet with chunks of these types goes out. */
  went(types: readonly number[]): void {
    this.packetsOut++
    this.controlOut += types.filter(isControl).length
    this.sacksOut += types.filter(isSack).length
  }
}

function isControl(type: number): boolean {
  return type !== ChunkType.data && type !== ChunkType.iData && type !== ChunkType.auth
}

function isSack(type: number): boolean {
  return type === ChunkType.sack
}
