/**
 * Per-cpu lists: freed blocks of orders 0 to 3 and 9 kept aside, refilled and drained some at a time.
 *
 * ```
 *   alloc  <── head ┌──────────┐ tail <── refill: BATCH blocks in address order
 *   free   ──> head │ one list │ tail ──> drain when COUNT reaches HIGH
 *                   └──────────┘
 *   BATCH   1 MiB or 1/1024 of the zone, a quarter of it, as 2^n - 1
 *   HIGH    6.1: the zone's low watermark shared among the cpus, at least 4 BATCH
 *           6.12: moves between that and 1/8 of the zone: up while refills follow each other, down with frees
 * ```
 *
 * A page here is freed for everybody but the free areas: it is not Buddy, and cannot merge.
 */
import * as FLAGS from '../request/alloc-flags.js';
import type { AllocFlags } from '../request/alloc-flags.js';
import { take612 } from './fallback-6.12.js';
import * as MODERN from './fallback-6.12.js';
import { take61 } from './fallback-6.1.js';
import { merge, takeSmallest } from '../zones/free-area.js';
import * as STATE from '../layout/frame-state.js';
import * as HEADER from '../layout/header-layout.js';
import type { Pfn } from '../limits.js';
import * as LIMITS from '../limits.js';
import * as HEADS from '../layout/list-heads.js';
import { blockType, pcpBase, zoneBase, type Memory, type ZoneBase } from '../memory.js';
import * as TYPES from '../layout/migratetypes.js';
import * as P from '../layout/pcp-layout.js';
import { watermarkOk } from '../zones/watermarks.js';
import * as ZONE from '../layout/zone-layout.js';

// V8 folds a file's own constants into code, but reads imported ones from memory at each use: this is a hot path.
const { A_CMA } = FLAGS;
const { SEARCH_OWN } = MODERN;
const { PER_CPU, TAIL } = STATE;
const { BLOCK_TYPE_MASK, H_PCP_FRACTION } = HEADER;
const { COSTLY_ORDER, NO_PAGE, PAGEBLOCK_ORDER } = LIMITS;
const { LINK_WORDS, LISTS_PER_PCP, PCP_LOW_LISTS } = HEADS;
const { MERGEABLE_TYPES } = TYPES;
const {
  KEPT_ORDER_SHIFT,
  PCP_PREV_FREE_HIGH_ORDER,
  P_ALLOC_FACTOR,
  P_BATCH,
  P_COUNT,
  P_FLAGS,
  P_FREE_COUNT,
  P_HIGH,
  P_HIGH_MAX,
  P_HIGH_MIN,
  P_LISTS,
} = P;
const { Z_FLAGS, Z_FREE_CMA, Z_HIGH, Z_BOOST, Z_LOW, Z_MANAGED, Z_PCP, ZONE_BELOW_HIGH } = ZONE;

/** How often a batch may double (CONFIG_PCP_BATCH_SCALE_MAX). */
const BATCH_SCALE_MAX = 5;

/** HIGH_MAX is this part of the zone (6.12 MIN_PERCPU_PAGELIST_HIGH_FRACTION). */
const HIGH_FRACTION = 8;

/** 256 pages are 1 MiB. */
const BATCH_LIMIT = 256;

export function pcpBatch(managed: number): number {
  const batch = Math.max(Math.min(managed >> 10, BATCH_LIMIT) >> 2, 1);
  const size = 31 - Math.clz32(batch + (batch >> 1));
  return Math.max((1 << size) - 1, 1);
}

/** Sets BATCH and HIGH of every cpu from the zones' sizes and watermarks. */
export function setPcpLimits(m: Memory): void {
  const { words, layout } = m;
  const fraction = words[H_PCP_FRACTION]!;
  for (let zone = 0; zone < layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    const managed = words[zb + Z_MANAGED]!;
    const batch = pcpBatch(managed);
    const share = (pages: number): number => Math.max(Math.floor(pages / layout.cpus), batch * 4);
    const usual = share(words[zb + Z_LOW]!);
    const chosen = fraction === 0 ? usual : share(Math.floor(managed / fraction));
    const most = m.modern && fraction === 0 ? share(Math.floor(managed / HIGH_FRACTION)) : chosen;
    for (let cpu = 0; cpu < layout.cpus; cpu++) {
      const pcp = pcpBase(m, zb, cpu);
      words[pcp + P_BATCH] = batch;
      words[pcp + P_HIGH_MIN] = chosen;
      words[pcp + P_HIGH_MAX] = most;
      // 6.12 leaves HIGH at 0 until the lists are first used.
      const high = words[pcp + P_HIGH]!;
      words[pcp + P_HIGH] = m.modern ? Math.min(high, most) : chosen;
    }
  }
}

