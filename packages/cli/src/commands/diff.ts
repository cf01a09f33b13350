import type { Command } from 'commander';
import { growth, reclaimOfSample, RECLAIMS, stackTree } from '@page-owner/profile';
import type { Growth, GrowthRow, Profile, ProfileSource, Reclaim } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { countedGrowth } from '../count.js';
import { durationText } from '../duration.js';
import { framesOf, stackText } from '../frames.js';
import type { FrameOptions } from '../frames.js';
import { addExamples } from '../help.js';
import { taskNames, whoText } from '../holdings.js';
import { idText } from '../json.js';
import { addCommonOptions, addFilterOptions, addHandleOption, addStackOptions, choice } from '../options.js';
import { readProfile } from '../read-profile.js';
import type { ReadOptions } from '../read-profile.js';
import { restLine } from '../rest-line.js';
import type { Run } from '../run.js';
import { shortenFront, sparkline } from '../screen.js';
import { growthText, readSize, sizeText } from '../size.js';
import { offer } from '../shell-completion.js';
import { sourceDocument, sourceText } from '../source.js';
import type { Subcommand } from '../subcommand.js';
import { tableText } from '../table.js';
import type { Column, Row } from '../table.js';
import { readTree, treeDocument, treeText } from '../tree.js';
import type { Towards } from '../tree.js';
import { UsageError } from '../usage-error.js';

const BY = { stack: 'stack', function: 'owner', module: 'module' } as const;

interface DiffOptions extends ReadOptions, FrameOptions {
  readonly by: keyof typeof BY;
  readonly all?: boolean;
  readonly tree?: Towards;
  /** Bytes. */
  readonly failOnGrowth?: number;
}

/** Kinds of memory as a person calls them. */
const KINDS: Readonly<Record<Reclaim, string>> = {
  none: 'kernel memory that nothing reclaims',
  shrinker: 'kernel memory that shrinkers can free',
  lru: 'page cache and user memory',
};

const FAILED = 1;
const GREW_TOO_MUCH = 3;
const NS_PER_MINUTE = 60e9;

export const diff: Subcommand = (program, run) => {
  const command: Command = program
    .command('diff')
    .description('what grew between two or more snapshots of one machine, leak suspects first')
    .argument('<before>', 'the oldest dump, or list of page_owner_stacks')
    .argument('<after...>', 'later ones, in the order of time')
    .option('--all', 'page cache and user memory as well, and what shrank')
    .option(
      '--by <what>',
      'what counts together: stack, function (of the owner) or module (default: stack)',
      choice('--by', ['stack', 'function', 'module']),
      'stack',
    )
    .option(
      '--tree [towards]',
      'growth as a tree: callers of the owners, or callees of the entry points',
      readTree,
    )
    .option('--fail-on-growth <size>', 'exit with status 3 when it grew by more: 64M', (text) =>
      readSize('--fail-on-growth', text),
    );
  addFilterOptions(addHandleOption(addStackOptions(addCommonOptions(command))));
  offer(command, '--by', Object.keys(BY));
  offer(command, '--tree', ['callers', 'callees']);
  addExamples(command, [
    ['page-owner diff before.txt after.txt', 'what grew, leak suspects first'],
    [
      'page-owner diff t1.txt t2.txt t3.txt',
      'what grew on and on: pools that were filled once are no suspects',
    ],
    [
      'page-owner diff --module mydriver --fail-on-growth 1M before.txt after.txt',
      'a regression test: exit status 3 when it grew',
    ],
  ]);
  command.action(async (before: string, after: string[], options: DiffOptions) => {
    if (options.tree && options.by !== 'stack')
      throw new UsageError('--tree shows stacks; it goes without --by');
    const paths = [before, ...after];
    if (paths.filter((path) => path === '-').length > 1)
      throw new UsageError('- is standard input, which can be read once');
    const snapshots: Profile[] = [];
    for (const path of paths) snapshots.push(await readProfile(run, path, options, 'dump or list'));
    tellKinds(run, paths, snapshots);
    checkOrder(paths, snapshots);
    const result = growth(snapshots, { by: BY[options.by] });
    for (const warning of result.warnings) run.warn(withNames(warning, paths));
    const kinds: Reclaim[] = options.all ? ['none', 'shrinker', 'lru'] : ['none'];
    if (options.json) run.json('diff', document(paths, snapshots, result, options));
    else {
      show(run, paths, snapshots, result, kinds, options);
    }
    judge(run, snapshots, kinds, result, options);
  });
};

