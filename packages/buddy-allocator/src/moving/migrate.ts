/** Moving the content of one block in use to another place. */
import { requireAllocated } from '../bad-use.js';
import { headOf } from '../zones/block-heads.js';
import { isFree, isMovable, ORDER_MASK, orderOf, TAIL } from '../layout/frame-state.js';
import { announceFree } from '../taking/announce.js';
import { freeToArea } from '../zones/free-area.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import { zoneBaseOf, type Memory } from '../memory.js';

/** Whether the block with this head may be asked to move. */
export const canMove = (m: Memory, head: Pfn): boolean => m.mover !== null && isMovable(m.frames[head]!);

/** Whether every frame from `start` to `end` (exclusive) is free or in a block that may move. */
export function isMoveOutPossible(m: Memory, start: Pfn, end: Pfn): boolean {
  for (let pfn = start; pfn < end;) {
    const head = headOf(m, pfn);
    if (head === NO_PAGE) return false;
    if (!isFree(m.frames[head]!) && !canMove(m, head)) return false;
    pfn = head + (1 << orderOf(m.frames[head]!));
  }
  return true;
}

/**
 * Lets the mover move a block to `target`, a block of the same order that was allocated for it. Afterwards the old
 * block is free; if the mover refuses or throws, the target is.
 *
 * @returns whether the block moved
 * @throws Error if the mover has freed or split one of the two; what it throws
 */
export function migrate(m: Memory, head: Pfn, target: Pfn, reason: number): boolean {
  const state = m.frames[head]!;
  const order = state & ORDER_MASK;
  let moved = false;
  try {
    const answer = m.mover !== null && m.mover.move(head, target, order);
    requireAllocated(m, target, order, 'move to');
    moved = answer;
    if (moved) {
      // The content keeps what it was: movable, and compound if it was.
      m.frames[target] = state;
      m.hooks?.migrated(target, head, order, reason);
    }
  } finally {
    discard(m, moved ? head : target, order);
  }
  return moved;
}

/** Frees a block past the per-cpu lists, so that it can merge at once. */
export function discard(m: Memory, pfn: Pfn, order: number): void {
  requireAllocated(m, pfn, order, 'free');
  if (m.observed !== 0) announceFree(m, pfn, order);
  m.frames[pfn] = TAIL;
  freeToArea(m, zoneBaseOf(m, pfn), pfn, order, 0);
}
