/**
 * The irq filter: what an interrupt interrupted is chance, and would make every stack new.
 *
 * Frames are scanned from the innermost. The first one inside the text of interrupt entry code is kept, everything
 * outside it (the interrupted task) is dropped. Linux 6.1 and 6.12 do this in the depot for every caller.
 *
 * In the depot's buffer a range takes four words: start lo, start hi, end lo, end hi.
 */
import { FRAME_WORDS } from './frames.js';

/** Addresses from `start` up to, and not including, `end`. */
export interface AddressRange {
  /** First address. */
  readonly start: bigint;
  /** One past the last. */
  readonly end: bigint;
}

/** Words of one range. */
export const RANGE_WORDS = 2 * FRAME_WORDS;

/** Linux has two such sections, `.irqentry.text` and `.softirqentry.text`. */
export const MAX_IRQ_RANGES = 2;

/**
 * The depth to keep: all of `depth`, or up to the first frame in one of the `ranges` ranges that start at word `at`.
 * Allocates nothing.
 */
export function filterIrq(
  frames: Uint32Array,
  depth: number,
  words: Int32Array,
  at: number,
  ranges: number,
): number {
  for (let frame = 0; frame < depth; frame++) {
    const lo = frames[FRAME_WORDS * frame]!;
    const hi = frames[FRAME_WORDS * frame + 1]!;
    for (let range = at; range < at + ranges * RANGE_WORDS; range += RANGE_WORDS) {
      const startHi = words[range + 1]! >>> 0;
      const endHi = words[range + 3]! >>> 0;
      const fromStart = hi > startHi || (hi === startHi && lo >= words[range]! >>> 0);
      if (fromStart && (hi < endHi || (hi === endHi && lo < words[range + 2]! >>> 0))) return frame + 1;
    }
  }
  return depth;
}