/** The number of the list whose head is at this offset. */
const listAt = (kept: number): number => (kept - P_LISTS) / LINK_WORDS;

/** Word of the head of a list. */
const listHead = (pcp: number, list: number): number => pcp + P_LISTS + list * LINK_WORDS;

/** A block from this cpu's list `kept`, an entry of `pcpHeads`, as it is; NO_PAGE if it is empty. */
export function takeKept(m: Memory, zb: ZoneBase, kept: number, order: number): Pfn {
  const { words } = m;
  const pcp = words[zb + Z_PCP]! + m.cpuWords;
  const head = pcp + kept;
  const at = words[head]!;
  if (at === head) return NO_PAGE;
  const next = words[at]!;
  words[head] = next;
  words[next + 1] = head;
  words[pcp + P_FREE_COUNT]! >>= 1;
  words[pcp + P_COUNT]! -= 1 << order;
  return (at - m.links) >> 1;
}

/** A block from this cpu's lists, refilled from the zone if need be. */
export function takeFromPcp(m: Memory, zb: ZoneBase, order: number, type: number, flags: AllocFlags): Pfn {
  const kept = m.pcpHeads[(order << KEPT_ORDER_SHIFT) | type]!;
  const known = takeKept(m, zb, kept, order);
  if (known !== NO_PAGE) return known;
  const { words } = m;
  const pcp = words[zb + Z_PCP]! + m.cpuWords;
  // The take that follows halves it once; as in the kernel, one request does so once.
  const freeCount = words[pcp + P_FREE_COUNT]! >> 1;
  const taken = refill(m, zb, pcp, pcp + kept, order, type, flags);
  words[pcp + P_COUNT]! += taken << order;
  const pfn = takeKept(m, zb, kept, order);
  words[pcp + P_FREE_COUNT] = freeCount;
  return pfn;
}

/** Appends up to a batch of blocks to an empty list, and says how many. */
function refill(
  m: Memory,
  zb: ZoneBase,
  pcp: number,
  head: number,
  order: number,
  type: number,
  flags: AllocFlags,
): number {
  const { words, frames } = m;
  const batch = m.modern ? refillSize(m, zb, pcp, order) : scaled(m.words[pcp + P_BATCH]!, order);
  const take = m.modern ? take612 : take61;
  // Both manners begin with the request's own lists, unless Movable requests should empty CMA first.
  const ownFirst = (flags & A_CMA) === 0 || words[zb + Z_FREE_CMA] === 0;
  let last = words[head + 1]!;
  let taken = 0;
  m.searchMode = SEARCH_OWN;
  for (; taken < batch; taken++) {
    let pfn = ownFirst ? takeSmallest(m, zb, order, type) : NO_PAGE;
    if (pfn === NO_PAGE) pfn = take(m, zb, order, type, flags);
    if (pfn === NO_PAGE) break;
    const at = m.links + pfn * LINK_WORDS;
    frames[pfn] = PER_CPU | order;
    words[last] = at;
    words[at + 1] = last;
    last = at;
  }
  words[last] = head;
  words[head + 1] = last;
  return taken;
}

/** Batches of higher orders hold fewer blocks, but more than one. */
const scaled = (batch: number, order: number): number => (batch > 1 ? Math.max(batch >> order, 2) : batch);

/** 6.12: refills of order 0 double as long as nothing is freed in between, and raise HIGH. */
function refillSize(m: Memory, zb: ZoneBase, pcp: number, order: number): number {
  const { words } = m;
  const base = words[pcp + P_BATCH]!;
  const highMin = words[pcp + P_HIGH_MIN]!;
  const highMax = words[pcp + P_HIGH_MAX]!;
  let high = Math.min(Math.max(words[pcp + P_HIGH]!, highMin), highMax);
  words[pcp + P_HIGH] = high;
  if (high < base) return 1;
  let batch = order === 0 ? base << words[pcp + P_ALLOC_FACTOR]! : base;
  if (highMin !== highMax && (words[zb + Z_FLAGS]! & ZONE_BELOW_HIGH) === 0) {
    high = Math.min(high + batch, highMax);
    words[pcp + P_HIGH] = high;
  }
  if (order === 0) {
    const most = Math.max(high - words[pcp + P_COUNT]! - base, base);
    if (batch <= most && words[pcp + P_ALLOC_FACTOR]! < BATCH_SCALE_MAX) words[pcp + P_ALLOC_FACTOR]!++;
    batch = Math.min(batch, most);
  }
  return scaled(batch, order);
}

