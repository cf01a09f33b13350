import { CUT_FREE_TS, CUT_NOTHING, CUT_TS } from '@page-owner/dump-format';
import { CULL_KEYS, SORT_KEYS } from './keys.js';
import type { CullKey, OrderKey } from './keys.js';

/** The generations of the C tool whose bytes can be asked for, faults included. */
export const COMPATS = ['6.1', '6.12', 'mainline'] as const;
/** The C tool of one kernel, whose bytes are to come out. */
export type Compat = (typeof COMPATS)[number];

/** Which records count; every kind that is given has to match. */
export interface Selection {
  /** Process ids. */
  readonly pids?: readonly number[] | undefined;
  /** Thread groups. */
  readonly tgids?: readonly number[] | undefined;
  /** Task names, compared whole. */
  readonly names?: readonly string[] | undefined;
  /** Module names; `vmlinux` stands for records without one. */
  readonly modules?: readonly string[] | undefined;
  /** Leave out pages that were freed after their allocation (free_ts > ts). */
  readonly unreleased?: boolean | undefined;
}

/** What is to be done with a dump. All of it plain data, so that it can be sent to a worker. */
export interface SortOptions extends Selection {
  /** The keys of the order; by times, most first, when there is none. */
  readonly sort?: readonly OrderKey[] | undefined;
  /** What makes a group; the whole text, times aside, when there is none. */
  readonly cull?: readonly CullKey[] | undefined;
  /** How many groups are written; all when it is absent. */
  readonly top?: number | undefined;
  /** The bytes of the C tool of that kernel. */
  readonly compat?: Compat | undefined;
}

/** Options, thought through. */
export interface Plan extends Selection {
  /** Empty: the groups stay in the order of what makes them. */
  readonly order: readonly OrderKey[];
  /** Empty: the whole text makes a group. */
  readonly cull: readonly CullKey[];
  readonly top: number;
  readonly compat: Compat | undefined;
  /** Which times are no part of the text: CUT_TS | CUT_FREE_TS of dump-format. */
  readonly cut: number;
  /**
   * Every key of the order can be told from what makes a group, so that groups can be put in their final order before
   * they are complete.
   */
  readonly orderedByGroup: boolean;
}

const BY_TIMES: OrderKey = { key: 'times', descending: true };

export function makePlan(options: SortOptions): Plan {
  const cull = options.cull ?? [];
  const { compat, top = Infinity } = options;
  check(options);
  // The 6.1 tool sorts only by a key it was given, or when it culls.
  const fallback = compat === '6.1' && !cull.length ? [] : [BY_TIMES];
  const order = options.sort?.length ? options.sort : fallback;
  const cut = cutOf(order, compat);
  return {
    ...(options.pids && { pids: options.pids }),
    ...(options.tgids && { tgids: options.tgids }),
    ...(options.names && { names: options.names }),
    ...(options.modules && { modules: options.modules }),
    ...(options.unreleased && { unreleased: true }),
    order,
    cull,
    top,
    compat,
    cut,
    orderedByGroup: order.every(({ key }) => isToldByGroup(key, cull, cut)),
  };
}

function check({ sort = [], cull = [], compat, top = Infinity, pids = [], tgids = [] }: SortOptions): void {
  for (const { key } of sort)
    if (!SORT_KEYS.includes(key)) throw new RangeError(`there is no sort key "${key}"`);
  for (const key of cull) if (!CULL_KEYS.includes(key)) throw new RangeError(`there is no cull key "${key}"`);
  if (compat !== undefined && !COMPATS.includes(compat))
    throw new RangeError(`there is no generation "${compat}"`);
  if (!(top >= 0) || (top !== Infinity && !Number.isInteger(top))) {
    throw new RangeError(`top has to be a whole number, 0 or more, not ${top}`);
  }
  for (const id of [...pids, ...tgids]) {
    if ((id | 0) !== id) throw new RangeError(`${id} is no process id, which is a 32-bit integer`);
  }
}

/**
 * Times make every record unlike every other, so they are cut out, unless they come first in the order. The 6.1 tool
 * never cuts, the later ones do not know free_ts.
 */
function cutOf(order: readonly OrderKey[], compat: Compat | undefined): number {
  if (compat === '6.1') return CUT_NOTHING;
  const [first] = order;
  if (first?.key === 'alloc_ts') return CUT_NOTHING;
  if (compat) return CUT_TS;
  return first?.key === 'free_ts' ? CUT_NOTHING : CUT_TS | CUT_FREE_TS;
}

function isToldByGroup(key: OrderKey['key'], cull: readonly CullKey[], cut: number): boolean {
  switch (key) {
    case 'times':
    case 'pages':
      return false;
    case 'alloc_ts':
    case 'free_ts':
      return !cull.length && cut === CUT_NOTHING;
    case 'txt':
      return !cull.length;
    case 'allocator':
      return cull.includes('allocator');
    default:
      return !cull.length || cull.includes(key);
  }
}
