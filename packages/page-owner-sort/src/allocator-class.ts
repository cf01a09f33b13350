import { ALLOCATOR_SLAB, ALLOCATOR_VMALLOC } from './group.js';

/** Functions that hand a page on to whoever wanted it; `_noprof` (6.10 on) and compiler suffixes are cut off first. */
const PLUMBING =
  /^(_*alloc_(frozen_)?pages?(_|$)|_*alloc_contig|_*folio_alloc|vma_alloc_(folio|zeroed)|_*get_free_pages|get_zeroed_page|get_page_from_freelist|post_alloc_hook|prep_new_page|rmqueue)/;
const SLAB =
  /^(alloc_slab_page|allocate_slab|new_slab|___?slab_alloc|kmem_getpages|cache_grow|cache_alloc_refill)/;
const VMALLOC = /^(vm_area_alloc_pages|__vmalloc_area_node|__vmalloc_node|__vmalloc_node_range|vmalloc)(_|$)/;
const OWNER_FRAME = /^ (?:\[<[0-9a-f]+>\] )?([^\s+]+)\+0x[0-9a-f]+\/0x[0-9a-f]+(?: (\[[^\]]+\]))?/;
const FRAME = /^ (?:\[<[0-9a-f]+>\] )?([^\s+]+)\+0x/;

/**
 * The allocator classes that a stack text tells: SLAB or VMALLOC when the first function behind the page allocator's
 * own is one of that allocator's, or when the text says `Slab cache page` (5.18 on, pages charged to a memory cgroup).
 * The page flag `slab`, which the C tool looks for, is gone since 6.10.
 */
export function allocatorOfStack(stack: string): number {
  let allocator = /^Slab cache page$/m.test(stack) ? ALLOCATOR_SLAB : 0;
  for (const line of stack.split('\n')) {
    const name = FRAME.exec(line)?.[1]
      ?.replace(/\..*$/, '')
      .replace(/_noprof$/, '');
    if (name === undefined) break;
    if (PLUMBING.test(name)) continue;
    if (SLAB.test(name)) allocator |= ALLOCATOR_SLAB;
    if (VMALLOC.test(name)) allocator |= ALLOCATOR_VMALLOC;
    break;
  }
  return allocator;
}

/** The module of the innermost frame that has one; of a record without any, `vmlinux`. */
export function moduleOfStack(stack: string): string {
  return /^ .*\+0x[0-9a-f]+\/0x[0-9a-f]+ \[([^\s\]]+)/m.exec(stack)?.[1] ?? 'vmlinux';
}

/** The functions of a stack text behind the page allocator's own, innermost first, without offsets. */
export function framesOfOwner(stack: string): string[] {
  const frames: string[] = [];
  for (const line of stack.split('\n')) {
    const [, name, module] = OWNER_FRAME.exec(line) ?? [];
    if (name === undefined) break;
    if (frames.length || !PLUMBING.test(name)) frames.push(module ? `${name} ${module}` : name);
  }
  return frames;
}
