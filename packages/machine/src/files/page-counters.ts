/**
 * Counters of meminfo, vmstat and zoneinfo that follow from what pages are used for. A machine has no page cache and no
 * slabs of its own; its pages have flags, and those say on which list Linux would count a page.
 */
import type { Pfn } from '@page-owner/buddy-allocator';
import type { Stats } from '@page-owner/buddy-allocator';
import type { PageNote } from '../page-notes.js';

/**
 * The counters that a page is part of, by the names of vmstat.
 *
 * @param flags names of its flags
 * @param reclaimable its mask has __GFP_RECLAIMABLE
 */
export function countersOf(
  flags: readonly string[],
  memcg: PageNote['memcg'],
  reclaimable: boolean,
): readonly string[] {
  const has = (flag: string): boolean => flags.includes(flag);
  const counters: string[] = [];
  if (has('lru')) {
    const list = has('unevictable')
      ? 'unevictable'
      : `${has('active') ? 'active' : 'inactive'}_${has('swapbacked') ? 'anon' : 'file'}`;
    counters.push(`nr_${list}`, `nr_zone_${list}`);
    // Pages of tmpfs are part of it, too, but look like anonymous ones.
    if (!has('swapbacked')) counters.push('nr_file_pages');
  }
  if (has('mlocked')) counters.push('nr_mlock');
  if (has('dirty') && has('lru') && !has('swapbacked')) counters.push('nr_dirty', 'nr_zone_write_pending');
  if (has('writeback')) counters.push('nr_writeback', 'nr_zone_write_pending');
  if (has('slab') || memcg?.kind === 'slab') {
    counters.push(reclaimable ? 'nr_slab_reclaimable' : 'nr_slab_unreclaimable');
  }
  return counters;
}

/** One block in use, and what it is counted as. */
export interface CountedBlock {
  readonly pfn: Pfn;
  readonly order: number;
  readonly counters: readonly string[];
}

/** Adds up pages. */
export function sumPages(blocks: Iterable<CountedBlock>): Stats {
  const sums: Record<string, number> = {};
  for (const { order, counters } of blocks) {
    for (const name of counters) sums[name] = (sums[name] ?? 0) + 2 ** order;
  }
  return sums;
}
