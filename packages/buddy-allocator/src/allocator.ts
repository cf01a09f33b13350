/** The public face: each method takes the lock if there is one, and calls the file that does the work. */
import { parseGfp, requireKnownOptions } from '@page-owner/kernel-abi';
import { allocPages } from './allocation/alloc.js';
import { checkOrder, requireAllocated } from './bad-use.js';
import { boostOf, endBoosts, isBalanced } from './zones/balance.js';
import { allocPagesBulk } from './allocation/bulk.js';
import { check } from './check.js';
import { compactNode, compactZone, EVERYTHING } from './moving/compaction.js';
import { allocRange } from './allocation/contig.js';
import { setPageblockType } from './moving/isolation.js';
import { allocAt } from './taking/place.js';
import { attachMemory } from './attach.js';
import { create, type AllocatorOptions } from './create.js';
import { freeBatch, freePages } from './allocation/free.js';
import * as frames from './zones/frames.js';
import type { CompactionRun, PageHooks, PageMover, PageReclaimer, PageTracer } from './hooks.js';
import { H_HOOKED, H_LOCK, H_MIN_FREE_KB, H_UNHOOKED } from './layout/header-layout.js';
import { addSection, removeSection } from './allocation/hotplug.js';
import type { Pfn } from './limits.js';
import { LOCK_FREE, type Lock } from './lock.js';
import { checkRange } from './layout/memory-map.js';
import { zoneBase, type AllocatorKernel, type Memory } from './memory.js';
import { PCP_WORDS } from './layout/pcp-layout.js';
import { decayPcp, drainPcp } from './taking/pcp.js';
import * as text from './reports/proc-text.js';
import { releaseReserved } from './allocation/reserved.js';
import { allocPagesExact, freePagesExact, splitFolio, splitPage } from './allocation/split.js';
import { enter, forgetUntold, hooksFor, isUntold, observe, ownHooks } from './unhooked.js';
import { MIN_FREE_KBYTES_LIMIT } from './zones/watermarks.js';
import { countFree, zoneReports, type ZoneReport } from './reports/zone-report.js';
import { memoryChanged } from './allocation/zone-memory.js';
import { zoneinfoText, type ZoneinfoOptions } from './reports/zoneinfo-text.js';

/**
 * Linux's page allocator, with all its state in one buffer: it hands out page frame numbers, and touches no page. Made by
 * `createAllocator` or `attachAllocator`. What is asked of it wrongly is an error that names the value, and changes nothing.
 */
export class PageAllocator {
  readonly #m: Memory;

  /** @internal See `createAllocator` and `attachAllocator`. */
  constructor(memory: Memory) {
    this.#m = memory;
  }

