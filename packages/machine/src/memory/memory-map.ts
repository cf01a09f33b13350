/** What memory the machine has: a size, frame ranges, or nodes; and the frames that boot memory takes of it. */
import type { FrameRange, NodeOptions, Pfn } from '@page-owner/buddy-allocator';
import { FRAMES_LIMIT, SECTION_PAGES } from '@page-owner/buddy-allocator';
import { frameMapOf, type FrameMap } from '@page-owner/page-ext';

/**
 * `2G`; `1G+1G`, two nodes; `0x1000-0x9efff,0x100000-0x7ffd9fff`, addresses as a boot log has them; frame ranges of one
 * node, ends exclusive; or nodes, each with its ranges.
 */
export type MemoryOption = string | readonly FrameRange[] | readonly NodeOptions[];

const SIZE = /^(\d+(?:\.\d+)?)([KMGT])(?:i?B)?$/i;
const UNIT_PAGES: Readonly<Record<string, number>> = { K: 2 ** -2, M: 2 ** 8, G: 2 ** 18, T: 2 ** 28 };

const MIB_PAGES = UNIT_PAGES['M']!;
const GIB_PAGES = UNIT_PAGES['G']!;

/**
 * The PC that QEMU 7 makes (i440FX, SeaBIOS): frame 0 is not used, the BIOS has the end of the first MiB, ACPI tables lie
 * at the end of memory below 4 GiB, and memory that would reach into the PCI hole goes behind it.
 *
 * ```
 *   frame 0    0x1        0x9f       0x100                     end - 38  end        0x100000
 *         +----+----------+----------+------------------ ... --+---------+- - - - - +------------ ...
 *         |    | memory   | BIOS     | memory                  | ACPI    | PCI hole | the rest
 *         +----+----------+----------+------------------ ... --+---------+- - - - - +------------ ...
 * ```
 *
 * Source: the e820 lines of boots with 512 MiB to 4 GiB.
 */
const LOW_START = 0x1;
const LOW_END = 0x9f;
const HIGH_START = 0x100;
const ACPI_PAGES = 38;
const ABOVE_4_GIB = 4 * GIB_PAGES;
/** From so much on, memory below 4 GiB ends at 3 GiB. */
const SPLIT_FROM = 3.5 * GIB_PAGES;
const SPLIT_AT = 3 * GIB_PAGES;
const SMALLEST = 8 * MIB_PAGES;

/** Pages of `2G`, `512M`, `1.5GiB`; NaN if the text is no size, or not of whole pages. */
function pagesOfSize(text: string): number {
  const [, number, unit] = SIZE.exec(text) ?? [];
  const pages = unit === undefined ? NaN : Number(number) * UNIT_PAGES[unit.toUpperCase()]!;
  return Number.isInteger(pages) && pages > 0 ? pages : NaN;
}

/** A PC with so many pages on each node, of which every one begins at a section. */
function pcNodes(sizes: readonly number[]): NodeOptions[] {
  const pages = sizes.reduce((sum, size) => sum + size, 0);
  const below = pages >= SPLIT_FROM ? SPLIT_AT : pages;
  const ranges = [
    { start: LOW_START, end: LOW_END },
    { start: HIGH_START, end: below - ACPI_PAGES },
  ];
  if (pages > below) ranges.push({ start: ABOVE_4_GIB, end: ABOVE_4_GIB + pages - below });
  let first = 0;
  let before = 0;
  return sizes.map((size) => {
    before += size;
    const start = first;
    first = before < below ? before : ABOVE_4_GIB + before - below;
    return { ranges: within(ranges, start, before === below ? below : first) };
  });
}

const within = (ranges: readonly FrameRange[], start: Pfn, end: Pfn): FrameRange[] =>
  ranges
    .map((range) => ({ start: Math.max(range.start, start), end: Math.min(range.end, end) }))
    .filter((range) => range.start < range.end);

/** A range of addresses as a boot log has it, last byte included; only whole frames count. */
const ADDRESSES = /^(?:mem )?0x([0-9a-f]{1,13})-0x([0-9a-f]{1,13})$/i;
const PAGE_BYTES = 4096;

function addressRange(text: string): FrameRange {
  const [, first, last] = ADDRESSES.exec(text) ?? [];
  const start = Math.ceil(parseInt(first ?? '', 16) / PAGE_BYTES);
  const end = Math.floor((parseInt(last ?? '', 16) + 1) / PAGE_BYTES);
  if (!(start < end)) {
    throw new RangeError(
      `memory is sizes such as 2G or 1G+1G, or addresses such as 0x1000-0x9efff,0x100000-0x7ffd9fff, got "${text}"`,
    );
  }
  return { start, end };
}

/** Nodes from a text: each between two `+`. */
function nodesOfText(text: string): NodeOptions[] {
  const parts = text.split('+');
  const sizes = parts.map(pagesOfSize);
  if (sizes.every(Number.isNaN)) return parts.map((part) => ({ ranges: part.split(',').map(addressRange) }));
  const bad = parts.find((_, i) => Number.isNaN(sizes[i]));
  if (bad !== undefined) addressRange(bad);
  if (bad !== undefined) throw new RangeError(`memory is sizes or addresses, not both, got "${text}"`);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total < SMALLEST) throw new RangeError(`a machine has at least 8M of memory, got "${text}"`);
  const odd = parts.length > 1 ? sizes.findIndex((size) => size % SECTION_PAGES !== 0) : -1;
  if (odd >= 0) throw new RangeError(`memory of a node is a multiple of 128M, got "${parts[odd]}"`);
  return pcNodes(sizes);
}

