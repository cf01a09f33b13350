import { printable } from '@page-owner/page-owner-sort';
import { parseFrame } from '@page-owner/profile';
import type { ReplayReport } from '@page-owner/trace-replay';
import { durationText, shortDurationText } from '../screen/duration.js';
import { stackText } from './frames.js';
import type { FrameOptions, StackText } from './frames.js';
import { whoText } from './holdings.js';
import type { CommonOptions } from '../command-line/options.js';
import { freeingFrame, isIncomplete } from './replay-rows.js';
import type {
  Doings,
  FailedRow,
  FallbackRow,
  LeakRow,
  ReplayRows,
  Stack,
  StackRow,
  TaskRow,
} from './replay-rows.js';
import { restLine } from '../screen/rest-line.js';
import type { Run } from '../run.js';
import { bar } from '../screen/screen.js';
import { shareText, sizeText } from '../screen/size.js';
import { firstLine } from './source.js';
import { tableText } from '../screen/table.js';
import type { Column, Row } from '../screen/table.js';

interface ReportOptions extends CommonOptions, FrameOptions {
  /** Whether the leak list counts what may have been freed while events were lost. */
  readonly doubtful?: boolean;
}

/** Columns of an `AccountTable`'s lifetimes that are one line of the histogram: each line is eight times the one above. */
const COLUMNS_A_LINE = 3;

/** The report as tables. What is missing from the trace comes first. */
export function showReplay(
  run: Run,
  path: string,
  report: ReplayReport,
  rows: ReplayRows,
  warnings: readonly string[],
  options: ReportOptions,
  selected: boolean,
): void {
  const { pageSize } = options;
  const { events, live, firstNs, lastNs } = report;
  const size = (pages: number) => sizeText(pages * pageSize);
  const { whole } = rows;
  const doubtful = doubtfulPages(rows);
  const inDoubt = doubtful ? `, ${doubtful} in doubt` : '';
  const allocations = counted(events.allocations - events.failed, 'allocation');
  const frees = counted(events.frees, 'free');
  run.print(
    firstLine(run.screen, path, [
      `${report.format} text`,
      `${allocations} and ${frees} in ${durationText(lastNs - firstNs)}`,
    ]),
  );
  if (warnings.length) {
    run.title('\nMissing or in doubt');
    for (const warning of warnings) say(run, `  ${printable(warning)}`);
    if (isIncomplete(report)) say(run, `  ${LOWER_BOUNDS}`);
  }
  const least = isIncomplete(report) ? 'at least ' : '';
  const leftPages = whole?.livePages ?? rows.neverFreed.reduce((sum, { pages }) => sum + pages, 0);
  run.print('\n');
  say(
    run,
    (selected ? 'Selected: ' : '') +
      (whole ? `${least}${size(whole.pages)} allocated, ${size(whole.freedPages)} of it freed, ` : '') +
      `${size(leftPages)} left (${counted(leftPages, 'page')}${inDoubt})`,
  );
  if (!selected) {
    if (live.baselineRecords)
      say(
        run,
        `${size(live.baselinePages)} of the baseline left (${counted(live.baselinePages, 'page')}` +
          `${live.doubtfulPages > doubtful ? `, ${live.doubtfulPages - doubtful} in doubt` : ''})`,
      );
    say(run, peakText(report, size));
  }
  const { stacks, tasks, lifetimes, failed, fallbacks } = rows;
  showLeaks(run, report, rows, options);
  if (stacks) {
    showAllocations(run, report, stacks, options);
    showFrees(run, report, stacks, options);
  }
  if (tasks) showTasks(run, report, tasks, options);
  if (lifetimes && whole) showLifetimes(run, report, lifetimes, whole);
  if (failed) showFailures(run, report, failed, options);
  if (fallbacks) showFallbacks(run, report, fallbacks, options);
  const untold = Object.entries(TABLES).flatMap(([name, table]) =>
    rows[name as keyof ReplayRows] ? [] : [table],
  );
  if (untold.length) {
    run.print('\n');
    say(run, `Not shown, as a trace does not tell them apart by what is selected: ${untold.join(', ')}`);
  }
}

