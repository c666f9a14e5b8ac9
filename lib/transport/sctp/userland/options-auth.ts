import { EACCES, EINVAL, EOPNOTSUPP } from '../../../base/errno.ts'
import * as c from '../../../sctp/api/index.ts'
import { HMACS } from '../../../sctp/auth-keys.ts'
import { authenticatedChunks } from '../../../sctp/negotiation.ts'
import { HMAC_SHA1 } from '../../../sctp/wire/init.ts'
import { ChunkType } from '../../../sctp/wire/registry.ts'
import { type Handlers, isLink, target, targets } from './option.ts'
import type { UserlandSocket } from './socket.ts'

/** Chunks that are never authenticated (RFC 4895 section 3.2). */
const NEVER: readonly number[] = [ChunkType.init, ChunkType.initAck, ChunkType.shutdownComplete, ChunkType.auth]
const LONGEST_KEY = 0xffff

/** Options of RFC 4895. */
export const AUTH_OPTIONS: Handlers = {
  [c.SCTP_AUTH_SUPPORTED]: {
    set(socket, { assoc_id = 0, assoc_value = 0 }) {
      if (!socket.oneToOne && assoc_id !== c.SCTP_FUTURE_ASSOC) return -EINVAL
      socket.settings.auth = assoc_value !== 0
      return 0
    },
    get(socket, { assoc_id = 0 } = {}) {
      const whom = target(socket, assoc_id)
      if (whom === null) return -EINVAL
      const on = isLink(whom) ? whom.association.speaksAuth : socket.settings.auth
      return { assoc_id, assoc_value: on ? 1 : 0 }
    },
  },
  [c.SCTP_AUTH_CHUNK]: {
    get: setOnly,
    // Counts for the associations to come; what an association has agreed on stays.
    set(socket, { sauth_chunk = 0 }) {
      const { settings } = socket
      if (!settings.auth) return -EACCES
      if (NEVER.includes(sauth_chunk) || sauth_chunk > 0xff) return -EINVAL
      if (!settings.authChunks.includes(sauth_chunk)) settings.authChunks = [...settings.authChunks, sauth_chunk]
      return 0
    },
  },
  [c.SCTP_HMAC_IDENT]: {
    set(socket, { shmac_idents = [] }) {
      if (!socket.settings.auth) return -EACCES
      if (!shmac_idents.includes(HMAC_SHA1) || shmac_idents.some(id => !HMACS.has(id))) return -EINVAL
      socket.settings.hmacs = [...new Set(shmac_idents)]
      return 0
    },
    get(socket) {
      const { hmacs, auth } = socket.settings
      return auth ? { shmac_num_idents: hmacs.length, shmac_idents: [...hmacs] } : -EACCES
    },
  },
  [c.SCTP_AUTH_KEY]: {
    get: setOnly,
    set(socket, { sca_assoc_id, sca_keynumber = 0, sca_keylength, sca_key = new Uint8Array(0) }) {
      const length = sca_keylength ?? sca_key.length
      if (length > sca_key.length || length > LONGEST_KEY) return -EINVAL
      return change(socket, sca_assoc_id, keys => {
        keys.set(sca_keynumber, sca_key.subarray(0, length))
        return true
      })
    },
  },
  [c.SCTP_AUTH_ACTIVE_KEY]: {
    set: (socket, { scact_assoc_id, scact_keynumber = 0 }) =>
      change(socket, scact_assoc_id, keys => keys.activate(scact_keynumber)),
    get(socket, { scact_assoc_id = 0 } = {}) {
      const whom = target(socket, scact_assoc_id)
      if (whom === null) return -EINVAL
      if (!speaks(whom)) return -EACCES
      return { scact_assoc_id, scact_keynumber: isLink(whom) ? whom.association.keys.active : whom.keys.active }
    },
  },
  [c.SCTP_AUTH_DELETE_KEY]: {
    get: setOnly,
    set: (socket, { scact_assoc_id, scact_keynumber = 0 }) =>
      change(socket, scact_assoc_id, keys => keys.delete(scact_keynumber)),
  },
  [c.SCTP_AUTH_DEACTIVATE_KEY]: {
    get: setOnly,
    set: (socket, { scact_assoc_id, scact_keynumber = 0 }) =>
      change(socket, scact_assoc_id, (keys, link) =>
        link === null ? keys.deactivate(scact_keynumber) : link.association.deactivateKey(scact_keynumber),
      ),
  },
  [c.SCTP_PEER_AUTH_CHUNKS]: {
    get(socket, { gauth_assoc_id = 0 } = {}) {
      const whom = target(socket, gauth_assoc_id)
      if (whom === null || !isLink(whom)) return -EINVAL
      const chunks = whom.association.negotiated?.peerAuth?.chunks
      return chunks === undefined ? -EACCES : chunkList(gauth_assoc_id, chunks)
    },
  },
  [c.SCTP_LOCAL_AUTH_CHUNKS]: {
    get(socket, { gauth_assoc_id = 0 } = {}) {
      const whom = target(socket, gauth_assoc_id)
      if (whom === null) return -EINVAL
      if (!socket.settings.auth) return -EACCES
      const chunks = isLink(whom) ? (whom.association.local.auth?.chunks ?? []) : authenticatedChunks(whom.settings)
      return chunkList(gauth_assoc_id, Uint8Array.from(chunks))
    },
  },
}

function setOnly(): number {
  return -EOPNOTSUPP
}

function change(
  socket: UserlandSocket,
  id: number | undefined,
  act: (keys: UserlandSocket['keys'], link: NonNullable<UserlandSocket['link']> | null) => boolean,
): number {
  const whom = targets(socket, id)
  if (whom === null) return -EINVAL
  if (!whom.every(speaks)) return -EACCES
  let done = true
  for (const one of whom) {
    if (isLink(one)) done = act(one.association.keys, one) && done
    else {
      done = act(one.keys, null) && done
      one.settings.keys = one.keys.settings
    }
  }
  socket.host.stack.touched()
  return done ? 0 : -EINVAL
}

function speaks(one: NonNullable<UserlandSocket['link']> | UserlandSocket): boolean {
  if (!isLink(one)) return one.settings.auth
  return one.association.negotiated === null ? one.association.settings.auth : one.association.speaksAuth
}

function chunkList(gauth_assoc_id: number, gauth_chunks: Uint8Array): c.sctp_authchunks {
  return { gauth_assoc_id, gauth_number_of_chunks: gauth_chunks.length, gauth_chunks: gauth_chunks.slice() }
}
