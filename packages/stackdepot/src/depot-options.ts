/** What a depot can be told when it is made. */
import { depotLayout, type DepotRelease } from './depot-layout.js';
import { DepotMemory, IRQ_RANGES_WORD, IRQ_WORD } from './depot-memory.js';
import { toFrameWords } from './frames.js';
import {
  bucketOrderFor,
  disabledLogLine,
  MAX_BUCKET_ORDER,
  MIN_BUCKET_ORDER,
  tableLogLines,
  type TableTime,
} from './hash-table.js';
import { MAX_IRQ_RANGES, RANGE_WORDS, type AddressRange } from './irq-filter.js';
import { LOCK_TIMEOUT } from './lock.js';
import type { PoolSource } from './pool.js';

/** What a thread that uses a depot brings along. */
export interface DepotSurroundings {
  /** Who is charged for pools; unlimited unless given. */
  readonly pools?: PoolSource | undefined;
  /** Takes the kernel's log lines and warnings; nowhere unless given. */
  readonly log?: ((line: string) => void) | undefined;
  /**
   * Milliseconds that another thread may hold the lock of a shared depot at one time, Infinity for ever; after that what
   * needs the lock throws: storing and evicting, `stats` and `snapshot`. Default 10000. A turn takes microseconds; it does
   * not end if its thread was terminated, or stands in a debugger.
   */
  readonly lockTimeout?: number | undefined;
}

/** @throws RangeError if it is none */
export function checkLockTimeout(lockTimeout: number = LOCK_TIMEOUT): number {
  if (!(lockTimeout > 0))
    throw new RangeError(`lockTimeout must be a number of milliseconds above 0, got ${lockTimeout}`);
  return lockTimeout;
}

/** What a new depot is to be like. */
export interface StackDepotOptions extends DepotSurroundings {
  /** Handles, records and messages of which kernel, any release; `6.12` unless given. */
  readonly layout?: DepotRelease | undefined;
  /** Use a SharedArrayBuffer, so that worker threads can attach to it. */
  readonly shared?: boolean | undefined;
  /** Memory of the machine in pages of 4 KiB, from which Linux's rule makes the size of the hash table. */
  readonly memoryPages?: number | undefined;
  /** When that is applied; `early` unless given. */
  readonly tableTime?: TableTime | undefined;
  /** Log2 of the number of buckets, in place of `memoryPages`; 12 if neither is given. */
  readonly bucketOrder?: number | undefined;
  /** Pools of 16 KiB; 8192, Linux's limit, unless given. */
  readonly maxPools?: number | undefined;
  /** Frames to keep of a stack: CONFIG_STACKDEPOT_MAX_FRAMES, 64 unless given; in 6.1 all that fit a pool, 2045. */
  readonly maxFrames?: number | undefined;
  /** Text of interrupt entry code, at most two ranges; see irq-filter.ts. */
  readonly irqText?: readonly AddressRange[] | undefined;
  /** `stack_depot_disable=on`: every `save` gives 0. */
  readonly disabled?: boolean | undefined;
}

function inRange(what: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${what} must be a whole number from ${min} to ${max}, got ${value}`);
  }
  return value;
}

/**
 * The empty memory that the options ask for; tells the log what a boot would.
 *
 * @throws RangeError if an option is out of its range
 */
export function newMemory(options: StackDepotOptions): DepotMemory {
  const layout = depotLayout(options.layout ?? '6.12');
  const { shared = false, disabled = false, log, irqText = [], tableTime = 'early' } = options;
  if (disabled) {
    log?.(disabledLogLine(layout));
    return DepotMemory.create({ layout, shared, bucketOrder: 0, maxPools: 0, maxFrames: 1 });
  }
  const bucketOrder =
    options.bucketOrder === undefined
      ? bucketOrderFor(options.memoryPages ?? 0, tableTime)
      : inRange('bucketOrder', options.bucketOrder, MIN_BUCKET_ORDER, MAX_BUCKET_ORDER);
  const maxPools = inRange('maxPools', options.maxPools ?? layout.maxPools, 1, layout.maxPools);
  const maxFrames = inRange(
    'maxFrames',
    options.maxFrames ?? layout.defaultMaxFrames,
    1,
    layout.maxMaxFrames,
  );
  if (irqText.length > MAX_IRQ_RANGES) {
    throw new RangeError(`at most ${MAX_IRQ_RANGES} irq text ranges, got ${irqText.length}`);
  }
  const memory = DepotMemory.create({ layout, shared, bucketOrder, maxPools, maxFrames });
  memory.words[IRQ_RANGES_WORD] = irqText.length;
  irqText.forEach(({ start, end }, i) => {
    memory.words.set(toFrameWords([start, end]), IRQ_WORD + i * RANGE_WORDS);
  });
  if (log) tableLogLines(layout, bucketOrder, tableTime).forEach(log);
  return memory;
}
