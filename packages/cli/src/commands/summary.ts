import {
  functionText,
  parseMeminfo,
  parseVmstat,
  parseZoneinfo,
  reclaimOfSample,
  reconcile,
  tells,
} from '@page-owner/profile';
import type { Profile, Reconciliation, SampleFilter, SampleIndex } from '@page-owner/profile';
import { counted } from '../screen/count.js';
import { framesOf, stackText } from '../results/frames.js';
import { addExamples } from '../command-line/help.js';
import { holdings, whoText } from '../results/holdings.js';
import type { Holding } from '../results/holdings.js';
import { addCommonOptions, addFilterOptions, addHandleOption, hasFilters } from '../command-line/options.js';
import { readProfile } from '../reading/read-profile.js';
import type { ReadOptions } from '../reading/read-profile.js';
import { restLine } from '../screen/rest-line.js';
import type { Run } from '../run.js';
import { shorten } from '../screen/screen.js';
import { shareText, sizeText } from '../screen/size.js';
import { headline, sourceDocument } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { tableText } from '../screen/table.js';
import type { Column, Row } from '../screen/table.js';
import { parseFile } from '../reading/text-file.js';
import { UsageError } from '../usage-error.js';

interface SummaryOptions extends ReadOptions {
  readonly meminfo?: string;
  readonly zoneinfo?: string;
  readonly vmstat?: string;
}

const PMD_ORDER = 9;
/** Kinds are few: unless --limit says otherwise, the screen shows so many, and a document all. */
const SHOWN_KINDS = 8;
const MEASURES: readonly Column[] = [
  { title: 'pages', right: true },
  { title: 'size', right: true },
  { title: 'share', right: true, spare: 0 },
];

export const summary: Subcommand = (program, run) => {
  const command = program
    .command('summary')
    .description('who holds the memory: by kind, by task, and kernel memory that nothing reclaims')
    .argument('<dump>', 'a dump, a list of page_owner_stacks, or -')
    .option('--meminfo <file>', '/proc/meminfo of the same moment: how much of memory the dump explains')
    .option('--zoneinfo <file>', '/proc/zoneinfo of the same moment')
    .option('--vmstat <file>', '/proc/vmstat of the same moment');
  addFilterOptions(addHandleOption(addCommonOptions(command, 5)));
  addExamples(command, [
    ['page-owner summary page_owner.txt.zst', 'who holds the memory, on one screen'],
    ['page-owner summary --meminfo meminfo.txt page_owner.txt', 'and how much of memory that explains'],
    ['ssh host cat /sys/kernel/debug/page_owner | page-owner summary -', 'straight from a machine'],
  ]);
  command.action(async (path: string, options: SummaryOptions) => {
    const beside = (['meminfo', 'zoneinfo', 'vmstat'] as const).find((name) => options[name] !== undefined);
    if (beside && hasFilters(options))
      throw new UsageError(`--${beside} is held against all that a dump holds; it goes without filters`);
    const profile = await readProfile(run, path, options, 'dump or list');
    const kernel = await reconciliation(run, profile, options);
    const parts = partsOf(profile);
    const limited = command.getOptionValueSource('limit') === 'cli';
    const mostKinds = limited ? options.limit : options.json ? Infinity : SHOWN_KINDS;
    if (options.json) run.json('summary', document(profile, path, parts, kernel, { ...options, mostKinds }));
    else show(run, profile, path, parts, kernel, { ...options, mostKinds });
  });
};

interface ShownOptions extends SummaryOptions {
  /** How many kinds to show. */
  readonly mostKinds: number;
}

interface Parts {
  /** By kind, and by what memory pressure can do about it, too. */
  readonly kinds: Holding[];
  readonly classes: Holding[];
  readonly tasks: Holding[];
  readonly kernel: Holding[];
  readonly huge: Holding[];
  readonly kernelPages: number;
}

function partsOf(profile: Profile): Parts {
  const isKernel: SampleFilter = (sample) => reclaimOfSample(profile, sample) === 'none';
  const hugeOrder = profile.pageblocks && profile.pageblocks.order > 0 ? profile.pageblocks.order : PMD_ORDER;
  const kernel = holdings(profile, ['owner', 'allocator'], isKernel);
  return {
    kinds: holdings(profile, ['allocator']),
    classes: holdings(profile, ['allocator', 'reclaim']),
    tasks: holdings(profile, ['taskName']),
    kernel,
    huge: holdings(profile, ['allocator', 'order'], (sample) => profile.samples.order[sample]! >= hugeOrder),
    kernelPages: kernel.reduce((sum, { pages }) => sum + pages, 0),
  };
}

