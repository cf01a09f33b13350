export { sortInput } from './sort-input.js';
export type { SortInputOptions, SortedInput } from './sort-input.js';
export { TemporaryStore } from './temporary-store.js';
export { main } from './main.js';
