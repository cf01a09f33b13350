/**
 * Processes come and go, as under `make -j`: each child gets a task, a stack, page tables, copies of its parent's pages,
 * executes something, runs for a while, and exits. When the storm is over all have exited, and nothing is left of them.
 */
import type { Task } from '@page-owner/page-owner';
import { ANON_FOLIO, EXIT, FAULT, PAGE, SYSCALL, VMALLOC } from '../kernel/call-path.js';
import { MS, type Steps } from './workload.js';
import type { Folio, Site, Workbench } from './workbench.js';

const TABLE = 'GFP_KERNEL_ACCOUNT|__GFP_COMP|__GFP_ZERO';
const ANON = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP';
const MEMCG = 'build.slice';
const PROGRAMS = ['cc1', 'as', 'ld', 'sed', 'sh'];
const FORKS = 4;
const LONGEST_LIFE = 250 * MS;

interface Child {
  readonly task: Task;
  readonly folios: (Folio | undefined)[];
  readonly ends: number;
}

export function* forkStorm(bench: Workbench): Steps {
  const { random } = bench;
  const { clock, tasks } = bench.machine;
  const clone = `kernel_clone __do_sys_clone ${SYSCALL}`;
  const exec = `bprm_execve do_execveat_common __x64_sys_execve ${SYSCALL}`;
  const kernel = (gfp: string, path: string): Site => bench.site({ gfp, path, memcg: MEMCG });
  const user = (gfp: string, path: string, flags = 'uptodate|lru|swapbacked'): Site =>
    bench.site({ gfp, path: `${ANON_FOLIO} ${path}`, flags, memcg: MEMCG });

  // By the parent, in fork().
  const stack = kernel(
    'GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO',
    `${VMALLOC} copy_process ${clone}`,
  );
  const copied = `copy_page_range copy_mm copy_process ${clone}`;
  const tables = [
    kernel(
      'GFP_KERNEL_ACCOUNT|__GFP_ZERO',
      `${PAGE} get_free_pages_noprof pgd_alloc mm_init copy_mm copy_process ${clone}`,
    ),
    ...(bench.machine.pageTableLevels === 5
      ? [kernel('GFP_KERNEL_ACCOUNT|__GFP_ZERO', `${PAGE} get_zeroed_page_noprof __p4d_alloc ${copied}`)]
      : []),
    kernel(TABLE, `${PAGE} __pud_alloc ${copied}`),
    kernel(TABLE, `${PAGE} __pmd_alloc ${copied}`),
    kernel(TABLE, `${PAGE} pte_alloc_one __pte_alloc ${copied}`),
  ];
  // Objects of many processes share a slab, so not every child needs a new one.
  const slabs = [
    bench.slab(3, `kmem_cache_alloc_node_noprof copy_process ${clone}`),
    bench.slab(3, `kmem_cache_alloc_noprof copy_process ${clone}`),
    bench.slab(0, `kmem_cache_alloc_noprof vm_area_dup copy_mm copy_process ${clone}`),
    bench.slab(0, `kmem_cache_alloc_noprof anon_vma_fork copy_mm copy_process ${clone}`),
    bench.slab(1, `kmem_cache_alloc_noprof dup_fd copy_process ${clone}`),
  ];
  // By the child, when it touches memory and executes another program.
  const ownPages = [
    user(ANON, `do_wp_page ${FAULT}`),
    user(`${ANON}|__GFP_ZERO`, `do_anonymous_page ${FAULT}`),
    user(ANON, `do_fault ${FAULT}`),
    user(
      `${ANON}|__GFP_ZERO`,
      `do_anonymous_page __handle_mm_fault handle_mm_fault __get_user_pages get_user_pages_remote get_arg_page copy_strings ${exec}`,
    ),
  ];
  const execTables = [
    kernel(
      'GFP_KERNEL_ACCOUNT|__GFP_ZERO',
      `${PAGE} get_free_pages_noprof pgd_alloc mm_init alloc_bprm do_execveat_common __x64_sys_execve ${SYSCALL}`,
    ),
    kernel(
      TABLE,
      `${PAGE} __pud_alloc alloc_new_pud.constprop.0 move_page_tables relocate_vma_down setup_arg_pages load_elf_binary ${exec}`,
    ),
    kernel(TABLE, `${PAGE} pte_alloc_one __pte_alloc do_anonymous_page ${FAULT}`),
  ];
  const exitPath = bench.path(
    `free_unref_folios folios_put_refs free_pages_and_swap_cache tlb_flush_mmu exit_mmap mmput ${EXIT}`,
  );

  const fork = (parent: Task): Child => {
    const task = bench.task('make');
    const folios = [stack, stack, stack, stack, ...tables].map((site) => bench.take(site, parent));
    for (const slab of slabs) if (random.below(4) === 0) folios.push(bench.take(slab, parent));
    folios.push(bench.take(ownPages[0]!, task), ...execTables.map((site) => bench.take(site, task)));
    task.rename(PROGRAMS[random.below(PROGRAMS.length)]!);
    for (let i = 8 + random.below(56); i > 0; i--) {
      folios.push(bench.take(ownPages[random.below(ownPages.length)]!, task));
    }
    return { task, folios, ends: clock.ns + random.below(LONGEST_LIFE) };
  };
  const exit = ({ task, folios }: Child): void => {
    bench.giveAll(folios, exitPath, task);
    tasks.exit(task);
  };

  const make = bench.task('make');
  let children: Child[] = [];
  try {
    for (;;) {
      for (let i = bench.count(FORKS); i > 0; i--) children.push(fork(make));
      const now = clock.ns;
      children.filter(({ ends }) => ends <= now).forEach(exit);
      children = children.filter(({ ends }) => ends > now);
      yield 10 * MS;
    }
  } finally {
    children.forEach(exit);
    tasks.exit(make);
  }
}
