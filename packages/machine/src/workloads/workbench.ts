/** What workloads have in common: places that allocate, what was allocated there, and who may take it back or move it. */
import type { Pfn } from '@page-owner/buddy-allocator';
import type { Task } from '@page-owner/page-owner';
import { isBefore } from '../kernel/kernel.js';
import type { Machine } from '../machine.js';
import type { NoteId } from '../pages/page-notes.js';
import { pageUseOf } from '../pages/page-use.js';
import { Random } from '../running/random.js';
import type { StackId } from '../running/stacks.js';
import { framesOf, functionsOf, SLAB } from '../kernel/call-path.js';
import { slabObjects } from './slab-objects.js';

/** What a place in the code asks for, and what becomes of the pages. */
export interface SiteOptions {
  /** Names of the mask, `GFP_KERNEL|__GFP_ZERO`. */
  readonly gfp: string;
  /** 0 unless given. */
  readonly order?: number | undefined;
  /**
   * Function names, innermost first and separated by blanks, such as `leaky_alloc[leaky] leaky_write[leaky] vfs_write`: the
   * module behind the functions of one. Their places follow from the names.
   */
  readonly path: string;
  /** Page flags. With `lru` the pages can be moved. */
  readonly flags?: string | undefined;
  /** The control group that pays. */
  readonly memcg?: string | undefined;
}

/** A place in the code that allocates. */
export interface Site {
  /** Its mask, in the allocator's bits. */
  readonly gfp: number;
  /** Blocks of 2^order pages. */
  readonly order: number;
  /** The stack of its allocations. */
  readonly stack: StackId;
  /** What is noted of its pages. */
  readonly note: NoteId;
  /** Whether compaction may move its blocks. */
  readonly movable: boolean;
  /** In each block, if it is a slab. */
  readonly objects: number;
  /** What /proc/vmstat counts beside an allocation. */
  readonly events: SiteEvents;
}

/** What happens, as /proc/vmstat counts it, each time that a place allocates. */
interface SiteEvents {
  /** Names of events, one of each. */
  readonly each: readonly string[];
  /** Of a huge page in a page fault: the event of one that was denied. */
  readonly denied: string | undefined;
  /** KiB that are read from a disk. */
  readonly readKb: number;
  /** The pages are activated; they are made dirty, and when they are reclaimed have been written. */
  readonly activates: boolean;
  readonly dirties: boolean;
}

export const NO_EVENTS: SiteEvents = {
  each: [],
  denied: undefined,
  readKb: 0,
  activates: false,
  dirties: false,
};

/** A block of pages in use. Compaction may change where it is. */
export interface Folio {
  /** Where it is now. */
  pfn: Pfn;
  /** Where it was allocated. */
  readonly site: Site;
}

/**
 * Whether a mask of these names asks for reclaimable pages; noted, for without page_owner a page's mask is known to nobody.
 */
export const isReclaimable = (gfp: string): boolean => gfp.split('|').includes('__GFP_RECLAIMABLE');

/** SLUB asks for large slabs without waiting, and takes a smaller one if there is none. */
const LARGE_SLAB = '__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC';
const SMALL_SLAB = 'GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP';

const PAGE_KB = 4;

/** What a workload works with: who allocates where, and which pages may be moved. */
export class Workbench {
  /** Whose memory it is. */
  readonly machine: Machine;
  /** Seeded numbers of the workload. */
  readonly random: Random;
  /** How much of everything; 1 is a busy machine. */
  readonly scale: number;
  /** Pages that the allocator had to give when the workload began, those in use included. */
  readonly memoryPages: number;
  readonly #movable = new Map<Pfn, Folio>();

  constructor(machine: Machine, seed: number, scale: number) {
    this.machine = machine;
    this.random = new Random(seed);
    this.scale = scale;
    this.memoryPages = machine.allocator.zones().reduce((pages, { managed }) => pages + managed, 0);
    this.#moveOnRequest();
  }

  /** A new process, or another thread of `leader`. */
  task(name: string, leader?: Task): Task {
    return this.machine.tasks.spawn(name, leader);
  }

  /** A number of something that grows with the scale, at least 1. */
  count(atScale1: number): number {
    return Math.max(1, Math.round(atScale1 * this.scale));
  }

  /** A call path, as in {@link SiteOptions}, that frees. */
  path(names: string): StackId {
    return this.machine.stack(framesOf(names, this.machine.kernel));
  }

  /** A place in the code that allocates: one for each, as the workload begins. */
  site({
    gfp,
    order = 0,
    path,
    flags = order > 0 && gfp.includes('__GFP_COMP') ? 'head' : '',
    memcg,
  }: SiteOptions): Site {
    const { machine } = this;
    const movable = flags.includes('lru');
    const charged = memcg && ({ kind: 'charged', name: memcg, viaObjcg: !movable, offline: false } as const);
    const names = flags.split('|');
    const use = pageUseOf(functionsOf(path), names);
    return {
      gfp: machine.gfp(gfp),
      order,
      stack: this.path(path),
      note: machine.note({
        ...{ flags, reclaimable: isReclaimable(gfp) },
        ...(charged && { memcg: charged }),
        ...(use && { use }),
      }),
      movable,
      objects: 1,
      events: eventsOf(functionsOf(path), names, order),
    };
  }

