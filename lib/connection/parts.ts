import { AlertLevel } from '../base/alert.ts'
import type { Clock } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { HandshakeConfig } from '../handshake/config.ts'
import type { Observer } from '../handshake/observer.ts'
import { Discards } from '../record/discard.ts'
import { ContentType } from '../wire/registry.ts'
import { Alerts } from './alerts.ts'
import { Breakdown } from './breakdown.ts'
import type { Channel, ChannelFactory } from './channel.ts'
import { dtls } from './dtls-channel.ts'
import { Handshakes } from './handshakes.ts'
import { Heartbeats } from './heartbeats.ts'
import { Intake } from './intake.ts'

export interface ConnectionOptions {
  readonly config: HandshakeConfig
  readonly clock: Clock
  readonly random: Random
  readonly observer?: Observer
  /** What the connection speaks through; `dtls()` when left out. */
  readonly channel?: ChannelFactory
  /**
   * The last flight must leave before a handshake counts as done: `handshake` then says 'flush' and wants to be called again
   * when `takeOutput` has been sent. Without it, it is done when its flight is in the output.
   */
  readonly confirmsOutput?: boolean
}

/** What a connection is made of, and how the parts hear of each other. */
export interface Parts {
  readonly discards: Discards
  readonly channel: Channel
  readonly alerts: Alerts
  readonly handshakes: Handshakes
  readonly heartbeats: Heartbeats
  readonly intake: Intake
  readonly breakdown: Breakdown
}

export function assemble({ config, clock, random, observer = {}, channel: make = dtls() }: ConnectionOptions): Parts {
  const discards = new Discards((reason, bytes) => observer.onDiscard?.(reason, bytes))
  /** The version that watchers are told. */
  const version = (): number => handshakes.current.versionOrNull?.wire ?? config.versions[0]?.wire ?? channel.version
  const channel = make({
    config,
    clock,
    discards,
    observer,
    onSent: (content, bytes) => observer.onMessage?.(true, version(), content, bytes),
  })
  const alerts = new Alerts({ channel, observer, discards, version })
  const onRenewal = (): void => heartbeats.stop()
  const handshakes = new Handshakes({ config, clock, random, observer, channel, alerts, onRenewal })
  const heartbeats: Heartbeats = new Heartbeats({
    config,
    clock,
    random,
    channel,
    discards,
    alerts,
    handshakes,
    onMessage: (sent, bytes) => observer.onMessage?.(sent, version(), ContentType.heartbeat, bytes),
  })
  const breakdown = new Breakdown({
    stop: silent => {
      handshakes.stop()
      if (silent) return
      channel.stop()
      heartbeats.stop()
    },
    alert: description => {
      // RFC 5246 section 7.2.1: close_notify was the last word.
      if (!alerts.sentClose) alerts.send(AlertLevel.fatal, description)
    },
  })
  const failed = (): boolean => breakdown.failure !== null
  const intake = new Intake({ channel, alerts, handshakes, heartbeats, discards, observer, version, failed })
  return { discards, channel, alerts, handshakes, heartbeats, intake, breakdown }
}
