import { describe, expect, test } from '@jest/globals';
import {
  createAllocator,
  NO_PAGE,
  type AllocatorKernel,
  type PageAllocator,
} from '@page-owner/buddy-allocator';
import { attachMemory } from '../src/attach.js';
import { pcpBase, zoneBase } from '../src/memory.js';
import { pcpBatch } from '../src/taking/pcp.js';
import { P_ALLOC_FACTOR, P_BATCH, P_COUNT, P_HIGH, P_HIGH_MIN } from '../src/layout/pcp-layout.js';
import { recorder } from './events.js';
import { pcpList } from './inside.js';

const KERNEL = 0xcc0;
const make = (kernel: AllocatorKernel, pages = 2 ** 18): PageAllocator =>
  createAllocator({ pages, kernel, cpus: 2, watermarks: true, grouping: false });

function word(a: PageAllocator, at: number, cpu = 0): number {
  const m = attachMemory(a.buffer);
  return m.words[pcpBase(m, zoneBase(m, 0), cpu) + at]!;
}

test('batches: 63 from 1 GiB on, 1 for tiny zones', () => {
  expect([3840, 4096, 65536, 262144, 1 << 24].map(pcpBatch)).toEqual([1, 1, 15, 63, 63]);
});

describe('refills', () => {
  test('6.1 takes one batch in address order, and hands out from its head', () => {
    const a = make('6.1');
    const events = recorder(a);
    expect(a.allocPages(KERNEL)).toBe(0);
    expect(events.filter((e) => e.startsWith('locked'))).toHaveLength(63);
    expect(events[0]).toBe('locked 0 order 0 type 0 refill true');
    expect(events.at(-1)).toBe('alloc 0 order 0 gfp 0xcc0 type 0');
    expect(pcpList(a, 0)).toEqual(Array.from({ length: 62 }, (_, i) => i + 1));
    expect(a.allocPages(KERNEL)).toBe(1);
    expect(a.check()).toEqual([]);
  });

  test('higher orders refill with fewer blocks', () => {
    const a = make('6.1');
    a.allocPages(KERNEL, 3);
    expect(pcpList(a, 9)).toHaveLength(6);
    a.allocPages(KERNEL, 9);
    expect(pcpList(a, 12)).toHaveLength(1);
    expect(a.check()).toEqual([]);
  });

  test('6.12 doubles refills of single pages while nothing is freed', () => {
    const a = make('6.12');
    const sizes: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const before = word(a, P_COUNT);
      a.allocPages(KERNEL);
      if (before === 0) sizes.push(word(a, P_COUNT) + 1);
    }
    expect(sizes).toEqual([63, 126, 252, 504, 1008].slice(0, sizes.length));
    expect(word(a, P_ALLOC_FACTOR)).toBeGreaterThan(3);
    expect(a.check()).toEqual([]);
  });
});

