/** What a kernel and its first programs have allocated by the end of a boot: from a recording to a machine's pages. */
import { Task } from '@page-owner/page-owner';
import { isBefore } from '../kernel/kernel.js';
import type { Machine } from '../machine.js';
import { pageUseOf } from '../pages/page-use.js';
import { slabObjects } from '../workloads/slab-objects.js';
import { isReclaimable, NO_EVENTS, Workbench, type Site } from '../workloads/workbench.js';
import { nodeCount, runOn } from '../workloads/workload.js';
import { functionsOf } from '../kernel/call-path.js';
import { tableOrders } from './hash-tables.js';
import type { BootTable } from './boot-table.js';
import { FUNCTIONS, RECORDED_BOOTS } from './generated/recorded-boots.js';

const RADIX = 36;
const NS_PER_MS = 1_000_000;
const NS_PER_US = 1000;
const ROOT_GROUP = { kind: 'charged', name: '/', viaObjcg: false, offline: false } as const;

/** Blocks that one task allocates from one stack, from a first time to a last, in nanoseconds. */
interface Allocation {
  readonly path: string;
  readonly blocks: number;
  readonly order: number;
  readonly mask: string;
  readonly flags: string;
  readonly charged: boolean;
  readonly task: number;
  readonly first: number;
  readonly last: number;
  readonly mapped: boolean;
  readonly gone: boolean;
  /** Each block becomes single pages at once. */
  readonly split: boolean;
}

const functions = FUNCTIONS.trim().split(/\s+/);

function* allocationsOf({ allocations, masks, flags }: BootTable, machine: Machine): Generator<Allocation> {
  const orderOf = tableOrders(machine);
  let codes: string[] = [];
  for (const text of allocations.trim().split(/\s+/)) {
    const [stack = '', rows = ''] = text.split('=');
    const own = stack.slice(1).match(/../g) ?? [];
    codes = [...codes.slice(0, parseInt(stack[0]!, RADIX)), ...own];
    const path = codes
      .map((code) => functions[parseInt(code, RADIX)]!)
      .reverse()
      .join(' ');
    if (machine.pageTableLevels === 4 && path.includes('__p4d_alloc')) continue;
    for (const row of rows.split(',')) {
      const numbers = row.split('.').map((digits) => parseInt(digits, RADIX));
      const [blocks, order, mask, flag, charged, task, first, span = 0] = numbers as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number?,
      ];
      const split = row.endsWith('/');
      yield {
        ...{
          path,
          blocks,
          order: orderOf(path, order),
          mask: masks[mask]!,
          flags: flags[flag]!,
          charged: charged === 1,
          task,
        },
        ...{ first: first * NS_PER_MS, last: (first + span) * NS_PER_MS, mapped: row.endsWith('!') },
        gone: row.endsWith('~'),
        split,
      };
    }
  }
}

/** What lies on the lists of a cpu while it allocates. */
const PCP_PAGES = 1024;

/**
 * Room that {@link populate} needs on a node, in pages: with a quarter more than it takes, for blocks that do not fit each
 * other.
 */
export function pagesOfSystem(machine: Machine): number {
  let pages = 0;
  for (const { blocks, order } of allocationsOf(RECORDED_BOOTS[machine.kernel.allocator], machine))
    pages += blocks * 2 ** order;
  return Math.ceil(1.25 * pages) + machine.cpus * PCP_PAGES;
}

function taskOf(text: string): Task {
  const [pid = '', name = ''] = text.split(' ');
  return new Task(Number(pid), Number(pid), name);
}

function siteOf({ path, order, mask, flags, charged, mapped, gone }: Allocation, bench: Workbench): Site {
  const { machine } = bench;
  const functions = functionsOf(path);
  // Until 6.11 the bit had the other of its names.
  const own = isBefore(machine.kernel.era, '6.12') ? flags.replace('owner_2', 'mappedtodisk') : flags;
  const names = own.split('|');
  const use = mapped ? 'mapped shmem' : gone ? 'vmalloc' : pageUseOf(functions, names);
  return {
    ...{ gfp: machine.gfp(mask), order, stack: bench.path(path) },
    note: machine.note({
      ...{ flags: own, reclaimable: isReclaimable(mask) },
      ...(charged && { memcg: ROOT_GROUP }),
      ...(use && { use }),
    }),
    movable: names.includes('lru'),
    objects: slabObjects(functions, order),
    events: { ...NO_EVENTS, dirties: names.includes('dirty') && !names.includes('swapbacked') },
  };
}

