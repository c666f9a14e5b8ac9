import { spawnSync } from 'node:child_process'
import { Diameter, withoutFreeDiameter } from '../../../test/multistream/freediameter.ts'
import type { Peer } from '../party.ts'
import type { Role } from '../settings.ts'
import { Driven, type Hands } from './driven.ts'
import { talkDiameter } from './ours-diameter.ts'

/** The one program whose TLS over SCTP is RFC 3436's. Our side speaks as much Diameter as it takes. */
export const freeDiameter: Peer = {
  name: 'freediameter',
  title: 'freeDiameter',
  install: 'apt-get install freediameterd freediameter-extensions openssl',
  roles: ['client', 'server'],
  transports: ['streams'],
  kernelSctp: true,
  patience: 120_000,
  async prepare() {
    return withoutFreeDiameter
  },
  version: () => /\d+\.\d+\.\d+/.exec(spawnSync('freeDiameterd', ['-V'], { encoding: 'utf8' }).stdout)?.[0] ?? '',
  start(role, port, { streams = 1 }) {
    const diameter = runOf(port)
    const drive = async ({ tell }: Hands) => {
      try {
        await converse(diameter, role, port, streams, tell)
      } finally {
        runs.delete(port)
        await diameter.stop()
      }
    }
    return new Driven(['freeDiameterd', '-dd', '-c', 'diameter.conf'], drive, () => diameter.output)
  },
  ours(role, port, { streams = 1 }) {
    const command = ['openssl-shim', `role=${role}`, `port=${port}`, 'over=streams', `streams=${streams}`]
    return new Driven(command, ({ tell }) => talkDiameter(runOf(port), role, port, streams, tell))
  },
}

/** The certificates and the configuration that both sides of a run have, by the server's port. */
const runs = new Map<number, Diameter>()

function runOf(port: number): Diameter {
  const run = runs.get(port) ?? new Diameter()
  runs.set(port, run)
  return run
}

async function converse(diameter: Diameter, role: Role, port: number, streams: number, tell: Hands['tell']) {
  // A client listens as well: where nobody looks for it.
  diameter.start(role === 'server' ? { port, streams } : { port: port - 2, streams, connectTo: port })
  if (role === 'server') tell('ready')
  await diameter.says(/STATE_OPEN/)
  tell('connection 1')
  // It is told to have no other.
  tell('version TLSv1.2')
  tell('done')
  await diameter.says(/STATE_OPEN[\s\S]*STATE_CLOS/)
}