function show(
  run: Run,
  profile: Profile,
  path: string,
  { kinds, tasks, kernel, huge, kernelPages }: Parts,
  reconciled: Reconciliation | undefined,
  { limit, mostKinds, pageSize }: ShownOptions,
): void {
  const size = (pages: number) => sizeText(pages * pageSize);
  const section = (
    rows: readonly Holding[],
    most: number,
    columns: readonly Column[],
    row: (holding: Holding) => Row,
  ) => {
    const cells = rows.slice(0, most).map((holding) => {
      const { cells, note } = row(holding);
      const { pages } = holding;
      const measures = [String(pages), size(pages), shareText(pages, profile.pages)];
      return { cells: [...measures, ...cells], ...(note && { note }) };
    });
    run.print(tableText(run.screen, [...MEASURES, ...columns], cells));
    run.print(
      restLine(
        rows.map(({ pages }) => pages),
        most,
        pageSize,
      ),
    );
  };
  const stack = (sample: SampleIndex, who?: string) =>
    stackText(run.screen, framesOf(profile, profile.samples.stack[sample]!, {}), {}, who);
  const mostly = ({ owners, sample }: Holding) => stack(owners[0]?.sample ?? sample).owner;

  const tellsTasks = tells(profile, 'taskName');
  run.print(`${headline(run.screen, path, profile)}\n`);
  run.title('Who holds the memory:', `${counted(profile.pages, 'page')}, ${size(profile.pages)}`);
  section(
    kinds,
    mostKinds,
    [{ title: 'kind' }, ...(tellsTasks ? [{ title: 'tasks', most: 21, spare: 1 }] : []), { title: 'mostly' }],
    (row) => ({
      cells: [row.names[0]!, ...(tellsTasks ? [whoText(row.tasks)] : []), mostly(row)],
    }),
  );
  if (tellsTasks && tasks.length > 1) {
    run.title('\nTasks');
    section(tasks, limit, [{ title: 'task', most: 24 }, { title: 'mostly' }], (row) => ({
      cells: [whoText([row.names[0]!]), mostly(row)],
    }));
  }
  run.title(
    '\nKernel memory that nothing reclaims:',
    `${counted(kernelPages, 'page')}, ${size(kernelPages)}`,
  );
  section(kernel, limit, [{ title: 'kind' }, { title: 'owner' }], (row) => {
    const { owner, note } = stack(row.sample, whoText(row.tasks));
    return { cells: [row.names[1]!, owner], ...(note && { note }) };
  });
  if (huge.length) {
    run.title('\nHuge pages');
    section(huge, limit, [{ title: 'kind' }, { title: 'order', right: true }, { title: 'tasks' }], (row) => ({
      cells: [row.names[0]!, row.names[1]!, whoText(row.tasks, 4)],
    }));
  }
  if (reconciled) showReconciliation(run, reconciled, size);
}

function showReconciliation(
  run: Run,
  { managed, free, owned, explained, unexplained, comparisons }: Reconciliation,
  size: (pages: number) => string,
): void {
  run.title('\nAgainst the kernel:', `the dump explains ${(100 * explained).toFixed(1)} % of what is in use`);
  const totals: [string, number][] = [
    ['managed by the page allocator', managed],
    ['free', free],
    ['in the dump', owned],
    unexplained < 0
      ? ['in the dump but not in use at that moment', -unexplained]
      : ['in use but not in the dump', unexplained],
  ];
  const cache = comparisons.find(({ what }) => what === 'page cache');
  const grown = cache ? cache.dump - cache.kernel : 0;
  run.print(
    tableText(
      run.screen,
      [{ title: 'pages', right: true }, { title: 'size', right: true }, { title: '' }],
      totals.map(([what, pages]) => ({ cells: [String(pages), size(pages), what] })),
    ),
  );
  if (unexplained < 0) {
    const saved = `: it has ${grown} pages more of page cache, which saving it to a file of that machine makes`;
    run.print(
      `More than all, as the dump was read after these counts${2 * grown > -unexplained ? saved : ''}.\n`,
    );
  }
  if (!comparisons.length) return;
  run.print(
    tableText(
      run.screen,
      [
        { title: 'dump', right: true },
        { title: 'kernel', right: true },
        { title: 'kind' },
        { title: "kernel's counter" },
      ],
      comparisons.map(({ what, dump, kernel, counter, note }) => ({
        cells: [
          String(dump),
          String(kernel),
          what,
          (width) => shorten(run.screen, note ? `${counter}; ${note}` : counter, width),
        ],
      })),
    ),
  );
}

async function reconciliation(
  run: Run,
  profile: Profile,
  options: SummaryOptions,
): Promise<Reconciliation | undefined> {
  const { meminfo, zoneinfo, vmstat, pageSize } = options;
  if (meminfo === undefined && zoneinfo === undefined && vmstat === undefined) return undefined;
  return reconcile(profile, {
    ...(meminfo !== undefined && { meminfo: await parseFile(run, meminfo, parseMeminfo) }),
    ...(zoneinfo !== undefined && { zoneinfo: await parseFile(run, zoneinfo, parseZoneinfo) }),
    ...(vmstat !== undefined && { vmstat: await parseFile(run, vmstat, parseVmstat) }),
    pageBytes: pageSize,
  });
}

function document(
  profile: Profile,
  path: string,
  { classes, tasks, kernel, huge, kernelPages }: Parts,
  reconciled: Reconciliation | undefined,
  { limit, mostKinds, pageSize }: ShownOptions,
): Record<string, unknown> {
  const row = (names: readonly string[]) => (holding: Holding) => ({
    ...Object.fromEntries(names.map((name, i) => [name, holding.names[i]])),
    records: holding.records || null,
    pages: holding.pages,
    tasks: tells(profile, 'taskName') ? holding.tasks : null,
    owner:
      holding.owners[0] &&
      functionText(profile, profile.stacks.owner[profile.samples.stack[holding.owners[0].sample]!]!),
  });
  return {
    ...sourceDocument(profile, path, pageSize),
    classes: classes.slice(0, mostKinds).map(row(['allocator', 'reclaim'])),
    tasks: tells(profile, 'taskName') ? tasks.slice(0, limit).map(row(['task'])) : null,
    unreclaimablePages: kernelPages,
    unreclaimable: kernel.slice(0, limit).map(row(['owner', 'allocator'])),
    hugePages: huge.slice(0, mostKinds).map(row(['allocator', 'order'])),
    ...(reconciled && { reconciliation: reconciled }),
  };
}
