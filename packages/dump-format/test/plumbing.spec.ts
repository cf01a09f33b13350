import {
  isPageAllocator,
  isPlumbing,
  plainName,
  SLAB_FUNCTION,
  VMALLOC_FUNCTION,
} from '@page-owner/dump-format';
import { describe, expect, test } from '@jest/globals';

test.each([
  ['alloc_pages', 'alloc_pages'],
  ['alloc_pages_noprof', 'alloc_pages'],
  ['alloc_pages_noprof.isra.0', 'alloc_pages'],
  ['kmem_cache_alloc.constprop.0.cold', 'kmem_cache_alloc'],
  // The entry point of a function on ppc64 before ELFv2.
  ['.alloc_pages', '.alloc_pages'],
  ['', ''],
])('plainName %j: %j', (name, plain) => expect(plainName(name)).toBe(plain));

test.each([
  ['alloc_pages_noprof', true],
  ['alloc_pages', true],
  ['__alloc_pages_nodemask', true],
  ['__alloc_pages.isra.0', true],
  ['kmalloc_trace', true],
  ['__kmalloc_cache_noprof', true],
  ['kvmalloc_node', true],
  ['kmemdup', true],
  ['alloc_pagesx', false],
  ['alloc_inode', false],
  ['cma_alloc_write', false],
  ['kmalloced', false],
  ['filemap_read', false],
])('isPlumbing %s: %s', (name, expected) => expect(isPlumbing(name)).toBe(expected));

describe('kinds', () => {
  const kindOf = (plain: string): string[] => [
    ...(isPageAllocator(plain) ? ['pages'] : []),
    ...(SLAB_FUNCTION.test(plain) ? ['slab'] : []),
    ...(VMALLOC_FUNCTION.test(plain) ? ['vmalloc'] : []),
  ];

  test.each([
    ['pages', 'rmqueue'],
    ['pages', '__rmqueue_pcplist'],
    ['pages', 'alloc_contig_range'],
    ['pages', '__alloc_contig_pages'],
    ['pages', 'vma_alloc_folio'],
    ['pages', '__get_free_pages'],
    ['slab', 'allocate_slab'],
    ['slab', 'new_slab_objects'],
    ['slab', '__slab_alloc'],
    ['slab', '___slab_alloc'],
    ['slab', 'slab_alloc_node'],
    ['slab', 'cache_grow_begin'],
    ['slab', '____cache_alloc'],
    ['vmalloc', 'vm_area_alloc_pages'],
    ['vmalloc', '__vmalloc_node_range'],
    ['vmalloc', 'vzalloc'],
  ])('%s: %s', (kind, name) => {
    expect(kindOf(name)).toEqual([kind]);
    // Whatever hands pages on is no owner.
    expect(isPlumbing(name)).toBe(true);
  });

  test.each(['', 'rm_queue', 'slab_allocator', 'my_vmalloc', 'vmalloced_by_me', 'kmalloc', 'cma_alloc'])(
    'none: %s',
    (name) => expect(kindOf(name)).toEqual([]),
  );
});
