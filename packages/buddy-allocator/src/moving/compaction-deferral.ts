/**
 * Putting compaction off (Linux `defer_compaction`). A zone where it did not help is left alone for some requests of that
 * order or a larger one, each time for twice as many:
 *
 * ```
 *   DEFER_SHIFT    0 ──> 1 ──> 2 ──> ... ──> 6      one more for each run that came to nothing
 *   skipped        0     1     3             63     requests until the next run: CONSIDERED counts them
 *   ORDER_FAILED   the smallest order that failed since one succeeded; smaller requests are not put off
 * ```
 *
 * A block that a request gets after compaction ends it.
 */
import type { Memory, ZoneBase } from '../memory.js';
import {
  Z_COMPACT_CONSIDERED,
  Z_COMPACT_DEFER_SHIFT,
  Z_COMPACT_ORDER_FAILED,
} from '../layout/zone-layout.js';

/** COMPACT_MAX_DEFER_SHIFT. */
const MAX_DEFER_SHIFT = 6;

/** Whether this request goes without compaction of the zone; counts it. */
export function isDeferred({ words }: Memory, zb: ZoneBase, order: number): boolean {
  if (order < words[zb + Z_COMPACT_ORDER_FAILED]!) return false;
  const limit = 1 << words[zb + Z_COMPACT_DEFER_SHIFT]!;
  const considered = Math.min(words[zb + Z_COMPACT_CONSIDERED]! + 1, limit);
  words[zb + Z_COMPACT_CONSIDERED] = considered;
  return considered < limit;
}

/** Compaction of the zone did not make a block of `order`. */
export function deferCompaction({ words }: Memory, zb: ZoneBase, order: number): void {
  words[zb + Z_COMPACT_CONSIDERED] = 0;
  words[zb + Z_COMPACT_DEFER_SHIFT] = Math.min(words[zb + Z_COMPACT_DEFER_SHIFT]! + 1, MAX_DEFER_SHIFT);
  words[zb + Z_COMPACT_ORDER_FAILED] = Math.min(words[zb + Z_COMPACT_ORDER_FAILED]!, order);
}

/** There is a block of `order`; `allocated` if a request got it, too. */
export function resetDeferral({ words }: Memory, zb: ZoneBase, order: number, allocated: boolean): void {
  if (allocated) {
    words[zb + Z_COMPACT_CONSIDERED] = 0;
    words[zb + Z_COMPACT_DEFER_SHIFT] = 0;
  }
  words[zb + Z_COMPACT_ORDER_FAILED] = Math.max(words[zb + Z_COMPACT_ORDER_FAILED]!, order + 1);
}
