import { grown } from './columns.js';
import { FixedSharesBuilder } from './fixed-shares.js';
import type { FixedShares } from './fixed-shares.js';
import { UNKNOWN } from '../indices.js';
import type { BlockIndex, StackIndex } from '../indices.js';
import { CMA, MOVABLE } from '../facts/page-facts.js';

/** What the owners of a dump say about each pageblock, rows in the order in which the dump comes to them. */
export interface Pageblocks {
  /** Rows. */
  readonly length: number;
  /** A pageblock has 2^order pages; -1 when the dump has no block above 0 to tell. */
  readonly order: number;
  /** pfn >> order. */
  readonly block: Float64Array;
  /** Zone index of the owners seen; -1 unknown. A block that two zones share has a row for each. */
  readonly zone: Int32Array;
  /** NUMA node of the owners seen; -1 unknown. */
  readonly node: Int32Array;
  /** Index of MIGRATETYPES; of the last owner read, as types change while a dump is read. */
  readonly type: Int32Array;
  /** 1: mixed, as the kernel counts them for /proc/pagetypeinfo. */
  readonly mixed: Uint8Array;
  /** Index of MIGRATETYPES: the column in which the kernel counts it as mixed; -1 when it is not mixed. */
  readonly mixedType: Int32Array;
  /** Owned pages asked for as Unmovable. May exceed the block where a dump is several put together. */
  readonly unmovablePages: Float64Array;
  /** Owned pages asked for as Movable. */
  readonly movablePages: Float64Array;
  /** Owned pages asked for as Reclaimable. */
  readonly reclaimablePages: Float64Array;
  /** Owned pages that cannot be moved away: not asked for as movable, and not on the LRU. */
  readonly fixedPages: Float64Array;
  /** The same, stack by stack. */
  readonly fixed: FixedShares;
}

/** 4 GiB of small pages; no kernel allocates more than order 13 at once, and each pageblock of an allocation takes a row. */
const MOST_ORDER = 20;

const COLUMNS = ['zone', 'node', 'type', 'mixedType'] as const;
const PAGES = ['unmovablePages', 'movablePages', 'reclaimablePages', 'fixedPages'] as const;

/** The facts of a record that its texts tell. */
export interface PageClass {
  /** Of the allocation, 2^order pages. */
  readonly order: number;
  readonly pages: number;
  readonly gfpType: number;
  readonly blockType: number;
  /** gfpType and blockType are not the same. */
  readonly differs: boolean;
  /** The kernel passes over reserved pages when it counts mixed blocks. */
  readonly reserved: boolean;
  /** Cannot be moved. */
  readonly fixed: boolean;
  readonly zone: number;
  readonly node: number;
  readonly stack: StackIndex;
}

/**
 * Collects {@link Pageblocks} in one pass. The number of a block is what the record prints, so the size of a block is not
 * needed before the end; only an allocation larger than a block needs it, to reach the blocks behind its first.
 */
export class PageblockBuilder {
  length = 0;
  #order = UNKNOWN;
  /** By node and zone, then by block. */
  readonly #zones = new Map<number, Map<number, BlockIndex>>();
  #block = new Float64Array(64);
  #mixed = new Uint8Array(64);
  readonly #ints: Record<(typeof COLUMNS)[number], Int32Array>;
  readonly #pages: Record<(typeof PAGES)[number], Float64Array>;
  readonly #fixed = new FixedSharesBuilder();
  #last = -1;
  #lastPlace = -1;
  /** Allocations that follow each other and differ in nothing that counts here are added at once. */
  #lastPage: PageClass | undefined;
  #lastBlock = -1;
  #lastPages = 0;
  /** Allocations of block 0 that may reach into the next one, as long as the size of a block is unknown. */
  readonly #waiting: PageClass[] = [];

  constructor() {
    const table = <K extends string, T>(names: readonly K[], make: () => T) =>
      Object.fromEntries(names.map((name) => [name, make()])) as Record<K, T>;
    this.#ints = table(COLUMNS, () => new Int32Array(64));
    this.#pages = table(PAGES, () => new Float64Array(64));
  }

  /** The order of a pageblock, -1 as long as no block above 0 has told it. */
  get order(): number {
    return this.#order;
  }

