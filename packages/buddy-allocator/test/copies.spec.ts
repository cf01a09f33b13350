/** Copies of what other threads change, and locks that nobody gives back. */
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { attachAllocator, createAllocator, type PageAllocator } from '@page-owner/buddy-allocator';
import { BUSY, STUCK, UNHOOKED } from './copies-worker.js';
import { hooked } from './events.js';

const THREADS = 4;
/** Words of the header, see header-layout.ts. */
const LOCK = 24;
/** Threads run the built package: Node 20 cannot load TypeScript in a worker. */
const entry = new URL('../dist/index.js', import.meta.url).href;

const start = (body: string, workerData: object): Worker =>
  new Worker(body, { eval: true, execArgv: [], workerData: { entry, ...workerData } });
const message = <T>(worker: Worker): Promise<T> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });

/** A copy of its bytes as they are, the lock's word too. */
function rawCopy({ buffer }: PageAllocator, shared: boolean): ArrayBuffer | SharedArrayBuffer {
  const { byteLength } = buffer;
  const copy = shared ? new SharedArrayBuffer(byteLength) : new ArrayBuffer(byteLength);
  new Uint8Array(copy).set(new Uint8Array(buffer));
  return copy;
}

test(`snapshots while ${THREADS} threads allocate are sound, and can be used`, async () => {
  const allocator = createAllocator({ pages: 8192, shared: true, cpus: THREADS });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: THREADS }, (_, id) =>
    start(BUSY, { buffer: allocator.buffer, stop, id }),
  );
  await Promise.all(workers.map((worker) => message(worker)));
  const copies = [];
  for (let i = 0; i < 20; i++) {
    copies.push(allocator.snapshot(), allocator.snapshot({ shared: true }));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const done = workers.map((worker) => message(worker));
  Atomics.store(stop, 0, 1);
  await Promise.all(done);

  const held = new Set<number>();
  for (const copy of copies) {
    expect(new Int32Array(copy)[LOCK]).toBe(0);
    const restored = attachAllocator(copy);
    expect(restored.check()).toEqual([]);
    held.add(restored.freePageCount);
    const pfn = restored.allocPages(0);
    restored.freePages(pfn);
    expect(restored.check()).toEqual([]);
  }
  expect(held.size).toBeGreaterThan(1);
  expect(Object.prototype.toString.call(copies[0])).toBe('[object ArrayBuffer]');
  expect(Object.prototype.toString.call(copies[1])).toBe('[object SharedArrayBuffer]');
  allocator.drainPcp();
  expect(allocator.freePageCount).toBe(8192);
}, 30_000);

describe('a lock that nobody gives back', () => {
  test('of a copy on the heap: it is refused', () => {
    const a = createAllocator({ pages: 1024, shared: true });
    a.hooks = {
      allocated: () => {
        expect(() => attachAllocator(rawCopy(a, false))).toThrow(
          new RangeError('a thread was changing this allocator while it was copied: copy it with snapshot()'),
        );
        expect(attachAllocator(a.snapshot()).blockAt(0).kind).toBe('allocated');
      },
      ...{ freed: () => undefined, split: () => undefined, migrated: () => undefined },
    };
    expect(a.allocPages(0)).toBe(0);
    expect(attachAllocator(rawCopy(a, false)).freePageCount).toBe(1023);
  });

  test('of a shared copy: attaching says so when the time is over', () => {
    const a = createAllocator({ pages: 1024, shared: true });
    const copy = rawCopy(a, true);
    new Int32Array(copy)[LOCK] = 1;
    expect(() => attachAllocator(copy, { lockTimeout: 20 })).toThrow(
      'the lock of this allocator has been held for 20 ms: its thread was terminated or waits, or the buffer was ' +
        'copied without snapshot()',
    );
  });

  test('of a thread that was terminated: every call says so', async () => {
    const a = createAllocator({ pages: 1024, shared: true, lockTimeout: 50 });
    const worker = start(STUCK, { buffer: a.buffer });
    await message(worker);
    await worker.terminate();
    const told = 'has been held for 50 ms';
    for (const call of [() => a.allocPages(0), () => a.check(), () => a.snapshot()])
      expect(call).toThrow(told);
    expect(() => attachAllocator(a.buffer, { lockTimeout: 1 })).toThrow('for 1 ms');
  });

  test.each([0, -1, NaN])('lockTimeout %d', (lockTimeout) => {
    const shared = lockTimeout === 0;
    expect(() => createAllocator({ pages: 1024, shared, lockTimeout })).toThrow(
      new RangeError(`lockTimeout must be a number of milliseconds above 0, got ${lockTimeout}`),
    );
  });

  test('a turn after another is no turn that lasts', async () => {
    const a = createAllocator({ pages: 8192, shared: true, cpus: THREADS, lockTimeout: 200 });
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workers = Array.from({ length: THREADS - 1 }, (_, id) =>
      start(BUSY, { buffer: a.buffer, stop, id: id + 1 }),
    );
    await Promise.all(workers.map((worker) => message(worker)));
    const end = performance.now() + 600;
    while (performance.now() < end) a.freePages(a.allocPages(0));
    const done = workers.map((worker) => message(worker));
    Atomics.store(stop, 0, 1);
    await Promise.all(done);
    expect(a.check()).toEqual([]);
  });
});

