import { equal, wipe } from '../../base/bytes.ts'
import { ProtocolFailure } from '../../base/failure.ts'
import {
  connectionKeys,
  exportKeyingMaterial,
  extendedMasterSecret,
  masterSecret,
  verifyData,
  wipeKeys,
} from '../../crypto/key-schedule.ts'
import { createOpener, createSealer } from '../../crypto/protection.ts'
import type { Sealer } from '../../crypto/sealer.ts'
import { finished } from '../../wire/messages/finished.ts'
import { HandshakeType } from '../../wire/registry.ts'
import type { HandshakeContext, Protection } from '../context.ts'
import type { HandshakeState } from '../state.ts'
import type { Step } from '../wait.ts'
import { recordSession } from './session.ts'

/** Derives the master secret once ClientKeyExchange is in the transcript, and wipes the premaster. */
export function deriveMaster(handshake: HandshakeContext, premaster: Uint8Array): void {
  const { prfHash, clientRandom, serverRandom, transcript } = handshake
  handshake.master = handshake.agreed.extendedMasterSecret
    ? extendedMasterSecret(prfHash, premaster, transcript.digest(prfHash))
    : masterSecret(prfHash, premaster, clientRandom, serverRandom)
  wipe(premaster)
  recordSession(handshake)
  prepareAssociation(handshake)
}

/** RFC 6083 section 4.8: each master secret, a resumed one too, makes a key for the association. */
export function prepareAssociation({ link, prfHash, master, clientRandom, serverRandom }: HandshakeContext): void {
  link.association?.prepareKey((label, length) =>
    exportKeyingMaterial(prfHash, master, clientRandom, serverRandom, label, null, length),
  )
}

/** The protection of both directions; made together, taken into use one after the other. */
export function createProtection(handshake: HandshakeContext): Protection {
  const { prfHash, master, clientRandom, serverRandom, suite, version, agreed, config, random } = handshake
  const mode = { encryptThenMac: agreed.encryptThenMac, explicitIv: version.explicitIv }
  const keys = connectionKeys(prfHash, master, clientRandom, serverRandom, suite, version.explicitIv)
  const [own, theirs] = config.role === 'client' ? [keys.client, keys.server] : [keys.server, keys.client]
  const protection = { read: createOpener(suite, theirs, mode), write: createSealer(suite, own, mode, random) }
  wipeKeys(own)
  wipeKeys(theirs)
  handshake.protection = protection
  return protection
}

/** The last words of this side: ChangeCipherSpec and, under the new keys, Finished. */
export function* finish(handshake: HandshakeContext, protection: Sealer): Step<void> {
  yield* handshake.drain()
  handshake.sendChangeCipherSpec()
  handshake.link.installWriteKeys(protection)
  yield* handshake.activateAssociationKey()
  sendFinished(handshake)
}

/** Sends Finished (RFC 5246 section 7.4.9) and remembers what it said. */
function sendFinished(handshake: HandshakeContext): void {
  handshake.enter('write-finished')
  handshake.observer.onSecret?.('CLIENT_RANDOM', handshake.clientRandom, handshake.master)
  const data = finishedData(handshake, handshake.config.role)
  remember(handshake, handshake.config.role, data)
  handshake.send(HandshakeType.finished, finished.write({ verifyData: data }))
}

/** Reads the peer's Finished: the one message that proves everything before it. */
export function* receiveFinished(handshake: HandshakeContext): Step<void> {
  const message = yield* handshake.receive()
  handshake.expect(message, HandshakeType.finished)
  const sender = handshake.config.role === 'client' ? 'server' : 'client'
  const expected = finishedData(handshake, sender)
  const state: HandshakeState = 'read-finished'
  const { verifyData: received } = finished.read(handshake.accept(message, HandshakeType.finished, state))
  if (received.length !== expected.length) throw new ProtocolFailure('bad-digest-length')
  if (!equal(received, expected)) throw new ProtocolFailure('digest-check-failed')
  remember(handshake, sender, expected)
  handshake.link.association?.retireKey()
}

function finishedData(handshake: HandshakeContext, sender: 'client' | 'server'): Uint8Array {
  const { prfHash, master, transcript } = handshake
  return verifyData(prfHash, master, sender, transcript.digest(prfHash))
}

function remember(handshake: HandshakeContext, sender: 'client' | 'server', data: Uint8Array): void {
  if (sender === 'client') handshake.clientFinished = data
  else handshake.serverFinished = data
}
