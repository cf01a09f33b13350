/**
 * How a kernel arranges its page frames, and so its tables.
 *
 * ```
 *   SPARSEMEM   one table per section of 2^15 frames, 128 MiB, in which a probed frame exists
 *
 *     |section 0|section 1|section 2|section 3|
 *     |  table  |  table  |  hole   |  table  |
 *
 *   FLATMEM     one table per node, from its first frame rounded down to 2^10; one block of 2^10 entries more if either
 *               end is not aligned, because the buddy allocator looks at neighbours beyond it
 *
 *     |   node 0 ..............  |   node 1 ........  |
 *     |   table                  |   table            |
 * ```
 */
import { rankOf, type Release } from './release.js';
import type { FrameMap, NodeSpan, Pfn } from './frame-map.js';

/** How tables are divided: one for each node, or one for each section. */
export type MemoryModel = 'sparsemem' | 'flatmem';

/** A section of SPARSEMEM has 2^15 frames on x86-64. */
export const SECTION_SHIFT = 15;
/** Pages of a section of sparsemem, 128 MiB (x86-64). */
export const PAGES_PER_SECTION = 1 << SECTION_SHIFT;

/** The largest block of the buddy allocator. */
const MAX_ORDER = 10;
const MAX_ORDER_PAGES = 1 << MAX_ORDER;

const roundDown = (pfn: Pfn, step: number): Pfn => Math.floor(pfn / step) * step;

/** Frames of a section. */
export const sectionSpan = (section: number, node: number): NodeSpan => ({
  node,
  startPfn: section * PAGES_PER_SECTION,
  endPfn: (section + 1) * PAGES_PER_SECTION,
});

/** Number of the section a frame is in. */
export const sectionOf = (pfn: Pfn): number => Math.floor(pfn / PAGES_PER_SECTION);

/**
 * Sections that get a table, each with the node it is taken from, in the kernel's order.
 *
 * A node is probed at its first frame and at every section boundary after it; where the probed frame does not exist, or
 * is another node's, the section is passed over.
 */
export function* sectionsToCover(frames: FrameMap): Generator<{ section: number; node: number }> {
  for (const { node, startPfn, endPfn } of frames.nodes) {
    for (let pfn = startPfn; pfn < endPfn; pfn = (sectionOf(pfn) + 1) * PAGES_PER_SECTION) {
      if (frames.isValid(pfn) && frames.nodeOf(pfn) === node) yield { section: sectionOf(pfn), node };
    }
  }
}

/** What a node's table covers in FLATMEM. */
export function nodeTableSpan({ node, startPfn, endPfn }: NodeSpan): NodeSpan {
  const aligned = startPfn % MAX_ORDER_PAGES === 0 && endPfn % MAX_ORDER_PAGES === 0;
  const first = roundDown(startPfn, MAX_ORDER_PAGES);
  const entries = endPfn - startPfn + (aligned ? 0 : MAX_ORDER_PAGES);
  return { node, startPfn: first, endPfn: first + entries };
}

/** What decides when tables are made. */
export interface BootConditions {
  /** How the frames are parted into tables. */
  readonly model: MemoryModel;
  /**
   * The release whose rule holds: before 6.8 it asks for `early_page_ext` (read from 6.1), from there on it goes by
   * deferred initialisation (read from 6.12).
   */
  readonly kernel: '6.1' | '6.12' | Release;
  /** `early_page_ext` is on the command line. It also switches deferred initialisation off. */
  readonly earlyPageExt: boolean;
  /** CONFIG_DEFERRED_STRUCT_PAGE_INIT, and memory enough to make use of it. */
  readonly deferredStructPages: boolean;
}

/**
 * When tables are made. `early`: FLATMEM before the buddy allocator has pages, SPARSEMEM right after vmalloc works, by
 * task 0. `late`: after all struct pages are initialised, by task 1; pages allocated until then have no owner.
 */
export function tableTime({
  model,
  kernel,
  earlyPageExt,
  deferredStructPages,
}: BootConditions): 'early' | 'late' {
  if (model === 'flatmem' || earlyPageExt) return 'early';
  return rankOf(kernel) < rankOf('6.8') || deferredStructPages ? 'late' : 'early';
}
