/** Memory that the tracker itself takes: tables of page_ext, pools of the stack depot, nodes of the list of stacks. */
import { NO_PAGE, PAGE_SIZE, type Pfn } from '@page-owner/buddy-allocator';
import { parseGfp } from '@page-owner/kernel-abi';
import type { TableSource } from '@page-owner/page-ext';
import { POOL_ORDER, type PoolSource } from '@page-owner/stackdepot';
import type { PageSource } from './counted-pages.js';
import { isBefore, type Kernel } from '../kernel/kernel.js';

type Table = ArrayBuffer | SharedArrayBuffer;

/** What `alloc_pages_exact` can give. */
const EXACT_LIMIT = PAGE_SIZE << 10;

/**
 * Tables whose pages come from the machine's own allocator, which is why page_owner finds pages allocated early: in a row
 * if that is possible, else (vmalloc) one by one.
 */
export function tablesFrom(pages: PageSource, gfp: number): TableSource {
  const inRows = new Map<Table, Pfn>();
  const singly = new Map<Table, Pfn[]>();
  return {
    shared: false,
    allocate(bytes, node) {
      const first = bytes <= EXACT_LIMIT ? pages.allocPagesExact(bytes, gfp, node) : NO_PAGE;
      const single = first === NO_PAGE ? takeSingly(pages, Math.ceil(bytes / PAGE_SIZE), gfp, node) : [];
      if (single === null) return null;
      const table = new ArrayBuffer(bytes);
      if (first === NO_PAGE) singly.set(table, single);
      else inRows.set(table, first);
      return table;
    },
    release(table, bytes) {
      const first = inRows.get(table);
      if (first === undefined) for (const pfn of singly.get(table) ?? []) pages.freePages(pfn, 0);
      else pages.freePagesExact(first, bytes);
      inRows.delete(table);
      singly.delete(table);
    },
  };
}

function takeSingly(pages: PageSource, count: number, gfp: number, node: number): Pfn[] | null {
  const taken: Pfn[] = [];
  while (taken.length < count) {
    const pfn = pages.allocPages(gfp, 0, node);
    if (pfn === NO_PAGE) {
      for (const page of taken) pages.freePages(page, 0);
      return null;
    }
    taken.push(pfn);
  }
  return taken;
}

/**
 * The masks with which the depot and the list of stacks ask for pages: of a request's own flags they keep some, and add
 * theirs.
 */
interface TrackerMasks {
  readonly kept: number;
  readonly pool: number;
  readonly slab: number;
}

/** Source: dummy records of 6.1 and 6.12. */
function masksOf({ allocator, era }: Kernel): TrackerMasks {
  const gfp = (names: string): number => parseGfp(names, allocator);
  const quiet = '__GFP_NOWARN';
  const modest = `${quiet}|__GFP_NORETRY|__GFP_NOMEMALLOC`;
  return {
    kept: gfp('GFP_KERNEL') | gfp('GFP_ATOMIC'),
    pool: gfp(isBefore(era, '6.8') ? quiet : modest),
    slab: gfp(`${modest}|__GFP_COMP`),
  };
}

/** A node is two pointers, from a slab of one page. */
const NODES_PER_PAGE = PAGE_SIZE / 16;

/** Pages for the depot's pools and the list of stacks, which the tracker takes while it records an allocation. */
export class TrackerMemory {
  readonly #pages: PageSource;
  readonly #masks: TrackerMasks;
  readonly #saveFunctions: readonly string[];
  #functions: readonly string[] = [];
  #sparePools = 0;
  #nodesLeft = 0;

  constructor(pages: PageSource, kernel: Kernel) {
    this.#pages = pages;
    this.#masks = masksOf(kernel);
    const save = isBefore(kernel.era, '6.8') ? '__stack_depot_save' : 'stack_depot_save_flags';
    this.#saveFunctions = [save, 'save_stack'];
  }

  /** Functions of the tracker that run on top of the running stack, while it allocates for itself. */
  get functions(): readonly string[] {
    return this.#functions;
  }

  /**
   * Pools of the depot: blocks of order 2. One that is given back is kept for the next.
   *
   * @param asked runs each time that the depot has asked for one
   */
  pools(asked: () => void): PoolSource {
    const { kept, pool } = this.#masks;
    return {
      take: (gfp) => {
        let found = true;
        if (this.#sparePools > 0) this.#sparePools--;
        else found = this.#allocate((gfp & kept) | pool, POOL_ORDER, this.#saveFunctions);
        asked();
        return found;
      },
      giveBack: () => void this.#sparePools++,
    };
  }

  /** Room for a node of the list of stacks; false if there is no memory. */
  readonly allocateNode = (gfp: number): boolean => {
    const { kept, slab } = this.#masks;
    if (this.#nodesLeft === 0) {
      if (!this.#allocate((gfp & kept) | slab, 0, ['__set_page_owner'])) return false;
      this.#nodesLeft = NODES_PER_PAGE;
    }
    this.#nodesLeft--;
    return true;
  };

  #allocate(gfp: number, order: number, functions: readonly string[]): boolean {
    this.#functions = functions;
    const pfn = this.#pages.allocPages(gfp >>> 0, order);
    this.#functions = [];
    return pfn !== NO_PAGE;
  }
}
