/**
 * Re-enactment: a machine with the memory of a real one, on which happens what a dump of the real one records, so that
 * its own dump says the same.
 *
 * ```
 *   dmesg, zoneinfo ──> memory map, cpus, kernel, command line ──> a machine boots
 *                                                                    │ before page_owner wakes:
 *   dump ──> early records ──────────────────────────────────────────┤ page_ext's tables and others, at their frames
 *        └─> the others, by time ────────────────────────────────────┘ then: each allocated by its task, from its
 *                                                                      stack, at its time and frame; freed before and
 *                                                                      migrated since, if it was
 * ```
 */
import { MAX_ORDER, PAGEBLOCK_PAGES, type PageAllocator } from '@page-owner/buddy-allocator';
import { MIGRATE_REASON_NEVER, migratetypeNumber } from '@page-owner/kernel-abi';
import type { OwnStackName, PageHooks } from '@page-owner/page-owner';
import { bootStacks } from '../boot/boot-stacks.js';
import { kernelOf } from '../kernel/kernel.js';
import { bootMachine, type Machine } from '../machine.js';
import { hasAllocatorMasks } from '../kernel/masks.js';
import type { NoteId, PageNote } from '../pages/page-notes.js';
import type { StackId } from '../running/stacks.js';
import { parseBoot, type BootTexts } from './boot-report.js';
import { flagsBuildOf } from './flags-build.js';
import { RecordedClock, RecordedTables } from './recorded-parts.js';
import { readRecording, type Recorded, type Recording } from './recording.js';
import { ScratchFrames } from './scratch-frames.js';

/** What came of a re-enactment. */
export interface Reenactment {
  /** It goes on from there. */
  readonly machine: Machine;
  /** Records that did not find their frames free: those of two owners of one frame, or of frames that do not exist. */
  readonly misplaced: readonly Recorded[];
}

/**
 * Boots a machine and re-enacts a dump of Linux 5.18 or later on it.
 *
 * @param dump the text of debugfs page_owner
 * @param boot texts of the boot it was taken from
 * @throws RangeError if the texts do not describe a boot of such a kernel, or a record lacks a field
 */
export function reenact(dump: Uint8Array, boot: BootTexts): Reenactment {
  const { kernel: release, cmdline, cpus, nodes, cma } = parseBoot(boot);
  const kernel = kernelOf(release);
  if (!hasAllocatorMasks(kernel)) {
    throw new RangeError(
      `a dump of Linux ${release} cannot be re-enacted: its gfp masks are not those of 6.1`,
    );
  }
  const recording = readRecording(dump, kernel.era, kernel.variant);
  const { early, flagWords } = recording;
  const clock = new RecordedClock(early.map(({ ts }) => ts));
  const flagsBuild = flagsBuildOf(flagWords, kernel.era);
  const frames = early.map(({ pfn }) => pfn);
  const misplaced: Recorded[] = [];
  const machine = bootMachine({
    ...{ memory: nodes, cmdline, cpus, kernel: release, cma, reserved: [] },
    ...(flagsBuild && { flagsBuild }),
    early: ({ allocator }) => {
      for (const record of early) if (!place(allocator, record.pfn, 0, 0)) misplaced.push(record);
    },
    parts: {
      clock,
      chargeTracker: false,
      fillHugetlb: false,
      ownStacks: ownStacksOf(recording),
      tables: () => new RecordedTables(frames),
    },
  });
  const hooks = machine.owner.hooks;
  if (hooks === null) throw new RangeError(`the boot has no page_owner=on: "${cmdline}"`);
  const actor = new Actor(machine, hooks, clock, recording);
  for (const record of early) actor.note(record);
  actor.play(misplaced);
  typePageblocks(machine, recording);
  goOn(machine, clock, recording);
  return { machine, misplaced };
}

/** From here on the machine lives its own life, later than all that was recorded. */
function goOn({ clock, tasks }: Machine, recorded: RecordedClock, { early, later }: Recording): void {
  const last = [...early.slice(-1), ...later.slice(-1)].reduce((ns, { ts }) => Math.max(ns, Number(ts)), 0);
  if (last > clock.ns && last <= Number.MAX_SAFE_INTEGER) clock.advanceTo(last);
  recorded.handOver(clock);
  for (const { task } of later) tasks.adopt(task);
}

