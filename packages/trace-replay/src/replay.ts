import { feed, type ByteSource, type PageOwnerRecord } from '@page-owner/dump-format';
import { eraOf } from '@page-owner/kernel-abi';
import type { Era } from '@page-owner/kernel-abi';
import { Baseline } from './reading/baseline.js';
import { noAllocations, noFrees, nothingToReplay } from './reading/complaints.js';
import { DumpWriter } from './report/dump-writer.js';
import type { DumpOptions } from './report/dump-writer.js';
import { Pageblocks } from './tables/pageblocks.js';
import { Replayer } from './playing/replayer.js';
import type { ReplayParts } from './report/replay-parts.js';
import type { ReplayReport } from './report/replay-report.js';
import { reportOf } from './report/report.js';
import { StackTable } from './tables/stack-table.js';
import { TaskTable } from './tables/task-table.js';
import { EVENT_ALLOC, EVENT_FREE, EVENT_FREE_BATCHED } from './tables/trace-event.js';
import { TraceReader } from './reading/trace-reader.js';
import type { ZoneSpan } from './tables/zone-spans.js';

/** What a replay knows beside the trace. */
export interface ReplayOptions {
  /** A page_owner dump taken before the trace (Linux 5.18 or later): the replay goes on from it, and covers all memory. */
  readonly baseline?: ByteSource | undefined;
  /**
   * With a baseline: the machine's zones, which tell node and zone where the baseline has no record. See
   * {@link parseZoneSpans}.
   */
  readonly zones?: readonly ZoneSpan[] | undefined;
  /** Release of the kernel that was traced, for the numbers of gfp names, such as `6.1.192`; the default is `6.12`. */
  readonly kernel?: string | undefined;
  /** Frames kept of a stack, innermost first, without the tracer's own, 1 to 256; the default is page_owner's 16. */
  readonly depth?: number | undefined;
  /** log2 of the pages of a pageblock, 0 to 30; the default is what the trace or the baseline says, or 9. */
  readonly pageblockOrder?: number | undefined;
  /**
   * Whether the trace has all events since the boot: pageblocks begin as Movable then, if no event says otherwise (those of
   * CMA do not); the default is false, and a pageblock of which nothing is known is taken to be of the type that was
   * requested.
   */
  readonly fromBoot?: boolean | undefined;
  /** Whether a kmem event that cannot be read counts as a lost event, in place of an error; the default is false. */
  readonly tolerant?: boolean | undefined;
  /** Whether a trace without frees is taken as it is; the default is false, because all of it would look like a leak. */
  readonly withoutFrees?: boolean | undefined;
}

/** A trace that has been played to its end. */
export interface Replay {
  /** What it found out. */
  readonly report: ReplayReport;
  /** What is allocated at the end, as a page_owner dump in the text of Linux 6.7 and later, by page frame number. */
  dump(options?: DumpOptions): Iterable<Uint8Array>;
  /** The records of that dump, for callers that choose among them or change them. */
  records(options?: DumpOptions): Iterable<PageOwnerRecord>;
}

const PAGE_OWNER_DEPTH = 16;
const MOST_ORDER = 30;
const KERNEL = '6.12';
const CHUNK_BYTES = 1 << 20;

/**
 * Plays a trace of kmem events.
 *
 * @throws Error of one sentence, when it is no such trace, has no allocations or no frees, or is damaged; it names the line
 */
export async function replay(source: ByteSource, options: ReplayOptions = {}): Promise<Replay> {
  const player = await TracePlayer.create(options);
  const chunk = new Uint8Array(CHUNK_BYTES);
  const filled = (count: number): void => player.push(chunk.subarray(0, count));
  await feed({ space: () => chunk, filled }, source);
  return player.finish();
}

/** For callers that feed a trace themselves. */
export class TracePlayer {
  readonly #options: ReplayOptions;
  readonly #era: Era;
  readonly #tasks = new TaskTable();
  readonly #stacks: StackTable;
  readonly #replayer: Replayer;
  readonly #reader: TraceReader;
  #baseline: Baseline | undefined;

  private constructor(options: ReplayOptions) {
    this.#options = options;
    this.#era = eraOf(options.kernel ?? KERNEL);
    const { pageblockOrder: order, fromBoot } = options;
    if (order !== undefined && (!Number.isInteger(order) || order < 0 || order > MOST_ORDER)) {
      throw new RangeError(`a pageblock order is a whole number from 0 to ${MOST_ORDER}, got ${order}`);
    }
    this.#replayer = new Replayer(new Pageblocks(this.#era, { order, fromBoot }), this.#tasks);
    this.#stacks = new StackTable(options.depth ?? PAGE_OWNER_DEPTH);
    this.#reader = new TraceReader(this.#replayer, this.#tasks, this.#stacks, options.tolerant ?? false);
  }

  /** Reads the baseline, if there is one. @throws Error, RangeError or TypeError for options that make no sense */
  static async create(options: ReplayOptions = {}): Promise<TracePlayer> {
    const player = new TracePlayer(options);
    const { baseline, zones } = options;
    if (baseline) player.#baseline = await Baseline.read(baseline, player.#replayer, player.#era, zones);
    else if (zones) throw new TypeError('zones add to a baseline, and there is none');
    return player;
  }

  /** Takes the next bytes of the trace, any number of them. @throws Error as `replay` does */
  push(bytes: Uint8Array): void {
    this.#reader.splitter.push(bytes);
  }

  /** Says that the trace has ended. @throws Error as `replay` does */
  finish(): Replay {
    const reader = this.#reader;
    const replayer = this.#replayer;
    reader.finish();
    const { kinds } = replayer;
    const allocations = kinds[EVENT_ALLOC] as number;
    const frees = (kinds[EVENT_FREE] as number) + (kinds[EVENT_FREE_BATCHED] as number);
    if (allocations === 0) {
      if (frees > 0) throw noAllocations(frees, reader.firstEvent.line);
      throw nothingToReplay(
        reader.splitter,
        reader.splitter.rest(),
        replayer.references > 0
          ? [{ name: 'page_ref', count: replayer.references }, ...reader.otherEvents()]
          : reader.otherEvents(),
        { line: reader.firstUnreadable, sample: reader.firstSample },
        reader.firstEvent,
      );
    }
    if (frees === 0 && !this.#options.withoutFrees) throw noFrees(allocations, reader.firstEvent.line);
    const parts: ReplayParts = {
      replayer,
      stacks: this.#stacks,
      tasks: this.#tasks,
      gfpTexts: reader.gfpTexts,
      baseline: this.#baseline,
      era: this.#era,
    };
    return {
      report: reportOf(reader, parts),
      dump: (which = {}) => new DumpWriter(parts).chunks(which),
      records: (which = {}) => new DumpWriter(parts).records(which),
    };
  }
}
