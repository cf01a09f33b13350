import type { AccountTable } from './accounts.js';
import { FlagWords } from './flag-words.js';
import { gfpMask } from './gfp-masks.js';
import { knownTypeName } from './dump-writer.js';
import type { DumpParts } from './dump-writer.js';
import type { TraceFormat } from './event-line.js';
import type { OtherEvents } from './event-names.js';
import type { Losses } from './losses.js';
import type { Count, FailedRow, FallbackRow, Replayer } from './replayer.js';
import type { PagePlaces } from './page-places.js';
import type { StackId } from './stack-table.js';
import type { TaskId, TraceTask } from './task-table.js';
import * as e from './trace-event.js';
import type { TraceReader } from './trace-reader.js';
import { warningsOf } from './warnings.js';
import type { UnknownGfp } from './warnings.js';

/** Events of the trace. */
export interface EventCounts {
  readonly allocations: number;
  /** Of these, allocations that got no page. */
  readonly failed: number;
  readonly frees: number;
  readonly batchedFrees: number;
  readonly fallbacks: number;
  readonly pcpuDrains: number;
  readonly zoneLocked: number;
  /** Changes of reference counts (page_ref). */
  readonly references: number;
  /** Stack traces, and those of them whose event is not in the trace. */
  readonly stacks: number;
  readonly strayStacks: number;
  /** Events of other kinds, most frequent first. */
  readonly others: readonly OtherEvents[];
}

/** What is allocated at the end. */
export interface LiveCounts {
  /** Records that the dump can have, and their pages: those of the baseline, those of the trace. */
  readonly records: number;
  readonly pages: number;
  readonly baselineRecords: number;
  readonly baselinePages: number;
  /** Of all of these: what may have been freed while events were lost. The dump has it only when asked for it. */
  readonly doubtfulRecords: number;
  readonly doubtfulPages: number;
  /** Pages of the trace, none in doubt, of which the baseline does not tell node and zone; 0 without a baseline. */
  readonly unplacedPages: number;
}

/** What a stack allocated while the trace ran and nobody freed. */
export interface NeverFreed {
  readonly stack: StackId;
  /** Allocations, or pieces of split ones, and their pages. */
  readonly records: number;
  readonly pages: number;
  /** Of these: what may have been freed while events were lost. */
  readonly doubtfulRecords: number;
  readonly doubtfulPages: number;
  /** When the oldest and the newest of them were allocated, in nanoseconds on the trace's clock. */
  readonly oldestNs: number;
  readonly newestNs: number;
  /** The oldest of those that are in no doubt; undefined: there is none. The newest of them, if any, is the newest of all. */
  readonly oldestCertainNs: number | undefined;
  /** Who allocated them, most pages first. */
  readonly tasks: readonly TaskId[];
}

export interface Peak {
  readonly pages: number;
  readonly ns: number;
  /** Of these pages: what may have been freed by then, while events were lost. */
  readonly doubtfulPages: number;
  /** Whether events are missing before it: there may be pages that are not known then, and a higher peak. */
  readonly afterLoss: boolean;
}

