/** Profiles in the formats of other tools. Names are made printable, see `printableName`. */
export type { SnapshotInfo } from './snapshot-info.js';
export { printableName } from './printable-name.js';
export { largestStacks } from './largest-stacks.js';
export type { LargestStacks } from './largest-stacks.js';

// Profilers and flame graphs
export { pprof, PPROF_LABELS, pprofDiff } from './pprof.js';
export type { PprofLabel, PprofOptions } from './pprof.js';
export { folded, foldedDiff } from './folded.js';
export type { FoldedOptions } from './folded.js';
export type { StackOptions } from './call-tree.js';
export { speedscope, speedscopeDiff } from './speedscope.js';
export type { SpeedscopeFile, SpeedscopeFrame, SpeedscopeOptions, SpeedscopeProfile } from './speedscope.js';

// Tables and documents
export { parquetDiff, parquetTables } from './parquet.js';
export type { ParquetGrowthTables, ParquetSchemaElement, ParquetTable, ParquetTables } from './parquet.js';
export { jsonProfile } from './json.js';
export type { JsonCgroup, JsonProfile, JsonSample, JsonStack, JsonTask } from './json.js';
export { csv, growthRows, sampleRows } from './csv.js';
export type { CsvValue } from './csv.js';
