import { describe, expect, test } from '@jest/globals';
import { fragmentationIndex } from '../src/reports/extfrag.js';
import {
  createAllocator,
  MR_COMPACTION,
  MR_MEMORY_HOTPLUG,
  NO_PAGE,
  PAGEBLOCK_PAGES,
  SECTION_PAGES,
} from '@page-owner/buddy-allocator';
import type { CompactionRun, PageAllocator } from '@page-owner/buddy-allocator';
import { hooked } from './events.js';

const USER_MOVABLE = 0x100cca;

/** Remembers which content lies where; moving keeps it. */
class Contents {
  readonly at = new Map<number, number>();
  moves = 0;
  move = (from: number, to: number): boolean => {
    this.at.set(to, this.at.get(from)!);
    this.at.delete(from);
    this.moves++;
    return true;
  };
}

/** Every second page in use and movable. */
function checkerboard(pages: number): { a: PageAllocator; contents: Contents } {
  const a = createAllocator({ pages, grouping: true });
  const contents = new Contents();
  a.mover = contents;
  const all = Array.from({ length: pages }, () => a.allocPages(USER_MOVABLE));
  for (const pfn of all) if (pfn % 2 === 0) a.freePages(pfn);
  for (const pfn of all) if (pfn % 2 === 1) contents.at.set(pfn, pfn);
  return { a, contents };
}

describe('compaction', () => {
  test('gathers movable pages at the end of the zone', () => {
    const { a, contents } = checkerboard(8192);
    const told = hooked(a);
    expect(a.compact()).toBe(contents.moves);
    expect(contents.moves).toBeGreaterThan(1500);
    expect(a.check()).toEqual([]);
    expect(a.freePageCount).toBe(4096);
    expect(a.zones()[0]!.freeCounts[10]).toBeGreaterThanOrEqual(3);
    expect([...contents.at.values()].sort((x, y) => x - y)).toEqual(
      Array.from({ length: 4096 }, (_, i) => 2 * i + 1),
    );
    for (const pfn of contents.at.keys()) expect(a.blockAt(pfn).kind).toBe('allocated');
    const [first, second, third] = told;
    expect(first).toMatch(/^allocated \d+ order 0 gfp 0x8$/);
    expect(second).toMatch(new RegExp(`^migrated 1 to \\d+ order 0 reason ${MR_COMPACTION}$`));
    expect(third).toBe('freed 1 order 0');
  });

  test('tells the mover what it took, in pages', () => {
    const { a, contents } = checkerboard(8192);
    const runs: CompactionRun[] = [];
    const stalls: boolean[] = [];
    a.mover = {
      move: contents.move,
      compacted: (run) => runs.push(run),
      compactionStalled: (success) => stalls.push(success),
    };
    expect(a.allocPages(USER_MOVABLE, 9)).not.toBe(NO_PAGE);
    expect(stalls).toEqual([true]);
    const forRequest = contents.moves;
    a.compact();
    expect(stalls).toEqual([true]);
    expect(runs.map(({ zone, targets, isolated }) => [zone, targets, isolated])).toEqual([
      [0, forRequest, 2 * forRequest],
      [0, contents.moves - forRequest, 2 * (contents.moves - forRequest)],
    ]);
    for (const { migrateScanned, freeScanned, targets } of runs) {
      // Every second page is movable, and every second one of a target's pageblock is free.
      expect(migrateScanned).toBeGreaterThanOrEqual(2 * targets - 1);
      expect(freeScanned).toBeGreaterThanOrEqual(2 * targets);
      expect(migrateScanned + freeScanned).toBeLessThanOrEqual(8192 + PAGEBLOCK_PAGES);
    }
  });

  test('tells of a request that waited for nothing', () => {
    const { a } = checkerboard(8192);
    const stalls: boolean[] = [];
    a.mover = { move: () => false, compactionStalled: (success) => stalls.push(success) };
    expect(a.allocPages(0xcc0, 9)).toBe(NO_PAGE);
    // Lightly, then thoroughly.
    expect(stalls).toEqual([false, false]);
  });

  test('a request of an order that only fragmentation denies gets it', () => {
    const { a, contents } = checkerboard(8192);
    expect(fragmentationIndex(a.zones()[0]!.freeCounts, 9)).toBeGreaterThan(500);
    expect(a.allocPages(0xcc0 & ~0x400, 9)).toBe(NO_PAGE);
    const pfn = a.allocPages(0xcc0, 9);
    expect(pfn).not.toBe(NO_PAGE);
    expect(contents.moves).toBeGreaterThan(0);
    expect(contents.moves).toBeLessThan(2000);
    expect(a.check()).toEqual([]);
  });

  test('what cannot move stays, and a mover that refuses loses nothing', () => {
    const { a } = checkerboard(4096);
    a.mover = { move: () => false };
    const before = a.freePageCount;
    expect(a.compact()).toBe(0);
    expect(a.freePageCount).toBe(before);
    a.mover = null;
    expect(a.compact()).toBe(0);
    expect(a.check()).toEqual([]);
  });
});

