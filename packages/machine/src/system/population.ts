/** What a kernel and its first programs have allocated by the end of a boot: from a recording to a machine's pages. */
import { Task } from '@page-owner/page-owner';
import { isBefore } from '../kernel.js';
import type { Machine } from '../machine.js';
import { pageUseOf } from '../page-use.js';
import { slabObjects } from '../workloads/slab-objects.js';
import { isReclaimable, NO_EVENTS, Workbench, type Site } from '../workloads/workbench.js';
import { nodeCount, runOn } from '../workloads/workload.js';
import { functionsOf } from '../call-path.js';
import { FUNCTIONS, RECORDED_BOOTS } from './recorded-boots.js';
import type { RecordedBoot } from './recorded-boot.js';

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
}

const functions = FUNCTIONS.trim().split(/\s+/);

function* allocationsOf({ allocations, masks, flags }: RecordedBoot, levels: 4 | 5): Generator<Allocation> {
  let codes: string[] = [];
  for (const text of allocations.trim().split(/\s+/)) {
    const [stack = '', rows = ''] = text.split('=');
    const own = stack.slice(1).match(/../g) ?? [];
    codes = [...codes.slice(0, parseInt(stack[0]!, RADIX)), ...own];
    const path = codes
      .map((code) => functions[parseInt(code, RADIX)]!)
      .reverse()
      .join(' ');
    if (levels === 4 && path.includes('__p4d_alloc')) continue;
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
      yield {
        ...{ path, blocks, order, mask: masks[mask]!, flags: flags[flag]!, charged: charged === 1, task },
        ...{ first: first * NS_PER_MS, last: (first + span) * NS_PER_MS, mapped: row.endsWith('!') },
      };
    }
  }
}

function taskOf(text: string): Task {
  const [pid = '', name = ''] = text.split(' ');
  return new Task(Number(pid), Number(pid), name);
}

function siteOf({ path, order, mask, flags, charged, mapped }: Allocation, bench: Workbench): Site {
  const { machine } = bench;
  const functions = functionsOf(path);
  // Until 6.11 the bit had the other of its names.
  const own = isBefore(machine.kernel.era, '6.12') ? flags.replace('owner_2', 'mappedtodisk') : flags;
  const names = own.split('|');
  const use = mapped ? 'mapped shmem' : pageUseOf(functions, names);
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

/**
 * Does what a boot does once page_owner runs, in the order in which it happened.
 *
 * @throws RangeError if there is too little memory
 */
export function populate(machine: Machine): void {
  const recorded = RECORDED_BOOTS[machine.kernel.allocator];
  const { allocator, clock, random, tasks } = machine;
  const bench = new Workbench(machine, random.next(), 1);
  const workers = recorded.tasks.map((text) => taskOf(text));
  const blocks: { readonly at: number; readonly site: Site; readonly task: Task }[] = [];
  const { current } = machine.stacks;
  for (const allocation of allocationsOf(recorded, machine.pageTableLevels)) {
    const site = siteOf(allocation, bench);
    const { first, last } = allocation;
    const step = (last - first) / Math.max(1, allocation.blocks - 1);
    for (let i = 0; i < allocation.blocks; i++) {
      // Anywhere in the millisecond.
      const at = first + Math.floor(i * step) + bench.random.below(NS_PER_MS);
      blocks.push({ at: at - (at % NS_PER_US), site, task: workers[allocation.task]! });
    }
  }
  blocks.sort((a, b) => a.at - b.at);
  // What was recorded began later than this boot ends, unless it is of a large machine.
  const late = Math.max(0, clock.ns - blocks[0]!.at);
  const { cpu, node } = allocator;
  const nodes = nodeCount(machine);
  for (const { at, site, task } of blocks) {
    if (at + late > clock.ns) clock.advanceTo(at + late);
    runOn(machine, task.pid % machine.cpus, nodes);
    if (bench.take(site, task) === undefined) {
      throw new RangeError(
        `a booted system does not fit into ${bench.memoryPages} pages of memory: none of order ${site.order} is left`,
      );
    }
  }
  allocator.cpu = cpu;
  allocator.node = node;
  machine.stacks.current = current;
  tasks.skipTo(recorded.lastPid);
  machine.untouchedPages = recorded.untouchedPages;
  const counted = machine.events.all();
  for (const [name, count] of Object.entries(recorded.events)) {
    machine.events.add(name, Math.max(0, count - (counted[name] ?? 0)));
  }
}
