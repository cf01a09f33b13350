import type { StackIndex } from '../indices.js';
import type { Profile } from '../tables/profile.js';
import { hexId, stackNames } from './call-tree.js';
import { growthTable } from './growth-columns.js';
import { sampleColumns } from './sample-columns.js';
import type { SampleColumn } from './sample-columns.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** Null and undefined are empty cells, a date is written as ISO 8601. */
export type CsvValue = string | number | bigint | boolean | Date | null | undefined;

/**
 * A text that a spreadsheet would take for a formula, or that becomes one when what is before it is dropped. Full-width
 * forms count: Excel takes them for the others.
 */
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const SPECIAL = /[",\r\n]/;

/**
 * CSV as RFC 4180 has it, lines ending in CR LF, in pieces of whole lines. It is safe to open in a spreadsheet: a text that
 * begins like a formula gets an apostrophe in front. Numbers are written as they are.
 */
export function* csv(rows: Iterable<readonly CsvValue[]>): Generator<string, void> {
  let piece = '';
  for (const row of rows) {
    piece += `${row.map(cell).join(',')}\r\n`;
    if (piece.length < PIECE_LETTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece) yield piece;
}

const PIECE_LETTERS = 1 << 16;

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return SPECIAL.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * The samples as rows for {@link csv}, names of the columns first: those of the Parquet table, ids in hexadecimal, then the
 * owner function and the stack, innermost function first.
 */
export function* sampleRows(profile: Profile, info: SnapshotInfo = {}): Generator<CsvValue[], void> {
  const { samples } = profile;
  const textsOf = stackCells(profile);
  yield* rowsOf(sampleColumns(profile, info), samples.length, (i) => textsOf(samples.stack[i]!));
}

/**
 * The same of two profiles side by side: `pages_before`, `pages_after` and `pages_delta`, which is negative
 * of what shrank, and so for records. Names of the columns are those of the Parquet table `growth`.
 */
export function* growthRows(
  before: Profile,
  after: Profile,
  info: SnapshotInfo = {},
): Generator<CsvValue[], void> {
  const { columns, length, stackOf } = growthTable(before, after, info);
  const textsOf = new Map([before, after].map((profile) => [profile, stackCells(profile)]));
  yield* rowsOf(columns, length, (row) => {
    const [profile, stack] = stackOf(row);
    return textsOf.get(profile)!(stack);
  });
}

function* rowsOf(
  columns: readonly SampleColumn[],
  length: number,
  textsOf: (row: number) => CsvValue[],
): Generator<CsvValue[], void> {
  yield [...columns.map(({ name }) => name), 'owner', 'stack'];
  for (let i = 0; i < length; i++) {
    yield [
      ...columns.map(({ name, value }) => (name.endsWith('stack_id') ? hexId(value(i) as bigint) : value(i))),
      ...textsOf(i),
    ];
  }
}

/** The cells `owner` and `stack`. */
function stackCells(profile: Profile): (stack: StackIndex) => CsvValue[] {
  const namesOf = stackNames(profile);
  return (stack) => [namesOf(profile.stacks.owner[stack]!)[0], namesOf(stack).join(' < ')];
}