/** Frames of the tracker's own stacks, as far as records show them. */
function ownStacksOf({ early, later }: Recording): Readonly<Record<OwnStackName, readonly string[]>> {
  const names: readonly OwnStackName[] = [
    'register_dummy_stack',
    'register_failure_stack',
    'register_early_stack',
  ];
  const own = { ...bootStacks('early').own };
  for (const name of names) {
    const record = [...early.slice(0, 1), ...later].find(({ stack }) => stack[0]?.startsWith(`${name}+`));
    if (record !== undefined) own[name] = record.stack;
  }
  return own;
}

/** Allocates a block where a record says, which may be anywhere. */
const place = (allocator: PageAllocator, pfn: number, order: number, gfp: number): boolean =>
  order <= MAX_ORDER &&
  pfn % 2 ** order === 0 &&
  pfn < allocator.frames &&
  allocator.allocAt(pfn, order, gfp);

/** Does what records say. */
class Actor {
  readonly #machine: Machine;
  readonly #allocator: PageAllocator;
  readonly #hooks: PageHooks;
  readonly #clock: RecordedClock;
  readonly #recording: Recording;
  readonly #scratch: ScratchFrames;
  readonly #stacks = new Map<readonly string[], StackId>();
  readonly #notes = new Map<PageNote, NoteId>();

  constructor(machine: Machine, hooks: PageHooks, clock: RecordedClock, recording: Recording) {
    this.#machine = machine;
    this.#allocator = machine.allocator;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#recording = recording;
    this.#scratch = new ScratchFrames(machine.allocator, recording);
  }

  play(misplaced: Recorded[]): void {
    const { stacks, tasks } = this.#machine;
    const { running } = tasks;
    for (const record of this.#recording.later) {
      tasks.running = record.task;
      stacks.current = idOf(this.#stacks, record.stack, (frames) => stacks.intern(frames));
      if (record.reason === MIGRATE_REASON_NEVER ? !this.#allocate(record) : !this.#migrate(record)) {
        misplaced.push(record);
        continue;
      }
      this.note(record);
    }
    tasks.running = running;
  }

  note({ pfn, note }: Recorded): void {
    const { notes } = this.#machine;
    notes.set(
      pfn,
      idOf(this.#notes, note, (text) => notes.intern(text)),
    );
  }

  #allocate({ pfn, order, gfp, ts, freeTs }: Recorded): boolean {
    if (freeTs !== 0n) {
      this.#clock.set(freeTs);
      if (!place(this.#allocator, pfn, 0, gfp)) return false;
      this.#allocator.freePages(pfn, 0);
    }
    this.#clock.set(ts);
    return place(this.#allocator, pfn, order, gfp);
  }

  /** Allocates the block elsewhere and moves it here. */
  #migrate({ pfn, order, gfp, ts, reason }: Recorded): boolean {
    const source = this.#scratch.blockOf(order);
    this.#clock.set(ts);
    if (source < 0 || !place(this.#allocator, source, order, gfp)) return false;
    const moves = place(this.#allocator, pfn, order, gfp);
    if (moves) this.#hooks.migrated(pfn, source, order, reason);
    this.#allocator.freePages(source, order);
    return moves;
  }
}

/** The number of a text that many records share. */
function idOf<T>(known: Map<T, number>, text: T, intern: (text: T) => number): number {
  let id = known.get(text);
  if (id === undefined) {
    id = intern(text);
    known.set(text, id);
  }
  return id;
}

/** Pageblocks get the types that the dump tells; those it does not mention keep theirs. */
function typePageblocks({ allocator, kernel }: Machine, { blockTypes }: Recording): void {
  const isolate = migratetypeNumber('Isolate', kernel.era);
  for (const [block, name] of blockTypes) {
    const pfn = block * PAGEBLOCK_PAGES;
    const type = migratetypeNumber(name, kernel.era);
    // A block is Isolate only for the moment in which its pages are moved away.
    if (type !== isolate && allocator.isPresent(pfn) && allocator.pageblockType(pfn) !== type) {
      allocator.setPageblockType(pfn, type);
    }
  }
}
