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
import type { Conditions, GfpCondition, Profile, Selection } from '@page-owner/profile';
import fc from 'fast-check';
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
  ['a function', { stacks: [/^vfs_/] }],
  ['a module in the stack', { stacks: [/\[zsmalloc\]/, /^zs_/] }],
  ['orders', { orders: [1, 2, 9] }],
  ['zones, nodes', { zones: [1], nodes: [0] }],
  ['allocators', { allocators: ['slab', 'zsmalloc', 'page cache', 'anonymous'] }],
  ['thread groups', { tgids: [1, 962] }],
  ['a gfp mask by its number', { gfp: [0xcc0, 0x140cca] }],
  ['gfp masks by name', { gfp: ['GFP_KERNEL'] }],
  ['flags of gfp masks', { gfp: ['GFP_KERNEL|__GFP_ZERO', '__GFP_ACCOUNT'] }],
  ['migratetypes', { types: ['Unmovable', 'Reclaimable'] }],
  ['migratetypes of pageblocks', { blockTypes: ['Movable', 'CMA'] }],
  ['all but', { not: { tasks: ['cat', 'init'], modules: ['leaky'], stacks: [/^vfs_/], cgroups: ['jobA'] } }],
  [
    'all but, of numbers',
    { not: { pids: [1], tgids: [2], orders: [0], gfp: ['__GFP_ACCOUNT'], zones: [2] } },
  ],
  ['some but', { types: ['Unmovable'], not: { allocators: ['slab'], blockTypes: ['Movable'] } }],
  ['a time', { until: 60n * SECONDS }],
  ['a later time', { after: 60n * SECONDS }],
  ['a span of time', { after: 50n * SECONDS, until: 60n * SECONDS, not: { tasks: ['cat'] } }],
  ['all together', { tasks: ['init'], modules: ['leaky'], orders: [0], until: 80n * SECONDS }],
];

/** Conditions that real records meet, and some that they do not. */
const anyConditions: fc.Arbitrary<Conditions> = fc.record(
  {
    tasks: listOf('init', 'cat', 'cp', 'kswapd0', 'nobody'),
    pids: listOf(0, 1, 2, 500),
    tgids: listOf(0, 1, 2, 500),
    modules: listOf('vmlinux', 'leaky', 'zram', 'zsmalloc'),
    cgroups: listOf('/', 'jobA', 'jobB', 'offline jobB'),
    stacks: listOf(/^vfs_/, /leaky/, /^__alloc_pages/, /\[zram\]/),
    orders: listOf(0, 1, 2, 3, 9),
    gfp: listOf<GfpCondition>(0xcc0, 'GFP_KERNEL', '__GFP_ZERO', '__GFP_ACCOUNT|__GFP_COMP'),
    types: listOf('Unmovable', 'Movable', 'Reclaimable'),
    blockTypes: listOf('Unmovable', 'Movable', 'Reclaimable', 'CMA'),
    zones: listOf(0, 1, 2),
    nodes: listOf(0, 1),
    allocators: listOf('slab', 'page cache', 'anonymous', 'other'),
  },
  { requiredKeys: [] },
);

function listOf<T>(...values: [T, ...T[]]): fc.Arbitrary<T[]> {
  return fc.subarray(values, { minLength: 1 });
}

let parsed: readonly PageOwnerRecord[] | undefined;

async function recordsOfDump(): Promise<readonly PageOwnerRecord[]> {
  parsed ??= parseDump(new TextDecoder().decode(await readBytes(`${NAME}.page_owner`))).records;
  return parsed;
}