function judge(
  run: Run,
  snapshots: readonly Profile[],
  kinds: readonly Reclaim[],
  { delta }: Growth,
  options: DiffOptions,
): void {
  const { failOnGrowth, pageSize, all } = options;
  if (failOnGrowth === undefined) return;
  if (snapshots.every(({ samples }) => !samples.length)) {
    run.warn('--fail-on-growth: the filters select nothing in any snapshot, so there is nothing to judge');
    run.exitCode = FAILED;
    return;
  }
  const grown = kinds.reduce((sum, kind) => sum + delta[kind], 0) * pageSize;
  if (grown <= failOnGrowth) return;
  run.warn(
    `${all ? 'memory' : KINDS.none} grew by ${sizeText(grown)}, more than ${sizeText(failOnGrowth)} (--fail-on-growth)`,
  );
  run.exitCode = GREW_TOO_MUCH;
}

/** A list says nothing of masks and flags, a sorted file nothing of flags: what is reclaimed is not the same in them. */
function tellKinds(run: Run, paths: readonly string[], snapshots: readonly Profile[]): void {
  const first = (kind: ProfileSource) => paths.find((_, i) => snapshots[i]!.sources.includes(kind));
  const [list, sorted, dump] = [first('list of stacks'), first('sorted dump'), first('dump')];
  const other = dump ?? sorted;
  if (list !== undefined && other !== undefined)
    run.warn(
      `${list} is a list of stacks and ${other} a ${other === dump ? 'dump' : 'file of page_owner_sort'}: what is reclaimed, early pages and slab count differently`,
    );
  else if (sorted !== undefined && dump !== undefined)
    run.warn(
      `${sorted} is a file of page_owner_sort and ${dump} a dump: pages that only their flags tell to be slab or on the LRU count differently`,
    );
}

/** Snapshots in the wrong order, by the names of their files. */
function checkOrder(paths: readonly string[], snapshots: readonly Profile[]): void {
  for (let i = 1; i < snapshots.length; i++) {
    const [before, after] = [snapshots[i - 1]!.timeNs, snapshots[i]!.timeNs];
    if (before === undefined || after === undefined || after > before) continue;
    throw new UsageError(
      `${paths[i]} was taken ${durationText(after)} after boot and ${paths[i - 1]} ${durationText(before)}: ` +
        'give the oldest first, and snapshots of one boot',
    );
  }
}

function withNames(warning: string, paths: readonly string[]): string {
  return warning
    .replace(/snapshot (\d+)/, (all, number: string) => paths[Number(number) - 1] ?? all)
    .replace(/the first/, paths[0]!);
}

