import { describe, expect, test } from '@jest/globals';
import {
  SAVE_CAN_ALLOC,
  SAVE_NO_WAIT,
  StackDepot,
  type DepotLayoutName,
  type PoolSource,
} from '@page-owner/stackdepot';
import { stackOf } from './stacks.js';

const LAYOUTS: readonly DepotLayoutName[] = ['6.1', '6.12'];
const PER_POOL = 102;

/** A page allocator that counts, and can run dry. */
class CountingPools implements PoolSource {
  taken = 0;
  given = 0;
  limit = Infinity;
  gfp: number[] = [];

  take(gfp: number): boolean {
    if (this.taken === this.limit) return false;
    this.taken++;
    this.gfp.push(gfp);
    return true;
  }

  giveBack(): void {
    this.given++;
  }
}

const fill = (depot: StackDepot, from: number, to: number, flags?: number): number[] =>
  Array.from({ length: to - from }, (_, i) => depot.save(stackOf(16, from + i), 16, flags));

describe.each(LAYOUTS)('pools of %s', (layout) => {
  test('one is taken for the first stack, a spare with the second, the next when the spare is opened', () => {
    const pools = new CountingPools();
    const depot = StackDepot.create({ layout, pools });
    const takenAfter = (stacks: number): number => {
      fill(depot, 0, stacks);
      return pools.taken;
    };
    expect([1, 2, PER_POOL, PER_POOL + 1, PER_POOL + 2, 2 * PER_POOL].map(takenAfter)).toEqual([
      1, 2, 2, 2, 3, 3,
    ]);
    expect(pools.given).toBe(0);
  });

  test('the caller’s gfp mask reaches the source', () => {
    const pools = new CountingPools();
    StackDepot.create({ layout, pools }).save(stackOf(3), 3, 1, 0x140cca);
    expect(pools.gfp).toEqual([0x140cca]);
  });

  test('without leave to allocate only what is at hand is used', () => {
    const depot = StackDepot.create({ layout });
    expect(depot.save(stackOf(3), 3, 0)).toBe(0);
    const handle = depot.save(stackOf(3), 3);
    expect(depot.save(stackOf(3), 3, 0)).toBe(handle);
    expect(depot.save(stackOf(4), 4, 0)).not.toBe(0);
  });

  test('SAVE_NO_WAIT takes no pool, and gives up where another thread holds the lock', () => {
    const LOCK_WORD = 7;
    const depot = StackDepot.create({ layout, shared: true, maxPools: 2 });
    const flags = SAVE_CAN_ALLOC | SAVE_NO_WAIT;
    expect(depot.save(stackOf(3), 3, flags)).toBe(0);
    const known = depot.save(stackOf(3), 3);
    expect(depot.save(stackOf(4), 4, flags)).not.toBe(0);
    const words = new Int32Array(depot.buffer);
    words[LOCK_WORD] = 1;
    expect([depot.save(stackOf(3), 3, flags), depot.save(stackOf(5), 5, flags)]).toEqual([known, 0]);
    words[LOCK_WORD] = 0;
    expect(depot.save(stackOf(5), 5, flags)).not.toBe(0);
    expect(words[LOCK_WORD]).toBe(0);
  });

  test('when the source is dry new stacks get 0, without a warning, until it is not', () => {
    const warnings: string[] = [];
    const pools = new CountingPools();
    pools.limit = 1;
    const depot = StackDepot.create({ layout, pools, log: (line) => warnings.push(line) });
    warnings.length = 0;
    const known = fill(depot, 0, PER_POOL);
    expect(fill(depot, PER_POOL, PER_POOL + 3)).toEqual([0, 0, 0]);
    expect(fill(depot, 0, PER_POOL)).toEqual(known);
    expect(warnings).toEqual([]);
    pools.limit = 2;
    expect(depot.save(stackOf(16, 999), 16)).not.toBe(0);
  });

  test('full: one warning, new stacks get 0, known ones still work', () => {
    const warnings: string[] = [];
    const pools = new CountingPools();
    const depot = StackDepot.create({ layout, maxPools: 2, pools, log: (line) => warnings.push(line) });
    warnings.length = 0;
    const known = fill(depot, 0, 2 * PER_POOL);
    expect(known).not.toContain(0);
    expect(fill(depot, 1000, 1010)).toEqual(Array(10).fill(0));
    expect(warnings).toEqual(['Stack depot reached limit capacity']);
    expect(fill(depot, 0, 2 * PER_POOL)).toEqual(known);
    expect(depot.save(stackOf(1), 1)).not.toBe(0); // the last pool's end still takes a small one
    // 6.12 keeps a spare that it can never open.
    expect(pools.taken - pools.given).toBe(layout === '6.1' ? 2 : 3);
  });

  test('a source may save stacks itself', () => {
    let depth = 0;
    const pools: PoolSource = {
      take: () => {
        if (depth < 3) inner.push(depot.save(stackOf(5, ++depth), 5));
        return true;
      },
      giveBack: () => given++,
    };
    const inner: number[] = [];
    let given = 0;
    const depot = StackDepot.create({ layout, pools });
    const outer = depot.save(stackOf(5, 9), 5);
    expect(new Set([outer, ...inner]).size).toBe(4);
    // Four were asked for; one is open, one spare, two were too many.
    expect(given).toBe(2);
    expect(depot.stats().pools).toBe(1);
  });

  test('a stack that its own pool allocation saved is not stored twice', () => {
    let nested = false;
    const pools: PoolSource = {
      take: () => {
        if (!nested) {
          nested = true;
          depot.save(stackOf(5), 5);
        }
        return true;
      },
      giveBack: () => {},
    };
    const depot = StackDepot.create({ layout, pools });
    const handle = depot.save(stackOf(5), 5);
    expect([...depot.handles()]).toEqual([handle]);
  });

  test('the buffer grows, and handles stay', () => {
    const depot = StackDepot.create({ layout });
    const before = depot.buffer;
    const handles = fill(depot, 0, 20 * PER_POOL);
    expect(depot.buffer).not.toBe(before);
    expect(depot.stats()).toMatchObject({ pools: 20, persistentCount: 20 * PER_POOL });
    expect(fill(depot, 0, 20 * PER_POOL)).toEqual(handles);
  });
});

test('8192 pools are the limit of both kernels', () => {
  for (const layout of LAYOUTS) expect(StackDepot.create({ layout }).layout.maxPools).toBe(8192);
});
