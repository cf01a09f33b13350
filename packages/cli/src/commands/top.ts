import type { Command } from 'commander';
import { reclaimOfSample, stackTree, tells } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import { fieldsOf } from '../results/dimension-fields.js';
import { addByOption, DIMENSION_OF, idKeyOf, nameText, NUMBERS } from '../command-line/dimensions.js';
import type { By } from '../command-line/dimensions.js';
import { untoldSentence } from '../reading/file-kind.js';
import { framesOf, stackText } from '../results/frames.js';
import type { FrameOptions } from '../results/frames.js';
import { addExamples } from '../command-line/help.js';
import { holdings, whoText, withWho } from '../results/holdings.js';
import type { Holding } from '../results/holdings.js';
import {
  addCommonOptions,
  addFilterOptions,
  addHandleOption,
  addStackOptions,
  choice,
} from '../command-line/options.js';
import { readProfile } from '../reading/read-profile.js';
import type { ReadOptions } from '../reading/read-profile.js';
import { restLine } from '../screen/rest-line.js';
import type { Run } from '../run.js';
import { listText } from '../screen/screen.js';
import { shareText, sizeText } from '../screen/size.js';
import { offer } from '../command-line/shell-completion.js';
import { headline, kindOf, sourceDocument } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { GAP, NARROWEST_REST, tableText } from '../screen/table.js';
import type { Column, Row } from '../screen/table.js';
import { readTree, treeDocument, treeText } from '../results/tree.js';
import type { Towards } from '../results/tree.js';
import { UsageError } from '../usage-error.js';

interface TopOptions extends ReadOptions, FrameOptions {
  readonly by?: By[];
  readonly tree?: Towards;
  readonly sort: 'pages' | 'records';
}

export const top: Subcommand = (program, run) => {
  const command: Command = program
    .command('top')
    .description('the largest owners, by whatever you ask')
    .argument('<dump>', 'a dump, a list of page_owner_stacks, or -');
  addByOption(command)
    .option(
      '--sort <column>',
      'pages or records (default: pages)',
      choice('--sort', ['pages', 'records']),
      'pages',
    )
    .option('--tree [towards]', 'callers: from the owners out; callees: from the entry in', readTree);
  addFilterOptions(addHandleOption(addStackOptions(addCommonOptions(command))));
  offer(command, '--sort', ['pages', 'records']);
  offer(command, '--tree', ['callers', 'callees']);
  addExamples(command, [
    ['page-owner top --by task,allocator page_owner.txt', 'which task, with what kind of memory'],
    ['page-owner top --module xfs --tree page_owner.txt', 'who calls a module, as an inverted tree'],
    ['page-owner top --older-than 1h --allocator slab page_owner.txt', 'stacks of old slab pages'],
  ]);
  command.action(async (path: string, options: TopOptions) => {
    if (options.tree && options.by) throw new UsageError('--tree shows stacks; it goes without --by');
    if (options.tree && options.sort === 'records')
      throw new UsageError('--tree counts pages; it goes without --sort records');
    const profile = await readProfile(run, path, options, 'dump or list');
    const untold = options.by?.find((name) => !tells(profile, DIMENSION_OF[name]));
    if (untold) throw new Error(untoldSentence(path, kindOf(profile), `--by ${untold}`));
    if (options.sort === 'records' && !profile.records && profile.samples.length)
      throw new Error(untoldSentence(path, kindOf(profile), '--sort records'));
    if (options.tree) showTree(run, profile, path, options, options.tree);
    else showRows(run, profile, path, options);
  });
};

const LEAST_NAME = 6;
/** More leave no room for shares on a narrow screen. */
const MANY_NAMES = 4;
/** Indent, gaps, and the last column, at their narrowest. */
const LEAST_OTHERS = 2 + 2 * GAP + NARROWEST_REST;

