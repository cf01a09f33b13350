/** `nx bench page-owner`: what a tracked allocation and its free cost, against no tracker and a naive one. */
import { frameMapOf, PageExt, SHARED_TABLES } from '@page-owner/page-ext';
import { StackDepot } from '@page-owner/stackdepot';
import { PageOwner, Task, type PageHooks } from '../src/index.js';
import { bytesKept, compare, perOperation, printRivals, type Contender } from '@page-owner/measure';
import { MapTracker } from './rival.js';

const PAGES = (2 * 2 ** 30) / 4096;
const OPERATIONS = 100_000;
const DEPTH = 16;
const STACKS = 500;

/** Stacks that share their outer frames, ready to be copied, or not even that: the time is not the unwinder's. */
const stacks = Array.from({ length: STACKS }, (_, id) =>
  Uint32Array.from({ length: 2 * DEPTH }, (_, word) =>
    word % 2 === 1 ? 0xffffffff : word === 0 ? 0x81000000 + 16 * id : 0x82000000 + 0x100 * word,
  ),
);
let stack = 0;

interface Tracked {
  readonly hooks: PageHooks;
  readonly ext: PageExt;
  readonly depot: StackDepot;
}

function pageOwner(kernel: string, { shared = false, ready = false } = {}): Tracked {
  const depot = StackDepot.create({ layout: kernel === '6.1' ? '6.1' : '6.12', memoryPages: PAGES, shared });
  const task = new Task(812, 812, 'dd');
  let time = 0;
  const owner = new PageOwner({
    kernel,
    parameter: 'on',
    depot,
    shared,
    stacks: {
      capture(into, maxFrames) {
        const words = stacks[stack]!;
        for (let i = 0; i < 2 * maxFrames; i++) into[i] = words[i]!;
        return maxFrames;
      },
      ...(ready && { readyMade: () => stack }),
      captureOwn: (name, into) => {
        into[0] = name.length;
        return 1;
      },
    },
    clock: {
      read(into) {
        into[0] = ++time;
        into[1] = 0;
      },
    },
    current: { current: () => task },
    // All of memory is free when the tracker starts.
    frames: {
      minPfn: 0,
      maxPfn: PAGES,
      zones: [],
      isValid: () => true,
      zoneOf: () => 0,
      buddyOrder: () => -1,
      isReserved: () => false,
      pageblockType: () => 0,
    },
  });
  const ext = new PageExt({
    clients: [owner.client],
    frames: frameMapOf([{ node: 0, startPfn: 0, endPfn: PAGES }]),
    rule: owner.rules.entryRule,
    ...(shared && { tables: SHARED_TABLES }),
  });
  ext.boot();
  return { hooks: owner.hooks!, ext, depot };
}

const NOTHING: PageHooks = { allocated() {}, freed() {}, split() {}, migrated() {} };

/** Random blocks: all over memory, and in 16 MiB of it, as an allocator does that hands out what was freed last. */
const far = new Uint32Array(OPERATIONS);
const near = new Uint32Array(OPERATIONS);
const picks = new Uint16Array(OPERATIONS);
let state = 0x2545f491;
for (let i = 0; i < OPERATIONS; i++) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  far[i] = ((state >>> 0) % PAGES) & ~3;
  near[i] = far[i]! % 4096;
  picks[i] = (state >>> 8) % STACKS;
}

function round(hooks: PageHooks, pfns: Uint32Array, order: number): number {
  let sum = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    stack = picks[i]!;
    hooks.allocated(pfns[i]!, order, 0xcc0);
    stack = picks[OPERATIONS - 1 - i]!;
    hooks.freed(pfns[i]!, order);
    sum += stack;
  }
  return sum;
}

console.log(`Node ${process.version}, ${PAGES} pages, ${STACKS} stacks of ${DEPTH} frames`);

const trackers: readonly [string, () => PageHooks][] = [
  ['page_owner of 6.12, ready-made stacks', () => pageOwner('6.12', { ready: true }).hooks],
  ['the same, all shared', () => pageOwner('6.12', { ready: true, shared: true }).hooks],
  ['page_owner of 6.12', () => pageOwner('6.12').hooks],
  ['page_owner of 6.1', () => pageOwner('6.1').hooks],
  ['hooks that do nothing', () => NOTHING],
  ['Map with text', () => new MapTracker(() => stacks[stack]!)],
];
const places: readonly [string, Uint32Array, number][] = [
  ['order 0, near', near, 0],
  ['order 2, near', near, 2],
  ['order 0, far', far, 0],
];
for (const [title, pfns, order] of places) {
  const [readyMade] = compare(
    `an allocation and its free, ${title}`,
    perOperation(OPERATIONS),
    trackers.map(([name, make]): Contender => {
      const hooks = make();
      return { name, round: () => round(hooks, pfns, order) };
    }),
  );
  if (order === 0 && pfns === near) printRivals(PAGES, { "page_owner's two hooks": readyMade! });
}

const fill = (hooks: PageHooks): void => {
  for (let pfn = 0; pfn < PAGES; pfn++) {
    stack = pfn % STACKS;
    hooks.allocated(pfn, 0, 0xcc0);
  }
};
console.log('\nbytes kept per page, every page of 2 GiB allocated');
const all: readonly [string, () => unknown][] = [
  [
    'page_owner of 6.12',
    () => {
      const tracked = pageOwner('6.12');
      fill(tracked.hooks);
      return tracked;
    },
  ],
  [
    'Map with text',
    () => {
      const tracker = new MapTracker(() => stacks[stack]!);
      fill(tracker);
      return tracker;
    },
  ],
];
for (const [name, make] of all) console.log(`${name}: ${(bytesKept(make) / PAGES).toFixed(1)}`);
const records = pageOwner('6.12').ext.memoryUsage().tableBytes / PAGES;
console.log(`the records of page_owner of 6.12 alone: ${records.toFixed(1)}; the rest is the depot's`);

const { hooks } = pageOwner('6.12');
for (let i = 0; i < 5; i++) round(hooks, far, 0);
const before = process.memoryUsage().heapUsed;
for (let i = 0; i < 5; i++) round(hooks, far, 0);
const allocated = process.memoryUsage().heapUsed - before;
console.log(`\nheap bytes allocated by ${5 * OPERATIONS} allocations and frees: ${allocated}`);
