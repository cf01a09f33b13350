/**
 * The hooks: what happens when pages are allocated, freed, split and migrated.
 *
 * Task, time and stack come from others, who may throw: they are asked before a table is got, which nobody would put.
 */
import { MIGRATE_REASON_NEVER, parseGfp, type Era } from '@page-owner/kernel-abi';
import type { PageExtTable, Pfn } from '@page-owner/page-ext';
import { NO_STACK, type StackHandle } from '@page-owner/stackdepot';
import { OwnerRecord } from './owner-record.js';
import { NONE, type RecordPlaces } from './record-places.js';
import type { OwnerStorage } from './owner-storage.js';
import type { PageHooks } from './page-hooks.js';
import type { StackKeeper } from './stack-keeper.js';
import type { Clock, CurrentTask, Task } from './surroundings.js';
import type { TrackerRules } from './tracker-rules.js';
import { clearOwner, writeAllocation, writeFrames, writeFree, writeOrder } from './write-records.js';

export class Recorder implements PageHooks {
  readonly #storage: OwnerStorage;
  readonly #places: RecordPlaces;
  readonly #rules: TrackerRules;
  readonly #stacks: StackKeeper;
  readonly #clock: Clock;
  readonly #current: CurrentTask;
  readonly #log: (line: string) => void;
  readonly #freeGfp: number;
  /** The clock, if it is to be read for each frame. */
  readonly #frameClock: Clock | null;
  /** What is being written; filled only when the stack is stored, for that may come back here. */
  readonly #new = new OwnerRecord();
  /** What a migration copies. */
  readonly #old = new OwnerRecord();

  constructor(
    storage: OwnerStorage,
    places: RecordPlaces,
    rules: TrackerRules,
    era: Era,
    stacks: StackKeeper,
    surroundings: { clock: Clock; current: CurrentTask; log: (line: string) => void },
  ) {
    this.#storage = storage;
    this.#places = places;
    this.#rules = rules;
    this.#stacks = stacks;
    this.#clock = surroundings.clock;
    this.#current = surroundings.current;
    this.#log = surroundings.log;
    this.#frameClock = rules.oneTime ? null : surroundings.clock;
    // A free must not wait; in the newest kernels, not even for a lock.
    const mask = rules.heedsNoSpin ? '__GFP_NOWARN' : 'GFP_NOWAIT|__GFP_NOWARN';
    this.#freeGfp = rules.keepsFreed ? parseGfp(mask, era) : 0;
  }

  allocated(pfn: Pfn, order: number, gfp: number): void {
    const task = this.#current.current();
    if (!this.#rules.depot) {
      this.#recordInline(pfn, order, gfp, task);
      return;
    }
    const record = this.#new;
    this.#clock.read(record.time);
    const lo = record.time[0]!;
    const hi = record.time[1]!;
    // Storing a stack may allocate pages, and so come back here.
    const handle = this.#stacks.save(task, gfp);
    const table = this.#storage.get(pfn);
    if (table === null) return;
    record.time[0] = lo;
    record.time[1] = hi;
    this.#fill(order, gfp, handle, task);
    this.#writeNew(table, pfn, this.#rules.scope === 'block' ? 1 << order : 1, this.#frameClock);
    this.#stacks.count(task, handle, gfp, 1 << order);
  }

