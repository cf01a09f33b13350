/**
 * Memory that is plugged in and out while the machine runs, by sections of 128 MiB, in the kernel's order:
 *
 * ```
 *   in    struct pages ─> page_ext's table ─> the zone grows, all of it free
 *   out   pages move away, the zone shrinks ─> page_ext's table and struct pages are freed
 * ```
 *
 * Struct pages and tables come from memory that was there before, and have owners. Memory in zone Normal may hold them for
 * what is plugged in later, and then cannot be taken out first.
 */
import {
  NO_PAGE,
  PAGEBLOCK_ORDER,
  SECTION_PAGES,
  type PageAllocator,
  type Pfn,
} from '@page-owner/buddy-allocator';
import type { PageExt } from '@page-owner/page-ext';
import type { AllocatorFrames } from '@page-owner/page-owner';
import type { PageSource } from './counted-pages.js';
import { SUBSECTION_PAGES } from './memory-map.js';

/** Where memory that is plugged in goes. */
export interface AddMemoryOptions {
  /** The node that gets it; 0 unless given. */
  readonly node?: number | undefined;
  /** The zone that grows: `Normal` unless given, or `Movable`, from which it can always be removed again. */
  readonly zone?: 'Normal' | 'Movable' | undefined;
}

export interface HotplugParts {
  readonly allocator: PageAllocator;
  readonly pages: PageSource;
  readonly ext: PageExt;
  readonly frames: AllocatorFrames;
  /** Of each 2 MiB up to the highest frame that there may be, whether it has memory. */
  readonly subsections: Uint8Array;
  /** Mask with which struct pages are asked for. */
  readonly memmapGfp: number;
  /** Runs an allocation from the stack of one of these. */
  readonly from: <T>(place: 'struct pages' | 'page_ext', allocate: () => T) => T;
  /** Told when it is done; `populated` if a zone has its first memory. */
  readonly changed: (populated: boolean) => void;
}

interface Block {
  readonly pfn: Pfn;
  readonly order: number;
}

/** Node and zone of what is plugged in. */
interface Place {
  readonly node: number;
  readonly zone: 'Normal' | 'Movable';
}

interface Section extends Place {
  readonly memmap: readonly Block[];
}

export class MemoryHotplug {
  readonly #parts: HotplugParts;
  /** What was plugged in, by first frame. */
  readonly #sections = new Map<Pfn, Section>();

  constructor(parts: HotplugParts) {
    this.#parts = parts;
  }

