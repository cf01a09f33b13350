/**
 * Functions that hand a page on to whoever wanted it. To extend: add a line. Names are matched as {@link plainName}
 * leaves them; sources: mm/ of 5.10, 6.1 and 6.12, and of older kernels what their dumps show.
 */

/** The page allocator itself, and what only chooses a node, a policy or a type of pointer for it. */
const PAGE_ALLOCATOR = [
  /^_*alloc_(frozen_)?pages?(_|$)/, // alloc_pages, __alloc_pages_nodemask, alloc_pages_bulk_array_mempolicy
  /^_*(vma_)?(folio_alloc|alloc_folio)(_|$)/,
  /^vma_alloc_zeroed/,
  /^_*get_free_pages$/,
  /^(get_zeroed_page|get_page_from_freelist|post_alloc_hook|prep_new_page|_*rmqueue)/, // __rmqueue_*: in traces only
  /^_*alloc_contig_/,
];

/** Allocators built on it. */
const SLAB =
  /^(alloc_slab_page|allocate_slab|new_slab(_objects)?|_*slab_alloc(_node)?|kmem_getpages|cache_grow\w*|cache_alloc_refill|_*cache_alloc\w*)$/;
const VMALLOC = /^(vm_area_alloc_pages|_*vmalloc(_\w+)?|_*vzalloc(_\w+)?)$/;
const ALLOCATORS = [
  SLAB,
  VMALLOC,
  /^(_*k[mz]alloc|kcalloc|krealloc|_*kvm?alloc|kvm?realloc|_*kmem_cache_alloc|k(str|mem)n?dup|kvmemdup|kmalloc_reserve)(_|$)/,
  /^_*kmalloc_(large|order|node|track|cache)/,
  /^(alloc_slab_obj_exts|memcg_alloc_slab_cgroups|_*memcg_slab_post_alloc_hook|account_slab)$/,
  /^mempool_(alloc|kmalloc|init|create|resize)/,
  /^(execmem_alloc|module_alloc|bpf_jit_alloc_exec)$/,
  /^_*cma_alloc(_frozen\w*)?$/,
  /^(zs_malloc|alloc_zspage)$/,
  /^alloc_large_system_hash$/,
];

/** Helpers of which the caller is what a person wants to see. */
const HELPERS = [
  /^(_*filemap_get_folio\w*|pagecache_get_page|grab_cache_page\w*|filemap_alloc_folio)$/,
  /^(_*alloc_skb\w*|alloc_skb_with_frags|sock_alloc_send_(p?skb)|sock_wmalloc|_*netdev_alloc_skb|_*napi_alloc_skb)$/,
];

const PLUMBING = [...PAGE_ALLOCATOR, ...ALLOCATORS, ...HELPERS];

/** A function's name without compiler suffixes (`.isra.0`) and without the `_noprof` of 6.10 on. */
export function plainName(name: string): string {
  const dot = name.indexOf('.', 1);
  return (dot < 0 ? name : name.slice(0, dot)).replace(/_noprof$/, '');
}

/** Whether a function only hands pages on: the page allocator's own, allocators built on it, and helpers. */
export function isPlumbing(name: string): boolean {
  const plain = plainName(name);
  return PLUMBING.some((pattern) => pattern.test(plain));
}

/**
 * Whether a function, by its {@link plainName}, is one of the page allocator's own: its caller tells what the page is for.
 */
export function isPageAllocator(plain: string): boolean {
  return PAGE_ALLOCATOR.some((pattern) => pattern.test(plain));
}

/** Whether the pages of a stack, names of its functions from the innermost on, came of vmalloc. */
export function isOfVmalloc(names: readonly string[]): boolean {
  const first = names.map(plainName).find((plain) => !isPageAllocator(plain));
  // What loads modules may have vmalloc inlined.
  return first !== undefined && (VMALLOC.test(first) || /^(module_alloc|execmem_alloc)$/.test(first));
}

/** Matches the {@link plainName} of a function that takes pages for slabs. */
export const SLAB_FUNCTION: RegExp = SLAB;
/** Matches the {@link plainName} of a function that takes pages for vmalloc. */
export const VMALLOC_FUNCTION: RegExp = VMALLOC;
