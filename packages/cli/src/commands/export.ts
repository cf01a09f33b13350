import { checkOutput, isSameFile } from '@page-owner/page-owner-sort/node';
import { checkPlace, FORMATS, formatOfName, namesOf, writeExport } from '../writing/export-files.js';
import type { ContentOptions, Format } from '../writing/export-files.js';
import { addExamples } from '../command-line/help.js';
import { addCommonOptions, addFilterOptions, addHandleOption, choice } from '../command-line/options.js';
import { tellKinds } from '../reading/mixed-kinds.js';
import { readProfile } from '../reading/read-profile.js';
import type { ReadOptions } from '../reading/read-profile.js';
import { offer } from '../command-line/shell-completion.js';
import { sourceDocument } from '../results/source.js';
import type { Subcommand } from '../command-line/subcommand.js';
import { UsageError } from '../usage-error.js';

/** The formats that have a place for what an option says. */
const TAKEN_BY: readonly [keyof ExportOptions, flag: string, readonly Format[]][] = [
  ['unit', '--unit', ['folded', 'folded-diff']],
  ['host', '--host', ['pprof', 'speedscope', 'parquet', 'json', 'csv']],
  ['bootId', '--boot-id', ['pprof', 'parquet', 'json', 'csv']],
  ['kernel', '--kernel', ['pprof', 'parquet', 'json', 'csv']],
  ['capturedAt', '--captured-at', ['pprof', 'parquet', 'json', 'csv']],
];

interface ExportOptions extends ReadOptions, ContentOptions {
  readonly output: string;
  readonly format?: Format;
  readonly before?: string;
}

export const exportCommand: Subcommand = (program, run) => {
  const command = program
    .command('export')
    .description('files for other tools: pprof, flame graphs, speedscope, Parquet, JSON, CSV')
    .argument('<dump>', 'a dump, a list of page_owner_stacks, or -')
    .option('-o, --output <file>', 'where to; - is standard output', '-')
    .option(
      '--format <format>',
      `${FORMATS.join(', ')} (default: by the name of the output)`,
      choice('--format', FORMATS),
    )
    .option('--before <dump>', 'an earlier dump: the growth since then (all formats but json)')
    .option(
      '--unit <unit>',
      'what folded stacks count: pages or bytes',
      choice('--unit', ['pages', 'bytes']),
      'pages',
    )
    .option('--full-stacks', 'with the allocation plumbing')
    .option('--host <name>', 'kept in pprof, Parquet, JSON and CSV: the machine')
    .option('--boot-id <id>', 'its boot, /proc/sys/kernel/random/boot_id')
    .option('--kernel <release>', 'its kernel, uname -r')
    .option('--captured-at <time>', 'when, as ISO 8601', readTime);
  addFilterOptions(
    addHandleOption(addCommonOptions(command, Infinity, 'stacks to tell apart (the others are added up)')),
  );
  offer(command, '--format', FORMATS);
  offer(command, '--unit', ['pages', 'bytes']);
  addExamples(command, [
    ['page-owner export -o owners.pb.gz page_owner.txt', 'for go tool pprof, Pyroscope, Parca'],
    [
      'page-owner export -o owners.speedscope.json --cgroup jobA page_owner.txt',
      'for speedscope.app, one control group',
    ],
    ['page-owner export --before t1.txt -o grown.folded t2.txt', 'for flamegraph.pl: what grew'],
  ]);
  command.action(async (path: string, options: ExportOptions) => {
    const { output, before } = options;
    const format = formatOf(options);
    for (const [name, flag, formats] of TAKEN_BY) {
      if (command.getOptionValueSource(name) === 'cli' && !formats.includes(format))
        throw new UsageError(`${flag}: ${format} has no place for it; ${formats.join(', ')} have`);
    }
    const files = namesOf(format, output, before !== undefined);
    for (const name of files) {
      if (isSameFile(path, name) || (before !== undefined && isSameFile(before, name)))
        throw new UsageError(`input and output are the same file, ${name}`);
      checkOutput(name);
    }
    const profile = await readProfile(run, path, options, 'dump or list', { pageblocks: false });
    const base =
      before === undefined
        ? undefined
        : await readProfile(run, before, options, 'dump or list', { pageblocks: false });
    if (base) tellKinds(run, [before!, path], [base, profile]);
    const written = await writeExport(format, output, profile, base, options);
    if (options.json)
      run.json('export', {
        ...sourceDocument(profile, path, options.pageSize),
        ...(before !== undefined && { before }),
        ...written,
      });
  });
};

function formatOf({ format, output, before, json }: ExportOptions): Format {
  if (json && output === '-')
    throw new UsageError('--json tells what was written; the export goes to -o FILE (--format json is one)');
  const found = format ?? formatOfName(output);
  if (!found)
    throw new UsageError(
      `${output === '-' ? 'standard output has no name that tells' : `the name ${JSON.stringify(output)} does not tell`} ` +
        `the format; --format takes ${FORMATS.join(', ')}`,
    );
  const wanted = before !== undefined && found === 'folded' ? 'folded-diff' : found;
  if (before !== undefined && wanted === 'json')
    throw new UsageError('--before: json shows one dump; page-owner diff --json shows growth');
  if (before === undefined && wanted === 'folded-diff')
    throw new UsageError('folded-diff needs --before DUMP');
  checkPlace(wanted, output);
  return wanted;
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-\d\d-\d\d/.test(text))
    throw new UsageError(`--captured-at: ${JSON.stringify(text)} is no time; write 2026-11-22T21:46:00Z`);
  return time;
}