/** What a replay found out, besides the dump. Times are nanoseconds on the trace's clock, as doubles. */
export interface ReplayReport {
  readonly format: TraceFormat;
  /** Whether the trace's clock counts seconds; others (x86-tsc, counter) are read as if they counted nanoseconds. */
  readonly inSeconds: boolean;
  readonly bytes: number;
  readonly lines: number;
  readonly firstNs: number;
  readonly lastNs: number;
  readonly events: EventCounts;
  readonly live: LiveCounts;
  /** The most pages allocated at one time, baseline included, and when that was, as far as the events tell. */
  readonly peak: Peak;
  /** By stack; row 0 is what has no stack. */
  readonly stacks: AccountTable;
  /** By task; row 0 is nobody. */
  readonly tasks: AccountTable;
  /** The leak list: by pages, then by stack. */
  readonly neverFreed: readonly NeverFreed[];
  /** Most frequent first. */
  readonly failed: readonly FailedRow[];
  /** Who broke up blocks of another migratetype; by pages. */
  readonly fallbacks: readonly FallbackRow[];
  readonly losses: Losses;
  /** Frees of pages whose allocation is in neither trace nor baseline; pages count only what is not known. */
  readonly unknownFrees: Count;
  /** Allocations that were given out again without a free between: an event is missing, or sorted behind. */
  readonly superseded: Count;
  /**
   * The same of allocations of the baseline, which may have been freed before the trace began. Early pages (`register_early_stack`) do not
   * count: those of per-cpu lists were never given to anyone.
   */
  readonly supersededBaseline: Count;
  /** Frees that only `mm_page_free_batched` told. */
  readonly batchedOnly: Count;
  /** Allocations that were split: told by the free of a piece, or by a reference to it. */
  readonly splits: Count;
  /**
   * Pages that were migrated, as `mm_migrate_pages` or `mm_compaction_migratepages` says where they are recorded. The free of the old place
   * is an event. The new one has none in compaction, which takes free pages for itself; otherwise it was allocated by who migrated.
   * `followed` are those of which events of page_ref tell the new place: the dump has their records there.
   */
  readonly moved: {
    readonly compaction: Count;
    readonly otherwise: Count;
    readonly followed: { readonly compaction: Count; readonly otherwise: Count };
  };
  /**
   * Blocks in use that got a first reference (page_ref) and no `mm_page_alloc`: `alloc_contig_range` and `alloc_pages_bulk` give them out
   * so, compaction sets them aside. No event tells order and mask of them, and the dump lacks them.
   */
  readonly untold: number;
  /** Lines that are neither event nor frame nor comment, and the first of them (0: none). */
  readonly unreadable: { readonly lines: number; readonly firstLine: number; readonly sample: string };
  /** What the reader of the dump has to know, a sentence each. Texts from the trace in them are escaped. */
  readonly warnings: readonly string[];

  /** Frames of a stack, innermost first. They are untrusted. */
  frames(stack: StackId): readonly string[];
  task(task: TaskId): TraceTask;
  /** The text of a gfp mask of `failed`. */
  gfp(id: number): string;
  /** The name of a migratetype of `fallbacks`: `Movable`; `type 9` when the kernel has none of that number. */
  migratetype(type: number): string;
}

export function reportOf(reader: TraceReader, parts: DumpParts): ReplayReport {
  const { replayer, stacks, tasks, gfpTexts, baseline, era } = parts;
  const { kinds, moveCounts, followed } = replayer;
  const of = (kind: number): number => kinds[kind] as number;
  const failed = [...replayer.failed.values()].sort((a, z) => z.count - a.count);
  const { live, neverFreed } = liveOf(replayer, baseline?.places);
  const report: Omit<ReplayReport, 'warnings'> = {
    format: reader.format ?? 'tracefs',
    inSeconds: reader.inSeconds,
    bytes: reader.splitter.bytes,
    lines: reader.splitter.lines,
    firstNs: Math.max(replayer.firstNs, 0),
    lastNs: replayer.lastNs,
    events: {
      allocations: of(e.EVENT_ALLOC),
      failed: failed.reduce((sum, row) => sum + row.count, 0),
      frees: of(e.EVENT_FREE),
      batchedFrees: of(e.EVENT_FREE_BATCHED),
      fallbacks: of(e.EVENT_EXTFRAG),
      pcpuDrains: of(e.EVENT_PCPU_DRAIN),
      zoneLocked: of(e.EVENT_ZONE_LOCKED),
      references: replayer.references,
      stacks: replayer.stacksSeen,
      strayStacks: replayer.strayStacks.events,
      others: reader.otherEvents(),
    },
    live,
    peak: {
      pages: replayer.peakPages,
      ns: replayer.peakNs,
      doubtfulPages: replayer.peakDoubtful,
      afterLoss: replayer.peakNs >= reader.losses.firstNs,
    },
    stacks: replayer.byStack,
    tasks: replayer.byTask,
    neverFreed,
    failed,
    fallbacks: [...replayer.fallbacks.values()].sort((a, z) => z.pages - a.pages),
    losses: reader.losses,
    unknownFrees: replayer.unknownFrees,
    superseded: replayer.superseded,
    supersededBaseline: replayer.supersededBaseline,
    batchedOnly: replayer.batchedOnly,
    splits: replayer.splits,
    moved: {
      compaction: of(e.EVENT_MIGRATE) > 0 ? moveCounts.compaction : moveCounts.mm_compaction_migratepages,
      otherwise: moveCounts.otherwise,
      followed,
    },
    untold: replayer.moves.taken,
    unreadable: { lines: reader.unreadable, firstLine: reader.firstUnreadable, sample: reader.firstSample },
    frames: (stack) => stacks.frames(stack),
    task: (id) => {
      const { comm, pid, tgid } = tasks.at(id);
      return { comm, pid, tgid: tgid ?? baseline?.tgidOf(pid) };
    },
    gfp: (id) => gfpTexts.text(id),
    migratetype: (type) => knownTypeName(type, era) ?? `type ${type}`,
  };
  const unknownGfps: UnknownGfp[] = [];
  reader.gfpLines.forEach((line, id) => {
    const text = gfpTexts.text(id);
    if (!gfpMask(text, era).known) unknownGfps.push({ text, line });
  });
  const unknownFlags = new FlagWords(replayer.flagTexts, era).unknown();
  return { ...report, warnings: warningsOf(report, reader.cutLine, unknownGfps, unknownFlags, baseline) };
}

