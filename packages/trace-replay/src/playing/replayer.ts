import { Accounts } from './accounts.js';
import { EarlyPages } from './early-pages.js';
import { LiveTable, NO_FLAGS, NO_SLOT } from '../tables/live-table.js';
import type { Allocation, Slot } from '../tables/live-table.js';
import { idleCpuOf, moverOf, Moves, NOT_MOVED, NOWHERE } from './moves.js';
import type { MoverId } from './moves.js';
import type { Pageblocks } from '../tables/pageblocks.js';
import { PendingStacks } from './pending-stacks.js';
import type { Waiting } from './pending-stacks.js';
import { NO_STACK_ID } from '../tables/stack-table.js';
import type { StackId } from '../tables/stack-table.js';
import type { TaskId, TaskTable } from '../tables/task-table.js';
import { TextTable } from '../tables/text-table.js';
import * as e from '../tables/trace-event.js';
import type { TraceEvent } from '../tables/trace-event.js';

/** How often something happened, and the line of the trace where it did first; 0: nowhere. */
export interface Count {
  /** How often. */
  events: number;
  /** Base pages. */
  pages: number;
  /** From 1; 0: nowhere. */
  firstLine: number;
}

const newCount = (): Count => ({ events: 0, pages: 0, firstLine: 0 });

function count(what: Count, pages: number, line: number): void {
  what.events++;
  what.pages += pages;
  if (what.firstLine === 0) what.firstLine = line;
}

/** Pages that moved: what `mm_migrate_pages` says, by its reason, and what only `mm_compaction_migratepages` does. */
type MoveCounts = Readonly<Record<'compaction' | 'otherwise' | 'mm_compaction_migratepages', Count>>;

/** Allocations that failed, by who asked for what. */
export interface FailedRow {
  /** Row of `ReplayReport.stacks`. */
  readonly stack: StackId;
  /** Row of `ReplayReport.tasks`. */
  readonly task: TaskId;
  /** 2^order pages were asked for. */
  readonly order: number;
  /** Number of the mask, see `ReplayReport.gfp`. */
  readonly gfp: number;
  /** How often. */
  count: number;
  /** When first, in nanoseconds on the trace's clock. */
  readonly firstNs: number;
  /** When last. */
  lastNs: number;
}

/** Allocations that took pages of another migratetype's block, by who asked and what was taken. */
export interface FallbackRow {
  /** Row of `ReplayReport.stacks`. */
  readonly stack: StackId;
  /** Row of `ReplayReport.tasks`. */
  readonly task: TaskId;
  /** 2^order pages were asked for. */
  readonly allocOrder: number;
  /** What was asked for, see `ReplayReport.migratetype`. */
  readonly allocMigratetype: number;
  /** What was taken. */
  readonly fallbackMigratetype: number;
  /** The block that was broken up is smaller than a pageblock, so that its pageblock becomes mixed. */
  readonly fragmenting: boolean;
  /** The whole pageblock changed its migratetype. */
  readonly changedOwnership: boolean;
  /** How often. */
  count: number;
  /** Pages of the blocks that were broken up. */
  pages: number;
  /** When first, in nanoseconds on the trace's clock. */
  readonly firstNs: number;
  /** When last. */
  lastNs: number;
}

/** Serials of what the baseline has, early pages apart; those of the trace follow. */
const EARLY_SERIAL = 0;
const BASELINE_SERIAL = 1;

