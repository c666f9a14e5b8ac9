import { systemRandom } from '../../../base/random.ts'
import type { ChannelFactory } from '../../../connection/channel.ts'
import { Connection } from '../../../connection/connection.ts'
import { dtls, dtlsOverSctp } from '../../../connection/dtls-channel.ts'
import { tls } from '../../../connection/tls-channel.ts'
import { sslClock } from '../../clock.ts'
import { forgetStatus } from '../certificates/status.ts'
import { resetMtu } from '../mtu.ts'
import type { SSL } from '../ssl.ts'
import { BioAssociation, overSctp } from './association.ts'
import { EngineConfig } from './engine-config.ts'
import { observerOf } from './observer.ts'

/** The engine's connection for an SSL whose role is decided. */
export function openConnection(ssl: SSL, role: 'client' | 'server'): Connection {
  if (ssl.method.datagram) resetMtu(ssl)
  forgetStatus(ssl, role)
  return new Connection({
    config: new EngineConfig(ssl, role),
    clock: sslClock,
    random: systemRandom,
    observer: observerOf(ssl),
    channel: channelOf(ssl),
    confirmsOutput: true,
  })
}

/** What the method speaks, over what the BIOs are. */
function channelOf(ssl: SSL): ChannelFactory {
  if (!ssl.method.datagram) return tls()
  return overSctp(ssl) ? dtlsOverSctp(new BioAssociation(ssl)) : dtls()
}
