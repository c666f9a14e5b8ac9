// The record kernels. Compiled by build.mjs into ../module.ts, which is kept in the repository: `npm run wasm` makes it anew.

export { chachaOpen, chachaSeal } from './chacha20-poly1305'
export { ccmCheck, ccmDecipher, ccmFrame, ccmSeal } from './ccm'
export { gcmOpen, gcmSeal, makeTables } from './gcm'
export { writeCounters } from './key-stream'
export { SLOT_COUNT, SLOT_SIZE, SLOTS, COUNTERS, MAX_TEXT, STREAM_SIZE, TABLES_SIZE, TEXT } from './memory'
