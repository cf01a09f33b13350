import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  formatStats,
  StackDepot,
  toAddresses,
  toFrameWords,
  withExtraBits,
  type DepotLayoutName,
} from '@page-owner/stackdepot';
import { anyStack, stackOf } from './stacks.js';

const LAYOUTS: readonly DepotLayoutName[] = ['6.1', '6.12'];

const fetched = (depot: StackDepot, handle: number): bigint[] => {
  const frames = new Uint32Array(2 * depot.maxFrames);
  return toAddresses(frames, depot.fetch(handle, frames));
};

describe.each(LAYOUTS)('a depot of %s', (layout) => {
  test('gives equal stacks one handle, and the frames back', () => {
    const depot = StackDepot.create({ layout });
    const a = depot.save(stackOf(16, 1), 16);
    const b = depot.save(stackOf(16, 2), 16);
    expect(a).not.toBe(b);
    expect(depot.save(stackOf(16, 1), 16)).toBe(a);
    expect(fetched(depot, b)).toEqual(toAddresses(stackOf(16, 2)));
    expect(depot.stats()).toMatchObject({ pools: 1, persistentCount: 2, persistentBytes: 320 });
  });

  test('puts 102 stacks of 16 frames in a pool', () => {
    const depot = StackDepot.create({ layout });
    const handles = Array.from({ length: 103 }, (_, id) => depot.save(stackOf(16, id), 16));
    const [first, second] = layout === '6.1' ? [0x04000000, 0x040a0000] : [1, 1310721];
    expect(handles.slice(0, 2)).toEqual([first, second]);
    expect(handles[102]).toBe(first! + 1);
    expect(depot.stats().pools).toBe(2);
  });

  test('stores no frames as 0', () => {
    const depot = StackDepot.create({ layout });
    expect(depot.save(new Uint32Array(0), 0)).toBe(0);
    expect(fetched(depot, 0)).toEqual([]);
  });

  test('behaves like a map from stacks to handles', () => {
    fc.assert(
      fc.property(fc.array(anyStack(5), { maxLength: 60 }), (stacks) => {
        const depot = StackDepot.create({ layout });
        const model = new Map<string, number>();
        for (const stack of stacks) {
          const handle = depot.save(stack, stack.length / 2);
          const known = model.get(stack.join());
          if (known === undefined) expect([...model.values()]).not.toContain(handle);
          else expect(handle).toBe(known);
          model.set(stack.join(), handle);
        }
        for (const [stack, handle] of model) expect(toFrameWords(fetched(depot, handle)).join()).toBe(stack);
        expect([...depot.handles()].sort()).toEqual([...model.values()].sort());
      }),
    );
  });

  test('ignores extra bits when it looks a handle up', () => {
    const depot = StackDepot.create({ layout });
    const handle = depot.save(stackOf(3), 3);
    expect(fetched(depot, withExtraBits(handle, 17))).toEqual(toAddresses(stackOf(3)));
  });

  test('cuts stacks to maxFrames, before it compares them', () => {
    const depot = StackDepot.create({ layout, maxFrames: 4 });
    const handle = depot.save(stackOf(9), 9);
    expect(fetched(depot, handle)).toEqual(toAddresses(stackOf(4)));
    expect(depot.save(stackOf(9), 9)).toBe(handle);
    expect(depot.save(stackOf(4), 4)).toBe(handle);
  });

  test('a disabled depot stores nothing and takes next to no memory', () => {
    const depot = StackDepot.create({ layout, disabled: true });
    expect(depot.save(stackOf(3), 3)).toBe(0);
    expect(fetched(depot, 1)).toEqual([]);
    expect([...depot.handles()]).toEqual([]);
    expect(depot.buffer.byteLength).toBeLessThan(512);
  });
});

