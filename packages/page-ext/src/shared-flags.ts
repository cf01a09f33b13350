/**
 * The flags word at the start of an entry.
 *
 * ```
 *    31                                4    3    2     1      0
 *   +-----------------------------------+------+-------+-----------+-------+
 *   | 0                                 | idle | young | allocated | owner |
 *   +-----------------------------------+------+-------+-----------+-------+
 *                                         32-bit kernels
 * ```
 *
 * Bits of Linux 6.1 and 6.12. In 3.19 owner was bit 2, after two bits of debug_pagealloc; the numbers never leave the
 * kernel, so all eras use these here.
 *
 * Like the kernel's `__set_bit()` these are no atomic operations: the flags belong to whoever allocates or frees the
 * page at that moment.
 */
import type { PageExtTable } from './page-ext-table.js';

/** Some allocation of this frame was recorded. */
export const PAGE_EXT_OWNER = 0;
/** That allocation still stands; Linux 5.4 and later. */
export const PAGE_EXT_OWNER_ALLOCATED = PAGE_EXT_OWNER + 1;
/** Idle page tracking on 32-bit kernels. */
export const PAGE_EXT_YOUNG = PAGE_EXT_OWNER_ALLOCATED + 1;
/** Idle page tracking on 32-bit kernels. */
export const PAGE_EXT_IDLE = PAGE_EXT_YOUNG + 1;

/** Is flag `bit` of the entry at byte `at` set? */
export const testFlag = (table: PageExtTable, at: number, bit: number): boolean =>
  ((table.u32[at >>> 2]! >>> bit) & 1) !== 0;

/** Sets flag `bit` of the entry at byte `at`. */
export function setFlag(table: PageExtTable, at: number, bit: number): void {
  table.u32[at >>> 2]! |= 1 << bit;
}

/** Clears flag `bit` of the entry at byte `at`. */
export function clearFlag(table: PageExtTable, at: number, bit: number): void {
  table.u32[at >>> 2]! &= ~(1 << bit);
}
