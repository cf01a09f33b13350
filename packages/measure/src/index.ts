/** What the benchmarks of this repository share. */
export * from './processes.js';
export * from './rivals.js';
export * from './rounds.js';
