// The record kernels. Compiled by build.mjs into ../module.ts, which is kept in the repository: `npm run wasm` makes it anew.

export { chachaOpen, chachaSeal } from './chacha20-poly1305'
export { gcmOpen, gcmSeal, makeTables, writeCounters } from './gcm'
export { SLOT_COUNT, SLOT_SIZE, SLOTS, COUNTERS, MAX_TEXT, STREAM_SIZE, TABLES_SIZE, TEXT } from './memory'