/** A row of the leak list while it grows. */
type Leak = { -readonly [field in keyof Omit<NeverFreed, 'tasks'>]: NeverFreed[field] } & {
  readonly byTask: Map<TaskId, number>;
};

/** One pass over the live allocations; it also puts what is in doubt into the accounts. */
function liveOf(
  replayer: Replayer,
  places: PagePlaces | undefined,
): { live: LiveCounts; neverFreed: NeverFreed[] } {
  const { live: table, pageblocks, doubtBelow, byStack: stacks, byTask: tasks } = replayer;
  const counts = {
    records: 0,
    pages: 0,
    baselineRecords: 0,
    baselinePages: 0,
    doubtfulRecords: 0,
    doubtfulPages: 0,
    unplacedPages: 0,
  };
  const byStack = new Map<StackId, Leak>();
  for (const slot of table.slots()) {
    const pages = 2 ** (table.order[slot] as number);
    const records = pages / 2 ** (table.piece[slot] as number);
    const doubtful = (table.serial[slot] as number) < doubtBelow;
    counts.records += records;
    counts.pages += pages;
    if (doubtful) {
      counts.doubtfulRecords += records;
      counts.doubtfulPages += pages;
    }
    if ((table.record[slot] as number) >= 0) {
      counts.baselineRecords += records;
      counts.baselinePages += pages;
      continue;
    }
    if (places && !doubtful) {
      const pfn = table.pfn[slot] as number;
      const step = Math.max(pages / records, Math.min(pages, 2 ** pageblocks.order));
      for (let at = pfn; at < pfn + pages; at += step)
        if (places.at(pageblocks.blockOf(at), at) === undefined) counts.unplacedPages += step;
    }
    const ns = (table.seconds[slot] as number) * 1e9 + (table.nanoseconds[slot] as number);
    const stack = table.stack[slot] as StackId;
    let row = byStack.get(stack);
    if (!row)
      byStack.set(
        stack,
        (row = {
          stack,
          records: 0,
          pages: 0,
          doubtfulRecords: 0,
          doubtfulPages: 0,
          oldestCertainNs: undefined,
          oldestNs: ns,
          newestNs: ns,
          byTask: new Map(),
        }),
      );
    const task = table.task[slot] as TaskId;
    row.byTask.set(task, (row.byTask.get(task) ?? 0) + pages);
    row.records += records;
    row.pages += pages;
    if (doubtful) {
      row.doubtfulRecords += records;
      row.doubtfulPages += pages;
      (stacks.doubtfulPages[stack] as number) += pages;
      (tasks.doubtfulPages[task] as number) += pages;
    } else row.oldestCertainNs = Math.min(row.oldestCertainNs ?? ns, ns);
    row.oldestNs = Math.min(row.oldestNs, ns);
    row.newestNs = Math.max(row.newestNs, ns);
  }
  const neverFreed = [...byStack.values()]
    .sort((a, z) => z.pages - a.pages || a.stack - z.stack)
    .map(({ byTask, ...row }): NeverFreed => {
      const owners = [...byTask].sort((a, z) => z[1] - a[1] || a[0] - z[0]);
      return { ...row, tasks: owners.map(([task]) => task) };
    });
  return { live: counts, neverFreed };
}
