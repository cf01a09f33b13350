import { DumpScanner, formatRecord, isPlumbing, parseRecord } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { parseFrames, selectsRecord } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { counted } from '../screen/count.js';
import { durationText } from '../screen/duration.js';
import { checkDump, peek } from '../reading/file-kind.js';
import { addExamples } from '../command-line/help.js';
import { whoText } from '../results/holdings.js';
import { joinedHandles } from '../reading/joined-handles.js';
import { named } from '../reading/named.js';
import { openSelected, watch } from '../reading/open-selected.js';
import { addCommonOptions, addFilterOptions, addHandleOption } from '../command-line/options.js';
import type { CommonOptions, FilterOptions, HandleOptions } from '../command-line/options.js';
import { tellFindings } from '../reading/read-profile.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { redactRecord } from '../rewriting/redact.js';
import type { Run } from '../run.js';
import { paint, shorten } from '../screen/screen.js';
import { sizeText } from '../screen/size.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { tableText } from '../screen/table.js';
import { UsageError } from '../usage-error.js';

const FAILED = 1;

type ShowOptions = CommonOptions & FilterOptions & HandleOptions;

export const show: Subcommand = (program, run) => {
  const command = program
    .command('show')
    .description('who owns one page frame, and what else is in its pageblock')
    .argument('<pfn>', 'page frame number: 376462 or 0x5be8e', readPfn)
    .argument('<dump>', 'a dump of 3.19 or later, or -');
  addFilterOptions(addHandleOption(addCommonOptions(command)));
  addExamples(command, [
    ['page-owner show 0x36201 page_owner.txt', 'who owns a page frame'],
    ['page-owner show 221697 --json page_owner.txt', 'the same for a program'],
    ['page-owner show 0x36201 --redact page_owner.txt.zst', 'to put into a bug report'],
  ]);
  command.action(async (pfn: number, path: string, options: ShowOptions) => {
    const redact = redactionOf(run, options);
    const found = await findPage(run, path, pfn, options);
    const renamed = (records: readonly PageOwnerRecord[]) =>
      redact ? records.map((record) => redactRecord(record, redact)) : records;
    const shown = { ...found, records: renamed(found.records), selected: renamed(found.selected) };
    const neighbours = neighboursOf(shown);
    if (options.json) run.json('show', document(path, pfn, shown, neighbours, options));
    else tell(run, pfn, shown, neighbours, options);
    if (shown.records.length) return;
    run.exitCode = FAILED;
    const page = `PFN 0x${pfn.toString(16)}`;
    run.warn(
      found.covering
        ? `${path}: ${page} has an owner, but its record is not one that the filters select`
        : `${path}: no record covers ${page}: it is free, reserved, or was not tracked`,
    );
  });
};

interface FoundPage {
  /** Selected records whose allocation covers the page; one at most, unless the dump is several put together. */
  readonly records: readonly PageOwnerRecord[];
  /** How many there are, selected or not. */
  readonly covering: number;
  /** All records with pages in its pageblock; one of a larger order may begin in an earlier block. */
  readonly block: readonly PageOwnerRecord[];
  /** Those of them that are selected. */
  readonly selected: readonly PageOwnerRecord[];
  /** -1 when no record tells. */
  readonly blockNumber: number;
  /** -1 as long as the dump does not tell. */
  readonly blockOrder: number;
}

/**
 * Reads a dump as far as the end of the page's pageblock: dumps are in the order of page frames. One that is not is read to
 * its end.
 */