function showRows(run: Run, profile: Profile, path: string, options: TopOptions): void {
  const { by = ['stack'], limit, pageSize } = options;
  const rows = holdings(
    profile,
    by.map((name) => DIMENSION_OF[name]),
  );
  if (options.sort === 'records') rows.sort((a, b) => b.records - a.records);
  const shown = rows.slice(0, limit);
  if (options.json) {
    run.json('top', {
      ...sourceDocument(profile, path, pageSize),
      by,
      rows: rows.length,
      top: shown.map((row) => rowDocument(profile, by, row, options)),
    });
    return;
  }
  run.print(headline(run.screen, path, profile, sizeText(profile.pages * pageSize)));
  const named: By[] = by.filter((name) => name !== 'stack');
  const byStack = by.includes('stack');
  const byTask = named.includes('task');
  const idColumn = idKeyOf(named);
  const tellsTasks = tells(profile, 'taskName');
  const tellsRecords = profile.records > 0;
  const ownTasks = tellsTasks && !byTask && !byStack && !idColumn;
  const numbers = shown.map(({ pages, records }) => [
    String(pages),
    sizeText(pages * pageSize),
    ...(options.sort === 'records' ? [String(records)] : []),
  ]);
  const widest = Math.max(...numbers.map((texts) => texts.join(' '.repeat(GAP)).length), 0);
  // Where not even short columns have room, the names are below the row.
  const inColumns = LEAST_OTHERS + widest + named.length * (LEAST_NAME + GAP) <= run.screen.width;
  const nameOf = (row: Holding, name: By) => {
    const text = nameText(name, row.names[by.indexOf(name)]!);
    return name === idColumn ? withWho(text, row.tasks) : text;
  };
  const columns: Column[] = [
    { title: 'pages', right: true },
    { title: 'size', right: true },
    { title: 'share', right: true, spare: named.length > MANY_NAMES ? 1 : 0 },
    ...(tellsRecords
      ? [{ title: 'records', right: true, ...(options.sort === 'pages' && { spare: 2 }) }]
      : []),
    ...(inColumns ? named : []).map((name) => ({
      title: name,
      most: 32,
      least: LEAST_NAME,
      right: NUMBERS.includes(name) && name !== idColumn,
    })),
    ...(ownTasks ? [{ title: 'tasks', most: 22, spare: 1 }] : []),
    { title: byStack ? 'stack' : 'mostly' },
  ];
  const table = shown.map((row): Row => {
    const sample = byStack ? row.sample : row.owners[0]!.sample;
    const stack = profile.samples.stack[sample]!;
    const frames = framesOf(profile, stack, options);
    const { owner, note } = stackText(
      run.screen,
      frames,
      options,
      byStack && !byTask && !idColumn ? whoText(row.tasks) : '',
    );
    const items = named.map((name) => `${name} ${nameOf(row, name)}`);
    const notes = [
      ...(inColumns ? [] : [(width: number) => listText(run.screen, items, width)]),
      ...(note && (byStack || options.fullStacks) ? [note] : []),
    ];
    return {
      cells: [
        String(row.pages),
        sizeText(row.pages * pageSize),
        shareText(row.pages, profile.pages),
        ...(tellsRecords ? [String(row.records)] : []),
        ...(inColumns ? named.map((name) => nameOf(row, name)) : []),
        ...(ownTasks ? [whoText(row.tasks)] : []),
        owner,
      ],
      ...(notes.length && { note: (width: number) => notes.map((text) => text(width)).join('\n') }),
    };
  });
  run.print(tableText(run.screen, columns, table));
  run.print(
    restLine(
      rows.map(({ pages }) => pages),
      limit,
      pageSize,
    ),
  );
}

function rowDocument(
  profile: Profile,
  by: readonly By[],
  row: Holding,
  options: TopOptions,
): Record<string, unknown> {
  const stack = profile.samples.stack[row.sample]!;
  return {
    ...Object.assign({}, ...by.map((name) => fieldsOf(profile, name, row))),
    records: row.records || null,
    pages: row.pages,
    tasks: tells(profile, 'taskName') ? row.tasks : null,
    ...(by.includes('stack')
      ? {
          reclaim: reclaimOfSample(profile, row.sample),
          frames: framesOf(profile, stack, { ...options, fullStacks: true }),
          ownerFrame: profile.stacks.depth[stack]! - profile.stacks.depth[profile.stacks.owner[stack]!]!,
        }
      : { owners: row.owners.map(({ names, pages }) => ({ owner: names.at(-1), pages })) }),
  };
}

function showTree(run: Run, profile: Profile, path: string, options: TopOptions, towards: Towards): void {
  const { samples } = profile;
  const stacks = [...samples.stack].map((stack, sample) => ({
    frames: framesOf(profile, stack, options),
    pages: samples.pages[sample]!,
  }));
  const tree = stackTree(stacks, towards);
  if (options.json) {
    run.json('top', {
      ...sourceDocument(profile, path, options.pageSize),
      tree: towards,
      root: treeDocument(tree),
    });
    return;
  }
  run.print(headline(run.screen, path, profile, sizeText(profile.pages * options.pageSize)));
  run.print(treeText(run.screen, tree, options));
}
