import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { attachAllocator, createAllocator, type PageAllocator } from '@page-owner/buddy-allocator';
import { attachTracker, trackPages, type TrackedPages } from '@page-owner/tracked-pages';
import { FrameTexts, NO_ADDRESS } from '../src/frame-texts.js';

const THREADS = 4;
const PAGES = 8192;

type Held = readonly [pfn: number, order: number, taker: string];
interface Report {
  readonly held: readonly Held[];
  readonly seen: number;
  readonly stack: readonly string[];
}

/** A thread that works for so many rounds. It runs the built packages. */
const work = (pages: PageAllocator, owners: TrackedPages, data: object): Promise<Report> =>
  new Promise((resolve, reject) => {
    const workerData = { buffer: pages.buffer, image: owners.image(), attach: true, rounds: 3000, ...data };
    const worker = new Worker(new URL('./track-worker.mjs', import.meta.url), { workerData, execArgv: [] });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

function shared(log?: (line: string) => void): [PageAllocator, TrackedPages] {
  const pages = createAllocator({ pages: PAGES, shared: true, cpus: THREADS });
  return [pages, trackPages(pages, { page_owner: 'on', log })];
}

/** Of a method its own name: runtimes differ in what they say of the object. */
const functionOf = (frame: string | undefined): string => frame!.split('+')[0]!.split('.').at(-1)!;
const byPfn = (a: readonly [number, ...unknown[]], b: readonly [number, ...unknown[]]): number => a[0] - b[0];

test(`${THREADS} threads take and free pages: each block has its owner, stack and task, whoever asks`, async () => {
  const [pages, owners] = shared();
  const mine = Array.from({ length: 20 }, () => pages.allocPages(0, 1));
  const reports = await Promise.all(Array.from({ length: THREADS }, (_, id) => work(pages, owners, { id })));
  const expected = reports.flatMap(({ held }, id) =>
    held.map(([pfn, order, taker]) => [pfn, order, taker, `thread-${id}`] as const),
  );
  const records = [...owners.records()].filter(({ pfn }) => !mine.includes(Number(pfn)));
  expect(records.map(({ pfn, order, stack, comm }) => [pfn, order, functionOf(stack[0]), comm])).toEqual(
    expected.sort(byPfn),
  );
  expect(records[0]!.stack[0]).toMatch(/ \[test\/track-worker\.mjs\]$/);
  expect(mine.map((pfn) => owners.ownerOf(pfn)!.comm)).toEqual(mine.map(() => 'main'));
  expect(new Set([...owners.records()].map(({ pid }) => pid)).size).toBe(THREADS + 1);
  for (const { stack, seen } of reports) {
    expect(stack.length).toBeGreaterThan(0);
    expect(seen).toBeGreaterThan(mine.length);
  }

  // Equal stacks of different threads are one.
  const held = new Map<string, number>();
  for (const [, order, taker] of expected) held.set(taker, (held.get(taker) ?? 0) + 2 ** order);
  const counted = owners.byStack().filter(({ stack }) => stack[0]!.includes('track-worker'));
  expect(new Map(counted.map(({ pages: count, stack }) => [functionOf(stack[0]), count]))).toEqual(held);
  expect(counted).toHaveLength(held.size);
  expect([owners.unhooked, pages.check()]).toEqual([0, []]);

  // What one thread took, another frees.
  for (const [pfn, order] of expected) pages.freePages(pfn, order);
  expect([...owners.records()]).toHaveLength(mine.length);
  expect(owners.byStack().map(({ pages: count }) => count)).toEqual([2 * mine.length]);
  expect(owners.dumpPage(expected[0]![0])).toMatch(/page_owner tracks the page as freed[^]*track-worker/);
  for (const pfn of mine) pages.freePages(pfn, 1);
  pages.drainPcp();
  expect(pages.freePageCount).toBe(PAGES);
}, 60_000);

test('times of all threads count from one moment', async () => {
  const [pages, owners] = shared();
  const now = (): bigint => owners.ownerOf(pages.allocPages(0))!.tsNs!;
  const before = now();
  const { held } = await work(pages, owners, { id: 1, rounds: 50 });
  const after = now();
  for (const [pfn] of held) {
    const tsNs = owners.ownerOf(pfn)!.tsNs!;
    expect([tsNs >= before, tsNs <= after]).toEqual([true, true]);
  }
});

describe('a thread that takes and frees without a tracker', () => {
  test('is told of, and nobody else gets what it holds', async () => {
    const log: string[] = [];
    const [pages, owners] = shared((line) => log.push(line));
    const takeMine = (): number => pages.allocPages(0);
    const mine = Array.from({ length: 10 }, takeMine);
    const { held } = await work(pages, owners, {
      ...{ attach: false, id: 0, rounds: 21 },
      free: mine.slice(0, 5).map((pfn) => [pfn, 0]),
    });
    expect(held.length).toBeGreaterThan(0);
    expect(held.some(([pfn]) => mine.includes(pfn))).toBe(true);
    expect(owners.unhooked).toBe(5 + 21);

    const stillMine = mine.slice(5);
    expect([...owners.records()].map(({ pfn }) => pfn)).toEqual(stillMine);
    expect(owners.byStack().map(({ pages: count, stack }) => [count, functionOf(stack[0])])).toEqual([
      [5, 'takeMine'],
    ]);
    for (const [pfn] of held) expect(owners.ownerOf(pfn)).toBeUndefined();
    for (const pfn of mine.slice(0, 5)) {
      expect(owners.ownerOf(pfn)).toBeUndefined();
      expect(owners.dumpPage(pfn)).toMatch(
        /^pfn \d+ was taken or freed by a thread without a tracker; this is from before:\n/,
      );
    }
    expect(owners.dumpPage(stillMine[0]!)).not.toMatch('without a tracker');
    expect(log.filter((line) => line.includes('without a tracker'))).toEqual([
      'page_owner: threads without a tracker took, freed, split or moved 26 blocks',
    ]);

    // What it took and we free is free, and what we take then is ours.
    for (const [pfn, order] of held) pages.freePages(pfn, order);
    const again = held.map(takeMine);
    for (const pfn of again) expect(functionOf(owners.ownerOf(pfn)!.stack[0])).toBe('takeMine');
    expect(owners.byStack().reduce((sum, { pages: count }) => sum + count, 0)).toBe(5 + again.length);
    expect(pages.check()).toEqual([]);
  });

  test('before tracking began has taken early pages', () => {
    const pages = createAllocator({ pages: PAGES, shared: true });
    const other = attachAllocator(pages.buffer);
    const nothing = (): void => undefined;
    pages.hooks = { allocated: nothing, freed: nothing, split: nothing, migrated: nothing };
    const early = other.allocPages(0, 1);
    pages.hooks = null;
    const owners = trackPages(pages, { page_owner: 'on' });
    expect(owners.ownerOf(early)!.stack).toEqual(['register_early_stack+0x0/0x0 [page_owner]']);
    expect([owners.unhooked, owners.byStack()]).toEqual([0, []]);
  });
});

describe('attachTracker', () => {
  test('while tracking is off', () => {
    const pages = createAllocator({ pages: PAGES, shared: true });
    const owners = trackPages(pages);
    expect(owners.image()).toBeNull();
    const other = attachAllocator(pages.buffer);
    expect(attachTracker(other, owners.image()).enabled).toBe(false);
    expect(other.hooks).toBeNull();
  });

  test('refuses another allocator, one with hooks, and one that is not shared', () => {
    const [pages, owners] = shared();
    const image = owners.image();
    expect(() => attachTracker(createAllocator({ pages: 1 }), image)).toThrow(
      new RangeError(`the tracker is of an allocator of ${PAGES} frames, this one has 1024`),
    );
    expect(() => attachTracker(pages, image)).toThrow('the allocator has hooks already');
    expect(() =>
      attachTracker(attachAllocator(pages.buffer), { ...image!, texts: new ArrayBuffer(16) }),
    ).toThrow(new TypeError('no texts of frames: a buffer of 16 bytes'));
    const alone = trackPages(createAllocator({ pages: PAGES }), { page_owner: 'on' });
    expect(() => alone.image()).toThrow('createAllocator({ shared: true })');
  });

  test('what a tracker before was not told of, the next one finds as allocated early', () => {
    const pages = createAllocator({ pages: PAGES, shared: true, cpus: THREADS });
    const other = attachAllocator(pages.buffer, { cpu: 1 });
    trackPages(pages, { page_owner: 'on' });
    const [kept, freed] = [other.allocPages(0), other.allocPages(0)];
    pages.hooks = null;
    const owners = trackPages(pages, { page_owner: 'on' });
    pages.freePages(freed);
    expect([owners.unhooked, owners.ownerOf(freed)]).toEqual([0, undefined]);
    expect(functionOf(owners.ownerOf(kept)!.stack[0])).toBe('register_early_stack');
    other.allocPages(0);
    expect([...owners.records()].map(({ pfn }) => Number(pfn))).toEqual([kept]);
  });

  test('two views of one thread', () => {
    const [pages, owners] = shared();
    const other = attachAllocator(pages.buffer, { cpu: 1 });
    const theirs = attachTracker(other, owners.image(), { task: () => 'other' });
    const takeTheirs = (): number => other.allocPages(0, 3);
    const pfn = takeTheirs();
    expect(owners.ownerOf(pfn)).toEqual(theirs.ownerOf(pfn));
    expect(owners.ownerOf(pfn)).toMatchObject({ comm: 'other', order: 3 });
    expect(functionOf(owners.ownerOf(pfn)!.stack[0])).toBe('takeTheirs');
    expect(theirs.dump()).toBe(owners.dump());
    expect(theirs.memoryUsage()).toEqual(owners.memoryUsage());
    expect(owners.memoryUsage().records).toBe(72 * PAGES);
  });
});

describe('texts of frames', () => {
  const silent = (): void => undefined;
  const frames = Array.from({ length: 2000 }, (_, i) => `f${i}ü${'x'.repeat(i % 7)}+0x${i}/0x1 [a/b.js]`);

  test.each([undefined, 1 << 17])('each has one address, in every thread (shared: %s)', (bytes) => {
    const one = FrameTexts.create(bytes, silent);
    const addresses = frames.map((frame) => one.addressOf(frame));
    expect(new Set(addresses).size).toBe(frames.length);
    const two = FrameTexts.attach(one.buffer, silent);
    expect(frames.map((frame) => two.addressOf(frame))).toEqual(addresses);
    expect(addresses.map((address) => two.symbolize(address))).toEqual(frames);
    if (bytes === undefined) return;
    const late = two.addressOf('late+0x1/0x1 [c.js]');
    expect([one.addressOf('late+0x1/0x1 [c.js]'), one.symbolize(late)]).toEqual([
      late,
      'late+0x1/0x1 [c.js]',
    ]);
  });

  test('that do not fit are told of once, and what is there stays', () => {
    const log: string[] = [];
    const one = FrameTexts.create(256, (line) => log.push(line));
    const two = FrameTexts.attach(one.buffer, (line) => log.push(line));
    const addresses = frames.slice(0, 20).map((frame, i) => (i % 2 ? one : two).addressOf(frame));
    const fitting = addresses.filter((address) => address !== NO_ADDRESS);
    expect(fitting.length).toBeGreaterThan(3);
    expect(fitting.length).toBeLessThan(20);
    expect(log).toEqual(['Texts of frames reached limit capacity']);
    fitting.forEach((address, i) => expect(two.symbolize(address)).toBe(frames[i]));
    expect(two.symbolize(12345)).toBe('0x3039');
  });
});