function show(
  run: Run,
  paths: readonly string[],
  snapshots: readonly Profile[],
  result: Growth,
  kinds: readonly Reclaim[],
  options: DiffOptions,
): void {
  const { limit, pageSize } = options;
  run.print(
    tableText(
      run.screen,
      [
        { title: 'records', right: true },
        { title: 'up', right: true },
        { title: 'kernel', spare: 1 },
        { title: 'snapshot' },
      ],
      paths.map((path, i) => {
        const { records, timeNs } = snapshots[i]!;
        const up = timeNs === undefined ? '?' : durationText(timeNs);
        const end = (width: number) => shortenFront(run.screen, printable(path), width);
        return { cells: [String(records), up, sourceText(snapshots[i]!), end] };
      }),
    ),
  );
  const { times, delta } = result;
  const span = times ? ` in ${durationText(times.at(-1)! - times[0]!)}` : '';
  const changed = (kind: Reclaim) =>
    `${growthText(delta[kind] * pageSize)} (${countedGrowth(delta[kind], 'page')})`;

  if (options.tree) {
    const suspects = result.rows.filter(({ reclaim }) => kinds.includes(reclaim));
    const tree = stackTree(
      suspects.map((row) => ({
        frames: framesOf(snapshots[row.snapshot]!, row.stack, options),
        pages: row.delta,
      })),
      options.tree,
    );
    run.print('\n');
    run.title(
      `${capital(kinds.map((kind) => KINDS[kind]).join(', '))}:`,
      `${growthText(tree.pages * pageSize)}${span}`,
    );
    run.print(treeText(run.screen, tree, { limit, pageSize, growth: true }));
    return;
  }

  const suspects = new Set(result.suspects);
  run.print('\n');
  run.title(`${capital(KINDS.none)}: ${changed('none')}${span}`);
  section(run, snapshots, result.suspects, result, options, 'nothing grew', 'leak suspect');
  const other = result.rows.filter((row) => row.reclaim === 'none' && row.delta > 0 && !suspects.has(row));
  if (other.length) {
    run.print('\n');
    run.title('No suspects: grew at one time only, or went up and down');
    section(run, snapshots, other, result, options, '');
  }
  for (const kind of ['shrinker', 'lru'] as const) {
    run.print('\n');
    const rows = result.rows.filter((row) => row.reclaim === kind && row.delta > 0);
    if (options.all) {
      run.title(`${capital(KINDS[kind])}: ${changed(kind)}`);
      section(run, snapshots, rows, result, options, 'nothing grew');
    } else {
      const [first] = rows;
      run.title(`${capital(KINDS[kind])}: ${changed(kind)}`);
      if (first)
        run.print(
          `  most of it by ${ownerOf(snapshots, first)}: ${countedGrowth(first.delta, 'page')}; --all\n`,
        );
    }
  }
  if (options.all) {
    const shrunk = result.rows.filter((row) => row.delta < 0).reverse();
    run.print('\n');
    run.title('Shrank');
    section(run, snapshots, shrunk, result, options, 'nothing');
  }
}

function section(
  run: Run,
  snapshots: readonly Profile[],
  rows: readonly GrowthRow[],
  { times }: Growth,
  options: DiffOptions,
  nothing: string,
  ownerTitle = 'owner',
): void {
  const { limit, pageSize } = options;
  if (!rows.length) {
    run.print(`  ${nothing}\n`);
    return;
  }
  const several = snapshots.length > 2;
  const columns: Column[] = [
    { title: 'pages', right: true },
    { title: 'size', right: true },
    ...(times ? [{ title: 'a minute', right: true, spare: 3 }] : []),
    { title: several ? 'first' : 'before', right: true, ...(several && { spare: 2 }) },
    ...(several ? [{ title: '', spare: 1 }] : []),
    { title: several ? 'last' : 'after', right: true, ...(several && { spare: 2 }) },
    { title: 'pattern', ...(!several && { spare: 4 }) },
    { title: ownerTitle },
  ];
  const table = rows.slice(0, limit).map((row): Row => {
    const frames = framesOf(snapshots[row.snapshot]!, row.stack, options);
    const who = options.by === 'stack' ? whoText(tasksOf(snapshots[row.snapshot]!, row)) : '';
    const { owner, note } = stackText(run.screen, frames, options, who);
    return {
      cells: [
        signed(row.delta),
        growthText(row.delta * pageSize),
        ...(times ? [rateText(row, times, pageSize)] : []),
        String(row.pages[0]),
        ...(several ? [sparkline(run.screen, row.pages)] : []),
        String(row.pages.at(-1)),
        patternText(row.pages),
        options.by === 'module' ? moduleOf(snapshots, row) : owner,
      ],
      ...(note && options.by === 'stack' && { note }),
    };
  });
  run.print(tableText(run.screen, columns, table));
  run.print(
    restLine(
      rows.map(({ delta }) => delta),
      limit,
      pageSize,
      true,
    ),
  );
}

