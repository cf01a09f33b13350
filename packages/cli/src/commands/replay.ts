import { checkOutput, isSameFile, otherFile } from '@page-owner/page-owner-sort/node';
import type { Selection } from '@page-owner/profile';
import { parseZoneSpans, TracePlayer } from '@page-owner/trace-replay';
import type { Replay, ReplayOptions, ReplayReport } from '@page-owner/trace-replay';
import type { Command } from 'commander';
import { checkPlace, FORMATS as EXPORTS, formatOfName, namesOf } from '../writing/export-files.js';
import { noDump, peek } from '../reading/file-kind.js';
import type { FrameOptions } from '../results/frames.js';
import { addExamples } from '../command-line/help.js';
import { openWatched, watch } from '../reading/open-selected.js';
import {
  addCommonOptions,
  addFilterOptions,
  addStackOptions,
  choice,
  negated,
  selectionOf,
  spanOf,
  wholeNumber,
} from '../command-line/options.js';
import type { CommonOptions, FilterOptions } from '../command-line/options.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import { replayDocument } from '../results/replay-document.js';
import { writeReplay } from '../results/replay-output.js';
import type { ReplayFormat } from '../results/replay-output.js';
import { showReplay } from '../results/replay-report.js';
import { rowsOf } from '../results/replay-rows.js';
import type { Run } from '../run.js';
import { offer } from '../command-line/shell-completion.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { parseFile } from '../reading/text-file.js';
import { UsageError } from '../usage-error.js';

export interface ReplayCommandOptions extends CommonOptions, FilterOptions, FrameOptions {
  readonly output: string;
  readonly format?: ReplayFormat;
  readonly baseline?: string;
  readonly zoneinfo?: string;
  readonly report?: boolean;
  readonly doubtful?: boolean;
  readonly tolerant?: boolean;
  readonly withoutFrees?: boolean;
  readonly fromBoot?: boolean;
  readonly kernel?: string;
  readonly pageblockOrder?: number;
}

/** Filters by what only a baseline tells: of its own records, or also of new pages between them. */
const UNKNOWN_TO_TRACES = { cgroup: false, zone: true, node: true } as const;
const UNTOLD_NAMES = ['cgroup', 'zone', 'node'] as const;
/** An export that compares needs two dumps. */
const FORMATS = ['dump', ...EXPORTS.filter((format) => format !== 'folded-diff')] as const;
/** Options that shape tables only; in the second list, exports as well. */
const OF_REPORTS = ['offsets'] as const;
const OF_TABLES = [...OF_REPORTS, 'pageSize', 'fullStacks'] as const;

