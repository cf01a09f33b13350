import { leakScore, pagesOlderThan, reclaimOfSample } from '@page-owner/profile';
import type { Profile, Reclaim, StackIndex } from '@page-owner/profile';
import { ageHistogram, isCoarse } from '../results/age-histogram.js';
import type { AgeRow } from '../results/age-histogram.js';
import { durationText } from '../screen/duration.js';
import { framesOf, stackText } from '../results/frames.js';
import type { FrameOptions } from '../results/frames.js';
import { addExamples } from '../command-line/help.js';
import { taskNames, whoText } from '../results/holdings.js';
import { idText } from '../json.js';
import {
  addCommonOptions,
  addFilterOptions,
  addHandleOption,
  addStackOptions,
} from '../command-line/options.js';
import { readProfile } from '../reading/read-profile.js';
import type { ReadOptions } from '../reading/read-profile.js';
import { restLine } from '../screen/rest-line.js';
import type { Run } from '../run.js';
import { bar, sparkline } from '../screen/screen.js';
import { shareText, sizeText } from '../screen/size.js';
import { headline, sourceDocument } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { tableText } from '../screen/table.js';
import type { Column } from '../screen/table.js';

interface AgesOptions extends ReadOptions, FrameOptions {
  readonly all?: boolean;
}

export const ages: Subcommand = (program, run) => {
  const command = program
    .command('ages')
    .description('how old the memory is, and which stacks kept allocating and never freed')
    .argument('<dump>', 'a dump of 5.11 or later, or -')
    .option('--all', 'stacks of all memory, not only of kernel memory that nothing reclaims');
  addFilterOptions(addHandleOption(addStackOptions(addCommonOptions(command))));
  addExamples(command, [
    ['page-owner ages page_owner.txt', 'how old memory is; stacks that kept allocating'],
    ['page-owner ages --older-than 1h page_owner.txt', 'whose kernel memory is older than an hour'],
    ['page-owner ages --all --task nginx page_owner.txt', 'of one task, its own memory as well'],
  ]);
  command.action(async (path: string, { olderThan, ...options }: AgesOptions) => {
    const profile = await readProfile(run, path, options, 'dump', { pageblocks: false });
    if (profile.timeNs === undefined) throw new Error(`${path} has no times: kernels before 5.11 print none`);
    const found = agesOf(profile, profile.timeNs, olderThan, options);
    if (options.json) run.json('ages', document(profile, path, found, olderThan, options));
    else show(run, profile, path, found, olderThan, options);
  });
};

/** Intervals of the uptime that a stack's history is cut into. */
const INTERVALS = 12;

interface StackAges {
  readonly stack: StackIndex;
  readonly pages: number;
  readonly older: number;
  /** Pages that are still there by when they were allocated, INTERVALS equal parts of the uptime. */
  readonly history: readonly number[];
  /** How much of its pages steady allocation bears out; see `leakScore`. */
  readonly score: number;
}

interface Ages {
  readonly histogram: readonly AgeRow[];
  readonly stacks: readonly StackAges[];
}

function agesOf(profile: Profile, now: bigint, olderThan: bigint | undefined, { all }: AgesOptions): Ages {
  const { ages: table, stacks, samples } = profile;
  // Stacks that differ in offsets only are one.
  const byId = new Map<bigint, StackIndex>();
  const same = Array.from(stacks.id, (id, stack) => {
    if (!byId.has(id)) byId.set(id, stack);
    return byId.get(id)!;
  });
  const pagesOf = new Float64Array(stacks.length);
  const wanted = new Uint8Array(stacks.length);
  for (let sample = 0; sample < samples.length; sample++) {
    const stack = same[samples.stack[sample]!]!;
    pagesOf[stack]! += samples.pages[sample]!;
    const kind: Reclaim = reclaimOfSample(profile, sample);
    if (all || kind === 'none') wanted[stack] = 1;
  }
  const older = new Float64Array(stacks.length);
  for (const [stack, pages] of pagesOlderThan(table, stacks.length, olderThan ?? 0n, now).entries())
    older[same[stack]!]! += pages;
  const histories = new Map<StackIndex, number[]>();
  for (let row = 0; row < table.length; row++) {
    const stack = same[table.stack[row]!]!;
    if (!wanted[stack]) continue;
    let history = histories.get(stack);
    if (!history) histories.set(stack, (history = Array.from({ length: INTERVALS }, () => 0)));
    // A slice counts with its middle.
    const middle = (table.slice[row]! + 0.5) * table.sliceNs;
    const interval = Math.floor((middle / Number(now)) * INTERVALS);
    history[Math.min(INTERVALS - 1, interval)]! += table.pages[row]!;
  }
  const rows = [...histories].map(([stack, history]): StackAges => {
    let sum = 0;
    const sums = [0, ...history.map((pages) => (sum += pages))];
    const score = leakScore(
      sums,
      history.map(() => 1),
    );
    return { stack, pages: pagesOf[stack]!, older: older[stack]!, history, score };
  });
  const rank = (row: StackAges) => (olderThan === undefined ? row.score : row.older);
  rows.sort((a, b) => rank(b) - rank(a) || b.pages - a.pages);
  return {
    histogram: ageHistogram(table, Number(now), Number(olderThan ?? 0n)),
    stacks: rows.filter((row) => rank(row) > 0),
  };
}

