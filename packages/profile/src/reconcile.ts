import { ALLOCATOR_CLASSES } from './allocator-class.js';
import type { AllocatorClass } from './allocator-class.js';
import type { Profile } from './profile.js';

/** Numbers of /proc files by their names there; unit and meaning are the file's. */
export type Counters = ReadonlyMap<string, number>;

/** Reads /proc/meminfo: kB (`MemFree`), or plain numbers (`HugePages_Total`). @throws Error when it is none */
export function parseMeminfo(text: string): Counters {
  const counters = readLines(text, /^(?:Node \d+ )?([^\s:]+): +(\d+)(?: kB)?$/);
  if (!counters.has('MemTotal')) throw new Error('not a meminfo: it has no line "MemTotal"');
  return counters;
}

/** Reads /proc/vmstat: mostly pages. @throws Error when it is none */
export function parseVmstat(text: string): Counters {
  const counters = readLines(text, /^(\w+) (\d+)$/);
  if (!counters.has('nr_free_pages')) throw new Error('not a vmstat: it has no line "nr_free_pages"');
  return counters;
}

/** What a zone says of itself in /proc/zoneinfo, in pages. */
export interface ZoneCounters {
  readonly node: number;
  readonly zone: string;
  readonly counters: Counters;
}

/**
 * Reads /proc/zoneinfo: each populated zone with `free`, `present`, `managed` and its `nr_` counters; a zone with
 * per-node numbers has those as well. @throws Error when it is none
 */
export function parseZoneinfo(text: string): ZoneCounters[] {
  const zones: { node: number; zone: string; counters: Map<string, number> }[] = [];
  for (const line of text.split('\n')) {
    const title = /^Node (\d+), zone +(\S+)/.exec(line);
    if (title) zones.push({ node: Number(title[1]), zone: title[2]!, counters: new Map() });
    const number = /^ +(?:pages )?([a-z]\w*) +(\d+)$/.exec(line);
    // The per-cpu lists behind the zone's counters have names with a colon.
    if (number) zones.at(-1)?.counters.set(number[1]!, Number(number[2]));
  }
  if (!zones.length) throw new Error('not a zoneinfo: it has no line "Node 0, zone ..."');
  return zones.filter(({ counters }) => (counters.get('managed') ?? 0) > 0);
}

/** A number of the dump beside the kernel's own of the same moment, in pages. */
export interface Comparison {
  readonly what: string;
  /** Classes of the dump that were added up. */
  readonly classes: readonly AllocatorClass[];
  readonly dump: number;
  readonly kernel: number;
}

export interface Reconciliation {
  /** Pages that the page allocator manages (MemTotal). */
  readonly managed: number;
  readonly free: number;
  /** Pages of the dump that lie in managed memory. */
  readonly owned: number;
  /** Managed, not free and not in the dump: on per-cpu lists, or allocated where no one was recorded. */
  readonly unexplained: number;
  /** Of what is in use, the part that the dump explains: 0 to 1, above 1 when the moments differ much. */
  readonly explained: number;
  readonly comparisons: readonly Comparison[];
}

/** Page size in bytes. */
const DEFAULT_PAGE_BYTES = 4096;

/** The kernel's counters that count the same pages as classes of a dump. In meminfo kB, in vmstat pages. */
const COMPARED: readonly {
  what: string;
  classes: readonly AllocatorClass[];
  meminfo: string;
  vmstat: readonly string[];
}[] = [
  {
    what: 'slab',
    classes: ['slab'],
    meminfo: 'Slab',
    vmstat: ['nr_slab_reclaimable', 'nr_slab_unreclaimable'],
  },
  { what: 'anonymous', classes: ['anonymous', 'huge page'], meminfo: 'AnonPages', vmstat: ['nr_anon_pages'] },
  { what: 'shmem', classes: ['shmem'], meminfo: 'Shmem', vmstat: ['nr_shmem'] },
  { what: 'page tables', classes: ['page table'], meminfo: 'PageTables', vmstat: ['nr_page_table_pages'] },
  { what: 'hugetlb', classes: ['hugetlb'], meminfo: 'Hugetlb', vmstat: [] },
];

export interface KernelCounters {
  readonly meminfo?: Counters | undefined;
  readonly vmstat?: Counters | undefined;
  readonly zoneinfo?: readonly ZoneCounters[] | undefined;
  /** The default is 4096. */
  readonly pageBytes?: number | undefined;
}

/**
 * How much of memory a profile explains, by the kernel's own counters of the same moment. `early boot` pages were taken
 * before there was a tracker, and are managed memory like any other.
 *
 * @throws RangeError when neither meminfo nor zoneinfo is given
 */
export function reconcile(profile: Profile, kernel: KernelCounters): Reconciliation {
  const { meminfo, vmstat, zoneinfo } = kernel;
  const pageKb = (kernel.pageBytes ?? DEFAULT_PAGE_BYTES) / 1024;
  const inZones = (name: string) =>
    zoneinfo?.reduce((sum, { counters }) => sum + (counters.get(name) ?? 0), 0);
  const ofMeminfo = (name: string) => {
    const kb = meminfo?.get(name);
    return kb === undefined ? undefined : kb / pageKb;
  };
  const managed = inZones('managed') ?? ofMeminfo('MemTotal');
  const free = inZones('nr_free_pages') ?? vmstat?.get('nr_free_pages') ?? ofMeminfo('MemFree');
  if (managed === undefined || free === undefined) {
    throw new RangeError('reconciling needs meminfo or zoneinfo, and neither is given');
  }
  const { samples, pages: owned } = profile;
  const byClass = ALLOCATOR_CLASSES.map(() => 0);
  for (let i = 0; i < samples.length; i++) byClass[samples.allocator[i]!]! += samples.pages[i]!;
  const comparisons: Comparison[] = [];
  for (const { what, classes, ...names } of COMPARED) {
    const counts = names.vmstat.map((name) => vmstat?.get(name));
    const sum = counts.length ? counts.reduce<number | undefined>((a, b) => add(a, b), 0) : undefined;
    const kernelPages = sum ?? ofMeminfo(names.meminfo);
    if (kernelPages === undefined) continue;
    const dump = classes.reduce((total, name) => total + byClass[ALLOCATOR_CLASSES.indexOf(name)]!, 0);
    comparisons.push({ what, classes, dump, kernel: kernelPages });
  }
  const inUse = managed - free;
  return {
    managed,
    free,
    owned,
    unexplained: inUse - owned,
    explained: inUse > 0 ? owned / inUse : 1,
    comparisons,
  };
}

function add(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

function readLines(text: string, pattern: RegExp): Map<string, number> {
  const counters = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    const match = pattern.exec(line);
    if (match) counters.set(match[1]!, Number(match[2]));
  }
  return counters;
}
