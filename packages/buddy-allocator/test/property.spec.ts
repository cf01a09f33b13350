import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createAllocator,
  NO_PAGE,
  type AllocatorOptions,
  type AllocatorKernel,
} from '@page-owner/buddy-allocator';
import { freeLists } from './inside.js';
import { ModelBuddy } from './model.js';

/** Masks of every mobility and urgency: kernel, user, reclaimable, atomic, huge, DMA32. */
const MASKS = [0xcc0, 0x100cca, 0xcd0, 0x820, 0xa20, 0x1c24ca, 0xcc4, 0x2800, 0];

interface Step {
  readonly alloc: boolean;
  readonly order: number;
  readonly pick: number;
  readonly mask: number;
}
const step = (): fc.Arbitrary<Step> =>
  fc.record({
    alloc: fc.boolean(),
    order: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 10 })),
    pick: fc.nat(),
    mask: fc.nat(MASKS.length - 1),
  });

describe('against the brute-force model', () => {
  test('one zone without types hands out the same pfn, and keeps the same lists in the same order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.array(step(), { maxLength: 400 }),
        (frames, steps) => {
          const real = createAllocator({ pages: frames, cpus: 0, grouping: false });
          const model = new ModelBuddy(frames);
          const live: [number, number][] = [];
          for (const { alloc, order, pick } of steps) {
            if (alloc || live.length === 0) {
              const pfn = real.allocPages(0xcc0, order);
              expect(pfn).toBe(model.alloc(order));
              if (pfn !== NO_PAGE) live.push([pfn, order]);
            } else {
              const [block] = live.splice(pick % live.length, 1);
              real.freePages(block![0], block![1]);
              model.free(block![0], block![1]);
            }
          }
          expect(freeLists(real, 0)).toEqual(model.lists);
          expect(real.freePageCount).toBe(model.freePages);
          expect(real.check()).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Every page knows which block it belongs to: the whole truth about who owns what. */
function longRun(options: AllocatorOptions, seed: number, steps: number): void {
  const a = createAllocator(options);
  const before = a.freePageCount;
  const owner = new Int32Array(a.frames).fill(-1);
  const live: { pfn: number; order: number; id: number }[] = [];
  let state = seed;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  let pressure = 0.6;
  for (let i = 0; i < steps; i++) {
    if (i % 2000 === 1999) pressure = 1.1 - pressure;
    if (random() / 2 ** 32 < pressure) {
      const order = random() % 3 > 0 ? random() % 4 : random() % 11;
      const pfn = a.allocPages(MASKS[random() % MASKS.length]!, order);
      if (pfn === NO_PAGE) continue;
      if (pfn % (1 << order) !== 0) throw new Error(`pfn ${pfn} order ${order} is not aligned`);
      for (let page = pfn; page < pfn + (1 << order); page++) {
        if (owner[page] !== -1) throw new Error(`page ${page} was handed out twice`);
        owner[page] = i;
      }
      live.push({ pfn, order, id: i });
    } else if (live.length > 0) {
      const at = random() % live.length;
      const { pfn, order, id } = live[at]!;
      live[at] = live.at(-1)!;
      live.pop();
      for (let page = pfn; page < pfn + (1 << order); page++) {
        if (owner[page] !== id) throw new Error(`page ${page} changed its owner`);
        owner[page] = -1;
      }
      a.freePages(pfn, order);
    }
    if (i % 1000 === 0) expect(a.check()).toEqual([]);
  }
  expect(a.check()).toEqual([]);
  const inUse = live.reduce((sum, { order }) => sum + (1 << order), 0);
  a.drainPcp();
  expect(a.freePageCount).toBe(before - inUse);
  for (const { pfn, order } of live) a.freePages(pfn, order);
  a.drainPcp();
  expect(a.check()).toEqual([]);
  expect(a.freePageCount).toBe(before);
}

describe('long random runs keep every invariant', () => {
  const MACHINE: AllocatorOptions = {
    nodes: [
      {
        ranges: [
          { start: 1, end: 159 },
          { start: 256, end: 9000 },
        ],
        movableFrom: 7000,
      },
      { ranges: [{ start: 9000, end: 16384 }] },
    ],
    zones: [
      { name: 'DMA', end: 1500 },
      { name: 'DMA32', end: 4096 },
      { name: 'Normal', end: Infinity },
      { name: 'Movable', end: Infinity },
    ],
    reserved: [{ start: 300, end: 333 }],
    cma: [{ start: 5120, end: 6656 }],
    grouping: true,
  };
  for (const kernel of ['6.1', '6.12'] as readonly AllocatorKernel[]) {
    test(`${kernel}: one zone, no per-cpu lists`, () =>
      longRun({ pages: 8192, kernel, grouping: true }, 7, 12000));
    test(`${kernel}: one zone with per-cpu lists`, () =>
      longRun({ pages: 16384, kernel, cpus: 2 }, 11, 12000));
    test(`${kernel}: two nodes, four zones, CMA, watermarks`, () => {
      longRun({ ...MACHINE, kernel, cpus: 3 }, 13, 12000);
    });
    test(`${kernel}: the same without per-cpu lists`, () =>
      longRun({ ...MACHINE, kernel, cpus: 0 }, 17, 12000));
  }
});
