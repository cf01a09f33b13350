/**
 * Fragmentation that stays. Memory is full of movable pages; some of them go, here one and there one, and when the
 * kernel needs pages for itself there are no others: its pages, which nobody can move, land in movable pageblocks. Then
 * the movable pages go, and each pageblock is kept from being one huge page by the few that stay.
 */
import { ANON_FOLIO, EXIT, FAULT, PAGE, SYSCALL } from '../kernel/call-path.js';
import { MS, type Steps } from './workload.js';
import type { Folio, Workbench } from './workbench.js';

const STEPS_TO_FULL = 100;
/** One page of so many goes before the kernel needs some. */
const HOLES = 16;
const PAGEBLOCK_PAGES = 512;
/** Pages that cannot be moved, for each pageblock: few, so that many blocks have a single owner of such. */
const FIXED = 1;
const MEMCG = 'user.slice';

export function* fragmenter(bench: Workbench): Steps {
  const { random, memoryPages } = bench;
  const { tasks } = bench.machine;
  const movable = bench.site({
    gfp: 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
    path: `${ANON_FOLIO} do_anonymous_page ${FAULT}`,
    flags: 'uptodate|lru|swapbacked',
    memcg: MEMCG,
  });
  const ioctl = `fragger_ioctl[fragger] __x64_sys_ioctl ${SYSCALL}`;
  const fixed = [
    bench.site({ gfp: 'GFP_KERNEL', path: `${PAGE} fragger_alloc_table[fragger] ${ioctl}` }),
    bench.site({
      gfp: 'GFP_HIGHUSER|__GFP_ACCOUNT',
      path: `${PAGE} pipe_write vfs_write ksys_write ${SYSCALL}`,
      memcg: MEMCG,
    }),
    bench.slab(
      0,
      `kmem_cache_alloc_noprof sk_prot_alloc sk_alloc unix_create1 unix_create __sock_create __sys_socketpair __x64_sys_socketpair ${SYSCALL}`,
    ),
    bench.slab(
      0,
      `kmem_cache_alloc_lru_noprof proc_alloc_inode alloc_inode new_inode proc_get_inode proc_lookup_de __lookup_slow walk_component path_lookupat filename_lookup vfs_statx ${SYSCALL}`,
      true,
    ),
  ];
  const munmap = bench.path(
    `free_unref_folios folios_put_refs free_pages_and_swap_cache tlb_finish_mmu unmap_region do_vmi_align_munmap __x64_sys_munmap ${SYSCALL}`,
  );
  const exit = bench.path(
    `free_unref_folios folios_put_refs free_pages_and_swap_cache tlb_flush_mmu exit_mmap mmput ${EXIT}`,
  );

  const owner = bench.task('fragmenter');
  const holder = bench.task('holder');
  const pages: (Folio | undefined)[] = [];
  try {
    const pagesPerStep = Math.ceil(memoryPages / STEPS_TO_FULL);
    for (let full = false; !full;) {
      for (let i = 0; i < pagesPerStep && !full; i++) {
        const folio = bench.take(movable, owner);
        pages.push(folio);
        full = folio === undefined;
      }
      yield MS;
    }
    // What is free below the watermarks is mostly in pageblocks of the kernel's own, which fill up first.
    const reserve = bench.machine.allocator.zones().reduce((pages, { free }) => pages + free, 0);
    // Here one and there one: in no order, so that neighbours in the free lists are none in memory.
    for (let i = Math.floor(pages.length / HOLES); i > 0; i--) {
      const place = random.below(pages.length);
      bench.giveAll([pages[place]], munmap, owner);
      pages[place] = undefined;
    }
    yield MS;
    const wanted = bench.count((FIXED * memoryPages) / PAGEBLOCK_PAGES);
    for (let left = reserve + wanted; left > 0; left--) {
      bench.take(fixed[random.below(fixed.length)]!, holder);
      if (left % 64 === 0) yield MS;
    }
  } finally {
    bench.giveAll(pages, exit, owner);
    tasks.exit(owner);
  }
}
