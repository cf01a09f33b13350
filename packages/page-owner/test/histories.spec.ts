/** Random lives of pages, in the tracker and in the simplest tracker there is. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { toAddresses } from '@page-owner/stackdepot';
import { OwnerRecord } from '@page-owner/page-owner';
import { boot, type Bench } from './machine.js';
import { Model, type Kernel, type Owner } from './model.js';

const FRAMES = 4096;
/** Where the histories play, across frames 1024 and 2048. */
const LOW = 960;
const HIGH = 2112;

const KERNELS: Readonly<Record<string, Kernel>> = {
  '4.14': {
    block: false,
    swaps: false,
    migrates: true,
    freeTs: false,
    freeIds: 'none',
    perFrameClock: false,
  },
  '5.10': { block: true, swaps: false, migrates: true, freeTs: false, freeIds: 'none', perFrameClock: false },
  '6.1': { block: true, swaps: false, migrates: true, freeTs: true, freeIds: 'none', perFrameClock: true },
  '6.12': {
    block: true,
    swaps: true,
    migrates: true,
    freeTs: true,
    freeIds: 'current',
    perFrameClock: false,
  },
  newest: { block: true, swaps: true, migrates: true, freeTs: true, freeIds: 'old', perFrameClock: false },
};

interface Step {
  readonly what: 'alloc' | 'free' | 'split' | 'migrate';
  readonly pick: number;
  readonly order: number;
  readonly stack: number;
  readonly gfp: number;
  readonly pid: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('alloc', 'alloc', 'alloc', 'free', 'free', 'split', 'migrate'),
  pick: fc.nat(0xffff),
  order: fc.integer({ min: 0, max: 6 }),
  stack: fc.nat(40),
  gfp: fc.constantFrom(0xcc0, 0x140cca, 0x152cc0, 0, 0xffffffff),
  pid: fc.nat(4194304),
});

/** Applies a history to both; blocks are placed at the first aligned free place after a random one. */
function play(bench: Bench, model: Model, steps: readonly Step[]): void {
  const { frames, stacks, task } = bench;
  const hooks = bench.owner.hooks!;
  const blocks: [pfn: number, order: number][] = [];
  const place = (order: number, pick: number): number => {
    const size = 2 ** order;
    const first = LOW + (pick % (HIGH - LOW));
    for (let pfn = Math.ceil(first / size) * size; pfn + size <= HIGH; pfn += size) {
      let free = true;
      for (let i = 0; i < size && free; i++) free = frames.buddyOrder(pfn + i) === 0;
      if (free) return pfn;
    }
    return -1;
  };
  const alloc = (order: number, pick: number, gfp: number, stack: number): number => {
    const pfn = place(order, pick);
    if (pfn < 0) return -1;
    frames.use(pfn, order);
    hooks.allocated(pfn, order, gfp);
    model.allocated(pfn, order, gfp, stack, task.pid, task.tgid);
    return pfn;
  };
  const free = (pfn: number, order: number, stack: number): void => {
    hooks.freed(pfn, order);
    model.freed(pfn, order, stack, task.pid, task.tgid);
    for (let i = 0; i < 2 ** order; i++) frames.free(pfn + i, 0);
  };
  for (const { what, pick, order, stack, gfp, pid } of steps) {
    stacks.id = stack;
    task.pid = pid;
    task.tgid = pid >> 1;
    if (what === 'alloc') {
      const pfn = alloc(order, pick, gfp, stack);
      if (pfn >= 0) blocks.push([pfn, order]);
      continue;
    }
    if (blocks.length === 0) continue;
    const [[oldPfn, oldOrder]] = blocks.splice(pick % blocks.length, 1) as [[number, number]];
    if (what === 'free') {
      free(oldPfn, oldOrder, stack);
    } else if (what === 'split') {
      const newOrder = model === undefined || order >= oldOrder ? 0 : order;
      hooks.split(oldPfn, oldOrder, newOrder);
      model.split(oldPfn, oldOrder, newOrder);
      for (let i = 0; i < 2 ** oldOrder; i += 2 ** newOrder) blocks.push([oldPfn + i, newOrder]);
    } else {
      const newPfn = alloc(oldOrder, pick, gfp, stack);
      blocks.push([newPfn < 0 ? oldPfn : newPfn, oldOrder]);
      if (newPfn < 0) continue;
      hooks.migrated(newPfn, oldPfn, oldOrder, order);
      model.migrated(newPfn, oldPfn, order, task.pid, task.tgid);
      free(oldPfn, oldOrder, stack);
    }
  }
}

describe.each(Object.entries(KERNELS))('Linux %s', (kernel, traits) => {
  test('keeps every record, shows every owner, counts every page', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
        const bench = boot(kernel);
        for (let pfn = 0; pfn < FRAMES; pfn++) bench.frames.free(pfn, 0);
        const { owner, depot } = bench;
        const model = new Model(traits);
        play(bench, model, steps);

        const words = new Uint32Array(2 * depot.maxFrames);
        const stackOf = (handle: number): number =>
          depot.fetch(handle, words) === 0
            ? -1
            : Number((toAddresses(words, 1)[0]! - 0xffffffff81000010n) / 0x100n);
        const record = new OwnerRecord();
        const seen = (): Owner => ({
          owned: record.owned,
          allocated: record.allocated,
          order: record.order,
          gfp: record.gfp,
          reason: record.reason,
          stack: stackOf(record.handle),
          freeStack: stackOf(record.freeHandle),
          ts: record.ts,
          freeTs: record.freeTs,
          pid: record.pid,
          tgid: record.tgid,
          freePid: record.freePid,
          freeTgid: record.freeTgid,
        });
        const has = owner.rules.dump.allocated;
        for (const [pfn, expected] of model.owners) {
          owner.recordAt(pfn, record);
          const known = { ...expected };
          if (has === '') Object.assign(known, { ts: 0n, pid: 0 });
          if (!has.startsWith('tgid')) known.tgid = 0;
          expect([pfn, seen()]).toEqual([pfn, known]);
        }

        const shown: number[] = [];
        const file = owner.open();
        while (file.next()) shown.push(file.record.pfn);
        const live = [...model.owners]
          .filter(([pfn, { allocated, order }]) => allocated && (!traits.block || pfn % 2 ** order === 0))
          .map(([pfn]) => pfn);
        expect(shown).toEqual(live.sort((a, b) => a - b));

        if (owner.stacks === null) return;
        const pages = new Map<number, number>();
        for (const { allocated, stack } of model.owners.values()) {
          if (allocated) pages.set(stack, (pages.get(stack) ?? 0) + 1);
        }
        for (const handle of owner.stacks.handles()) {
          expect(owner.stacks.pagesOf(handle)).toBe(pages.get(stackOf(handle)) ?? 0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
