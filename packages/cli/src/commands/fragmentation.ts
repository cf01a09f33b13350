import {
  fragmentation as fragmentationOf,
  fragmentationIndex,
  functionText,
  mixedCounts,
  MIGRATETYPES,
  parseBuddyinfo,
  parsePagetypeinfo,
  sampleFilter,
  unusableIndex,
} from '@page-owner/profile';
import type {
  Blocker,
  Fragmentation,
  FreeAreas,
  FunctionIndex,
  Pageblocks,
  Pagetypeinfo,
  Profile,
  StackIndex,
} from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { counted } from '../screen/count.js';
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
  choice,
  selectionOf,
  spanOf,
  ZONES,
} from '../command-line/options.js';
import { checkTimes } from '../reading/open-selected.js';
import { readProfile } from '../reading/read-profile.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { redactSelection } from '../rewriting/redact.js';
import type { ReadOptions } from '../reading/read-profile.js';
import type { Run } from '../run.js';
import { restLine } from '../screen/rest-line.js';
import { sizeText } from '../screen/size.js';
import { offer } from '../command-line/shell-completion.js';
import { headline, sourceDocument } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { tableText } from '../screen/table.js';
import type { Column } from '../screen/table.js';
import { parseFile } from '../reading/text-file.js';

interface FragmentationOptions extends ReadOptions, FrameOptions {
  readonly by: 'function' | 'stack';
  readonly pagetypeinfo?: string;
  readonly buddyinfo?: string;
}

export const fragmentation: Subcommand = (program, run) => {
  const command = program
    .command('fragmentation')
    .description(
      'who stops huge pages from forming: how many pages are denied to them, and by whose that cannot be moved',
    )
    .argument('<dump>', 'a dump of 4.6 or later, or -')
    .option('--pagetypeinfo <file>', '/proc/pagetypeinfo of the same moment: mixed pageblocks, free memory')
    .option('--buddyinfo <file>', '/proc/buddyinfo of the same moment: free memory')
    .option(
      '--by <what>',
      'what counts together: function (of the owner) or stack (default: function)',
      choice('--by', ['function', 'stack']),
      'function',
    );
  addFilterOptions(addHandleOption(addStackOptions(addCommonOptions(command))));
  offer(command, '--by', ['function', 'stack']);
  addExamples(command, [
    ['page-owner fragmentation page_owner.txt', 'who stops huge pages from forming'],
    [
      'page-owner fragmentation --pagetypeinfo pagetypeinfo.txt page_owner.txt',
      "beside the kernel's own counts",
    ],
    [
      'page-owner fragmentation --by stack --module i915 page_owner.txt',
      'what a driver does, stack by stack',
    ],
  ]);
  command.action(async (path: string, options: FragmentationOptions) => {
    const { pagetypeinfo, buddyinfo } = options;
    const types =
      pagetypeinfo === undefined ? undefined : await parseFile(run, pagetypeinfo, parsePagetypeinfo);
    const areas = buddyinfo === undefined ? types?.areas : await parseFile(run, buddyinfo, parseBuddyinfo);
    // What others hold counts as well: the filters choose among owners, not among records.
    const { json, limit, pageSize, redact, redactKey, handles } = options;
    const unfiltered = {
      json: json ?? false,
      limit,
      pageSize,
      ...(redact && { redact }),
      ...(redactKey !== undefined && { redactKey }),
      ...(handles !== undefined && { handles }),
    };
    const profile = await readProfile(run, path, unfiltered, 'dump');
    const { pageblocks } = profile;
    if (!pageblocks) throw new Error(`${path} has no PFN lines, so nothing is known of pageblocks`);
    if (types && pageblocks.order >= 0 && types.pageblockOrder !== pageblocks.order)
      run.warn(
        `${pagetypeinfo} has pageblocks of order ${types.pageblockOrder}, ${path} of order ${pageblocks.order}: another machine?`,
      );
    checkTimes(path, options, profile.timeNs);
    const found = findBlockers(run, profile, options, () =>
      run.warn(`${path}: none of ${counted(profile.records, 'record')} is selected`),
    );
    if (json) run.json('fragmentation', document(profile, path, pageblocks, found, types, areas, options));
    else show(run, profile, path, pageblocks, found, types, areas, options);
  });
};

