/**
 * What is known of a page beyond its owner: its flags and the control group it is charged to, which a dump tells, and what
 * it is used for, which the files in /proc count. Few differ, so each frame has the number of a note.
 */
import type { Pfn } from '@page-owner/buddy-allocator';
import type { RecordMemcg } from '@page-owner/dump-format';
import { RecordWriter } from '@page-owner/dump-format';
import { parsePageFlags, type Era } from '@page-owner/kernel-abi';
import { PAGE_USES, type PageUse } from './page-use.js';

/** What is to be noted of pages; what it leaves out is not known. */
export interface PageNote {
  /**
   * Page flags: names as in `uptodate|lru|active`, to which node, zone and an unset lastcpupid are added, or the whole
   * flags word. No flags unless given.
   */
  readonly flags?: string | bigint | undefined;
  /** The control group it is charged to. */
  readonly memcg?: RecordMemcg | undefined;
  /** What /proc/meminfo and vmstat count it as. Default: what the stack of its owner says. */
  readonly use?: PageUse | undefined;
  /** Of slabs: they can be reclaimed. Default: what the owner's mask says. */
  readonly reclaimable?: boolean | undefined;
}

/** @throws RangeError or TypeError if a dump or /proc could not tell what the note says */
export function requireNote({ flags = '', memcg, use }: PageNote, era: Era): void {
  if (typeof flags === 'string') parsePageFlags(flags, { era });
  if (memcg !== undefined) RecordWriter.endText({ memcg });
  if (use !== undefined && !PAGE_USES.includes(use)) {
    throw new RangeError(`a page's use is one of ${PAGE_USES.join(', ')}; got "${String(use)}"`);
  }
}

/** Number of a note; 0 is the note that says nothing. */
export type NoteId = number;

const SECTION_SHIFT = 15;
const SECTION_PAGES = 1 << SECTION_SHIFT;

/** The notes about all pages of a machine. */
export class PageNotes {
  readonly #notes: PageNote[] = [{}];
  readonly #ids = new Map<string, NoteId>();
  /** Notes of the frames of a section, once one of them has any. */
  readonly #sections: (Uint32Array | undefined)[] = [];

  /** Whether no page has a note. */
  get isEmpty(): boolean {
    return this.#sections.length === 0;
  }

  /** The number of a note; equal notes, equal number. */
  intern(note: PageNote): NoteId {
    const { flags, memcg, use, reclaimable } = note;
    const key = JSON.stringify([typeof flags, String(flags ?? ''), memcg, use, reclaimable]);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#notes.push(note) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  /** Whether there is such a note. */
  has(id: NoteId): boolean {
    return this.#notes[id] !== undefined;
  }

  /** What a number means. */
  noteOf(id: NoteId): PageNote {
    return this.#notes[id] ?? {};
  }

  /** The note about a page; 0 is none. */
  at(pfn: Pfn): NoteId {
    return this.#sections[pfn >>> SECTION_SHIFT]?.[pfn & (SECTION_PAGES - 1)] ?? 0;
  }

  /** Gives a page a note. A dump shows the one of a block's first page. */
  set(pfn: Pfn, id: NoteId): void {
    const section = pfn >>> SECTION_SHIFT;
    let notes = this.#sections[section];
    if (notes === undefined) {
      if (id === 0) return;
      notes = new Uint32Array(SECTION_PAGES);
      this.#sections[section] = notes;
    }
    notes[pfn & (SECTION_PAGES - 1)] = id;
  }

  /** Gives all pages of a block a note, so that they have it even when the block is split. */
  setBlock(pfn: Pfn, order: number, id: NoteId): void {
    if (order === 0) this.set(pfn, id);
    else for (let page = pfn; page < pfn + (1 << order); page++) this.set(page, id);
  }
}
