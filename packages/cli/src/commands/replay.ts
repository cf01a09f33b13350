import { formatRecord, encodeText } from '@page-owner/dump-format';
import { checkOutput, isSameFile, openOutput } from '@page-owner/page-owner-sort/node';
import { selectsRecord } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import { TracePlayer } from '@page-owner/trace-replay';
import type { Replay, ReplayOptions } from '@page-owner/trace-replay';
import type { Command } from 'commander';
import type { FrameOptions } from '../frames.js';
import { addExamples } from '../help.js';
import { openWatched, watch } from '../open-selected.js';
import { addCommonOptions, addFilterOptions, addStackOptions, selectionOf, wholeNumber } from '../options.js';
import type { CommonOptions, FilterOptions } from '../options.js';
import { redactionOf } from '../read-profile.js';
import { redactRecord } from '../redact.js';
import { replayDocument } from '../replay-document.js';
import { showReplay } from '../replay-report.js';
import { rowsOf } from '../replay-rows.js';
import type { Run } from '../run.js';
import type { Subcommand } from '../subcommand.js';
import { UsageError } from '../usage-error.js';

export interface ReplayCommandOptions extends CommonOptions, FilterOptions, FrameOptions {
  readonly output: string;
  readonly baseline?: string;
  readonly report?: boolean;
  readonly doubtful?: boolean;
  readonly tolerant?: boolean;
  readonly withoutFrees?: boolean;
  readonly kernel?: string;
  readonly pageblockOrder?: number;
}

/** Filters by what a trace does not tell. */
const UNKNOWN_TO_TRACES = ['cgroup', 'zone', 'node'] as const;
/** Filters by what it does tell. */
const FILTERS = ['task', 'pid', 'module', 'stack', 'order', 'allocator', 'olderThan'] as const;
/** Options that shape tables and documents only. */
const OF_REPORTS = ['json', 'limit', 'pageSize', 'fullStacks', 'offsets'] as const;

export const replay: Subcommand = (program, run) => {
  const command = program
    .command('replay')
    .description('page owner without a reboot: a kmem trace, played to a dump or a report')
    .argument('<trace>', 'the text of tracing/trace, trace-cmd report or perf script, or -')
    .option('-o, --output <file>', 'where the dump goes; - is standard output', '-')
    .option('--report', 'who never freed, peak, rates, lifetimes, failures, who fragmented')
    .option('--baseline <dump>', 'a dump from before the trace (5.18 or later), to go on from')
    .option('--doubtful', 'with what may have been freed while events were lost')
    .option('--tolerant', 'a damaged event counts as a lost one')
    .option('--without-frees', 'take a trace that has no frees')
    .option('--kernel <release>', 'of the traced machine, for the numbers of gfp names (default: 6.12)')
    .option('--pageblock-order <n>', 'of the traced machine (default: as the trace says, or 9)', (text) =>
      wholeNumber('--pageblock-order', text),
    );
  addFilterOptions(addStackOptions(addCommonOptions(command)));
  for (const option of command.options)
    if (UNKNOWN_TO_TRACES.some((name) => name === option.attributeName())) option.hideHelp();
  addExamples(command, [
    ['page-owner replay --report trace.txt', 'who never freed, and what else the trace tells'],
    ['page-owner replay -o page_owner.txt trace.txt.gz', 'a dump, for all other subcommands'],
    ['page-owner replay trace.txt | page-owner top --by task -', 'the same, without a file between'],
  ]);
  command.action(async (path: string, options: ReplayCommandOptions) => {
    check(command, path, options);
    const redact = redactionOf(options);
    const played = await play(run, path, options);
    const { report } = played;
    const warnings = redact ? report.warnings.map(withoutQuotes) : report.warnings;
    if (!options.report) {
      for (const warning of warnings) run.warn(`${path}: ${warning}`);
      writeDump(run, path, played, options);
      return;
    }
    if (options.output !== '-') writeDump(run, path, played, options);
    const rows = rowsOf(report, redact);
    if (options.json) run.json('replay', replayDocument(path, report, rows, warnings, options));
    else showReplay(run, path, report, rows, warnings, options);
  });
};

