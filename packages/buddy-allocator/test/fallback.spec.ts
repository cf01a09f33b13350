import { describe, expect, test } from '@jest/globals';
import { parseGfp } from '@page-owner/kernel-abi';
import {
  createAllocator,
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
  NO_PAGE,
  SECTION_PAGES,
  type AllocatorKernel,
  type PageAllocator,
} from '@page-owner/buddy-allocator';
import { recorder } from './events.js';
import { freeList } from './inside.js';

const KERNEL = 0xcc0;
const KERNEL_HERE = parseGfp('GFP_KERNEL|__GFP_THISNODE', '6.12');
const USER_MOVABLE = 0x100cca;
const RECLAIMABLE = 0xcd0;

/** Four chunks in use page by page as Movable, their pageblocks Movable. */
function inUse(kernel: AllocatorKernel, gfp = USER_MOVABLE): PageAllocator {
  const a = createAllocator({ pages: 4096, cpus: 0, kernel, grouping: true });
  expect(a.allocRange(0, 4096, gfp)).toBe(true);
  return a;
}

const free = (a: PageAllocator, start: number, pages: number): void => a.freeRange(start, start + pages);

describe('both manners', () => {
  for (const kernel of ['6.1', '6.12'] as const) {
    test(`${kernel}: a whole pageblock or more changes its type, the request gets the lowest page`, () => {
      const a = createAllocator({ pages: 4096, cpus: 0, kernel, grouping: true });
      const events = recorder(a);
      expect(a.allocPages(KERNEL, 2)).toBe(0);
      expect(events.filter((e) => e.startsWith('extfrag'))).toEqual([
        'extfrag 0 order 2 from 10 type 0 of 1 owns true',
      ]);
      expect([a.pageblockType(0), a.pageblockType(512), a.pageblockType(1024)]).toEqual([0, 0, 1]);
      expect(freeList(a, 9, MIGRATE_UNMOVABLE)).toEqual([512]);
      expect(a.check()).toEqual([]);
    });

    test(`${kernel}: Unmovable prefers Reclaimable, Movable too, Reclaimable prefers Unmovable`, () => {
      for (const [gfp, preferred, other] of [
        [KERNEL, MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
        [USER_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
        [RECLAIMABLE, MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
      ] as const) {
        const a = createAllocator({ pages: 4096, cpus: 0, kernel, grouping: true });
        for (let block = 0; block < 4096; block += 512)
          a.setPageblockType(block, block < 2048 ? other : preferred);
        expect(a.allocPages(gfp, 0)).toBeGreaterThanOrEqual(2048);
        expect(a.check()).toEqual([]);
      }
    });

    test(`${kernel}: half a pageblock free makes the claim worth it`, () => {
      const a = inUse(kernel);
      free(a, 1024, 256);
      expect(a.allocPages(KERNEL, 0)).toBe(1024);
      expect(a.pageblockType(1024)).toBe(MIGRATE_UNMOVABLE);
      expect(freeList(a, 7, MIGRATE_UNMOVABLE)).toEqual([1024 + 128]);
      expect(a.check()).toEqual([]);
    });

    test(`${kernel}: pages that cannot move count as alike for a request that cannot move either`, () => {
      const a = inUse(kernel, KERNEL);
      free(a, 1024, 16);
      expect(a.pageblockType(1024)).toBe(MIGRATE_MOVABLE);
      expect(a.allocPages(KERNEL, 0)).toBe(1024);
      expect(a.pageblockType(1024)).toBe(MIGRATE_UNMOVABLE);
    });
  }
});

describe('where they differ', () => {
  test('6.1 moves every free block of a pageblock even if the pageblock stays as it is', () => {
    const a = inUse('6.1');
    free(a, 1024, 16);
    free(a, 1088, 4);
    expect(a.allocPages(KERNEL, 0)).toBe(1088);
    expect(a.pageblockType(1024)).toBe(MIGRATE_MOVABLE);
    expect(freeList(a, 4, MIGRATE_UNMOVABLE)).toEqual([1024]);
    expect(freeList(a, 4, MIGRATE_MOVABLE)).toEqual([]);
    expect(a.check()).toEqual([]);
  });

  test('6.12 then takes a single block, the smallest that will do, and what is left keeps its type', () => {
    const a = inUse('6.12');
    free(a, 1024, 16);
    free(a, 1088, 4);
    const events = recorder(a);
    expect(a.allocPages(KERNEL, 0)).toBe(1088);
    expect(events).toContain('extfrag 1088 order 0 from 2 type 0 of 1 owns false');
    expect(a.pageblockType(1024)).toBe(MIGRATE_MOVABLE);
    expect(freeList(a, 4, MIGRATE_MOVABLE)).toEqual([1024]);
    expect(freeList(a, 1, MIGRATE_MOVABLE)).toEqual([1090]);
    expect(freeList(a, 0, MIGRATE_MOVABLE)).toEqual([1089]);
    expect(freeList(a, 0, MIGRATE_UNMOVABLE)).toEqual([]);
    expect(a.check()).toEqual([]);
  });

  test('6.1: a Movable request that cannot take the pageblock breaks up the smallest sufficient block', () => {
    const a = inUse('6.1', KERNEL);
    for (let block = 0; block < 4096; block += 512) a.setPageblockType(block, MIGRATE_UNMOVABLE);
    free(a, 1024, 8);
    free(a, 2048, 2);
    expect(a.allocPages(USER_MOVABLE, 1)).toBe(2048);
    expect(a.allocPages(USER_MOVABLE, 0)).toBe(1024);
    // Only the block of order 3 moved, and it is whole on the Movable lists.
    expect(freeList(a, 2, MIGRATE_MOVABLE)).toEqual([1028]);
    expect(a.pageblockType(1024)).toBe(MIGRATE_UNMOVABLE);
    expect(a.check()).toEqual([]);
  });

  test('6.12 gives freed blocks of order 10 back pageblock by pageblock', () => {
    const a = createAllocator({ pages: 2048, cpus: 0, kernel: '6.12', grouping: true });
    const pfn = a.allocPages(USER_MOVABLE, 10);
    a.setPageblockType(pfn + 512, MIGRATE_CMA);
    a.freePages(pfn, 10);
    expect(freeList(a, 9, MIGRATE_MOVABLE)).toEqual([pfn]);
    expect(freeList(a, 9, MIGRATE_CMA)).toEqual([pfn + 512]);
    expect(a.check()).toEqual([]);
  });
});

describe('CMA', () => {
  const cma = (kernel: AllocatorKernel): PageAllocator =>
    createAllocator({ pages: 8192, cpus: 0, kernel, grouping: true, cma: [{ start: 2048, end: 8192 }] });

  for (const kernel of ['6.1', '6.12'] as const) {
    test(`${kernel}: Movable requests take from it while it has more than half of what is free`, () => {
      const a = cma(kernel);
      expect(a.zones()[0]).toMatchObject({ free: 8192, freeCma: 6144, cma: 6144 });
      const first = a.allocPages(USER_MOVABLE, 10);
      expect(a.pageblockType(first)).toBe(MIGRATE_CMA);
      let pfn = first;
      while (a.pageblockType(pfn) === MIGRATE_CMA) pfn = a.allocPages(USER_MOVABLE, 10);
      expect(a.zones()[0]).toMatchObject({ free: 3072, freeCma: 2048 });
      expect(a.check()).toEqual([]);
    });

    test(`${kernel}: other requests never do`, () => {
      const a = cma(kernel);
      expect([a.allocPages(KERNEL, 10), a.allocPages(KERNEL, 10)]).toEqual([0, 1024]);
      expect(a.allocPages(KERNEL, 0)).toBe(NO_PAGE);
      expect(a.allocPages(RECLAIMABLE, 0)).toBe(NO_PAGE);
      expect(a.allocPages(USER_MOVABLE, 0)).not.toBe(NO_PAGE);
    });
  }
});

test('6.12: a pageblock that two nodes share is not claimed by one of them, even if its zone spans the other', () => {
  const a = createAllocator({
    nodes: [{ ranges: [{ start: 0, end: 20000 }] }, { ranges: [{ start: 20000, end: SECTION_PAGES }] }],
    ...{ kernel: '6.12', cpus: 0, watermarks: false },
    ...{ maxPfn: 3 * SECTION_PAGES, zones: [{ name: 'Normal', end: Infinity }] },
  });
  a.addSection(2 * SECTION_PAGES, 0, 'Normal');
  expect(a.allocRange(0, 20000, USER_MOVABLE)).toBe(true);
  expect(a.allocRange(2 * SECTION_PAGES, 3 * SECTION_PAGES, USER_MOVABLE)).toBe(true);
  a.freeRange(19968, 20000);
  const type = a.pageblockType(19968);
  expect(a.zoneOf(a.allocPages(KERNEL_HERE))?.node).toBe(0);
  expect(a.pageblockType(19968)).toBe(type);
  expect(a.check()).toEqual([]);
});
