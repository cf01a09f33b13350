import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { REFCOUNT_SATURATED, SAVE_CAN_ALLOC, SAVE_GET, StackDepot } from '@page-owner/stackdepot';
import { anyStack, stackOf } from './stacks.js';

const GET = SAVE_CAN_ALLOC | SAVE_GET;

function depotWithLog(): { depot: StackDepot; log: string[] } {
  const log: string[] = [];
  const depot = StackDepot.create({ log: (line) => log.push(line) });
  log.length = 0;
  return { depot, log };
}

describe('stacks saved with SAVE_GET', () => {
  test('count their users, and go with the last', () => {
    const { depot, log } = depotWithLog();
    const handle = depot.save(stackOf(3), 3, GET);
    expect(depot.save(stackOf(3), 3, GET)).toBe(handle);
    expect(depot.countOf(handle)).toBe(2);
    depot.put(handle);
    expect(depot.fetch(handle, new Uint32Array(6))).toBe(3);
    depot.put(handle);
    expect(depot.stats()).toMatchObject({ refcountedFrees: 1, refcountedInUse: 0, freelistSize: 1 });
    expect(log).toEqual([]);
    expect(depot.fetch(handle, new Uint32Array(6))).toBe(0);
    expect(log).toEqual(['corrupt handle or use after stack_depot_put()']);
  });

  test('take a record of full size, which any other such stack reuses', () => {
    const { depot } = depotWithLog();
    const a = depot.save(stackOf(1, 1), 1, GET);
    const b = depot.save(stackOf(1, 2), 1, GET);
    expect(b - a).toBe((544 / 16) << 17);
    depot.put(b);
    depot.put(a);
    // Evicted first, reused first; a persistent stack does not take one.
    expect(depot.save(stackOf(2, 7), 2)).not.toBe(b);
    expect(depot.save(stackOf(64, 3), 64, GET)).toBe(b);
    expect(depot.save(stackOf(2, 4), 2, GET)).toBe(a);
    expect(depot.stats()).toMatchObject({ refcountedAllocations: 4, freelistSize: 0, persistentCount: 1 });
  });

  test('behave like a counted map', () => {
    const operation = fc.record({ stack: anyStack(3), put: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
        const { depot, log } = depotWithLog();
        const model = new Map<string, { handle: number; count: number }>();
        for (const { stack, put } of operations) {
          const key = stack.join();
          const entry = model.get(key);
          if (put) {
            if (entry === undefined) continue;
            depot.put(entry.handle);
            if (--entry.count === 0) model.delete(key);
          } else {
            const handle = depot.save(stack, stack.length / 2, GET);
            if (entry !== undefined) expect(handle).toBe(entry.handle);
            model.set(key, { handle, count: (entry?.count ?? 0) + 1 });
          }
        }
        for (const { handle, count } of model.values()) expect(depot.countOf(handle)).toBe(count);
        expect([...depot.handles()].sort()).toEqual([...model.values()].map(({ handle }) => handle).sort());
        const { refcountedAllocations, refcountedFrees, refcountedInUse, freelistSize } = depot.stats();
        expect(refcountedInUse).toBe(model.size);
        expect(refcountedAllocations - refcountedFrees).toBe(model.size);
        expect(freelistSize).toBeLessThanOrEqual(refcountedFrees);
        expect(log).toEqual([]);
      }),
    );
  });
});

describe('page_owner’s use of the count', () => {
  test('starts saturated, from 1 when first used, and shows count - 1', () => {
    const { depot, log } = depotWithLog();
    const handle = depot.save(stackOf(16), 16);
    expect(depot.countOf(handle)).toBe(REFCOUNT_SATURATED);
    expect(REFCOUNT_SATURATED >>> 0).toBe(0xc0000000);
    expect(depot.addCount(handle, 512)).toBe(true);
    expect(depot.addCount(handle, 1)).toBe(false);
    expect(depot.countOf(handle) - 1).toBe(513);
    expect(depot.subCount(handle, 513)).toBe(false);
    expect(depot.countOf(handle)).toBe(1);
    expect(log).toEqual([]);
  });

  test('says when the count reaches 0', () => {
    const { depot } = depotWithLog();
    const handle = depot.save(stackOf(16), 16);
    depot.setCount(handle, 1);
    expect(depot.subCount(handle, 1)).toBe(true);
  });

  test('no such stack: no count', () => {
    const { depot, log } = depotWithLog();
    expect([depot.countOf(0), depot.addCount(0, 1), depot.subCount(0, 1)]).toEqual([0, false, false]);
    depot.setCount(0, 1);
    expect(log).toEqual([]);
    expect(depot.addCount(7, 1)).toBe(false);
    expect(log).toEqual(['pool index 6 out of bounds (0) for stack id 00000007']);
  });
});

describe('misuse saturates the count and is warned about once', () => {
  const SATURATED = 'refcount_t: saturated; leaking memory.';
  const UNDERFLOW = 'refcount_t: underflow; use-after-free.';

  test('put without get', () => {
    const { depot, log } = depotWithLog();
    const handle = depot.save(stackOf(16), 16);
    depot.put(handle);
    depot.put(handle);
    expect(depot.countOf(handle)).toBe(REFCOUNT_SATURATED);
    expect(depot.save(stackOf(16), 16)).toBe(handle);
    expect(log).toEqual([UNDERFLOW]);
  });

  test('get of a persistent stack', () => {
    const { depot, log } = depotWithLog();
    const handle = depot.save(stackOf(16), 16);
    expect(depot.save(stackOf(16), 16, GET)).toBe(handle);
    expect(depot.save(stackOf(16), 16, GET)).toBe(handle);
    expect(depot.countOf(handle)).toBe(REFCOUNT_SATURATED);
    expect(log).toEqual([SATURATED]);
  });

  test('too much, too little', () => {
    const { depot, log } = depotWithLog();
    const handle = depot.save(stackOf(16), 16);
    depot.setCount(handle, 0x7fffffff);
    depot.addCount(handle, 1);
    expect(depot.countOf(handle)).toBe(REFCOUNT_SATURATED);
    depot.setCount(handle, 5);
    expect(depot.subCount(handle, 6)).toBe(false);
    expect(depot.countOf(handle)).toBe(REFCOUNT_SATURATED);
    expect(log).toEqual([SATURATED, UNDERFLOW]);
  });
});

test('records of Linux 6.1 have no count', () => {
  const depot = StackDepot.create({ layout: '6.1' });
  const handle = depot.save(stackOf(3), 3);
  const message = 'stack records of Linux 6.1 have no count';
  expect(() => depot.save(stackOf(3), 3, GET)).toThrow(new Error(message));
  expect(() => depot.put(handle)).toThrow(new Error(message));
  expect(() => depot.countOf(handle)).toThrow(new Error(message));
});
