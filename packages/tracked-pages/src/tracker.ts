/** The composition: an allocator of the program's own memory, page_ext, a stack depot, and page_owner on its hooks. */
import type { PageAllocator } from '@page-owner/buddy-allocator';
import { requireKnownOptions } from '@page-owner/kernel-abi';
import { HEAP_TABLES, PageExt, SHARED_TABLES, frameMapOf } from '@page-owner/page-ext';
import { AllocatorFrames, PageOwner, parsePageOwnerParam, type PageOwnerImage } from '@page-owner/page-owner';
import { StackDepot } from '@page-owner/stackdepot';
import { CallStacks } from './call-stacks.js';
import { entryHooks } from './entry-hooks.js';
import { FrameTexts } from './frame-texts.js';
import { ProgramClock } from './program-clock.js';
import { ProgramTasks } from './program-tasks.js';

/** What a thread that tracks says of itself. */
export interface ThreadOptions {
  /**
   * Who runs, asked at each allocation and each free; 15 bytes of it are kept. Default: always `main`, in a thread that has
   * attached `worker`, and that is whoever runs while it returns undefined, throws, or takes pages itself.
   */
  readonly task?: (() => string | undefined) | undefined;
  /** Takes the lines that a kernel would log, such as that there is no room for more stacks; nowhere unless given. */
  readonly log?: ((line: string) => void) | undefined;
}

/** Whether and how pages are tracked. */
export interface TrackOptions extends ThreadOptions {
  /**
   * As on a kernel's command line: `on`, `1`, `y` or `t` tracks; only the first letters count, in either case. With anything
   * else, and with nothing, the allocator stays as it is: no hook, and no byte beside it.
   */
  readonly page_owner?: string | undefined;
  /** Frames of a stack that are kept, 1 to 16. Default 16, as in Linux. Fewer are faster. */
  readonly depth?: number | undefined;
}

const OPTIONS: Readonly<Record<keyof TrackOptions, true>> = {
  page_owner: true,
  depth: true,
  task: true,
  log: true,
};

/** A tracker that runs, as plain data to be posted to another thread: all its buffers are SharedArrayBuffers. */
export interface TrackerImage {
  /** Frames of the allocator. */
  readonly frames: number;
  /** Frames of a stack that are kept. */
  readonly depth: number;
  /** The records. */
  readonly owner: PageOwnerImage;
  /** The stacks. */
  readonly depot: ArrayBuffer | SharedArrayBuffer;
  /** Texts of frames. */
  readonly texts: ArrayBuffer | SharedArrayBuffer;
  /** How many tasks have a number. */
  readonly tasks: Int32Array;
  /** When its time 0 was: a `performance.timeOrigin`. */
  readonly origin: number;
  /** The allocator's `unhooked` when it began. */
  readonly unhooked: number;
}

/** One thread's view of a tracker. */
export interface Tracker {
  readonly owner: PageOwner;
  readonly depot: StackDepot;
  readonly texts: FrameTexts;
  /** The allocator's `unhooked` when it began. */
  readonly unhooked: number;
  /** Of a tracker that runs. */
  image(): TrackerImage;
}

/** The kernel whose page_owner this is: one that counts pages by stack. */
const KERNEL = '6.12';

/** PAGE_OWNER_STACK_DEPTH. */
export const MAX_DEPTH = 16;

/** Distinct stacks there is room for at first. */
const LIST_CAPACITY = 1024;

/** What is shared cannot grow: pools of 16 KiB, room in the list for all stacks that fit (of one frame: 48 bytes), texts. */
const SHARED_POOLS = 1024;
const SHARED_LIST_CAPACITY = Math.floor((SHARED_POOLS * 2 ** 14) / 48);
const SHARED_TEXT_BYTES = 8 * 2 ** 20;

const NO_LOG = (): void => {};

const isShared = ({ buffer }: PageAllocator): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

