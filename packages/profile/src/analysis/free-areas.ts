import { procLines } from './proc-lines.js';

/** Free blocks of a zone by order, as /proc/buddyinfo and /proc/pagetypeinfo print them. */
export interface FreeAreas {
  /** NUMA node. */
  readonly node: number;
  /** The zone's name: `DMA32`. */
  readonly zone: string;
  /** Free blocks of each order, from 0. */
  readonly free: readonly number[];
}

const BUDDY_LINE = /^Node +(\d+), zone +(\S+) +([\d ]+?) *$/;
const TYPE_LINE = /^Node +(\d+), zone +(\S+), type +(\S+) +([>\d ]+?) *$/;
const BLOCK_ORDER_LINE = /^Page block order: *(\d+)$/;

/**
 * Reads /proc/buddyinfo.
 *
 * @throws Error when a line is not of it, or there is none
 */
export function parseBuddyinfo(text: string): FreeAreas[] {
  const zones = lines(text).map((line): FreeAreas => {
    const [, node, zone, counts] = BUDDY_LINE.exec(line) ?? [];
    if (zone === undefined || counts === undefined)
      throw new Error(`not a line of buddyinfo: ${JSON.stringify(line)}`);
    return { node: Number(node), zone, free: counts.split(/ +/).map(Number) };
  });
  if (!zones.length) throw new Error('buddyinfo is empty');
  return zones;
}

/** Pageblocks of a zone by type; the types in the order in which the kernel prints them. */
export interface BlockCounts {
  /** NUMA node. */
  readonly node: number;
  /** Name: `DMA32`. */
  readonly zone: string;
  /** Pageblocks by type, such as `Movable`. */
  readonly count: Readonly<Record<string, number>>;
}

/** What /proc/pagetypeinfo says. */
export interface Pagetypeinfo {
  /** A pageblock has 2^order pages. */
  readonly pageblockOrder: number;
  /**
   * All types together. The kernel stops counting a list at 100000 and prints `>100000`; `capped` says that it did
   * somewhere, and the sums are too low then.
   */
  readonly areas: readonly FreeAreas[];
  /** Some list was not counted to its end. */
  readonly capped: boolean;
  /** Pageblocks by type. */
  readonly blocks: readonly BlockCounts[];
  /** Only with page_owner=on. */
  readonly mixed: readonly BlockCounts[];
}

/**
 * Reads /proc/pagetypeinfo.
 *
 * @throws Error when it has no `Page block order`
 */
export function parsePagetypeinfo(text: string): Pagetypeinfo {
  let pageblockOrder: number | undefined;
  let capped = false;
  const areas = new Map<string, { node: number; zone: string; free: number[] }>();
  const blocks: BlockCounts[] = [];
  const mixed: BlockCounts[] = [];
  let table: BlockCounts[] | undefined;
  let types: string[] = [];
  for (const line of lines(text)) {
    const order = BLOCK_ORDER_LINE.exec(line);
    if (order) pageblockOrder = Number(order[1]);
    const titles = /^Number of (blocks type|mixed blocks) +(.*)$/.exec(line);
    if (titles) {
      table = titles[1] === 'mixed blocks' ? mixed : blocks;
      types = titles[2]!.trim().split(/ +/);
      continue;
    }
    const ofType = TYPE_LINE.exec(line);
    if (ofType) {
      const [, node = '', zone = '', , counts = ''] = ofType;
      capped ||= counts.includes('>');
      const free = counts.replaceAll('>', '').split(/ +/).map(Number);
      const known = areas.get(`${node} ${zone}`);
      if (known) free.forEach((count, i) => (known.free[i] = (known.free[i] ?? 0) + count));
      else areas.set(`${node} ${zone}`, { node: Number(node), zone, free });
      continue;
    }
    const ofZone = BUDDY_LINE.exec(line);
    if (!ofZone || !table) continue;
    const counts = ofZone[3]!.split(/ +/).map(Number);
    table.push({
      node: Number(ofZone[1]),
      zone: ofZone[2]!,
      count: Object.fromEntries(types.map((type, i) => [type, counts[i] ?? 0])),
    });
  }
  if (pageblockOrder === undefined) throw new Error('not a pagetypeinfo: it has no line "Page block order"');
  return { pageblockOrder, areas: [...areas.values()], capped, blocks, mixed };
}

/** Free pages, free blocks, and free blocks of the order counted in that order's size. */
function sums(free: readonly number[], order: number): { pages: number; blocks: number; suitable: number } {
  if (!Number.isInteger(order) || order < 0)
    throw new RangeError(`an order of ${order} is not an integer from 0`);
  let pages = 0;
  let blocks = 0;
  let suitable = 0;
  for (const [at, count] of free.entries()) {
    pages += count * 2 ** at;
    blocks += count;
    if (at >= order) suitable += count * 2 ** (at - order);
  }
  return { pages, blocks, suitable };
}

/**
 * Which part of the free memory is of no use for an allocation of this order: 0 all can be used, 1 none (and 1 where
 * nothing is free). As extfrag/unusable_index of debugfs has it, in thousandths (unusable_free_index() in mm/vmstat.c).
 */
export function unusableIndex(free: readonly number[], order: number): number {
  const { pages, suitable } = sums(free, order);
  if (!pages) return 1;
  return Math.floor(((pages - suitable * 2 ** order) * 1000) / pages) / 1000;
}

/**
 * Why an allocation of this order would fail: towards 0 for lack of memory, towards 1 for fragmentation; -1 when it
 * would not fail. As extfrag/extfrag_index of debugfs has it, in thousandths (__fragmentation_index() in mm/vmstat.c).
 */
export function fragmentationIndex(free: readonly number[], order: number): number {
  const { pages, blocks, suitable } = sums(free, order);
  if (!blocks) return 0;
  if (suitable) return -1;
  return (1000 - Math.floor((1000 + Math.floor((pages * 1000) / 2 ** order)) / blocks)) / 1000;
}

function lines(text: string): string[] {
  return procLines(text).filter((line) => line.trim() !== '');
}
