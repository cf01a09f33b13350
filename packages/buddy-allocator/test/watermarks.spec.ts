import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createAllocator, minFreeKbytes, NO_PAGE, X86_64_ZONE_LIMITS } from '@page-owner/buddy-allocator';
import type { AllocatorKernel, PageAllocator } from '@page-owner/buddy-allocator';
import { recorder } from './events.js';
import { A_HIGHATOMIC, A_MIN_RESERVE, A_NON_BLOCK } from '../src/request/alloc-flags.js';
import { attachMemory } from '../src/attach.js';
import { zoneBase } from '../src/memory.js';
import { watermarkOk } from '../src/zones/watermarks.js';

const GIB = 2 ** 18;

test('min_free_kbytes follows the square root of memory', () => {
  const table = [1, 2, 4, 8, 16].map((gib) => minFreeKbytes(gib * 2 ** 20));
  expect(table).toEqual([4096, 5792, 8192, 11585, 16384]);
  expect([minFreeKbytes(1), minFreeKbytes(2 ** 40)]).toEqual([128, 262144]);
});

describe('marks', () => {
  test('one zone of 1048576 pages: 2048, 3096, 4144', () => {
    const a = createAllocator({ pages: 4 * GIB, watermarks: true });
    expect(a.zones()[0]).toMatchObject({ managed: 1048576, min: 2048, low: 3096, high: 4144, promo: 5192 });
  });

  /** The machine of the real zoneinfo in the fixtures, when its watermarks were computed. */
  const real = (kernel: AllocatorKernel): ReturnType<typeof createAllocator> =>
    createAllocator({
      nodes: [
        {
          ranges: [
            { start: 1, end: 159 },
            { start: 256, end: 524250 },
          ],
        },
      ],
      reserved: [
        { start: 1, end: 159 },
        { start: 4096, end: 4096 + 520154 - 504602 },
      ],
      ...{ kernel, cpus: 2, minFreeKbytes: 45056 },
    });

  test('at boot a zone reaches over holes to its limits, as far as its node has memory', () => {
    // A PC with 4 GiB: /proc/zoneinfo of the real one says 1044480 for zone DMA32.
    const ranges = [
      { start: 1, end: 159 },
      { start: 256, end: 0xbffda },
      { start: 0x100000, end: 0x140000 },
    ];
    const extents = (...nodes: (typeof ranges)[]): unknown[] =>
      createAllocator({ nodes: nodes.map((ranges) => ({ ranges })) })
        .zones()
        .map(({ startPfn, spanned, present }) => (present > 0 ? [startPfn, spanned] : null));
    expect(extents(ranges)).toEqual([[1, 4095], [4096, 1044480], [0x100000, 0x40000], null]);
    // The second node ends the first one's zones.
    const two = extents(ranges.slice(0, 2), ranges.slice(2));
    expect(two).toEqual([
      [1, 4095],
      [4096, 0xbffda - 4096],
      null,
      null,
      null,
      null,
      [0x100000, 0x40000],
      null,
    ]);
    // Without zone DMA, DMA32 begins where the node does, or at its own limit.
    expect(extents([{ start: 5000, end: 9000 }])).toEqual([null, [5000, 4000], null, null]);
    expect(
      extents([
        { start: 100, end: 200 },
        { start: 8192, end: 9216 },
      ]),
    ).toEqual([[100, 3996], [4096, 5120], null, null]);
  });

  test('the marks, protection and per-cpu limits that a real 6.12 shows', () => {
    const [dma, dma32, normal, movable] = real('6.12').zones();
    expect(dma).toMatchObject({ startPfn: 1, spanned: 4095, present: 3998, managed: 3840 });
    expect(dma).toMatchObject({
      min: 85,
      low: 106,
      high: 127,
      promo: 148,
      protection: [0, 1971, 1971, 1971],
    });
    expect(dma32).toMatchObject({
      min: 11178,
      low: 13972,
      high: 16766,
      promo: 19560,
      protection: [0, 0, 0, 0],
    });
    expect(normal).toMatchObject({ min: 0, low: 0, high: 0, present: 0 });
    expect(movable).toMatchObject({ min: 32, low: 32, high: 32, promo: 32 });
    expect(dma!.pagesets).toEqual(Array(2).fill({ count: 0, high: 0, batch: 1 }));
    expect(dma32!.pagesets[0]!.batch).toBe(63);
  });

  test('zone DMA after boot, line by line as both real kernels show it', () => {
    for (const kernel of ['6.1', '6.12'] as const) {
      const a = real(kernel);
      for (const file of ['buddyinfo', 'pagetypeinfo'] as const) {
        const lines = (text: string): string[] =>
          text.split('\n').filter((line) => /zone +DMA[, ]/.test(line));
        const text = readFileSync(new URL(`./fixtures/${file}-${kernel}.txt`, import.meta.url), 'utf8');
        const written = file === 'buddyinfo' ? a.buddyinfo() : a.pagetypeinfo(() => [0, 0, 0, 0, 0, 0]);
        expect(lines(written)).toEqual(lines(text));
      }
    }
  });

  test('the same for a real 6.1', () => {
    const [dma, dma32, , movable] = real('6.1').zones();
    expect(dma).toMatchObject({ min: 85, low: 106, high: 127, protection: [0, 1971, 1971, 1971] });
    expect(dma32).toMatchObject({ min: 11178, low: 13972, high: 16766 });
    expect(movable).toMatchObject({ min: 0, low: 0, high: 0 });
    expect(dma!.pagesets[0]).toEqual({ count: 0, high: 53, batch: 1 });
    expect(dma32!.pagesets[0]).toEqual({ count: 0, high: 6986, batch: 63 });
  });

  test('pageblocks changing hands boost the marks, by a pageblock each time up to 1.5 times high', () => {
    const a = createAllocator({ pages: 8192, watermarks: true, grouping: true, kernel: '6.1' });
    a.allocRange(0, 8192, 0x100cca);
    const { high } = a.zones()[0]!;
    for (let block = 0; block < 8192; block += 512) a.freeRange(block, block + 4);
    a.freeRange(6700, 7000);
    expect(a.allocPages(0xcc0)).not.toBe(NO_PAGE);
    const limit = Math.max(512, Math.floor(high * 1.5));
    expect(a.zones()[0]!.boost).toBe(Math.min(512, limit));
    expect(a.zones()[0]!.high).toBe(high + a.zones()[0]!.boost);
    a.clearBoost();
    expect(a.zones()[0]!.high).toBe(high);
    expect(a.check()).toEqual([]);
  });
});

