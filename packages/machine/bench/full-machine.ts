/** A machine of 2 GiB whose every page has an owner: 600 stacks, 40 tasks, four masks, ten kinds of pages. */
import { bootMachine, type Machine } from '../src/index.js';

export const PAGES = (2 * 2 ** 30) / 4096;

const STACKS = 600;
const TASKS = 40;
const MASKS = ['GFP_KERNEL', 'GFP_KERNEL|__GFP_COMP', 'GFP_HIGHUSER_MOVABLE', 'GFP_USER|__GFP_ZERO'];
const FLAGS = ['', 'uptodate|lru', 'uptodate|lru|active', 'uptodate|dirty|lru|swapbacked', 'head'];

export function fullMachine(): Machine {
  const machine = bootMachine({
    memory: [{ start: 0, end: PAGES }],
    reserved: [],
    cmdline: 'page_owner=on',
    kernel: '6.12',
  });
  const { allocator, clock, notes, random, stacks, tasks } = machine;
  const ids = Array.from({ length: STACKS }, (_, id) =>
    machine.stack(
      Array.from({ length: 10 + (id % 7) }, (_, depth) =>
        depth === 0
          ? 'get_page_from_freelist+0x1462/0x15e0'
          : `function_number_${id % (10 * depth)}+0x1a/0x130`,
      ),
    ),
  );
  const memcg = { kind: 'charged', name: 'user.slice', viaObjcg: false, offline: false } as const;
  const kinds = FLAGS.flatMap((flags) => [machine.note({ flags }), machine.note({ flags, memcg })]);
  const workers = Array.from({ length: TASKS }, (_, i) => tasks.spawn(`worker-${i}`));
  const masks = MASKS.map((names) => machine.gfp(names));
  for (let pfn = 0; pfn < PAGES; pfn++) {
    // Whoever allocates, takes some pages in a row.
    if (pfn % 8 === 0) {
      tasks.running = workers[random.below(TASKS)]!;
      stacks.current = ids[random.below(STACKS)]!;
    }
    clock.advance(1 + random.below(4096));
    if (allocator.allocAt(pfn, 0, masks[random.below(4)]!)) notes.set(pfn, kinds[random.below(10)]!);
  }
  return machine;
}
