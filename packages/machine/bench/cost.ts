/** What page_owner costs a machine: the same work with and without it. */
import { bootMachine, runWorkload, type Machine } from '../src/index.js';
import { compare, perOperation, printRivals } from '@page-owner/measure';

const BLOCKS = 4096;
const PAIRS = 100_000;

const boot = (cmdline: string): Machine => bootMachine({ memory: '256M', cmdline, cpus: 2, kernel: '6.12' });

/** Frees one of many blocks at random and allocates another, from 32 stacks. */
function exchange(cmdline: string): () => number {
  const machine = boot(cmdline);
  const { allocator, random, stacks } = machine;
  const ids = Array.from({ length: 32 }, (_, i) =>
    machine.stack([`get_page+0x1/0x10`, `caller_${i}+0x8/0x20`]),
  );
  const mask = machine.gfp('GFP_KERNEL');
  const blocks = Int32Array.from({ length: BLOCKS }, () => allocator.allocPages(mask, 0));
  return () => {
    for (let i = 0; i < PAIRS; i++) {
      const slot = random.next() & (BLOCKS - 1);
      stacks.current = ids[slot & 31]!;
      allocator.freePages(blocks[slot]!, 0);
      blocks[slot] = allocator.allocPages(mask, 0);
    }
    return blocks[0]!;
  };
}

/** A workload as a whole, on a machine of its own. */
const work = (cmdline: string) => (): number => {
  const machine = boot(cmdline);
  runWorkload(machine, 'fork-storm', { seed: 1, seconds: 5 });
  return machine.clock.ns;
};

export function costs(): void {
  const [off, on] = compare('free a page and allocate another, 32 stacks', perOperation(PAIRS), [
    { name: 'page_owner=off', round: exchange('') },
    { name: 'page_owner=on', round: exchange('page_owner=on') },
  ]);
  printRivals(2 ** 16, { 'page_owner=off': off!, 'page_owner=on': on! });
  compare('workload fork-storm, 5 seconds, with the boot', { unit: 'ms', of: (ms) => ms }, [
    { name: 'page_owner=off', round: work('') },
    { name: 'page_owner=on', round: work('page_owner=on') },
  ]);
  const free = (cmdline: string, memory: string): number =>
    bootMachine({ memory, cmdline, kernel: '6.12' }).allocator.freePageCount;
  console.log('\nMemory that page_owner=on takes at boot, of the machine');
  for (const [memory, all] of [
    ['512M', 2 ** 17],
    ['2G', 2 ** 19],
    ['64G', 2 ** 24],
  ] as const) {
    const pages = free('', memory) - free('page_owner=on', memory);
    console.log(`${memory.padStart(5)} ${pages} pages, ${((100 * pages) / all).toFixed(2)} %`);
  }
}
