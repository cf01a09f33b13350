/** Looks under the skin: the order of blocks on lists, which no public method tells. */
import { attachMemory } from '../src/create.js';
import { LINK_WORDS } from '../src/header-layout.js';
import type { PageAllocator } from '../src/index.js';
import { ORDERS } from '../src/limits.js';
import { LISTS_PER_ORDER } from '../src/list-heads.js';
import { pcpListBase, zoneBase } from '../src/memory.js';
import { Z_LIST_BASE } from '../src/zone-layout.js';

function walk(links: Int32Array, list: number): number[] {
  const head = list * LINK_WORDS;
  const pfns: number[] = [];
  for (let at = links[head]!; at !== head; at = links[at]!) pfns.push(at / LINK_WORDS);
  return pfns;
}

/** One free list, from head to tail. */
export function freeList(allocator: PageAllocator, order: number, type = 0, zone = 0): number[] {
  const m = attachMemory(allocator.buffer);
  return walk(m.links, m.words[zoneBase(m, zone) + Z_LIST_BASE]! + order * LISTS_PER_ORDER + type);
}

/** The free lists of all orders. */
export const freeLists = (allocator: PageAllocator, type: number): number[][] =>
  Array.from({ length: ORDERS }, (_, order) => freeList(allocator, order, type));

/** One per-cpu list, from head to tail. */
export function pcpList(allocator: PageAllocator, list: number, cpu = 0, zone = 0): number[] {
  const m = attachMemory(allocator.buffer);
  return walk(m.links, pcpListBase(m, zone, cpu) + list);
}
