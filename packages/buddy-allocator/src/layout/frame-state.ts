/**
 * The state of a page frame: one byte, written only at the head of a block.
 *
 * ```
 *    7      6     5     4    3     2     1     0
 *  +------+-----------------+------------------------+
 *  | FREE |  type or kind   |         order          |
 *  +------+-----------------+------------------------+
 *
 *  FREE = 1   head of a free block of `order` on the free list of migratetype `type`     (Linux: Buddy)
 *  FREE = 0   kind 0  ABSENT     no memory here: a hole, or a section that was unplugged
 *             kind 1  TAIL       inside a block, free or not; the head is below
 *             kind 2  RESERVED   memory the allocator was never given; each frame carries it
 *             kind 3  PER_CPU    head of a block on a per-cpu list: freed, but not in a free area
 *             kind 4  ALLOCATED  head of a block in use; bit 5 says compound, bit 4 movable
 * ```
 *
 * A zeroed buffer is therefore all holes. Allocating, splitting and merging write one byte per block, whatever the
 * order, because a frame inside a block is TAIL in every state of the block.
 */

const ORDER_BITS = 4;
export const ORDER_MASK = (1 << ORDER_BITS) - 1;

export const TYPE_SHIFT = ORDER_BITS;
export const TYPE_MASK = 7;
export const FREE = 1 << (TYPE_SHIFT + 3);

export const ABSENT = 0 << TYPE_SHIFT;
export const TAIL = 1 << TYPE_SHIFT;
export const RESERVED = 2 << TYPE_SHIFT;
export const PER_CPU = 3 << TYPE_SHIFT;
export const ALLOCATED = 4 << TYPE_SHIFT;

/** Flags of an ALLOCATED head. */
export const MOVABLE = 1 << TYPE_SHIFT;
export const COMPOUND = 2 << TYPE_SHIFT;

/** `(state & KIND_MASK) === TAIL` for a state that is not FREE. */
const KIND_MASK = FREE | (TYPE_MASK << TYPE_SHIFT);

/** `(state & ALLOCATED_MASK) === ALLOCATED`: a block in use, whatever its flags. */
export const ALLOCATED_MASK = FREE | ALLOCATED;

/** `(state & FREE_ORDER_MASK) === (FREE | order)`: a free block of this order, whatever its type. */
export const FREE_ORDER_MASK = FREE | ORDER_MASK;

export const isFree = (state: number): boolean => (state & FREE) !== 0;
export const isAllocated = (state: number): boolean => (state & ALLOCATED_MASK) === ALLOCATED;
export const isMovable = (state: number): boolean =>
  (state & (ALLOCATED_MASK | MOVABLE)) === (ALLOCATED | MOVABLE);
export const isTail = (state: number): boolean => (state & KIND_MASK) === TAIL;
export const isReserved = (state: number): boolean => (state & KIND_MASK) === RESERVED;
export const isPerCpu = (state: number): boolean => (state & KIND_MASK) === PER_CPU;
export const isAbsent = (state: number): boolean => (state & KIND_MASK) === ABSENT;

/** Whether this is the first frame of a block that can be named: free, per-cpu or in use. */
export const isHead = (state: number): boolean => state >= PER_CPU;

export const orderOf = (state: number): number => state & ORDER_MASK;
/** Only valid if the state is FREE. */
export const typeOf = (state: number): number => (state >> TYPE_SHIFT) & TYPE_MASK;
