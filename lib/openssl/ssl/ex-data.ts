import { CRYPTO_EX_INDEX_SSL, CRYPTO_EX_INDEX_SSL_CTX } from '../constants/crypto.ts'
import { exDataOf } from '../ex-data-of.ts'
import type { SSL_CTX } from './ctx.ts'
import { liveCtx, liveSsl } from './owner.ts'
import type { SSL } from './ssl.ts'

const ofConnections = exDataOf<SSL>(CRYPTO_EX_INDEX_SSL, ssl => liveSsl(ssl).exData)

/** What a program keeps on a connection: under an index (SSL_get_ex_new_index(3)), or one value without. */
export const SSL_get_ex_new_index = ofConnections.newIndex
export const SSL_set_ex_data = ofConnections.set
export const SSL_get_ex_data = ofConnections.get
export const SSL_set_app_data = ofConnections.setApp
export const SSL_get_app_data = ofConnections.getApp

const ofContexts = exDataOf<SSL_CTX>(CRYPTO_EX_INDEX_SSL_CTX, ctx => liveCtx(ctx).exData)

/** What a program keeps on a context: under an index (SSL_CTX_get_ex_new_index(3)), or one value without. */
export const SSL_CTX_get_ex_new_index = ofContexts.newIndex
export const SSL_CTX_set_ex_data = ofContexts.set
export const SSL_CTX_get_ex_data = ofContexts.get
export const SSL_CTX_set_app_data = ofContexts.setApp
export const SSL_CTX_get_app_data = ofContexts.getApp
