/** Work for a machine, by name: kinds of allocations that a Linux system knows, each with stacks, masks and tasks of its own. */
import type { Machine } from '../machine.js';
import { forkStorm } from './fork-storm.js';
import { fragmenter } from './fragmenter.js';
import { hogger } from './hogger.js';
import { hugePages } from './huge-pages.js';
import { leak } from './leak.js';
import { network } from './network.js';
import { pageCache } from './page-cache.js';
import { slab } from './slab.js';
import { Workbench } from './workbench.js';
import { runTogether, SECOND, type Workload } from './workload.js';

export type WorkloadName =
  'leak' | 'hogger' | 'fork-storm' | 'page-cache' | 'slab' | 'huge-pages' | 'network' | 'fragmenter';

export interface WorkloadOptions {
  /** Whole number from which its random numbers derive. Default: the machine's next one. */
  readonly seed?: number;
  /** How long it runs, by the machine's clock, unless it is done before. Default 10. */
  readonly seconds?: number;
  /** How much of everything; default 1. */
  readonly scale?: number;
}

const ALL: Readonly<Record<WorkloadName, Workload>> = {
  leak: {
    run: leak,
    summary: 'the module [leaky] loses pages on every fourth request while a log is written',
  },
  hogger: { run: hogger, summary: 'one task takes half of the memory and keeps it' },
  'fork-storm': {
    run: forkStorm,
    summary: 'processes come and go; at the end all are gone, and their pages',
  },
  'page-cache': {
    run: pageCache,
    summary: 'files are read and written until memory is full and old pages are reclaimed',
  },
  slab: {
    run: slab,
    summary: 'dentries, inodes and kernel buffers fill slabs; a shrinker gives back the oldest',
  },
  'huge-pages': { run: hugePages, summary: 'huge pages are made out of fragmented memory, by compaction' },
  network: {
    run: network,
    summary: 'packets come in bursts and are read late; at the end all sockets are closed',
  },
  fragmenter: {
    run: fragmenter,
    summary: 'single pages that cannot be moved are left over in movable pageblocks',
  },
};

/** Every workload, with one line of what it does. */
export const WORKLOADS: Readonly<Record<WorkloadName, { readonly summary: string }>> = ALL;

/**
 * Runs a workload. What it allocates and does not free stays when it is over; pages on the LRU can still be moved, caches
 * reclaimed.
 *
 * @throws RangeError for an unknown name, or options out of range
 */
export const runWorkload = (machine: Machine, name: WorkloadName, options?: WorkloadOptions): void =>
  runWorkloads(machine, [name], options);

/**
 * Runs workloads beside each other, each on a cpu of its own as far as there are some, interleaved by the machine's
 * clock.
 *
 * @throws RangeError for an unknown name, or options out of range
 */
export function runWorkloads(
  machine: Machine,
  names: readonly WorkloadName[],
  { seed, seconds = 10, scale = 1 }: WorkloadOptions = {},
): void {
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw new RangeError(`a workload runs for more than 0 seconds, got ${seconds}`);
  if (!(scale > 0 && Number.isFinite(scale))) throw new RangeError(`a scale is more than 0, got ${scale}`);
  const unknown = names.find((name) => !Object.hasOwn(ALL, name));
  if (unknown !== undefined) {
    throw new RangeError(`unknown workload "${unknown}"; known: ${Object.keys(ALL).join(', ')}`);
  }
  const start = names.map((name, i) => {
    const bench = new Workbench(machine, seed === undefined ? machine.random.next() : seed + i, scale);
    return () => ALL[name].run(bench);
  });
  runTogether(machine, start, seconds * SECOND);
}
