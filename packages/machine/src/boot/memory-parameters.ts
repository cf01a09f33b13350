/**
 * What the command line says of memory: `mem=` cuts it off, `cma=` sets an area aside, `kernelcore=` and `movablecore=` say
 * how much of it is zone Movable. Read as Linux 6.1 and 6.12 read them; a bad value is logged and does nothing.
 */
import {
  MAX_ORDER,
  PAGEBLOCK_PAGES,
  PAGE_SIZE,
  type FrameRange,
  type NodeOptions,
  type Pfn,
} from '@page-owner/buddy-allocator';
import { X86_64_DMA32_END_PFN, X86_64_DMA_END_PFN } from '@page-owner/kernel-abi';
import { parseBytes, type CommandLine } from './command-line.js';
import { presentPages, without } from '../memory/memory-map.js';

type Print = (line: string) => void;

const malformed = (name: string): string => `Malformed early option '${name}'`;

/** Memory below the limit that `mem=` sets; of several the lowest counts. */
export function limitMemory(
  nodes: readonly NodeOptions[],
  cmdline: CommandLine,
  print: Print,
): readonly NodeOptions[] {
  let limit = Infinity;
  for (const value of cmdline.values('mem')) {
    const { bytes } = parseBytes(value ?? '');
    if (bytes === 0) {
      if (value === 'nopentium') print('mem=nopentium ignored! (only supported on 32-bit)');
      print(malformed('mem'));
      continue;
    }
    print(`e820: remove [mem ${address(bytes)}-0xfffffffffffffffe] usable`);
    limit = Math.min(limit, bytes);
  }
  if (limit === Infinity) return nodes;
  const end = Math.floor(limit / PAGE_SIZE);
  const left = nodes.map(({ ranges, movableFrom }) => ({
    ranges: ranges
      .filter(({ start }) => start < end)
      .map((range) => ({ start: range.start, end: Math.min(range.end, end) })),
    ...(movableFrom !== undefined && { movableFrom }),
  }));
  if (presentPages(left) === 0) throw new RangeError(`"${cmdline.text}": mem= leaves no memory`);
  print('e820: user-defined physical RAM map:');
  return left;
}

const address = (bytes: number): string => `0x${bytes.toString(16).padStart(8, '0')}`;

/** What `cma=` asks for, in frames. */
interface CmaRequest {
  readonly pages: number;
  readonly base: Pfn;
  readonly limit: Pfn;
}