async function findPage(run: Run, path: string, pfn: number, options: ShowOptions): Promise<FoundPage> {
  const join = (await joinedHandles(run, options)) ?? ((record: PageOwnerRecord) => record);
  const records: PageOwnerRecord[] = [];
  let texts: Uint8Array[] = [];
  let current = -1;
  let order = -1;
  let last = -1;
  let ascending = true;
  let done = false;
  const wanted = () => (order < 0 ? -1 : Math.floor(pfn / 2 ** order));
  const scanner: DumpScanner = await DumpScanner.create(
    {
      record(record) {
        if (done || record.pfn < 0) return;
        ascending &&= record.pfn > last;
        last = record.pfn;
        const { block } = record;
        if (order < 0 && block > 0) order = orderOf(record.pfn, block);
        if (ascending && record.pfn > pfn && block > Math.max(wanted(), 0)) {
          done = true;
          return;
        }
        const pages = 2 ** scanner.header(record.line).order;
        // Only the page's own block is kept; as long as the size of a block is not known, the latest.
        if (order < 0 && block !== current) texts = [];
        current = block;
        if (order < 0 || pagesWithin(record.pfn, pages, wanted(), order) > 0)
          texts.push(record.bytes.slice(record.start, record.end));
        if (record.pfn > pfn || record.pfn + pages <= pfn) return;
        const whole = record.parse();
        if (whole) records.push(named(path, () => join(whole)));
      },
      pause() {
        if (scanner.hasManyTexts) scanner.forgetTexts();
      },
    },
    { pages: true },
  );
  const { input, select } = await openSelected(run, path, options);
  try {
    await watch(run, input, async (unpeeked) => {
      const { kind, source } = await peek(unpeeked);
      checkDump(path, kind);
      for (let count: number; !done && (count = await source.read(scanner.space())) > 0;)
        scanner.filled(count);
    });
  } finally {
    input.close();
  }
  // Of a dump that was left in its middle, the last record is none.
  if (!done) tellFindings(run, path, scanner.finish(), options);
  const isSelected = (record: PageOwnerRecord) => selectsRecord(select, record);
  const chosen = (block: readonly PageOwnerRecord[], blockNumber: number): FoundPage => ({
    records: records.filter(isSelected),
    covering: records.length,
    block,
    selected: block.filter(isSelected),
    blockNumber,
    blockOrder: order,
  });
  const kept = texts
    .map((text) => parseRecord(text))
    .filter((record) => record !== undefined)
    .map((record) => named(path, () => join(record)));
  if (order < 0) {
    const isIts = records.some(({ block }) => block === current);
    return chosen(isIts ? kept : [], isIts ? current : -1);
  }
  const block = kept.filter((record) => pagesWithin(record.pfn!, 2 ** record.order, wanted(), order) > 0);
  return chosen(block, wanted());
}

/** How many of the pages from `first` on are in a pageblock. */
function pagesWithin(first: number, pages: number, block: number, blockOrder: number): number {
  const start = block * 2 ** blockOrder;
  return Math.max(0, Math.min(first + pages, start + 2 ** blockOrder) - Math.max(first, start));
}

function orderOf(pfn: number, block: number): number {
  for (let order = 0; order <= 30; order++) if (Math.floor(pfn / 2 ** order) === block) return order;
  return -1;
}

/** What else is in the pageblock: owners with their pages. */
interface Neighbour {
  readonly owner: string;
  /** What the gfp mask asks for. */
  readonly type: string;
  readonly lru: boolean;
  records: number;
  pages: number;
  readonly tasks: Map<string, number>;
}

function neighboursOf(found: FoundPage): Neighbour[] {
  const rows = new Map<string, Neighbour>();
  for (const record of found.selected) {
    const [owner] = ownersOf(record);
    const type = record.migratetype ?? '?';
    const lru = record.flagNames?.split('|').includes('lru') ?? false;
    const key = `${owner} ${type} ${lru}`;
    let row = rows.get(key);
    if (!row)
      rows.set(key, (row = { owner: owner ?? '?', type, lru, records: 0, pages: 0, tasks: new Map() }));
    const pages = pagesInBlock(record, found);
    row.records++;
    row.pages += pages;
    const name = record.comm ?? '';
    row.tasks.set(name, (row.tasks.get(name) ?? 0) + pages);
  }
  return [...rows.values()].sort((a, b) => b.pages - a.pages);
}

/** How many pages of an allocation are in the page's block. */
function pagesInBlock({ pfn, order }: PageOwnerRecord, { blockNumber, blockOrder }: FoundPage): number {
  return blockOrder < 0 ? 2 ** order : pagesWithin(pfn!, 2 ** order, blockNumber, blockOrder);
}

/** The type of the page's pageblock. A record tells it of the block that it begins in only. */
function typeOf({ block, blockNumber }: FoundPage): string | undefined {
  return block.find((record) => record.block === blockNumber)?.pageblockMigratetype;
}

/** The functions of a record from its owner on, innermost first. */
function ownersOf({ stack, handle }: PageOwnerRecord): string[] {
  if (!stack.length && handle !== undefined) return [`handle ${handle}`];
  const frames = parseFrames(stack);
  const owner = frames.findIndex(({ name }, i) => i === frames.length - 1 || !isPlumbing(name));
  return frames
    .slice(Math.max(0, owner))
    .map(({ name, module }) => (module === undefined ? name : `${name} [${module}]`));
}