const isNodes = (memory: readonly FrameRange[] | readonly NodeOptions[]): memory is readonly NodeOptions[] =>
  memory[0] !== undefined && 'ranges' in memory[0];

/**
 * The nodes of a machine.
 *
 * @throws RangeError if a size is none, there is no memory, or some beyond 2 TiB; TypeError if it is neither text nor a list
 */
export function nodesOf(memory: MemoryOption): readonly NodeOptions[] {
  const nodes = nodesOfAny(memory);
  const end = Math.max(...nodes.flatMap(({ ranges }) => ranges.map((range) => range.end)));
  if (end > FRAMES_LIMIT) {
    const given = typeof memory === 'string' ? `"${memory}"` : `pfn ${end}`;
    throw new RangeError(`memory ends at 2T at the latest, got ${given}`);
  }
  return nodes;
}

function nodesOfAny(memory: MemoryOption): readonly NodeOptions[] {
  if (typeof memory === 'string') return nodesOfText(memory);
  if (!Array.isArray(memory))
    throw new TypeError(`memory is a size such as "2G", or a list of ranges or nodes, got ${String(memory)}`);
  if (memory.length === 0) throw new RangeError('a machine needs at least one range of memory');
  return isNodes(memory) ? memory : [{ ranges: memory }];
}

const pagesOf = (ranges: readonly FrameRange[]): number =>
  ranges.reduce((pages, { start, end }) => pages + end - start, 0);

/** Pages that exist. */
export const presentPages = (nodes: readonly NodeOptions[]): number =>
  nodes.reduce((pages, { ranges }) => pages + pagesOf(ranges), 0);

/** A struct page has 64 bytes, so those of a section of 128 MiB take 512 pages. */
const MEMMAP_PAGES = (SECTION_PAGES * 64) / 4096;

/** Pages of a node that its struct pages take. */
export function memmapPages({ ranges }: NodeOptions): number {
  const sections = new Set<number>();
  for (const { start, end } of ranges) {
    for (let section = Math.floor(start / SECTION_PAGES); section * SECTION_PAGES < end; section++) {
      sections.add(section);
    }
  }
  return sections.size * MEMMAP_PAGES;
}

/** What is left of ranges without others, in the same order. */
export function without(ranges: readonly FrameRange[], others: readonly FrameRange[]): FrameRange[] {
  return others.reduce<FrameRange[]>(
    (left, other) =>
      left.flatMap(({ start, end }) =>
        [
          { start, end: Math.min(end, other.start) },
          { start: Math.max(start, other.end), end },
        ].filter((part) => part.start < part.end),
      ),
    [...ranges],
  );
}

/**
 * What boot memory takes before the page allocator has any: on each node the struct pages of its sections, and on the
 * first node `bytes` more for hash tables. Taken from the top, as memblock does.
 *
 * @param taken frames that are in use by then
 * @throws RangeError if a node has too little memory for that
 */
export function bootMemory(
  nodes: readonly NodeOptions[],
  bytes: number,
  taken: readonly FrameRange[] = [],
): FrameRange[] {
  return nodes.flatMap((node, number) => {
    let left = memmapPages(node) + (number === 0 ? Math.ceil(bytes / 4096) : 0);
    const free = without(node.ranges, taken);
    if (left > 0 && left >= pagesOf(free)) {
      throw new RangeError(
        `node ${number} has ${pagesOf(node.ranges)} pages, too few for the ${left} of its memory map`,
      );
    }
    const ranges: FrameRange[] = [];
    for (const { start, end } of free.sort((a, b) => b.start - a.start)) {
      const pages = Math.min(left, end - start);
      if (pages > 0) ranges.push({ start: end - pages, end });
      left -= pages;
    }
    return ranges;
  });
}

/** Frames that `pfn_valid()` knows come in subsections of 2 MiB, so a hole beside memory is valid, too (since 5.3). */
export const SUBSECTION_PAGES = 512;

/** For each subsection, whether it has memory; with `maxPfn` also for those that memory may be plugged into. */
export function subsectionsOf(nodes: readonly NodeOptions[], maxPfn = 0): Uint8Array {
  const end = Math.max(maxPfn, ...nodes.flatMap(({ ranges }) => ranges.map((range) => range.end)));
  const valid = new Uint8Array(Math.ceil(end / SUBSECTION_PAGES));
  for (const { ranges } of nodes) {
    for (const range of ranges) {
      valid.fill(1, Math.floor(range.start / SUBSECTION_PAGES), Math.ceil(range.end / SUBSECTION_PAGES));
    }
  }
  return valid;
}

/** The same memory as page_ext wants to see it; `pfn_valid()` is from what {@link subsectionsOf} returns. */
export function pageExtFrames(
  nodes: readonly NodeOptions[],
  subsections: Uint8Array,
  maxPfn?: Pfn,
): FrameMap {
  const ranges = nodes
    .flatMap(({ ranges }, node) => ranges.map(({ start, end }) => ({ node, startPfn: start, endPfn: end })))
    .sort((a, b) => a.startPfn - b.startPfn);
  return {
    ...frameMapOf(ranges, maxPfn),
    isValid: (pfn) => subsections[Math.floor(pfn / SUBSECTION_PAGES)] === 1,
  };
}
