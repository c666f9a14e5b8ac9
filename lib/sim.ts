export { type Cancel, VirtualClock, type VirtualClockOptions } from './simulator/clock.ts'
export { type Conditions, PERFECT, type Span } from './simulator/conditions.ts'
export type { DatagramHandler, Endpoint, SendResult } from './simulator/endpoint.ts'
export {
  type Direction,
  type Interference,
  type Limits,
  type NetworkOptions,
  SimulatedNetwork,
} from './simulator/network.ts'
export { connectParties, type Party, type PartyLink, type RunOptions, type StopReason } from './simulator/parties.ts'
export { type Seed, SeededSource, seededRandom } from './simulator/source.ts'
export {
  type Counters,
  type Datagram,
  FATES,
  type Fate,
  formatTrace,
  type Trace,
  type TraceEvent,
} from './simulator/trace.ts'