function tell(
  run: Run,
  pfn: number,
  found: FoundPage,
  neighbours: readonly Neighbour[],
  { limit, pageSize }: CommonOptions,
): void {
  const { records, block, blockNumber, blockOrder } = found;
  const { screen } = run;
  for (const record of records) {
    const pages = 2 ** record.order;
    const first = record.pfn ?? pfn;
    run.title(
      `PFN 0x${pfn.toString(16)}`,
      `(${pfn}; physical address 0x${(BigInt(pfn) * BigInt(pageSize)).toString(16)})`,
    );
    const place =
      pages === 1
        ? 'an allocation of order 0'
        : `page ${pfn - first} of an allocation of order ${record.order}, ${counted(pages, 'page')} from 0x${first.toString(16)} on, ${sizeText(pages * pageSize)}`;
    run.print(`  ${place}\n`);
    const task = [
      record.comm === undefined ? undefined : `task ${printable(record.comm) || '(without a name)'}`,
      record.pid === undefined ? undefined : `pid ${record.pid}`,
      record.tgid === undefined || record.tgid === record.pid ? undefined : `tgid ${record.tgid}`,
      record.tsNs === undefined ? undefined : `${durationText(record.tsNs)} after boot`,
    ].filter((part) => part !== undefined);
    if (task.length) run.print(`  by ${task.join(', ')}\n`);
    run.print(`  owner ${paint(screen, 'bold', printable(ownersOf(record)[0] ?? '?'))}\n\n`);
    const text = formatRecord(record).trimEnd().split('\n');
    run.printAsIs(text.map((line) => `  ${printable(line)}\n`).join(''));
    run.print('\n');
  }
  if (!block.length) return;
  const pages = block.reduce((sum, record) => sum + pagesInBlock(record, found), 0);
  const selected = neighbours.reduce((sum, row) => sum + row.pages, 0);
  const whole = blockOrder < 0 ? '' : ` of ${2 ** blockOrder}`;
  run.title(
    `Pageblock ${blockNumber}`,
    `${printable(typeOf(found) ?? 'of unknown type')}, ${whole ? `${pages}${whole} pages` : counted(pages, 'page')} owned` +
      (found.selected.length < block.length ? `, ${selected} of them selected` : ''),
  );
  if (!neighbours.length) return;
  run.print(
    tableText(
      screen,
      [
        { title: 'pages', right: true },
        { title: 'records', right: true },
        { title: 'type' },
        { title: 'LRU' },
        { title: 'tasks', most: 24, spare: 1 },
        { title: 'owner' },
      ],
      neighbours.slice(0, limit).map((row) => ({
        cells: [
          String(row.pages),
          String(row.records),
          printable(row.type),
          row.lru ? 'yes' : 'no',
          whoText([...row.tasks].sort(([, a], [, b]) => b - a).map(([name]) => name)),
          (width) => shorten(screen, printable(row.owner), width),
        ],
      })),
    ),
  );
  if (neighbours.length > limit) run.print(`  and ${neighbours.length - limit} more; --limit all\n`);
}

function readPfn(text: string): number {
  const pfn = /^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(pfn))
    throw new UsageError(`${JSON.stringify(text)} is no page frame number; write 376462 or 0x5be8e`);
  return pfn;
}

function document(
  path: string,
  pfn: number,
  found: FoundPage,
  neighbours: readonly Neighbour[],
  { limit, pageSize }: CommonOptions,
): Record<string, unknown> {
  const { records, covering, block, blockNumber, blockOrder } = found;
  return {
    input: path,
    pageBytes: pageSize,
    pfn,
    // Selected or not.
    covering,
    // 64-bit values as decimal texts.
    records: records.map((record) => ({ ...record, owner: ownersOf(record)[0] ?? null })),
    pageblock:
      block.length === 0
        ? undefined
        : {
            block: blockNumber,
            order: blockOrder < 0 ? null : blockOrder,
            type: typeOf(found) ?? null,
            owners: neighbours.slice(0, limit).map(({ owner, type, lru, records: count, pages, tasks }) => ({
              owner,
              type,
              lru,
              records: count,
              pages,
              tasks: [...tasks.keys()],
            })),
          },
  };
}