export const replay: Subcommand = (program, run) => {
  const command = program
    .command('replay')
    .description('page owner without a reboot: a kmem trace, played to a dump or a report')
    .argument('<trace>', 'the text of tracing/trace, trace-cmd report or perf script, or -')
    .option('-o, --output <file>', 'where the dump, or export, goes; - is standard output', '-')
    .option(
      '--format <format>',
      `${FORMATS.join(', ')} (default: by the name of the output, else a dump)`,
      choice('--format', FORMATS),
    )
    .option('--report', 'who never freed, peak, rates, lifetimes, failures, who fragmented')
    .option('--baseline <dump>', 'a dump from before the trace (5.18 or later), to go on from')
    .option('--zoneinfo <file>', 'its /proc/zoneinfo: node and zone where the baseline has no record')
    .option('--doubtful', 'with what may have been freed while events were lost')
    .option('--tolerant', 'a damaged event counts as a lost one')
    .option('--without-frees', 'take a trace that has no frees')
    .option('--from-boot', 'the trace has all events since boot: pageblocks begin as Movable')
    .option('--kernel <release>', 'of the traced machine, for the numbers of gfp names (default: 6.12)')
    .option('--pageblock-order <n>', 'of the traced machine (default: as the trace says, or 9)', (text) =>
      wholeNumber('--pageblock-order', text),
    );
  addFilterOptions(addStackOptions(addCommonOptions(command)));
  offer(command, '--format', FORMATS);
  for (const option of command.options)
    if (option.long === '--limit')
      option.description =
        'rows of a report (default: 10); records of a dump, stacks of an export (default: all)';
  addExamples(command, [
    ['page-owner replay --report trace.txt', 'who never freed, and what else the trace tells'],
    ['page-owner replay -o page_owner.txt trace.txt.gz', 'a dump, for all other subcommands'],
    ['page-owner replay -o owners.pb.gz trace.txt', 'for go tool pprof; as export names and writes formats'],
  ]);
  command.action(async (path: string, options: ReplayCommandOptions) => {
    const format = formatOf(options);
    check(command, path, format, options);
    const redact = redactionOf(run, options);
    tellUntold(run, command, options);
    const played = await play(run, path, options);
    const { report } = played;
    const warnings = redact ? report.warnings.map(withoutQuotes) : report.warnings;
    const select = selectionAt(report, options);
    if (!options.report) {
      for (const warning of warnings) run.warn(`${path}: ${warning}`);
      const limit = command.getOptionValueSource('limit') === 'cli' ? options.limit : Infinity;
      const written = await writeReplay(run, path, played, format, select, { ...options, limit });
      if (options.json)
        run.json('replay-dump', { input: path, output: options.output, ...written, warnings });
      return;
    }
    // A table has its limit, the dump beside it has all records.
    if (options.output !== '-')
      await writeReplay(run, path, played, format, select, { ...options, limit: Infinity });
    const rows = rowsOf(played, redact, select);
    if (options.json) run.json('replay', replayDocument(path, report, rows, warnings, options));
    else showReplay(run, path, report, rows, warnings, options, select !== undefined);
  });
};

function formatOf({ format, output }: ReplayCommandOptions): ReplayFormat {
  if (format) return format;
  const named = formatOfName(output);
  return named === undefined || named === 'folded-diff' ? 'dump' : named;
}

/** What the filters choose; undefined: all. Ages are counted from the last event. */
function selectionAt({ lastNs }: ReplayReport, options: ReplayCommandOptions): Selection | undefined {
  const select = { ...selectionOf(options), ...spanOf(options, BigInt(lastNs)) };
  return Object.keys(select).length ? select : undefined;
}

function tellUntold(run: Run, command: Command, { baseline, zoneinfo }: ReplayCommandOptions): void {
  for (const name of UNTOLD_NAMES) {
    const ofNew = UNKNOWN_TO_TRACES[name];
    // It comes beside a baseline, and together they tell node and zone of all pages.
    if (ofNew && zoneinfo !== undefined) continue;
    const told = `a trace does not tell the ${name} of a page`;
    if (command.getOptionValueSource(negated(name)) === 'cli') {
      const left =
        baseline === undefined
          ? 'nothing is left out'
          : ofNew
            ? 'only what lies in a pageblock that the baseline knows is left out'
            : 'only records of the baseline are left out';
      run.warn(`--not-${name}: ${told}, so ${left}`);
    }
    if (command.getOptionValueSource(name) !== 'cli') continue;
    const selected =
      baseline === undefined
        ? 'nothing is selected'
        : ofNew
          ? 'only what lies in a pageblock that the baseline knows is selected'
          : 'only records of the baseline are selected';
    run.warn(`--${name}: ${told}, so ${selected}`);
  }
}