/** What a selection may have to leave out. */
const TABLES: Readonly<Partial<Record<keyof ReplayRows, string>>> = {
  stacks: 'who allocated and freed most',
  tasks: 'tasks',
  lifetimes: 'how long allocations lived',
  failed: 'failed allocations',
  fallbacks: 'who took pages of another migratetype',
};

function peakText(report: ReplayReport, size: (pages: number) => string): string {
  const { peak, live, firstNs } = report;
  const { pages, ns, doubtfulPages, afterLoss } = peak;
  const limits = afterLoss
    ? ', after events were lost'
    : isIncomplete(report)
      ? ', as far as the events tell'
      : '';
  return (
    `peak ${size(pages)} (${counted(pages, 'page')}${doubtfulPages ? `, ${doubtfulPages} in doubt` : ''})` +
    `${live.baselineRecords ? ', baseline included,' : ''} ` +
    `${ns < firstNs ? 'at the start' : `${sinceText(ns - firstNs)} after the start`}${limits}`
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Of the pages that were allocated while the trace ran. */
function doubtfulPages({ neverFreed }: ReplayRows): number {
  return neverFreed.reduce((sum, row) => sum + row.doubtfulPages, 0);
}

/** Beside what counts events, when some are missing. */
const AT_LEAST = 'at least';
const LOWER_BOUNDS =
  'what is counted below is at least so much, as events are missing; what is left, and a peak, may be less';

function notes(...texts: readonly (string | false | undefined)[]): string | undefined {
  return texts.filter(Boolean).join('; ') || undefined;
}

function atLeast(report: ReplayReport): string | undefined {
  return isIncomplete(report) ? AT_LEAST : undefined;
}

function showLeaks(run: Run, { lastNs }: ReplayReport, rows: ReplayRows, options: ReportOptions): void {
  const { limit, pageSize, doubtful = false } = options;
  const pagesOf = (row: LeakRow) => (doubtful ? row.pages : row.pages - row.doubtfulPages);
  const leaks = rows.neverFreed.filter((row) => pagesOf(row) > 0);
  if (doubtful) leaks.sort((a, b) => b.pages - a.pages);
  const inDoubt = doubtfulPages(rows) > 0;
  run.title('\nNever freed', inDoubt && !doubtful ? 'what is in doubt not counted' : undefined);
  const columns: Column[] = [
    { title: 'pages', right: true },
    { title: 'size', right: true },
    ...(inDoubt ? [{ title: 'in doubt', right: true }] : []),
    { title: 'records', right: true, spare: 1 },
    { title: 'oldest', right: true },
    { title: 'newest', right: true, spare: 1 },
    { title: 'owner' },
  ];
  showRows(
    run,
    columns,
    leaks.slice(0, limit).map((row): Row => {
      const { owner, note } = text(run, row.stack, row.stack.owner, options, [...row.tasks]);
      return {
        cells: [
          String(pagesOf(row)),
          sizeText(pagesOf(row) * pageSize),
          ...(inDoubt ? [String(row.doubtfulPages)] : []),
          String(doubtful ? row.records : row.records - row.doubtfulRecords),
          shortDurationText(lastNs - (doubtful ? row.oldestNs : row.oldestCertainNs!)),
          shortDurationText(lastNs - row.newestNs),
          owner,
        ],
        ...(note && { note }),
      };
    }),
    restLine(leaks.map(pagesOf), limit, pageSize),
  );
}

function showAllocations(
  run: Run,
  report: ReplayReport,
  all: readonly StackRow[],
  options: ReportOptions,
): void {
  const { limit, pageSize } = options;
  const stacks = all.filter(({ pages }) => pages > 0);
  const inDoubt = stacks.some((row) => row.doubtfulPages > 0);
  const someEnds = stacks.some((row) => row.doubtfulEnds > 0);
  run.title('\nAllocated most', notes(atLeast(report), someEnds && 'lives: of those that ended in no doubt'));
  showRows(
    run,
    [
      { title: 'pages', right: true },
      { title: 'a second', right: true },
      { title: 'freed', right: true },
      ...(inDoubt ? [{ title: 'in doubt', right: true }] : []),
      { title: 'mean life', right: true },
      { title: 'longest', right: true, spare: 1 },
      { title: 'owner' },
    ],
    stacks.slice(0, limit).map((row): Row => {
      const { owner, note } = text(run, row.stack, row.stack.owner, options);
      return {
        cells: [
          String(row.pages),
          rateText(row.pages * pageSize, report),
          shareText(row.freedPages, row.pages),
          ...(inDoubt ? [String(row.doubtfulPages)] : []),
          row.ended ? shortDurationText(row.lifetimeNs / row.ended) : '-',
          row.ended ? shortDurationText(row.longestNs) : '-',
          owner,
        ],
        ...(note && { note }),
      };
    }),
    restLine(
      stacks.map(({ pages }) => pages),
      limit,
      pageSize,
    ),
  );
}

function showFrees(run: Run, report: ReplayReport, all: readonly StackRow[], options: ReportOptions): void {
  const { limit, pageSize } = options;
  const stacks = all.filter(({ freesPages }) => freesPages > 0).sort((a, b) => b.freesPages - a.freesPages);
  run.title('\nFreed most', notes('whoever had allocated it', atLeast(report)));
  showRows(
    run,
    [
      { title: 'pages', right: true },
      { title: 'a second', right: true },
      { title: 'frees', right: true },
      { title: 'freed by' },
    ],
    stacks.slice(0, limit).map((row): Row => {
      const { owner, note } = text(run, row.stack, freeingFrame(row.stack), options);
      return {
        cells: [
          String(row.freesPages),
          rateText(row.freesPages * pageSize, report),
          String(row.frees),
          owner,
        ],
        ...(note && { note }),
      };
    }),
    restLine(
      stacks.map(({ freesPages }) => freesPages),
      limit,
      pageSize,
    ),
  );
}

function showTasks(run: Run, report: ReplayReport, tasks: readonly TaskRow[], options: ReportOptions): void {
  const { limit, pageSize } = options;
  const inDoubt = tasks.some((row) => row.doubtfulPages > 0);
  run.title('\nTasks', notes(atLeast(report), inDoubt && 'left with what is in doubt'));
  showRows(
    run,
    [
      { title: 'pages', right: true },
      { title: 'a second', right: true },
      { title: 'left', right: true },
      ...(inDoubt ? [{ title: 'in doubt', right: true }] : []),
      { title: 'frees', right: true },
      { title: 'a second', right: true },
      { title: 'task' },
    ],
    tasks.slice(0, limit).map((row) => ({
      cells: [
        String(row.pages),
        rateText(row.pages * pageSize, report),
        String(row.livePages),
        ...(inDoubt ? [String(row.doubtfulPages)] : []),
        String(row.freesPages),
        rateText(row.freesPages * pageSize, report),
        whoText([row.name]) + (row.tasks > 1 ? ` (${row.tasks} tasks)` : ''),
      ],
    })),
    restLine(
      tasks.map(({ pages }) => pages),
      limit,
      pageSize,
    ),
  );
}

function showLifetimes(run: Run, report: ReplayReport, lifetimes: Float64Array, whole: Doings): void {
  const { doubtfulEnds } = whole;
  run.title(
    '\nHow long allocations lived',
    isIncomplete(report)
      ? notes(AT_LEAST, doubtfulEnds > 0 && `${doubtfulEnds} whose end is in doubt left out`)
      : 'of those whose end was seen',
  );
  if (!whole.ended) return showRows(run, [], []);
  const lines: { what: string; count: number }[] = [];
  // The first column is below 2 us, so lines end at 16 us, 128 us, 1 ms ...
  for (let from = 0; from < lifetimes.length;) {
    const to = from + (from === 0 ? COLUMNS_A_LINE + 1 : COLUMNS_A_LINE);
    const count = lifetimes.slice(from, to).reduce((sum, of) => sum + of, 0);
    lines.push({ what: `under ${shortDurationText(2 ** to * 1000)}`, count });
    from = to;
  }
  const filled = lines.slice(
    0,
    lines.findLastIndex(({ count }) => count > 0),
  );
  const last = lines[filled.length];
  if (last && last.count > 0) filled.push(last);
  const most = Math.max(...filled.map(({ count }) => count));
  showRows(
    run,
    [
      { title: 'ends', right: true },
      { title: 'share', right: true },
      { title: 'life', right: true },
      { title: '' },
    ],
    filled.map(({ what, count }) => ({
      cells: [
        String(count),
        shareText(count, whole.ended),
        what,
        (width) => bar(run.screen, count, most, width),
      ],
    })),
  );
}

function showFailures(
  run: Run,
  report: ReplayReport,
  failed: readonly FailedRow[],
  options: ReportOptions,
): void {
  if (!failed.length) return;
  run.title('\nFailed allocations', atLeast(report));
  showRows(
    run,
    [
      { title: 'times', right: true },
      { title: 'order', right: true },
      { title: 'first', right: true },
      { title: 'last', right: true },
      { title: 'mask', most: 24, spare: 1 },
      { title: 'owner' },
    ],
    failed.slice(0, options.limit).map((row): Row => {
      const { owner, note } = text(run, row.stack, row.stack.owner, options, [...row.tasks]);
      return {
        cells: [
          String(row.count),
          String(row.order),
          sinceText(row.firstNs - report.firstNs),
          sinceText(row.lastNs - report.firstNs),
          printable(row.gfp),
          owner,
        ],
        ...(note && { note }),
      };
    }),
    moreLine(failed, options),
  );
}

function showFallbacks(
  run: Run,
  report: ReplayReport,
  fallbacks: readonly FallbackRow[],
  options: ReportOptions,
): void {
  if (!report.events.fallbacks) return;
  run.title(
    '\nWho took pages of another migratetype',
    notes('mixed: that made a pageblock of two types', atLeast(report)),
  );
  showRows(
    run,
    [
      { title: 'times', right: true },
      { title: 'pages', right: true },
      { title: 'block' },
      { title: 'first', right: true },
      { title: 'last', right: true },
      { title: 'taken from' },
      { title: 'owner' },
    ],
    fallbacks.slice(0, options.limit).map((row): Row => {
      const { owner, note } = text(run, row.stack, row.stack.owner, options, [...row.tasks]);
      return {
        cells: [
          String(row.count),
          String(row.pages),
          row.block,
          sinceText(row.firstNs - report.firstNs),
          sinceText(row.lastNs - report.firstNs),
          printable(row.from),
          owner,
        ],
        ...(note && { note }),
      };
    }),
    moreLine(fallbacks, options),
  );
}

function showRows(run: Run, columns: readonly Column[], rows: readonly Row[], rest = ''): void {
  run.print(rows.length || rest ? tableText(run.screen, columns, rows) + rest : '  none\n');
}

function moreLine(rows: readonly unknown[], { limit }: ReportOptions): string {
  return rows.length > limit ? `  and ${rows.length - limit} more; --limit all\n` : '';
}

/** A stack from frame `from` on, or whole. */
function text(
  run: Run,
  { frames }: Stack,
  from: number,
  options: FrameOptions,
  tasks: readonly string[] = [],
): StackText {
  const shown = (options.fullStacks ? frames : frames.slice(from)).map((frame) =>
    options.offsets ? frame : withoutOffset(frame),
  );
  return stackText(run.screen, frames.length ? shown : ['(no stack)'], options, whoText(tasks));
}

function withoutOffset(frame: string): string {
  const parsed = parseFrame(frame);
  return parsed ? parsed.name + (parsed.module === undefined ? '' : ` [${parsed.module}]`) : frame;
}

function rateText(bytes: number, { firstNs, lastNs }: ReplayReport): string {
  return lastNs > firstNs ? sizeText((bytes / (lastNs - firstNs)) * 1e9) : '-';
}

function sinceText(ns: number): string {
  return shortDurationText(Math.max(ns, 0));
}

/** A sentence, as many lines as it takes. */
function say(run: Run, sentence: string): void {
  run.print(`${sentence}\n`);
}