test('min_free_kbytes can be set while it runs; per-cpu lists follow', () => {
  const create = (minFreeKbytes?: number): ReturnType<typeof createAllocator> =>
    createAllocator({
      ...{ nodes: [{ ranges: [{ start: 0, end: GIB }] }], cpus: 2 },
      ...(minFreeKbytes !== undefined && { minFreeKbytes }),
    });
  const a = create();
  const usual = a.zoneinfo();
  a.setMinFreeKbytes(45056);
  expect(a.zoneinfo()).toBe(create(45056).zoneinfo());
  a.setMinFreeKbytes(0);
  expect(a.zoneinfo()).toBe(usual);
  for (const bad of [-1, 1.5, 2 ** 31, NaN]) {
    expect(() => a.setMinFreeKbytes(bad)).toThrow(
      new RangeError(`min_free_kbytes is a whole number below 2^31, got ${bad}`),
    );
  }
  expect(a.check()).toEqual([]);
});

describe('who may go how low', () => {
  const drained = (kernel: AllocatorKernel, gfp: number): number => {
    const a = createAllocator({ pages: GIB, watermarks: true, kernel, grouping: false });
    while (a.allocPages(gfp, 3) !== NO_PAGE);
    while (a.allocPages(gfp) !== NO_PAGE);
    return a.zones()[0]!.free;
  };
  // 1 GiB: min is 1024 pages.
  test('6.12: an ordinary request stops at min, __GFP_HIGH at half, GFP_ATOMIC at 37.5 %', () => {
    expect(drained('6.12', 0xcc0)).toBe(1024);
    expect(drained('6.12', 0xce0)).toBe(512);
    expect(drained('6.12', 0x820)).toBe(384);
    // Without __GFP_HIGH not being able to wait is no privilege.
    expect(drained('6.12', 0x800)).toBe(1024);
  });
  test('6.1: only __GFP_ATOMIC gives the further quarter', () => {
    expect(drained('6.1', 0xcc0)).toBe(1024);
    expect(drained('6.1', 0x820)).toBe(512);
    expect(drained('6.1', 0xa20)).toBe(384);
  });
  test('__GFP_MEMALLOC empties the zone', () => {
    expect(drained('6.12', 0x20cc0)).toBe(0);
  });
  test('without watermarks everybody does', () => {
    const a = createAllocator({ pages: 100 });
    for (let i = 0; i < 100; i++) expect(a.allocPages(0)).not.toBe(NO_PAGE);
    expect(a.allocPages(0)).toBe(NO_PAGE);
  });

  test('lower zones keep PROTECTION pages from requests that could have used a higher one', () => {
    const a = createAllocator({
      nodes: [{ ranges: [{ start: 0, end: 3 * 4096 }] }],
      zones: [
        { name: 'DMA', end: 4096 },
        { name: 'Normal', end: Infinity },
      ],
      ...{ cpus: 0, minFreeKbytes: 400, grouping: false },
    });
    const protection = a.zones()[0]!.protection[1]!;
    expect(protection).toBe(Math.floor(8192 / 256));
    while (a.allocPages(0xcc0) !== NO_PAGE);
    const { free, min } = a.zones()[0]!;
    expect(free).toBe(min + protection);
    expect(a.allocPages(0xcc1)).not.toBe(NO_PAGE);
  });

  test('the check itself: blocks of the order must exist, privileges cut min', () => {
    const a = createAllocator({ pages: 1024, grouping: false });
    const m = attachMemory(a.buffer);
    const zb = zoneBase(m, 0);
    const ok = (order: number, mark: number, flags = 0): boolean => watermarkOk(m, zb, order, mark, 0, flags);
    expect([ok(0, 1023), ok(0, 1024)]).toEqual([true, false]);
    expect([ok(10, 0), ok(10, 1)]).toEqual([true, false]);
    expect([ok(0, 2046, A_MIN_RESERVE), ok(0, 2048, A_MIN_RESERVE)]).toEqual([true, false]);
    expect([ok(0, 2728, A_MIN_RESERVE | A_NON_BLOCK), ok(0, 2736, A_MIN_RESERVE | A_NON_BLOCK)]).toEqual([
      true,
      false,
    ]);
    a.allocPages(0, 0);
    expect([ok(9, 0), ok(10, 0)]).toEqual([true, false]);
    expect(ok(9, 0, A_HIGHATOMIC)).toBe(true);
  });
});

