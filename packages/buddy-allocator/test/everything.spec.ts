import { expect, test } from '@jest/globals';
import {
  createAllocator,
  NO_PAGE,
  SECTION_PAGES,
  type AllocatorKernel,
  type PageAllocator,
} from '@page-owner/buddy-allocator';

const MASKS = [0xcc0, 0x100cca, 0xcd0, 0x820, 0xa20, 0x1c24ca, 0xcc1, 0x140cca, 0x152c4a];

/** No order. */
const NOBODY = 255;

/** A tracker that knows nothing but what the hooks tell: order of the block at each head. It must never be surprised. */
class Tracker {
  readonly order: Uint8Array;
  readonly surprises: string[] = [];

  constructor(a: PageAllocator) {
    this.order = new Uint8Array(a.frames).fill(NOBODY);
    a.hooks = {
      allocated: (pfn, order) => {
        for (let page = pfn; page < pfn + (1 << order); page++) {
          if (this.order[page] !== NOBODY) this.surprises.push(`page ${page} was allocated twice`);
        }
        this.order.fill(order, pfn, pfn + (1 << order));
      },
      freed: (pfn, order) => {
        for (let page = pfn; page < pfn + (1 << order); page++) {
          if (this.order[page] !== order) this.surprises.push(`page ${page} was freed with order ${order}`);
        }
        this.order.fill(NOBODY, pfn, pfn + (1 << order));
      },
      split: (pfn, oldOrder, newOrder) => {
        if (this.order[pfn] !== oldOrder) this.surprises.push(`pfn ${pfn} was split from order ${oldOrder}`);
        this.order.fill(newOrder, pfn, pfn + (1 << oldOrder));
      },
      migrated: (to, from, order) => {
        if (this.order[to] !== order || this.order[from] !== order)
          this.surprises.push(`${from} migrated to ${to}`);
      },
    };
  }

  /** What the allocator's own frames say. */
  agrees(a: PageAllocator): void {
    const expected = new Uint8Array(a.frames).fill(NOBODY);
    for (const { pfn, order, kind } of a.blocks()) {
      if (kind === 'allocated') expected.fill(order, pfn, pfn + (1 << order));
    }
    expect(this.surprises).toEqual([]);
    expect(Buffer.compare(this.order, expected)).toBe(0);
  }
}

function run(kernel: AllocatorKernel, cpus: number, seed: number): void {
  const a = createAllocator({
    nodes: [{ ranges: [{ start: 1, end: SECTION_PAGES }] }],
    zones: [
      { name: 'DMA', end: 5000 },
      { name: 'Normal', end: Infinity },
      { name: 'Movable', end: Infinity },
    ],
    ...{ kernel, cpus, reserved: [{ start: 700, end: 1500 }], cma: [{ start: 16384, end: 18432 }] },
    maxPfn: 3 * SECTION_PAGES,
  });
  const tracker = new Tracker(a);
  let state = seed;
  const random = (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const live = new Map<number, number>();
  const keys: number[] = [];
  const add = (pfn: number, order: number): void => {
    live.set(pfn, order);
    keys.push(pfn);
  };
  const pick = (): number | undefined => {
    while (keys.length > 0) {
      const at = random(keys.length);
      const pfn = keys[at]!;
      keys[at] = keys.at(-1)!;
      keys.pop();
      if (live.has(pfn)) return pfn;
    }
    return undefined;
  };
  a.mover = {
    move: (from, to, order) => {
      if (random(10) === 0) return false;
      expect(live.get(from)).toBe(order);
      live.delete(from);
      add(to, order);
      return true;
    },
  };
  for (let i = 0; i < 4000; i++) {
    const act = random(100);
    const mask = MASKS[random(MASKS.length)]!;
    if (act < 45) {
      const order = random(4) > 0 ? random(4) : random(11);
      const pfn = a.allocPages(mask, order);
      if (pfn !== NO_PAGE) add(pfn, order);
    } else if (act < 80) {
      const pfn = pick();
      if (pfn !== undefined) a.freePages(pfn, live.get(pfn)!);
      live.delete(pfn!);
    } else if (act < 84) {
      const pages = 1 + random(20);
      const pfn = a.allocPagesExact(pages * 4096, mask);
      if (pfn !== NO_PAGE) for (let page = pfn; page < pfn + pages; page++) add(page, 0);
    } else if (act < 88) {
      const pfn = pick();
      if (pfn === undefined) continue;
      const order = live.get(pfn)!;
      const compound = a.blockAt(pfn).compound;
      const newOrder = compound && order > 0 ? random(order) : 0;
      if (compound && order > 0) a.splitFolio(pfn, order, newOrder);
      else if (!compound) a.splitPage(pfn, order);
      for (let piece = pfn; piece < pfn + (1 << order); piece += 1 << newOrder)
        add(piece, compound && order === 0 ? 0 : newOrder);
    } else if (act < 91) {
      const order = random(10);
      const pfn = random(SECTION_PAGES >> order) << order;
      if (a.allocAt(pfn, order, mask)) add(pfn, order);
    } else if (act < 93) {
      const batch = [pick(), pick(), pick()].filter((pfn) => pfn !== undefined);
      a.freeBatch([...new Set(batch)]);
      for (const pfn of batch) live.delete(pfn);
    } else if (act < 95) {
      const start = random(SECTION_PAGES - 2000);
      const end = start + 1 + random(1500);
      if (a.allocRange(start, end, mask)) for (let pfn = start; pfn < end; pfn++) add(pfn, 0);
    } else if (act < 96) a.setPageblockType(1024 + random(30000), random(5));
    else if (act < 97) a.drainPcp(random(Math.max(cpus, 1)));
    else if (act < 98 && random(20) === 0) a.compact();
    else if (act < 99) a.cpu = random(Math.max(cpus, 1));
    else if (a.isPresent(2 * SECTION_PAGES)) a.removeSection(2 * SECTION_PAGES);
    else a.addSection(2 * SECTION_PAGES, 0, random(2) === 0 ? 'Normal' : 'Movable');
    if (i % 300 === 0) expect(a.check()).toEqual([]);
    if (i % 300 === 0) tracker.agrees(a);
  }
  expect(a.check()).toEqual([]);
  tracker.agrees(a);
  for (const [pfn, order] of live) a.freePages(pfn, order);
  a.drainPcp();
  tracker.agrees(a);
  expect(a.check()).toEqual([]);
  expect([...a.blocks()].filter(({ kind }) => kind === 'allocated')).toEqual([]);
}

for (const kernel of ['6.1', '6.12'] as const) {
  for (const cpus of [0, 2]) {
    for (const seed of [1, 333]) {
      test(`every operation in random order: ${kernel}, ${cpus} cpus, seed ${seed}`, () =>
        run(kernel, cpus, seed));
    }
  }
}
