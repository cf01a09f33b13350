/**
 * What a kernel with CONFIG_DEBUG_PAGE_REF traces of pages besides kmem: every change of a reference count, with the flags
 * of the page and the type of its pageblock at that moment. Those of one migration are (old -> new)
 *
 * ```
 *   page_ref_set           new   1          compaction takes a free block; no event of kmem says so
 *   page_ref_mod_unless    old   1 ret=1    it is isolated; a kernel does that before it takes the new one
 *   page_ref_freeze        old   2 ret=1    interrupts off, of a page with a mapping: its place in the page cache
 *   page_ref_mod           new   1            becomes the new page's
 *   page_ref_unfreeze      old   1
 *   page_ref_mod           new   1          onto the LRU
 *   page_ref_mod_and_test  new  -1 ret=0    the reference with which it was taken is given back
 *   page_ref_mod_and_test  old  -1 ret=1    then mm_page_free, as for every page that is freed
 *   page_ref_mod_and_test  new  -1 ret=0    it is on the LRU
 *   mm_migrate_pages                        the end of a batch, here of one block, with the reason
 * ```
 *
 * Source: include/linux/page_ref.h, include/trace/events/page_ref.h, mm/migrate.c, mm/compaction.c of Linux 6.1 and 6.12.
 * Which code takes references of a page for how long is not modelled: whenever the flags of a page change, one is held and
 * given back.
 */
import {
  MR_COMPACTION,
  PAGEBLOCK_ORDER,
  type PageAllocator,
  type PageHooks,
  type PageTracer,
  type Pfn,
  type TraceLine,
} from '@page-owner/buddy-allocator';
import { formatPageFlags, migrateReasonName, pageFlagsTable, parsePageFlags } from '@page-owner/kernel-abi';
import { isBefore, type Kernel } from '../kernel/kernel.js';
import type { NoteId, PageNotes } from './page-notes.js';

interface PageReferencesOptions {
  readonly allocator: PageAllocator;
  readonly notes: PageNotes;
  readonly kernel: Kernel;
  readonly line: TraceLine;
}

/** A page flags word without node, zone and the rest. */
const NO_FIELDS = { section: 0, node: 0, zone: 0, lastcpupid: 0, kasantag: 0, lru: 0 };
const POINTER_DIGITS = 16;

export class PageReferences {
  readonly #options: PageReferencesOptions;
  /** By note: names of the flags, as `show_page_flags` prints them. */
  readonly #flags: string[] = [];
  /** What a page that is not mapped has: its `_mapcount` is -1, which kernels up to 6.9 (unsure) print plus 1. */
  readonly #unmapped: number;
  /** The block whose content has just moved, until it is freed; undefined: none. */
  #moved:
    { readonly from: Pfn; readonly to: Pfn; readonly order: number; readonly reason: number } | undefined;

  constructor(options: PageReferencesOptions) {
    this.#options = options;
    this.#unmapped = isBefore(options.kernel.era, '6.12') ? 0 : -1;
  }

  /** Hooks that see a block before page_owner does. */
  hooks(inner: PageHooks | null): PageHooks {
    return {
      allocated: (pfn, order, gfp) => {
        this.#mod('set', pfn, 1, 1);
        inner?.allocated(pfn, order, gfp);
      },
      freed: (pfn, order) => inner?.freed(pfn, order),
      split: (pfn, oldOrder, newOrder) => {
        this.#split(pfn, oldOrder, newOrder);
        inner?.split(pfn, oldOrder, newOrder);
      },
      migrated: (newPfn, oldPfn, order, reason) => {
        this.#moved = { from: oldPfn, to: newPfn, order, reason };
        this.#move(newPfn, oldPfn, order);
        inner?.migrated(newPfn, oldPfn, order, reason);
      },
    };
  }

  /** A tracer of kmem, which tells of frees once the last reference is gone. */
  tracer(inner: PageTracer): PageTracer {
    return {
      ...inner,
      free: (pfn, order) => {
        const moved = this.#moved?.from === pfn ? this.#moved : undefined;
        this.#test('mod_and_test', pfn, 0, -1, 1, moved && this.#isolated(moved.to));
        inner.free(pfn, order);
        if (moved === undefined) return;
        this.#moved = undefined;
        this.#test('mod_and_test', moved.to, 1 << moved.order, -1, 0);
        this.#batch(moved);
      },
    };
  }

