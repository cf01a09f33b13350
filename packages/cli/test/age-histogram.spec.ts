import { expect, test } from '@jest/globals';
import type { AgeTable } from '@page-owner/profile';
import { ageHistogram, isCoarse } from '../src/results/age-histogram.js';

/** A page in every slice of an uptime. */
function steady(uptimeNs: number, sliceNs: number): AgeTable {
  const length = Math.floor(uptimeNs / sliceNs);
  return {
    length,
    sliceNs,
    stack: new Int32Array(length),
    slice: Float64Array.from({ length }, (_, i) => i),
    pages: new Float64Array(length).fill(1),
  };
}

test.each([
  ['a quarter of a second', 2 ** 28, 120e9, [1, 10, 60, 600]],
  ['8.6 s', 2 ** 33, 86400e9, [60, 600, 3600]],
  ['4.9 h', 2 ** 44, 30 * 86400e9, [86400, 7 * 86400, Infinity]],
])('slices of %s: every row has the pages of its time', (_, sliceNs, uptimeNs, bounds) => {
  const table = steady(uptimeNs, sliceNs);
  const rows = ageHistogram(table, uptimeNs);
  expect(rows.slice(0, bounds.length).map(({ to }) => to)).toEqual(bounds);
  expect(isCoarse(table)).toBe(rows[0]!.to > 1);
  expect(rows.reduce((sum, { pages }) => sum + pages, 0)).toBe(table.length);
  for (const { from, to, pages } of rows) {
    const expected = Math.max(0, Math.min(to * 1e9, uptimeNs) - from * 1e9) / sliceNs;
    expect([from, Math.abs(pages - expected) <= 2]).toEqual([from, true]);
  }
});

test('what is younger than asked for is left out, and so are its rows', () => {
  const rows = ageHistogram(steady(120e9, 2 ** 28), 120e9, 30e9);
  expect(rows[0]).toMatchObject({ from: 30, to: 60 });
  expect(rows.reduce((sum, { pages }) => sum + pages, 0)).toBe(Math.floor(90e9 / 2 ** 28));
});

test('slices longer than all bounds: one row', () => {
  const table = steady(2 ** 56, 2 ** 52);
  expect(ageHistogram(table, 2 ** 56)).toEqual([{ from: 0, to: Infinity, pages: 16 }]);
});
