import type { Baseline } from '../reading/baseline.js';
import { quoted } from '../reading/complaints.js';
import type { ReplayReport } from './replay-report.js';

const MOST_NAMES = 3;

/** The text of a gfp mask with a name that no kernel has, and the line on which it came first. */
export interface UnknownGfp {
  readonly text: string;
  readonly line: number;
}

/** Adds a sentence if there is something to say. */
type Say = (when: boolean, sentence: () => string) => void;

type Played = Omit<ReplayReport, 'warnings'>;

/** What a reader of the dump has to know of how it came about: one sentence each. */
export function warningsOf(
  report: Played,
  cutLine: number,
  unknownGfps: readonly UnknownGfp[],
  unknownFlags: readonly string[],
  baseline: Baseline | undefined,
): string[] {
  const warnings: string[] = [];
  const say: Say = (when, sentence) => {
    if (when) warnings.push(sentence());
  };
  sayLost(say, report);
  sayContradictory(say, report, baseline);
  sayMoved(say, report);
  sayUnread(say, report, unknownGfps, unknownFlags);
  say(cutLine > 0, () => `line ${cutLine} has no end: it was cut off, and the replay ends before it`);
  say(
    !report.inSeconds,
    () => 'the clock of the trace counts no seconds; its counts are taken for nanoseconds',
  );
  return warnings;
}

/** Events that are missing, and what that makes doubtful. */
function sayLost(say: Say, { losses, live }: Played): void {
  say(
    losses.beforeTrace > 0,
    () => `${of(losses.beforeTrace, 'event was', 'events were')} overwritten before the trace begins`,
  );
  say(
    losses.lateCpus > 0,
    () =>
      `the events of ${of(losses.lateCpus, 'cpu', 'cpus')} begin later than those of the others, the last at line ${losses.lastLine}`,
  );
  say(
    losses.marks > 0,
    () =>
      `${losses.marks - losses.uncountedMarks > 0 ? of(losses.events, 'event', 'events') : 'events'} lost at ` +
      `${of(losses.marks, 'place', 'places')}${losses.uncountedMarks > 0 ? `, ${losses.uncountedMarks} of them without a count` : ''}, ` +
      `from line ${losses.firstLine} to line ${losses.lastLine}`,
  );
  say(
    losses.unreadableEvents > 0,
    () =>
      `${of(losses.unreadableEvents, 'event', 'events')} could not be read and count as lost, the first at line ${losses.firstLine}`,
  );
  say(
    live.doubtfulPages > 0,
    () =>
      `${of(live.doubtfulPages, 'page', 'pages')} of ${live.pages} may have been freed while events were lost (up to line ` +
      `${losses.lastLine}); a dump has them only on demand`,
  );
  say(
    losses.firstLine > 0 && live.records > 0,
    () =>
      'types of pageblocks may have changed while events were lost: the dump has them as they were last seen, or else as requested',
  );
}

/** Events that do not fit to each other, or to the baseline. */
function sayContradictory(
  say: Say,
  { superseded, supersededBaseline, batchedOnly, unknownFrees, live }: Played,
  baseline: Baseline | undefined,
): void {
  say(
    superseded.events > 0,
    () =>
      `${of(superseded.events, 'allocation was', 'allocations were')} given out again without a free between, first at line ` +
      `${superseded.firstLine}: events are missing, or the clocks of the cpus disagree`,
  );
  say(
    supersededBaseline.events > 0,
    () =>
      `${of(supersededBaseline.events, 'allocation', 'allocations')} of the baseline given out again without a free, first at line ` +
      `${supersededBaseline.firstLine}: it is older than the trace, or events are missing`,
  );
  say(
    batchedOnly.events > 0,
    () =>
      `${of(batchedOnly.events, 'free is', 'frees are')} known from mm_page_free_batched only, first at line ${batchedOnly.firstLine}`,
  );
  say(
    baseline !== undefined && unknownFrees.events > 0,
    () =>
      `${of(unknownFrees.pages, 'page was', 'pages were')} freed that neither baseline nor trace had as allocated, first at line ` +
      `${unknownFrees.firstLine}`,
  );
  say(
    baseline !== undefined && baseline.withoutPfn > 0,
    () =>
      `${of(baseline?.withoutPfn ?? 0, 'record', 'records')} of the baseline without a page frame number left out`,
  );
  say(
    live.unplacedPages > 0,
    () =>
      `${of(live.unplacedPages, 'page lies', 'pages lie')} in pageblocks of which no records of the baseline, there or on both ` +
      'sides, tell node and zone, and no zoneinfo does: both are missing from the dump',
  );
}

/** Pages that were moved or given out without an event that tells all of it. */
function sayMoved(say: Say, { moved, untold }: Played): void {
  const { followed } = moved;
  say(
    moved.compaction.pages > followed.compaction.pages,
    () =>
      `${of(moved.compaction.pages, 'page was', 'pages were')} moved by compaction, first at line ${moved.compaction.firstLine}: ` +
      (followed.compaction.pages === 0
        ? 'no event says where to, so that what is left of them is missing from the dump'
        : `where ${followed.compaction.pages} of them went is known, what is left of the others is missing from the dump`),
  );
  say(
    moved.otherwise.pages > followed.otherwise.pages,
    () =>
      `${of(moved.otherwise.pages, 'page was', 'pages were')} migrated, first at line ${moved.otherwise.firstLine}: ` +
      (followed.otherwise.pages === 0
        ? 'the dump has them as allocated by who migrated them'
        : `the owners of ${followed.otherwise.pages} of them are known, the dump has the others as allocated by who migrated them`),
  );
  say(
    untold > 0,
    () =>
      `${of(untold, 'block was', 'blocks were')} given out without mm_page_alloc, as page_ref tells (CMA, bulk allocation): the dump ` +
      'lacks them',
  );
}

/** What the trace lacks, or could not be understood. */
function sayUnread(
  say: Say,
  { events, unreadable }: Played,
  unknownGfps: readonly UnknownGfp[],
  unknownFlags: readonly string[],
): void {
  say(
    events.stacks === 0,
    () =>
      'the trace has no stacks (option stacktrace of tracefs, -T of trace-cmd, -g of perf), so the dump has none',
  );
  say(
    events.strayStacks > 0,
    () => `${of(events.strayStacks, 'stack belongs', 'stacks belong')} to no event of the trace`,
  );
  say(
    unknownGfps.length > 0,
    () =>
      `${of(unknownGfps.length, 'gfp mask has a name', 'gfp masks have names')} that no known kernel has, so the number lacks its bit: ` +
      unknownGfps
        .slice(0, MOST_NAMES)
        .map(({ text, line }) => `${quoted(text)} first at line ${line}`)
        .join(', '),
  );
  say(
    unknownFlags.length > 0,
    () =>
      `${of(unknownFlags.length, 'text of page flags has a name', 'texts of page flags have names')} that this kernel does not have, so ` +
      `the number lacks its bit: ${unknownFlags
        .slice(0, MOST_NAMES)
        .map((text) => quoted(text))
        .join(', ')}`,
  );
  say(
    unreadable.lines > 0,
    () =>
      `${of(unreadable.lines, 'line is', 'lines are')} no event and left out, first line ${unreadable.firstLine}: ${quoted(unreadable.sample)}`,
  );
}

function of(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
