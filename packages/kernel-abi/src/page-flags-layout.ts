/**
 * The fields at the top of a page's flags word: where the page belongs, and who used it last.
 *
 * Fields are stacked downwards from bit 63; a build gives each a width, and one of width 0 does not exist. An ordinary
 * x86-64 distribution kernel has
 *
 * ```
 *   63        54 53  51 50              30 29                    0
 *  +------------+------+------------------+-----------------------+
 *  |    node    | zone |    lastcpupid    |       page flags      |
 *  +------------+------+------------------+-----------------------+
 *      10 bits   3 bits      21 bits
 * ```
 *
 * and in general `| section | node | zone | lastcpupid | kasantag | lru | page flags |`.
 * Source: include/linux/page-flags-layout.h and mm.h of Linux 6.1 and 6.12.
 */
import { requireFlagsWord } from './words.js';

/** Widths in bits, topmost field first. */
export interface PageFlagsLayout {
  /** Section number; 0 with SPARSEMEM_VMEMMAP, that is nearly always. */
  readonly section: number;
  /** NUMA node. */
  readonly node: number;
  /** Zone index. */
  readonly zone: number;
  /** Last CPU and process id, for automatic NUMA balancing. */
  readonly lastcpupid: number;
  /** KASAN tag, complemented by the kernel before it is stored; arm64 only. */
  readonly kasantag: number;
  /** Generation and reference counts of the multi-generational LRU (since 6.1). The kernel never prints it. */
  readonly lru: number;
}

/** A field that the kernel prints. */
export type PageFlagsField = Exclude<keyof PageFlagsLayout, 'lru'>;

/** Topmost first. It is the order of printing, too. */
export const PAGE_FLAGS_FIELDS: readonly PageFlagsField[] = [
  'section',
  'node',
  'zone',
  'lastcpupid',
  'kasantag',
];

const STACKED: readonly (keyof PageFlagsLayout)[] = [...PAGE_FLAGS_FIELDS, 'lru'];

const WORD_BITS = 64;

/** What decides the widths of a 64-bit build with SPARSEMEM_VMEMMAP. */
export interface PageFlagsBuild {
  /** CONFIG_NODES_SHIFT: log2 of the largest number of nodes. 0 without NUMA. */
  readonly nodesShift: number;
  /** Number of zones the build knows, see zones.ts. */
  readonly zones: number;
  /** CONFIG_NR_CPUS, or 0 without CONFIG_NUMA_BALANCING. */
  readonly nrCpus: number;
}

const LAST_PID_BITS = 8;

/** Bits needed to number `count` things. */
function bitsFor(count: number): number {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`a count of at least 1 expected, got ${count}`);
  return Math.ceil(Math.log2(count));
}

/**
 * The layout of a 64-bit x86 build: as many bits as nodes, zones and CPUs need, and eight for the process id.
 * Add `lru` by hand if the build has the multi-generational LRU.
 *
 * @throws RangeError if `zones` is not at least 1, `nodesShift` or `nrCpus` is no whole number from 0 on, or the fields
 *   need more than the 64 bits of the word
 */
export function pageFlagsLayout({ nodesShift, zones, nrCpus }: PageFlagsBuild): PageFlagsLayout {
  if (!Number.isInteger(nodesShift) || nodesShift < 0)
    throw new RangeError(`nodesShift is a whole number from 0 on, got ${nodesShift}`);
  const lastcpupid = nrCpus === 0 ? 0 : LAST_PID_BITS + bitsFor(nrCpus);
  const layout = { section: 0, node: nodesShift, zone: bitsFor(zones), lastcpupid, kasantag: 0, lru: 0 };
  pageFlagsShift('lru', layout);
  return layout;
}

/** An x86-64 distribution kernel: up to 1024 nodes, 5 zones, 8192 CPUs. */
export const X86_64_LAYOUT: PageFlagsLayout = pageFlagsLayout({ nodesShift: 10, zones: 5, nrCpus: 8192 });

/**
 * Number of the field's lowest bit. With `lru` it is the end of the named flags: all below are theirs.
 *
 * @throws RangeError if there is no such field, or the layout has more bits than the word above it
 */
export function pageFlagsShift(field: keyof PageFlagsLayout, layout: PageFlagsLayout): number {
  let shift = WORD_BITS;
  for (const stacked of STACKED) {
    shift -= layout[stacked];
    if (stacked !== field) continue;
    if (shift >= 0) return shift;
    throw new RangeError(
      `the fields down to ${field} have ${WORD_BITS - shift} bits, a flags word ${WORD_BITS}`,
    );
  }
  throw new RangeError(`a flags word has no field ${JSON.stringify(field)}; there are ${STACKED.join(', ')}`);
}

const ones = (width: number): bigint => (1n << BigInt(width)) - 1n;

/**
 * Reads a field of a flags word. Every width that occurs is far below 53 bits, so the value is a number.
 *
 * @throws RangeError if `flags` is not an unsigned 64-bit integer
 */
export function getPageFlagsField(flags: bigint, field: PageFlagsField, layout: PageFlagsLayout): number {
  requireFlagsWord(flags);
  return Number((flags >> BigInt(pageFlagsShift(field, layout))) & ones(layout[field]));
}

/**
 * A flags word with one field replaced.
 *
 * @throws RangeError if `flags` is not an unsigned 64-bit integer, or `value` does not fit the field
 */
export function setPageFlagsField(
  flags: bigint,
  field: PageFlagsField,
  value: number,
  layout: PageFlagsLayout,
): bigint {
  requireFlagsWord(flags);
  const width = layout[field];
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** width) {
    throw new RangeError(`${field}=${value} does not fit a field of ${width} bits`);
  }
  const shift = BigInt(pageFlagsShift(field, layout));
  return (flags & ~(ones(width) << shift)) | (BigInt(value) << shift);
}
