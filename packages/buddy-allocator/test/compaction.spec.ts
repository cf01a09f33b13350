/** When compaction runs for a request, when it is put off, and how far it goes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachAllocator,
  createAllocator,
  NO_PAGE,
  PAGEBLOCK_PAGES,
  SECTION_PAGES,
} from '@page-owner/buddy-allocator';
import type { CompactionRun, PageAllocator } from '@page-owner/buddy-allocator';

const KERNEL = 0xcc0;
const USER_MOVABLE = 0x100cca;
const TRANSHUGE = USER_MOVABLE | 0x40000;
const NO_RECLAIM = ~0xc00;

/** Every second page is free; the others move only if they are in `loose`: no block of order > 0 comes of it. */
function hopeless() {
  const a = createAllocator({ pages: 8192, grouping: true });
  for (let pfn = 1; pfn < 8192; pfn += 2) a.allocAt(pfn, 0, USER_MOVABLE);
  const loose = new Set<number>();
  return { a, loose, ...told(a, (pfn) => loose.has(pfn)) };
}

function told(a: PageAllocator, move: (from: number) => boolean = () => true) {
  const [runs, stalls]: [CompactionRun[], boolean[]] = [[], []];
  a.mover = {
    move,
    compacted: (run) => runs.push(run),
    compactionStalled: (success) => stalls.push(success),
  };
  return { runs, stalls };
}

/** Which of so many requests were compacted for. */
function compactedFor(a: PageAllocator, runs: CompactionRun[], requests: number, order: number): number[] {
  const which: number[] = [];
  for (let i = 0; i < requests; i++) {
    const before = runs.length;
    expect(a.allocPages(USER_MOVABLE, order)).toBe(NO_PAGE);
    if (runs.length > before) which.push(i);
  }
  return which;
}

describe('compaction that does not help', () => {
  test('is put off for 1, 3, 7 ... 63 requests', () => {
    const { a, runs, stalls } = hopeless();
    expect(compactedFor(a, runs, 300, 3)).toEqual([0, 2, 6, 14, 30, 62, 126, 190, 254]);
    // As in Linux a request that was only put off counts as one that waited in vain.
    expect(stalls).toEqual(new Array(300).fill(false));
    expect(a.check()).toEqual([]);
  });

  test('is put off for that order and larger ones; for all orders before the first success', () => {
    const { a, runs, loose } = hopeless();
    compactedFor(a, runs, 31, 3);
    expect(compactedFor(a, runs, 3, 2)).toEqual([]);
    for (const pfn of [1, 3, 5, 7]) loose.add(pfn);
    while (a.allocPages(USER_MOVABLE, 3) === NO_PAGE);
    expect(compactedFor(a, runs, 7, 3)).toEqual([0, 2, 6]);
    expect(compactedFor(a, runs, 3, 2)).toEqual([0]);
    // Now order 2 has failed, too.
    expect(compactedFor(a, runs, 7, 3)).toEqual([]);
  });

  test('is put off in every thread, and in a copy', () => {
    const { a, runs } = hopeless();
    compactedFor(a, runs, 31, 3);
    const copy = attachAllocator(a.buffer.slice(0));
    expect(compactedFor(copy, told(copy, () => false).runs, 70, 3)).toEqual([31]);
    expect(compactedFor(a, runs, 70, 3)).toEqual([31]);
  });

  test('runs again soon after a block came of it', () => {
    const { a, runs, loose, stalls } = hopeless();
    expect(compactedFor(a, runs, 31, 3)).toEqual([0, 2, 6, 14, 30]);
    for (const pfn of [1, 3, 5, 7]) loose.add(pfn);
    expect(compactedFor(a, runs, 31, 3)).toEqual([]);
    expect(a.allocPages(USER_MOVABLE, 3)).toBe(0);
    expect(stalls.filter(Boolean)).toHaveLength(1);
    expect(compactedFor(a, runs, 15, 3)).toEqual([0, 2, 6, 14]);
    expect(a.check()).toEqual([]);
  });

  test('does not begin with a mask without __GFP_IO', () => {
    const { a, stalls } = hopeless();
    expect(a.allocPages(USER_MOVABLE & ~0x40, 3)).toBe(NO_PAGE);
    expect(stalls).toEqual([]);
  });
});

describe('before reclaim', () => {
  /** Movable pages with a hole beside each, and in every pageblock one page that stays. */
  function mixed(): PageAllocator {
    const a = createAllocator({ pages: 8192, grouping: true });
    for (let pfn = 1; pfn < 8192; pfn += 2) {
      expect(a.allocAt(pfn, 0, pfn % PAGEBLOCK_PAGES === 101 ? KERNEL : USER_MOVABLE)).toBe(true);
    }
    return a;
  }

  test.each([TRANSHUGE, KERNEL])(
    'mask %i: nothing moves out of a pageblock in which something stays',
    (gfp) => {
      const a = mixed();
      const { runs } = told(a);
      const before: number[] = [];
      a.reclaimer = {
        reclaim: () => {
          before.push(runs.reduce((pages, { targets }) => pages + targets, 0));
          return 0;
        },
      };
      expect(a.allocPages(gfp, 9)).toBe(NO_PAGE);
      expect(before).toEqual([0]);
      expect(runs).toHaveLength(2);
      expect(runs[1]!.targets).toBeGreaterThan(1000);
      // Pageblocks of another type, or with a page that stays, are skipped.
      expect(runs[0]!.migrateScanned).toBe(0);
      expect(runs[1]!.migrateScanned).toBeGreaterThan(2000);
      expect(a.check()).toEqual([]);
    },
  );

  test('smaller pieces than a pageblock become free without reclaim', () => {
    const a = mixed();
    told(a);
    a.reclaimer = { reclaim: () => expect('reclaim').toBe('not needed') as never };
    expect(a.allocPages(USER_MOVABLE, 5)).not.toBe(NO_PAGE);
  });

  test('a single refusal ends the work on its piece', () => {
    const a = createAllocator({ pages: 8192, grouping: true });
    for (let pfn = 1; pfn < 8192; pfn += 2) a.allocAt(pfn, 0, USER_MOVABLE);
    const asked: number[] = [];
    a.mover = { move: (from) => (asked.push(from), false) };
    let light = 0;
    a.reclaimer = { reclaim: () => ((light = asked.length), 0) };
    expect(a.allocPages(TRANSHUGE, 9)).toBe(NO_PAGE);
    expect(light).toBeLessThanOrEqual(8192 / PAGEBLOCK_PAGES);
    expect(asked.length).toBeGreaterThan(10 * light);
  });
});

