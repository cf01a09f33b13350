import { describe, expect, test } from '@jest/globals';
import { encodeText, formatRecord, parseDump } from '@page-owner/dump-format';
import { ALLOCATOR_CLASSES, latestTime, profileDump, sampleFilter, selectsRecord } from '@page-owner/profile';
import type { Profile, Selection } from '@page-owner/profile';
import { profileOf, readBytes } from './fixtures.js';

const NAME = '6.12-t2';
const SECONDS = 1_000_000_000n;

const SELECTIONS: [string, Selection][] = [
  ['nothing', {}],
  ['tasks', { tasks: ['init', 'cp'] }],
  ['pids', { pids: [1, 2] }],
  ['modules', { modules: ['leaky', 'zram'] }],
  ['no module', { modules: ['vmlinux'] }],
  ['cgroups', { cgroups: ['jobA'] }],
  ['a function', { stack: /^vfs_/ }],
  ['a module in the stack', { stack: /\[zsmalloc\]/ }],
  ['orders', { orders: [1, 2, 9] }],
  ['zones, nodes', { zones: [1], nodes: [0] }],
  ['allocators', { allocators: ['slab', 'zsmalloc', 'page cache', 'anonymous'] }],
  ['a time', { until: 60n * SECONDS }],
  ['all together', { tasks: ['init'], modules: ['leaky'], orders: [0], until: 80n * SECONDS }],
];

const totals = ({ records, pages }: Profile) => ({ records, pages });

describe('a selection', () => {
  test.each(SELECTIONS)('of %s: while reading, record by record, and sample by sample', async (_, select) => {
    const bytes = await readBytes(`${NAME}.page_owner`);
    const selected = await profileDump(bytes, { select });
    const chosen = parseDump(new TextDecoder().decode(bytes)).records.filter((record) =>
      selectsRecord(select, record),
    );
    const byRecord = await profileDump(encodeText(chosen.map((record) => formatRecord(record)).join('')));
    expect(totals(selected)).toEqual(totals(byRecord));
    expect(chosen.length).toBeGreaterThan(0);
    expect(selected.ages.pages.reduce((sum, pages) => sum + pages, 0)).toBe(selected.pages);
    expect(selected.samples.pages.every((pages) => pages > 0)).toBe(true);

    const whole = await profileOf(NAME);
    expect(selected.timeNs).toBe(whole.timeNs);
    if (select.until !== undefined) return;
    const filter = sampleFilter(whole, select);
    const pages = whole.samples.pages.filter((_pages, sample) => filter(sample));
    expect(pages.reduce((sum, count) => sum + count, 0)).toBe(selected.pages);
  });

  test('what a source does not say matches no list', async () => {
    const old = encodeText('Page allocated via order 0, mask 0x0\n f+0x1/0x2\n\n');
    for (const select of [{ tasks: [''] }, { pids: [-1] }, { zones: [-1] }, { cgroups: [''] }, { until: 5n }])
      expect((await profileDump(old, { select })).records).toBe(0);
    expect((await profileDump(old, { select: { modules: ['vmlinux'] } })).records).toBe(1);
  });

  test('every class can be selected', async () => {
    const whole = await profileOf(NAME);
    const parts = ALLOCATOR_CLASSES.map((name) => sampleFilter(whole, { allocators: [name] }));
    const pages = parts.map((filter) =>
      whole.samples.pages.reduce((sum, count, sample) => sum + (filter(sample) ? count : 0), 0),
    );
    expect(pages.reduce((a, b) => a + b)).toBe(whole.pages);
  });
});

test('the latest time is that of the profile', async () => {
  const bytes = await readBytes(`${NAME}.page_owner`);
  expect(await latestTime(bytes)).toBe((await profileOf(NAME)).timeNs);
  expect(
    await latestTime(encodeText('Page allocated via order 0, mask 0x0\n f+0x1/0x2\n\n')),
  ).toBeUndefined();
  const late = `Page allocated via order 0, mask 0x0(), pid 1, ts ${2n ** 64n - 1n} ns\n f+0x1/0x2\n\n`;
  expect(await latestTime(encodeText(late))).toBe(2n ** 64n - 1n);
});
