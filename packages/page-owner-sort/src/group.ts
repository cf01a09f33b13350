import { compareBytes } from './compare-bytes.js';
import type { Plan } from './plan.js';

/** Allocator classes, the bits of `Group.allocator`; the numbers are the C tool's, which sorts by them. */
export const ALLOCATOR_CMA = 2;
/** Slabs. */
export const ALLOCATOR_SLAB = 4;
/** Memory of vmalloc. */
export const ALLOCATOR_VMALLOC = 8;
/** All else. */
export const ALLOCATOR_OTHERS = 16;

/** Records that are alike in what the plan culls by. Texts are bytes: nothing of a dump is lost or escaped here. */
export interface Group {
  /** How many records. */
  times: number;
  /** How many base pages they hold: the sum of 2^order. */
  pages: number;
  /** Byte offset of its first record in the input; the fields below are that record's. */
  offset: number;
  /** Low word of the time of the allocation, ns since boot. */
  tsLow: number;
  /** High word of that. */
  tsHigh: number;
  /** Low word of the time of the free before it, ns since boot. */
  freeTsLow: number;
  /** High word of that. */
  freeTsHigh: number;
  /** -1: none. */
  pid: number;
  /** -1: none. */
  tgid: number;
  /** Name of the task; empty where the dump has none. */
  comm: Uint8Array;
  /** Name of the innermost module of its stack; empty: none. */
  module: Uint8Array;
  /** ALLOCATOR_CMA and those beside it. */
  allocator: number;
  /** Freed after its allocation (free_ts > ts). */
  released: boolean;
  /** The header line with its newline, times cut out as planned. */
  line: Uint8Array;
  /** The lines after the PFN line, without the empty line. */
  stack: Uint8Array;
}

export type CompareGroups = (a: Group, b: Group) => number;

/**
 * The order of what makes a group; 0 for the same group. Total, so nothing is left to chance: by the whole text, or by
 * the cull keys in the order stack, pid, tgid, name, free, module, allocator. Texts compare as bytes.
 */
export function compareByGroup(plan: Plan): CompareGroups {
  const { cull } = plan;
  if (!cull.length) return (a, b) => compareBytes(a.line, b.line) || compareBytes(a.stack, b.stack);
  const compares: CompareGroups[] = [];
  if (cull.includes('stacktrace')) compares.push((a, b) => compareBytes(a.stack, b.stack));
  if (cull.includes('pid')) compares.push((a, b) => a.pid - b.pid);
  if (cull.includes('tgid')) compares.push((a, b) => a.tgid - b.tgid);
  if (cull.includes('name')) compares.push((a, b) => compareBytes(a.comm, b.comm));
  if (cull.includes('free')) compares.push((a, b) => Number(a.released) - Number(b.released));
  if (cull.includes('module')) compares.push((a, b) => compareBytes(a.module, b.module));
  if (cull.includes('allocator')) compares.push((a, b) => a.allocator - b.allocator);
  return chain(compares);
}

/** The order of the output: the keys of the plan, then the order of what makes a group. */
export function compareForOutput(plan: Plan): CompareGroups {
  const byGroup = compareByGroup(plan);
  const compares: CompareGroups[] = [];
  for (const { key, descending } of plan.order) {
    const exact = COMPARE[key];
    // The C tool subtracts counts and ids as ints, which overflow; it compares texts and times without.
    const compare: CompareGroups = plan.compat ? (a, b) => exact(a, b) | 0 : exact;
    compares.push(descending ? (a, b) => compare(b, a) : compare);
    if ((key === 'alloc_ts' || key === 'free_ts') && plan.compat === '6.1') {
      // Its comparisons by time never say "equal" but always "later", which turns the groups of one time around.
      compares.push(descending ? byGroup : (a, b) => byGroup(b, a));
    }
  }
  return chain([...compares, byGroup]);
}

const COMPARE: Readonly<Record<Plan['order'][number]['key'], CompareGroups>> = {
  pid: (a, b) => a.pid - b.pid,
  tgid: (a, b) => a.tgid - b.tgid,
  name: (a, b) => compareBytes(a.comm, b.comm),
  stacktrace: (a, b) => compareBytes(a.stack, b.stack),
  txt: (a, b) => compareBytes(a.line, b.line) || compareBytes(a.stack, b.stack),
  alloc_ts: (a, b) => Math.sign(a.tsHigh - b.tsHigh || a.tsLow - b.tsLow),
  free_ts: (a, b) => Math.sign(a.freeTsHigh - b.freeTsHigh || a.freeTsLow - b.freeTsLow),
  allocator: (a, b) => a.allocator - b.allocator,
  module: (a, b) => compareBytes(a.module, b.module),
  times: (a, b) => a.times - b.times,
  pages: (a, b) => a.pages - b.pages,
};

function chain(compares: readonly CompareGroups[]): CompareGroups {
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order) return order;
    }
    return 0;
  };
}
