import type { Command } from 'commander';
import { growth, MIN_GROWTH, RECLAIMS, stackTree, tells } from '@page-owner/profile';
import type { Growth, GrowthClass, GrowthRow, Profile, Reclaim } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { fieldsOf } from '../results/dimension-fields.js';
import { addByOption, DIMENSION_OF, idKeyOf, nameText, NUMBERS } from '../command-line/dimensions.js';
import type { By } from '../command-line/dimensions.js';
import { countedGrowth } from '../screen/count.js';
import { durationText } from '../screen/duration.js';
import { untoldSentence } from '../reading/file-kind.js';
import { framesOf, stackText } from '../results/frames.js';
import type { FrameOptions } from '../results/frames.js';
import { addExamples } from '../command-line/help.js';
import { whoText, within, withWho } from '../results/holdings.js';
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
import { listText, shorten, shortenFront, sparkline } from '../screen/screen.js';
import { growthText, readSize, sizeText } from '../screen/size.js';
import { offer } from '../command-line/shell-completion.js';
import { tellKinds } from '../reading/mixed-kinds.js';
import { kindOf, sourceDocument, sourceText } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { GAP, NARROWEST_REST, tableText } from '../screen/table.js';
import type { Column, Row } from '../screen/table.js';
import { readTree, treeDocument, treeText } from '../results/tree.js';
import type { Towards } from '../results/tree.js';
import { UsageError } from '../usage-error.js';

interface DiffOptions extends ReadOptions, FrameOptions {
  readonly by?: By[];
  readonly all?: boolean;
  readonly tree?: Towards;
  /** Bytes, as is the next. */
  readonly minGrowth?: number;
  readonly failOnGrowth?: number;
}

/** Kinds of memory as a person calls them. */
const KINDS: Readonly<Record<Reclaim, string>> = {
  none: 'kernel memory that nothing reclaims',
  shrinker: 'kernel memory that shrinkers can free',
  lru: 'page cache and user memory',
};

/** What three dumps or more tell of memory that grew. */
const CLASSES: readonly [GrowthClass, title: string][] = [
  ['growing', 'Keeps growing'],
  ['new', 'New growth in the last interval, a further dump tells'],
  ['settled', 'Grew, then slowed, stayed or fell'],
];

const FAILED = 1;
const GREW_TOO_MUCH = 3;
const NS_PER_MINUTE = 60e9;

export const diff: Subcommand = (program, run) => {
  const command: Command = program
    .command('diff')
    .description('what grew between two or more snapshots of one machine, leak suspects first')
    .argument('<before>', 'the oldest dump, or list of page_owner_stacks')
    .argument('<after...>', 'later ones, in the order of time')
    .option('--all', 'page cache and user memory as well, and what shrank');
  addByOption(command)
    .option(
      '--tree [towards]',
      'growth as a tree: callers of the owners, or callees of the entry points',
      readTree,
    )
    .option(
      '--min-growth <size>',
      `what keeps growing is told from noise by so much that all of the time bears out (default: ${MIN_GROWTH} pages)`,
      (text) => readSize('--min-growth', text),
    )
    .option('--fail-on-growth <size>', 'exit with status 3 when it grew by more: 64M', (text) =>
      readSize('--fail-on-growth', text),
    );
  addFilterOptions(addHandleOption(addStackOptions(addCommonOptions(command))));
  offer(command, '--tree', ['callers', 'callees']);
  addExamples(command, [
    ['page-owner diff before.txt after.txt', 'what grew, leak suspects first'],
    [
      'page-owner diff t1.txt t2.txt t3.txt',
      'what keeps growing: pools that were filled once are no suspects',
    ],
    [
      'page-owner diff --module mydriver --fail-on-growth 1M before.txt after.txt',
      'a regression test: exit status 3 when it grew',
    ],
  ]);
  command.action(async (before: string, after: string[], options: DiffOptions) => {
    if (options.tree && options.by) throw new UsageError('--tree shows stacks; it goes without --by');
    const paths = [before, ...after];
    if (paths.filter((path) => path === '-').length > 1)
      throw new UsageError('- is standard input, which can be read once');
    if (options.minGrowth !== undefined && paths.length === 2)
      throw new UsageError('--min-growth: two dumps cannot tell what keeps growing; give it a third');
    const snapshots: Profile[] = [];
    for (const path of paths) snapshots.push(await readProfile(run, path, options, 'dump or list'));
    checkTold(paths, snapshots, options);
    tellKinds(run, paths, snapshots);
    checkOrder(paths, snapshots);
    const { minGrowth, pageSize } = options;
    const result = growth(snapshots, {
      by: dimensionsOf(options),
      ...(minGrowth !== undefined && { minGrowth: minGrowth / pageSize }),
    });
    for (const warning of result.warnings) run.warn(withNames(warning, paths));
    const kinds: Reclaim[] = options.all ? ['none', 'shrinker', 'lru'] : ['none'];
    if (options.json) run.json('diff', document(paths, snapshots, result, options));
    else {
      show(run, paths, snapshots, result, kinds, options);
    }
    judge(run, snapshots, kinds, result, options);
  });
};

