/** Evicting from a chain, and what may happen to a record between finding it and holding it. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HASH_SEED, jhash2, SAVE_CAN_ALLOC, SAVE_GET, StackDepot, toAddresses } from '@page-owner/stackdepot';
import { stackOf } from './stacks.js';

const GET = SAVE_CAN_ALLOC | SAVE_GET;
const DEPTH = 2;
const BUCKETS = 4096;

/** Stacks that fall into one bucket of the smallest table. */
const colliding = Array.from({ length: 40_000 }, (_, id) => stackOf(DEPTH, id)).filter(
  (stack, _, [first]) => ((hash(stack) ^ hash(first!)) & (BUCKETS - 1)) === 0,
);

function hash(stack: Uint32Array): number {
  return jhash2(stack, stack.length, HASH_SEED);
}

test('in any order, from a single chain', () => {
  expect(colliding.length).toBeGreaterThanOrEqual(5);
  const five = colliding.slice(0, 5);
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 40 }), (picks) => {
      const depot = StackDepot.create();
      const live = new Map<number, number>();
      for (const pick of picks) {
        const handle = live.get(pick);
        if (handle === undefined) live.set(pick, depot.save(five[pick]!, DEPTH, GET));
        else {
          depot.put(handle);
          live.delete(pick);
        }
        expect([...depot.handles()].sort()).toEqual([...live.values()].sort());
        for (const [id, known] of live) expect(depot.save(five[id]!, DEPTH)).toBe(known);
      }
    }),
  );
});

describe('another thread in between', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const depots = (): [StackDepot, StackDepot] => {
    const depot = StackDepot.create({ shared: true, maxPools: 2 });
    return [depot, StackDepot.attach(depot.buffer)];
  };

  /** Lets `meanwhile` happen just before the next such operation. */
  const before = (operation: 'compareExchange' | 'sub', meanwhile: () => void): void => {
    const spy = jest.spyOn(Atomics, operation) as unknown as jest.SpiedFunction<
      (...args: unknown[]) => unknown
    >;
    spy.mockImplementationOnce((...args) => {
      spy.mockRestore();
      meanwhile();
      return (Atomics[operation] as (...args: unknown[]) => unknown)(...args);
    });
  };
  /** A found record's count is about to grow. */
  const beforeGet = (meanwhile: () => void): void => before('compareExchange', meanwhile);

  test('evicts the record and reuses it for another stack: the stack is stored anew', () => {
    const [depot, other] = depots();
    const [a, b] = [stackOf(DEPTH, 1), stackOf(DEPTH, 2)];
    const old = depot.save(a, DEPTH, GET);
    let reused = 0;
    beforeGet(() => {
      other.put(old);
      reused = other.save(b, DEPTH, GET); // count 1 again, as the first thread saw it
    });
    const handle = depot.save(a, DEPTH, GET);
    expect(reused).toBe(old);
    expect(handle).not.toBe(old);
    const frames = new Uint32Array(2 * DEPTH);
    expect(toAddresses(frames, depot.fetch(handle, frames))).toEqual(toAddresses(a));
    expect([depot.countOf(handle), depot.countOf(reused)]).toEqual([1, 1]);
    expect(depot.stats()).toMatchObject({ refcountedInUse: 2, freelistSize: 0 });
  });

  test('lets go of the reused one, too: who took it by mistake evicts it', () => {
    const [depot, other] = depots();
    const old = depot.save(stackOf(DEPTH, 1), DEPTH, GET);
    beforeGet(() => {
      other.put(old);
      const reused = other.save(stackOf(DEPTH, 2), DEPTH, GET);
      // The first thread takes its reference by mistake, and is the last to let go of it.
      before('sub', () => other.put(reused));
    });
    const handle = depot.save(stackOf(DEPTH, 1), DEPTH, GET);
    expect(depot.countOf(handle)).toBe(1);
    expect([...depot.handles()]).toEqual([handle]);
    expect(depot.stats()).toMatchObject({ refcountedAllocations: 3, refcountedFrees: 2, freelistSize: 0 });
  });

  test('takes a reference: both count', () => {
    const [depot, other] = depots();
    const handle = depot.save(stackOf(DEPTH, 1), DEPTH, GET);
    beforeGet(() => void other.save(stackOf(DEPTH, 1), DEPTH, GET));
    expect(depot.save(stackOf(DEPTH, 1), DEPTH, GET)).toBe(handle);
    expect(depot.countOf(handle)).toBe(3);
  });

  test('drops the last reference: the stack is stored anew', () => {
    const [depot, other] = depots();
    const handle = depot.save(stackOf(DEPTH, 1), DEPTH, GET);
    beforeGet(() => other.put(handle));
    expect(depot.save(stackOf(DEPTH, 1), DEPTH, GET)).toBe(handle); // in the same record, first of the free list
    expect(depot.countOf(handle)).toBe(1);
    expect(depot.stats()).toMatchObject({ refcountedAllocations: 2, refcountedFrees: 1 });
  });
});
