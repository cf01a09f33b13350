import type { AgeTable } from '@page-owner/profile';

/** Upper bounds of the rows, in seconds. */
const BOUNDS = [1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400];
/** A row is at least so many slices wide. */
const LEAST_SLICES = 2;

/** Pages of an age in seconds, `from` included, `to` not. */
export interface AgeRow {
  readonly from: number;
  /** Infinity in the last row. */
  readonly to: number;
  pages: number;
}

/** Whether slices are so long that the youngest rows had to be put together. */
export function isCoarse({ sliceNs }: AgeTable): boolean {
  return LEAST_SLICES * sliceNs > BOUNDS[0]! * 1e9;
}

/**
 * Pages by their age at the time `now`, in ns. A slice counts with its middle, so a page near a bound may be in the next
 * row; rows that would be narrower than two slices are one with the next. What is younger than `least` ns is left out.
 */
export function ageHistogram(table: AgeTable, now: number, least = 0): AgeRow[] {
  const bounds = BOUNDS.filter(
    (bound) => bound * 1e9 >= LEAST_SLICES * table.sliceNs && bound * 1e9 > least,
  ).concat(Infinity);
  const rows = bounds.map((to, i): AgeRow => ({ from: bounds[i - 1] ?? least / 1e9, to, pages: 0 }));
  for (let row = 0; row < table.length; row++) {
    const middle = (table.slice[row]! + 0.5) * table.sliceNs;
    const age = Math.max(0, now - middle) / 1e9;
    if (age * 1e9 >= least) rows.find(({ to }) => age < to)!.pages += table.pages[row]!;
  }
  return rows;
}
