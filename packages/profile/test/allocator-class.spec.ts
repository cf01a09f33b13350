import { describe, expect, test } from '@jest/globals';
import {
  ALLOCATOR_CLASSES,
  breakdown,
  classOfStack,
  parseFrame,
  parseFrames,
  profileDump,
  reclaimOf,
} from '@page-owner/profile';
import { dumpOf } from './simulated-dump.js';

/** Stacks of 5.10 to 6.12 as the dumps of the corpus and of public reports have them, cut after the owner. */
const STACKS: readonly (readonly [cls: string, owner: string, module: string, stack: string])[] = [
  [
    'slab',
    '__d_alloc',
    'vmlinux',
    'allocate_slab < ___slab_alloc < kmem_cache_alloc_lru_noprof < __d_alloc < d_alloc_parallel',
  ],
  [
    'slab',
    'unix_stream_sendmsg',
    'vmlinux',
    'allocate_slab < ___slab_alloc < __kmalloc_node_track_caller_noprof < kmalloc_reserve < __alloc_skb < alloc_skb_with_frags < sock_alloc_send_pskb < unix_stream_sendmsg',
  ],
  [
    'slab',
    'zram_submit_bio [zram]',
    'zsmalloc',
    'allocate_slab < ___slab_alloc < kmem_cache_alloc_noprof < zs_malloc [zsmalloc] < zram_submit_bio [zram]',
  ],
  [
    'slab',
    'alloc_buffer_head',
    'vmlinux',
    'allocate_slab < ___slab_alloc < __kmalloc_node_noprof < alloc_slab_obj_exts < __memcg_slab_post_alloc_hook < kmem_cache_alloc_noprof < alloc_buffer_head',
  ],
  [
    'slab',
    'sk_prot_alloc.constprop.0',
    'vmlinux',
    '__alloc_pages_nodemask < new_slab < ___slab_alloc < __slab_alloc.isra.0 < kmem_cache_alloc < sk_prot_alloc.constprop.0',
  ],
  [
    'kernel stack',
    'copy_process',
    'vmlinux',
    'alloc_pages_bulk_noprof < alloc_pages_bulk_array_mempolicy_noprof < __vmalloc_node_range_noprof < copy_process < kernel_clone',
  ],
  [
    'kernel stack',
    'alloc_thread_stack_node',
    'vmlinux',
    '__alloc_pages < alloc_thread_stack_node < copy_process < kernel_clone',
  ],
  [
    'vmalloc',
    'disksize_store [zram]',
    'zram',
    '__vmalloc_node_range_noprof < __vmalloc_node_noprof < disksize_store [zram] < kernfs_fop_write_iter',
  ],
  [
    'vmalloc',
    'f [m]',
    'm',
    'alloc_pages_node < vm_area_alloc_pages < __vmalloc_area_node < __vmalloc_node_range < vzalloc < f [m]',
  ],
  [
    'module load',
    'load_module',
    'vmlinux',
    'alloc_pages_bulk_array_mempolicy_noprof < __vmalloc_node_range_noprof < execmem_alloc < load_module',
  ],
  [
    'page table',
    '__pte_alloc_kernel',
    'vmlinux',
    '__alloc_pages_noprof < get_free_pages_noprof < __pte_alloc_kernel < vmap_small_pages_range_noflush < __vmalloc_node_range_noprof < copy_process',
  ],
  ['page table', 'pte_alloc_one', 'vmlinux', 'pte_alloc_one < __pte_alloc < do_anonymous_page'],
  ['page table', '__p4d_alloc', 'vmlinux', 'get_zeroed_page_noprof < __p4d_alloc < copy_page_range'],
  [
    'hugetlb',
    'alloc_buddy_hugetlb_folio.isra.0',
    'vmlinux',
    '__folio_alloc_noprof < alloc_buddy_hugetlb_folio.isra.0 < alloc_pool_huge_folio',
  ],
  [
    'huge page',
    'do_huge_pmd_anonymous_page',
    'vmlinux',
    'vma_alloc_folio_noprof < do_huge_pmd_anonymous_page < __handle_mm_fault',
  ],
  [
    'shmem',
    'shmem_alloc_folio',
    'vmlinux',
    'folio_alloc_mpol_noprof < shmem_alloc_folio < shmem_get_folio_gfp',
  ],
  [
    'page cache',
    'ext4_da_write_begin [ext4]',
    'ext4',
    'folio_alloc_noprof < __filemap_get_folio < ext4_da_write_begin [ext4] < generic_perform_write',
  ],
  [
    'page cache',
    'page_cache_ra_unbounded',
    'xfs',
    'filemap_alloc_folio < page_cache_ra_unbounded < filemap_get_pages < xfs_file_read [xfs]',
  ],
  [
    'anonymous',
    'do_anonymous_page',
    'vmlinux',
    'vma_alloc_folio_noprof < do_anonymous_page < __handle_mm_fault',
  ],
  ['anonymous', 'wp_page_copy', 'vmlinux', '__alloc_pages < alloc_pages_vma < wp_page_copy < do_wp_page'],
  [
    'cma',
    'cma_alloc_write',
    'vmlinux',
    'alloc_contig_range_noprof < __cma_alloc < cma_alloc_write < simple_attr_write',
  ],
  [
    'network buffer',
    'unix_stream_sendmsg',
    'vmlinux',
    'alloc_pages_mpol_noprof < alloc_skb_with_frags < sock_alloc_send_pskb < unix_stream_sendmsg',
  ],
  [
    'network buffer',
    '__page_pool_alloc_pages_slow',
    'mlx5_core',
    'alloc_pages_bulk < __page_pool_alloc_pages_slow < page_pool_alloc_pages < mlx5e_poll [mlx5_core]',
  ],
  ['early boot', 'register_early_stack', 'vmlinux', 'register_early_stack < init_page_owner'],
  [
    'zsmalloc',
    'zram_submit_bio [zram]',
    'zsmalloc',
    'alloc_pages_mpol_noprof < zs_malloc [zsmalloc] < zram_submit_bio [zram]',
  ],
  [
    'percpu',
    'pcpu_populate_chunk',
    'vmlinux',
    'alloc_pages_noprof < pcpu_populate_chunk < pcpu_balance_workfn',
  ],
  [
    'other',
    'leaky_alloc_buffers [leaky]',
    'leaky',
    '__alloc_pages_noprof < leaky_alloc_buffers [leaky] < leaky_do_request [leaky]',
  ],
  ['other', 'pipe_write', 'vmlinux', 'alloc_pages_mpol_noprof < pipe_write < vfs_write'],
  ['other', 'register_dummy_stack', 'vmlinux', 'register_dummy_stack < init_page_owner'],
  [
    'other',
    'tcp_init',
    'vmlinux',
    'alloc_pages_exact_noprof < alloc_large_system_hash < tcp_init < inet_init',
  ],
  ['other', 'alloc_pages_mpol_noprof', 'vmlinux', 'get_page_from_freelist < alloc_pages_mpol_noprof'],
];

