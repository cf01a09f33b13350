export { openInput } from './open-input.js';
export type { DumpInput } from './open-input.js';
