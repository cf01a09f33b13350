/**
 * The size of the hash table, and what the kernel log says about it.
 *
 * Linux gives the table one bucket per 16 KiB of memory, a power of two between 2^12 and 2^20.
 */
import type { DepotLayout } from './depot-layout.js';

/** Seed of the hash over the frames. */
export const HASH_SEED = 0x9747b28c | 0;

const PAGE_SHIFT = 12;
const PAGE_BYTES = 1 << PAGE_SHIFT;
/** One bucket for every 2^14 bytes. */
const SCALE = 14;
const PAGES_PER_BUCKET_SHIFT = SCALE - PAGE_SHIFT;
/** Early in boot memory is counted in whole MiB. */
const EARLY_ROUNDING = (1 << 20) >> PAGE_SHIFT;

export const MIN_BUCKET_ORDER = 12;
export const MAX_BUCKET_ORDER = 20;

/**
 * When the table is made. `early`: from boot memory, before the page allocator works, as page_owner asks for. `late`:
 * when the first user turns up.
 */
export type TableTime = 'early' | 'late';

const clampOrder = (order: number): number => Math.min(Math.max(order, MIN_BUCKET_ORDER), MAX_BUCKET_ORDER);
/** Rounded up to a power of two. */
const orderOf = (count: number): number => Math.ceil(Math.log2(Math.max(count, 1)));

/**
 * Log2 of the number of buckets Linux 6.1 and 6.12 choose. Early it rounds twice (pages to MiB, buckets to a power of
 * two), late once (pages to a power of two).
 *
 * @param pages memory in pages of 4 KiB: early, what the kernel manages; late, what is free
 * @throws RangeError if `pages` is not a count
 */
export function bucketOrderFor(pages: number, time: TableTime = 'early'): number {
  if (!Number.isSafeInteger(pages) || pages < 0) throw new RangeError(`not a number of pages: ${pages}`);
  if (time === 'late') return clampOrder(orderOf(pages) - PAGES_PER_BUCKET_SHIFT);
  const rounded = Math.ceil(pages / EARLY_ROUNDING) * EARLY_ROUNDING;
  return clampOrder(orderOf(rounded / 2 ** PAGES_PER_BUCKET_SHIFT));
}

/** The lines a boot with this table prints, without time stamps. */
export function tableLogLines(layout: DepotLayout, bucketOrder: number, time: TableTime = 'early'): string[] {
  const buckets = 2 ** bucketOrder;
  if (time === 'late') {
    return layout.name === '6.1'
      ? [`Stack Depot allocating hash table of ${buckets} entries with kvcalloc`]
      : [`stackdepot: allocating hash table of ${buckets} entries via kvcalloc`];
  }
  const bytes = buckets * layout.kernelBucketBytes;
  const pageOrder = Math.log2(bytes / PAGE_BYTES);
  const size = `stackdepot hash table entries: ${buckets} (order: ${pageOrder}, ${bytes} bytes, linear)`;
  return layout.name === '6.1'
    ? [size]
    : ['stackdepot: allocating hash table via alloc_large_system_hash', size];
}

/** What a boot with `stack_depot_disable=on` prints. */
export const disabledLogLine = (layout: DepotLayout): string =>
  layout.name === '6.1' ? 'Stack Depot is disabled' : 'stackdepot: disabled';
