import { requireLive } from '../boundary.ts'
import { SSL_CTX } from './ctx.ts'
import { SSL } from './ssl.ts'

/** What has settings: a context, or a connection that took a copy of its context's. */
export type Owner = SSL | SSL_CTX

export function liveSsl(value: unknown): SSL {
  return requireLive(value, SSL, 'ssl')
}

export function liveCtx(value: unknown): SSL_CTX {
  return requireLive(value, SSL_CTX, 'ctx')
}

/** The context whose store and callbacks count for an owner. */
export function contextOf(owner: Owner): SSL_CTX {
  return owner instanceof SSL ? owner.ctx : owner
}
