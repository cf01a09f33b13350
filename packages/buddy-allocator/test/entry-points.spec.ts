import { describe, expect, test } from '@jest/globals';
import {
  attachAllocator,
  createAllocator,
  MIGRATE_CMA,
  MIGRATE_MOVABLE,
  MR_CONTIG_RANGE,
  NO_PAGE,
} from '@page-owner/buddy-allocator';
import { hooked, recorder } from './events.js';

const KERNEL = 0xcc0;
const COMP = 0x40000;
const USER_MOVABLE = 0x100cca;

describe('hooks', () => {
  test('an allocation is announced before it is returned, a free before it is done', () => {
    const a = createAllocator({ pages: 1024 });
    const seen: string[] = [];
    a.hooks = {
      allocated: (pfn, order) => seen.push(`allocated ${pfn} ${order} ${a.blockAt(pfn).kind}`),
      freed: (pfn, order) => seen.push(`freed ${pfn} ${order} ${a.blockAt(pfn).kind}`),
      split: () => undefined,
      migrated: () => undefined,
    };
    a.freePages(a.allocPages(KERNEL, 2), 2);
    expect(seen).toEqual(['allocated 0 2 allocated', 'freed 0 2 allocated']);
  });

  test('owner first, trace event after; the other way round for a free', () => {
    const a = createAllocator({ pages: 1024 });
    const order: string[] = [];
    recorder(a);
    a.tracer!.alloc = () => order.push('traced');
    a.tracer!.free = () => order.push('traced');
    a.hooks = {
      ...{ allocated: () => order.push('owned'), freed: () => order.push('disowned') },
      ...{ split: () => undefined, migrated: () => undefined },
    };
    a.freePages(a.allocPages(KERNEL));
    expect(order).toEqual(['owned', 'traced', 'traced', 'disowned']);
  });

  test('a failed request reaches the tracer only', () => {
    const a = createAllocator({ pages: 1 });
    const [told, traced] = [hooked(a), recorder(a)];
    expect(a.allocPages(KERNEL, 1)).toBe(NO_PAGE);
    expect(told).toEqual([]);
    expect(traced).toEqual([`alloc -1 order 1 gfp 0xcc0 type 0`]);
  });

  test('a hook may allocate', () => {
    const a = createAllocator({ pages: 1024, shared: true });
    const pages: number[] = [];
    let busy = false;
    a.hooks = {
      allocated: () => {
        if (busy) return;
        busy = true;
        pages.push(a.allocPages(KERNEL));
        busy = false;
      },
      ...{ freed: () => undefined, split: () => undefined, migrated: () => undefined },
    };
    expect([a.allocPages(KERNEL), a.allocPages(KERNEL)]).toEqual([0, 2]);
    expect(pages).toEqual([1, 3]);
    expect(a.check()).toEqual([]);
  });

  test('null turns them off', () => {
    const a = createAllocator({ pages: 1024 });
    const told = hooked(a);
    a.allocPages(KERNEL);
    a.hooks = null;
    a.allocPages(KERNEL);
    expect(told).toHaveLength(1);
  });
});

describe('splitting', () => {
  test('splitPage makes order-0 blocks, each freed alone', () => {
    const a = createAllocator({ pages: 1024 });
    const told = hooked(a);
    const pfn = a.allocPages(KERNEL, 2);
    a.splitPage(pfn, 2);
    expect(told[1]).toBe(`split ${pfn} from 2 to 0`);
    for (let page = pfn + 3; page >= pfn; page--) a.freePages(page);
    expect(a.freePageCount).toBe(1024);
    expect(a.check()).toEqual([]);
  });

  test('splitFolio keeps pieces compound, but not single pages', () => {
    const a = createAllocator({ pages: 1024 });
    const pfn = a.allocPages(USER_MOVABLE | COMP, 9);
    a.splitFolio(pfn, 9, 4);
    expect(a.blockAt(pfn + 16)).toEqual({
      pfn: pfn + 16,
      order: 4,
      kind: 'allocated',
      movable: true,
      compound: true,
    });
    a.splitFolio(pfn + 16, 4);
    expect(a.blockAt(pfn + 31)).toMatchObject({ order: 0, movable: true, compound: false });
    expect(a.check()).toEqual([]);
  });
});

