import { describe, expect, test } from '@jest/globals';
import {
  createAllocator,
  MIGRATE_CMA,
  MIGRATE_HIGHATOMIC,
  MIGRATE_UNMOVABLE,
  NO_PAGE,
  type AllocatorKernel,
  type PageAllocator,
} from '@page-owner/buddy-allocator';
import { highAtomicLimit } from '../src/taking/high-atomic.js';

const ATOMIC: Readonly<Record<AllocatorKernel, number>> = { '6.1': 0xa20, '6.12': 0x820 };
const blocksOf = (a: PageAllocator, type: number): number => a.zones()[0]!.pageblocks[type]!;

/** A zone of 1 GiB with as many free pages as its low watermark, in blocks of order 3. */
function tight(kernel: AllocatorKernel): PageAllocator {
  const a = createAllocator({
    pages: 2 ** 18,
    kernel,
    watermarks: true,
    watermarkBoostFactor: 0,
    grouping: true,
  });
  const { low } = a.zones()[0]!;
  while (a.allocPages(0xcc0, 3) !== NO_PAGE && a.freePageCount > low);
  return a;
}

test('the limit: 1 % of the zone, in pageblocks', () => {
  expect(highAtomicLimit(2 ** 18, true)).toBe(3072);
  expect(highAtomicLimit(2 ** 18, false)).toBe(2621 + 512);
  expect(highAtomicLimit(51199, true)).toBe(0);
  expect(highAtomicLimit(51200, true)).toBe(512);
  expect(highAtomicLimit(1000, false)).toBe(522);
});

for (const kernel of ['6.1', '6.12'] as const) {
  describe(`HighAtomic pageblocks (${kernel})`, () => {
    test('an urgent request of order > 0 below the low watermark keeps its pageblock', () => {
      const a = tight(kernel);
      const pfn = a.allocPages(ATOMIC[kernel], 2);
      expect(a.pageblockType(pfn)).toBe(MIGRATE_HIGHATOMIC);
      expect(blocksOf(a, MIGRATE_HIGHATOMIC)).toBe(1);
      expect(a.check()).toEqual([]);
      // The next one is served from there.
      expect(a.pageblockType(a.allocPages(ATOMIC[kernel], 1))).toBe(MIGRATE_HIGHATOMIC);
      expect(a.check()).toEqual([]);
    });

    test('neither order 0 nor plenty of memory makes one', () => {
      const a = tight(kernel);
      a.allocPages(ATOMIC[kernel], 0);
      const b = createAllocator({ pages: 2 ** 18, kernel, watermarks: true });
      b.allocPages(ATOMIC[kernel], 3);
      expect([blocksOf(a, MIGRATE_HIGHATOMIC), blocksOf(b, MIGRATE_HIGHATOMIC)]).toEqual([0, 0]);
    });

    test('a request that can wait gets one before it fails', () => {
      const a = tight(kernel);
      expect(a.pageblockType(a.allocPages(ATOMIC[kernel], 1))).toBe(MIGRATE_HIGHATOMIC);
      while (a.allocPages(0xce0) !== NO_PAGE);
      expect(blocksOf(a, MIGRATE_HIGHATOMIC)).toBe(0);
      expect(blocksOf(a, MIGRATE_UNMOVABLE)).toBeGreaterThan(0);
      expect(a.check()).toEqual([]);
    });
  });
}

describe('the last resorts', () => {
  test('__GFP_NOFAIL may use the reserve of __GFP_HIGH', () => {
    const a = createAllocator({ pages: 2 ** 18, watermarks: true });
    while (a.allocPages(0xcc0, 3) !== NO_PAGE);
    while (a.allocPages(0xcc0) !== NO_PAGE);
    expect(a.allocPages(0x8cc0)).not.toBe(NO_PAGE);
    expect(a.freePageCount).toBe(1023);
  });

  test('urgent single pages do not respect a boost', () => {
    const a = createAllocator({ pages: 8192, watermarks: true, grouping: true, kernel: '6.1' });
    a.allocRange(0, 8192, 0x100cca);
    a.freeRange(6700, 7100);
    for (let boosted = 0; boosted < 1; boosted = a.zones()[0]!.boost) a.allocPages(0xcc0);
    while (a.allocPages(0xcc0) !== NO_PAGE);
    const { free, min, boost } = a.zones()[0]!;
    expect(boost).toBeGreaterThan(0);
    expect(free).toBeLessThanOrEqual(min);
    while (a.allocPages(0xa20) !== NO_PAGE);
    expect(a.freePageCount).toBeLessThan(Math.max(1, min - boost));
    expect(a.check()).toEqual([]);
  });
});

describe('reclaim', () => {
  test('a request that can wait asks the reclaimer as long as that frees something', () => {
    const a = createAllocator({ pages: 1024 });
    const cache = Array.from({ length: 1024 }, () => a.allocPages(0));
    let asked = 0;
    a.reclaimer = {
      reclaim: (gfp, order) => {
        asked++;
        expect([gfp, order]).toEqual([0xcc0, 1]);
        if (cache.length === 0) return 0;
        a.freePages(cache.shift()!);
        return 1;
      },
    };
    expect(a.allocPages(0xcc0, 1)).toBe(0);
    expect(asked).toBe(2);
    expect(a.allocPages(0x800, 1)).toBe(NO_PAGE);
    expect(asked).toBe(2);
    expect(a.check()).toEqual([]);
  });
});

test('reserved frames of a pageblock that was made CMA count as CMA once they are released', () => {
  const a = createAllocator({ pages: 8192, reserved: [{ start: 520, end: 600 }], grouping: true });
  a.setPageblockType(512, MIGRATE_CMA);
  a.releaseReserved(520, 560);
  expect(a.zones()[0]!.cma).toBe(512 - 40);
  expect(a.check()).toEqual([]);
});