describe('threads without hooks', () => {
  const act = async (a: PageAllocator, free: number[], take: number): Promise<number[]> => {
    const worker = start(UNHOOKED, { buffer: a.buffer, free, take });
    return message<number[]>(worker);
  };

  test('what they take is known, and how often they did anything', async () => {
    const a = createAllocator({ pages: 1024, shared: true, cpus: 0 });
    const before = await act(a, [], 3);
    const told = hooked(a);
    const fresh = attachAllocator(a.snapshot({ shared: true }));
    expect([fresh.isUnhooked(fresh.allocPages(0)), fresh.unhooked]).toEqual([false, 0]);
    expect([a.unhooked, ...before.map((pfn) => a.isUnhooked(pfn))]).toEqual([0, false, false, false]);
    const own = Array.from({ length: 5 }, () => a.allocPages(0));
    const theirs = await act(a, own, 7);
    expect(told).toHaveLength(5);
    expect(a.unhooked).toBe(12);
    expect(theirs.filter((pfn) => own.includes(pfn))).not.toEqual([]);
    expect(theirs.map((pfn) => a.isUnhooked(pfn))).toEqual(theirs.map(() => true));
    for (const pfn of theirs) a.freePages(pfn);
    expect(theirs.map((pfn) => a.isUnhooked(pfn))).toEqual(theirs.map(() => false));
    const again = Array.from({ length: 20 }, () => a.allocPages(0));
    expect(again.filter((pfn) => a.isUnhooked(pfn))).toEqual([]);
    expect(a.unhooked).toBe(12);
    expect(a.check()).toEqual([]);
  });

  test('pieces and what is moved are as little known as the whole', () => {
    const a = createAllocator({ pages: 8192, shared: true, cpus: 0, grouping: true });
    const b = attachAllocator(a.buffer);
    hooked(a);
    const [hers, ours] = [b.allocPages(0, 3), a.allocPages(0, 3)];
    a.splitPage(hers, 3);
    a.splitPage(ours, 3);
    expect([a.isUnhooked(hers), a.isUnhooked(hers + 7), a.isUnhooked(ours + 7)]).toEqual([true, true, false]);
    const movable = a.gfp('GFP_HIGHUSER_MOVABLE');
    expect([b.allocAt(4097, 0, movable), a.allocAt(4098, 0, movable)]).toEqual([true, true]);
    const moves: number[] = [];
    a.mover = { move: (_, to) => moves.push(to) > 0 };
    expect(a.allocRange(4096, 4100, 0)).toBe(true);
    expect(moves.map((pfn) => a.isUnhooked(pfn))).toEqual([true, false]);
    expect(a.isUnhooked(4096)).toBe(false);
    a.hooks = null;
    const pfn = a.allocPages(0);
    expect([a.hooks, a.isUnhooked(pfn)]).toEqual([null, true]);
  });

  test('nobody is unknown in a copy, nor to a tracker that begins', () => {
    const a = createAllocator({ pages: 1024, shared: true });
    const b = attachAllocator(a.buffer);
    hooked(a);
    const pfn = b.allocPages(0, 2);
    expect([a.isUnhooked(pfn), a.unhooked]).toEqual([true, 1]);
    const copy = attachAllocator(a.snapshot({ shared: true }));
    expect([copy.isUnhooked(pfn), copy.unhooked]).toEqual([false, 0]);
    a.forgetUnhooked();
    expect([a.isUnhooked(pfn), a.unhooked]).toEqual([false, 1]);
    expect(a.isUnhooked(b.allocPages(0))).toBe(true);
  });

  test('an allocator of one thread has none', () => {
    const a = createAllocator({ pages: 1024 });
    hooked(a);
    const b = attachAllocator(a.buffer);
    expect([b.isUnhooked(b.allocPages(0)), a.unhooked]).toEqual([false, 0]);
  });
});

test('names of a mask', () => {
  const [old, modern] = [createAllocator({ pages: 1, kernel: '6.1' }), createAllocator({ pages: 1 })];
  expect([modern.gfp('GFP_HIGHUSER_MOVABLE'), modern.gfp('GFP_KERNEL|__GFP_ZERO')]).toEqual([
    0x100cca, 0xdc0,
  ]);
  expect([old.gfp('GFP_ATOMIC'), modern.gfp('GFP_ATOMIC')]).toEqual([0xa20, 0x820]);
  expect(() => modern.gfp('__GFP_ATOMIC')).toThrow('__GFP_ATOMIC');
});
