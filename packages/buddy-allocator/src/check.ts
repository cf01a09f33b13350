/**
 * Proves that an allocator is sound, by looking at everything:
 *
 * 1. every frame is in exactly one block, or a hole, or reserved; blocks are aligned, inside one zone, and do not overlap
 * 2. every free block is on the list of its zone, order and type, once, and every list holds free blocks only;
 *    the same for per-cpu lists
 * 3. two free buddies of one order are never side by side, unless they are pageblocks of types that do not mix
 * 4. 6.12: a free block is on the list of its pageblock's type; in both manners that holds for CMA and Isolate
 * 5. all counters and bitmaps agree with what was counted
 * 6. the spans hold all memory and nothing else; chunks say the same of it, and each zone reaches over its spans
 */
import { isAbsent, isFree, isPerCpu, isReserved, isTail, orderOf, typeOf } from './layout/frame-state.js';
import { freeListHead } from './zones/free-area.js';
import { H_SPANS, SPAN_END, SPAN_START, SPAN_WORDS, SPAN_ZONE } from './layout/header-layout.js';
import { MAX_ORDER, ORDERS, PAGEBLOCK_ORDER, PAGEBLOCK_PAGES, type Pfn } from './limits.js';
import { LINK_WORDS, LISTS_PER_PCP, PCP_LOW_LISTS } from './layout/list-heads.js';
import { blockType, linkedPfn, pcpBase, zoneBase, zoneNumberOf, type Memory } from './memory.js';
import {
  MERGEABLE_TYPES,
  MIGRATE_CMA,
  MIGRATE_HIGHATOMIC,
  MIGRATE_ISOLATE,
  MIGRATE_TYPES,
} from './layout/migratetypes.js';
import { P_COUNT, P_LISTS } from './layout/pcp-layout.js';
import * as Z from './layout/zone-layout.js';

/** More than this many faults say nothing new. */
const FAULT_LIMIT = 20;

/** What the walk over the frames finds in one zone. */
interface Found {
  present: number;
  managed: number;
  free: number;
  isolated: number;
  cma: number;
  atomic: number;
  perCpu: number;
  cmaBlockPages: number;
  readonly nrFree: Int32Array;
}

/** One sentence for each broken invariant; none if the allocator is sound. */
export function check(m: Memory): readonly string[] {
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (faults.length < FAULT_LIMIT) faults.push(text);
  };
  walkSpans(m, fault);
  const found = walkFrames(m, fault);
  const listed = new Uint8Array(m.layout.frames);
  for (let zone = 0; zone < m.layout.zones; zone++) {
    walkFreeLists(m, zone, listed, fault);
    for (let cpu = 0; cpu < m.layout.cpus; cpu++) walkPcpLists(m, zone, cpu, listed, fault);
    compareCounts(m, zone, found[zone]!, fault);
  }
  for (let pfn = 0; pfn < m.layout.frames; pfn++) {
    const state = m.frames[pfn]!;
    if ((isFree(state) || isPerCpu(state)) && listed[pfn] !== 1)
      fault(`pfn ${pfn} is free but on ${listed[pfn]} lists`);
  }
  return faults;
}

type Fault = (text: string) => void;

/** Of each span and each gap the first fault. */
function walkSpans(m: Memory, fault: Fault): void {
  const { words, layout, frames } = m;
  let end = 0;
  for (let row = 0; row < words[H_SPANS]!; row++) {
    const at = layout.spans + row * SPAN_WORDS;
    const [start, zone, last] = [words[at + SPAN_START]!, words[at + SPAN_ZONE]!, end];
    end = words[at + SPAN_END]!;
    const span = `the span of zone ${zone} from pfn ${start} to ${end}`;
    if (start < last || end <= start || end > layout.frames || zone < 0 || zone >= layout.zones) {
      fault(`${span} is misplaced`);
      return;
    }
    refuseMemory(m, last, start, fault);
    let pfn = start;
    while (pfn < end && !isAbsent(frames[pfn]!) && zoneNumberOf(m, pfn) === zone) pfn++;
    if (pfn < end)
      fault(`pfn ${pfn} is in ${span}, but ${isAbsent(frames[pfn]!) ? 'absent' : 'not by its chunk'}`);
    const zb = zoneBase(m, zone);
    const [first, spanned] = [words[zb + Z.Z_START]!, words[zb + Z.Z_SPANNED]!];
    if (start < first || end > first + spanned)
      fault(`zone ${zone} reaches from pfn ${first} to ${first + spanned}, not over ${span}`);
  }
  refuseMemory(m, end, layout.frames, fault);
}

