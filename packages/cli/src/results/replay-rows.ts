import { isPlumbing } from '@page-owner/dump-format';
import { parseFrames, selectsRecord, stackId } from '@page-owner/profile';
import type { Conditions, Selection } from '@page-owner/profile';
import { LIFETIME_COLUMNS, NO_STACK_ID } from '@page-owner/trace-replay';
import type { AccountTable, Replay, ReplayReport, StackId, TaskId } from '@page-owner/trace-replay';
import { redactStack } from '../rewriting/redact.js';
import type { Redaction } from '../rewriting/redact.js';

/** What a stack, a task or the whole trace did. Times are nanoseconds. */
export interface Doings {
  allocations: number;
  /** Pages allocated; of these, freed; of these, still there at the end. */
  pages: number;
  freedPages: number;
  livePages: number;
  /** Of those still there: what may have been freed while events were lost. */
  doubtfulPages: number;
  /** Calls that free, and their pages, whoever had allocated them. */
  frees: number;
  freesPages: number;
  failed: number;
  /** Allocations whose end was seen; how long they lived, in all and at most. */
  ended: number;
  lifetimeNs: number;
  longestNs: number;
  /** Ends that are not among these, as events were lost before them: the free may be that of a later allocation. */
  doubtfulEnds: number;
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
  /** Of these: what may have been freed while events were lost. */
  doubtfulRecords: number;
  doubtfulPages: number;
  oldestNs: number;
  newestNs: number;
  /** The oldest of those in no doubt, if there are any. */
  oldestCertainNs: number | undefined;
  readonly tasks: Set<string>;
}

/**
 * What became of the pageblock: it holds pages of two migratetypes now; it has the other migratetype; all of it was taken.
 * The first is what fragments memory.
 */
type BlockFate = 'mixed' | 'converted' | 'whole';

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

/**
 * A report by what a person tells apart: functions, names. Each list has the largest first. Of a selection a list is
 * undefined where the trace does not tell its rows apart by what the selection asks for.
 */
export interface ReplayRows {
  readonly whole: Doings | undefined;
  /** Allocations that ended, by how long they lived: as in an `AccountTable`. */
  readonly lifetimes: Float64Array | undefined;
  readonly neverFreed: readonly LeakRow[];
  readonly stacks: readonly StackRow[] | undefined;
  readonly tasks: readonly TaskRow[] | undefined;
  readonly failed: readonly FailedRow[] | undefined;
  readonly fallbacks: readonly FallbackRow[] | undefined;
}

/** Functions that hand a page back for whoever frees it, as plumbing does that hands it out. */
const FREEING = [
  /^_*free_(unref_|frozen_|the_)?(page|folio)s?(_|$)/, // __free_pages, free_unref_folios, free_pages_and_swap_cache
  /^(_*folios?_put(_|$)|_*put_page$|release_pages$)/,
  /^(_*free_slab|discard_slab|_*slab_free(_|$)|free_to_partial_list|_*unfreeze_partials|kmem_cache_free)/,
  /^(_*kv?free|vfree|free_large_kmalloc)(_|$)/,
];

const NO_STACK: Stack = { id: 0n, frames: [], owner: 0 };

/** The rows of a replay; with `select`, as `selectsRecord` has it, those that it chooses. */
export function rowsOf(
  replay: Replay,
  redact: Redaction | undefined,
  select: Selection | undefined,
): ReplayRows {
  const { report } = replay;
  const stacks = new Stacks(report, redact !== undefined);
  const choice = new RowChoice(report, stacks, select ?? {});
  const nameOf = (task: TaskId): string => {
    const { comm } = report.task(task);
    return redact ? redact.task(comm) : comm;
  };
  const summed = choice.tells(OF_TASK)
    ? wholeOf(report.tasks, (row) => choice.ofTask(row))
    : choice.tells(OF_STACK)
      ? wholeOf(report.stacks, (row) => choice.ofStack(row))
      : undefined;
  return {
    whole: summed?.whole,
    lifetimes: summed?.lifetimes,
    neverFreed: select ? selectedLeaks(replay, select, redact) : leaksOf(report, stacks, nameOf),
    stacks: choice.tells(OF_STACK) ? stackRows(report, stacks, choice) : undefined,
    tasks: choice.tells(OF_TASK) ? taskRows(report, nameOf, choice) : undefined,
    failed: choice.tells(OF_EVENT) ? failedRows(report, stacks, nameOf, choice) : undefined,
    fallbacks: choice.tells(OF_EVENT) ? fallbackRows(report, stacks, nameOf, choice) : undefined,
  };
}