describe('zones and nodes', () => {
  const two = { ranges: [{ start: 0, end: 1048576 + 65536 }] };
  test('requests go to the highest zone they may use, and down from there', () => {
    const a = createAllocator({ nodes: [two], cpus: 0 });
    const zoneFor = (gfp: number): string => a.zoneOf(a.allocPages(gfp))!.zone;
    expect(zoneFor(0xcc0)).toBe('Normal');
    expect(zoneFor(0xcc4)).toBe('DMA32');
    expect(zoneFor(0xcc1)).toBe('DMA');
    expect(zoneFor(0x100cca)).toBe('Normal');
  });

  test('rather than fragment Normal, DMA32 is used, until it too would be', () => {
    const a = createAllocator({ nodes: [two], cpus: 0 });
    expect(a.zoneOf(a.allocPages(0xcd0))!.zone).toBe('Normal');
    // No whole pageblock is left in Normal: a Reclaimable request must break into another type's.
    for (let chunk = 0; chunk < 63; chunk++) a.allocPages(0x100cca, 10);
    for (let block = 0; block < 1; block++) a.allocPages(0x100cca, 9);
    for (const pfn of [...a.blocks(1048576)]
      .filter((b) => b.kind === 'free' && b.order >= 9)
      .map((b) => b.pfn)) {
      expect(a.allocAt(pfn, 9, 0x100cca)).toBe(true);
    }
    expect(a.zoneOf(a.allocPages(0xcc0))!.zone).toBe('DMA32');
    expect(a.check()).toEqual([]);
  });

  test('the nearest node first, __GFP_THISNODE only that', () => {
    const a = createAllocator({
      nodes: [4096, 8192, 12288].map((start) => ({ ranges: [{ start, end: start + 4096 }] })),
      distances: [
        [10, 40, 20],
        [40, 10, 20],
        [20, 20, 10],
      ],
      ...{ cpus: 0, watermarks: false, zones: X86_64_ZONE_LIMITS },
    });
    const take = (gfp: number, node: number): number => a.zoneOf(a.allocPages(gfp, 10, node))?.node ?? -1;
    expect(Array.from({ length: 9 }, () => take(0xcc0, 0))).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 1]);
    expect(take(0x200cc0, 0)).toBe(-1);
    expect(take(0x200cc0, 1)).toBe(1);
    a.node = 1;
    expect(a.zoneOf(a.allocPages(0xcc0))?.node).toBe(1);
  });

  describe('__GFP_THISNODE of a node that has no zone of that type', () => {
    const DMA32_HERE = 0xcc0 | 0x4 | 0x200000;
    /** Node 1 lies above 4 GiB. */
    const make = (kernel: '6.1' | '6.12'): PageAllocator =>
      createAllocator({
        nodes: [two, { ranges: [{ start: 2 ** 21, end: 2 ** 21 + 4096 }] }],
        kernel,
        cpus: 1,
      });

    test.each(['6.1', '6.12'] as const)('%s: is refused, however it is asked for', (kernel) => {
      const a = make(kernel);
      let asked = 0;
      a.reclaimer = { reclaim: () => asked++, wakeKswapd: () => asked++ };
      expect(a.allocPages(DMA32_HERE, 0, 1)).toBe(NO_PAGE);
      expect(a.allocPages((DMA32_HERE | 0x80000000) >>> 0, 3, 1)).toBe(NO_PAGE);
      expect(a.allocPagesBulk(DMA32_HERE, [0, 0, 0], 1)).toBe(0);
      expect(a.allocPagesExact(5000, DMA32_HERE, 1)).toBe(NO_PAGE);
      a.node = 1;
      expect(a.allocPages(DMA32_HERE)).toBe(NO_PAGE);
      expect(a.allocPagesBulk(DMA32_HERE, [0, 0, 0])).toBe(0);
      // There is nothing to be reclaimed that would help.
      expect(asked).toBe(0);
      expect(a.zoneOf(a.allocPages(DMA32_HERE & ~0x200000))).toMatchObject({ node: 0, zone: 'DMA32' });
      expect(a.zoneOf(a.allocPages(DMA32_HERE, 0, 0))).toMatchObject({ node: 0, zone: 'DMA32' });
      expect(a.zoneOf(a.allocPages(0x200cc0))).toMatchObject({ node: 1 });
      expect(a.check()).toEqual([]);
    });

    test('it fails as any other request does', () => {
      const a = make('6.12');
      const traced = recorder(a);
      a.allocPages(DMA32_HERE, 2, 1);
      expect(traced).toEqual(['alloc -1 order 2 gfp 0x200cc4 type 0']);
    });
  });

  test('__GFP_THISNODE on a node that is used up neither wakes nor compacts nor drains another', () => {
    const a = createAllocator({
      nodes: [0, 8192].map((start) => ({ ranges: [{ start, end: start + 8192 }] })),
      ...{ zones: [{ name: 'Normal', end: Infinity }], cpus: 1, grouping: true },
    });
    for (let pfn = 0; pfn < 16384; pfn += 2) a.allocAt(pfn, 0, 0x100cca);
    const compacted: number[] = [];
    const woken: number[] = [];
    a.mover = { move: () => false, compacted: ({ zone }) => compacted.push(zone) };
    a.reclaimer = { reclaim: () => 0, wakeKswapd: (node) => woken.push(node) };
    expect(a.allocPages(0x300cca, 9, 1)).toBe(NO_PAGE);
    expect([new Set(compacted), woken]).toEqual([new Set([1]), [1]]);
  });

  test('a node is its own first choice, whatever its distances say', () => {
    const nodes = [0, 4096].map((start) => ({ ranges: [{ start, end: start + 4096 }] }));
    const a = createAllocator({
      ...{ nodes, zones: [{ name: 'Normal', end: Infinity }] },
      distances: [
        [10, 20],
        [10, 20],
      ],
    });
    expect(a.zoneOf(a.allocPages(0x200cc0, 0, 1))?.node).toBe(1);
    expect(a.zoneOf(a.allocPages(0xcc0, 0, 1))?.node).toBe(1);
  });
});