  /**
   * Where a slab cache takes its slabs of 2^`order` pages; `path` is what leads to `___slab_alloc`. Its objects are charged
   * to the control groups of the tasks that ask for them.
   */
  slab(order: number, path: string, reclaimable = false): Site {
    return this.#slab(order, path, reclaimable, true);
  }

  /** The same of a cache that nobody is charged for: the kernel's own, or used in interrupts. */
  kernelSlab(order: number, path: string): Site {
    return this.#slab(order, path, false, false);
  }

  #slab(order: number, path: string, reclaimable: boolean, accounted: boolean): Site {
    const { machine } = this;
    // Since 6.10 a slab is a type of page, no flag.
    const flags = [isBefore(machine.kernel.era, '6.12') ? 'slab' : '', order > 0 ? 'head' : ''];
    const names = order > 0 ? LARGE_SLAB : SMALL_SLAB;
    return {
      gfp: machine.gfp(reclaimable ? `${names}|__GFP_RECLAIMABLE` : names),
      order,
      stack: this.path(`${SLAB} ${path}`),
      note: machine.note({
        ...{ flags: flags.filter(Boolean).join('|'), use: 'slab', reclaimable },
        ...(accounted && { memcg: { kind: 'slab' } }),
      }),
      movable: false,
      objects: slabObjects(functionsOf(path), order),
      events: NO_EVENTS,
    };
  }

  /** Pages for `task`; undefined if there are none. */
  take(site: Site, task: Task): Folio | undefined {
    const { machine } = this;
    const pfn = machine.runAs(task, () => machine.alloc(site.gfp, site.order, site.stack, site.note));
    this.#count(site, pfn);
    if (pfn < 0) return undefined;
    const folio = { pfn, site };
    if (site.movable) this.#movable.set(pfn, folio);
    return folio;
  }

  /** Gives them back, from the call path `from`. */
  give({ pfn, site }: Folio, from: StackId, task: Task = this.machine.tasks.running): void {
    const { machine } = this;
    if (site.movable) this.#movable.delete(pfn);
    machine.runAs(task, () => machine.free(pfn, site.order, from));
  }

  /** Frees all of them; undefined ones are passed over. */
  giveAll(folios: readonly (Folio | undefined)[], from: StackId, task?: Task): void {
    for (const folio of folios) if (folio) this.give(folio, from, task);
  }

  /** Counts what an allocation was part of. */
  #count({ events: { each, denied, readKb, activates, dirties }, order }: Site, pfn: Pfn): void {
    const { events } = this.machine;
    if (pfn < 0) {
      if (denied) events.add(denied);
      return;
    }
    for (const event of each) events.add(event);
    if (readKb > 0) events.add('pgpgin', readKb);
    if (activates) events.add('pgactivate', 2 ** order);
    if (dirties) events.addOnNode('nr_dirtied', pfn, 2 ** order);
  }

  /** Pages on the LRU may be moved; whoever has them finds them at their new place. Other pages are their mover's. */
  #moveOnRequest(): void {
    const { machine } = this;
    const movable = this.#movable;
    const before = machine.mover;
    machine.mover = {
      move: (oldPfn, newPfn, order) => {
        const folio = movable.get(oldPfn);
        if (folio === undefined) return before?.move(oldPfn, newPfn, order) ?? false;
        folio.pfn = newPfn;
        movable.delete(oldPfn);
        movable.set(newPfn, folio);
        return true;
      },
      compacted: (run) => before?.compacted?.(run),
      compactionStalled: (success) => before?.compactionStalled?.(success),
    };
  }
}

/** Read ahead or one by one, from a file or a block device, when it was not yet in memory. */
const READS = ['page_cache_ra_order', 'filemap_fault', '__getblk_slow'];
const HUGE_ORDER = 9;

/** What a call path says of itself, and the flags of the pages that come of it. */
function eventsOf(functions: readonly string[], flags: readonly string[], order: number): SiteEvents {
  const has = (name: string): boolean => functions.includes(name);
  const onLru = flags.includes('lru');
  const faults = onLru && has('handle_mm_fault');
  const huge = faults && order === HUGE_ORDER;
  const dirties = onLru && flags.includes('dirty') && !flags.includes('swapbacked');
  const reads = onLru && !flags.includes('swapbacked') && READS.some(has);
  const each = [
    ...(faults ? ['pgfault'] : []),
    ...(faults && has('filemap_fault') ? ['pgmajfault'] : []),
    ...(huge ? ['thp_fault_alloc'] : []),
  ];
  return {
    ...{ each, denied: huge ? 'thp_fault_fallback' : undefined, readKb: reads ? PAGE_KB * 2 ** order : 0 },
    ...{ activates: onLru && flags.includes('active'), dirties },
  };
}
