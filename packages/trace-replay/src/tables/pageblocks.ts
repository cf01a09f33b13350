import { migratetypeName, migratetypeNumber, MIGRATE_PCPTYPES } from '@page-owner/kernel-abi';
import type { Era, MigratetypeName } from '@page-owner/kernel-abi';

const PAGEBLOCK_ORDER = 9;
const MOVABLE: MigratetypeName = 'Movable';
const FIRST_BLOCKS = 1 << 4;
/** Of those above, 32 TiB with pageblocks of 2 MiB, nothing is kept. */
const MOST_BLOCKS = 1 << 24;
const UNKNOWN = 0;
const MOST_TYPE = 254;

interface PageblockOptions {
  /** log2 of the pages of a pageblock; the default is what baseline or events say, or 9. */
  readonly order?: number | undefined;
  /** Whether the trace has all events since boot, when every pageblock is Movable; the default is false. */
  readonly fromBoot?: boolean | undefined;
}

/**
 * The migratetypes of pageblocks while a trace is played. They are known from the baseline; from `mm_page_alloc_extfrag`,
 * which says whether the block has the requested type afterwards; and, since Linux 6.10 lets free lists hold only pages of
 * their own type, from each page that is taken from one (`mm_page_alloc_zone_locked`) or goes back to one
 * (`mm_page_pcpu_drain`). Events of page_ref name it.
 */
export class Pageblocks {
  /**
   * Whether the lists of free pages tell the types of pageblocks: 6.12 and later; of 6.10 and 6.11 the era is that of 6.8.
   */
  readonly #listsTell: boolean;
  readonly #era: Era;
  readonly #fromBoot: boolean;
  readonly #given: boolean;
  #order: number;
  /** Pages of a pageblock. */
  #pages: number;
  /** By number of the pageblock: its migratetype and 1, or UNKNOWN. */
  #types = new Uint8Array(FIRST_BLOCKS);

  constructor(era: Era, { order, fromBoot = false }: PageblockOptions = {}) {
    this.#era = era;
    this.#fromBoot = fromBoot;
    this.#given = order !== undefined;
    this.#order = order ?? PAGEBLOCK_ORDER;
    this.#pages = 2 ** this.#order;
    this.#listsTell = era === '6.12' || era === 'newest';
  }

  get order(): number {
    return this.#order;
  }

  /** Baseline or trace say how large a pageblock is. What was known of blocks of another size is forgotten. */
  learnOrder(order: number): void {
    if (this.#given || order === this.#order) return;
    this.#order = order;
    this.#pages = 2 ** order;
    this.#types.fill(UNKNOWN);
  }

  blockOf(pfn: number): number {
    return Math.floor(pfn / this.#pages);
  }

  /** The migratetype of the pageblock of `pfn`; undefined when nothing has told it. */
  typeOf(pfn: number): MigratetypeName | undefined {
    const type = (this.#types[this.blockOf(pfn)] ?? UNKNOWN) - 1;
    if (type >= 0) return migratetypeName(type, this.#era);
    return this.#fromBoot ? MOVABLE : undefined;
  }

  /** A record of the baseline says the name of its pageblock's type. */
  named(block: number, name: string): void {
    try {
      this.#set(block, migratetypeNumber(name, this.#era));
    } catch {
      // Not of this kernel: unknown.
    }
  }

  /** A page at `pfn` came from a free list of `type`, or went there. */
  listed(pfn: number, type: number): void {
    if (this.#listsTell) this.#set(this.blockOf(pfn), type);
  }

  /** An event of page_ref says the type of the pageblock of `pfn`. */
  seen(pfn: number, type: number): void {
    this.#set(this.blockOf(pfn), type);
  }

  /** A free block of 2^`fallbackOrder` pages of `fallbackType` was broken up at `pfn` for a request of `type`. */
  fellBack(
    pfn: number,
    fallbackOrder: number,
    type: number,
    fallbackType: number,
    changeOwnership: boolean,
  ): void {
    const block = this.blockOf(pfn);
    if (!changeOwnership) {
      // It keeps its type, which is another one. Pages of other types may be on a list of its type before 6.10.
      if (this.#listsTell) this.#set(block, fallbackType);
      return;
    }
    const blocks = 2 ** Math.max(fallbackOrder - this.#order, 0);
    const first = block - (block % blocks);
    for (let at = first; at < first + blocks; at++) this.#set(at, type);
  }

  #set(block: number, type: number): void {
    const types = this.#types;
    if (block < types.length) {
      if (types[block] !== type + 1 && this.#isType(type)) types[block] = type + 1;
    } else if (block < MOST_BLOCKS && this.#isType(type)) {
      const longer = new Uint8Array(Math.min(2 ** Math.ceil(Math.log2(block + 1)), MOST_BLOCKS));
      longer.set(types);
      longer[block] = type + 1;
      this.#types = longer;
    }
  }

  #isType(type: number): boolean {
    if (type >= 0 && type < MIGRATE_PCPTYPES) return true;
    if (type > MOST_TYPE) return false;
    try {
      return migratetypeName(type, this.#era) !== undefined;
    } catch {
      return false;
    }
  }
}
