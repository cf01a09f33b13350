import { describe, expect, test } from '@jest/globals';
import { DumpScanner, encodeText, formatRecord, parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import {
  ALLOCATOR_CLASSES,
  latestTime,
  profileDump,
  RecordSelector,
  sampleFilter,
  selectsRecord,
} from '@page-owner/profile';
import type { Profile, Selection } from '@page-owner/profile';
import { profileOf, readBytes } from './fixtures.js';

const NAME = '6.12-t2';
const SECONDS = 1_000_000_000n;

const SELECTIONS: [string, Selection][] = [
  ['nothing', {}],
  ['tasks', { tasks: ['init', 'cp'] }],
  ['pids', { pids: [1, 2] }],
  ['modules', { modules: ['leaky', 'zram'] }],
  ['a module that another one calls', { modules: ['zsmalloc'] }],
  ['no module', { modules: ['vmlinux'] }],
  ['no module, or one', { modules: ['vmlinux', 'leaky'] }],
  ['cgroups', { cgroups: ['jobA'] }],
  ['cgroups, removed or not', { cgroups: ['jobA', 'jobB'] }],
  ['removed cgroups', { cgroups: ['offline jobB'] }],
  ['a function', { stack: /^vfs_/ }],
  ['a module in the stack', { stack: /\[zsmalloc\]/ }],
  ['orders', { orders: [1, 2, 9] }],
  ['zones, nodes', { zones: [1], nodes: [0] }],
  ['allocators', { allocators: ['slab', 'zsmalloc', 'page cache', 'anonymous'] }],
  ['a time', { until: 60n * SECONDS }],
  ['all together', { tasks: ['init'], modules: ['leaky'], orders: [0], until: 80n * SECONDS }],
];

const totals = ({ records, pages }: Profile) => ({ records, pages });

/** The page frames of the records of a dump that a `RecordSelector` chooses, though the scanner forgets its texts now and then. */
async function scanned(bytes: Uint8Array, select: Selection): Promise<number[]> {
  const pfns: number[] = [];
  const selector = new RecordSelector(select);
  const scanner: DumpScanner = await DumpScanner.create(
    {
      record(record) {
        if (selector.selects(record)) pfns.push(record.pfn);
      },
      pause() {
        if (scanner.textBytes < 1 << 18) return;
        scanner.forgetTexts();
        selector.forget();
      },
    },
    { pages: true },
  );
  scanner.push(bytes);
  scanner.finish();
  return pfns;
}

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
    expect(await scanned(bytes, select)).toEqual(chosen.map(({ pfn }) => pfn));
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

  test('a removed group goes by its name, and by what it is called', async () => {
    const named = (name: string, offline: boolean): PageOwnerRecord => ({
      order: 0,
      stack: ['f+0x1/0x2'],
      memcg: { kind: 'charged', name, viaObjcg: false, offline },
    });
    const records = [named('a', false), named('a', true), named('offline a', false), named('b', true)];
    const chosen = (...cgroups: string[]) => records.map((record) => selectsRecord({ cgroups }, record));
    expect(chosen('a')).toEqual([true, true, false, false]);
    expect(chosen('offline a')).toEqual([false, true, true, false]);
    expect(chosen('offline b', 'c')).toEqual([false, false, false, true]);
  });

  test('a module is that of any frame', () => {
    const stack = (...frames: string[]) => ({ order: 0, stack: frames });
    const records = [
      stack('zs_malloc+0x1/0x2 [zsmalloc]', 'zram_write+0x1/0x2 [zram]', 'submit_bio+0x1/0x2'),
      stack('zram_write+0x1/0x2 [zram]', 'submit_bio+0x1/0x2'),
      stack('submit_bio+0x1/0x2'),
      stack(),
    ];
    const chosen = (...modules: string[]) => records.map((record) => selectsRecord({ modules }, record));
    expect(chosen('zram')).toEqual([true, true, false, false]);
    expect(chosen('zsmalloc')).toEqual([true, false, false, false]);
    expect(chosen('vmlinux')).toEqual([false, false, true, true]);
    expect(chosen('zsmalloc', 'vmlinux')).toEqual([true, false, true, true]);
    expect(chosen()).toEqual([false, false, false, false]);
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
