import { ALLOCATOR_CLASSES } from '../facts/allocator-class.js';
import { reclaimOfSample } from '../analysis/breakdown.js';
import type { SampleIndex } from '../indices.js';
import { MIGRATETYPES } from '../facts/page-facts.js';
import type { Profile } from '../tables/profile.js';
import { NO_TIME } from '../tables/sample-table.js';
import { printableName } from './printable-name.js';
import { capturedAtOf, pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** What a column of samples holds: text, a 32-bit number, a count, a 64-bit unsigned number, true or false, a date. */
export type ColumnKind = 'text' | 'int32' | 'int64' | 'uint64' | 'boolean' | 'timestamp';
export type ColumnValue = string | number | bigint | boolean | Date | null;

/** A column of the table of samples; null is what the source does not say. */
export interface SampleColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly value: (sample: SampleIndex) => ColumnValue;
}

/** The table of samples, as Parquet and CSV have it; docs/sql.md explains the columns. */
export function sampleColumns(profile: Profile, info: SnapshotInfo): SampleColumn[] {
  const { samples, stacks, tasks, cgroups, modules } = profile;
  const pageBytes = pageBytesOf(info);
  const taskNames = tasks.name.map(printableName);
  const cgroupNames = cgroups.name.map(printableName);
  const moduleNames = modules.name.map(printableName);
  const constant = (value: ColumnValue | undefined) => () => value ?? null;
  const number = (column: Int32Array) => (sample: SampleIndex) => known(column[sample]!);
  const type = (column: Int32Array) => (sample: SampleIndex) => MIGRATETYPES[column[sample]!] ?? null;
  const time = (column: BigUint64Array) => (sample: SampleIndex) =>
    column[sample] === NO_TIME ? null : column[sample]!;
  return [
    { name: 'host', kind: 'text', value: constant(info.host && printableName(info.host)) },
    { name: 'boot_id', kind: 'text', value: constant(info.bootId && printableName(info.bootId)) },
    {
      name: 'kernel_release',
      kind: 'text',
      value: constant(info.kernelRelease && printableName(info.kernelRelease)),
    },
    { name: 'captured_at', kind: 'timestamp', value: constant(capturedAtOf(info)) },
    { name: 'stack_id', kind: 'uint64', value: (i) => stacks.id[samples.stack[i]!]! },
    { name: 'exact_stack_id', kind: 'uint64', value: (i) => stacks.exactId[samples.stack[i]!]! },
    { name: 'handle', kind: 'int64', value: (i) => stacks.handle[samples.stack[i]!] || null },
    { name: 'module', kind: 'text', value: (i) => moduleNames[stacks.module[samples.stack[i]!]!]! },
    { name: 'allocator', kind: 'text', value: (i) => ALLOCATOR_CLASSES[samples.allocator[i]!]! },
    { name: 'reclaim', kind: 'text', value: (i) => reclaimOfSample(profile, i) },
    { name: 'order', kind: 'int32', value: number(samples.order) },
    { name: 'gfp_mask', kind: 'int32', value: number(samples.gfpMask) },
    { name: 'migratetype', kind: 'text', value: type(samples.gfpType) },
    { name: 'pageblock_migratetype', kind: 'text', value: type(samples.blockType) },
    {
      name: 'migrated',
      kind: 'boolean',
      value: (i) => (samples.order[i]! < 0 ? null : samples.migrated[i] === 1),
    },
    { name: 'zone', kind: 'int32', value: number(samples.zone) },
    { name: 'nid', kind: 'int32', value: number(samples.node) },
    { name: 'pid', kind: 'int32', value: (i) => known(tasks.pid[samples.task[i]!]!) },
    { name: 'tgid', kind: 'int32', value: (i) => known(tasks.tgid[samples.task[i]!]!) },
    { name: 'comm', kind: 'text', value: (i) => (samples.task[i] ? taskNames[samples.task[i]!]! : null) },
    {
      name: 'memcg',
      kind: 'text',
      value: (i) => (samples.cgroup[i] ? cgroupNames[samples.cgroup[i]!]! : null),
    },
    {
      name: 'memcg_offline',
      kind: 'boolean',
      value: (i) => (samples.cgroup[i] ? cgroups.offline[samples.cgroup[i]!] === 1 : null),
    },
    { name: 'records', kind: 'int64', value: (i) => samples.records[i]! || null },
    { name: 'pages', kind: 'int64', value: (i) => samples.pages[i]! },
    { name: 'bytes', kind: 'int64', value: (i) => samples.pages[i]! * pageBytes },
    { name: 'min_ts_ns', kind: 'uint64', value: time(samples.minTs) },
    { name: 'max_ts_ns', kind: 'uint64', value: time(samples.maxTs) },
  ];
}

function known(number: number): number | null {
  return number < 0 ? null : number;
}