function refuseMemory({ frames }: Memory, start: Pfn, end: Pfn, fault: Fault): void {
  for (let pfn = start; pfn < end; pfn++) {
    if (!isAbsent(frames[pfn]!)) return fault(`pfn ${pfn} is present but in no span`);
  }
}

function walkFrames(m: Memory, fault: Fault): Found[] {
  const { frames, layout } = m;
  const found: Found[] = Array.from({ length: layout.zones }, () => ({
    ...{ present: 0, managed: 0, free: 0, isolated: 0, cma: 0, atomic: 0, perCpu: 0, cmaBlockPages: 0 },
    nrFree: new Int32Array(ORDERS),
  }));
  for (let pfn = 0; pfn < layout.frames;) {
    const state = frames[pfn]!;
    const zone = found[zoneNumberOf(m, pfn)];
    if (isAbsent(state)) {
      pfn++;
      continue;
    }
    if (zone === undefined) {
      fault(`pfn ${pfn} is present but in no zone`);
      pfn++;
      continue;
    }
    if (isReserved(state)) {
      zone.present++;
      pfn++;
      continue;
    }
    if (isTail(state)) {
      fault(`pfn ${pfn} is in no block`);
      pfn++;
      continue;
    }
    const order = orderOf(state);
    const pages = 1 << order;
    if (order > MAX_ORDER || pfn % pages !== 0)
      fault(`pfn ${pfn} heads a block of order ${order}, which is misplaced`);
    zone.present += pages;
    zone.managed += pages;
    if (isFree(state)) countFree(m, zone, pfn, order, fault);
    if (isPerCpu(state)) zone.perCpu += pages;
    for (let inner = pfn + 1; inner < pfn + pages; inner++) {
      if (!isTail(frames[inner]!))
        fault(`pfn ${inner} is inside the order ${order} block at pfn ${pfn} but no tail`);
    }
    if (zoneNumberOf(m, pfn) !== zoneNumberOf(m, pfn + pages - 1))
      fault(`the block at pfn ${pfn} is in two zones`);
    for (let block = pfn; block < pfn + pages; block++) {
      if (blockType(m, block) === MIGRATE_CMA) zone.cmaBlockPages++;
    }
    pfn += pages;
  }
  return found;
}

function countFree(m: Memory, zone: Found, pfn: Pfn, order: number, fault: Fault): void {
  const pages = 1 << order;
  const type = typeOf(m.frames[pfn]!);
  zone.nrFree[order]!++;
  if (type === MIGRATE_ISOLATE) zone.isolated += pages;
  else zone.free += pages;
  if (type === MIGRATE_CMA) zone.cma += pages;
  if (type === MIGRATE_HIGHATOMIC) zone.atomic += pages;
  for (let block = pfn; block < pfn + pages; block += PAGEBLOCK_PAGES) {
    const own = blockType(m, block);
    const strict = m.modern || [own, type].some((each) => each === MIGRATE_CMA || each === MIGRATE_ISOLATE);
    if (strict && own !== type)
      fault(`pfn ${pfn} order ${order} is on list ${type} in a pageblock of type ${own}`);
  }
  const buddy = pfn ^ pages;
  const other = m.frames[buddy]!;
  if (order === MAX_ORDER || !isFree(other) || orderOf(other) !== order) return;
  if (zoneNumberOf(m, buddy) !== zoneNumberOf(m, pfn)) return;
  const types = [blockType(m, pfn), blockType(m, buddy)];
  const mixable = types[0] === types[1] || types.every((each) => each < MERGEABLE_TYPES);
  if (order < PAGEBLOCK_ORDER || mixable)
    fault(`pfn ${pfn} and its buddy ${buddy} are both free at order ${order}`);
}

