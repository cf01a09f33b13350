/** `hugepages=`: the pool of huge pages of 2 MiB that the boot fills, node by node in turn, or of certain nodes. */
import {
  NO_PAGE,
  PAGEBLOCK_ORDER,
  PAGEBLOCK_PAGES,
  type PageAllocator,
  type Pfn,
  type ZoneReport,
} from '@page-owner/buddy-allocator';
import { framesOf, PAGE } from '../kernel/call-path.js';
import type { CommandLine } from './command-line.js';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import type { MemoryEvents } from '../memory/memory-events.js';
import type { NoteId, PageNote } from '../pages/page-notes.js';
import type { StackId, Stacks } from '../running/stacks.js';

const GFP = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_NOWARN|__GFP_RETRY_MAYFAIL|__GFP_THISNODE';
const PATH = `${PAGE} alloc_buddy_hugetlb_folio only_alloc_fresh_hugetlb_folio hugetlb_init do_one_initcall kernel_init_freeable kernel_init ret_from_fork ret_from_fork_asm`;

/** The part of a machine that the pool comes from. */
interface HugetlbSource {
  readonly kernel: Kernel;
  readonly cmdline: CommandLine;
  readonly allocator: PageAllocator;
  readonly events: MemoryEvents;
  readonly stacks: Stacks;
  gfp(names: string): number;
  stack(frames: readonly string[]): StackId;
  note(note: PageNote): NoteId;
  alloc(gfp: number, order: number, stack: StackId, note: NoteId): Pfn;
}

/** What is asked for: so many in all, or so many of each of these nodes. */
interface Wanted {
  readonly count: number;
  readonly byNode: ReadonlyMap<number, number>;
}

/**
 * `COUNT`, or since 5.16 `NODE:COUNT,NODE:COUNT`. Of a list of nodes, what follows a pair without a comma does not matter.
 *
 * @returns the text from where it is wrong, if it is
 */
function parseWanted(value: string, nodes: ReadonlySet<number>, byNodes: boolean): Wanted | string {
  const byNode = new Map<number, number>();
  let rest = value;
  while (rest !== '') {
    const first = /^\d+/.exec(rest)?.[0];
    if (first === undefined) return rest;
    if (!byNodes || rest[first.length] !== ':') {
      return byNode.size === 0 ? { count: Number(first), byNode } : rest;
    }
    if (!nodes.has(Number(first))) return rest;
    rest = rest.slice(first.length + 1);
    const count = /^\d+/.exec(rest)?.[0];
    if (count === undefined) return rest;
    byNode.set(Number(first), Number(count));
    if (rest[count.length] !== ',') break;
    rest = rest.slice(count.length + 1);
  }
  return { count: [...byNode.values()].reduce((sum, count) => sum + count, 0), byNode };
}

/**
 * Allocates what the command line asks for, as far as there is memory.
 *
 * @param leave free pages of each node that are not for the pool
 * @returns how many huge pages there are
 */
export function fillHugetlbPool(
  machine: HugetlbSource,
  print: (line: string) => void,
  leave: number,
): number {
  const value = machine.cmdline.value('hugepages');
  if (value === undefined) return 0;
  const zones = machine.allocator.zones().filter(({ present }) => present > 0);
  const nodes = new Set(zones.map(({ node }) => node));
  const wanted = parseWanted(value ?? '', nodes, !isBefore(machine.kernel.era, '5.18'));
  if (value === null || value === '' || typeof wanted === 'string') {
    print(`HugeTLB: Invalid hugepages parameter ${typeof wanted === 'string' ? wanted : ''}`);
    return 0;
  }
  const failed = (where: string, count: number, pages: number): void =>
    print(
      `HugeTLB: allocating ${count} of page size 2.00 MiB ${where}failed.  Only allocated ${pages} hugepages.`,
    );
  let pages = 0;
  for (const [node, count] of wanted.byNode) {
    const found = allocate(machine, count, new Set([node]), leave);
    if (found < count) failed(`node${node} `, count, found);
    pages += found;
  }
  if (wanted.byNode.size === 0) {
    pages = allocate(machine, wanted.count, nodes, leave);
    if (pages < wanted.count) failed('', wanted.count, pages);
  }
  print(`HugeTLB: registered 2.00 MiB page size, pre-allocated ${pages} pages`);
  return pages;
}

/** How many huge pages a node has beside what is to be left; nobody may have a zone's reserves, or CMA. */
function roomOf(zones: readonly ZoneReport[], node: number, leave: number): number {
  if (leave === 0) return Infinity;
  const usable = ({ managed, protection, high, free, freeCma }: ZoneReport): number =>
    free - freeCma - Math.min(managed, Math.max(...protection) + high);
  const own = zones.filter((zone) => zone.node === node);
  return Math.floor((own.reduce((sum, zone) => sum + usable(zone), 0) - leave) / PAGEBLOCK_PAGES);
}

/** Node by node in turn, until one after the other has none left. */
function allocate(machine: HugetlbSource, wanted: number, nodes: Set<number>, leave: number): number {
  const { allocator, events, stacks } = machine;
  const gfp = machine.gfp(GFP);
  const stack = machine.stack(framesOf(PATH, machine.kernel));
  const note = machine.note({ flags: 'head' });
  const { node: home } = allocator;
  const { current } = stacks;
  const zones = allocator.zones();
  const room = new Map(Array.from(nodes, (node) => [node, roomOf(zones, node, leave)]));
  let pages = 0;
  while (pages < wanted && nodes.size > 0) {
    for (const node of nodes) {
      if (pages === wanted) break;
      allocator.node = node;
      const left = room.get(node)!;
      room.set(node, left - 1);
      const found = left > 0 && machine.alloc(gfp, PAGEBLOCK_ORDER, stack, note) !== NO_PAGE;
      events.add(found ? 'htlb_buddy_alloc_success' : 'htlb_buddy_alloc_fail');
      if (found) pages++;
      else nodes.delete(node);
    }
  }
  allocator.node = home;
  stacks.current = current;
  return pages;
}
