/** Page extension: storage beside each page frame, for the clients that ask for it. */
import { Directory } from './directory.js';
import { entryRule, layoutEntry, type EntryClient, type EntryRule } from './entry-layout.js';
import type { FrameMap, NodeId, NodeSpan, Pfn } from './frame-map.js';
import {
  nodeTableSpan,
  PAGES_PER_SECTION,
  sectionOf,
  sectionSpan,
  sectionsToCover,
  type MemoryModel,
} from './memory-model.js';
import { PageExtLookup, type TableSlots } from './page-ext-lookup.js';
import type { Release } from './release.js';
import { PageExtTable } from './page-ext-table.js';
import { HEAP_TABLES, type TableSource } from './table-source.js';

/**
 * A client, fixed when the machine is built. `need` decides, once per boot, whether it gets storage; when no client's
 * does, none of them costs a byte.
 *
 * Linux 6.12 has, in this order: page owner, page idle (32-bit kernels), allocation tags, page table check.
 */
export interface PageExtClient extends EntryClient {
  /** Phase two, when all tables exist: runs for every client, also one that is not needed. */
  init?(ext: PageExt): void;
}

/** What a page_ext is built from. */
export interface PageExtOptions {
  /** In the order in which they get their bytes. */
  readonly clients: readonly PageExtClient[];
  /** Which frames there are, and on which node. */
  readonly frames: FrameMap;
  /** Where tables come from; the JavaScript heap unless given. */
  readonly tables?: TableSource | undefined;
  /** `sparsemem` unless given. */
  readonly model?: MemoryModel | undefined;
  /** How entries are laid out, or the kernel release that does it so; `flags-on-demand`, as in Linux 6.12, unless given. */
  readonly rule?: EntryRule | Release | undefined;
  /** Takes the kernel's log lines; nowhere unless given. */
  readonly log?: ((line: string) => void) | undefined;
}

/** What a page_ext takes: nothing at all when no client is needed. */
export interface PageExtUsage {
  /** Tables there are, those gone offline included until they are freed. */
  readonly tables: number;
  /** Their bytes; what Linux reports as `allocated N bytes of page_ext`. */
  readonly tableBytes: number;
  /** Bytes of the directory, which in Linux is part of each section or node. */
  readonly directoryBytes: number;
}

/** Frame numbers the directory can hold: 16 TiB of memory, less a section. */
const MAX_END_PFN = 2 ** 32 - PAGES_PER_SECTION;

/** What exists once a client is needed. */
interface Allocated {
  readonly directory: Directory;
  readonly tables: TableSlots;
  readonly lookup: PageExtLookup;
}

/**
 * The life of page_ext, as in `mm/page_ext.c`: boot in two phases, lookups, memory hotplug.
 *
 * SPARSEMEM boots with {@link boot}. FLATMEM needs its tables before the page allocator has pages, and runs the clients
 * long after: {@link allocate}, then {@link initClients}.
 */
export class PageExt {
  /** How the frames are parted into tables. */
  readonly model: MemoryModel;
  readonly #clients: readonly PageExtClient[];
  readonly #frames: FrameMap;
  readonly #source: TableSource;
  readonly #rule: EntryRule;
  readonly #log: (line: string) => void;
  /** Undefined until the clients were asked; null if none is needed. */
  #allocated: Allocated | null | undefined;

  /** @throws RangeError if frame numbers go too far */
  constructor({ clients, frames, tables, model, rule, log }: PageExtOptions) {
    if (!(frames.endPfn >= 0 && frames.endPfn <= MAX_END_PFN)) {
      throw new RangeError(`frame numbers end between 0 and ${MAX_END_PFN}, got ${frames.endPfn}`);
    }
    this.model = model ?? 'sparsemem';
    this.#clients = clients;
    this.#frames = frames;
    this.#source = tables ?? HEAP_TABLES;
    this.#rule = entryRule(rule ?? 'flags-on-demand');
    this.#log = log ?? (() => {});
  }

  /** Both phases in a row. In SPARSEMEM no `init` runs if no client is needed. */
  boot(): void {
    if (this.allocate() || this.model === 'flatmem') this.initClients();
  }