/** Walks a circular list; returns its length. */
function walkList(
  m: Memory,
  head: number,
  listed: Uint8Array,
  fault: Fault,
  see: (pfn: Pfn) => void,
): number {
  const { words, layout } = m;
  const list = `the list at word ${head}`;
  let length = 0;
  let prev = head;
  for (let at = words[head]!; at !== head; at = words[at]!) {
    const pfn = linkedPfn(m, at);
    if (words[at + 1] !== prev) fault(`${list}: pfn ${pfn} does not point back to the entry before it`);
    if (!(pfn >= 0 && pfn < layout.frames) || ++length > layout.frames) {
      fault(`${list} does not return to its head`);
      return length;
    }
    listed[pfn]!++;
    see(pfn);
    prev = at;
  }
  if (words[head + 1] !== prev) fault(`${list}: the head does not point to the last entry`);
  return length;
}

function walkFreeLists(m: Memory, zone: number, listed: Uint8Array, fault: Fault): void {
  const { words, frames } = m;
  const zb = zoneBase(m, zone);
  for (let order = 0; order < ORDERS; order++) {
    for (let type = 0; type < MIGRATE_TYPES; type++) {
      const length = walkList(m, freeListHead(zb, order, type), listed, fault, (pfn) => {
        const state = frames[pfn]!;
        const right = isFree(state) && orderOf(state) === order && typeOf(state) === type;
        if (!right || zoneNumberOf(m, pfn) !== zone) {
          fault(
            `pfn ${pfn} with state 0x${state.toString(16)} is on zone ${zone}'s list of order ${order} type ${type}`,
          );
        }
      });
      const bit = ((words[zb + Z.Z_NON_EMPTY + type]! >> order) & 1) === 1;
      if (bit !== length > 0)
        fault(`zone ${zone}: bit ${order} of NON_EMPTY[${type}] is ${bit} for ${length} blocks`);
    }
  }
}

function walkPcpLists(m: Memory, zone: number, cpu: number, listed: Uint8Array, fault: Fault): void {
  const pcp = pcpBase(m, zoneBase(m, zone), cpu);
  let pages = 0;
  for (let index = 0; index < LISTS_PER_PCP; index++) {
    const order = index < PCP_LOW_LISTS ? Math.floor(index / MERGEABLE_TYPES) : PAGEBLOCK_ORDER;
    const length = walkList(m, pcp + P_LISTS + index * LINK_WORDS, listed, fault, (pfn) => {
      const state = m.frames[pfn]!;
      if (isPerCpu(state) && orderOf(state) === order && zoneNumberOf(m, pfn) === zone) return;
      fault(`pfn ${pfn} with state 0x${state.toString(16)} is on cpu ${cpu}'s list ${index} of zone ${zone}`);
    });
    pages += length << order;
  }
  const count = m.words[pcp + P_COUNT]!;
  if (count !== pages) fault(`zone ${zone} cpu ${cpu}: COUNT is ${count}, its lists hold ${pages} pages`);
}

function compareCounts(m: Memory, zone: number, found: Found, fault: Fault): void {
  const { words } = m;
  const zb = zoneBase(m, zone);
  const compare = (name: string, word: number, counted: number): void => {
    if (words[zb + word] !== counted)
      fault(`zone ${zone}: ${name} is ${words[zb + word]}, counted ${counted}`);
  };
  compare('PRESENT', Z.Z_PRESENT, found.present);
  compare('MANAGED', Z.Z_MANAGED, found.managed);
  compare('FREE_PAGES', Z.Z_FREE_PAGES, found.free);
  compare('FREE_CMA', Z.Z_FREE_CMA, found.cma);
  compare('FREE_ATOMIC', Z.Z_FREE_ATOMIC, found.atomic);
  compare('CMA_PAGES', Z.Z_CMA_PAGES, found.cmaBlockPages);
  for (let order = 0; order < ORDERS; order++)
    compare(`NR_FREE[${order}]`, Z.Z_NR_FREE + order, found.nrFree[order]!);
  let perCpu = 0;
  for (let cpu = 0; cpu < m.layout.cpus; cpu++)
    perCpu += words[pcpBase(m, zoneBase(m, zone), cpu) + P_COUNT]!;
  if (perCpu !== found.perCpu)
    fault(`zone ${zone}: per-cpu lists count ${perCpu} pages, frames say ${found.perCpu}`);
}