/** Interleaving counts where one page or block is asked for by policy. Source: mm/mempolicy.c. */
const BY_POLICY = /(?:^| )(?:alloc_pages_mpol(?:_noprof)?|alloc_page_interleave)(?: |$)/;
/** Task 1 and the one that starts it have that policy, until they go on as what they are to be. */
const AFTER_INIT = /kernel_thread rest_init|kernel_execve/;

const isInterleaved = ({ path, task }: Allocation, { tasks }: BootTable): boolean =>
  /^[01] swapper/.test(tasks[task]!) && BY_POLICY.test(path) && !AFTER_INIT.test(path);

interface Step {
  readonly at: number;
  readonly site: Site;
  readonly task: Task;
  readonly split: boolean;
  readonly interleaved: boolean;
}

function stepsOf(recorded: BootTable, bench: Workbench): Step[] {
  const workers = recorded.tasks.map((text) => taskOf(text));
  const steps: Step[] = [];
  for (const allocation of allocationsOf(recorded, bench.machine)) {
    const site = siteOf(allocation, bench);
    const { first, last, split } = allocation;
    const interleaved = isInterleaved(allocation, recorded);
    const gap = (last - first) / Math.max(1, allocation.blocks - 1);
    for (let i = 0; i < allocation.blocks; i++) {
      // Anywhere in the millisecond.
      const at = first + Math.floor(i * gap) + bench.random.below(NS_PER_MS);
      steps.push({ at: at - (at % NS_PER_US), site, task: workers[allocation.task]!, split, interleaved });
    }
  }
  return steps.sort((a, b) => a.at - b.at);
}

/**
 * Does what a boot does once page_owner runs, in the order in which it happened.
 *
 * @throws RangeError if there is too little memory
 */
export function populate(machine: Machine): void {
  const recorded = RECORDED_BOOTS[machine.kernel.allocator];
  const { allocator, clock, events, random, tasks } = machine;
  const bench = new Workbench(machine, random.next(), 1);
  const { current } = machine.stacks;
  const steps = stepsOf(recorded, bench);
  // What was recorded began later than this boot ends, unless it is of a large machine.
  const late = Math.max(0, clock.ns - steps[0]!.at);
  const { cpu, node } = allocator;
  const nodes = nodeCount(machine);
  let turn = 0;
  let requests = events.all().numa_hit!;
  let hasPagesets = recorded.pagesetsMs === 0;
  for (const { at, site, task, split, interleaved } of steps) {
    if (!hasPagesets && at >= recorded.pagesetsMs * NS_PER_MS) {
      hasPagesets = true;
      events.forgetRequests();
      requests = 0;
    }
    if (at + late > clock.ns) clock.advanceTo(at + late);
    runOn(machine, task.pid % machine.cpus, nodes);
    const running = allocator.node;
    if (interleaved) allocator.node = turn++ % nodes;
    let folio = bench.take(site, task);
    if (folio === undefined) {
      // Who may not wait does not drain these lists; SLUB would ask again, for less.
      allocator.drainPcp();
      folio = bench.take(site, task);
    }
    if (folio === undefined) {
      throw new RangeError(
        `a booted system does not fit into ${bench.memoryPages} pages of memory: none of order ${site.order} is left`,
      );
    }
    if (split) allocator.splitPage(folio.pfn, site.order);
    if (interleaved) events.interleaved(folio.pfn, running);
  }
  allocator.cpu = cpu;
  allocator.node = node;
  machine.stacks.current = current;
  tasks.skipTo(recorded.lastPid);
  machine.untouchedPages = recorded.untouchedPages;
  const past = recorded.past[machine.owner.hooks === null ? 'off' : 'on'];
  const counted = events.all();
  events.addPast({
    pages: past.pages,
    requests: Math.max(0, past.requests - (counted.numa_hit! - requests)),
    interleaved: Math.max(0, past.interleaved - counted.numa_interleave!),
  });
  for (const [name, count] of Object.entries(past.events)) {
    events.add(name, Math.max(0, count - (counted[name] ?? 0)));
  }
}