const framesOf = (stack: string) => stack.split(' < ').map((frame) => frame.replace(/^(\S+)/, '$1+0x1/0x2'));

describe.each(STACKS)('%s, owner %s', (cls, owner, module, stack) => {
  test(stack, async () => {
    const frames = framesOf(stack);
    expect(ALLOCATOR_CLASSES[classOfStack(parseFrames(frames))]).toBe(cls);
    const profile = await profileDump(dumpOf([{ order: 0, gfpMask: 0, gfpNames: '', stack: frames }]));
    const [row] = breakdown(profile, ['allocator', 'owner', 'module']);
    expect(row?.names).toEqual([cls, owner, module]);
  });
});

test('flags of the page and its memcg line count for more than the stack', async () => {
  const page = {
    order: 0,
    gfpMask: 0,
    gfpNames: '',
    pfn: 1,
    pfnRadix: 16 as const,
    migratetype: 'Unmovable',
    block: 0,
    pageblockMigratetype: 'Unmovable',
    flags: 0n,
    stack: ['f+0x1/0x2'],
  };
  const classes = async (record: object) => {
    const profile = await profileDump(dumpOf([{ ...page, flagNames: '', ...record }]));
    return breakdown(profile, ['allocator', 'reclaim']).map(({ names }) => names.join(': '));
  };
  expect(await classes({})).toEqual(['other: none']);
  expect(await classes({ flagNames: 'uptodate|lru|active' })).toEqual(['page cache: lru']);
  expect(await classes({ flagNames: 'lru|swapbacked' })).toEqual(['anonymous: lru']);
  expect(await classes({ flagNames: 'lru|swapbacked', stack: ['shmem_alloc_folio+0x1/0x2'] })).toEqual([
    'shmem: lru',
  ]);
  expect(await classes({ flagNames: 'slab|head' })).toEqual(['slab: none']);
  expect(await classes({ memcg: { kind: 'slab' }, migratetype: 'Reclaimable' })).toEqual(['slab: shrinker']);
});

test('every class has a place in memory pressure', () => {
  expect(ALLOCATOR_CLASSES.filter((_, i) => reclaimOf(i, 1) === 'lru')).toEqual([
    'page cache',
    'shmem',
    'anonymous',
    'huge page',
    'hugetlb',
  ]);
  expect(reclaimOf(ALLOCATOR_CLASSES.indexOf('slab'), 2)).toBe('shrinker');
  expect(reclaimOf(ALLOCATOR_CLASSES.indexOf('slab'), 0)).toBe('none');
});

test.each([
  ['f+0x1/0x20', { name: 'f', isAddress: false, offset: 1, size: 32 }],
  ['f.cold+0x1/0x20 [m]', { name: 'f.cold', isAddress: false, offset: 1, size: 32, module: 'm' }],
  ['[<ffffffff8116147e>] f+0x1/0x20', { name: 'f', isAddress: false, offset: 1, size: 32 }],
  ['[0xc01441b5] __alloc_pages+181', { name: '__alloc_pages', isAddress: false, offset: 181 }],
  ['0xffffffff81000000', { name: '0xffffffff81000000', isAddress: true }],
  ['[<ffffffffffffffff>] 0xffffffffffffffff', undefined],
  ['0xffffffff', undefined],
  ['anything else', { name: 'anything else', isAddress: false }],
  ['', { name: '', isAddress: false }],
])('frame %j', (text, frame) => {
  expect(parseFrame(text)).toEqual(frame);
});