type Condition = keyof Conditions;
/** What rows of a stack, of a task, of an event with both tell apart. */
const OF_STACK: readonly Condition[] = ['modules', 'stacks', 'allocators'];
const OF_TASK: readonly Condition[] = ['tasks', 'pids', 'tgids'];
const OF_EVENT: readonly Condition[] = [...OF_STACK, ...OF_TASK, 'orders'];

/** Which rows of a report's tables a selection chooses. */
class RowChoice {
  readonly #report: ReplayReport;
  readonly #stacks: Stacks;
  readonly #select: Selection;
  readonly #conditions: readonly string[];

  constructor(report: ReplayReport, stacks: Stacks, select: Selection) {
    this.#report = report;
    this.#stacks = stacks;
    this.#select = select;
    const { not = {}, ...others } = select;
    this.#conditions = [...Object.keys(others), ...Object.keys(not)];
  }

  tells(conditions: readonly string[]): boolean {
    return this.#conditions.every((condition) => conditions.includes(condition));
  }

  ofStack(stack: StackId): boolean {
    return this.ofEvent(stack, undefined);
  }

  ofTask(task: TaskId): boolean {
    return this.ofEvent(NO_STACK_ID, task);
  }

  ofEvent(stack: StackId, task: TaskId | undefined, order = 0): boolean {
    if (!this.#conditions.length) return true;
    const { frames } = this.#stacks.at(stack);
    const { comm, pid, tgid = pid } = task === undefined ? {} : this.#report.task(task);
    return selectsRecord(this.#select, {
      order,
      stack: frames,
      ...(comm !== undefined && { comm }),
      ...(pid !== undefined && { pid }),
      // As the records have it: where nothing tells, the pid.
      ...(tgid !== undefined && { tgid }),
    });
  }
}

