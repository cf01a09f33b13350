/** Finding a frame's entry: what runs on every allocation and free. */
import { Directory } from './directory.js';
import type { NodeId, Pfn } from './frame-map.js';
import { SECTION_SHIFT, type MemoryModel } from './memory-model.js';
import { PageExtTable } from './page-ext-table.js';

/** All there is to a page_ext, as plain data: for `postMessage`, or for a file. */
export interface PageExtImage {
  /** How the frames are parted into tables. */
  readonly model: MemoryModel;
  /** State of each slot, see directory.ts. */
  readonly directory: ArrayBuffer | SharedArrayBuffer;
  /** By slot; null where there is no table. */
  readonly tables: readonly (ArrayBuffer | SharedArrayBuffer | null)[];
  /** Where each client's bytes begin in an entry. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** Tables by slot; undefined where there is none. */
export type TableSlots = (PageExtTable | undefined)[];

/**
 * The tables of one page_ext. Several threads may have one each on the same SharedArrayBuffers: `get` and `put` take no
 * lock. Tables made after an {@link attach} are not seen by it.
 */
export class PageExtLookup {
  /** How the frames are parted into tables. */
  readonly model: MemoryModel;
  /** Where each client's bytes begin in an entry. */
  readonly offsets: ReadonlyMap<string, number>;
  readonly #directory: Directory;
  readonly #tables: Readonly<TableSlots>;
  /** In FLATMEM, the slot of a frame. */
  readonly #nodeOf: ((pfn: Pfn) => NodeId) | null;

  /** For {@link PageExt}, which goes on to change `tables`; others {@link attach}. */
  constructor(
    model: MemoryModel,
    directory: Directory,
    tables: Readonly<TableSlots>,
    offsets: ReadonlyMap<string, number>,
    nodeOf: (pfn: Pfn) => NodeId,
  ) {
    this.model = model;
    this.offsets = offsets;
    this.#directory = directory;
    this.#tables = tables;
    this.#nodeOf = model === 'flatmem' ? nodeOf : null;
  }

  /**
   * Another thread's tables, or saved ones.
   *
   * @param nodeOf the node of a frame; asked in FLATMEM only, where node 0 is taken to be the only one unless given
   * @throws TypeError if the directory is none; RangeError if it is one of another version, or a table is cut short
   */
  static attach(
    { model, directory: buffer, tables, offsets }: PageExtImage,
    nodeOf: (pfn: Pfn) => NodeId = () => 0,
  ): PageExtLookup {
    const directory = new Directory(buffer);
    const slots = Array.from({ length: directory.slots }, (_, slot) => {
      const span = directory.spanOf(slot);
      const table = tables[slot];
      return span && table ? new PageExtTable(slot, span, directory.entryBytes, table) : undefined;
    });
    return new PageExtLookup(model, directory, slots, offsets, nodeOf);
  }

  /** Bytes of an entry. */
  get entryBytes(): number {
    return this.#directory.entryBytes;
  }

  /**
   * Starts to read or write a frame's entry, and keeps its table from being freed.
   *
   * @returns the table, whose `entryAt(pfn)` is the entry; null if the frame has none, and then nothing is to be `put`
   */
  get(pfn: Pfn): PageExtTable | null {
    const nodeOf = this.#nodeOf;
    const table = this.#tables[nodeOf === null ? pfn >>> SECTION_SHIFT : nodeOf(pfn)];
    if (table === undefined || !(pfn >= table.startPfn && pfn < table.endPfn)) return null;
    return this.#directory.enter(table.slot) ? table : null;
  }

  /**
   * Done with what `get` returned.
   *
   * @returns true if the table is offline and this was its last reader: whoever made it can free it
   * @throws Error if there is no `get` to end
   */
  put(table: PageExtTable): boolean {
    return this.#directory.leave(table.slot);
  }

  /**
   * Where a client's bytes begin in an entry.
   *
   * @throws RangeError if it has none, because it is not needed or not known
   */
  offsetOf(client: string): number {
    const offset = this.offsets.get(client);
    if (offset === undefined) throw new RangeError(`page_ext has no room for client "${client}"`);
    return offset;
  }

  /** As plain data; the buffers are the tables themselves, not copies. */
  image(): PageExtImage {
    return {
      model: this.model,
      directory: this.#directory.buffer,
      tables: this.#tables.map((table) => table?.buffer ?? null),
      offsets: this.offsets,
    };
  }
}