function findBlockers(
  run: Run,
  profile: Profile,
  options: FragmentationOptions,
  nothing: () => void,
): Fragmentation {
  const { samples } = profile;
  const named = { ...selectionOf(options), ...spanOf(options, profile.timeNs) };
  const redact = redactionOf(run, options);
  const select = sampleFilter(profile, redact ? redactSelection(named, redact) : named);
  const selected = new Set<StackIndex>();
  for (let sample = 0; sample < samples.length; sample++)
    if (select(sample)) selected.add(samples.stack[sample]!);
  if (samples.length && !selected.size) nothing();
  const by = options.by === 'stack' ? 'stack' : 'owner';
  return fragmentationOf(profile, { by, select: (stack) => selected.has(stack) });
}

function show(
  run: Run,
  profile: Profile,
  path: string,
  blocks: Pageblocks,
  found: Fragmentation,
  types: Pagetypeinfo | undefined,
  areas: readonly FreeAreas[] | undefined,
  options: FragmentationOptions,
): void {
  const { pageSize } = options;
  const mixed = mixedBlocks(blocks);
  const kernel = types && kernelMixed(types);
  const size = blocks.order < 0 ? '' : ` of ${sizeText(2 ** blocks.order * pageSize).replace('.0 ', ' ')}`;
  run.print(headline(run.screen, path, profile));
  run.print(
    `${blocks.length} pageblocks${size} hold allocated pages, ${found.all.blocks} of them immovable ones.\n`,
  );
  run.print(`${mixed} mixed${kernel === undefined ? '' : ` (the kernel counts ${kernel})`}.\n\n`);
  showDenied(run, found, options);
  showBlockers(run, profile, found.blockers, options);
  if (areas)
    showFree(run, areas, blocks.order < 0 ? (types?.pageblockOrder ?? 9) : blocks.order, types, options);
}

function showDenied(
  run: Run,
  { all, sole, shared }: Fragmentation,
  { by, pageSize }: FragmentationOptions,
): void {
  const size = (pages: number) => sizeText(pages * pageSize);
  run.title('Denied to huge pages:', `${all.deniedPages} pages, ${size(all.deniedPages)}`);
  const rows = [
    { sum: sole, owners: 'one' },
    { sum: shared, owners: 'several' },
  ];
  run.print(
    tableText(
      run.screen,
      [
        { title: 'denied', right: true },
        { title: 'size', right: true, spare: 1 },
        { title: 'blocks', right: true },
        { title: 'immovable', right: true, spare: 2 },
        { title: by === 'stack' ? 'stacks' : 'owners' },
      ],
      rows.map(({ sum: { blocks, pages, deniedPages }, owners }) => ({
        cells: [String(deniedPages), size(deniedPages), String(blocks), String(pages), owners],
      })),
    ),
  );
}

function showBlockers(
  run: Run,
  profile: Profile,
  blockers: readonly Blocker[],
  options: FragmentationOptions,
): void {
  const { by, limit, pageSize } = options;
  const rows = blockers.filter(({ deniedPages }) => deniedPages > 0);
  const less = blockers.length - rows.length;
  run.title('\nBy whom:', 'shared out by the immovable pages that each has in a block');
  if (!blockers.length) run.print('  none\n');
  if (rows.length) {
    const columns: Column[] = [
      { title: 'denied', right: true },
      { title: 'size', right: true, spare: 2 },
      { title: 'blocks', right: true },
      { title: 'alone', right: true },
      { title: 'movable', right: true, spare: 1 },
      { title: 'pages', right: true },
      { title: by === 'stack' ? 'stack' : 'owner' },
    ];
    run.print(
      tableText(
        run.screen,
        columns,
        rows.slice(0, limit).map((row) => {
          const frames = framesOf(profile, row.stack, options);
          const who = whoText(tasksOf(profile, row.stack, options));
          const { owner, note } = stackText(run.screen, frames, options, who);
          return {
            cells: [
              String(row.deniedPages),
              sizeText(row.deniedPages * pageSize),
              String(row.blocks),
              String(row.soleBlocks),
              String(row.movableBlocks),
              String(row.pages),
              owner,
            ],
            ...(note && { note }),
          };
        }),
      ),
    );
    run.print(
      restLine(
        rows.map(({ deniedPages }) => deniedPages),
        limit,
        pageSize,
      ),
    );
  }
  if (less) run.print(`  ${rows.length ? 'and ' : ''}${less} that deny less than a page\n`);
}