/** Plays the events of a trace, in their order, on the table of live allocations, and keeps account. */
export class Replayer {
  readonly live = new LiveTable();
  readonly byStack = new Accounts();
  readonly byTask = new Accounts();
  readonly failed = new Map<string, FailedRow>();
  readonly fallbacks = new Map<string, FallbackRow>();
  /** Events by kind. */
  readonly kinds: Float64Array = new Float64Array(e.EVENT_KINDS);
  /** Pages allocated at this moment, at most, and when that was. */
  livePages = 0;
  peakPages = 0;
  peakNs = 0;
  /** Of the pages at the peak: what may have been freed while events were lost before it. */
  peakDoubtful = 0;
  firstNs = -1;
  lastNs = 0;
  stacksSeen = 0;
  /** Stacks that belong to no event that was read. */
  readonly strayStacks = newCount();
  /** Frees of pages that were allocated before the trace began, or whose allocation was lost. */
  readonly unknownFrees = newCount();
  /** Allocations of pages that were live: their free was lost, or sorted behind. */
  readonly superseded = newCount();
  /** The same of what the baseline has, but for early pages: it was freed before the trace began, or that was lost. */
  readonly supersededBaseline = newCount();
  /** Pages that only `mm_page_free_batched` said were freed. */
  readonly batchedOnly = newCount();
  /** Allocations that were seen to be split, by a free of a piece or by its first reference. */
  readonly splits = newCount();
  /** Where moved pages went, and what compaction took. */
  readonly moves: Moves;
  /** Pages whose move was followed. */
  readonly followed = { compaction: newCount(), otherwise: newCount() };
  /** The distinct texts of page flags. */
  readonly flagTexts = new TextTable();
  readonly moveCounts: MoveCounts = {
    compaction: newCount(),
    otherwise: newCount(),
    mm_compaction_migratepages: newCount(),
  };
  /** Live allocations with a serial below this may have been freed while events were lost. */
  doubtBelow = 0;
  /** Pages of these. */
  #doubtful = 0;
  readonly pageblocks: Pageblocks;
  readonly #pending = new PendingStacks((waiting) => this.#settle(waiting, NO_STACK_ID));
  readonly #what: Allocation = {
    gfp: 0,
    task: 0,
    stack: NO_STACK_ID,
    migratetype: 0,
    seconds: 0,
    nanoseconds: 0,
    serial: 0,
    record: -1,
    flags: NO_FLAGS,
    reason: NOT_MOVED,
  };
  readonly #early = new EarlyPages();
  readonly #addEarly = (pfn: number, record: number): void => {
    if (this.live.at(pfn) !== NO_SLOT) return;
    this.#addRecord(pfn, 0, record, EARLY_SERIAL);
    if (this.doubtBelow > EARLY_SERIAL) this.#doubtful++;
  };
  #hasBaseline = false;
  #serial = BASELINE_SERIAL;
  /** The allocation that was seen to be split last. */
  #lastSplit = 0;
  /** By text of flags, of those that came: whether `lru` is one of them. */
  readonly #onLru: boolean[] = [];
  #seconds = 0;
  #nanoseconds = 0;

  constructor(pageblocks: Pageblocks, tasks: TaskTable) {
    this.pageblocks = pageblocks;
    const { live, flagTexts } = this;
    this.moves = new Moves({
      isAllocatedBy(pfn, by) {
        const slot = live.at(pfn);
        if (slot === NO_SLOT) return false;
        const task = live.task[slot] as number;
        const cpu = idleCpuOf(by);
        return cpu === undefined ? tasks.at(task).pid === by : tasks.idle(cpu) === task;
      },
      isOnLru: (flags) => (this.#onLru[flags] ??= /(?:^|\|)lru(?:\||$)/.test(flagTexts.text(flags))),
    });
    this.byStack.reach(NO_STACK_ID);
  }

  /** An allocation that was live before the trace began, or an early page, which page_owner found when it woke. */
  addBaseline(pfn: number, order: number, record: number, isEarly: boolean): void {
    this.#hasBaseline = true;
    this.#supersede(pfn, order, 0);
    this.#addRecord(pfn, order, record, isEarly ? EARLY_SERIAL : BASELINE_SERIAL);
    this.peakPages = this.livePages;
  }

  #addRecord(pfn: number, order: number, record: number, serial: number): void {
    const what = this.#what;
    what.serial = serial;
    what.record = record;
    what.stack = NO_STACK_ID;
    what.flags = NO_FLAGS;
    what.reason = NOT_MOVED;
    this.live.add(pfn, order, what);
    this.livePages += 1 << order;
  }

  /** Events of page_ref. */
  get references(): number {
    return this.kinds.subarray(e.EVENT_REF_SET).reduce((sum, count) => sum + count, 0);
  }

  event(event: TraceEvent): void {
    (this.kinds[event.kind] as number)++;
    this.#seconds = event.seconds;
    this.#nanoseconds = event.nanoseconds;
    const ns = event.seconds * 1e9 + event.nanoseconds;
    if (this.firstNs < 0) this.firstNs = ns;
    if (ns > this.lastNs) this.lastNs = ns;
    const waiting = this.#pending.push(event.cpu, event.pid);
    waiting.kind = event.kind;
    waiting.task = event.task;
    waiting.ns = ns;
    switch (event.kind) {
      case e.EVENT_ALLOC:
        this.#alloc(event, waiting);
        break;
      case e.EVENT_FREE:
        this.#free(event, waiting);
        break;
      case e.EVENT_FREE_BATCHED:
        this.#freeBatched(event);
        break;
      case e.EVENT_EXTFRAG:
        waiting.order = event.order;
        waiting.migratetype = event.migratetype;
        waiting.fallbackOrder = event.fallbackOrder;
        waiting.fallbackMigratetype = event.fallbackMigratetype;
        waiting.changeOwnership = event.changeOwnership;
        if (event.pageblockOrder >= 0) this.pageblocks.learnOrder(event.pageblockOrder);
        this.pageblocks.fellBack(
          event.pfn,
          event.fallbackOrder,
          event.migratetype,
          event.fallbackMigratetype,
          event.changeOwnership === 1,
        );
        break;
      case e.EVENT_PCPU_DRAIN:
      case e.EVENT_ZONE_LOCKED:
        if (event.pfn >= 0) this.#listed(event);
        break;
      default:
        if (event.kind >= e.EVENT_REF_SET) this.#reference(event);
    }
  }

  /** A stack that follows on this cpu, for this task, of an event of `kind` if that is not EVENT_OTHER. */
  stack(cpu: number, pid: number, stack: StackId, kind: e.EventKind, line: number): void {
    this.stacksSeen++;
    const waiting = this.#pending.pop(cpu, pid, kind);
    if (waiting) this.#settle(waiting, stack);
    else count(this.strayStacks, 0, line);
  }

  /**
   * Events of `cpu`, or of any, were lost here: what is live now may be free, and the next stack be that of a lost event.
   */
  doubt(cpu?: number): void {
    this.#pending.drop(cpu);
    this.moves.forget();
    this.doubtBelow = this.#serial + 1;
    this.#doubtful = this.livePages;
  }

  moved(how: keyof MoveCounts, pages: number, line: number): void {
    if (pages > 0) count(this.moveCounts[how], pages, line);
  }

  /** A batch of migrations of a task has ended. */
  migrated(mover: MoverId, reason: string): void {
    const { live } = this;
    const ended = this.moves.ended(mover, reason);
    for (const pfn of ended.pfns) {
      const slot = live.at(pfn);
      // What was allocated there since then was not moved.
      if (slot !== NO_SLOT && live.reason[slot] !== NOT_MOVED) live.reason[slot] = ended.reason;
    }
  }

  finish(): void {
    this.#pending.drop(undefined);
  }

  #alloc(event: TraceEvent, waiting: Waiting): void {
    const { task, order, pfn } = event;
    waiting.order = order;
    waiting.gfp = event.gfp;
    if (pfn < 0) {
      waiting.slot = NO_SLOT;
      this.byTask.fail(task);
      return;
    }
    const pages = 1 << order;
    this.#supersede(pfn, order, event.line);
    this.#early.forget(pfn, order);
    const what = this.#what;
    what.gfp = event.gfp;
    what.task = task;
    what.stack = NO_STACK_ID;
    what.migratetype = event.migratetype;
    what.seconds = event.seconds;
    what.nanoseconds = event.nanoseconds;
    what.serial = ++this.#serial;
    what.record = -1;
    what.flags = this.moves.allocated(pfn);
    what.reason = NOT_MOVED;
    waiting.slot = this.live.add(pfn, order, what);
    waiting.serial = what.serial;
    waiting.pfn = pfn;
    waiting.pages = pages;
    this.byTask.allocated(task, pages, waiting.ns);
    this.byStack.allocated(NO_STACK_ID, pages, waiting.ns);
    this.livePages += pages;
    if (this.livePages > this.peakPages) {
      this.peakPages = this.livePages;
      this.peakNs = waiting.ns;
      this.peakDoubtful = this.#doubtful;
    }
  }

  #free(event: TraceEvent, waiting: Waiting): void {
    const pages = 1 << event.order;
    waiting.pages = pages;
    this.byTask.freeing(event.task, pages);
    this.#early.forget(event.pfn, event.order);
    const to = this.moves.freed(event.pfn);
    if (to !== NOWHERE && this.#follow(event, to)) return;
    const missing = pages - this.#release(event.pfn, event.order, event.line);
    if (missing > 0) count(this.unknownFrees, missing, event.line);
  }

  /**
   * Each page of a batch had its `mm_page_free`, so this says nothing new, unless that event is not recorded or was lost.
   * The event has no order: what is compound (a folio) goes as a whole.
   */
  #freeBatched(event: TraceEvent): void {
    const { live } = this;
    const slot = live.at(event.pfn);
    if (slot === NO_SLOT) return;
    if (this.kinds[e.EVENT_FREE] !== 0 && (live.serial[slot] as number) >= this.doubtBelow) return;
    count(this.batchedOnly, this.#release(event.pfn, live.piece[slot] as number, event.line), event.line);
  }

  /** The count of references of a page changes: what the event says of flags, pageblock and splits, and of moves. */
  #reference(event: TraceEvent): void {
    const { live } = this;
    const { kind, pfn, flags, line } = event;
    this.pageblocks.seen(pfn, event.migratetype);
    let slot = live.at(pfn);
    const isFirst = slot !== NO_SLOT;
    if (!isFirst) slot = live.around(pfn, 0);
    this.moves.reference(event, slot !== NO_SLOT);
    if (slot === NO_SLOT) return;
    if (!isFirst) {
      const inPiece = pfn % (1 << (live.piece[slot] as number));
      if (inPiece !== 0) {
        // A page that counts references of its own begins a block; of a larger one only the first does.
        if ((kind !== e.EVENT_REF_SET && kind !== e.EVENT_REF_UNFREEZE) || event.val <= 0) return;
        slot = this.#split(slot, pfn, line);
      }
    }
    if (live.flags[slot] === flags) return;
    slot = live.cut(slot, pfn, live.piece[slot] as number);
    live.flags[slot] = flags;
  }

  /** Cuts a record in halves until `pfn` begins one. */
  #split(slot: Slot, pfn: number, line: number): Slot {
    const { live } = this;
    const piece = live.piece[slot] as number;
    const serial = live.serial[slot] as number;
    const allocation = serial <= BASELINE_SERIAL ? -1 - (live.record[slot] as number) : serial;
    if (allocation !== this.#lastSplit) count(this.splits, 1 << piece, line);
    this.#lastSplit = allocation;
    return live.split(live.cut(slot, pfn - (pfn % (1 << piece)), piece), pfn);
  }

  /** The content of the page that is freed is at `to` now, and so is its record; false when it has none to follow. */
  #follow(event: TraceEvent, to: number): boolean {
    const { live, moves } = this;
    const { pfn, order, line } = event;
    const target = live.at(to);
    const isTaken = moves.isTaken(to);
    if (!isTaken && (target === NO_SLOT || live.order[target] !== order)) return false;
    count(isTaken ? this.followed.compaction : this.followed.otherwise, 1 << order, line);
    let slot = live.at(pfn);
    if (slot === NO_SLOT || (live.order[slot] as number) < order) slot = live.around(pfn, order);
    if (slot === NO_SLOT || (live.order[slot] as number) < order) return false;
    if ((live.order[slot] as number) > order) slot = this.#cut(slot, pfn, order, line);
    const { flags, reason } = moves.arrived(to, moverOf(event));
    const targetFlags = target === NO_SLOT ? flags : (live.flags[target] as number);
    if (isTaken) this.#supersede(to, order, line);
    else this.#end(target);
    slot = live.move(slot, to);
    live.flags[slot] = isTaken ? flags : targetFlags;
    live.reason[slot] = reason;
    return true;
  }

  /** Takes the 2^`order` pages at `pfn` out of the table; returns how many of them were in it. */
  #release(pfn: number, order: number, line: number): number {
    const { live } = this;
    let slot = live.at(pfn);
    if (slot === NO_SLOT || (live.order[slot] as number) < order) {
      const around = live.around(pfn, order);
      if (around !== NO_SLOT) slot = around;
    }
    const pages = 1 << order;
    if (slot !== NO_SLOT && (live.order[slot] as number) >= order) {
      if ((live.order[slot] as number) > order) slot = this.#cut(slot, pfn, order, line);
      this.#end(slot);
      return pages;
    }
    let released = 0;
    for (let at = pfn; (at = live.next(at, pfn + pages)) < pfn + pages;) {
      slot = live.at(at);
      released += 1 << (live.order[slot] as number);
      at += 1 << (live.order[slot] as number);
      this.#end(slot);
    }
    return released;
  }

  /** Cuts the 2^`order` pages at `pfn` out of a larger row. Smaller than its records they say that the record was split. */
  #cut(slot: Slot, pfn: number, order: number, line: number): Slot {
    const { live } = this;
    const piece = live.piece[slot] as number;
    if (piece > order) {
      const pages = 1 << piece;
      slot = live.cut(slot, pfn - (pfn % pages), piece);
      count(this.splits, pages, line);
      live.piece[slot] = order;
    }
    return live.cut(slot, pfn, order);
  }

  #end(slot: Slot): void {
    const { live, byStack, byTask } = this;
    const pages = 1 << (live.order[slot] as number);
    const records = pages >>> (live.piece[slot] as number);
    const serial = live.serial[slot] as number;
    const doubtful = serial < this.doubtBelow;
    this.livePages -= pages;
    if (doubtful) this.#doubtful -= pages;
    if (serial > BASELINE_SERIAL) {
      const stack = live.stack[slot] as number;
      const task = live.task[slot] as number;
      if (doubtful) {
        byStack.freedInDoubt(stack, pages, records);
        byTask.freedInDoubt(task, pages, records);
      } else {
        const lifetime =
          (this.#seconds - (live.seconds[slot] as number)) * 1e9 +
          (this.#nanoseconds - (live.nanoseconds[slot] as number));
        byStack.freed(stack, pages, records, Math.max(lifetime, 0));
        byTask.freed(task, pages, records, Math.max(lifetime, 0));
      }
    }
    live.remove(slot);
  }

  /** A free block leaves or enters a list of a type. */
  #listed({ kind, pfn, order, migratetype, line }: TraceEvent): void {
    this.pageblocks.listed(pfn, migratetype);
    if (!this.#hasBaseline) return;
    if (kind === e.EVENT_ZONE_LOCKED) {
      // Of what is given out at once, mm_page_alloc follows.
      this.#early.take(pfn, order, this.#addEarly);
      return;
    }
    const { live } = this;
    const end = pfn + (1 << order);
    for (let at = pfn; (at = live.next(at, end)) < end; at++) {
      const slot = live.at(at);
      if (live.serial[slot] === EARLY_SERIAL && live.order[slot] === 0)
        this.#early.put(at, live.record[slot] as number);
    }
    this.#supersede(pfn, order, line);
  }

  /** Takes out whatever is live in the 2^`order` pages at `pfn`, which are being given out again. */
  #supersede(pfn: number, order: number, line: number): void {
    const { live } = this;
    let slot = live.at(pfn);
    if (slot === NO_SLOT || (live.order[slot] as number) < order) {
      const around = live.around(pfn, order);
      if (around !== NO_SLOT) slot = around;
    }
    if (slot !== NO_SLOT && (live.order[slot] as number) >= order) {
      // Of what was split, only the records that overlap.
      const least = Math.max(live.piece[slot] as number, order);
      this.#drop(live.cut(slot, pfn - (pfn % (1 << least)), least), line);
      return;
    }
    const end = pfn + (1 << order);
    for (let at = pfn; order > 0 && (at = live.next(at, end)) < end; at++) this.#drop(live.at(at), line);
  }

  #drop(slot: Slot, line: number): void {
    const { live } = this;
    const pages = 1 << (live.order[slot] as number);
    const serial = live.serial[slot] as number;
    // A dump that was read while pages changed hands can have two records of one page.
    // An early page may have lain on a per-cpu list all the time.
    if (line > 0 && serial !== EARLY_SERIAL)
      count(serial === BASELINE_SERIAL ? this.supersededBaseline : this.superseded, pages, line);
    this.livePages -= pages;
    if (serial < this.doubtBelow) this.#doubtful -= pages;
    if (serial > BASELINE_SERIAL) {
      this.byStack.superseded(live.stack[slot] as number, pages);
      this.byTask.superseded(live.task[slot] as number, pages);
    }
    live.remove(slot);
  }

  /** An event gets its stack, or will get none. */
  #settle(waiting: Waiting, stack: StackId): void {
    switch (waiting.kind) {
      case e.EVENT_ALLOC:
        if (waiting.slot === NO_SLOT) this.#fail(waiting, stack);
        else if (stack !== NO_STACK_ID) this.#giveStack(waiting, stack);
        break;
      case e.EVENT_FREE:
        this.byStack.freeing(stack, waiting.pages);
        break;
      case e.EVENT_EXTFRAG:
        this.#fallBack(waiting, stack);
        break;
    }
  }

  #giveStack(waiting: Waiting, stack: StackId): void {
    const { live, byStack } = this;
    const { slot, serial, pfn, pages, ns } = waiting;
    if (
      live.serial[slot] === serial &&
      live.pfn[slot] === pfn &&
      1 << (live.order[slot] as number) === pages
    ) {
      live.stack[slot] = stack;
      byStack.moved(NO_STACK_ID, stack, pages, pages, ns);
      return;
    }
    // Another cpu has freed it, or pieces of it, before its stack came.
    let left = 0;
    for (let at = pfn; (at = live.next(at, pfn + pages)) < pfn + pages; at++) {
      const piece = live.at(at);
      if (live.serial[piece] !== serial) continue;
      live.stack[piece] = stack;
      left += 1 << (live.order[piece] as number);
    }
    byStack.moved(NO_STACK_ID, stack, pages, left, ns);
  }

  #fail(waiting: Waiting, stack: StackId): void {
    this.byStack.fail(stack);
    const { task, order, gfp, ns } = waiting;
    const key = `${stack} ${task} ${order} ${gfp}`;
    const row = this.failed.get(key);
    if (row) {
      row.count++;
      row.lastNs = ns;
    } else this.failed.set(key, { stack, task, order, gfp, count: 1, firstNs: ns, lastNs: ns });
  }

  #fallBack(waiting: Waiting, stack: StackId): void {
    const { task, order, migratetype, fallbackMigratetype, fallbackOrder, changeOwnership, ns } = waiting;
    const fragmenting = fallbackOrder < this.pageblocks.order;
    const key = `${stack} ${task} ${order} ${migratetype} ${fallbackMigratetype} ${fragmenting} ${changeOwnership}`;
    const pages = 2 ** Math.max(fallbackOrder, 0);
    const row = this.fallbacks.get(key);
    if (row) {
      row.count++;
      row.pages += pages;
      row.lastNs = ns;
      return;
    }
    this.fallbacks.set(key, {
      stack,
      task,
      allocOrder: order,
      allocMigratetype: migratetype,
      fallbackMigratetype,
      fragmenting,
      changedOwnership: changeOwnership === 1,
      count: 1,
      pages,
      firstNs: ns,
      lastNs: ns,
    });
  }
}