  freed(pfn: Pfn, order: number): void {
    const frames = 1 << order;
    if (!this.#rules.keepsFreed) {
      this.#forget(pfn, frames);
      return;
    }
    const record = this.#new;
    this.#clock.read(record.freeTime);
    const lo = record.freeTime[0]!;
    const hi = record.freeTime[1]!;
    const task = this.#current.current();
    const handle = this.#stacks.save(task, this.#freeGfp);
    const table = this.#storage.get(pfn);
    if (table === null) return;
    const allocHandle = table.u32[(table.entryAt(pfn) >>> 2) + this.#places.handle]!;
    record.freeTime[0] = lo;
    record.freeTime[1] = hi;
    record.freeHandle = handle;
    record.freePid = task.pid;
    record.freeTgid = task.tgid;
    this.#writeFree(table, pfn, frames, handle !== NO_STACK || !this.#rules.freeNeedsStack);
    if (this.#stacks.uncount(allocHandle, frames)) {
      this.#log(`dec_stack_record_count: refcount went to 0 for ${allocHandle} handle`);
    }
  }

  split(pfn: Pfn, oldOrder: number, newOrder: number): void {
    const { split } = this.#rules;
    const table = this.#storage.get(pfn);
    if (table === null) return;
    if (split === 'order') {
      this.#writeOrder(table, pfn, 1 << oldOrder, newOrder);
      return;
    }
    const { u32 } = table;
    const gfp = u32[(table.entryAt(pfn) >>> 2) + this.#places.gfp]!;
    if (split === 'copy head') this.#writeOrder(table, pfn, 1, newOrder);
    else this.#storage.put(table);
    for (let i = 0; i < 1 << oldOrder; i += 1 << newOrder) {
      if (split === 'copy head') this.#copyHead(pfn + i, pfn);
      else this.allocated(pfn + i, newOrder, split === 'anew' ? gfp : 0);
    }
  }

  migrated(newPfn: Pfn, oldPfn: Pfn, _order: number, reason: number): void {
    const { migration } = this.#rules;
    if (migration === 'nothing') return;
    if (migration === 'head') this.#copyHead(newPfn, oldPfn);
    else this.#copyBlock(newPfn, oldPfn);
    const table = this.#storage.get(newPfn);
    if (table === null) return;
    const { reasonHalf, reason: reasonWord } = this.#places;
    const at = table.entryAt(newPfn);
    if (reasonHalf !== NONE) table.i16[(at >>> 1) + reasonHalf] = reason;
    else table.i32[(at >>> 2) + reasonWord] = reason;
    this.#storage.put(table);
  }

  /** Marks a frame as allocated by nobody knows whom. */
  markEarly(pfn: Pfn): void {
    if (!this.#rules.earlyHandle) {
      this.allocated(pfn, 0, 0);
      return;
    }
    this.#clock.read(this.#new.time);
    this.#fill(0, 0, this.#stacks.own.early, this.#current.current());
    const table = this.#storage.get(pfn);
    if (table === null) return;
    this.#writeNew(table, pfn, 1, null);
  }

  #fill(order: number, gfp: number, handle: StackHandle, { pid, tgid, commWords }: Task): void {
    const record = this.#new;
    record.order = order;
    record.gfp = gfp;
    record.reason = MIGRATE_REASON_NEVER;
    record.handle = handle;
    record.pid = pid;
    record.tgid = tgid;
    for (let i = 0; i < commWords.length; i++) record.commWords[i] = commWords[i]!;
  }

  /** Writes a block's records, which may go on in another table, and puts the table. */
  #writeNew(first: PageExtTable, pfn: Pfn, frames: number, clock: Clock | null): void {
    const end = pfn + frames;
    let at = pfn;
    for (let table: PageExtTable | null = first; table !== null; table = this.#next(table, end)) {
      const here = Math.min(end, table.endPfn) - at;
      if (clock === null) writeAllocation(table, table.entryAt(at), here, this.#places, this.#new, null);
      else this.#writeClocked(table, at, here, clock);
      at += here;
    }
  }

  /** Before 6.9 each frame has a time of its own. */
  #writeClocked(table: PageExtTable, pfn: Pfn, frames: number, clock: Clock): void {
    try {
      writeAllocation(table, table.entryAt(pfn), frames, this.#places, this.#new, clock);
    } catch (error) {
      this.#storage.put(table);
      throw error;
    }
  }

  #writeFree(first: PageExtTable, pfn: Pfn, frames: number, ends: boolean): void {
    const end = pfn + frames;
    let at = pfn;
    for (let table: PageExtTable | null = first; table !== null; table = this.#next(table, end)) {
      const here = Math.min(end, table.endPfn) - at;
      writeFree(table, table.entryAt(at), here, this.#places, this.#new, ends);
      at += here;
    }
  }

  #writeOrder(first: PageExtTable, pfn: Pfn, frames: number, order: number): void {
    const end = pfn + frames;
    let at = pfn;
    for (let table: PageExtTable | null = first; table !== null; table = this.#next(table, end)) {
      const here = Math.min(end, table.endPfn) - at;
      writeOrder(table, table.entryAt(at), here, this.#places, order);
      at += here;
    }
  }

  /** Puts a table, and gets the one in which the frames up to `end` go on, if they do. */
  #next(table: PageExtTable, end: Pfn): PageExtTable | null {
    this.#storage.put(table);
    return table.endPfn < end ? this.#storage.get(table.endPfn) : null;
  }

