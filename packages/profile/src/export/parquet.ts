import type { Profile } from '../profile.js';
import { stackNames } from './call-tree.js';
import { printableName } from './printable-name.js';
import { sampleColumns } from './sample-columns.js';
import type { ColumnKind, ColumnValue } from './sample-columns.js';
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
  columnData: { name: string; data: (ColumnValue | readonly string[])[] }[];
  schema: ParquetSchemaElement[];
  kvMetadata: { key: string; value: string }[];
}

/** The two tables of an export; `docs/sql.md` has their columns. */
export interface ParquetTables {
  /** Who holds what: a row for each sample, in the order of stack ids. */
  samples: ParquetTable;
  /** Each stack id that a sample has, once, with its functions. */
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
 * The two tables of a snapshot, for SQL over any number of snapshots and hosts: `samples` joins `stacks` on `stack_id`. Columns
 * and example queries are in docs/sql.md. Writing the file is left to a writer of Parquet, so that this package needs none.
 */
export function parquetTables(profile: Profile, info: SnapshotInfo = {}): ParquetTables {
  return { samples: samplesTable(profile, info), stacks: stacksTable(profile) };
}

function samplesTable(profile: Profile, info: SnapshotInfo): ParquetTable {
  const { samples, stacks } = profile;
  const order = Array.from({ length: samples.length }, (_, i) => i);
  const id = (i: number) => stacks.id[samples.stack[i]!]!;
  order.sort((a, b) => compare(id(a), id(b)) || samples.pages[b]! - samples.pages[a]! || a - b);
  const columns = sampleColumns(profile, info);
  return tableOf(
    columns.map(({ name, kind, value }) => ({
      name,
      data: order.map(kind === 'int64' ? (i) => bigOf(value(i) as number | null) : value),
      elements: [{ name, ...TYPES[kind], repetition_type: 'OPTIONAL' as const }],
    })),
  );
}

function stacksTable(profile: Profile): ParquetTable {
  const { samples, stacks, modules } = profile;
  const namesOf = stackNames(profile);
  // Stacks that differ in offsets only have one id; the first stands for them.
  const rowOf = new Map<bigint, number>();
  for (const stack of samples.stack) if (!rowOf.has(stacks.id[stack]!)) rowOf.set(stacks.id[stack]!, stack);
  const rows = [...rowOf].sort(([a], [b]) => compare(a, b)).map(([, stack]) => stack);
  const column = (
    name: string,
    kind: ColumnKind,
    value: (stack: number) => ColumnValue,
    repetition_type: 'REQUIRED' | 'OPTIONAL' = 'REQUIRED',
  ) => ({ name, data: rows.map(value), elements: [{ name, ...TYPES[kind], repetition_type }] });
  return tableOf([
    column('stack_id', 'uint64', (stack) => stacks.id[stack]!),
    {
      name: 'frames',
      data: rows.map(namesOf),
      elements: [
        { name: 'frames', converted_type: 'LIST', repetition_type: 'REQUIRED', num_children: 1 },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', ...TYPES.text, repetition_type: 'REQUIRED' },
      ],
    },
    column('depth', 'int32', (stack) => stacks.depth[stack]!),
    column('owner', 'text', (stack) => namesOf(stacks.owner[stack]!)[0] ?? null, 'OPTIONAL'),
    column('top_module', 'text', (stack) => printableName(modules.name[stacks.module[stack]!]!)),
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