  /** Learns the order of a pageblock from a page and its block. */
  learnOrder(pfn: number, block: number): void {
    if (block === 0) return;
    this.#order = orderOf(pfn, block);
    for (const page of this.#waiting.splice(0)) this.add(0, page);
  }

  /** Adds an allocation whose first page lies in `block`. */
  add(block: number, page: PageClass): void {
    if (page === this.#lastPage && block === this.#lastBlock) {
      this.#lastPages += page.pages;
      return;
    }
    this.#flush();
    if (this.#order < 0 && page.order > 0) {
      this.#waiting.push(page);
      return;
    }
    if (page.order > MOST_ORDER) return;
    if (page.order > this.#order && this.#order >= 0) {
      const blockPages = 2 ** this.#order;
      for (let at = block, end = block + page.pages / blockPages; at < end; at++)
        this.#addTo(at, blockPages, page);
      return;
    }
    this.#lastPage = page;
    this.#lastBlock = block;
    this.#lastPages = page.pages;
  }

  finish(): Pageblocks {
    this.#flush();
    for (const page of this.#waiting.splice(0)) this.#addTo(0, page.pages, page);
    const { length } = this;
    const cut = <K extends string, T extends Int32Array | Float64Array>(table: Record<K, T>) =>
      Object.fromEntries(
        Object.entries(table).map(([name, column]) => [name, (column as T).slice(0, length)]),
      ) as Record<K, T>;
    return {
      length,
      order: this.#order,
      block: this.#block.slice(0, length),
      mixed: this.#mixed.slice(0, length),
      ...cut(this.#ints),
      ...cut(this.#pages),
      fixed: this.#fixed.finish(length),
    };
  }

  #flush(): void {
    if (this.#lastPage) this.#addTo(this.#lastBlock, this.#lastPages, this.#lastPage);
    this.#lastPage = undefined;
  }

  #addTo(block: number, pages: number, page: PageClass): void {
    const row = this.#rowOf(block, page.zone, page.node);
    const ints = this.#ints;
    ints.type[row] = page.blockType;
    if (page.differs && !page.reserved && !this.#mixed[row]) {
      this.#mixed[row] = 1;
      ints.mixedType[row] = page.blockType === CMA ? MOVABLE : page.blockType;
    }
    if (page.gfpType === MOVABLE) this.#pages.movablePages[row]! += pages;
    else if (page.gfpType > MOVABLE) this.#pages.reclaimablePages[row]! += pages;
    else this.#pages.unmovablePages[row]! += pages;
    if (!page.fixed) return;
    this.#pages.fixedPages[row]! += pages;
    this.#fixed.add(row, page.stack, pages);
  }

  #rowOf(block: number, zone: number, node: number): BlockIndex {
    const place = (node + 1) * 2 ** 14 + zone + 1;
    if (this.#last >= 0 && this.#block[this.#last] === block && this.#lastPlace === place) return this.#last;
    let blocks = this.#zones.get(place);
    if (!blocks) this.#zones.set(place, (blocks = new Map()));
    let row = blocks.get(block);
    if (row === undefined) {
      row = this.#addRow(block, zone, node);
      blocks.set(block, row);
    }
    this.#last = row;
    this.#lastPlace = place;
    return row;
  }

  #addRow(block: number, zone: number, node: number): BlockIndex {
    if (this.length === this.#block.length) {
      const capacity = 2 * this.length;
      this.#block = grown(this.#block, capacity);
      this.#mixed = grown(this.#mixed, capacity);
      for (const name of COLUMNS) this.#ints[name] = grown(this.#ints[name], capacity);
      for (const name of PAGES) this.#pages[name] = grown(this.#pages[name], capacity);
    }
    const row = this.length++;
    const ints = this.#ints;
    this.#block[row] = block;
    ints.zone[row] = zone;
    ints.node[row] = node;
    ints.mixedType[row] = UNKNOWN;
    return row;
  }
}

/** The order for which `block` is `pfn >> order`; -1 when there is none. A block above 0 has one at most. */
function orderOf(pfn: number, block: number): number {
  for (let order = 0; order <= 40; order++) if (Math.floor(pfn / 2 ** order) === block) return order;
  return UNKNOWN;
}