const keysOf = ({ by = ['stack'] }: DiffOptions): readonly By[] => by;
const dimensionsOf = (options: DiffOptions) => keysOf(options).map((key) => DIMENSION_OF[key]);

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

/** @throws Error when a snapshot does not tell what growth is asked by */
function checkTold(paths: readonly string[], snapshots: readonly Profile[], options: DiffOptions): void {
  for (const [i, profile] of snapshots.entries()) {
    const untold = keysOf(options).find((key) => !tells(profile, DIMENSION_OF[key]));
    if (untold) throw new Error(untoldSentence(paths[i]!, kindOf(profile), `--by ${untold}`));
  }
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
        // Lists of stacks count pages only.
        const count = kindOf(snapshots[i]!) === 'list' ? '?' : String(records);
        const end = (width: number) => shortenFront(run.screen, printable(path), width);
        return { cells: [count, up, sourceText(snapshots[i]!), end] };
      }),
    ),
  );
  const { times, delta } = result;
  const span = times ? ` in ${durationText(times.at(-1)! - times[0]!)}` : '';
  const changed = (kind: Reclaim) => changeText(delta[kind], pageSize);

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

  const parts = partsOf(snapshots, times, options);
  const section = (rows: readonly GrowthRow[], nothing: string, ownerTitle?: string) =>
    printRows(run, snapshots, rows, result, parts, options, nothing, ownerTitle);
  run.print('\n');
  run.title(`${capital(KINDS.none)}: ${changed('none')}${span}`);
  const kernel = result.rows.filter(({ reclaim }) => reclaim === 'none');
  if (snapshots.length === 2) section(result.suspects, 'nothing grew', 'leak suspect');
  else
    for (const [name, title] of CLASSES) {
      const rows = kernel.filter((row) => row.class === name);
      if (!rows.length && name !== 'growing') continue;
      run.print('\n');
      run.title(rows.length ? `${title}: ${changeText(sumOf(rows), pageSize)}` : title);
      section(rows, 'nothing', name === 'growing' ? 'leak suspect' : undefined);
    }
  const own = sumOf(kernel.filter((row) => row.class === 'tracker'));
  if (own) run.print(`\nOf page_owner itself: ${changeText(own, pageSize)}\n`);
  for (const kind of ['shrinker', 'lru'] as const) {
    run.print('\n');
    const rows = result.rows.filter((row) => row.reclaim === kind && row.delta > 0);
    if (options.all) {
      run.title(`${capital(KINDS[kind])}: ${changed(kind)}`);
      section(rows, 'nothing grew');
    } else {
      const [first] = rows;
      run.title(`${capital(KINDS[kind])}: ${changed(kind)}`);
      if (first)
        run.print(
          `  most of it by ${rowName(snapshots, first, parts, options)}: ${countedGrowth(first.delta, 'page')}; --all\n`,
        );
    }
  }
  if (options.all) {
    const shrunk = result.rows.filter((row) => row.delta < 0).reverse();
    run.print('\n');
    run.title('Shrank');
    section(shrunk, 'nothing');
  }
}