describe('memory hotplug', () => {
  const START = 4 * SECTION_PAGES;
  const make = (): PageAllocator =>
    createAllocator({
      nodes: [{ ranges: [{ start: 0, end: 2 * SECTION_PAGES }] }],
      zones: [
        { name: 'DMA', end: 4096 },
        { name: 'Normal', end: Infinity },
        { name: 'Movable', end: Infinity },
      ],
      maxPfn: 8 * SECTION_PAGES,
      cpus: 1,
    });

  test('a section is absent, plugged in, used, and unplugged', () => {
    const a = make();
    expect(a.isPresent(START)).toBe(false);
    a.addSection(START);
    expect(a.isPresent(START + SECTION_PAGES - 1)).toBe(true);
    expect(a.zones()[1]).toMatchObject({
      present: 3 * SECTION_PAGES - 4096,
      spanned: 5 * SECTION_PAGES - 4096,
    });
    expect(a.allocAt(START + 5, 0, 0xcc0)).toBe(true);
    expect(a.removeSection(START)).toBe(false);
    a.freePages(START + 5);
    expect(a.removeSection(START)).toBe(true);
    expect(a.isPresent(START)).toBe(false);
    expect(a.zones()[1]).toMatchObject({
      present: 2 * SECTION_PAGES - 4096,
      spanned: 2 * SECTION_PAGES - 4096,
    });
    expect(a.check()).toEqual([]);
  });

  test('watermarks follow the amount of memory', () => {
    const a = make();
    const { high } = a.zones()[1]!;
    a.addSection(START);
    expect(a.zones()[1]!.high).toBeGreaterThan(high);
    a.removeSection(START);
    expect(a.zones()[1]!.high).toBe(high);
  });

  test('movable blocks are moved out', () => {
    const a = make();
    a.addSection(START, 0, 'Movable');
    const contents = new Contents();
    a.mover = contents;
    const told = hooked(a);
    const pages = Array.from({ length: 100 }, () => a.allocPages(USER_MOVABLE, 2));
    for (const pfn of pages) contents.at.set(pfn, pfn);
    expect(pages.every((pfn) => a.zoneOf(pfn)?.zone === 'Movable')).toBe(true);
    expect(a.removeSection(START)).toBe(true);
    expect(contents.moves).toBe(100);
    expect([...contents.at.keys()].every((pfn) => pfn < 2 * SECTION_PAGES)).toBe(true);
    expect(told.filter((e) => e.endsWith(`reason ${MR_MEMORY_HOTPLUG}`))).toHaveLength(100);
    expect(a.check()).toEqual([]);
  });

  test('a section in the middle of a range leaves two ranges', () => {
    const a = createAllocator({ pages: 3 * SECTION_PAGES, cpus: 0, maxPfn: 4 * SECTION_PAGES });
    expect(a.removeSection(SECTION_PAGES)).toBe(true);
    expect(a.zones()[0]).toMatchObject({ present: 2 * SECTION_PAGES, spanned: 3 * SECTION_PAGES });
    expect(a.check()).toEqual([]);
    a.addSection(SECTION_PAGES);
    expect(a.zones()[0]).toMatchObject({ present: 3 * SECTION_PAGES, free: 3 * SECTION_PAGES });
    expect(a.check()).toEqual([]);
  });

  test('where nothing can be plugged', () => {
    const a = make();
    expect(() => a.addSection(5)).toThrow('a section begins at a multiple of 32768 below 262144, got pfn 5');
    expect(() => a.addSection(8 * SECTION_PAGES)).toThrow('got pfn 262144');
    expect(() => a.addSection(0)).toThrow('cannot add the section at pfn 0: there is memory at pfn 0');
    expect(() => a.addSection(START, 0, 'HighMem')).toThrow('no zone "HighMem" among DMA, Normal, Movable');
    expect(() => a.addSection(START, 3)).toThrow('no node 3');
  });
});