  /**
   * Phase one: asks the clients, and if any is needed makes the tables.
   *
   * @returns true if any is needed
   * @throws Error, where Linux panics, if there is no memory for a table; or if it was called before
   */
  allocate(): boolean {
    if (this.#allocated !== undefined) throw new Error('page_ext is allocated once, at boot');
    this.#allocated = null;
    const { needed, entryBytes, offsets } = layoutEntry(this.#clients, this.#rule);
    if (!needed) return false;

    const frames = this.#frames;
    const slots = slotsFor(this.model, frames);
    const directory = Directory.create(entryBytes, slots, this.#source.shared);
    const tables: TableSlots = Array.from({ length: slots }, () => undefined);
    const lookup = new PageExtLookup(this.model, directory, tables, offsets, (pfn) => frames.nodeOf(pfn));
    this.#allocated = { directory, tables, lookup };
    if (this.model === 'flatmem') this.#allocateNodes(this.#allocated);
    else this.#allocateSections(this.#allocated);
    this.#log(`allocated ${this.memoryUsage().tableBytes} bytes of page_ext`);
    return true;
  }

  /** Phase two: runs every client's `init`, needed or not. */
  initClients(): void {
    for (const client of this.#clients) client.init?.(this);
  }

  /** What finds entries; null if no client is needed, and before {@link allocate}. */
  get lookup(): PageExtLookup | null {
    return this.#allocated ? this.#allocated.lookup : null;
  }

  /** Bytes of an entry; 0 if no client is needed. */
  get entryBytes(): number {
    return this.lookup?.entryBytes ?? 0;
  }

  /**
   * Where a client's bytes begin in an entry.
   *
   * @throws RangeError if it has none, because it is not needed or not known
   */
  offsetOf({ name }: Pick<PageExtClient, 'name'>): number {
    if (!this.#allocated) throw new RangeError(`page_ext has no room for client "${name}"`);
    return this.#allocated.lookup.offsetOf(name);
  }

  /**
   * Starts to read or write a frame's entry. The table stays until it is {@link put}, which has to happen soon: the
   * kernel may not sleep in between.
   *
   * @returns the table, whose `entryAt(pfn)` is the entry; null if the frame has none, and then nothing is to be `put`
   */
  get(pfn: Pfn): PageExtTable | null {
    return this.#allocated ? this.#allocated.lookup.get(pfn) : null;
  }

  /**
   * Done with what {@link get} returned; frees a table that went offline meanwhile.
   *
   * @throws Error if there is no `get` to end
   */
  put(table: PageExtTable): void {
    if (this.#allocated?.lookup.put(table)) this.#free(this.#allocated, table.slot);
  }

  /** What it takes now. */
  memoryUsage(): PageExtUsage {
    if (!this.#allocated) return { tables: 0, tableBytes: 0, directoryBytes: 0 };
    const tables = this.#allocated.tables.filter((table) => table !== undefined);
    return {
      tables: tables.length,
      tableBytes: tables.reduce((sum, { bytes }) => sum + bytes, 0),
      directoryBytes: this.#allocated.directory.buffer.byteLength,
    };
  }

  /**
   * Memory goes online: makes tables for every section it touches, unless they have one.
   *
   * @param node the node that gets the memory; that of the first frame unless given
   * @returns false, with everything as before, if there is no memory for them, or a section's last table is still read
   * @throws RangeError if the frames lie beyond the frame map's end; Error in FLATMEM
   */
  goingOnline(startPfn: Pfn, pages: number, node: NodeId = this.#frames.nodeOf(startPfn)): boolean {
    const [first, end] = this.#sectionsOf(startPfn, pages);
    const allocated = this.#allocated;
    if (!allocated) return true;
    const { directory } = allocated;
    const made: number[] = [];
    let done = false;
    try {
      for (let section = first; section < end; section++) {
        if (directory.spanOf(section) !== undefined) continue;
        if (directory.isTaken(section) || !this.#addTable(allocated, section, sectionSpan(section, node))) {
          this.#log('page ext allocation failure');
          return false;
        }
        made.push(section);
      }
      done = true;
    } finally {
      // The table source is another's, and may throw.
      if (!done) for (const undo of made) this.#retire(allocated, undo);
    }
    return true;
  }

  /**
   * Memory went offline, or going online was cancelled. New lookups find nothing from now on; each table is freed when
   * those who found it before have put it.
   *
   * @returns tables that wait for readers
   * @throws RangeError if the frames lie beyond the frame map's end; Error in FLATMEM
   */
  offline(startPfn: Pfn, pages: number): number {
    const [first, end] = this.#sectionsOf(startPfn, pages);
    if (!this.#allocated) return 0;
    for (let section = first; section < end; section++) this.#retire(this.#allocated, section);
    return this.reclaim();
  }

  /**
   * Frees offline tables whose last reader was in another thread.
   *
   * @returns tables that still wait for readers
   */
  reclaim(): number {
    if (!this.#allocated) return 0;
    let waiting = 0;
    for (const table of this.#allocated.tables) {
      if (table === undefined || this.#allocated.directory.spanOf(table.slot) !== undefined) continue;
      if (!this.#free(this.#allocated, table.slot)) waiting++;
    }
    return waiting;
  }

  #allocateSections(allocated: Allocated): void {
    for (const { section, node } of sectionsToCover(this.#frames)) {
      if (allocated.directory.isTaken(section)) continue;
      if (this.#addTable(allocated, section, sectionSpan(section, node))) continue;
      this.#log('page ext allocation failure');
      throw new Error(`Out of memory: no page_ext table for section ${section}`);
    }
  }

  #allocateNodes(allocated: Allocated): void {
    for (const span of this.#frames.nodes) {
      if (span.endPfn === span.startPfn || this.#addTable(allocated, span.node, nodeTableSpan(span)))
        continue;
      this.#log('allocation of page_ext failed.');
      throw new Error(`Out of memory: no page_ext table for node ${span.node}`);
    }
  }

  /** Makes a slot's table; false if there is no memory for it. */
  #addTable({ directory, tables }: Allocated, slot: number, span: NodeSpan): boolean {
    const bytes = (span.endPfn - span.startPfn) * directory.entryBytes;
    const buffer = this.#source.allocate(bytes, span.node);
    if (buffer === null) return false;
    tables[slot] = new PageExtTable(slot, span, directory.entryBytes, buffer);
    directory.publish(slot, span);
    return true;
  }

  /** Hides a slot's table from new readers, and frees it if there are no old ones. */
  #retire(allocated: Allocated, slot: number): void {
    if (!allocated.directory.isTaken(slot)) return;
    allocated.directory.invalidate(slot);
    this.#free(allocated, slot);
  }

  /** Frees a slot's retired table; false while it is still read. */
  #free({ directory, tables }: Allocated, slot: number): boolean {
    const table = tables[slot];
    if (table === undefined || !directory.tryClear(slot)) return false;
    tables[slot] = undefined;
    this.#source.release(table.buffer, table.bytes);
    return true;
  }

  /** The sections that so many frames touch, the second one exclusive. */
  #sectionsOf(startPfn: Pfn, pages: number): [first: number, end: number] {
    if (this.model === 'flatmem') throw new Error('FLATMEM has no memory hotplug');
    const endPfn = startPfn + pages;
    if (!(startPfn >= 0 && pages >= 0 && endPfn <= this.#frames.endPfn)) {
      throw new RangeError(`frames ${startPfn} to ${endPfn} do not lie between 0 and ${this.#frames.endPfn}`);
    }
    return [sectionOf(startPfn), Math.ceil(endPfn / PAGES_PER_SECTION)];
  }
}

/** A slot for each section or node there may ever be. */
function slotsFor(model: MemoryModel, { endPfn, nodes }: FrameMap): number {
  return model === 'sparsemem'
    ? Math.ceil(endPfn / PAGES_PER_SECTION)
    : Math.max(0, ...nodes.map(({ node }) => node + 1));
}
