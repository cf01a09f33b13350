import { isPlumbing, parseFrames, stackId } from '@page-owner/profile';
import { LIFETIME_COLUMNS } from '@page-owner/trace-replay';
import type { AccountTable, ReplayReport, StackId, TaskId } from '@page-owner/trace-replay';
import type { Redaction } from './redact.js';

/** What a stack, a task or the whole trace did. Times are nanoseconds. */
export interface Doings {
  allocations: number;
  /** Pages allocated; of these, freed; of these, still there at the end. */
  pages: number;
  freedPages: number;
  livePages: number;
  /** Calls that free, and their pages, whoever had allocated them. */
  frees: number;
  freesPages: number;
  failed: number;
  /** Allocations whose end was seen; how long they lived, in all and at most. */
  ended: number;
  lifetimeNs: number;
  longestNs: number;
}

/** A call stack. Those that differ in offsets only are one. */
export interface Stack {
  readonly id: bigint;
  /** Texts, innermost first, untrusted. */
  readonly frames: readonly string[];
  /** Index of the first frame that is no plumbing. */
  readonly owner: number;
}

export interface StackRow extends Doings {
  readonly stack: Stack;
}

/** All tasks of one name. */
export interface TaskRow extends Doings {
  readonly name: string;
  tasks: number;
}

export interface LeakRow {
  readonly stack: Stack;
  records: number;
  pages: number;
  /** Of these pages: what may have been freed while events were lost. */
  doubtfulPages: number;
  oldestNs: number;
  newestNs: number;
  readonly tasks: Set<string>;
}

/**
 * What became of the pageblock: it holds pages of two migratetypes now; it has the other migratetype; all of it was taken.
 * The first is what fragments memory.
 */
export type BlockFate = 'mixed' | 'converted' | 'whole';

export interface FallbackRow {
  readonly stack: Stack;
  readonly tasks: Set<string>;
  /** Migratetypes: of the pages that were taken, and who wanted them. */
  readonly from: string;
  readonly to: string;
  readonly block: BlockFate;
  count: number;
  pages: number;
  firstNs: number;
  lastNs: number;
}

export interface FailedRow {
  readonly stack: Stack;
  readonly tasks: Set<string>;
  readonly order: number;
  readonly gfp: string;
  count: number;
  firstNs: number;
  lastNs: number;
}

/** A report by what a person tells apart: functions, names. Each list has the largest first. */
export interface ReplayRows {
  readonly whole: Doings;
  /** Allocations that ended, by how long they lived: as in an `AccountTable`. */
  readonly lifetimes: Float64Array;
  readonly neverFreed: readonly LeakRow[];
  readonly stacks: readonly StackRow[];
  readonly tasks: readonly TaskRow[];
  readonly failed: readonly FailedRow[];
  readonly fallbacks: readonly FallbackRow[];
}

/** Functions that hand a page back for whoever frees it, as plumbing does that hands it out. */
const FREEING = [
  /^_*free_(unref_|frozen_|the_)?(page|folio)s?(_|$)/, // __free_pages, free_unref_folios, free_pages_and_swap_cache
  /^(_*folios?_put(_|$)|_*put_page$|release_pages$)/,
  /^(_*free_slab|discard_slab|_*slab_free(_|$)|free_to_partial_list|_*unfreeze_partials|kmem_cache_free)/,
  /^(_*kv?free|vfree|free_large_kmalloc)(_|$)/,
];

const NO_STACK: Stack = { id: 0n, frames: [], owner: 0 };

export function rowsOf(report: ReplayReport, redact: Redaction | undefined): ReplayRows {
  const stacks = new Stacks(report);
  const nameOf = (task: TaskId): string => {
    const { comm } = report.task(task);
    return redact ? redact.task(comm) : comm;
  };
  const { lifetimes, whole } = wholeOf(report.tasks);
  return {
    whole,
    lifetimes,
    neverFreed: leaksOf(report, stacks, nameOf),
    stacks: stackRows(report, stacks),
    tasks: taskRows(report, nameOf),
    failed: failedRows(report, stacks, nameOf),
    fallbacks: fallbackRows(report, stacks, nameOf),
  };
}

