export { openInput } from './open-input.js';
export type { DumpInput } from './open-input.js';
export type { Packing } from './packing.js';
export { readInput } from './read-input.js';