function showFree(
  run: Run,
  areas: readonly FreeAreas[],
  order: number,
  types: Pagetypeinfo | undefined,
  { pageSize }: FragmentationOptions,
): void {
  run.title(`\nFree memory, for an allocation of order ${order}`, types?.capped ? '(at least)' : undefined);
  run.print(
    tableText(
      run.screen,
      [
        { title: 'free', right: true },
        { title: 'unusable', right: true },
        { title: 'fragmentation', right: true },
        { title: 'zone' },
      ],
      areas.map(({ node, zone, free }) => {
        const index = fragmentationIndex(free, order);
        return {
          cells: [
            sizeText(freePages(free) * pageSize),
            `${(100 * unusableIndex(free, order)).toFixed(1)} %`,
            index < 0 ? 'would succeed' : index.toFixed(3),
            `node ${node} ${printable(zone)}`,
          ],
        };
      }),
    ),
  );
}

function freePages(free: readonly number[]): number {
  return free.reduce((sum, count, order) => sum + count * 2 ** order, 0);
}

function mixedBlocks({ mixed }: Pageblocks): number {
  return mixed.reduce((sum, isMixed) => sum + isMixed, 0);
}

function kernelMixed({ mixed }: Pagetypeinfo): number | undefined {
  if (!mixed.length) return undefined;
  return mixed.reduce((sum, { count }) => sum + Object.values(count).reduce((a, b) => a + b, 0), 0);
}

/** Names of the tasks that hold pages of a row's stack, or owner function, most first. */
function tasksOf(profile: Profile, stack: StackIndex, { by }: FragmentationOptions): string[] {
  const { stack: stackOf } = profile.samples;
  const functionOf = ownerFunctions(profile);
  return taskNames(profile, (sample) => {
    const at = stackOf[sample]!;
    return by === 'stack' ? at === stack : at > 0 && functionOf(at) === functionOf(stack);
  });
}

/** The function of a stack's owner frame. */
function ownerFunctions({ stacks, frames }: Profile): (stack: StackIndex) => FunctionIndex {
  return (stack) => frames.function[stacks.frame[stacks.owner[stack]!]!]!;
}

function document(
  profile: Profile,
  path: string,
  blocks: Pageblocks,
  { all, sole, shared, blockers }: Fragmentation,
  types: Pagetypeinfo | undefined,
  areas: readonly FreeAreas[] | undefined,
  options: FragmentationOptions,
): Record<string, unknown> {
  const order = blocks.order < 0 ? (types?.pageblockOrder ?? 9) : blocks.order;
  return {
    ...sourceDocument(profile, path, options.pageSize),
    pageblockOrder: blocks.order < 0 ? null : blocks.order,
    pageblocks: blocks.length,
    mixed: mixedBlocks(blocks),
    mixedByZone: mixedCounts(blocks).map(({ node, zone, count }) => ({
      node,
      zone,
      zoneName: ZONES[zone] ?? null,
      count: Object.fromEntries(MIGRATETYPES.map((type, i) => [type, count[i]])),
    })),
    ...(types && { kernelMixed: types.mixed }),
    by: options.by,
    denied: { all, sole, shared },
    blockers: blockers.slice(0, options.limit).map(({ stack, owner: _, ...counts }) => ({
      owner: functionText(profile, profile.stacks.owner[stack]!),
      stackId: idText(profile.stacks.id[stack]!),
      ...counts,
      tasks: tasksOf(profile, stack, options),
      frames: framesOf(profile, stack, { ...options, fullStacks: true }),
    })),
    ...(areas && {
      free: areas.map(({ node, zone, free }) => ({
        node,
        zone,
        freePages: freePages(free),
        order,
        unusableIndex: unusableIndex(free, order),
        fragmentationIndex: fragmentationIndex(free, order),
      })),
    }),
  };
}
