import type { Profile } from '../tables/profile.js';
import { stackNames } from './call-tree.js';
import { growthTable } from './growth-columns.js';
import { printableName } from './printable-name.js';
import { sampleColumns } from './sample-columns.js';
import type { ColumnKind, ColumnValue, SampleColumn } from './sample-columns.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** An element of a Parquet schema, in the words of the format (parquet.thrift). */
export interface ParquetSchemaElement {
  name: string;
  type?: 'BOOLEAN' | 'INT32' | 'INT64' | 'BYTE_ARRAY';
  repetition_type?: 'REQUIRED' | 'OPTIONAL' | 'REPEATED';
  num_children?: number;
  converted_type?: 'UTF8' | 'LIST' | 'UINT_64' | 'TIMESTAMP_MILLIS';
}

/** A table as `parquetWriteBuffer(table)` of the package hyparquet-writer takes it, and every function beside it. */
export interface ParquetTable {
  /** Columns, each with a value for each row. */
  columnData: { name: string; data: (ColumnValue | readonly string[])[] }[];
  /** Types of the columns, behind a root. */
  schema: ParquetSchemaElement[];
  /** `page-owner-schema`, the version of the columns. */
  kvMetadata: { key: string; value: string }[];
}

/** The two tables of an export; `docs/sql.md` has their columns. */
export interface ParquetTables {
  /** Who holds what: a row for each sample, in the order of stack ids. */
  samples: ParquetTable;
  /** Each stack id that a sample has, once, with its functions. */
  stacks: ParquetTable;
}

/** The two tables of a difference. */
export interface ParquetGrowthTables {
  /** What changed: a row for all samples of both profiles that are of one thing, in the order of stack ids. */
  growth: ParquetTable;
  /** Each stack id of either, once. */
  stacks: ParquetTable;
}

const TYPES: Record<ColumnKind, Omit<ParquetSchemaElement, 'name'>> = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
  boolean: { type: 'BOOLEAN' },
  timestamp: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

/** Of the tables' columns; goes up when a column changes its meaning or goes away. */
const SCHEMA_VERSION = 1;

/**
 * The two tables of a snapshot, for SQL over any number of snapshots and hosts: `samples` joins `stacks` on `stack_id`.
 * Columns and example queries are in docs/sql.md. Writing the file is left to a writer of Parquet, so that this package
 * needs none.
 */
export function parquetTables(profile: Profile, info: SnapshotInfo = {}): ParquetTables {
  const { samples, stacks } = profile;
  const id = (i: number) => stacks.id[samples.stack[i]!]!;
  const pages = (i: number) => samples.pages[i]!;
  return {
    samples: rowsTable(sampleColumns(profile, info), samples.length, id, pages),
    stacks: stacksTable([profile]),
  };
}

/**
 * The same of two profiles side by side: `growth` has `pages_before`, `pages_after` and `pages_delta`, which is negative of
 * what shrank, and so for records. `info` is of the later one.
 */
export function parquetDiff(before: Profile, after: Profile, info: SnapshotInfo = {}): ParquetGrowthTables {
  const { columns, length, stackOf } = growthTable(before, after, info);
  const id = (row: number) => {
    const [profile, stack] = stackOf(row);
    return profile.stacks.id[stack]!;
  };
  const delta = columns.find(({ name }) => name === 'pages_delta')!;
  return {
    growth: rowsTable(columns, length, id, (row) => delta.value(row) as number),
    stacks: stacksTable([after, before]),
  };
}

function rowsTable(
  columns: readonly SampleColumn[],
  length: number,
  id: (row: number) => bigint,
  pages: (row: number) => number,
): ParquetTable {
  const order = Array.from({ length }, (_, i) => i);
  order.sort((a, b) => compare(id(a), id(b)) || pages(b) - pages(a) || a - b);
  return tableOf(
    columns.map(({ name, kind, value }) => ({
      name,
      data: order.map(kind === 'int64' ? (i) => bigOf(value(i) as number | null) : value),
      elements: [{ name, ...TYPES[kind], repetition_type: 'OPTIONAL' as const }],
    })),
  );
}

function stacksTable(profiles: readonly Profile[]): ParquetTable {
  // Stacks that differ in offsets only have one id; the first stands for them.
  const rowOf = new Map<bigint, readonly [of: number, stack: number]>();
  for (const [of, { samples, stacks }] of profiles.entries()) {
    for (const stack of samples.stack)
      if (!rowOf.has(stacks.id[stack]!)) rowOf.set(stacks.id[stack]!, [of, stack]);
  }
  const rows = [...rowOf].sort(([a], [b]) => compare(a, b)).map(([, row]) => row);
  const namers = profiles.map(stackNames);
  const column = (
    name: string,
    kind: ColumnKind,
    value: (profile: Profile, stack: number, names: (stack: number) => string[]) => ColumnValue,
    repetition_type: 'REQUIRED' | 'OPTIONAL' = 'REQUIRED',
  ) => ({
    name,
    data: rows.map(([of, stack]) => value(profiles[of]!, stack, namers[of]!)),
    elements: [{ name, ...TYPES[kind], repetition_type }],
  });
  return tableOf([
    column('stack_id', 'uint64', ({ stacks }, stack) => stacks.id[stack]!),
    {
      name: 'frames',
      data: rows.map(([of, stack]) => namers[of]!(stack)),
      elements: [
        { name: 'frames', converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', ...TYPES.text, repetition_type: 'REQUIRED' },
      ],
    },
    column('depth', 'int32', ({ stacks }, stack) => stacks.depth[stack]!),
    column('owner', 'text', ({ stacks }, stack, names) => names(stacks.owner[stack]!)[0] ?? null, 'OPTIONAL'),
    column('top_module', 'text', ({ stacks, modules }, stack) =>
      printableName(modules.name[stacks.module[stack]!]!),
    ),
  ]);
}

interface Column {
  name: string;
  data: (ColumnValue | readonly string[])[];
  elements: ParquetSchemaElement[];
}

function tableOf(columns: readonly Column[]): ParquetTable {
  return {
    columnData: columns.map(({ name, data }) => ({ name, data })),
    schema: [{ name: 'root', num_children: columns.length }, ...columns.flatMap(({ elements }) => elements)],
    kvMetadata: [{ key: 'page-owner-schema', value: String(SCHEMA_VERSION) }],
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const bigOf = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
