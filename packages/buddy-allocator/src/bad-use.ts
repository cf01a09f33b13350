/** Clear words for callers' mistakes. Everything here throws, and nothing was changed before. */
import { isAbsent, isAllocated, isFree, isPerCpu, isReserved, orderOf } from './layout/frame-state.js';
import { headOf } from './zones/block-heads.js';
import { REQUEST_MASK } from './request/gfp-request.js';
import { MAX_ORDER, type Pfn } from './limits.js';
import type { Memory } from './memory.js';

const hex = (value: number): string => `0x${value.toString(16)}`;

export function isOrder(order: number): boolean {
  return Number.isInteger(order) && order >= 0 && order <= MAX_ORDER;
}

/** @param where what the order is of, if there is something: ` of pfn 5` */
export function checkOrder(order: number, where = ''): void {
  if (!isOrder(order))
    throw new RangeError(`order${where} must be an integer from 0 to ${MAX_ORDER}, got ${order}`);
}

/** Why `allocPages` refuses this request. */
export function refuseRequest(m: Memory, gfp: number, order: number, node: number): never {
  checkOrder(order);
  if (gfp >>> 0 !== gfp)
    throw new RangeError(`a gfp mask is an unsigned 32-bit integer, got ${gfp} (order ${order})`);
  if ((m.requests[gfp & REQUEST_MASK] ?? -1) < 0) {
    const both = (gfp & 0x18) === 0x18 ? 'both movable and reclaimable' : 'for more than one zone';
    throw new RangeError(`illegal gfp mask ${hex(gfp)} (order ${order}): it asks ${both}`);
  }
  throw new RangeError(`no node ${node} to allocate from (gfp mask ${hex(gfp)}, order ${order})`);
}

/** Why this frame is not the head of a block of `order` in use. `deed` is what was wanted: "free", "split". */
export function refuseBlock(m: Memory, pfn: Pfn, order: number, deed: string): never {
  checkOrder(order, ` of pfn ${pfn}`);
  throw new Error(`cannot ${deed} pfn ${pfn} order ${order}: ${reasonOf(m, pfn, order)}`);
}

/** The state of the head of a block of `order` in use; throws unless `pfn` is one. */
export function requireAllocated(m: Memory, pfn: Pfn, order: number, deed: string): number {
  const state = m.frames[pfn] ?? 0;
  if (!isAllocated(state) || orderOf(state) !== order) refuseBlock(m, pfn, order, deed);
  return state;
}

function reasonOf(m: Memory, pfn: Pfn, order: number): string {
  const state = m.frames[pfn];
  if (state === undefined) return `frames run from 0 to ${m.frames.length - 1}`;
  if (isAbsent(state)) return 'there is no memory';
  if (isReserved(state)) return 'the frame is reserved';
  if (isFree(state)) return `double free, it heads a free block of order ${orderOf(state)}`;
  if (isPerCpu(state)) return `double free, it heads a block of order ${orderOf(state)} on a per-cpu list`;
  if (isAllocated(state)) return `it was allocated with order ${orderOf(state)}, not ${order}`;
  const head = headOf(m, pfn);
  const what = m.frames[head] ?? 0;
  const inside = `it is inside the order ${orderOf(what)} block at pfn ${head}`;
  return isAllocated(what) ? `${inside}, not its head` : `double free, ${inside}, which is free`;
}