function show(
  run: Run,
  profile: Profile,
  path: string,
  { histogram, stacks }: Ages,
  olderThan: bigint | undefined,
  options: AgesOptions,
): void {
  const { limit, pageSize, all } = options;
  const { screen } = run;
  const whole = histogram.reduce((sum, { pages }) => sum + pages, 0);
  const most = Math.max(...histogram.map(({ pages }) => pages));
  run.print(`${headline(screen, path, profile, sizeText(profile.pages * pageSize))}\n`);
  run.title(
    'Age at the time of the latest allocation',
    olderThan === undefined ? '' : `of what is older than ${durationText(olderThan)}`,
  );
  const filled = histogram.findLastIndex(({ pages }) => pages > 0);
  run.print(
    tableText(
      screen,
      [
        { title: 'pages', right: true },
        { title: 'size', right: true },
        { title: 'share', right: true },
        { title: 'age', right: true },
        { title: '' },
      ],
      histogram.slice(0, filled + 1).map(({ from, to, pages }) => ({
        cells: [
          String(pages),
          sizeText(pages * pageSize),
          shareText(pages, whole),
          rangeText(from, to),
          (width) => bar(screen, pages, most, width),
        ],
      })),
    ),
  );
  const resolution = durationText(profile.ages.sliceNs);
  if (isCoarse(profile.ages)) run.print(`  times of so many allocations are kept to ${resolution} only\n`);
  const what = all ? 'Memory' : 'Kernel memory that nothing reclaims';
  const how =
    olderThan === undefined
      ? 'stacks that kept allocating'
      : `stacks with most pages older than ${durationText(olderThan)}`;
  run.title(`\n${what}: ${how}`);
  if (olderThan !== undefined && (isCoarse(profile.ages) || olderThan < profile.ages.sliceNs))
    run.print(`  times are kept to ${resolution}: pages older by less than that may be missing\n`);
  if (!stacks.length) {
    run.print('  none\n');
    return;
  }
  const columns: Column[] = [
    { title: 'pages', right: true },
    { title: 'size', right: true },
    { title: olderThan === undefined ? 'steady' : 'older', right: true },
    { title: 'boot to now' },
    { title: 'owner' },
  ];
  run.print(
    tableText(
      screen,
      columns,
      stacks.slice(0, limit).map((row) => {
        const frames = framesOf(profile, row.stack, options);
        const { owner, note } = stackText(screen, frames, options, whoText(tasksOf(profile, row.stack)));
        return {
          cells: [
            String(row.pages),
            sizeText(row.pages * pageSize),
            String(olderThan === undefined ? Math.round(row.score) : row.older),
            sparkline(screen, row.history),
            owner,
          ],
          ...(note && { note }),
        };
      }),
    ),
  );
  run.print(
    restLine(
      stacks.map(({ pages }) => pages),
      limit,
      pageSize,
    ),
  );
}

function rangeText(from: number, to: number): string {
  const text = (seconds: number) =>
    seconds < 60
      ? `${seconds} s`
      : seconds < 3600
        ? `${seconds / 60} min`
        : seconds < 86400
          ? `${seconds / 3600} h`
          : `${seconds / 86400} d`;
  return to === Infinity ? `over ${text(from)}` : `under ${text(to)}`;
}

/** Names of the tasks that hold pages of a stack, most first. */
function tasksOf(profile: Profile, stack: StackIndex): string[] {
  const { samples, stacks } = profile;
  return taskNames(profile, (sample) => stacks.id[samples.stack[sample]!] === stacks.id[stack]);
}

function document(
  profile: Profile,
  path: string,
  { histogram, stacks }: Ages,
  olderThan: bigint | undefined,
  options: AgesOptions,
): Record<string, unknown> {
  return {
    ...sourceDocument(profile, path, options.pageSize),
    sliceNs: String(profile.ages.sliceNs),
    ...(olderThan !== undefined && { olderThanNs: olderThan }),
    histogram: histogram.map(({ from, to, pages }) => ({
      fromSeconds: from,
      ...(to !== Infinity && { toSeconds: to }),
      pages,
    })),
    stacks: stacks.slice(0, options.limit).map(({ stack, pages, older, history, score }) => ({
      stackId: idText(profile.stacks.id[stack]!),
      pages,
      ...(olderThan !== undefined && { older }),
      score,
      history,
      tasks: tasksOf(profile, stack),
      frames: framesOf(profile, stack, { ...options, fullStacks: true }),
    })),
  };
}