/** Puts a freed block on the list `kept`, an entry of `pcpHeads`, and drains some if there are too many. */
export function freeToPcp(m: Memory, zb: ZoneBase, pfn: Pfn, order: number, kept: number): void {
  const { words } = m;
  const pcp = words[zb + Z_PCP]! + m.cpuWords;
  const head = pcp + kept;
  const at = m.links + pfn * LINK_WORDS;
  const first = words[head]!;
  words[at] = first;
  words[at + 1] = head;
  words[first + 1] = at;
  words[head] = at;
  m.frames[pfn] = PER_CPU | order;
  const count = words[pcp + P_COUNT]! + (1 << order);
  words[pcp + P_COUNT] = count;
  // Spelled out: to find out whether a value is truthy takes V8 a dozen instructions.
  if (m.modern === true) settle612(m, zb, pcp, order, kept, count);
  else drainIfFull61(m, zb, pcp, order, kept);
}

const SMALLISH = 0b1110;

/** 6.12: after each free. Nearly always the lists may grow on. */
function settle612(m: Memory, zb: ZoneBase, pcp: number, order: number, kept: number, count: number): void {
  const { words } = m;
  if (words[pcp + P_ALLOC_FACTOR] !== 0) words[pcp + P_ALLOC_FACTOR]! >>= 1;
  const batch = words[pcp + P_BATCH]!;
  const before = words[pcp + P_FREE_COUNT]!;
  if (before < batch && count < words[pcp + P_HIGH]! && (words[zb + Z_FLAGS]! & ZONE_BELOW_HIGH) === 0) {
    words[pcp + P_FREE_COUNT] = before + (1 << order);
    words[pcp + P_FLAGS] = (SMALLISH >> order) & PCP_PREV_FREE_HIGH_ORDER;
  } else {
    if (before < batch << BATCH_SCALE_MAX) words[pcp + P_FREE_COUNT] = before + (1 << order);
    drainIfFull612(m, zb, pcp, order, kept, before);
  }
}

/** Orders that are cached although they are no single pages, and not huge: they fragment. */
const isSmallish = (order: number): boolean => order > 0 && order <= COSTLY_ORDER;

/** 6.1: FREE_COUNT counts drains, each of which doubles the next one; allocating halves it. */
function drainIfFull61(m: Memory, zb: ZoneBase, pcp: number, order: number, kept: number): void {
  const { words } = m;
  const freed = words[pcp + P_FREE_COUNT]!;
  const freeHigh = freed > 0 && order > 0 && order <= COSTLY_ORDER;
  const high = freeHigh ? 0 : words[pcp + P_HIGH]!;
  const count = words[pcp + P_COUNT]!;
  if (count < high) return;
  const batch = words[pcp + P_BATCH]!;
  let drained = count;
  if (!freeHigh) {
    const most = Math.max(high - batch, batch);
    drained = Math.min(batch << freed, most);
    if (batch << freed < most) words[pcp + P_FREE_COUNT] = freed + 1;
  }
  drain(m, zb, pcp, Math.min(drained, count), listAt(kept));
}

function drainIfFull612(
  m: Memory,
  zb: ZoneBase,
  pcp: number,
  order: number,
  kept: number,
  before: number,
): void {
  const { words } = m;
  const batch = words[pcp + P_BATCH]!;
  const smallish = isSmallish(order);
  const freeHigh = smallish && before >= batch && (words[pcp + P_FLAGS]! & PCP_PREV_FREE_HIGH_ORDER) !== 0;
  words[pcp + P_FLAGS] = smallish ? PCP_PREV_FREE_HIGH_ORDER : 0;
  const freed = words[pcp + P_FREE_COUNT]!;
  const count = words[pcp + P_COUNT]!;
  const high = highFor(m, zb, pcp, batch, freeHigh);
  if (count < high) return;
  const drained = freeHigh
    ? Math.min(count, batch << BATCH_SCALE_MAX)
    : high < batch
      ? 1
      : Math.min(Math.max(freed, batch), Math.max(high - batch, batch));
  drain(m, zb, pcp, Math.min(drained, count), listAt(kept));
  if ((words[zb + Z_FLAGS]! & ZONE_BELOW_HIGH) !== 0) {
    const mark = words[zb + Z_HIGH]! + words[zb + Z_BOOST]!;
    if (watermarkOk(m, zb, 0, mark, m.layout.zoneTypes - 1, 0)) words[zb + Z_FLAGS]! &= ~ZONE_BELOW_HIGH;
  }
}