/** Whether events are missing, by a mark of the tracer or by what the events say: what is counted is then a lower bound. */
export function isIncomplete({ losses, superseded }: ReplayReport): boolean {
  return losses.firstLine > 0 || superseded.events > 0;
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
  readonly #redacted: boolean;

  constructor(report: ReplayReport, redacted: boolean) {
    this.#report = report;
    this.#redacted = redacted;
  }

  at(stack: StackId): Stack {
    return (this.#known[stack] ??= this.#find(stack));
  }

  #find(stack: StackId): Stack {
    const found = stackOf(this.#report.frames(stack), this.#redacted);
    const known = this.#byId.get(found.id);
    if (!known) this.#byId.set(found.id, found);
    return known ?? found;
  }
}

function stackOf(texts: readonly string[], redacted: boolean): Stack {
  if (!texts.length) return NO_STACK;
  const parsed = parseFrames(texts);
  const frames = redacted ? redactStack(texts) : texts;
  const owner = parsed.findIndex(({ name }) => !isPlumbing(name));
  return { id: stackId(parsed), frames, owner: owner < 0 ? frames.length - 1 : owner };
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
  doubtfulPages: 0,
  doubtfulEnds: 0,
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
  to.doubtfulPages += table.doubtfulPages[row]!;
  to.doubtfulEnds += table.doubtfulEnds[row]!;
}

const isIdle = (table: AccountTable, row: number): boolean =>
  !table.allocations[row] && !table.frees[row] && !table.failed[row];

function wholeOf(
  table: AccountTable,
  isChosen: (row: number) => boolean,
): { whole: Doings; lifetimes: Float64Array } {
  const whole = nothingDone();
  const lifetimes = new Float64Array(LIFETIME_COLUMNS);
  for (let row = 0; row < table.length; row++) {
    if (!isChosen(row)) continue;
    add(whole, table, row);
    for (let column = 0; column < LIFETIME_COLUMNS; column++)
      lifetimes[column]! += table.lifetimes[row * LIFETIME_COLUMNS + column]!;
  }
  return { whole, lifetimes };
}

function stackRows({ stacks: table }: ReplayReport, stacks: Stacks, choice: RowChoice): StackRow[] {
  const rows = new Rows<bigint, StackRow>();
  for (let row = 0; row < table.length; row++) {
    if (isIdle(table, row) || !choice.ofStack(row)) continue;
    const stack = stacks.at(row);
    add(
      rows.at(stack.id, () => ({ stack, ...nothingDone() })),
      table,
      row,
    );
  }
  return rows.sorted((a, b) => b.pages - a.pages || b.freesPages - a.freesPages);
}

function taskRows(
  { tasks: table }: ReplayReport,
  nameOf: (task: TaskId) => string,
  choice: RowChoice,
): TaskRow[] {
  const rows = new Rows<string, TaskRow>();
  for (let row = 0; row < table.length; row++) {
    if (isIdle(table, row) || !choice.ofTask(row)) continue;
    const name = nameOf(row);
    const of = rows.at(name, () => ({ name, tasks: 0, ...nothingDone() }));
    of.tasks++;
    add(of, table, row);
  }
  return rows.sorted((a, b) => b.pages - a.pages || b.freesPages - a.freesPages);
}

const newLeak = (stack: Stack): LeakRow => ({
  stack,
  records: 0,
  pages: 0,
  doubtfulRecords: 0,
  doubtfulPages: 0,
  oldestNs: Infinity,
  newestNs: 0,
  oldestCertainNs: undefined,
  tasks: new Set(),
});

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function leaksOf(report: ReplayReport, stacks: Stacks, nameOf: (task: TaskId) => string): LeakRow[] {
  const rows = new Rows<bigint, LeakRow>();
  for (const leak of report.neverFreed) {
    const stack = stacks.at(leak.stack);
    const row = rows.at(stack.id, () => newLeak(stack));
    row.records += leak.records;
    row.pages += leak.pages;
    row.doubtfulRecords += leak.doubtfulRecords;
    row.doubtfulPages += leak.doubtfulPages;
    row.oldestNs = Math.min(row.oldestNs, leak.oldestNs);
    row.newestNs = Math.max(row.newestNs, leak.newestNs);
    row.oldestCertainNs = earlier(row.oldestCertainNs, leak.oldestCertainNs);
    for (const task of leak.tasks) row.tasks.add(nameOf(task));
  }
  return rows.sorted(byCertainPages);
}

/** The leak list anew, from the records that are selected. */
function selectedLeaks(replay: Replay, select: Selection, redact: Redaction | undefined): LeakRow[] {
  const certain = new Set<number>();
  for (const { pfn } of replay.records({ baseline: false })) certain.add(pfn!);
  const rows = new Rows<bigint, LeakRow>();
  for (const record of replay.records({ baseline: false, doubtful: true })) {
    if (!selectsRecord(select, record)) continue;
    const { order, pfn, comm = '', tsNs = 0n } = record;
    const stack = stackOf(record.stack, redact !== undefined);
    const [pages, ns] = [2 ** order, Number(tsNs)];
    const row = rows.at(stack.id, () => newLeak(stack));
    row.records++;
    row.pages += pages;
    if (certain.has(pfn!)) row.oldestCertainNs = earlier(row.oldestCertainNs, ns);
    else {
      row.doubtfulRecords++;
      row.doubtfulPages += pages;
    }
    row.oldestNs = Math.min(row.oldestNs, ns);
    row.newestNs = Math.max(row.newestNs, ns);
    row.tasks.add(redact ? redact.task(comm) : comm);
  }
  return rows.sorted(byCertainPages);
}

function byCertainPages(a: LeakRow, b: LeakRow): number {
  return b.pages - b.doubtfulPages - (a.pages - a.doubtfulPages) || b.pages - a.pages;
}

function failedRows(
  report: ReplayReport,
  stacks: Stacks,
  nameOf: (task: TaskId) => string,
  choice: RowChoice,
): FailedRow[] {
  const rows = new Rows<string, FailedRow>();
  for (const { order, gfp: gfpId, count, firstNs, lastNs, task, ...failed } of report.failed) {
    if (!choice.ofEvent(failed.stack, task, order)) continue;
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

function fallbackRows(
  report: ReplayReport,
  stacks: Stacks,
  nameOf: (task: TaskId) => string,
  choice: RowChoice,
): FallbackRow[] {
  const rows = new Rows<string, FallbackRow>();
  for (const fallback of report.fallbacks) {
    const { count, pages, firstNs, lastNs, task, fragmenting, changedOwnership } = fallback;
    if (!choice.ofEvent(fallback.stack, task, fallback.allocOrder)) continue;
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