  /**
   * All state: send it, attach to it. Hooks, tracer, mover, reclaimer, cpu and node are not in it. To copy what other
   * threads change, take a {@link snapshot}.
   */
  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#m.buffer;
  }
  /** The rules it follows. */
  get kernel(): AllocatorKernel {
    return this.#m.kernel;
  }
  /** Frames run from 0 to here, exclusive: the end of memory, rounded up to 1024. */
  get frames(): number {
    return this.#m.layout.frames;
  }

  /**
   * A copy of all state, for a file or another machine; {@link attachAllocator} reads it. Of a shared allocator it is taken
   * between two changes, and its lock is free.
   */
  snapshot(options?: { readonly shared?: false | undefined }): ArrayBuffer;
  snapshot(options: { readonly shared: true }): SharedArrayBuffer;
  snapshot({ shared = false }: { readonly shared?: boolean | undefined } = {}):
    ArrayBuffer | SharedArrayBuffer {
    const { byteLength } = this.#m.buffer;
    const copy = new Int32Array(shared ? new SharedArrayBuffer(byteLength) : new ArrayBuffer(byteLength));
    this.locked(() => copy.set(new Int32Array(this.#m.buffer)));
    copy[H_LOCK] = LOCK_FREE;
    copy.fill(0, H_HOOKED, H_UNHOOKED + 1);
    forgetUntold(this.#m, copy);
    return copy.buffer;
  }

  /**
   * The mask of names such as `GFP_KERNEL|__GFP_ZERO`, as this allocator's kernel has them.
   *
   * @throws RangeError if that kernel has no such name
   */
  gfp(names: string): number {
    return parseGfp(names, this.#m.kernel);
  }

  // ---- allocating and freeing

  /**
   * Allocates a block of 2^`order` pages, aligned to its size.
   *
   * @param gfp a mask of Linux 6.1 or 6.12; 0 asks for Unmovable pages of zone Normal or below
   * @param node where to look first, in place of `this.node`
   * @returns pfn of the first page, or NO_PAGE (-1)
   * @throws RangeError for an order above 10, or a mask that asks for two zones or two mobilities
   */
  allocPages(gfp: number, order = 0, node?: number): Pfn {
    return allocPages(this.#m, gfp, order, node);
  }

  /**
   * Frees a block.
   *
   * @throws Error, having changed nothing, unless `pfn` is the head of a block in use of exactly this order
   */
  freePages(pfn: Pfn, order = 0): void {
    freePages(this.#m, pfn, order);
  }

  /**
   * Fills `into` with order-0 blocks from its start; returns how many. On memory made with `pages` or `bytes` that is all of
   * it, unless there is no more; a machine gives one if per-cpu lists have too few, or hooks are set, as Linux with
   * page_owner.
   */
  allocPagesBulk(gfp: number, into: Int32Array | Pfn[], node: number = this.#m.node): number {
    return this.locked(() => allocPagesBulk(this.#m, gfp, into, node));
  }
  /** Frees many blocks, each whole. */
  freeBatch(pfns: ArrayLike<Pfn>): void {
    this.locked(() => freeBatch(this.#m, pfns));
  }
  /** Order-0 blocks in a row for `bytes`, at most 4 MiB; NO_PAGE if there is no room. */
  allocPagesExact(bytes: number, gfp: number, node: number = this.#m.node): Pfn {
    return this.locked(() => allocPagesExact(this.#m, bytes, gfp, node));
  }
  /** Frees what `allocPagesExact` allocated for so many bytes. */
  freePagesExact(pfn: Pfn, bytes: number): void {
    this.locked(() => freePagesExact(this.#m, pfn, bytes));
  }
  /** Turns a block that is not compound into order-0 blocks. */
  splitPage(pfn: Pfn, order: number): void {
    this.locked(() => splitPage(this.#m, pfn, order));
  }
  /** Turns a compound block into blocks of `newOrder`. */
  splitFolio(pfn: Pfn, order: number, newOrder = 0): void {
    this.locked(() => splitFolio(this.#m, pfn, order, newOrder));
  }

  // ---- particular frames

  /** Allocates the block at `pfn` if all of it is free, past watermarks and types; false if it is not. */
  allocAt(pfn: Pfn, order: number, gfp: number): boolean {
    return this.locked(() => allocAt(this.#m, pfn, order, gfp));
  }
  /** Allocates frames `start` to `end` (exclusive) as order-0 blocks, moving movable ones out; false if one cannot move. */
  allocRange(start: Pfn, end: Pfn, gfp: number): boolean {
    return this.locked(() => allocRange(this.#m, start, end, gfp));
  }
  /** Frees what `allocRange` allocated. */
  freeRange(start: Pfn, end: Pfn): void {
    checkRange({ start, end }, 'a range to free');
    this.locked(() => {
      for (let pfn = start; pfn < end; pfn++) requireAllocated(this.#m, pfn, 0, 'free');
      for (let pfn = start; pfn < end; pfn++) freePages(this.#m, pfn, 0);
    });
  }
  /** Gives the allocator frames that were reserved at creation. */
  releaseReserved(start: Pfn, end: Pfn): void {
    this.locked(() => releaseReserved(this.#m, start, end));
  }
  /** Gives the pageblock around `pfn` a migratetype and moves its free blocks there. */
  setPageblockType(pfn: Pfn, type: number): void {
    this.locked(() => setPageblockType(this.#m, pfn, type));
  }

  // ---- upkeep

  /** Returns the blocks on per-cpu lists to the free areas, of one cpu or all. */
  drainPcp(cpu?: number): void {
    if (cpu !== undefined) this.#requireCpu(cpu);
    this.locked(() => drainPcp(this.#m, cpu));
  }

  /**
   * What a 6.12 does to each cpu's lists once a second: their limit falls towards its least, and what is above it is
   * drained.
   */
  decayPcp(): void {
    this.locked(() => decayPcp(this.#m));
  }
  /** Compacts every zone as far as the mover lets it; returns how many blocks moved. */
  compact(): number {
    return this.locked(() => {
      let moved = 0;
      for (let zone = 0; zone < this.#m.layout.zones; zone++)
        moved += compactZone(this.#m, zoneBase(this.#m, zone), EVERYTHING)?.moved ?? 0;
      return moved;
    });
  }
  /**
   * Compacts the zones of a node up to type `highest` for a block of `order`, as kcompactd does: not those that have one,
   * nor those where it was to no avail lately.
   *
   * @returns what was taken, by zone; null if none of them has what compaction needs
   */
  compactNode(node: number, order: number, highest: number): readonly CompactionRun[] | null {
    checkOrder(order);
    this.#requireZoneType(node, highest);
    return this.locked(() => compactNode(this.#m, node, order, highest));
  }
  /**
   * Ends the boost of all watermarks, or of a node's zones up to type `highest`, as kswapd does when it has reclaimed
   * enough.
   */
  clearBoost(node?: number, highest = this.#m.zoneTypes - 1): void {
    this.#requireZoneType(node ?? 0, highest);
    this.locked(() => {
      for (let n = node ?? 0; n <= (node ?? this.#m.nodes - 1); n++) endBoosts(this.#m, n, highest);
    });
  }
  /**
   * Sets vm.min_free_kbytes; 0 is the kernel's own choice. Watermarks, and the limits of per-cpu lists, follow.
   *
   * @throws RangeError if it is no whole number below 2^31
   */
  setMinFreeKbytes(kbytes: number): void {
    if (!(Number.isInteger(kbytes) && kbytes >= 0 && kbytes <= MIN_FREE_KBYTES_LIMIT)) {
      throw new RangeError(`min_free_kbytes is a whole number below 2^31, got ${kbytes}`);
    }
    this.locked(() => {
      this.#m.words[H_MIN_FREE_KB] = kbytes;
      memoryChanged(this.#m);
    });
  }
  /** Pages by which the watermarks of a node's zones up to type `highest` are raised. */
  boostOf(node: number, highest = this.#m.zoneTypes - 1): number {
    this.#requireZoneType(node, highest);
    return boostOf(this.#m, node, highest);
  }
  /** Whether a node has a zone up to type `highest` that could give a block of `order` and stay above its high watermark. */
  isBalanced(node: number, order = 0, highest = this.#m.zoneTypes - 1): boolean {
    checkOrder(order);
    this.#requireZoneType(node, highest);
    return this.locked(() => isBalanced(this.#m, node, order, highest));
  }
  /** Plugs in the section of 128 MiB at `start`, below `maxPfn`. */
  addSection(start: Pfn, node = 0, zone = 'Normal'): void {
    this.locked(() => addSection(this.#m, start, node, zone));
  }
  /** Unplugs the section at `start`; false if something in it cannot be moved. */
  removeSection(start: Pfn): boolean {
    return this.locked(() => removeSection(this.#m, start));
  }

  // ---- who is told, who is asked

  /** Who is told of blocks that are allocated, freed, split and moved: a tracker. Null, as at first: nobody. */
  get hooks(): PageHooks | null {
    return ownHooks(this.#m.hooks);
  }
  set hooks(hooks: PageHooks | null) {
    this.locked(() => {
      this.#m.hooks = hooksFor(this.#m, hooks);
      observe(this.#m);
    });
  }
  /**
   * How often threads without hooks have taken, freed, split or moved a block of a shared allocator since any thread had set
   * hooks; 0 if it is not shared.
   */
  get unhooked(): number {
    return this.#m.lock === null ? 0 : this.#m.words[H_UNHOOKED]! >>> 0;
  }
  /** Whether this frame lies in a block in use that such a thread has taken or split: no hooks were told of it. */
  isUnhooked(pfn: Pfn): boolean {
    const { pfn: head, kind } = frames.blockAt(this.#m, pfn);
    return this.#m.lock !== null && kind === 'allocated' && isUntold(this.#m, head);
  }
  /**
   * For a tracker that begins, and knows every block in use from the allocator itself: none is {@link isUnhooked} any more.
   */
  forgetUnhooked(): void {
    this.locked(() => forgetUntold(this.#m, this.#m.words));
  }
  /** Who is told of what the kmem tracepoints tell; `traceText` makes text of it. */
  get tracer(): PageTracer | null {
    return this.#m.tracer;
  }
  set tracer(tracer: PageTracer | null) {
    this.#m.tracer = tracer;
    observe(this.#m);
  }
  /** Who moves pages when memory is compacted, isolated or unplugged. Without one nothing moves. */
  get mover(): PageMover | null {
    return this.#m.mover;
  }
  set mover(mover: PageMover | null) {
    this.#m.mover = mover;
  }
  /** Who frees pages when a request finds too few. */
  get reclaimer(): PageReclaimer | null {
    return this.#m.reclaimer;
  }
  set reclaimer(reclaimer: PageReclaimer | null) {
    this.#m.reclaimer = reclaimer;
  }

  /** Whose per-cpu lists to use. */
  get cpu(): number {
    return this.#m.cpu;
  }
  set cpu(cpu: number) {
    this.#requireCpu(cpu);
    this.#m.cpu = cpu;
    this.#m.cpuWords = cpu * PCP_WORDS;
  }
  /** Where to look first. */
  get node(): number {
    return this.#m.node;
  }
  set node(node: number) {
    this.#requireNode(node);
    this.#m.node = node;
    this.#m.preferredHere = this.#m.preferred + node * this.#m.zoneTypes;
  }

  // ---- looking at frames

  /** The block a frame lies in. */
  blockAt(pfn: Pfn): frames.Block {
    return frames.blockAt(this.#m, pfn);
  }
  /** Every block, and every reserved frame, from `start` to `end`; holes are left out. */
  blocks(start: Pfn = 0, end: Pfn = this.frames): Generator<frames.Block> {
    return frames.blocksBetween(this.#m, start, end);
  }
  /** Whether a frame lies in a free area, head or not. One on a per-cpu list does not: see `blockAt(pfn).kind`. */
  isFree(pfn: Pfn): boolean {
    return frames.kindAt(this.#m, pfn) === 'free';
  }
  /** Whether a frame heads a block in a free area. */
  isBuddy(pfn: Pfn): boolean {
    return frames.isBuddy(this.#m, pfn);
  }
  /** Order of the block that a frame heads; -1 if it heads none. */
  orderOf(pfn: Pfn): number {
    return frames.orderAt(this.#m, pfn);
  }
  /** Whether there is memory: no hole, and not unplugged. */
  isPresent(pfn: Pfn): boolean {
    return frames.isPresentAt(this.#m, pfn);
  }
  /** Whether the frame was kept from the allocator at creation, and has not been released. */
  isReserved(pfn: Pfn): boolean {
    return frames.isReservedAt(this.#m, pfn);
  }
  /** Node and zone of a frame, which may be a hole of the zone; undefined outside all. */
  zoneOf(pfn: Pfn): frames.FrameZone | undefined {
    return frames.zoneAt(this.#m, pfn);
  }
  /** Place of the frame's zone in the list of `zones()`, -1 if it has none; for walks over many frames. */
  zoneIndexOf(pfn: Pfn): number {
    return frames.zoneIndexAt(this.#m, pfn);
  }
  /** Migratetype of the pageblock around a frame, one of `MIGRATE_*`. */
  pageblockType(pfn: Pfn): number {
    return frames.pageblockTypeAt(this.#m, pfn);
  }

  // ---- reports

  /** Free pages of all zones, in free areas or on per-cpu lists; not those in isolated pageblocks. */
  get freePageCount(): number {
    return countFree(this.#m);
  }
  /** All zones, by node and then by type, those without memory included. */
  zones(): ZoneReport[] {
    return this.locked(() => zoneReports(this.#m));
  }
  /** The text of /proc/buddyinfo. */
  buddyinfo(): string {
    return text.buddyinfoText(this.zones());
  }
  /**
   * The text of /proc/pagetypeinfo. `mixed` counts the pageblocks with foreign owners; before it is asked, per-cpu lists are
   * drained.
   */
  pagetypeinfo(mixed?: text.MixedBlocks): string {
    const zones = this.zones();
    if (mixed !== undefined) this.drainPcp();
    return text.pagetypeinfoText(zones, mixed);
  }
  /** The text of /proc/zoneinfo. */
  zoneinfo(options?: ZoneinfoOptions): string {
    return zoneinfoText(this.zones(), this.#m.kernel, options);
  }
  /** The text of debugfs extfrag/unusable_index: what share of free memory is of no use for each order. */
  unusableIndex(): string {
    return text.unusableIndexText(this.zones());
  }
  /** The text of debugfs extfrag/extfrag_index: whether a request would fail for lack of memory (0) or fragmentation (1). */
  extfragIndex(): string {
    return text.extfragIndexText(this.zones());
  }
  /** One sentence for each broken invariant; none if the allocator is sound. */
  check(): readonly string[] {
    return this.locked(() => check(this.#m));
  }

  #requireCpu(cpu: number): void {
    if (!Number.isInteger(cpu) || cpu < 0 || cpu >= Math.max(this.#m.cpus, 1))
      throw new RangeError(`no cpu ${cpu}`);
  }

  #requireNode(node: number): void {
    if (!Number.isInteger(node) || this.#m.zonelists[node] === undefined)
      throw new RangeError(`no node ${node}`);
  }

  #requireZoneType(node: number, type: number): void {
    this.#requireNode(node);
    const last = this.#m.zoneTypes - 1;
    if (!Number.isInteger(type) || type < 0 || type > last)
      throw new RangeError(`a zone type is from 0 to ${last}, got ${type}`);
  }

  /**
   * Runs with the lock held, so that no other thread changes anything in between. Without other threads: just runs.
   *
   * @throws Error if the lock cannot be had, see `AttachOptions.lockTimeout`; what `run` throws
   */
  locked<T>(run: () => T): T {
    const { lock } = this.#m;
    if (lock === null) return run();
    enter(this.#m, lock);
    try {
      return run();
    } finally {
      lock.release();
    }
  }
}

/** An allocator that other threads share: in a class of its own, for one thread alone need not look for a lock. */
class SharedPageAllocator extends PageAllocator {
  readonly #memory: Memory;
  readonly #lock: Lock;

  constructor(memory: Memory, lock: Lock) {
    super(memory);
    this.#memory = memory;
    this.#lock = lock;
  }

  override allocPages(gfp: number, order?: number, node?: number): Pfn {
    enter(this.#memory, this.#lock);
    try {
      return super.allocPages(gfp, order, node);
    } finally {
      this.#lock.release();
    }
  }

  override freePages(pfn: Pfn, order?: number): void {
    enter(this.#memory, this.#lock);
    try {
      super.freePages(pfn, order);
    } finally {
      this.#lock.release();
    }
  }
}

const allocatorOn = (memory: Memory): PageAllocator =>
  memory.lock === null ? new PageAllocator(memory) : new SharedPageAllocator(memory, memory.lock);

function setTimeoutOf({ lock }: Memory, { lockTimeout }: Pick<AttachOptions, 'lockTimeout'>): void {
  if (lockTimeout === undefined) return;
  if (!(lockTimeout > 0))
    throw new RangeError(`lockTimeout must be a number of milliseconds above 0, got ${lockTimeout}`);
  if (lock !== null) lock.timeout = lockTimeout;
}

/**
 * An allocator with a buffer of its own: `createAllocator({ pages: 4096 })`, or a whole machine.
 *
 * @throws TypeError unless there is exactly one of `pages`, `bytes` and `nodes`; RangeError for an option out of range
 */
export function createAllocator(options: AllocatorOptions): PageAllocator {
  const memory = create(options);
  setTimeoutOf(memory, options);
  return allocatorOn(memory);
}

/** Where a thread that attaches works. */
export interface AttachOptions {
  /** Whose per-cpu lists this thread uses, below the allocator's `cpus`. Default 0. */
  readonly cpu?: number | undefined;
  /** Where this thread looks first. Default 0. */
  readonly node?: number | undefined;
  /**
   * Milliseconds that another thread may hold the lock of a shared allocator at one time, Infinity for ever; after that
   * every call of this thread throws. Default 10000. A turn takes microseconds, with compaction of many GiB seconds; it does
   * not end if its thread was terminated, or stands in a debugger.
   */
  readonly lockTimeout?: number | undefined;
}

const ATTACH_OPTIONS: Readonly<Record<keyof AttachOptions, true>> = {
  cpu: true,
  node: true,
  lockTimeout: true,
};

/**
 * An allocator on the buffer of another one: a saved copy, or one shared with other threads.
 *
 * @throws TypeError if the buffer holds no allocator; RangeError if it is one of another layout version or size, or was
 * copied while a thread held its lock; Error if it is shared and the lock stays held for `lockTimeout`
 */
export function attachAllocator(
  buffer: ArrayBuffer | SharedArrayBuffer,
  options: AttachOptions = {},
): PageAllocator {
  requireKnownOptions('attachAllocator', options, ATTACH_OPTIONS);
  const memory = attachMemory(buffer);
  setTimeoutOf(memory, options);
  const allocator = allocatorOn(memory);
  // A lock that nobody gives back is told here rather than at the first allocation.
  allocator.locked(() => undefined);
  allocator.cpu = options.cpu ?? 0;
  allocator.node = options.node ?? 0;
  return allocator;
}