describe('bad calls', () => {
  const depot = StackDepot.create();

  test('more frames than words', () => {
    expect(() => depot.save(stackOf(3), 4)).toThrow(new RangeError('6 words cannot hold 4 frames'));
    expect(() => depot.save(stackOf(3), -1)).toThrow(RangeError);
    expect(() => depot.save(stackOf(3), Number.NaN)).toThrow(RangeError);
    expect(() => depot.save(stackOf(3), 1.5)).toThrow(RangeError);
  });

  test('too small a target', () => {
    const handle = depot.save(stackOf(3), 3);
    expect(() => depot.fetch(handle, new Uint32Array(5))).toThrow(
      new RangeError('5 words cannot hold 3 frames'),
    );
  });

  test.each([
    [{ maxPools: 0 }, 'maxPools must be a whole number from 1 to 8192, got 0'],
    [{ maxPools: 8193 }, 'maxPools must be a whole number from 1 to 8192, got 8193'],
    [{ maxFrames: 257 }, 'maxFrames must be a whole number from 1 to 256, got 257'],
    [{ bucketOrder: 11 }, 'bucketOrder must be a whole number from 12 to 20, got 11'],
    [{ irqText: Array(3).fill({ start: 0n, end: 1n }) }, 'at most 2 irq text ranges, got 3'],
  ])('%o', (options, message) => {
    expect(() => StackDepot.create(options)).toThrow(new RangeError(message));
  });
});

describe('handles that name nothing', () => {
  const complaints = (layout: DepotLayoutName, handle: number): string[] => {
    const lines: string[] = [];
    const depot = StackDepot.create({ layout, log: (line) => lines.push(line) });
    depot.save(stackOf(3), 3);
    lines.length = 0;
    expect(fetched(depot, handle)).toEqual([]);
    return lines;
  };
  const CORRUPT = 'corrupt handle or use after stack_depot_put()';

  test('6.12: beyond the pools', () => {
    expect(complaints('6.12', 43)).toEqual([
      'pool index 42 out of bounds (1) for stack id 0000002b',
      CORRUPT,
    ]);
    expect(complaints('6.12', 0x80020000)).toEqual([
      'pool index -1 out of bounds (1) for stack id 80020000',
      CORRUPT,
    ]);
  });

  test('6.12: where no record begins', () => {
    expect(complaints('6.12', 1 + (5 << 17))).toEqual([CORRUPT]);
  });

  test('6.1', () => {
    expect(complaints('6.1', 0x0400002a)).toEqual(['slab index 42 out of bounds (0) for stack id 0400002a']);
    expect(complaints('6.1', 0x04050000)).toEqual([]);
  });
});

describe('the irq filter', () => {
  const irqText = [
    { start: 0xffffffff82000000n, end: 0xffffffff82001000n },
    { start: 0x1_ffffff00n, end: 0x2_00000100n },
  ];
  const depot = StackDepot.create({ irqText });
  const kept = (addresses: readonly bigint[]): number =>
    fetched(depot, depot.save(toFrameWords(addresses), addresses.length)).length;
  const plain = 0xffffffff81000000n;

  test('keeps the first frame of interrupt entry and drops what it interrupted', () => {
    expect(kept([plain, 0xffffffff82000000n, plain, plain])).toBe(2);
    expect(kept([0xffffffff82000fffn, plain])).toBe(1);
    expect(kept([plain, plain, 0xffffffff82001000n, 0xffffffff81ffffffn])).toBe(4);
  });

  test('compares all 64 bits', () => {
    expect(kept([0x1_ffffff00n, plain])).toBe(1);
    expect(kept([0x2_000000ffn, plain])).toBe(1);
    expect(kept([0x2_00000100n, plain])).toBe(2);
    expect(kept([0x1_fffffeffn, plain])).toBe(2);
    expect(kept([0x82000000n, plain])).toBe(2);
  });

  test('equals a filter on BigInts', () => {
    const edge = fc.constantFrom(...irqText.flatMap(({ start, end }) => [start, end, start - 1n, end - 1n]));
    const address = fc.oneof(edge, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 8 }), (addresses) => {
        const at = addresses.findIndex((a) => irqText.some(({ start, end }) => a >= start && a < end));
        expect(kept(addresses)).toBe(at < 0 ? addresses.length : at + 1);
      }),
    );
  });
});

describe('statistics', () => {
  test('279 stacks of 16 frames: the text a 6.12 kernel shows', () => {
    const depot = StackDepot.create();
    for (let id = 0; id < 279; id++) depot.save(stackOf(16, id), 16);
    expect(formatStats(depot.stats())).toBe(
      'pools: 3\nrefcounted_allocations: 0\nrefcounted_frees: 0\nrefcounted_in_use: 0\n' +
        'freelist_size: 0\npersistent_count: 279\npersistent_bytes: 44640\n',
    );
  });
});
