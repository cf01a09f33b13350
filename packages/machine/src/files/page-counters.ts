/**
 * Counters of meminfo, vmstat and zoneinfo that follow from what pages are used for. A machine has no page cache and no
 * slabs of its own; its pages have flags, uses and owners, and those say as what Linux would count a page.
 */
import type { AllocatorKernel, Pfn, Stats } from '@page-owner/buddy-allocator';
import type { PageUse } from '../pages/page-use.js';

/** What is known of a block. */
interface CountedPage {
  /** Names of its flags. */
  readonly flags: readonly string[];
  readonly use: PageUse | undefined;
  /** Its mask has __GFP_RECLAIMABLE. */
  readonly reclaimable: boolean;
  /** It is a huge page of 2 MiB. */
  readonly huge: boolean;
}

/** Counters beside those of vmstat, for meminfo alone. */
export const BUFFERS = 'buffers';
export const VMALLOC = 'vmalloc';
export const PERCPU = 'percpu';

/** The counters that a page is part of, by the names of vmstat. */
export function countersOf(
  { flags, use, reclaimable, huge }: CountedPage,
  kernel: AllocatorKernel,
): readonly string[] {
  const has = (flag: string): boolean => flags.includes(flag);
  const counters: string[] = [];
  if (has('lru')) {
    const list = has('unevictable')
      ? 'unevictable'
      : `${has('active') ? 'active' : 'inactive'}_${has('swapbacked') ? 'anon' : 'file'}`;
    counters.push(`nr_${list}`, `nr_zone_${list}`);
  }
  if (has('mlocked')) counters.push('nr_mlock');
  if (has('dirty') && has('lru') && !has('swapbacked')) counters.push('nr_dirty', 'nr_zone_write_pending');
  if (has('writeback')) counters.push('nr_writeback', 'nr_zone_write_pending');
  return [...counters, ...countersOfUse(use, reclaimable, huge, kernel)];
}

function countersOfUse(
  use: PageUse | undefined,
  reclaimable: boolean,
  huge: boolean,
  kernel: AllocatorKernel,
): readonly string[] {
  switch (use) {
    case 'anon':
      return huge ? ['nr_anon_pages', 'nr_anon_transparent_hugepages'] : ['nr_anon_pages'];
    case 'shmem':
      return huge ? ['nr_file_pages', 'nr_shmem', 'nr_shmem_hugepages'] : ['nr_file_pages', 'nr_shmem'];
    case 'mapped shmem':
      return ['nr_file_pages', 'nr_shmem', 'nr_mapped'];
    case 'file':
      return ['nr_file_pages'];
    case 'mapped file':
      return ['nr_file_pages', 'nr_mapped'];
    case 'buffers':
      return ['nr_file_pages', BUFFERS];
    case 'slab':
      return [reclaimable ? 'nr_slab_reclaimable' : 'nr_slab_unreclaimable'];
    case 'page table':
      return ['nr_page_table_pages'];
    case 'page table of level 3':
      return kernel === '6.12' ? ['nr_page_table_pages'] : [];
    case 'kernel stack':
      return ['nr_kernel_stack', VMALLOC];
    case 'vmalloc':
      return [VMALLOC];
    case 'percpu':
      return [PERCPU];
    default:
      return [];
  }
}

/** One block in use, and what it is counted as. */
export interface CountedBlock {
  readonly pfn: Pfn;
  readonly order: number;
  readonly counters: readonly string[];
}

/** Adds up pages. */
export function sumPages(blocks: Iterable<CountedBlock>): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { order, counters } of blocks) {
    for (const name of counters) sums[name] = (sums[name] ?? 0) + 2 ** order;
  }
  return sums;
}

const PAGE_KB = 4;
const HUGE_PAGES = 512;
/** vmstat and zoneinfo do not show these in pages. */
const UNITS: Readonly<Record<string, (pages: number) => number>> = {
  nr_kernel_stack: (pages) => pages * PAGE_KB,
  nr_anon_transparent_hugepages: (pages) => pages / HUGE_PAGES,
  nr_shmem_hugepages: (pages) => pages / HUGE_PAGES,
};

/** Pages as vmstat and zoneinfo show them: kernel stacks in KiB, transparent huge pages by number. */
export const shown = (pages: Stats): Stats =>
  Object.fromEntries(Object.entries(pages).map(([name, count]) => [name, UNITS[name]?.(count) ?? count]));