/** Where the first frame is that says who freed. */
export function freeingFrame({ frames }: Stack): number {
  const found = frames.findIndex((frame) => !isFreeing(functionOf(frame)));
  return found < 0 ? Math.max(frames.length - 1, 0) : found;
}

function isFreeing(name: string): boolean {
  return FREEING.some((pattern) => pattern.test(name));
}

/** Of a frame, `free_unref_page+0x1/0x2` or without offset. */
function functionOf(frame: string): string {
  return frame.replace(/(\+0x[0-9a-f]+.*| \[.*)$/, '').replace(/\.(isra|constprop|part|cold)\b.*$/, '');
}

/** The stacks of a report by what they call, whatever the offsets. */
class Stacks {
  readonly #report: ReplayReport;
  readonly #byId = new Map<bigint, Stack>();
  readonly #known: Stack[] = [];

  constructor(report: ReplayReport) {
    this.#report = report;
  }

  at(stack: StackId): Stack {
    return (this.#known[stack] ??= this.#find(stack));
  }

  #find(stack: StackId): Stack {
    const frames = this.#report.frames(stack);
    if (frames.length === 0) return NO_STACK;
    const parsed = parseFrames(frames);
    const id = stackId(parsed);
    let found = this.#byId.get(id);
    if (!found) {
      const owner = parsed.findIndex(({ name }) => !isPlumbing(name));
      this.#byId.set(id, (found = { id, frames, owner: owner < 0 ? frames.length - 1 : owner }));
    }
    return found;
  }
}

/** One row for each key, made when it is first asked for. */
class Rows<Key, Row> {
  readonly #rows = new Map<Key, Row>();

  at(key: Key, make: () => Row): Row {
    let row = this.#rows.get(key);
    if (row === undefined) this.#rows.set(key, (row = make()));
    return row;
  }

  sorted(compare: (a: Row, b: Row) => number): Row[] {
    return [...this.#rows.values()].sort(compare);
  }
}

const nothingDone = (): Doings => ({
  allocations: 0,
  pages: 0,
  freedPages: 0,
  livePages: 0,
  frees: 0,
  freesPages: 0,
  failed: 0,
  ended: 0,
  lifetimeNs: 0,
  longestNs: 0,
});

function add(to: Doings, table: AccountTable, row: number): void {
  to.allocations += table.allocations[row]!;
  to.pages += table.pages[row]!;
  to.freedPages += table.freedPages[row]!;
  to.livePages += table.livePages[row]!;
  to.frees += table.frees[row]!;
  to.freesPages += table.freesPages[row]!;
  to.failed += table.failed[row]!;
  to.ended += table.ended[row]!;
  to.lifetimeNs += table.lifetimeNs[row]!;
  to.longestNs = Math.max(to.longestNs, table.longestNs[row]!);
}

const isIdle = (table: AccountTable, row: number): boolean =>
  !table.allocations[row] && !table.frees[row] && !table.failed[row];

function wholeOf(table: AccountTable): { whole: Doings; lifetimes: Float64Array } {
  const whole = nothingDone();
  const lifetimes = new Float64Array(LIFETIME_COLUMNS);
  for (let row = 0; row < table.length; row++) {
    add(whole, table, row);
    for (let column = 0; column < LIFETIME_COLUMNS; column++)
      lifetimes[column]! += table.lifetimes[row * LIFETIME_COLUMNS + column]!;
  }
  return { whole, lifetimes };
}

function stackRows({ stacks: table }: ReplayReport, stacks: Stacks): StackRow[] {
  const rows = new Rows<bigint, StackRow>();
  for (let row = 0; row < table.length; row++) {
    if (isIdle(table, row)) continue;
    const stack = stacks.at(row);
    add(
      rows.at(stack.id, () => ({ stack, ...nothingDone() })),
      table,
      row,
    );
  }
  return rows.sorted((a, b) => b.pages - a.pages || b.freesPages - a.freesPages);
}

function taskRows({ tasks: table }: ReplayReport, nameOf: (task: TaskId) => string): TaskRow[] {
  const rows = new Rows<string, TaskRow>();
  for (let row = 0; row < table.length; row++) {
    if (isIdle(table, row)) continue;
    const name = nameOf(row);
    const of = rows.at(name, () => ({ name, tasks: 0, ...nothingDone() }));
    of.tasks++;
    add(of, table, row);
  }
  return rows.sorted((a, b) => b.pages - a.pages || b.freesPages - a.freesPages);
}

function leaksOf(report: ReplayReport, stacks: Stacks, nameOf: (task: TaskId) => string): LeakRow[] {
  const rows = new Rows<bigint, LeakRow>();
  for (const { records, pages, doubtfulPages, oldestNs, newestNs, tasks, ...leak } of report.neverFreed) {
    const stack = stacks.at(leak.stack);
    const row = rows.at(stack.id, () => ({
      stack,
      records: 0,
      pages: 0,
      doubtfulPages: 0,
      oldestNs,
      newestNs,
      tasks: new Set(),
    }));
    row.records += records;
    row.pages += pages;
    row.doubtfulPages += doubtfulPages;
    row.oldestNs = Math.min(row.oldestNs, oldestNs);
    row.newestNs = Math.max(row.newestNs, newestNs);
    for (const task of tasks) row.tasks.add(nameOf(task));
  }
  const certain = ({ pages, doubtfulPages }: LeakRow): number => pages - doubtfulPages;
  return rows.sorted((a, b) => certain(b) - certain(a) || b.pages - a.pages);
}

function failedRows(report: ReplayReport, stacks: Stacks, nameOf: (task: TaskId) => string): FailedRow[] {
  const rows = new Rows<string, FailedRow>();
  for (const { order, gfp: gfpId, count, firstNs, lastNs, task, ...failed } of report.failed) {
    const stack = stacks.at(failed.stack);
    const gfp = report.gfp(gfpId);
    const row = rows.at(`${stack.id} ${order} ${gfp}`, () => ({
      stack,
      tasks: new Set(),
      order,
      gfp,
      count: 0,
      firstNs,
      lastNs,
    }));
    row.count += count;
    row.tasks.add(nameOf(task));
    row.firstNs = Math.min(row.firstNs, firstNs);
    row.lastNs = Math.max(row.lastNs, lastNs);
  }
  return rows.sorted((a, b) => b.count - a.count);
}

function fallbackRows(report: ReplayReport, stacks: Stacks, nameOf: (task: TaskId) => string): FallbackRow[] {
  const rows = new Rows<string, FallbackRow>();
  for (const fallback of report.fallbacks) {
    const { count, pages, firstNs, lastNs, task, fragmenting, changedOwnership } = fallback;
    const stack = stacks.at(fallback.stack);
    const from = report.migratetype(fallback.fallbackMigratetype);
    const to = report.migratetype(fallback.allocMigratetype);
    const block: BlockFate = changedOwnership ? 'converted' : fragmenting ? 'mixed' : 'whole';
    const row = rows.at(`${stack.id} ${from} ${to} ${block}`, () => ({
      stack,
      tasks: new Set(),
      from,
      to,
      block,
      count: 0,
      pages: 0,
      firstNs,
      lastNs,
    }));
    row.count += count;
    row.pages += pages;
    row.tasks.add(nameOf(task));
    row.firstNs = Math.min(row.firstNs, firstNs);
    row.lastNs = Math.max(row.lastNs, lastNs);
  }
  const harm = ({ block }: FallbackRow): number => (block === 'mixed' ? 1 : 0);
  return rows.sorted((a, b) => harm(b) - harm(a) || b.count - a.count || b.pages - a.pages);
}
