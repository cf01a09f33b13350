import { describe, expect, test } from '@jest/globals';
import { breakdown, DIMENSIONS, growth, profileDump } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import {
  csv,
  folded,
  foldedDiff,
  jsonProfile,
  largestStacks,
  parquetTables,
  pprof,
  sampleRows,
  speedscope,
} from '@page-owner/profile/export';
import fc from 'fast-check';
import { Profile as PprofFile } from 'pprof-format';
import { profileOf } from './fixtures.js';
import { anyMemory, dumpOf } from './simulated-dump.js';

/** Pages by stack id, most first. */
const byStack = (profile: Profile) =>
  breakdown(profile, ['stack']).map(({ names, pages, records }) => ({ id: names[0]!, pages, records }));
const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
const foldedPages = (pieces: Iterable<string>, column = 1) =>
  sum(
    [...pieces]
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(' ')[column])),
  );

/** All that is not told by stack is as it was, and the largest stacks are. */
function expectSameSums(limited: Profile, whole: Profile, most: number): void {
  const wanted = byStack(whole);
  const found = byStack(limited);
  const kept = new Set(wanted.slice(0, most).map(({ id }) => id));
  expect(found.filter(({ id }) => kept.has(id))).toEqual(wanted.slice(0, most));
  const rest = found.filter(({ id }) => !kept.has(id));
  expect(rest.map(({ pages, records }) => [pages, records])).toEqual(
    wanted.length > most
      ? [[sum(wanted.slice(most).map((row) => row.pages)), sum(wanted.slice(most).map((row) => row.records))]]
      : [],
  );
  const sums = (profile: Profile, by: (typeof DIMENSIONS)[number]) =>
    new Map(breakdown(profile, [by]).map(({ names, pages, records }) => [names[0], [pages, records]]));
  for (const by of DIMENSIONS)
    if (!['stack', 'owner', 'module'].includes(by))
      expect([by, sums(limited, by)]).toEqual([by, sums(whole, by)]);
  expect([limited.pages, limited.records]).toEqual([whole.pages, whole.records]);
  expect(sum(limited.ages.pages)).toBe(sum(whole.ages.pages));
  const times = ({ samples }: Profile) => [...samples.minTs].sort()[0];
  expect(times(limited)).toBe(times(whole));
}

describe('the largest stacks', () => {
  test.each([0, 1, 10, 1e6, Infinity])('%d of a real dump, and all others in one', async (most) => {
    const whole = await profileOf('6.12-t2');
    const { profile, more } = largestStacks(whole, most);
    expect(more).toBe(Math.max(0, byStack(whole).length - most));
    expectSameSums(profile, whole, most);
  });

  test('of any memory', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemory, fc.nat(4), async ({ records }, most) => {
        const whole = await profileDump(dumpOf(records));
        expectSameSums(largestStacks(whole, most).profile, whole, most);
      }),
      { numRuns: 50 },
    );
  });

  test('in every format the pages are those of the dump, and one frame says how many were added up', async () => {
    const whole = await profileOf('6.12-t2');
    const { profile, more } = largestStacks(whole, 5);
    const rest = `(${more} more stacks)`;
    const lines = [...folded(profile)].join('').trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(foldedPages(folded(profile))).toBe(whole.pages);
    expect(lines.filter((line) => line.startsWith(`${rest.replaceAll(' ', '_')} `))).toHaveLength(1);

    const { profiles, shared } = speedscope(profile);
    expect(profiles[0]!.endValue).toBe(whole.pages * 4096);
    expect(shared.frames.map(({ name }) => name)).toContain(rest);
    // No names of functions that are in no stack any more.
    expect(shared.frames.length).toBeLessThan(200);

    const document = jsonProfile(profile);
    expect(sum(document.samples.map(({ pages }) => pages))).toBe(whole.pages);
    expect(document.stacks.filter(({ owner }) => owner === rest)).toMatchObject([{ frames: [rest] }]);

    const { samples, stacks } = parquetTables(profile);
    const column = ({ columnData }: typeof samples, name: string) =>
      columnData.find((data) => data.name === name)!.data;
    expect(sum(column(samples, 'pages').map(Number))).toBe(whole.pages);
    expect(column(stacks, 'owner')).toContain(rest);
    expect(column(stacks, 'owner')).toHaveLength(6);

    expect([...csv(sampleRows(profile))].join('')).toContain(`,${rest},${rest}\r\n`);

    const file = PprofFile.decode(pprof(profile));
    expect(sum(file.sample.map(({ value }) => Number(value[1])))).toBe(whole.pages);
    expect(file.stringTable.strings).toContain(rest);
  });

  test('of two profiles: those that changed most, the same in both', async () => {
    const [early, late] = await Promise.all([profileOf('6.12-t1'), profileOf('6.12-t2')]);
    const { profile, before, more } = largestStacks(late, 3, early);
    const changed = growth([early, late]).rows.toSorted((a, b) => Math.abs(b.delta) - Math.abs(a.delta));
    const lines = [...foldedDiff(before!, profile)].join('').trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.join('\n')).toMatch(new RegExp(`^\\(${more}_more_stacks\\) \\d+ \\d+$`, 'm'));
    expect([
      foldedPages(
        lines.map((line) => `${line}\n`),
        1,
      ),
      foldedPages(
        lines.map((line) => `${line}\n`),
        2,
      ),
    ]).toEqual([early.pages, late.pages]);
    expect(byStack(profile).map(({ id }) => BigInt(id))).toContain(changed[0]!.id);
  });

  test('of a number that is none', async () => {
    const profile = await profileOf('6.12-t2');
    for (const most of [-1, 1.5, NaN]) expect(() => largestStacks(profile, most)).toThrow(RangeError);
  });
});
