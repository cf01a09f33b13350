/** From "a page is allocated here" to a stack handle: capture, recursion guard, substitutes, counts. */
import { parseGfp, type Era } from '@page-owner/kernel-abi';
import {
  FRAME_WORDS,
  NO_STACK,
  SAVE_CAN_ALLOC,
  SAVE_NO_WAIT,
  type StackDepot,
  type StackHandle,
} from '@page-owner/stackdepot';
import type { StackList } from './stack-list.js';
import type { OwnStackName, StackSource, Task } from './surroundings.js';
import type { TrackerRules } from './tracker-rules.js';

/** Frames of the tracker's own stacks. */
const OWN_FRAMES = 4;

/** Ready-made stacks with higher numbers are stored like any others. */
const MAX_READY_MADE = 1 << 20;

/** Handles of the tracker's own stacks; 0 until they are made, and for good if the depot is off. */
export interface OwnHandles {
  /** Stands for an allocation made while a stack is being stored. */
  readonly dummy: StackHandle;
  /** Stands for a stack that could not be stored. */
  readonly failure: StackHandle;
  /** Stands for whoever allocated before the tracker was there. */
  readonly early: StackHandle;
}

const NO_HANDLES: OwnHandles = { dummy: NO_STACK, failure: NO_STACK, early: NO_STACK };

export class StackKeeper {
  /** Frames of the capture last made, for kernels without a depot. */
  readonly frames: Uint32Array;
  readonly #depot: StackDepot | null;
  readonly #source: StackSource;
  readonly #rules: TrackerRules;
  readonly #list: StackList;
  readonly #allocateNode: ((gfp: number) => boolean) | null;
  /** Without one of these bits a mask forbids to spin. */
  readonly #mayReclaim: number;
  /** Handles of ready-made stacks by number; 0 for those not met yet. */
  #ready = new Uint32Array(0);
  #own = NO_HANDLES;

  constructor(
    depot: StackDepot | null,
    source: StackSource,
    rules: TrackerRules,
    era: Era,
    list: StackList,
    allocateNode: ((gfp: number) => boolean) | null,
  ) {
    this.frames = new Uint32Array(FRAME_WORDS * rules.maxFrames);
    this.#depot = depot;
    this.#source = source;
    this.#rules = rules;
    this.#list = list;
    this.#allocateNode = allocateNode;
    this.#mayReclaim = rules.heedsNoSpin ? parseGfp('__GFP_DIRECT_RECLAIM|__GFP_KSWAPD_RECLAIM', era) : 0;
  }

  get own(): OwnHandles {
    return this.#own;
  }
  /** For another thread's tracker, which has them already. */
  set own(handles: OwnHandles) {
    this.#own = handles;
  }

  /** Makes the tracker's own stacks, as its init does first of all. */
  makeOwn(gfp: number): void {
    const make = (name: OwnStackName): StackHandle =>
      this.#depot?.save(
        this.frames,
        this.#source.captureOwn(name, this.frames, OWN_FRAMES),
        SAVE_CAN_ALLOC,
        gfp,
      ) ?? NO_STACK;
    this.#own = {
      dummy: make('register_dummy_stack'),
      failure: make('register_failure_stack'),
      early: this.#rules.earlyHandle ? make('register_early_stack') : NO_STACK,
    };
  }

  /** Begins the list with the dummy and failure stacks, their counts at 0 pages. */
  listOwn(): void {
    if (this.#rules.counts === 'nothing') return;
    const { dummy, failure } = this.#own;
    this.#depot?.setCount(dummy, 1);
    this.#depot?.setCount(failure, 1);
    this.#list.add(failure);
    this.#list.add(dummy);
  }

  /** Frames of the caller's stack, in {@link frames}. */
  capture(): number {
    return this.#source.capture(this.frames, this.#rules.maxFrames, this.#rules.skip);
  }

  /**
   * Captures and stores the caller's stack. Storing may allocate a page, whose owner is then the dummy stack: else it
   * would be stored, and might allocate a page.
   */
  save(task: Task, gfp: number): StackHandle {
    if (task.inPageOwner) return this.#own.dummy;
    const ready = this.#source.readyMade === undefined ? -1 : this.#source.readyMade();
    if (ready >= 0 && ready < this.#ready.length && this.#ready[ready] !== NO_STACK)
      return this.#ready[ready]!;
    task.inPageOwner = true;
    const noSpin = this.#mayReclaim !== 0 && (gfp & this.#mayReclaim) === 0;
    const flags = noSpin ? SAVE_CAN_ALLOC | SAVE_NO_WAIT : SAVE_CAN_ALLOC;
    let handle: StackHandle;
    try {
      handle = this.#depot!.save(this.frames, this.capture(), flags, gfp);
    } finally {
      task.inPageOwner = false;
    }
    if (handle === NO_STACK) return this.#own.failure;
    if (ready >= 0 && ready < MAX_READY_MADE) this.#remember(ready, handle);
    return handle;
  }

  #remember(ready: number, handle: StackHandle): void {
    if (ready >= this.#ready.length) {
      const longer = new Uint32Array(Math.max(2 * this.#ready.length, ready + 1));
      longer.set(this.#ready);
      this.#ready = longer;
    }
    this.#ready[ready] = handle;
  }

  /** Adds an allocation of so many pages to a stack's count, and the stack to the list if it is the first. */
  count(task: Task, handle: StackHandle, gfp: number, pages: number): void {
    const { counts } = this.#rules;
    if (counts === 'nothing' || !this.#depot!.addCount(handle, counts === 'pages' ? pages : 1)) return;
    if (this.#mayReclaim !== 0 && (gfp & this.#mayReclaim) === 0) return;
    if (this.#allocateNode === null) {
      this.#list.add(handle);
      return;
    }
    const nested = task.inPageOwner;
    task.inPageOwner = true;
    try {
      if (this.#allocateNode(gfp)) this.#list.add(handle);
    } finally {
      task.inPageOwner = nested;
    }
  }

  /**
   * The opposite, when so many pages are freed. Early pages were never counted.
   *
   * @returns true if the count lost its own 1 with that, which the kernel warns about
   */
  uncount(handle: StackHandle, pages: number): boolean {
    const { counts } = this.#rules;
    if (counts === 'nothing' || handle === NO_STACK || handle === this.#own.early) return false;
    return this.#depot!.subCount(handle, counts === 'pages' ? pages : 1);
  }
}