describe('exact sizes', () => {
  test('a request for three pages keeps three, the fourth goes to the tail of the free list', () => {
    const a = createAllocator({ pages: 1024, cpus: 1 });
    const told = hooked(a);
    const pfn = a.allocPagesExact(3 * 4096 - 5, (USER_MOVABLE | COMP) >>> 0);
    expect(told).toEqual([
      `allocated ${pfn} order 2 gfp 0x${(USER_MOVABLE & ~2).toString(16)}`,
      `split ${pfn} from 2 to 0`,
      `freed ${pfn + 3} order 0`,
    ]);
    expect([0, 1, 2, 3].map((page) => a.isFree(pfn + page))).toEqual([false, false, false, true]);
    a.freePagesExact(pfn, 3 * 4096 - 5);
    a.drainPcp();
    expect(a.freePageCount).toBe(1024);
  });

  test('4 MiB is the most', () => {
    const a = createAllocator({ pages: 1024 });
    expect(a.allocPagesExact(4 * 2 ** 20, KERNEL)).toBe(0);
    expect(() => a.allocPagesExact(4 * 2 ** 20 + 1, KERNEL)).toThrow('got 4194305');
  });
});

describe('many pages', () => {
  test('bulk allocation fills the array from the per-cpu lists, without trace events', () => {
    const a = createAllocator({ pages: 2 ** 15, cpus: 1 });
    const traced = recorder(a);
    const pages = new Int32Array(100);
    expect(a.allocPagesBulk(KERNEL, pages)).toBe(100);
    expect(new Set(pages).size).toBe(100);
    expect(traced.filter((e) => e.startsWith('alloc'))).toEqual([]);
    a.freeBatch(pages);
    expect(a.check()).toEqual([]);
  });

  const MACHINE = { nodes: [{ ranges: [{ start: 0, end: 2 ** 15 }] }] };

  test('with hooks a machine gives one page, as Linux does with page_owner', () => {
    const a = createAllocator({ ...MACHINE, cpus: 1 });
    const told = hooked(a);
    const pages: number[] = new Array(10).fill(NO_PAGE);
    expect(a.allocPagesBulk(KERNEL, pages)).toBe(1);
    expect(pages[1]).toBe(NO_PAGE);
    expect(told).toHaveLength(1);
  });

  test('without per-cpu lists, and for nothing', () => {
    const a = createAllocator({ ...MACHINE, cpus: 0 });
    expect(a.allocPagesBulk(KERNEL, new Int32Array(5))).toBe(1);
    expect(a.allocPagesBulk(KERNEL, [])).toBe(0);
  });

  test.each([0, 1])(
    'hooks do not change how many pages plain memory gives, with lists of %s cpus',
    (cpus) => {
      for (const wanted of [0, 1, 16, 1000, 5000]) {
        for (const attached of [false, true]) {
          const made = createAllocator({ pages: 4000, cpus });
          const a = attached ? attachAllocator(made.buffer) : made;
          const plain = attachAllocator(made.snapshot());
          const told = hooked(a);
          const pages = new Int32Array(wanted).fill(NO_PAGE);
          expect(a.allocPagesBulk(0, pages)).toBe(Math.min(wanted, 4000));
          expect(plain.allocPagesBulk(0, new Int32Array(wanted))).toBe(Math.min(wanted, 4000));
          const given = pages.filter((pfn) => pfn !== NO_PAGE);
          expect(told.filter((event) => event.startsWith('allocated'))).toHaveLength(given.length);
          expect(new Set(given).size).toBe(Math.min(wanted, 4000));
          a.freeBatch(given);
          expect(a.check()).toEqual([]);
        }
      }
    },
  );

  test('a batch is announced as a whole, then freed one by one', () => {
    const a = createAllocator({ pages: 1024 });
    const [one, two] = [a.allocPages(KERNEL), a.allocPages(KERNEL, 2)];
    const traced = recorder(a);
    a.freeBatch([one, two]);
    expect(traced).toEqual([
      `free ${one} order 0`,
      `free ${two} order 2`,
      `batched ${one}`,
      `batched ${two}`,
    ]);
    expect(a.freePageCount).toBe(1024);
  });
});

