import { describe, expect, test } from '@jest/globals';
import {
  POOL_BYTES,
  SAVE_CAN_ALLOC,
  SAVE_GET,
  SAVE_NO_WAIT,
  StackDepot,
  toAddresses,
} from '@page-owner/stackdepot';
import { stackOf } from './stacks.js';

const HEADER_BYTES = 256;
const TABLE_BYTES = 4 * 4096;
const POOL_0 = (HEADER_BYTES + TABLE_BYTES) / 4;

const filled = (shared: boolean, maxPools = 16): StackDepot => {
  const depot = StackDepot.create({ shared, maxPools });
  for (let id = 0; id < 300; id++) depot.save(stackOf(16, id), 16);
  return depot;
};

describe('the records in memory', () => {
  test('6.12', () => {
    const depot = StackDepot.create();
    depot.save(stackOf(1), 1);
    depot.addCount(depot.save(stackOf(2), 2), 8);
    const words = new Uint32Array(depot.buffer);
    expect([...words.slice(POOL_0, POOL_0 + 12)].map((word) => word.toString(16))).toEqual(
      // next, 0, prev, 0, hash, size, handle, count, frame, padding
      [
        '0',
        '0',
        '0',
        '0',
        words[POOL_0 + 4]!.toString(16),
        '1',
        '1',
        'c0000000',
        '81161160',
        'ffffffff',
        '0',
        '0',
      ],
    );
    expect([...words.slice(POOL_0 + 17, POOL_0 + 22)]).toEqual([2, 1 + (3 << 17), 9, 0x81161160, 0xffffffff]);
  });

  test('6.1', () => {
    const depot = StackDepot.create({ layout: '6.1' });
    depot.save(stackOf(1), 1);
    const words = new Uint32Array(depot.buffer);
    expect([...words.slice(POOL_0, POOL_0 + 8)]).toEqual(
      // next, 0, hash, size, handle, 0, frame
      [0, 0, words[POOL_0 + 2], 1, 0x04000000, 0, 0x81161160, 0xffffffff],
    );
  });

  test('hash and size of the 16-frame vector', () => {
    const depot = StackDepot.create();
    depot.save(stackOf(16), 16);
    const words = new Uint32Array(depot.buffer);
    expect([...words.slice(POOL_0 + 4, POOL_0 + 6)]).toEqual([0x12850de1, 16]);
    expect(words[HEADER_BYTES / 4 + (0x12850de1 & 4095)]).toBe(1);
  });
});

describe.each([false, true])('attaching (shared: %s)', (shared) => {
  test('sees everything, and goes on where the other left off', () => {
    const depot = filled(shared);
    const other = StackDepot.attach(depot.buffer);
    expect(other.stats()).toEqual(depot.stats());
    expect(other.save(stackOf(16, 7), 16)).toBe(depot.save(stackOf(16, 7), 16));
    const added = other.save(stackOf(5, 1000), 5);
    expect(depot.save(stackOf(5, 1000), 5)).toBe(added);
  });

  test('a snapshot holds what is used and nothing else', () => {
    const depot = filled(shared);
    const evicted = depot.save(stackOf(3, 500), 3, SAVE_CAN_ALLOC | SAVE_GET);
    depot.put(evicted);
    const copy = depot.snapshot();
    expect(Object.prototype.toString.call(copy)).toBe('[object ArrayBuffer]');
    expect(copy.byteLength).toBe(HEADER_BYTES + TABLE_BYTES + depot.stats().pools * POOL_BYTES);
    const other = StackDepot.attach(copy);
    expect(other.snapshot()).toEqual(copy);
    for (let id = 0; id < 600; id++) {
      expect(other.save(stackOf(16, id), 16)).toBe(depot.save(stackOf(16, id), 16));
    }
    expect(other.stats()).toEqual(depot.stats());
  });
});

test('a shared depot has its final size from the start', () => {
  const depot = StackDepot.create({ shared: true, maxPools: 3 });
  expect(Object.prototype.toString.call(depot.buffer)).toBe('[object SharedArrayBuffer]');
  expect(depot.buffer.byteLength).toBe(HEADER_BYTES + TABLE_BYTES + 3 * POOL_BYTES);
});