/** 6.12: the number of pages at which to drain, after HIGH has followed the traffic. */
function highFor({ words }: Memory, zb: ZoneBase, pcp: number, batch: number, freeHigh: boolean): number {
  const highMin = words[pcp + P_HIGH_MIN]!;
  const highMax = words[pcp + P_HIGH_MAX]!;
  const high = Math.min(Math.max(words[pcp + P_HIGH]!, highMin), highMax);
  words[pcp + P_HIGH] = high;
  if (high === 0) return 0;
  if (freeHigh) {
    words[pcp + P_HIGH] = Math.max(high - (batch << BATCH_SCALE_MAX), highMin);
    return 0;
  }
  if (highMin === highMax) return high;
  const freed = words[pcp + P_FREE_COUNT]!;
  const count = words[pcp + P_COUNT]!;
  if ((words[zb + Z_FLAGS]! & ZONE_BELOW_HIGH) !== 0) {
    words[pcp + P_HIGH] = Math.max(high - Math.max(freed, batch), highMin);
    return Math.max(count, highMin);
  }
  if (count >= high && high < freed + batch) {
    words[pcp + P_HIGH] = Math.min(Math.max(freed + batch, highMin), highMax);
  }
  return high;
}

/** Returns at least `pages` pages to the free areas: from the tails of the lists in turn, beginning with `list`. */
function drain(m: Memory, zb: ZoneBase, pcp: number, pages: number, list: number): void {
  const { words, frames } = m;
  let left = pages;
  for (let turn = list; left > 0; turn = (turn + 1) % LISTS_PER_PCP) {
    const head = listHead(pcp, turn);
    const order = turn < PCP_LOW_LISTS ? Math.floor(turn / MERGEABLE_TYPES) : PAGEBLOCK_ORDER;
    for (let at = words[head + 1]!; at !== head && left > 0; at = words[head + 1]!) {
      const prev = words[at + 1]!;
      words[prev] = head;
      words[head + 1] = prev;
      const pfn = (at - m.links) >> 1;
      frames[pfn] = TAIL;
      left -= 1 << order;
      words[pcp + P_COUNT]! -= 1 << order;
      merge(m, zb, pfn, order, m.blocks[pfn >>> PAGEBLOCK_ORDER]! & BLOCK_TYPE_MASK, 0);
      if (m.tracer !== null) m.tracer.pcpuDrain(pfn, order, blockType(m, pfn));
    }
  }
}

/** 6.12: what each cpu does to its lists once a second: HIGH falls by an eighth, and what lies above it is drained. */
export function decayPcp(m: Memory): void {
  const { words } = m;
  if (m.modern !== true) return;
  for (let zone = 0; zone < m.layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    for (let cpu = 0; cpu < m.cpus; cpu++) {
      const pcp = pcpBase(m, zb, cpu);
      const least = words[pcp + P_HIGH_MIN]!;
      const [count, before] = [words[pcp + P_COUNT]!, words[pcp + P_HIGH]!];
      const most = count - (words[pcp + P_BATCH]! << BATCH_SCALE_MAX);
      const high = before > least ? Math.max(most, before - (before >> 3), least) : before;
      words[pcp + P_HIGH] = high;
      if (count > high) drain(m, zb, pcp, count - high, 0);
    }
  }
}

/** Empties the lists of one cpu, or of all, in every zone. */
export function drainPcp(m: Memory, cpu?: number): void {
  for (let zone = 0; zone < m.layout.zones; zone++) {
    const zb = zoneBase(m, zone);
    for (let each = 0; each < m.cpus; each++) {
      if (cpu !== undefined && cpu !== each) continue;
      const pcp = pcpBase(m, zb, each);
      drain(m, zb, pcp, m.words[pcp + P_COUNT]!, 0);
    }
  }
}
