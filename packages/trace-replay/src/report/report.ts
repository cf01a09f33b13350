import { FlagWords } from '../tables/flag-words.js';
import { gfpMask } from '../tables/gfp-masks.js';
import { knownTypeName } from '../tables/known-type-name.js';
import type { PagePlaces } from '../tables/page-places.js';
import type { ReplayParts } from './replay-parts.js';
import type { LiveCounts, NeverFreed, ReplayReport } from './replay-report.js';
import type { Replayer } from '../playing/replayer.js';
import type { StackId } from '../tables/stack-table.js';
import type { TaskId } from '../tables/task-table.js';
import * as e from '../tables/trace-event.js';
import type { TraceReader } from '../reading/trace-reader.js';
import { warningsOf } from './warnings.js';
import type { UnknownGfp } from './warnings.js';

/** What a replay found out, once the trace has been played. */
export function reportOf(reader: TraceReader, parts: ReplayParts): ReplayReport {
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