  /** Pages that struct pages of plugged memory take. */
  get memmapPages(): number {
    let pages = 0;
    for (const { memmap } of this.#sections.values()) for (const { order } of memmap) pages += 2 ** order;
    return pages;
  }

  /** @throws RangeError or Error, with everything as before */
  add(start: Pfn, sections: number, { node = 0, zone = 'Normal' }: AddMemoryOptions): void {
    this.#check(start, sections);
    const { allocator } = this.#parts;
    const zones = allocator.zones();
    if (!zones.some((own) => own.node === node)) throw new RangeError(`no node ${node}`);
    // The lower zones end where devices cannot reach further.
    if (zone !== 'Normal' && zone !== 'Movable')
      throw new RangeError(`memory is plugged into zone Normal or Movable, got "${String(zone)}"`);
    const end = start + sections * SECTION_PAGES;
    for (let pfn = start; pfn < end; pfn++) {
      if (allocator.isPresent(pfn))
        throw new Error(`cannot add memory at pfn ${start}: there is some at pfn ${pfn}`);
    }
    this.#describe(start, sections, { node, zone });
    this.#changing(() => {
      const all = sectionsOf(start, sections);
      try {
        for (const section of all) allocator.addSection(section, node, zone);
      } catch (error) {
        for (const section of all) if (allocator.isPresent(section)) allocator.removeSection(section);
        this.#forget(start, sections);
        throw error;
      }
    });
  }

  /**
   * @throws RangeError or Error, with all sections still in use, if one of them holds what cannot be moved; what the mover
   * throws
   */
  remove(start: Pfn, sections: number): void {
    this.#check(start, sections);
    const { allocator } = this.#parts;
    const all = sectionsOf(start, sections);
    const strange = all.find((section) => !this.#sections.has(section));
    if (strange !== undefined)
      throw new Error(`cannot remove the section at pfn ${strange}: it was not plugged in`);
    const gone: Pfn[] = [];
    try {
      for (const section of all) {
        if (!allocator.removeSection(section)) throw this.#stuck(section);
        gone.push(section);
      }
    } catch (error) {
      for (const section of gone) {
        const { node, zone } = this.#sections.get(section)!;
        allocator.addSection(section, node, zone);
      }
      throw error;
    }
    this.#changing(() => this.#forget(start, sections));
  }

  #check(start: Pfn, sections: number): void {
    const { frames } = this.#parts.allocator;
    if (!Number.isInteger(sections) || sections < 1) {
      throw new RangeError(`memory is plugged in and out by whole sections, at least 1, got ${sections}`);
    }
    const fits = Number.isInteger(start) && start >= 0 && start + sections * SECTION_PAGES <= frames;
    if (fits && start % SECTION_PAGES === 0) return;
    throw new RangeError(
      `memory is plugged in at a multiple of ${SECTION_PAGES} frames below the option maxPfn, ` +
        `here ${frames}, got ${sections} sections from pfn ${start}`,
    );
  }

  /** Makes what describes the sections, all of it before any of them is used. */
  #describe(start: Pfn, sections: number, where: Place): void {
    const { ext, from } = this.#parts;
    const made: (readonly Block[])[] = [];
    while (made.length < sections) {
      const memmap = from('struct pages', () => this.#takeMemmap(where.node));
      if (memmap === null) break;
      made.push(memmap);
    }
    const pages = sections * SECTION_PAGES;
    let online = false;
    try {
      online = made.length === sections && from('page_ext', () => ext.goingOnline(start, pages, where.node));
    } finally {
      if (!online) for (const memmap of made) this.#giveBack(memmap);
    }
    if (!online)
      throw new Error(`cannot add memory at pfn ${start}: there is none for its struct pages and page_ext`);
    this.#setValid(start, sections, 1);
    for (const [i, section] of sectionsOf(start, sections).entries()) {
      this.#sections.set(section, { ...where, memmap: made[i]! });
    }
  }

  /** Undoes {@link #describe} when the sections have left their zone. */
  #forget(start: Pfn, sections: number): void {
    this.#setValid(start, sections, 0);
    this.#parts.ext.offline(start, sections * SECTION_PAGES);
    for (const section of sectionsOf(start, sections)) {
      this.#giveBack(this.#sections.get(section)!.memmap);
      this.#sections.delete(section);
    }
  }

  #changing(change: () => void): void {
    const { frames, changed } = this.#parts;
    const populated = frames.zones.length;
    change();
    frames.memoryChanged();
    changed(frames.zones.length > populated);
  }

  #setValid(start: Pfn, sections: number, valid: 0 | 1): void {
    const perSection = SECTION_PAGES / SUBSECTION_PAGES;
    const first = start / SUBSECTION_PAGES;
    this.#parts.subsections.fill(valid, first, first + sections * perSection);
  }

  /** Struct pages of a section fill a huge page; if there is none, single pages. */
  #takeMemmap(node: number): readonly Block[] | null {
    const { pages, memmapGfp } = this.#parts;
    const huge = pages.allocPages(memmapGfp, PAGEBLOCK_ORDER, node);
    if (huge !== NO_PAGE) return [{ pfn: huge, order: PAGEBLOCK_ORDER }];
    const single: Block[] = [];
    while (single.length < 2 ** PAGEBLOCK_ORDER) {
      const pfn = pages.allocPages(memmapGfp, 0, node);
      if (pfn === NO_PAGE) {
        this.#giveBack(single);
        return null;
      }
      single.push({ pfn, order: 0 });
    }
    return single;
  }

  #giveBack(memmap: readonly Block[]): void {
    for (const { pfn, order } of memmap) this.#parts.pages.freePages(pfn, order);
  }

  /** Names the first block of a section that cannot move: asked for as such, or else left over by whoever moves pages. */
  #stuck(start: Pfn): Error {
    const blocks = this.#parts.allocator.blocks(start, start + SECTION_PAGES);
    const inUse = [...blocks].filter(({ kind }) => kind === 'allocated');
    const fixed = (inUse.find(({ movable }) => !movable) ?? inUse[0])?.pfn ?? start;
    return new Error(`cannot remove the section at pfn ${start}: pfn ${fixed} is in use and cannot be moved`);
  }
}

const sectionsOf = (start: Pfn, sections: number): Pfn[] =>
  Array.from({ length: sections }, (_, i) => start + i * SECTION_PAGES);
