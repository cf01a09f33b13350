/** Each distinct call stack stored once, behind a 32-bit handle: Linux's stack depot in typed arrays. */

// The depot
export { StackDepot, SAVE_CAN_ALLOC, SAVE_GET, SAVE_NO_WAIT } from './stack-depot.js';
export type { DepotSurroundings, StackDepotOptions } from './depot-options.js';
export { formatStats, type DepotStats } from './depot-stats.js';
export { REFCOUNT_SATURATED } from './ref-count.js';

// Handles
export { NO_STACK, type StackHandle } from './depot-layout.js';
export { EXTRA_BITS, extraBits, withExtraBits } from './depot-layout.js';

// Frames and their text
export { FRAME_WORDS, toAddress, toAddresses, toFrameWords } from './frames.js';
export { RAW_ADDRESSES, SymbolTable, type KernelSymbol, type Symbolizer } from './symbolizer.js';
export type { AddressRange } from './irq-filter.js';

// How a kernel does it
export { depotLayout, handlePool, handleUnit, packHandle, recordBytes } from './depot-layout.js';
export type { DepotLayout, DepotLayoutName, DepotRelease } from './depot-layout.js';
export { POOL_BYTES, POOL_ORDER, UNIT_BYTES, type PoolSource } from './pool.js';
export { bucketOrderFor, HASH_SEED, tableLogLines, type TableTime } from './hash-table.js';
export { jhash2 } from './jhash2.js';
