/** How broken up a zone's free memory is: the three indices of Linux, in thousandths or per cent. */
import { ORDERS } from '../limits.js';

/** Free blocks of each order, as in a line of /proc/buddyinfo. */
export type FreeCounts = ArrayLike<number>;

interface Totals {
  readonly pages: number;
  readonly blocks: number;
  /** How many blocks of the wanted order the larger free blocks make. */
  readonly suitable: number;
}

function totals(counts: FreeCounts, order: number): Totals {
  let pages = 0;
  let blocks = 0;
  let suitable = 0;
  for (let o = 0; o < ORDERS; o++) {
    const count = counts[o] ?? 0;
    pages += count * 2 ** o;
    blocks += count;
    if (o >= order) suitable += count * 2 ** (o - order);
  }
  return { pages, blocks, suitable };
}

/** Free memory that a request of this order cannot use: 0 none of it, 1000 all of it, or there is none. */
export function unusableIndex(counts: FreeCounts, order: number): number {
  const { pages, suitable } = totals(counts, order);
  return pages === 0 ? 1000 : Math.floor(((pages - suitable * 2 ** order) * 1000) / pages);
}

/** Why a request of this order would fail: towards 0 for want of memory, towards 1000 fragmented; -1000 it would not. */
export function fragmentationIndex(counts: FreeCounts, order: number): number {
  const { pages, blocks, suitable } = totals(counts, order);
  if (blocks === 0) return 0;
  if (suitable > 0) return -1000;
  return 1000 - Math.floor((1000 + Math.floor((pages * 1000) / 2 ** order)) / blocks);
}

/** Per cent of free memory that is not in blocks of this order or larger: the score of proactive compaction. */
export function fragmentationPercent(counts: FreeCounts, order: number): number {
  const { pages, suitable } = totals(counts, order);
  return pages === 0 ? 0 : Math.floor(((pages - suitable * 2 ** order) * 100) / pages);
}