  #forget(pfn: Pfn, frames: number): void {
    for (let at = pfn; at < pfn + frames;) {
      const table = this.#storage.get(at);
      if (table === null) {
        at++;
        continue;
      }
      const here = Math.min(pfn + frames, table.endPfn) - at;
      clearOwner(table, table.entryAt(at), here);
      this.#storage.put(table);
      at += here;
    }
  }

  /** Before 4.8: no depot, so nothing that could come back here. */
  #recordInline(pfn: Pfn, order: number, gfp: number, task: Task): void {
    const depth = this.#stacks.capture();
    const table = this.#storage.get(pfn);
    if (table === null) return;
    writeFrames(table, table.entryAt(pfn), this.#places, this.#stacks.frames, depth);
    this.#fill(order, gfp, NO_STACK, task);
    this.#writeNew(table, pfn, 1, null);
  }

  /** Copies one frame's record, as migration did until 6.9-rc1, and splitting until 5.3. */
  #copyHead(newPfn: Pfn, oldPfn: Pfn): void {
    if (newPfn === oldPfn || !this.#loadOld(oldPfn)) return;
    const table = this.#storage.get(newPfn);
    if (table === null) return;
    const places = this.#places;
    const at = table.entryAt(newPfn);
    const { frames, depth, time } = this.#old;
    writeAllocation(table, at, 1, places, this.#old, null);
    if (places.frames !== NONE) writeFrames(table, at, places, frames, depth);
    if (places.freeTs !== NONE) {
      // A slip of Linux 5.13 to 6.9-rc1: the time of the allocation.
      table.u32[(at >>> 2) + places.freeTs] = time[0]!;
      table.u32[(at >>> 2) + places.freeTs + 1] = time[1]!;
    }
    this.#storage.put(table);
  }

  /** Copies a block's record to all frames of the new block, and gives the old ones the new one's handle. */
  #copyBlock(newPfn: Pfn, oldPfn: Pfn): void {
    if (!this.#loadOld(oldPfn)) return;
    const old = this.#old;
    const places = this.#places;
    const frames = 1 << old.order;
    if (this.#rules.migratedFreeIds === 'current') {
      const task = this.#current.current();
      old.freePid = task.pid;
      old.freeTgid = task.tgid;
    }
    let newHandle: StackHandle = NO_STACK;
    for (let pfn = newPfn; pfn < newPfn + frames;) {
      const table = this.#storage.get(pfn);
      if (table === null) return;
      const here = Math.min(newPfn + frames, table.endPfn) - pfn;
      const at = table.entryAt(pfn);
      if (pfn === newPfn) newHandle = table.u32[(at >>> 2) + places.handle]!;
      writeAllocation(table, at, here, places, old, null);
      writeFree(table, at, here, places, old, false);
      this.#storage.put(table);
      pfn += here;
    }
    // The old block is freed next, and that is to be subtracted from where the new block was added.
    for (let pfn = oldPfn; pfn < oldPfn + frames; pfn++) {
      const table = this.#storage.get(pfn);
      if (table === null) return;
      table.u32[(table.entryAt(pfn) >>> 2) + places.handle] = newHandle;
      this.#storage.put(table);
    }
  }

  #loadOld(pfn: Pfn): boolean {
    const table = this.#storage.get(pfn);
    if (table === null) return false;
    this.#old.load(table, table.entryAt(pfn), pfn, this.#places, this.#rules.keepsFreed);
    this.#storage.put(table);
    return true;
  }
}
