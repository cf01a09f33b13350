import { describe, expect, test } from '@jest/globals';
import { createAllocator, NO_PAGE, type PageAllocator } from '@page-owner/buddy-allocator';
import { freeList } from './inside.js';

/** One zone of 1024 frames in which all is allocated page by page. */
function full(): PageAllocator {
  const allocator = createAllocator({ pages: 1024, cpus: 0 });
  expect(allocator.allocPages(0, 10)).toBe(0);
  allocator.splitPage(0, 10);
  return allocator;
}

/** Frees 2^order single pages from `pfn` on, as one block once they have merged. */
function freeBlock(allocator: PageAllocator, pfn: number, order: number): void {
  for (let page = pfn; page < pfn + (1 << order); page++) allocator.freePages(page);
}

describe('cutting blocks', () => {
  test('a block of order 4 gives its lowest page, and one block of each order above it', () => {
    const a = full();
    freeBlock(a, 64, 4);
    expect(freeList(a, 4)).toEqual([64]);
    expect(a.allocPages(0, 0)).toBe(64);
    expect([3, 2, 1, 0].map((order) => freeList(a, order))).toEqual([[72], [68], [66], [65]]);
    expect(a.check()).toEqual([]);
  });

  test('the smallest sufficient order first, and in it the head of the list', () => {
    const a = full();
    freeBlock(a, 512, 5);
    freeBlock(a, 128, 2);
    freeBlock(a, 256, 2);
    expect(freeList(a, 2)).toEqual([256, 128]);
    expect(a.allocPages(0, 1)).toBe(256);
    expect(a.allocPages(0, 2)).toBe(128);
    expect(a.allocPages(0, 2)).toBe(512);
  });

  test('an order that nothing satisfies gives NO_PAGE', () => {
    const a = full();
    freeBlock(a, 0, 3);
    expect(a.allocPages(0, 4)).toBe(NO_PAGE);
    expect(a.allocPages(0, 3)).toBe(0);
    expect(a.allocPages(0, 0)).toBe(NO_PAGE);
  });
});

describe('merging blocks', () => {
  test('free [8,3]; freeing [4,2] waits at the tail, freeing [0,2] then makes [0,4]', () => {
    const a = createAllocator({ pages: 1024, cpus: 0 });
    a.allocPages(0, 10);
    a.splitPage(0, 10);
    freeBlock(a, 8, 3);
    expect(freeList(a, 3)).toEqual([8]);
    // A second block of order 2 shows at which end [4,2] goes in.
    freeBlock(a, 512, 2);
    freeBlock(a, 4, 2);
    expect(freeList(a, 2)).toEqual([512, 4]);
    freeBlock(a, 0, 2);
    expect(freeList(a, 2)).toEqual([512]);
    expect(freeList(a, 3)).toEqual([]);
    expect(freeList(a, 4)).toEqual([0]);
    expect(a.check()).toEqual([]);
  });

  test('a block whose parent could not merge goes to the head', () => {
    const a = full();
    freeBlock(a, 512, 2);
    freeBlock(a, 4, 2);
    expect(freeList(a, 2)).toEqual([4, 512]);
  });

  test('merging stops at order 10', () => {
    const a = createAllocator({ pages: 2048, cpus: 0 });
    expect([a.allocPages(0, 10), a.allocPages(0, 10)]).toEqual([0, 1024]);
    a.freePages(0, 10);
    a.freePages(1024, 10);
    expect(freeList(a, 10).sort((x, y) => x - y)).toEqual([0, 1024]);
  });

  test('blocks do not merge over the border of two zones inside one chunk', () => {
    const a = createAllocator({
      nodes: [{ ranges: [{ start: 0, end: 1024 }] }],
      zones: [
        { name: 'DMA', end: 320 },
        { name: 'Normal', end: Infinity },
      ],
      cpus: 0,
      watermarks: false,
    });
    expect(a.buddyinfo()).toBe(
      'Node 0, zone      DMA      0      0      0      0      0      0      1      0      1      0      0 \n' +
        'Node 0, zone   Normal      0      0      0      0      0      0      1      1      0      1      0 \n',
    );
    expect(a.zoneOf(319)?.zone).toBe('DMA');
    expect(a.zoneOf(320)?.zone).toBe('Normal');
    const pages = Array.from({ length: 1024 }, () => a.allocPages(0));
    expect(new Set(pages).size).toBe(1024);
    for (const page of pages) a.freePages(page);
    expect(a.check()).toEqual([]);
    expect(a.buddyinfo()).toContain(
      'Normal      0      0      0      0      0      0      1      1      0      1      0 \n',
    );
  });
});

describe('at the start', () => {
  test('lists hold ascending blocks, so that the lowest memory goes first', () => {
    const a = createAllocator({ pages: 4096, cpus: 0 });
    expect(freeList(a, 10, 1)).toEqual([0, 1024, 2048, 3072]);
  });

  test('pages that do not fill a block of order 10 are in smaller ones', () => {
    const a = createAllocator({ pages: 1000, cpus: 0, grouping: false });
    expect(a.freePageCount).toBe(1000);
    expect([9, 8, 7, 6, 5, 3].map((order) => freeList(a, order))).toEqual([
      [0],
      [512],
      [768],
      [896],
      [960],
      [992],
    ]);
    expect(a.isPresent(999)).toBe(true);
    expect(a.isPresent(1000)).toBe(false);
    expect(a.check()).toEqual([]);
  });

  test('bytes are rounded down to pages', () => {
    expect(createAllocator({ bytes: 10 * 4096 + 4095, cpus: 0 }).freePageCount).toBe(10);
  });
});
