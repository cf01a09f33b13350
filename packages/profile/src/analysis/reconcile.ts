import { ALLOCATOR_CLASSES } from '../facts/allocator-class.js';
import type { AllocatorClass } from '../facts/allocator-class.js';
import { stackTexts } from './breakdown.js';
import { isOfVmalloc } from '@page-owner/dump-format';
import { procLines } from './proc-lines.js';
import type { Profile } from '../tables/profile.js';

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
  /** NUMA node. */
  readonly node: number;
  /** Name: `DMA32`. */
  readonly zone: string;
  /** By their names in the file. */
  readonly counters: Counters;
}

/**
 * Reads /proc/zoneinfo: each populated zone with `free`, `present`, `managed` and its `nr_` counters; a zone with
 * per-node numbers has those as well. @throws Error when it is none
 */
export function parseZoneinfo(text: string): ZoneCounters[] {
  const zones: { node: number; zone: string; counters: Map<string, number> }[] = [];
  for (const line of procLines(text)) {
    const title = /^Node (\d+), zone +(\S+)/.exec(line);
    if (title) zones.push({ node: Number(title[1]), zone: title[2]!, counters: new Map() });
    const number = /^ +(?:pages )?([a-z]\w*) +(\d+)$/.exec(line);
    // The per-cpu lists behind the zone's counters have names with a colon.
    if (number) zones.at(-1)?.counters.set(number[1]!, Number(number[2]));
  }
  if (!zones.length) throw new Error('not a zoneinfo: it has no line "Node 0, zone ..."');
  return zones.filter(({ counters }) => (counters.get('managed') ?? 0) > 0);
}

/** A number of the dump beside the kernel's own of about the same moment, in pages. */
export interface Comparison {
  /** What is counted: `slab`. */
  readonly what: string;
  /** Classes of the dump that were added up. */
  readonly classes: readonly AllocatorClass[];
  /** Pages in the dump. */
  readonly dump: number;
  /** Pages by the kernel's counter. */
  readonly kernel: number;
  /** What was read for `kernel`, as /proc calls it: `Cached + Buffers - Shmem`. */
  readonly counter: string;
  /** Why the two differ whatever the moment. */
  readonly note?: string;
}

/** A dump beside the kernel's own counts. Counts are pages. */
export interface Reconciliation {
  /** Pages that the page allocator manages (MemTotal). */
  readonly managed: number;
  /** Pages that are free, as the kernel counts. */
  readonly free: number;
  /** Pages of the dump that lie in managed memory. */
  readonly owned: number;
  /** Managed, not free and not in the dump: on per-cpu lists, or allocated where no one was recorded. */
  readonly unexplained: number;
  /** Of what is in use, the part that the dump explains: 0 to 1, above 1 when the moments differ much. */
  readonly explained: number;
  /** Class by class, where there is a counter. */
  readonly comparisons: readonly Comparison[];
}

/** Page size in bytes. */
const DEFAULT_PAGE_BYTES = 4096;

/** Names of counters; those after a `-` are taken away. */
type Formula = string;

/** The kernel's counters that count the same pages as classes of a dump. In meminfo kB, in vmstat pages. */
const COMPARED: readonly {
  what: string;
  classes: readonly AllocatorClass[];
  /** Of these, only the samples of such stacks; the default is all. */
  stacks?: (functions: readonly string[]) => boolean;
  meminfo: Formula;
  vmstat?: Formula;
  note?: string;
}[] = [
  {
    what: 'page cache',
    classes: ['page cache'],
    // meminfo's Cached is without the swap cache, nr_file_pages with it.
    meminfo: 'Cached + Buffers - Shmem',
    vmstat: 'nr_file_pages - nr_swapcached - nr_shmem',
  },
  { what: 'anonymous', classes: ['anonymous', 'huge page'], meminfo: 'AnonPages', vmstat: 'nr_anon_pages' },
  { what: 'shmem', classes: ['shmem'], meminfo: 'Shmem', vmstat: 'nr_shmem' },
  { what: 'hugetlb', classes: ['hugetlb'], meminfo: 'Hugetlb' },
  {
    what: 'slab',
    classes: ['slab'],
    meminfo: 'Slab',
    vmstat: 'nr_slab_reclaimable + nr_slab_unreclaimable',
  },
  { what: 'page tables', classes: ['page table'], meminfo: 'PageTables', vmstat: 'nr_page_table_pages' },
  // vmstat has kB or stacks here, by version.
  { what: 'kernel stacks', classes: ['kernel stack'], meminfo: 'KernelStack' },
  {
    // Kernel stacks are among it where the kernel maps them (CONFIG_VMAP_STACK), which their own stacks tell.
    what: 'vmalloc and stacks',
    classes: ['vmalloc', 'module load', 'kernel stack'],
    stacks: isOfVmalloc,
    meminfo: 'VmallocUsed',
  },
  { what: 'percpu', classes: ['percpu'], meminfo: 'Percpu', note: 'its first chunk is of boot memory' },
];

/** The kernel's own counts at the time of the dump: texts of /proc, parsed. */
export interface KernelCounters {
  /** Of `parseMeminfo`. */
  readonly meminfo?: Counters | undefined;
  /** Of `parseVmstat`. */
  readonly vmstat?: Counters | undefined;
  /** Of `parseZoneinfo`. */
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
  const { pages: owned } = profile;
  const comparisons: Comparison[] = [];
  for (const { what, classes, stacks, meminfo: ofFile, vmstat: ofStat, note } of COMPARED) {
    const counted = ofStat ? evaluate(ofStat, (name) => vmstat?.get(name)) : undefined;
    const read = counted ?? evaluate(ofFile, ofMeminfo);
    if (read === undefined || (ofFile === 'VmallocUsed' && !countsVmalloc(meminfo))) continue;
    const counter = counted === undefined ? ofFile : ofStat!;
    const dump = pagesOf(profile, classes, stacks);
    comparisons.push({ what, classes, dump, kernel: Math.round(read), counter, ...(note && { note }) });
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

/** Undefined when a counter is missing. */
function evaluate(formula: Formula, read: (name: string) => number | undefined): number | undefined {
  let sum: number | undefined = 0;
  for (const [, sign, name] of formula.matchAll(/([-+]?) ?(\w+)/g)) {
    const value = read(name!);
    sum = sum === undefined || value === undefined ? undefined : sum + (sign === '-' ? -value : value);
  }
  return sum;
}

function pagesOf(
  profile: Profile,
  classes: readonly AllocatorClass[],
  chosen: ((functions: readonly string[]) => boolean) | undefined,
): number {
  const { samples } = profile;
  const wanted = ALLOCATOR_CLASSES.map((name) => classes.includes(name));
  let pages = 0;
  for (let i = 0; i < samples.length; i++)
    if (wanted[samples.allocator[i]!] && (!chosen || chosen(stackTexts(profile, samples.stack[i]!))))
      pages += samples.pages[i]!;
  return pages;
}

/** VmallocUsed is pages since 5.3, and was 0, or the size of areas, before; Percpu is there since 4.19. */
function countsVmalloc(meminfo: Counters | undefined): boolean {
  return meminfo?.has('Percpu') === true && meminfo.get('VmallocUsed') !== 0;
}

function readLines(text: string, pattern: RegExp): Map<string, number> {
  const counters = new Map<string, number>();
  for (const line of procLines(text)) {
    const match = pattern.exec(line);
    if (match) counters.set(match[1]!, Number(match[2]));
  }
  return counters;
}