function check(command: Command, path: string, format: ReplayFormat, options: ReplayCommandOptions): void {
  const { baseline, output, report, zoneinfo } = options;
  const given = (name: keyof ReplayCommandOptions) => command.getOptionValueSource(name) === 'cli';
  const flag = (name: keyof ReplayCommandOptions) =>
    command.options.find((option) => option.attributeName() === name)!.long!;
  if (!report)
    for (const name of format === 'dump' ? OF_TABLES : OF_REPORTS)
      if (given(name))
        throw new UsageError(
          `${flag(name)} goes with --report${format === 'dump' ? '; a dump is text' : ''}`,
        );
  if (!report && options.json && output === '-')
    throw new UsageError(
      `--json tells what was done; the ${format === 'dump' ? 'dump' : 'export'} goes to -o FILE (--report --json tells all)`,
    );
  if (report && output === '-' && given('format'))
    throw new UsageError('--format with --report needs -o FILE: the report goes to standard output');
  if (format !== 'dump' && !(report && output === '-')) checkPlace(format, output);
  for (const age of ['olderThan', 'newerThan'] as const)
    if (options[age] !== undefined && baseline !== undefined)
      throw new UsageError(
        `${flag(age)}: the times of a baseline are of another clock than those of a trace`,
      );
  if (options.zoneinfo !== undefined && baseline === undefined)
    throw new UsageError('--zoneinfo adds to a --baseline');
  if (baseline === '-' && path === '-')
    throw new UsageError('trace and baseline cannot both be standard input');
  const inputs = [path, baseline, zoneinfo].filter((input) => input !== undefined);
  for (const name of format === 'dump' ? [output] : namesOf(format, output)) {
    if (inputs.some((input) => isSameFile(input, name)))
      throw new UsageError(`input and output are the same file, ${name}`);
    checkOutput(name);
  }
}

const CHUNK_BYTES = 1 << 20;

/** @throws Error of one sentence that names the file, UsageError */
async function play(run: Run, path: string, options: ReplayCommandOptions): Promise<Replay> {
  const player = await playerOf(run, options);
  const input = await openWatched(run, path);
  try {
    return await watch(run, input, async (source) => {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      for (let count: number; (count = await source.read(chunk)) > 0;)
        named(path, options, () => player.push(chunk.subarray(0, count)));
      return named(path, options, () => player.finish());
    });
  } finally {
    input.close();
  }
}

/** How a baseline that is something else is refused. */
const NO_RECORD = 'the baseline has no page_owner record';

/** A player that has read its baseline, if there is one. */
async function playerOf(run: Run, options: ReplayCommandOptions): Promise<TracePlayer> {
  const {
    kernel,
    pageblockOrder,
    baseline,
    tolerant = false,
    withoutFrees = false,
    fromBoot = false,
  } = options;
  const settings: ReplayOptions = {
    tolerant,
    withoutFrees,
    fromBoot,
    ...(kernel !== undefined && { kernel }),
    ...(pageblockOrder !== undefined && { pageblockOrder }),
  };
  // Nothing is read yet, so only the settings can be wrong.
  const player = await TracePlayer.create(settings).catch((error: Error) => {
    throw new UsageError(error.message, { cause: error });
  });
  if (baseline === undefined) return player;
  const { zoneinfo } = options;
  const zones = zoneinfo === undefined ? undefined : await parseFile(run, zoneinfo, parseZoneSpans);
  const input = await openWatched(run, baseline);
  let unreadable: unknown;
  let front = '';
  try {
    return await watch(run, input, async (unpeeked) => {
      const { kind, source, front: begins } = await peek(unpeeked);
      front = begins;
      if (kind !== 'dump') throw (unreadable = noDump(baseline, kind));
      const read = (into: Uint8Array) =>
        source.read(into).catch((error: unknown) => {
          throw (unreadable = error);
        });
      return TracePlayer.create({ ...settings, ...(zones && { zones }), baseline: { read } });
    });
  } catch (error) {
    // What cannot be read names its file itself.
    if (error === unreadable) throw error;
    const { message } = error as Error;
    const other = message.startsWith(NO_RECORD) ? otherFile(front) : undefined;
    return named(baseline, options, () => {
      throw other ? new Error(`${message}; ${other}`, { cause: error }) : error;
    });
  } finally {
    input.close();
  }
}

function named<T>(path: string, { redact }: ReplayCommandOptions, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${path}: ${redact ? withoutQuotes(message) : message}`, { cause: error });
  }
}

/** Sentences about a trace quote what they found in it, and a task's name may be there. */
function withoutQuotes(sentence: string): string {
  return sentence.replace(/"(?:[^"\\]|\\.)*"(?:\.\.\.)?/g, '"..."');
}
