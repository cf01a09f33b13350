/** One task takes half of the memory, page by page as it touches it, and keeps it. Others live beside it with little. */
import { ANON_FOLIO, FAULT, PAGE, SYSCALL } from '../kernel/call-path.js';
import { MS, type Steps } from './workload.js';
import type { Workbench } from './workbench.js';

const PAGE_TABLE = 'GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO';
/** Pages that one page table maps. */
const MAPPED = 512;
const BATCH = 1024;

export function* hogger(bench: Workbench): Steps {
  const anonymous = (memcg: string) =>
    bench.site({
      gfp: 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO',
      path: `${ANON_FOLIO} do_anonymous_page ${FAULT}`,
      flags: 'uptodate|lru|active|swapbacked',
      memcg,
    });
  const heap = anonymous('jobA');
  const others = anonymous('user.slice');
  const tables = bench.site({
    gfp: PAGE_TABLE,
    path: `${PAGE} pte_alloc_one __pte_alloc do_anonymous_page ${FAULT}`,
    memcg: 'jobA',
  });
  const buffers = bench.site({
    gfp: 'GFP_HIGHUSER|__GFP_ACCOUNT',
    path: `${PAGE} pipe_write vfs_write ksys_write ${SYSCALL}`,
    memcg: 'user.slice',
  });

  const hog = bench.task('hogger');
  const shells = ['bash', 'sort', 'less'].map((name) => bench.task(name));
  const wanted = Math.min(bench.count(bench.memoryPages / 2), bench.memoryPages);
  for (let taken = 0; taken < wanted; taken++) {
    if (taken % MAPPED === 0) bench.take(tables, hog);
    // Out of memory: a real one would be killed, this one stays with what it has.
    if (!bench.take(heap, hog)) return;
    if (taken % BATCH !== BATCH - 1) continue;
    for (const shell of shells) {
      bench.take(others, shell);
      bench.take(buffers, shell);
    }
    yield MS;
  }
}