test('settings travel with the buffer', () => {
  const irqText = [{ start: 0xffffffff81161360n, end: 0xffffffff81161361n }];
  const depot = StackDepot.create({ layout: '6.1', maxFrames: 5, irqText, maxPools: 1 });
  const other = StackDepot.attach(depot.snapshot());
  expect([other.layout.name, other.maxFrames, other.disabled]).toEqual(['6.1', 5, false]);
  const into = new Uint32Array(10);
  expect(other.fetch(other.save(stackOf(5), 5), into)).toBe(3);
  expect(toAddresses(into, 3)).toEqual(toAddresses(stackOf(3)));
  expect(StackDepot.attach(StackDepot.create({ disabled: true }).snapshot()).disabled).toBe(true);
});

describe('buffers that are refused', () => {
  test('a view of one: bytes that were read may be part of a larger buffer', () => {
    const bytes = new Uint8Array(StackDepot.create().snapshot());
    expect(() => StackDepot.attach(bytes as unknown as ArrayBuffer)).toThrow('new Uint8Array(bytes).buffer');
    expect(StackDepot.attach(new Uint8Array(bytes).buffer).handles().next().done).toBe(true);
  });

  const snapshot = (): Uint32Array<ArrayBuffer> => new Uint32Array(filled(false).snapshot());

  test('not a depot', () => {
    expect(() => StackDepot.attach(new ArrayBuffer(8))).toThrow(
      new TypeError('not a stack depot: 8 bytes that begin with 0x0'),
    );
    const words = snapshot();
    words[0] = 0x46474849;
    expect(() => StackDepot.attach(words.buffer)).toThrow(/begin with 0x46474849/);
  });

  test('another version', () => {
    const words = snapshot();
    words[1] = 2;
    expect(() => StackDepot.attach(words.buffer)).toThrow(
      new RangeError('stack depot has format version 2, this code reads version 1'),
    );
  });

  test('cut short', () => {
    const { buffer } = snapshot();
    expect(() => StackDepot.attach(buffer.slice(0, 20000))).toThrow(
      new RangeError(`stack depot of ${buffer.byteLength} bytes is cut short to 20000`),
    );
  });
});

describe('a lock that nobody gives back', () => {
  const LOCK = 7;
  const held = (lockTimeout: number): StackDepot => {
    const depot = StackDepot.create({ shared: true, maxPools: 16, lockTimeout });
    depot.save(stackOf(16, 1), 16);
    new Int32Array(depot.buffer)[LOCK] = 1;
    return depot;
  };

  test('known stacks are found, what needs the lock says so', () => {
    const depot = held(20);
    const known = depot.save(stackOf(16, 1), 16);
    expect(depot.fetch(known, new Uint32Array(32))).toBe(16);
    expect(depot.save(stackOf(16, 2), 16, SAVE_CAN_ALLOC | SAVE_NO_WAIT)).toBe(0);
    for (const call of [() => depot.save(stackOf(16, 2), 16), () => depot.stats(), () => depot.snapshot()])
      expect(call).toThrow(
        'the lock of this stack depot has been held for 20 ms: its thread was terminated or waits, or the buffer was ' +
          'copied without snapshot()',
      );
    expect(() => StackDepot.attach(depot.buffer, { lockTimeout: 1 }).stats()).toThrow('for 1 ms');
    new Int32Array(depot.buffer)[LOCK] = 0;
    expect(depot.save(stackOf(16, 2), 16)).toBeGreaterThan(0);
  });

  test('of a copy on the heap: it is refused', () => {
    const copy = new Uint8Array(held(20).buffer).slice().buffer;
    expect(() => StackDepot.attach(copy)).toThrow(
      new RangeError('a thread was changing this stack depot while it was copied: copy it with snapshot()'),
    );
  });

  test.each([0, -1, NaN])('lockTimeout %d', (lockTimeout) => {
    const told = new RangeError(`lockTimeout must be a number of milliseconds above 0, got ${lockTimeout}`);
    expect(() => StackDepot.create({ lockTimeout })).toThrow(told);
    expect(() => StackDepot.attach(filled(true).buffer, { lockTimeout })).toThrow(told);
  });
});
