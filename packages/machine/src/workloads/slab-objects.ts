/** How many objects a slab holds. A machine's slabs have none of their own; a shrinker counts those that it looks at. */

/**
 * Bytes of an object, by the function that allocates it; the first that a call path has counts. Source: slabinfo of
 * 6.12.117.
 */
const OBJECT_BYTES: readonly (readonly [name: string, bytes: number])[] = [
  ['__d_alloc', 192],
  ['proc_alloc_inode', 648],
  ['ext4_alloc_inode', 1080],
  ['shmem_alloc_inode', 704],
  ['alloc_inode', 576],
  ['alloc_buffer_head', 104],
  ['xas_alloc', 584],
];

const PAGE_BYTES = 4096;

/** Objects in a slab of 2^`order` pages; 1 if nothing is known of its cache. */
export function slabObjects(functions: readonly string[], order: number): number {
  const known = OBJECT_BYTES.find(([name]) => functions.includes(name));
  return known ? Math.floor((PAGE_BYTES << order) / known[1]) : 1;
}