/** How the pages went, in words. */
export function patternText(pages: readonly number[]): string {
  let ups = 0;
  let downs = 0;
  for (let i = 1; i < pages.length; i++) {
    if (pages[i]! > pages[i - 1]!) ups++;
    if (pages[i]! < pages[i - 1]!) downs++;
  }
  const steps = pages.length - 1;
  const born = pages[0] === 0 && ups ? 'new, ' : '';
  if (steps === 1)
    return pages[0] === 0 ? 'new' : pages[1] === 0 ? 'gone' : ups ? 'grew' : downs ? 'shrank' : 'same';
  if (ups && downs) return 'up and down';
  if (ups)
    return `${born}grew ${ups === steps ? 'each time' : ups === 1 ? 'once' : `${ups} of ${steps} times`}`;
  if (downs)
    return pages.at(-1) === 0
      ? 'gone'
      : `shrank ${downs === steps ? 'each time' : `${downs} of ${steps} times`}`;
  return 'same';
}

function rateText({ delta }: GrowthRow, times: readonly bigint[], pageSize: number): string {
  const minutes = Number(times.at(-1)! - times[0]!) / NS_PER_MINUTE;
  return growthText((delta * pageSize) / minutes);
}

function moduleOf(snapshots: readonly Profile[], { snapshot, stack }: GrowthRow): string {
  const { modules, stacks } = snapshots[snapshot]!;
  return printable(modules.name[stacks.module[stack]!]!);
}

function ownerOf(snapshots: readonly Profile[], { snapshot, stack }: GrowthRow): string {
  return printable(framesOf(snapshots[snapshot]!, stack, {})[0] ?? '?');
}

function signed(pages: number): string {
  return pages > 0 ? `+${pages}` : String(pages);
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

function document(
  paths: readonly string[],
  snapshots: readonly Profile[],
  { rows, suspects, delta, times, warnings }: Growth,
  options: DiffOptions,
): Record<string, unknown> {
  const { all, limit, pageSize, by, tree } = options;
  const rowDocument = (row: GrowthRow) => {
    const profile = snapshots[row.snapshot]!;
    return {
      ...(by === 'module' && { module: profile.modules.name[profile.stacks.module[row.stack]!] }),
      ...(by === 'function' && { function: framesOf(profile, row.stack, {})[0] }),
      stackId: idText(row.id),
      reclaim: row.reclaim,
      pages: row.pages,
      delta: row.delta,
      ...(row.pagesPerMinute !== undefined && { pagesPerMinute: row.pagesPerMinute }),
      pattern: patternText(row.pages),
      score: row.score,
      tasks: tasksOf(profile, row),
      frames: framesOf(profile, row.stack, { ...options, fullStacks: true }),
      ownerFrame: profile.stacks.depth[row.stack]! - profile.stacks.depth[profile.stacks.owner[row.stack]!]!,
    };
  };
  const changed = rows.filter((row) => row.delta && (all || row.reclaim === 'none'));
  return {
    snapshots: paths.map((path, i) => sourceDocument(snapshots[i]!, path, pageSize)),
    ...(times && { seconds: Number(times.at(-1)! - times[0]!) / 1e9 }),
    by,
    delta: Object.fromEntries(RECLAIMS.map((kind) => [kind, delta[kind]])),
    suspects: suspects.slice(0, limit).map(rowDocument),
    rows: changed.slice(0, limit).map(rowDocument),
    ...(tree && {
      tree,
      root: treeDocument(
        stackTree(
          changed.map((row) => ({
            frames: framesOf(snapshots[row.snapshot]!, row.stack, options),
            pages: row.delta,
          })),
          tree,
        ),
      ),
    }),
    warnings,
  };
}

/** Names of the tasks that hold the pages of a row, in the snapshot that has its stack. */
function tasksOf(profile: Profile, { id, reclaim }: GrowthRow): string[] {
  const { samples, stacks } = profile;
  return taskNames(
    profile,
    (sample) => stacks.id[samples.stack[sample]!] === id && reclaimOfSample(profile, sample) === reclaim,
  );
}
