/**
 * Work for a machine, by name: kinds of allocations that a Linux system knows, each with stacks, masks and tasks of its own.
 */
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
import { Job, type Steps, type Workload } from './workload.js';

/** A workload that comes with the machine, see {@link WORKLOADS}. */
export type WorkloadName =
  'leak' | 'hogger' | 'fork-storm' | 'page-cache' | 'slab' | 'huge-pages' | 'network' | 'fragmenter';

/**
 * A workload of one's own: does some work at its bench, then yields for how many nanoseconds of the machine's clock it
 * sleeps.
 */
export type OwnWorkload = (bench: Workbench) => Steps;

/** What makes a workload the same on every run. */
export interface WorkloadOptions {
  /** Whole number from which its random numbers derive. Default: the machine's next one. */
  readonly seed?: number | undefined;
  /** How much of everything; default 1. */
  readonly scale?: number | undefined;
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
 * Starts a workload, or several beside each other, each on a cpu of its own as far as there are some. Nothing happens
 * before `run` of what is returned.
 *
 * @throws RangeError for an unknown name, or options out of range
 */
export function startWorkload(
  machine: Machine,
  workloads: WorkloadName | OwnWorkload | readonly (WorkloadName | OwnWorkload)[],
  { seed, scale = 1 }: WorkloadOptions = {},
): Job {
  const all = typeof workloads === 'string' || typeof workloads === 'function' ? [workloads] : workloads;
  if (!Array.isArray(all))
    throw new TypeError(`a workload is a name, a function or a list of these, got ${String(all)}`);
  if (!(scale > 0 && Number.isFinite(scale))) throw new RangeError(`a scale is more than 0, got ${scale}`);
  const steps = all
    .map(runOf)
    .map((run, i) =>
      run(new Workbench(machine, seed === undefined ? machine.random.next() : seed + i, scale)),
    );
  return new Job(machine, steps);
}

function runOf(workload: WorkloadName | OwnWorkload): OwnWorkload {
  if (typeof workload === 'function') return workload;
  if (Object.hasOwn(ALL, workload)) return ALL[workload].run;
  throw new RangeError(`unknown workload "${String(workload)}"; known: ${Object.keys(ALL).join(', ')}`);
}

/**
 * Runs a workload, or several beside each other, for so many `seconds` of the machine's clock (default 10) or until they
 * are done. What they allocate and do not free stays; pages on the LRU can still be moved, caches reclaimed.
 *
 * @throws RangeError for an unknown name, or options out of range
 */
export function runWorkload(
  machine: Machine,
  workloads: WorkloadName | OwnWorkload | readonly (WorkloadName | OwnWorkload)[],
  { seconds = 10, ...options }: WorkloadOptions & { readonly seconds?: number | undefined } = {},
): void {
  const job = startWorkload(machine, workloads, options);
  try {
    job.run(seconds);
  } finally {
    job.stop();
  }
}