test.each([
  ['6.1', 0, 0],
  ['6.1', 3, 1],
  ['6.12', 0, 1],
  ['6.12', 3, 0],
] as const)(
  '%s, order %i, %i cpus: the reclaimer may free blocks of the range that is being emptied',
  (kernel, order, cpus) => {
    const a = createAllocator({ pages: 8192, kernel, cpus });
    const live = new Set<number>();
    for (
      let pfn = a.allocPages(USER_MOVABLE, order);
      pfn !== NO_PAGE;
      pfn = a.allocPages(USER_MOVABLE, order)
    ) {
      live.add(pfn);
    }
    a.mover = {
      move: (from, to) => {
        expect(live.delete(from)).toBe(true);
        live.add(to);
        return true;
      },
    };
    const free = (pfns: number[]): number => {
      for (const pfn of pfns) {
        a.freePages(pfn, order);
        live.delete(pfn);
      }
      return pfns.length << order;
    };
    const between = (start: number, end: number): number[] =>
      [...live].filter((pfn) => start <= pfn && pfn < end).sort((x, y) => x - y);
    const [start, end] = [1024, 1536];
    // The first of them is the one that is about to move.
    a.reclaimer = {
      reclaim: () => free([...between(start, end).slice(0, 4), ...between(0, start).slice(0, 8)]),
    };
    const told = hooked(a);
    expect(a.allocRange(start, end, 0xcc0)).toBe(true);
    expect(told.some((event) => event.startsWith('migrated'))).toBe(true);
    expect(a.check()).toEqual([]);
    const heads = [...a.blocks()].filter(
      ({ kind, pfn }) => kind === 'allocated' && (pfn < start || pfn >= end),
    );
    expect(heads.map(({ pfn }) => pfn)).toEqual([...live].sort((x, y) => x - y));
    expect(heads.every((block) => block.order === order)).toBe(true);
  },
);

describe('a mover that throws, or frees what it is asked to move', () => {
  const plugged = (): PageAllocator =>
    createAllocator({
      nodes: [{ ranges: [{ start: 0, end: 3 * SECTION_PAGES }] }],
      zones: [{ name: 'Normal', end: Infinity }],
    });
  const failing = (): boolean => {
    throw new Error('no');
  };

  test.each([
    ['allocRange', (a: PageAllocator) => a.allocRange(0, SECTION_PAGES, 0xcc0)],
    ['removeSection', (a: PageAllocator) => a.removeSection(0)],
    ['compact', (a: PageAllocator) => a.compact()],
  ])('%s passes the error on, and nothing is lost or stays isolated', (_, move) => {
    const a = plugged();
    expect(a.allocAt(1000, 0, USER_MOVABLE)).toBe(true);
    expect(a.allocAt(2 * SECTION_PAGES + 5, 0, USER_MOVABLE)).toBe(true);
    a.drainPcp();
    const before = { types: a.zones()[0]!.pageblocks, free: a.freePageCount };
    const told = hooked(a);
    a.mover = { move: failing };
    expect(() => move(a)).toThrow('no');
    expect(told.map((event) => event.split(' ')[0])).toEqual(['allocated', 'freed']);
    expect({ types: a.zones()[0]!.pageblocks, free: a.freePageCount }).toEqual(before);
    expect(a.check()).toEqual([]);
    a.mover = { move: () => true };
    expect(() => move(a)).not.toThrow();
    expect(a.check()).toEqual([]);
  });

  test.each([
    ['the old block', true, 'cannot free pfn 1000 order 0: double free'],
    ['the old block', false, null],
    ['the new block', true, /^cannot free pfn \d+ order 0: double free/],
    ['the new block', false, /^cannot free pfn \d+ order 0: double free/],
  ] as const)('frees %s and answers %s', (which, answer, message) => {
    const a = plugged();
    expect(a.allocAt(1000, 0, USER_MOVABLE)).toBe(true);
    a.mover = {
      move: (from, to) => {
        a.freePages(which === 'the old block' ? from : to);
        return answer;
      },
    };
    if (message === null) expect(a.allocRange(1000, 1001, 0xcc0)).toBe(false);
    else expect(() => a.allocRange(1000, 1001, 0xcc0)).toThrow(message);
    expect(a.check()).toEqual([]);
  });

  test('a hook that frees the block that compaction is about to move', () => {
    const { a, contents } = checkerboard(4096);
    const live = new Set(contents.at.keys());
    a.mover = {
      move: (from, to) => {
        expect(live.delete(from)).toBe(true);
        live.add(to);
        return true;
      },
    };
    a.hooks = {
      allocated: () => {
        for (const pfn of [1, 3, 5]) if (live.delete(pfn)) a.freePages(pfn);
      },
      ...{ freed: () => undefined, split: () => undefined, migrated: () => undefined },
    };
    a.compact();
    expect(a.check()).toEqual([]);
    expect(a.freePageCount).toBe(4096 - live.size);
  });
});
