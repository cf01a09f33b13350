/** Allocating one block at a given place. */
import { checkOrder, refuseRequest } from '../bad-use.js';
import { freeHeadOf, headOf } from '../zones/block-heads.js';
import { isAllocated, isPerCpu, orderOf, typeOf } from '../layout/frame-state.js';
import { account, insertFree, removeFree } from '../zones/free-area.js';
import { REQUEST_MASK, REQUEST_TYPE_SHIFT } from '../request/gfp-request.js';
import { announceAlloc } from './announce.js';
import { headState } from '../request/head-state.js';
import { NO_PAGE, type Pfn } from '../limits.js';
import { zoneBaseOf, type Memory } from '../memory.js';
import { isInOneSpan } from '../zones/spans.js';
import { drainPcp } from './pcp.js';

/** Takes the block of `order` at `pfn` out of the free areas. Its head is TAIL. Every frame of it must be free. */
export function takeAt(m: Memory, pfn: Pfn, order: number): void {
  const head = freeHeadOf(m, pfn);
  const zb = zoneBaseOf(m, pfn);
  const state = m.frames[head]!;
  if (orderOf(state) < order) {
    // Two pageblocks whose types do not mix lie here side by side.
    takeAt(m, pfn, order - 1);
    takeAt(m, pfn + (1 << (order - 1)), order - 1);
    return;
  }
  const type = typeOf(state);
  removeFree(m, zb, head, orderOf(state), type);
  account(m, zb, type, -(1 << order));
  let block = head;
  for (let half = orderOf(state) - 1; half >= order; half--) {
    const middle = block + (1 << half);
    insertFree(m, zb, pfn < middle ? middle : block, half, type, 0);
    if (pfn >= middle) block = middle;
  }
}

/** Whether all frames from `start` to `end` (exclusive) are in free areas. */
export function allFree(m: Memory, start: Pfn, end: Pfn): boolean {
  for (let pfn = start; pfn < end;) {
    const head = freeHeadOf(m, pfn);
    if (head === NO_PAGE) return false;
    pfn = head + (1 << orderOf(m.frames[head]!));
  }
  return true;
}

/**
 * Allocates the block of `order` at `pfn` if all of it is free, per-cpu lists included. Neither watermarks nor types
 * matter: made for setting up a given state.
 *
 * @returns whether it did
 */
export function allocAt(m: Memory, pfn: Pfn, order: number, gfp: number): boolean {
  checkOrder(order, ` of pfn ${pfn}`);
  const request = m.requests[gfp & REQUEST_MASK] ?? -1;
  if (request < 0 || gfp >>> 0 !== gfp) refuseRequest(m, gfp, order, m.node);
  if (!Number.isInteger(pfn) || pfn < 0 || pfn % (1 << order) !== 0 || pfn >= m.frames.length) {
    throw new RangeError(`a block of order ${order} begins at a multiple of ${1 << order}, got pfn ${pfn}`);
  }
  const end = pfn + (1 << order);
  if (!isInOneSpan(m, pfn, end) || !freeAfterDraining(m, pfn, end)) return false;
  takeAt(m, pfn, order);
  m.frames[pfn] = headState(gfp, order);
  if (m.observed !== 0) announceAlloc(m, pfn, gfp, order, request >> REQUEST_TYPE_SHIFT);
  return true;
}

/** As allFree, but drains the per-cpu lists if they hold one of the frames. */
function freeAfterDraining(m: Memory, start: Pfn, end: Pfn): boolean {
  for (let pfn = start; pfn < end;) {
    const head = headOf(m, pfn);
    if (head === NO_PAGE || isAllocated(m.frames[head]!)) return false;
    if (isPerCpu(m.frames[head]!)) {
      drainPcp(m);
      return allFree(m, start, end);
    }
    pfn = head + (1 << orderOf(m.frames[head]!));
  }
  return true;
}
