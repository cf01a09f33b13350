/** `hugepages=`: the pool of huge pages of 2 MiB that the boot fills, node by node in turn. */
import { NO_PAGE, PAGEBLOCK_ORDER } from '@page-owner/buddy-allocator';
import type { Machine } from './machine.js';
import { framesOf, PAGE } from './call-path.js';

const GFP = 'GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_NOWARN|__GFP_RETRY_MAYFAIL|__GFP_THISNODE';
const PATH = `${PAGE} alloc_buddy_hugetlb_folio only_alloc_fresh_hugetlb_folio hugetlb_init do_one_initcall kernel_init_freeable kernel_init ret_from_fork ret_from_fork_asm`;

/**
 * Allocates what the command line asks for, as far as there is memory.
 *
 * @returns how many huge pages there are
 */
export function fillHugetlbPool(machine: Machine, print: (line: string) => void): number {
  const value = machine.cmdline.value('hugepages');
  if (value === undefined) return 0;
  const wanted = Number(/^\d+/.exec(value ?? '')?.[0] ?? NaN);
  if (Number.isNaN(wanted)) {
    print(`HugeTLB: Invalid hugepages parameter ${value ?? ''}`);
    return 0;
  }
  const pages = allocate(machine, wanted);
  if (pages < wanted) {
    print(`HugeTLB: allocating ${wanted} of page size 2.00 MiB failed.  Only allocated ${pages} hugepages.`);
  }
  print(`HugeTLB: registered 2.00 MiB page size, pre-allocated ${pages} pages`);
  return pages;
}

function allocate(machine: Machine, wanted: number): number {
  const { allocator, events, stacks } = machine;
  const gfp = machine.gfp(GFP);
  const stack = machine.stack(framesOf(PATH, machine.kernel));
  const note = machine.note({ flags: 'head' });
  const nodes = new Set(
    allocator
      .zones()
      .filter(({ present }) => present > 0)
      .map(({ node }) => node),
  );
  const { node: home } = allocator;
  const { current } = stacks;
  let pages = 0;
  while (pages < wanted && nodes.size > 0) {
    for (const node of nodes) {
      if (pages === wanted) break;
      allocator.node = node;
      const found = machine.alloc(gfp, PAGEBLOCK_ORDER, stack, note) !== NO_PAGE;
      events.add(found ? 'htlb_buddy_alloc_success' : 'htlb_buddy_alloc_fail');
      if (found) pages++;
      else nodes.delete(node);
    }
  }
  allocator.node = home;
  stacks.current = current;
  return pages;
}