describe('particular frames', () => {
  test('allocAt takes exactly what it is told, from any free block, even a per-cpu one', () => {
    const a = createAllocator({ pages: 65536, cpus: 1, watermarks: true });
    const told = hooked(a);
    expect(a.allocAt(1000, 3, KERNEL)).toBe(true);
    expect(told).toEqual(['allocated 1000 order 3 gfp 0xcc0']);
    expect(a.allocAt(1004, 2, KERNEL)).toBe(false);
    expect(a.allocAt(992, 4, KERNEL)).toBe(false);
    expect(a.allocAt(1008, 4, KERNEL)).toBe(true);
    a.freePages(1000, 3);
    expect(a.blockAt(1000).kind).toBe('per-cpu');
    expect(a.allocAt(1001, 0, KERNEL)).toBe(true);
    expect(a.allocAt(2048, 10, KERNEL)).toBe(true);
    expect(a.check()).toEqual([]);
  });

  test('allocAt joins two free pageblocks whose types do not mix', () => {
    const a = createAllocator({ pages: 4096, grouping: true, cma: [{ start: 1024, end: 1536 }] });
    expect(a.orderOf(1024)).toBe(9);
    expect(a.allocAt(1024, 10, KERNEL)).toBe(true);
    expect(a.orderOf(1024)).toBe(10);
    a.freePages(1024, 10);
    expect(a.check()).toEqual([]);
  });

  test('a recorded state is set up again, block by block', () => {
    const blocks = [
      [7, 0],
      [8, 3],
      [100, 2],
      [512, 9],
      [2048, 10],
    ] as const;
    const a = createAllocator({ pages: 8192 });
    for (const [pfn, order] of blocks) expect(a.allocAt(pfn, order, USER_MOVABLE)).toBe(true);
    expect([...a.blocks()].filter((b) => b.kind === 'allocated').map((b) => [b.pfn, b.order])).toEqual(
      blocks.map((b) => [...b]),
    );
    expect(a.check()).toEqual([]);
  });

  test('allocRange takes free frames, pieces announced at their largest and split', () => {
    const a = createAllocator({ pages: 4096, grouping: true });
    const told = hooked(a);
    expect(a.allocRange(1022, 1036, KERNEL)).toBe(true);
    expect(told).toEqual([
      'allocated 1022 order 1 gfp 0xcc0',
      'split 1022 from 1 to 0',
      'allocated 1024 order 3 gfp 0xcc0',
      'split 1024 from 3 to 0',
      'allocated 1032 order 2 gfp 0xcc0',
      'split 1032 from 2 to 0',
    ]);
    expect(a.check()).toEqual([]);
    a.freeRange(1022, 1036);
    expect(a.freePageCount).toBe(4096);
    expect(a.check()).toEqual([]);
  });

  test('what can move is moved out of the way; a CMA pageblock stays CMA', () => {
    const a = createAllocator({ pages: 8192, cpus: 0, grouping: true, cma: [{ start: 2048, end: 4096 }] });
    expect(a.allocAt(2050, 1, USER_MOVABLE)).toBe(true);
    expect(a.allocAt(3000, 0, USER_MOVABLE)).toBe(true);
    const moves: number[][] = [];
    a.mover = { move: (from, to, order) => moves.push([from, to, order]) > 0 };
    const told = hooked(a);
    expect(a.allocRange(2048, 4096, KERNEL)).toBe(true);
    expect(moves.map(([from, , order]) => [from, order])).toEqual([
      [2050, 1],
      [3000, 0],
    ]);
    for (const [, to] of moves) expect(to! < 2048 || to! >= 4096).toBe(true);
    const at = told.indexOf(`migrated 2050 to ${moves[0]![1]} order 1 reason ${MR_CONTIG_RANGE}`);
    expect(told[at - 1]).toMatch(new RegExp(`^allocated ${moves[0]![1]} order 1`));
    expect(told[at + 1]).toBe('freed 2050 order 1');
    expect(a.pageblockType(2048)).toBe(MIGRATE_CMA);
    a.freeRange(2048, 4096);
    expect(a.zones()[0]!.freeCma).toBe(2048);
    expect(a.check()).toEqual([]);
  });

  test('what cannot move stops it, and nothing changes', () => {
    const a = createAllocator({ pages: 8192, grouping: true });
    expect(a.allocAt(3000, 0, KERNEL)).toBe(true);
    const before = a.pagetypeinfo();
    expect(a.allocRange(2900, 3100, KERNEL)).toBe(false);
    expect(a.pagetypeinfo()).toBe(before);
    expect(a.allocAt(5000, 0, USER_MOVABLE)).toBe(true);
    a.mover = { move: () => false };
    expect(a.allocRange(4900, 5100, KERNEL)).toBe(false);
    expect(a.blockAt(5000).kind).toBe('allocated');
    expect(a.pageblockType(5000)).toBe(MIGRATE_MOVABLE);
    expect(a.check()).toEqual([]);
  });

  test('reserved frames are released late', () => {
    const a = createAllocator({ pages: 2048, cpus: 0, reserved: [{ start: 100, end: 200 }] });
    expect(a.isReserved(100)).toBe(true);
    expect(a.zones()[0]).toMatchObject({ present: 2048, managed: 1948, free: 1948 });
    a.releaseReserved(100, 200);
    expect(a.zones()[0]).toMatchObject({ present: 2048, managed: 2048, free: 2048 });
    expect(a.buddyinfo()).toMatch(/ 2 \n$/);
    expect(a.check()).toEqual([]);
  });
});
