/**
 * Huge pages out of fragmented memory. A database fills memory with single pages and gives most of them back, so that
 * much is free and nothing in one piece. Then a virtual machine asks for blocks of order 9: each time there is none, the
 * allocator compacts, which moves the pages that are left to where others are.
 */
import { ANON_FOLIO, FAULT, PAGE, SYSCALL } from '../kernel/call-path.js';
import { MS, type Steps } from './workload.js';
import type { Folio, Workbench } from './workbench.js';

const HUGE_ORDER = 9;
/** The database keeps one page of so many. */
const KEPT = 8;
const STEPS_TO_FULL = 100;
/** Of the memory, what the virtual machine wants. */
const WANTED = 1 / 4;

export function* hugePages(bench: Workbench): Steps {
  const { random, memoryPages } = bench;
  const single = bench.site({
    gfp: 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
    path: `${ANON_FOLIO} do_anonymous_page ${FAULT}`,
    flags: 'uptodate|lru|swapbacked',
    memcg: 'database.service',
  });
  const huge = bench.site({
    gfp: 'GFP_TRANSHUGE|__GFP_NORETRY|__GFP_THISNODE',
    order: HUGE_ORDER,
    path: `${ANON_FOLIO} do_huge_pmd_anonymous_page ${FAULT}`,
    flags: 'uptodate|lru|head|swapbacked',
    memcg: 'machine.slice',
  });
  const table = bench.site({
    gfp: 'GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO',
    path: `${PAGE} pte_alloc_one do_huge_pmd_anonymous_page ${FAULT}`,
    memcg: 'machine.slice',
  });
  const madvise = bench.path(
    `free_unref_folios folios_put_refs free_pages_and_swap_cache tlb_finish_mmu zap_page_range_single madvise_vma_behavior do_madvise __x64_sys_madvise ${SYSCALL}`,
  );

  const database = bench.task('postgres');
  const pages: Folio[] = [];
  const pagesPerStep = Math.ceil(memoryPages / STEPS_TO_FULL);
  for (let full = false; !full;) {
    for (let i = 0; i < pagesPerStep && !full; i++) {
      const folio = bench.take(single, database);
      if (folio) pages.push(folio);
      else full = true;
    }
    yield MS;
  }
  for (const folio of pages) if (random.below(KEPT) !== 0) bench.give(folio, madvise, database);
  yield 10 * MS;

  const guest = bench.task('qemu-system-x86');
  for (let left = bench.count((memoryPages * WANTED) / 2 ** HUGE_ORDER); left > 0; left--) {
    if (!bench.take(huge, guest)) return;
    bench.take(table, guest);
    yield 10 * MS;
  }
}
