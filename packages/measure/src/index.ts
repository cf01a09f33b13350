/** What the benchmarks of this repository share. */
export * from './options.js';
export * from './processes.js';
export * from './rivals.js';
export * from './rounds.js';
