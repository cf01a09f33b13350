/**
 * Pools: the blocks of 16 KiB that hold stack records. Each is four pages, one order-2 allocation of the kernel.
 *
 * A record starts at a multiple of 16 bytes (a unit) and never crosses the end of its pool.
 *
 * ```
 *   pool 0                        pool 1
 *   +--------+------+-------+-----+--------+--------+--
 *   | record | rec. | record|waste| record | record | ...
 *   +--------+------+-------+-----+--------+--------+--
 *   0        160    ...           16384
 * ```
 */

const PAGE_SHIFT = 12;
/** A pool is an allocation of this order. */
export const POOL_ORDER = 2;
const POOL_SHIFT = PAGE_SHIFT + POOL_ORDER;
/** Bytes of a pool: 2^2 pages. */
export const POOL_BYTES = 1 << POOL_SHIFT;

const UNIT_SHIFT = 4;
/** Records start at, and are padded to, multiples of this. */
export const UNIT_BYTES = 1 << UNIT_SHIFT;
/** Bits that number the units of a pool. */
export const UNIT_BITS = POOL_SHIFT - UNIT_SHIFT;
export const UNITS_PER_POOL = 1 << UNIT_BITS;

/** No kernel opens more pools than this, whatever its handles could express: 128 MiB of records. */
export const POOLS_CAP = 8192;

/**
 * A record by its place: 1 + its unit, counted over all pools in a row. 0 is "none", so that zeroed memory holds no
 * links. Unlike a handle it does not depend on the kernel's layout.
 */
export type RecordRef = number;

/** "No record". */
export const NO_RECORD: RecordRef = 0;

export const refOf = (pool: number, unit: number): RecordRef => 1 + pool * UNITS_PER_POOL + unit;
export const poolOfRef = (ref: RecordRef): number => (ref - 1) >>> UNIT_BITS;
export const unitOfRef = (ref: RecordRef): number => (ref - 1) & (UNITS_PER_POOL - 1);

/**
 * Where pools come from. A kernel takes them from its page allocator, which may want to save the stack of that very
 * allocation: `take` is called without the lock, and may call `save` in turn.
 *
 * The bytes themselves always lie in the depot's buffer; this is about who is charged for them.
 */
export interface PoolSource {
  /**
   * Asks for one pool, four contiguous pages.
   *
   * @param gfp the mask given to `save`, untouched. Linux 6.1 and 6.12 keep only the bits of GFP_KERNEL, GFP_ATOMIC and
   * __GFP_NOLOCKDEP and add __GFP_NOWARN; 6.12 also adds __GFP_NORETRY and __GFP_NOMEMALLOC.
   * @returns false if there is none to be had
   */
  take(gfp: number): boolean;
  /** Returns a pool that `take` gave but nobody needs any more. */
  giveBack(): void;
}

/** The source used unless another is given: always has one more. */
export const UNLIMITED_POOLS: PoolSource = { take: () => true, giveBack: () => {} };