/** `cma=SIZE`, `SIZE@BASE` at that very place, or `SIZE@BASE-END` somewhere there; null if none is asked for. */
function cmaRequest(cmdline: CommandLine, print: Print): CmaRequest | null {
  const value = cmdline.value('cma');
  if (value === undefined) return null;
  if (value === null) {
    print('cma: Config string not provided');
    print(malformed('cma'));
    return null;
  }
  const size = parseBytes(value);
  const pages = Math.ceil(size.bytes / PAGE_SIZE / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
  if (pages === 0) return null;
  if (!size.rest.startsWith('@')) return { pages, base: 0, limit: Infinity };
  const from = parseBytes(size.rest.slice(1));
  const base = Math.ceil(from.bytes / PAGE_SIZE / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
  if (!from.rest.startsWith('-')) return { pages, base, limit: base + pages };
  return { pages, base, limit: Math.floor(parseBytes(from.rest.slice(1)).bytes / PAGE_SIZE) };
}

const ABOVE_4_GIB = X86_64_DMA32_END_PFN;

/**
 * The area that `cma=` reserves: from 4 GiB up if there is memory for it, else as high as possible; all of it in one zone.
 *
 * @param reserved what is in use by then
 * @param modern 6.12 or later
 */
export function cmaArea(
  nodes: readonly NodeOptions[],
  reserved: readonly FrameRange[],
  cmdline: CommandLine,
  print: Print,
  modern: boolean,
): FrameRange | null {
  const request = cmaRequest(cmdline, print);
  if (request === null) return null;
  const { pages, base, limit } = request;
  const places = without(
    nodes.flatMap(({ ranges }) => ranges),
    reserved,
  )
    .flatMap(cutAtZones)
    .map(({ start, end }) => ({ start: Math.max(start, base), end: Math.min(end, limit) }))
    .map(({ start, end }) => ({ start: up(start), end: down(end) }))
    .filter(({ start, end }) => end - start >= pages)
    .sort((a, b) => a.start - b.start);
  const high = places.find(({ start }) => start >= ABOVE_4_GIB);
  const low = places.at(-1);
  if (low === undefined) {
    print(`cma: Failed to reserve ${mib(pages)} MiB${onNode(modern)}`);
    return null;
  }
  return high ? { start: high.start, end: high.start + pages } : { start: low.end - pages, end: low.end };
}

const up = (pfn: Pfn): Pfn => Math.ceil(pfn / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
const down = (pfn: Pfn): Pfn => Math.floor(pfn / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES;
const mib = (pages: number): number => (pages * PAGE_SIZE) / 2 ** 20;

function cutAtZones(range: FrameRange): FrameRange[] {
  const cuts = [X86_64_DMA_END_PFN, X86_64_DMA32_END_PFN].filter(
    (pfn) => range.start < pfn && pfn < range.end,
  );
  const bounds = [range.start, ...cuts, range.end];
  return bounds.slice(1).map((end, i) => ({ start: bounds[i]!, end }));
}

/** Lines about an area name a node since 6.12, if only that none was asked for. */
const onNode = (modern: boolean): string => (modern ? ' on node -1' : '');

/** The line that tells of an area. */
export const cmaLine = ({ start, end }: FrameRange, modern: boolean): string =>
  `cma: Reserved ${mib(end - start)} MiB at 0x${(start * PAGE_SIZE).toString(16).padStart(16, '0')}${onNode(modern)}`;

/** Whether an area lies on one side of where zone Movable begins; otherwise it cannot be activated. */
export const isOfOneZone = (nodes: readonly NodeOptions[], { start, end }: FrameRange): boolean =>
  !nodes.some(
    ({ ranges, movableFrom = 0 }) =>
      start < movableFrom &&
      movableFrom < end &&
      ranges.some((range) => range.start < end && start < range.end),
  );

/** What the log then says of it, once the allocator works and has its pages. */
export const CMA_NOT_ACTIVATED = 'cma: CMA area reserved could not be activated';

/** Zone Movable begins at a block of the largest order. */
const MOVABLE_ALIGNMENT = 1 << MAX_ORDER;

/**
 * Nodes with zone Movable as `kernelcore=` and `movablecore=` ask for it: what is not Movable is spread evenly over the
 * nodes, and what lies below the highest zone counts as such. Nodes that say themselves where Movable begins are left as
 * they are. Source: find_zone_movable_pfns_for_nodes() of 6.12.
 */
export function withMovable(
  nodes: readonly NodeOptions[],
  cmdline: CommandLine,
  print: Print,
): readonly NodeOptions[] {
  const total = presentPages(nodes);
  const movable = corePages('movablecore', cmdline, total, print);
  let kernel = corePages('kernelcore', cmdline, total, print);
  if (movable > 0) {
    const rounded = Math.ceil(movable / MOVABLE_ALIGNMENT) * MOVABLE_ALIGNMENT;
    kernel = Math.max(kernel, total - Math.min(total, rounded));
  }
  if (kernel === 0 || kernel >= total || nodes.some(({ movableFrom }) => movableFrom !== undefined))
    return nodes;
  const starts = movableStarts(nodes, kernel);
  return nodes.map(({ ranges }, node) => {
    const start = Math.ceil(starts[node]! / MOVABLE_ALIGNMENT) * MOVABLE_ALIGNMENT;
    const end = Math.max(0, ...ranges.map((range) => range.end));
    return start === 0 || start >= end ? { ranges } : { ranges, movableFrom: start };
  });
}

/** Pages from `512M` or `30%`; 0 if the parameter is not there. */
function corePages(name: string, cmdline: CommandLine, total: number, print: Print): number {
  const value = cmdline.value(name);
  if (value === undefined) return 0;
  if (value === null) {
    print(malformed(name));
    return 0;
  }
  if (value === 'mirror' && name === 'kernelcore') {
    print('The system has no mirrored memory, ignore kernelcore=mirror.');
    return 0;
  }
  const { bytes, rest } = parseBytes(value);
  return rest.startsWith('%') ? Math.floor((total * bytes) / 100) : Math.floor(bytes / PAGE_SIZE);
}

/** Where on each node what the kernel may use ends, if it may use so many pages in all. */
function movableStarts(nodes: readonly NodeOptions[], kernelPages: number): number[] {
  const last = Math.max(...nodes.flatMap(({ ranges }) => ranges.map(({ end }) => end))) - 1;
  const usable =
    last >= X86_64_DMA32_END_PFN ? X86_64_DMA32_END_PFN : last >= X86_64_DMA_END_PFN ? X86_64_DMA_END_PFN : 0;
  const starts = nodes.map(() => 0);
  let required = kernelPages;
  for (
    let left = nodes.filter(({ ranges }) => ranges.length > 0).length;
    left > 0 && required > left;
    left--
  ) {
    let share = Math.floor(required / left);
    for (const [node, { ranges }] of nodes.entries()) {
      if (required < share) share = Math.floor(required / left);
      let remaining = share;
      for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
        let start = Math.max(range.start, starts[node]!);
        if (start >= range.end) continue;
        if (start < usable) {
          const low = Math.min(range.end, usable) - start;
          remaining -= Math.min(low, remaining);
          required -= Math.min(low, required);
          if (range.end <= usable) {
            starts[node] = range.end;
            continue;
          }
          start = usable;
        }
        const pages = Math.min(range.end - start, remaining);
        starts[node] = start + pages;
        required -= Math.min(required, pages);
        remaining -= pages;
        if (remaining === 0) break;
      }
    }
  }
  return starts;
}
