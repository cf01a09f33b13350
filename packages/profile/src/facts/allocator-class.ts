import {
  isPageAllocator,
  isPlumbing,
  plainName,
  SLAB_FUNCTION,
  VMALLOC_FUNCTION,
} from '@page-owner/dump-format';
import type { FrameText } from './frame-text.js';

/** What kind of memory a page is, by the allocation that took it. */
export type AllocatorClass = (typeof ALLOCATOR_CLASSES)[number];

/** All classes; samples hold the index. New ones are added at the end. */
export const ALLOCATOR_CLASSES = [
  'other',
  'slab',
  'vmalloc',
  'cma',
  'page cache',
  'shmem',
  'anonymous',
  'huge page',
  'hugetlb',
  'page table',
  'kernel stack',
  'network buffer',
  'module load',
  'early boot',
  'zsmalloc',
  'percpu',
] as const;

const indexOf = (name: AllocatorClass): number => ALLOCATOR_CLASSES.indexOf(name);
const OTHER = indexOf('other');
const SLAB = indexOf('slab');
const PAGE_CACHE = indexOf('page cache');
const ANONYMOUS = indexOf('anonymous');

/** Classes of page cache and user memory: reclaimable, or owned by a task or by the administrator (hugetlb). */
const USER: ReadonlySet<number> = new Set(
  (['page cache', 'shmem', 'anonymous', 'huge page', 'hugetlb'] as const).map(indexOf),
);

interface ClassRule {
  readonly class: AllocatorClass;
  /** What the first function behind the page allocator's own has to match. */
  readonly first: RegExp;
  /** And the first function that is no plumbing at all. */
  readonly owner?: RegExp;
}

/**
 * The first rule that fits decides. To extend: add a line; plain names, see `plainName`. Functions are of 5.10 to 6.12;
 * what gcc inlined into its caller is matched by the caller.
 */
const RULES: readonly ClassRule[] = [
  { class: 'early boot', first: /^(register_early_stack|init_page_owner|init_early_allocated_pages)$/ },
  { class: 'slab', first: SLAB_FUNCTION },
  {
    class: 'kernel stack',
    first: VMALLOC_FUNCTION,
    owner: /^(alloc_thread_stack\w*|dup_task_struct|copy_process)$/,
  },
  { class: 'kernel stack', first: /^(alloc_thread_stack\w*|dup_task_struct|copy_process)$/ },
  { class: 'module load', first: VMALLOC_FUNCTION, owner: /^(load_module|layout_and_allocate|move_module)$/ },
  {
    class: 'module load',
    first: /^(module_alloc|execmem_alloc)$/,
    owner: /^(load_module|layout_and_allocate|move_module)$/,
  },
  { class: 'vmalloc', first: VMALLOC_FUNCTION },
  {
    class: 'page table',
    first:
      /^(_*(pte|pmd|pud|p4d|pgd)_alloc(_\w+)?|_*pagetable_alloc\w*|pgtable_\w+|spp_getpage|alloc_new_p[um]d)$/,
  },
  { class: 'hugetlb', first: /hugetlb|^(alloc_pool_huge|alloc_fresh_huge|alloc_buddy_huge|alloc_gigantic)/ },
  {
    class: 'huge page',
    first:
      /^(do_huge_pmd_\w+|vma_alloc_anon_folio_pmd|alloc_charge_(hpage|folio)|collapse_huge_page|collapse_file|hpage_collapse\w*)$/,
  },
  { class: 'shmem', first: /^shmem_/ },
  {
    class: 'page cache',
    first:
      /^(_*filemap_\w+|page_cache_\w+|_*do_page_cache_readahead|pagecache_\w+|grab_cache_page\w*|do_read_cache_\w+|ra_alloc_folio|_*getblk\w*|grow_dev_page|add_to_page_cache\w*)$/,
  },
  {
    class: 'anonymous',
    first:
      /^(do_anonymous_page|alloc_anon_folio|folio_prealloc|do_wp_page|wp_page_copy|do_cow_fault|do_fault|do_swap_page|alloc_swap_folio|_*read_swap_cache\w*|swapin_\w+|copy_page_range|copy_p\w+_range|ksm_might\w*|_*handle_mm_fault|mfill_atomic\w*)$/,
  },
  { class: 'cma', first: /^_*cma_alloc/ },
  { class: 'zsmalloc', first: /^(zs_malloc|alloc_zspage|zs_\w+|zbud_alloc|z3fold_alloc)$/ },
  { class: 'percpu', first: /^pcpu_/ },
  {
    class: 'network buffer',
    first: /skb|^(_*page_frag_\w+|_*page_pool_\w+|_*napi_\w+|_*netdev_\w+|sk_page_frag\w*|sock_\w+|tcp_\w+)$/,
  },
];

/** The class that a stack tells, innermost frame first; an index of {@link ALLOCATOR_CLASSES}. */
export function classOfStack(frames: readonly FrameText[]): number {
  let first: string | undefined;
  let owner: string | undefined;
  for (const { name } of frames) {
    const plain = plainName(name);
    if (first === undefined && !isPageAllocator(plain)) first = plain;
    if (isPlumbing(name)) continue;
    owner = plain;
    break;
  }
  if (first === undefined) return OTHER;
  const rule = RULES.find(
    (r) => r.first.test(first) && (!r.owner || (owner !== undefined && r.owner.test(owner))),
  );
  return rule ? indexOf(rule.class) : OTHER;
}

/** What the page itself says, which counts for more than its stack: a page can be given to another use. */
interface PageUse {
  readonly lru: boolean;
  readonly swapBacked: boolean;
  readonly slab: boolean;
}

/** The class of a page: that of its stack, unless its flags, or `Slab cache page`, say otherwise. */
export function classOfPage(classOfItsStack: number, use: PageUse): number {
  if (use.slab) return SLAB;
  if (use.lru && !USER.has(classOfItsStack)) return use.swapBacked ? ANONYMOUS : PAGE_CACHE;
  return classOfItsStack;
}

/** What memory pressure can do about a page. */
export type Reclaim = (typeof RECLAIMS)[number];

/**
 * `lru`: page cache and user memory, which is written back, swapped, or ends with its task. `shrinker`: kernel memory
 * that was asked for as reclaimable (dentries, inodes). `none`: kernel memory that nothing will reclaim; leaks are here.
 */
export const RECLAIMS = ['lru', 'shrinker', 'none'] as const;

const RECLAIMABLE_TYPE = 2;

/** The {@link Reclaim} of a class and the migratetype that its gfp mask asks for. */
export function reclaimOf(allocatorClass: number, gfpType: number): Reclaim {
  if (USER.has(allocatorClass)) return 'lru';
  return gfpType === RECLAIMABLE_TYPE ? 'shrinker' : 'none';
}