describe('the scanners', () => {
  test('go on where they stopped: all runs together pass memory once', () => {
    const a = createAllocator({ pages: 2 ** 16, grouping: true });
    const { runs } = told(a);
    for (let pfn = 0; pfn < 2 ** 16; pfn += 8) a.allocAt(pfn, 0, USER_MOVABLE);
    let got = 0;
    while (a.allocPages(TRANSHUGE, 9) !== NO_PAGE && got < 60) got++;
    expect(got).toBe(60);
    expect(runs.length).toBeGreaterThan(30);
    expect(runs.reduce((pages, run) => pages + run.migrateScanned, 0)).toBeLessThanOrEqual(2 ** 16);
    expect(a.check()).toEqual([]);
  });

  test('find a place for blocks of all orders, whatever lies where', () => {
    const block = fc.record({
      order: fc.nat(4),
      movable: fc.integer({ min: 0, max: 5 }),
      keep: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(block, { minLength: 50, maxLength: 400 }), fc.nat(3), (blocks, refuse) => {
        const a = createAllocator({ pages: 8192, grouping: true });
        const live = new Map<number, number>();
        for (let i = 0; ; i++) {
          const { order, movable } = blocks[i % blocks.length]!;
          const pfn = a.allocPages(movable ? USER_MOVABLE & NO_RECLAIM : 0, order);
          if (pfn === NO_PAGE) break;
          live.set(pfn, i);
        }
        const orders = new Map([...live].map(([pfn]) => [pfn, a.orderOf(pfn)]));
        for (const [pfn, i] of live) {
          if (blocks[i % blocks.length]!.keep) continue;
          a.freePages(pfn, orders.get(pfn));
          live.delete(pfn);
        }
        const free = a.freePageCount;
        const runs: CompactionRun[] = [];
        let asked = 0;
        a.mover = {
          move: (from, to, order) => {
            if (refuse > 0 && asked++ % (refuse + 1) === 0) return false;
            expect([a.orderOf(to), live.has(to)]).toEqual([order, false]);
            live.set(to, live.get(from)!);
            live.delete(from);
            return true;
          },
          compacted: (run) => runs.push(run),
        };
        a.compact();
        expect(a.check()).toEqual([]);
        expect(a.freePageCount).toBe(free);
        expect([...a.blocks()].filter(({ kind }) => kind === 'allocated').map(({ pfn }) => pfn)).toEqual(
          [...live.keys()].sort((x, y) => x - y),
        );
        for (const { freeScanned, migrateScanned } of runs) {
          expect(freeScanned).toBeLessThanOrEqual(8192);
          expect(migrateScanned).toBeLessThanOrEqual(8192 + 2 * PAGEBLOCK_PAGES);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('compactNode', () => {
  test('compacts for an order as long as there is no such block, and puts off like a request', () => {
    const { a, runs } = hopeless();
    for (let i = 0; i < 7; i++) a.compactNode(0, 3, 0);
    expect(runs).toHaveLength(3);
    const b = createAllocator({ pages: 8192, grouping: true });
    for (let pfn = 0; pfn < 8192; pfn += 8) b.allocAt(pfn, 0, USER_MOVABLE);
    const all = told(b).runs;
    expect(b.compactNode(0, 9, 0)).toEqual(all);
    expect(all).toHaveLength(1);
    expect(b.zones()[0]!.freeCounts[9]! + b.zones()[0]!.freeCounts[10]!).toBeGreaterThan(0);
    expect(b.compactNode(0, 9, 0)).toBeNull();
    expect(() => b.compactNode(2, 9, 0)).toThrow('no node 2');
  });
});

test('where zones overlap, pages are moved within their own', () => {
  const sections = [0, 1, 2].map((section) => ({
    start: section * SECTION_PAGES,
    end: (section + 1) * SECTION_PAGES,
  }));
  const a = createAllocator({
    nodes: [{ ranges: [sections[0]!, sections[2]!] }, { ranges: [sections[1]!] }],
    ...{ zones: [{ name: 'Normal', end: Infinity }], watermarks: false },
  });
  for (let pfn = 0; pfn < 3 * SECTION_PAGES; pfn += 5 + (pfn % 7)) a.allocAt(pfn, 0, USER_MOVABLE);
  const crossed: number[][] = [];
  let moved = 0;
  a.mover = {
    move: (from, to) => {
      moved++;
      if (a.zoneOf(from)!.node !== a.zoneOf(to)!.node) crossed.push([from, to]);
      return true;
    },
  };
  expect(a.compact()).toBe(moved);
  expect(moved).toBeGreaterThan(3000);
  expect(crossed).toEqual([]);
  expect(a.check()).toEqual([]);
});
