import type { Dimension } from '../analysis/breakdown.js';
import { tells } from '../analysis/told.js';
import type { StackIndex } from '../indices.js';
import type { Profile } from '../tables/profile.js';
import { sampleColumns } from './sample-columns.js';
import type { ColumnValue, SampleColumn } from './sample-columns.js';
import { pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** Columns of the table of samples that say how much it was, or of which build and boot: not what it was. */
const NOT_IN_KEY: ReadonlySet<string> = new Set([
  'exact_stack_id',
  'handle',
  'records',
  'pages',
  'bytes',
  'min_ts_ns',
  'max_ts_ns',
]);

/** What a profile tells of a sample, by the columns that have it. */
const TOLD: Readonly<Record<string, Dimension>> = {
  order: 'order',
  gfp_mask: 'gfpMask',
  migratetype: 'gfpType',
  pageblock_migratetype: 'blockType',
  migrated: 'migrated',
  zone: 'zone',
  nid: 'node',
  pid: 'pid',
  tgid: 'tgid',
  comm: 'taskName',
  memcg: 'cgroup',
  memcg_offline: 'cgroup',
};

/** The samples of two profiles side by side. */
export interface GrowthTable {
  readonly length: number;
  /** As those of samples; their values are by the row of this table. */
  readonly columns: readonly SampleColumn[];
  /** The profile that a row is looked up in, and the stack in there. */
  readonly stackOf: (row: number) => readonly [Profile, StackIndex];
}

interface Row {
  readonly values: readonly ColumnValue[];
  readonly profile: Profile;
  readonly stack: StackIndex;
  readonly records: [before: number, after: number];
  readonly pages: [before: number, after: number];
}

/**
 * Samples that agree in all that the table of samples says of them, offsets and time apart, are one row: what they were in
 * both profiles, and the difference. What one of the two does not tell, as lists of stacks have no tasks and no records, is
 * null in all rows, so that the same memory is the same row. `info` is of the later one. The sums of `pages_before` and
 * `pages_after` are the pages of the profiles.
 */
export function growthTable(before: Profile, after: Profile, info: SnapshotInfo): GrowthTable {
  const pageBytes = pageBytesOf(info);
  const byKey = new Map<string, Row>();
  let keys: readonly SampleColumn[] = [];
  const profiles = [before, after];
  const isTold = ({ name }: SampleColumn) =>
    !TOLD[name] || profiles.every((profile) => tells(profile, TOLD[name]!));
  const hasRecords = profiles.every(({ records, samples }) => records > 0 || !samples.length);
  for (const [moment, profile] of profiles.entries()) {
    const { samples } = profile;
    keys = sampleColumns(profile, info)
      .filter(({ name }) => !NOT_IN_KEY.has(name))
      .map((column) => (isTold(column) ? column : { ...column, value: () => null }));
    for (let i = 0; i < samples.length; i++) {
      const values = keys.map(({ value }) => value(i));
      const key = JSON.stringify(values.map((value) => (typeof value === 'bigint' ? String(value) : value)));
      let row = byKey.get(key);
      if (!row) {
        row = { values, profile, stack: samples.stack[i]!, records: [0, 0], pages: [0, 0] };
        byKey.set(key, row);
      }
      row.records[moment]! += samples.records[i]!;
      row.pages[moment]! += samples.pages[i]!;
    }
  }
  const rows = [...byKey.values()];
  const number = (name: string, of: (row: Row) => number | null): SampleColumn => ({
    name,
    kind: 'int64',
    value: (row) => of(rows[row]!),
  });
  return {
    length: rows.length,
    columns: [
      ...keys.map(({ name, kind }, at) => ({ name, kind, value: (row: number) => rows[row]!.values[at]! })),
      ...(['records', 'pages'] as const).flatMap((what) => {
        const count = (name: string, of: (row: Row) => number) =>
          number(`${what}_${name}`, what === 'pages' || hasRecords ? of : () => null);
        return [
          count('before', (row) => row[what][0]),
          count('after', (row) => row[what][1]),
          count('delta', (row) => row[what][1] - row[what][0]),
        ];
      }),
      number('bytes_delta', ({ pages: [was, is] }) => (is - was) * pageBytes),
    ],
    stackOf: (row) => [rows[row]!.profile, rows[row]!.stack],
  };
}