/** What rows are made of, by the JSON of their names and kind. */
interface Parts {
  /** Names of the tasks that hold a row's pages in the latest snapshot that has it, most pages first. */
  tasks(row: GrowthRow): string[];
  /** The owner functions of a row whose pages changed, most growth first. */
  owners(row: GrowthRow): readonly GrowthRow[];
}

function partsOf(snapshots: readonly Profile[], times: Growth['times'], options: DiffOptions): Parts {
  const by = dimensionsOf(options);
  const keyOf = ({ reclaim }: GrowthRow, names: readonly string[]) => JSON.stringify([...names, reclaim]);
  const tasks: ReturnType<typeof within>[] = [];
  let owners: Map<string, GrowthRow[]> | undefined;
  const ownersByKey = () => {
    const byKey = new Map<string, GrowthRow[]>();
    for (const row of growth(snapshots, { by: [...by, 'owner'], ...(times && { times }) }).rows) {
      if (!row.delta) continue;
      const key = keyOf(row, row.names.slice(0, -1));
      const list = byKey.get(key);
      if (list) list.push(row);
      else byKey.set(key, [row]);
    }
    return byKey;
  };
  return {
    tasks: (row) => {
      const profile = snapshots[row.snapshot]!;
      if (!tells(profile, 'taskName')) return [];
      const found = (tasks[row.snapshot] ??= within(profile, [...by, 'reclaim'], 'taskName'));
      return (found.get(keyOf(row, row.names)) ?? []).map(({ names }) => names.at(-1)!);
    },
    owners: (row) => (owners ??= ownersByKey()).get(keyOf(row, row.names)) ?? [],
  };
}

const LEAST_NAME = 6;
/** Indent, gaps, and the last column, at their narrowest. */
const LEAST_OTHERS = 2 + 2 * GAP + NARROWEST_REST;

function printRows(
  run: Run,
  snapshots: readonly Profile[],
  rows: readonly GrowthRow[],
  { times }: Growth,
  parts: Parts,
  options: DiffOptions,
  nothing: string,
  ownerTitle = 'owner',
): void {
  const { limit, pageSize } = options;
  const { screen } = run;
  if (!rows.length) {
    run.print(`  ${nothing}\n`);
    return;
  }
  const keys = keysOf(options);
  const byStack = keys.includes('stack');
  const byTask = keys.includes('task');
  // The owner's function is in the last column anyway.
  const named = keys.filter((key) => key !== 'stack' && key !== 'function');
  const idColumn = idKeyOf(keys);
  const names = (row: GrowthRow) =>
    named.map((key) => {
      const text = nameText(key, row.names[keys.indexOf(key)]!);
      return key === idColumn ? withWho(text, parts.tasks(row)) : text;
    });
  const shown = rows.slice(0, limit);
  const sizes = shown.map(({ delta }) => [signed(delta), growthText(delta * pageSize)] as const);
  const widest = Math.max(...sizes.map((texts) => texts.join(' '.repeat(GAP)).length));
  // Where not even short columns have room, the names are below the row.
  const inColumns = LEAST_OTHERS + widest + named.length * (LEAST_NAME + GAP) <= screen.width;
  const several = snapshots.length > 2;
  const columns: Column[] = [
    { title: 'pages', right: true },
    { title: 'size', right: true },
    ...(times ? [{ title: 'a minute', right: true, spare: 3 }] : []),
    { title: several ? 'first' : 'before', right: true, ...(several && { spare: 2 }) },
    ...(several ? [{ title: '', spare: 1 }] : []),
    { title: several ? 'last' : 'after', right: true, ...(several && { spare: 2 }) },
    { title: 'pattern', ...((!several || named.length) && { spare: 4 }) },
    ...(inColumns ? named : []).map((title) => ({
      title,
      most: 32,
      least: LEAST_NAME,
      right: NUMBERS.includes(title) && title !== idColumn,
    })),
    { title: byStack || keys.includes('function') ? ownerTitle : 'mostly' },
  ];
  const table = shown.map((row, i): Row => {
    const frames = framesOf(snapshots[row.snapshot]!, row.stack, options);
    const who = byStack && !byTask && !idColumn ? whoText(parts.tasks(row)) : '';
    const { owner, note } = stackText(screen, frames, options, who);
    const items = inColumns ? [] : names(row).map((name, at) => `${named[at]} ${name}`);
    const notes = [
      ...(items.length ? [(width: number) => listText(screen, items, width)] : []),
      ...(note && byStack ? [note] : []),
    ];
    return {
      cells: [
        ...sizes[i]!,
        ...(times ? [rateText(row, times, pageSize)] : []),
        String(row.pages[0]),
        ...(several ? [sparkline(screen, row.pages)] : []),
        String(row.pages.at(-1)),
        patternText(row.pages),
        ...(inColumns ? names(row) : []),
        byStack ? owner : (width: number) => shorten(screen, mostlyOf(row, parts), width),
      ],
      ...(notes.length && { note: (width: number) => notes.map((text) => text(width)).join('\n') }),
    };
  });
  run.print(tableText(screen, columns, table));
  run.print(
    restLine(
      rows.map(({ delta }) => delta),
      limit,
      pageSize,
      true,
    ),
  );
}