function check(command: Command, path: string, options: ReplayCommandOptions): void {
  const { baseline, output, report } = options;
  const given = (name: keyof ReplayCommandOptions) => command.getOptionValueSource(name) === 'cli';
  const flag = (name: keyof ReplayCommandOptions) =>
    command.options.find((option) => option.attributeName() === name)!.long!;
  for (const name of UNKNOWN_TO_TRACES)
    if (given(name)) throw new UsageError(`${flag(name)}: a trace does not tell the ${name} of a page`);
  for (const name of report ? FILTERS : OF_REPORTS) {
    if (!given(name)) continue;
    throw new UsageError(
      report
        ? `${flag(name)} chooses records of a dump; a report is of the whole trace`
        : `${flag(name)} goes with --report; a dump is text, and whole`,
    );
  }
  if (options.olderThan !== undefined && baseline !== undefined)
    throw new UsageError('--older-than: the times of a baseline are of another clock than those of a trace');
  if (baseline === '-' && path === '-')
    throw new UsageError('trace and baseline cannot both be standard input');
  for (const input of [path, ...(baseline === undefined ? [] : [baseline])])
    if (isSameFile(input, output)) throw new UsageError(`input and output are the same file, ${output}`);
  checkOutput(output);
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

/** A player that has read its baseline, if there is one. */
async function playerOf(run: Run, options: ReplayCommandOptions): Promise<TracePlayer> {
  const { kernel, pageblockOrder, baseline, tolerant = false, withoutFrees = false } = options;
  const settings: ReplayOptions = {
    tolerant,
    withoutFrees,
    ...(kernel !== undefined && { kernel }),
    ...(pageblockOrder !== undefined && { pageblockOrder }),
  };
  // Nothing is read yet, so only the settings can be wrong.
  const player = await TracePlayer.create(settings).catch((error: Error) => {
    throw new UsageError(error.message, { cause: error });
  });
  if (baseline === undefined) return player;
  const input = await openWatched(run, baseline);
  let unreadable: unknown;
  try {
    return await watch(run, input, (source) => {
      const read = (into: Uint8Array) =>
        source.read(into).catch((error: unknown) => {
          throw (unreadable = error);
        });
      return TracePlayer.create({ ...settings, baseline: { read } });
    });
  } catch (error) {
    // What cannot be read names its file itself.
    if (error === unreadable) throw error;
    return named(baseline, options, () => {
      throw error;
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

function writeDump(
  run: Run,
  path: string,
  { report, ...played }: Replay,
  options: ReplayCommandOptions,
): void {
  const { olderThan, doubtful = false } = options;
  const select: Selection = {
    ...selectionOf(options),
    ...(olderThan !== undefined && { until: BigInt(report.lastNs) - olderThan }),
  };
  const selective = Object.keys(select).length > 0;
  const redact = redactionOf(options);
  const output = openOutput(options.output);
  try {
    if (!selective && !redact) for (const bytes of played.dump({ doubtful })) output.write(bytes);
    else {
      let read = 0;
      let written = 0;
      let batch = '';
      for (const record of played.records({ doubtful })) {
        read++;
        if (selective && !selectsRecord(select, record)) continue;
        written++;
        batch += formatRecord(redact ? redactRecord(record, redact) : record, 'V7');
        if (batch.length < CHUNK_BYTES) continue;
        output.write(encodeText(batch));
        batch = '';
      }
      output.write(encodeText(batch));
      if (read && !written) run.warn(`${path}: none of ${read} records is selected`);
    }
    const { records, doubtfulRecords } = report.live;
    if (records === (doubtful ? 0 : doubtfulRecords))
      run.warn(
        `${path}: nothing is${records ? ' certainly' : ''} left of what was allocated; the dump is empty`,
      );
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}