const textOf = (records: readonly PageOwnerRecord[]): Uint8Array =>
  encodeText(records.map((record) => formatRecord(record)).join(''));

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
    const chosen = (await recordsOfDump()).filter((record) => selectsRecord(select, record));
    const byRecord = await profileDump(textOf(chosen));
    expect(totals(selected)).toEqual(totals(byRecord));
    expect(chosen.length).toBeGreaterThan(0);
    expect(await scanned(bytes, select)).toEqual(chosen.map(({ pfn }) => pfn));
    expect(selected.ages.pages.reduce((sum, pages) => sum + pages, 0)).toBe(selected.pages);
    expect(selected.samples.pages.every((pages) => pages > 0)).toBe(true);

    const whole = await profileOf(NAME);
    expect(selected.timeNs).toBe(whole.timeNs);
    if (select.until !== undefined || select.after !== undefined) return;
    const filter = sampleFilter(whole, select);
    const pages = whole.samples.pages.filter((_pages, sample) => filter(sample));
    expect(pages.reduce((sum, count) => sum + count, 0)).toBe(selected.pages);
  });

  test('what a source does not say matches no list', async () => {
    const old = encodeText('Page allocated via order 0, mask 0x0\n f+0x1/0x2\n\n');
    const unsaid: Conditions[] = [
      ...[{ tasks: [''] }, { pids: [-1] }, { tgids: [-1] }, { zones: [-1] }, { cgroups: [''] }],
      ...[
        { types: ['Unmovable'] as const },
        { blockTypes: ['Movable'] as const },
        { gfp: ['GFP_KERNEL', ''] },
      ],
    ];
    for (const select of unsaid) {
      expect((await profileDump(old, { select })).records).toBe(0);
      expect((await profileDump(old, { select: { not: select } })).records).toBe(1);
    }
    for (const select of [{ until: 5n }, { after: -1n }])
      expect((await profileDump(old, { select })).records).toBe(0);
    expect((await profileDump(old, { select: { modules: ['vmlinux'] } })).records).toBe(1);
    expect((await profileDump(old, { select: { gfp: [0] } })).records).toBe(1);
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

  test('a flag of a gfp mask is found in the names of masks, whatever the kernel', () => {
    const chosen = (gfp: string | number, gfpMask: number, gfpNames?: string) =>
      selectsRecord(
        { gfp: [gfp] },
        { order: 0, stack: [], gfpMask, ...(gfpNames !== undefined && { gfpNames }) },
      );
    // 6.12 and 4.19 have __GFP_ACCOUNT at other bits.
    expect(chosen('__GFP_ACCOUNT', 0x400cc0, 'GFP_KERNEL_ACCOUNT')).toBe(true);
    expect(chosen('__GFP_ACCOUNT', 0x6100c0, 'GFP_KERNEL_ACCOUNT')).toBe(true);
    expect(chosen('__GFP_ACCOUNT', 0xcc0, 'GFP_KERNEL')).toBe(false);
    expect(chosen('GFP_KERNEL', 0x400cc0, 'GFP_KERNEL_ACCOUNT')).toBe(false);
    expect(chosen('GFP_KERNEL', 0xdc0, 'GFP_KERNEL|__GFP_ZERO')).toBe(true);
    expect(chosen('__GFP_ZERO|GFP_KERNEL', 0xdc0, 'GFP_KERNEL|__GFP_ZERO')).toBe(true);
    expect(chosen(0xcc0, 0xdc0, 'GFP_KERNEL|__GFP_ZERO')).toBe(false);
    // GFP_NOWAIT has __GFP_NOWARN since 6.8.
    expect(chosen('__GFP_NOWARN', 0x2800, 'GFP_NOWAIT')).toBe(true);
    expect(chosen('__GFP_NOWARN', 0x800, 'GFP_NOWAIT')).toBe(false);
    // A kernel with a flag, or places, of its own.
    expect(chosen('__GFP_CMA', 0x8000cca, 'GFP_HIGHUSER_MOVABLE|__GFP_CMA')).toBe(true);
    expect(chosen('__GFP_HIGHMEM', 0x8000cca, 'GFP_HIGHUSER_MOVABLE|__GFP_CMA')).toBe(true);
    // Before 4.6 there are no names.
    expect(chosen('GFP_KERNEL', 0xd0)).toBe(false);
    expect(chosen(0xd0, 0xd0)).toBe(true);
  });

  test('what must not match is all that does not, on any part of a real dump', async () => {
    const records = (await recordsOfDump()).filter((_, i) => i % 16 === 0);
    const bytes = textOf(records);
    const whole = await profileDump(bytes);
    const pagesOf = (select: Selection) => {
      const filter = sampleFilter(whole, select);
      return whole.samples.pages.reduce((sum, pages, sample) => sum + (filter(sample) ? pages : 0), 0);
    };
    await fc.assert(
      fc.asyncProperty(anyConditions, anyConditions, async (some, others) => {
        const byRecord = (select: Selection) =>
          records.reduce((sum, record) => sum + (selectsRecord(select, record) ? 2 ** record.order : 0), 0);
        const select = { ...some, not: others };
        expect((await profileDump(bytes, { select, pageblocks: false })).pages).toBe(byRecord(select));
        expect(pagesOf(select)).toBe(byRecord(select));
        // Each condition by itself parts the dump in two.
        for (const [name, list] of Object.entries(others).filter((entry) => !(entry[0] in some))) {
          const halves = [
            { ...some, [name]: list },
            { ...some, not: { [name]: list } },
          ].map(byRecord);
          expect(halves[0]! + halves[1]!).toBe(byRecord(some));
        }
      }),
      { numRuns: 30 },
    );
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
