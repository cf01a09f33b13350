import type { Profile } from '../profile.js';
import { hexId, stackNames } from './call-tree.js';
import { sampleColumns } from './sample-columns.js';
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
  const { samples, stacks } = profile;
  const columns = sampleColumns(profile, info);
  const namesOf = stackNames(profile);
  yield [...columns.map(({ name }) => name), 'owner', 'stack'];
  for (let i = 0; i < samples.length; i++) {
    const stack = samples.stack[i]!;
    yield [
      ...columns.map(({ name, value }) => (name.endsWith('stack_id') ? hexId(value(i) as bigint) : value(i))),
      namesOf(stacks.owner[stack]!)[0],
      namesOf(stack).join(' < '),
    ];
  }
}
