/**
 * Measures two targets by turns in a process of its own. Each turn is short and the best counts: whatever else runs on
 * the machine disturbs both alike, and neither often enough. Each target has its own copy of the workload's code, so
 * that each is compiled for one allocator.
 *
 * Prints one line of JSON. Usage: child.ts <measure> <target> <target>, or child.ts boot
 */
import { mallocBlocks, type Blocks } from '@page-owner/measure';
import { BareBuddy } from './bare-buddy.js';
import { FRAMES } from './workload.js';

const GFP_KERNEL = 0xcc0;
const [measure = '', ...names] = process.argv.slice(2);
const TURNS = 40;

/** The allocator, from its sources or from a copy without hooks. */
async function ours(source: string, options: object): Promise<Blocks> {
  const { createAllocator } = (await import(source)) as typeof import('../src/index.js');
  const allocator = createAllocator({ pages: FRAMES, ...options });
  return {
    alloc: (order) => allocator.allocPages(GFP_KERNEL, order),
    free: (pfn, order) => allocator.freePages(pfn, order),
  };
}

const SOURCES = '../src/index.js';
const WITHOUT_HOOKS = './.without-hooks/index.js';
const TARGETS: Readonly<Record<string, () => Promise<Blocks> | Blocks>> = {
  bare: () => new BareBuddy(FRAMES),
  plain: () => ours(SOURCES, {}),
  machine: () => ours(SOURCES, { watermarks: true }),
  merging: () => ours(SOURCES, { cpus: 0 }),
  shared: () => ours(SOURCES, { shared: true }),
  'plain, no hooks': () => ours(WITHOUT_HOOKS, {}),
  'machine, no hooks': () => ours(WITHOUT_HOOKS, { watermarks: true }),
  'merging, no hooks': () => ours(WITHOUT_HOOKS, { cpus: 0 }),
  malloc: () => mallocBlocks(FRAMES),
};

async function boot(): Promise<object> {
  const { createAllocator } = await import('../src/index.js');
  const start = performance.now();
  const allocator = createAllocator({ nodes: [{ ranges: [{ start: 1, end: 2 ** 24 }] }], cpus: 8 });
  return { boot: performance.now() - start, bytes: allocator.buffer.byteLength };
}

type Workload = typeof import('./workload.js');

/** One turn of each measure, in nanoseconds. */
const MEASURES: Readonly<Record<string, (workload: Workload, target: Blocks, name: string) => number>> = {
  mixed: ({ mixed }, target) => mixed(target, 100_000),
  pairs: ({ pairs }, target) => pairs(target, 100_000),
  blocks: ({ blocks4096 }, target, name) => blocks4096(target, name === 'malloc' ? 20_000 : 100_000),
};

if (measure === 'boot') {
  console.log(JSON.stringify(await boot()));
} else {
  const turn = MEASURES[measure]!;
  const contestants = await Promise.all(
    names.map(async (name, i) => ({
      name,
      target: await TARGETS[name]!(),
      workload: (await import(`./workload.js?copy=${i}`)) as Workload,
      best: Infinity,
    })),
  );
  // Live blocks have to be shuffled for a while, which takes @thi.ng/malloc long.
  for (let i = 0; i < (measure === 'blocks' ? 3 : TURNS); i++) {
    for (const each of contestants)
      each.best = Math.min(each.best, turn(each.workload, each.target, each.name));
  }
  console.log(JSON.stringify(contestants.map(({ best }) => best)));
}