describe('frees', () => {
  test('the page freed last is handed out first', () => {
    const a = make('6.12');
    const pages = [a.allocPages(KERNEL), a.allocPages(KERNEL), a.allocPages(KERNEL)];
    for (const page of pages) a.freePages(page);
    expect(pcpList(a, 0).slice(0, 3)).toEqual([...pages].reverse());
    expect(pages.map(() => a.allocPages(KERNEL))).toEqual([...pages].reverse());
  });

  test('a freed page is not free in the sense of the buddy system', () => {
    const a = make('6.12');
    const pfn = a.allocPages(KERNEL);
    a.freePages(pfn);
    expect(a.blockAt(pfn)).toMatchObject({ kind: 'per-cpu', order: 0 });
    expect([a.isFree(pfn), a.isBuddy(pfn)]).toEqual([false, false]);
    a.drainPcp();
    expect(a.isFree(pfn)).toBe(true);
  });

  for (const kernel of ['6.1', '6.12'] as const) {
    test(`${kernel}: beyond HIGH the oldest go back to the free areas`, () => {
      const a = make(kernel, 2 ** 15);
      const pages = Array.from({ length: 6000 }, () => a.allocPages(KERNEL));
      const events = recorder(a);
      for (const page of pages) a.freePages(page);
      const drained = events.filter((e) => e.startsWith('drain'));
      expect(drained.length).toBeGreaterThan(4000);
      expect(word(a, P_COUNT)).toBeLessThanOrEqual(Math.max(word(a, P_HIGH), 28));
      expect(a.check()).toEqual([]);
    });
  }

  test('each cpu has lists of its own, which can be drained alone', () => {
    const a = make('6.1');
    a.freePages(a.allocPages(KERNEL));
    a.cpu = 1;
    a.freePages(a.allocPages(KERNEL));
    expect([word(a, P_COUNT, 0), word(a, P_COUNT, 1)]).toEqual([63, 63]);
    a.drainPcp(0);
    expect([word(a, P_COUNT, 0), word(a, P_COUNT, 1)]).toEqual([0, 63]);
    expect(a.check()).toEqual([]);
  });

  test('lists that are not used decay in 6.12: by an eighth each time, or as much as is drained at once', () => {
    const a = make('6.12', 2 ** 18);
    const pages = Array.from({ length: 20_000 }, () => a.allocPages(KERNEL));
    for (const page of pages) a.freePages(page);
    const [high, count] = [word(a, P_HIGH), word(a, P_COUNT)];
    expect(count).toBeGreaterThan(1000);
    const least = (): number => word(a, P_HIGH_MIN);
    let before = high;
    for (let i = 0; i < 100; i++) {
      const batches = word(a, P_COUNT) - (word(a, P_BATCH) << 5);
      a.decayPcp();
      expect(word(a, P_HIGH)).toBe(Math.max(batches, before - (before >> 3), least()));
      expect(word(a, P_COUNT)).toBeLessThanOrEqual(word(a, P_HIGH));
      before = word(a, P_HIGH);
    }
    expect(before).toBe(least());
    expect(a.check()).toEqual([]);
    const old = make('6.1');
    old.freePages(old.allocPages(KERNEL));
    old.decayPcp();
    expect(word(old, P_COUNT)).toBe(63);
  });

  test('huge pages: one list in 6.1, two in 6.12', () => {
    for (const [kernel, list] of [
      ['6.1', 12],
      ['6.12', 13],
    ] as const) {
      const a = createAllocator({ pages: 2 ** 18, kernel, cpus: 1, watermarks: true });
      a.freePages(a.allocPages(0x1c24ca, 9), 9);
      expect(pcpList(a, list)).toHaveLength(2);
      expect(a.check()).toEqual([]);
    }
  });

  test('pages of CMA pageblocks wait on the Movable list', () => {
    const a = createAllocator({ pages: 2 ** 14, cpus: 1, cma: [{ start: 0, end: 2 ** 13 }] });
    expect(a.allocAt(5, 0, 0x100cca)).toBe(true);
    a.freePages(5);
    expect(pcpList(a, 1)).toContain(5);
    a.drainPcp();
    expect(a.check()).toEqual([]);
  });
});

describe('plain memory has them, and nobody need know', () => {
  test.each([1, 8, 64, 1000, 2 ** 14])('%i pages: each can be had, whatever waits where', (pages) => {
    const a = createAllocator({ pages });
    const before = a.buddyinfo();
    const all = Array.from({ length: pages }, () => a.allocPages(0));
    expect([...new Set(all)].sort((x, y) => x - y)).toEqual(Array.from({ length: pages }, (_, i) => i));
    expect([a.allocPages(0), a.freePageCount]).toEqual([NO_PAGE, 0]);
    for (const pfn of all) a.freePages(pfn);
    expect(a.freePageCount).toBe(pages);
    // A mask that cannot wait; the largest block there can be.
    const order = Math.min(31 - Math.clz32(pages), 10);
    expect(a.allocPages(0, order)).not.toBe(NO_PAGE);
    expect(a.freePageCount).toBe(pages - 2 ** order);
    a.freeBatch([...a.blocks()].filter(({ kind }) => kind === 'allocated').map(({ pfn }) => pfn));
    a.drainPcp();
    expect(a.buddyinfo()).toBe(before);
    expect(a.check()).toEqual([]);
  });

  test('with watermarks it is as in a kernel: who cannot wait does without', () => {
    const a = createAllocator({ pages: 2 ** 14, watermarks: true });
    const all: number[] = [];
    for (let pfn; (pfn = a.allocPages(0)) !== NO_PAGE;) all.push(pfn);
    for (const pfn of all.slice(0, 8)) a.freePages(pfn);
    expect(word(a, P_COUNT)).toBeGreaterThan(7);
    expect(a.allocPages(0, 3)).toBe(NO_PAGE);
    expect(word(a, P_COUNT)).toBeGreaterThan(7);
  });
});