  /** The page in use at `pfn` had the note `before`, and has another one now. */
  noted(pfn: Pfn, before: NoteId): void {
    const flags = this.#flagsOf(before);
    if (flags === this.#flagsOf(this.#options.notes.at(pfn))) return;
    this.#mod('mod', pfn, 2, 1, flags);
    this.#test('mod_and_test', pfn, 1, -1, 0);
  }

  #split(pfn: Pfn, oldOrder: number, newOrder: number): void {
    const size = 1 << newOrder;
    const isFolio = this.#flagsOf(this.#options.notes.at(pfn)).split('|').includes('head');
    if (!isFolio) {
      for (let page = pfn + size; page < pfn + (1 << oldOrder); page += size) this.#mod('set', page, 1, 1);
      return;
    }
    this.#test('freeze', pfn, 0, 1, 1);
    for (let page = pfn + (1 << oldOrder) - size; page > pfn; page -= size)
      this.#mod('unfreeze', page, 1, 1, undefined, true);
    this.#mod('unfreeze', pfn, 1, 1, undefined, true);
  }

  #move(newPfn: Pfn, oldPfn: Pfn, order: number): void {
    const pages = 1 << order;
    // What is noted of the old page has moved already.
    const flags = this.#flagsOf(this.#options.notes.at(newPfn));
    const isolated = this.#isolated(newPfn);
    this.#test('mod_unless', oldPfn, 1 + pages, 1, 1, flags);
    if (!flags.split('|').includes('swapbacked')) {
      this.#test('freeze', oldPfn, 0, 1 + pages, 1, isolated);
      this.#mod('mod', newPfn, 1 + pages, pages, 'none', true);
      this.#mod('unfreeze', oldPfn, 1, 1, isolated, true);
    }
    this.#mod('mod', newPfn, 2 + pages, 1, isolated);
    this.#test('mod_and_test', newPfn, 1 + pages, -1, 0, isolated);
  }

  /** Flags of the page at `pfn` while it is on no LRU list. */
  #isolated(pfn: Pfn): string {
    const names = this.#flagsOf(this.#options.notes.at(pfn)).split('|');
    return names.filter((name) => name !== 'lru').join('|') || 'none';
  }

  #batch({ order, reason }: { order: number; reason: number }): void {
    const { kernel, line } = this.#options;
    const huge = Number(order === PAGEBLOCK_ORDER);
    const splits = isBefore(kernel.era, '6.12') ? '' : ' nr_split=0';
    const mode = reason === MR_COMPACTION ? 'MIGRATE_SYNC_LIGHT' : 'MIGRATE_SYNC';
    line(
      false,
      'mm_migrate_pages',
      `nr_succeeded=${1 << order} nr_failed=0 nr_thp_succeeded=${huge} nr_thp_failed=0 nr_thp_split=0${splits} ` +
        `mode=${mode} reason=${migrateReasonName(reason, kernel.era)}`,
    );
  }

  #mod(event: string, pfn: Pfn, count: number, val: number, flags?: string, locked = false): void {
    this.#options.line(locked, `page_ref_${event}`, this.#payload(pfn, count, val, flags));
  }

  #test(event: string, pfn: Pfn, count: number, val: number, ret: number, flags?: string): void {
    const locked = event === 'freeze';
    this.#options.line(locked, `page_ref_${event}`, `${this.#payload(pfn, count, val, flags)} ret=${ret}`);
  }

  #payload(pfn: Pfn, count: number, val: number, given: string | undefined): string {
    const { allocator, notes } = this.#options;
    const flags = given ?? this.#flagsOf(notes.at(pfn));
    const mapping = this.#mappingOf(this.#moved?.from === pfn ? this.#moved.to : pfn);
    return (
      `pfn=0x${pfn.toString(16)} flags=${flags} count=${count} mapcount=${this.#unmapped} ` +
      `mapping=${mapping} mt=${allocator.pageblockType(pfn)} val=${val}`
    );
  }

  /** A hash in place of an address, as the kernel prints it: pages with one note are of one file, or one program's. */
  #mappingOf(pfn: Pfn): string {
    const note = this.#options.notes.at(pfn);
    const isMapped = this.#flagsOf(note).split('|').includes('lru');
    const hash = isMapped ? Math.imul(note + 1, 0x2c1b3c6d) >>> 0 : 0;
    return hash.toString(16).padStart(POINTER_DIGITS, '0');
  }

  #flagsOf(note: NoteId): string {
    return (this.#flags[note] ??= this.#newFlags(note));
  }

  #newFlags(note: NoteId): string {
    const { notes, kernel } = this.#options;
    const { era } = kernel;
    const { flags = '' } = notes.noteOf(note);
    const word = typeof flags === 'bigint' ? flags : parsePageFlags(flags, { era, layout: NO_FIELDS });
    const low = BigInt.asUintN(pageFlagsTable(era).bits.length, word);
    return formatPageFlags(low, { era, layout: NO_FIELDS }) || 'none';
  }
}
