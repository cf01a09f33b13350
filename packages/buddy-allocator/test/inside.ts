/** Looks under the skin: the order of blocks on lists, which no public method tells. */
import { attachMemory } from '../src/attach.js';
import type { PageAllocator } from '@page-owner/buddy-allocator';
import { ORDERS } from '../src/limits.js';
import { freeListHead } from '../src/zones/free-area.js';
import { LINK_WORDS } from '../src/layout/list-heads.js';
import { linkedPfn, pcpBase, zoneBase, type Memory } from '../src/memory.js';
import { P_LISTS } from '../src/layout/pcp-layout.js';

function walk(m: Memory, head: number): number[] {
  const { words } = m;
  const pfns: number[] = [];
  for (let at = words[head]!; at !== head; at = words[at]!) pfns.push(linkedPfn(m, at));
  return pfns;
}

/** One free list, from head to tail. */
export function freeList(allocator: PageAllocator, order: number, type = 0, zone = 0): number[] {
  const m = attachMemory(allocator.buffer);
  return walk(m, freeListHead(zoneBase(m, zone), order, type));
}

/** The free lists of all orders. */
export const freeLists = (allocator: PageAllocator, type: number): number[][] =>
  Array.from({ length: ORDERS }, (_, order) => freeList(allocator, order, type));

/** One per-cpu list, from head to tail. */
export function pcpList(allocator: PageAllocator, list: number, cpu = 0, zone = 0): number[] {
  const m = attachMemory(allocator.buffer);
  return walk(m, pcpBase(m, zoneBase(m, zone), cpu) + P_LISTS + list * LINK_WORDS);
}
