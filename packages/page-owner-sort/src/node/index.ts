export { sortInput } from './sort-input.js';
export type { SortInputOptions, SortedInput } from './sort-input.js';
export type { CompatOutcome } from '../compat/reader.js';
export { TemporaryStore } from './temporary-store.js';

// The command, and what other commands that read dumps share with it
export { main } from './main.js';
export type { Extension, PartialInput } from './main.js';
export type { Command as SortCommand } from './command-line.js';
export { UsageError } from './arguments.js';
export type { Argument } from './arguments.js';
export { splitArguments } from './split-arguments.js';
export type { SplitArguments } from './split-arguments.js';
export { settle } from './settle.js';
export { interruptedStatus, interruptible } from './interruptible.js';
export { checkOutput, isSameFile, openOutput, unwritable, writeAll } from './output.js';
export type { Output } from './output.js';
export { startProgress } from './progress.js';
export type { Progress } from './progress.js';
export { otherFile } from './other-files.js';
export { describeFindings, noRecords, sortedAlready } from './report.js';