/** A new tracker; its hooks are set if it is to run. */
export function newTracker(allocator: PageAllocator, options: TrackOptions): Tracker {
  requireKnownOptions('trackPages', options, OPTIONS);
  const { page_owner, task, depth = MAX_DEPTH, log = NO_LOG } = options;
  if (!(Number.isInteger(depth) && depth >= 1 && depth <= MAX_DEPTH)) {
    throw new RangeError(`a stack has 1 to ${MAX_DEPTH} frames, got ${depth}`);
  }
  const enabled = parsePageOwnerParam(page_owner ?? null, KERNEL) === true;
  const shared = enabled && isShared(allocator);
  if (enabled) requireNoHooks(allocator);

  const count = new Int32Array(shared ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
  const tasks = new ProgramTasks(task, 'main', count);
  const clock = new ProgramClock();
  const texts = FrameTexts.create(shared ? SHARED_TEXT_BYTES : undefined, log);
  const stacks = new CallStacks(depth, texts);
  // Between two changes of other threads: what they took before is marked, of what they take later they tell.
  return allocator.locked(() => {
    if (enabled) {
      // What waits on per-cpu lists is in nobody's hands, and not to be marked as allocated early.
      allocator.drainPcp();
      // What a tracker before this one was not told of, this one finds as allocated early.
      allocator.forgetUnhooked();
    }
    const frames = new AllocatorFrames(allocator);
    const { zones } = frames;
    const memoryPages = zones.reduce((pages, { startPfn, endPfn }) => pages + endPfn - startPfn, 0);
    const depot = StackDepot.create({
      ...{ memoryPages, disabled: !enabled, shared, log: enabled ? log : NO_LOG },
      ...(shared && { maxPools: SHARED_POOLS }),
    });
    const owner = new PageOwner({
      ...{ kernel: KERNEL, parameter: page_owner, depot, stacks, frames, clock, current: tasks, log },
      ...{ shared, listCapacity: shared ? SHARED_LIST_CAPACITY : LIST_CAPACITY },
    });
    const ext = new PageExt({
      clients: [owner.client],
      model: 'flatmem',
      frames: frameMapOf(zones.map(({ node, startPfn, endPfn }) => ({ node, startPfn, endPfn }))),
      tables: shared ? SHARED_TABLES : HEAP_TABLES,
    });
    ext.boot();
    const { unhooked } = allocator;
    return running(allocator, depth, { owner, depot, texts, stacks, tasks, clock, unhooked });
  });
}

/** The view of a thread that joins a tracker. */
export function attachedTracker(
  allocator: PageAllocator,
  image: TrackerImage,
  { task, log = NO_LOG }: ThreadOptions,
): Tracker {
  if (image === undefined) throw new TypeError('a tracker is attached by its image() or null, got undefined');
  if (image.frames !== allocator.frames)
    throw new RangeError(
      `the tracker is of an allocator of ${image.frames} frames, this one has ${allocator.frames}`,
    );
  requireNoHooks(allocator);
  const tasks = new ProgramTasks(task, 'worker', image.tasks);
  const clock = new ProgramClock(image.origin);
  const texts = FrameTexts.attach(image.texts, log);
  const stacks = new CallStacks(image.depth, texts);
  const depot = StackDepot.attach(image.depot, { log });
  const frames = new AllocatorFrames(allocator);
  const owner = PageOwner.attach(image.owner, { depot, stacks, frames, clock, current: tasks, log });
  const { unhooked } = image;
  return running(allocator, image.depth, { owner, depot, texts, stacks, tasks, clock, unhooked });
}

/** What {@link running} puts together. */
interface Parts {
  readonly owner: PageOwner;
  readonly depot: StackDepot;
  readonly texts: FrameTexts;
  readonly stacks: CallStacks;
  readonly tasks: ProgramTasks;
  readonly clock: ProgramClock;
  readonly unhooked: number;
}

function running(allocator: PageAllocator, depth: number, parts: Parts): Tracker {
  const { owner, depot, texts, stacks, tasks, clock, unhooked } = parts;
  if (owner.hooks !== null) allocator.hooks = entryHooks(allocator, owner.hooks, stacks);
  const image = (): TrackerImage => ({
    ...{ frames: allocator.frames, depth, owner: owner.image(), depot: depot.buffer, texts: texts.buffer },
    ...{ tasks: tasks.count, origin: clock.origin, unhooked },
  });
  return { owner, depot, texts, unhooked, image };
}

function requireNoHooks(allocator: PageAllocator): void {
  if (allocator.hooks !== null) throw new Error('the allocator has hooks already');
}