/** The owner function that most of a row's growth, or of its shrinking, is of. */
function mostlyOf(row: GrowthRow, parts: Parts): string {
  const owners = parts.owners(row);
  return printable(owners.at(row.delta < 0 ? -1 : 0)?.names.at(-1) ?? '?');
}

function sumOf(rows: readonly GrowthRow[]): number {
  return rows.reduce((sum, { delta }) => sum + delta, 0);
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

function rowName(snapshots: readonly Profile[], row: GrowthRow, parts: Parts, options: DiffOptions): string {
  const keys = keysOf(options);
  if (keys.includes('stack')) return printable(framesOf(snapshots[row.snapshot]!, row.stack, {})[0] ?? '?');
  const idKey = idKeyOf(keys);
  const texts = keys.map((key, i) => {
    const text = nameText(key, row.names[i]!);
    if (key === idKey) return `${key} ${withWho(text, parts.tasks(row))}`;
    return NUMBERS.includes(key) ? `${key} ${text}` : text;
  });
  return texts.join(', ');
}

/** `+38.2 MiB (+9778 pages)` */
function changeText(pages: number, pageSize: number): string {
  return `${growthText(pages * pageSize)} (${countedGrowth(pages, 'page')})`;
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
  const { all, limit, pageSize, tree } = options;
  const keys = keysOf(options);
  const parts = partsOf(snapshots, times, options);
  const rowDocument = (row: GrowthRow) => {
    const profile = snapshots[row.snapshot]!;
    const tasks = parts.tasks(row);
    const own = keys.filter((key) => key !== 'stack');
    const fields = own.map((key) => fieldsOf(profile, key, { sample: row.sample, tasks }));
    return {
      ...Object.assign({}, ...fields),
      stackId: idText(row.id),
      reclaim: row.reclaim,
      pages: row.pages,
      delta: row.delta,
      ...(row.pagesPerMinute !== undefined && { pagesPerMinute: row.pagesPerMinute }),
      pattern: patternText(row.pages),
      class: row.class ?? null,
      score: row.score,
      tasks: tells(profile, 'taskName') ? tasks : null,
      frames: framesOf(profile, row.stack, { ...options, fullStacks: true }),
      ownerFrame: profile.stacks.depth[row.stack]! - profile.stacks.depth[profile.stacks.owner[row.stack]!]!,
      ...(!keys.includes('stack') && {
        owners: parts.owners(row).map(({ names, delta: change }) => ({ owner: names.at(-1), delta: change })),
      }),
    };
  };
  const changed = rows.filter((row) => row.delta && (all || row.reclaim === 'none'));
  return {
    snapshots: paths.map((path, i) => sourceDocument(snapshots[i]!, path, pageSize)),
    ...(times && { seconds: Number(times.at(-1)! - times[0]!) / 1e9 }),
    by: keys,
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
