import { isatty } from 'node:tty';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { checkOutput, isSameFile } from '@page-owner/page-owner-sort/node';
import {
  csv,
  folded,
  foldedDiff,
  jsonProfile,
  largestStacks,
  parquetTables,
  pprof,
  pprofDiff,
  sampleRows,
  speedscope,
} from '@page-owner/profile/export';
import type { SnapshotInfo } from '@page-owner/profile/export';
import type { Profile } from '@page-owner/profile';
import { addExamples } from '../help.js';
import { harmlessJson } from '../json.js';
import { addCommonOptions, addFilterOptions, addHandleOption, choice } from '../options.js';
import { readProfile } from '../read-profile.js';
import type { ReadOptions } from '../read-profile.js';
import { offer } from '../shell-completion.js';
import { sourceDocument } from '../source.js';
import type { Subcommand } from '../subcommand.js';
import { UsageError } from '../usage-error.js';
import { writeFiles } from '../write-files.js';
import type { FileContent } from '../write-files.js';

const STDOUT = 1;
const FORMATS = ['pprof', 'folded', 'folded-diff', 'speedscope', 'parquet', 'json', 'csv'] as const;
type Format = (typeof FORMATS)[number];

/** What the end of a file's name says, before `.gz`. */
const BY_NAME: readonly [RegExp, Format][] = [
  [/\.(pb|pprof)$/, 'pprof'],
  [/\.(folded|collapsed)$/, 'folded'],
  [/\.speedscope(\.json)?$/, 'speedscope'],
  [/\.parquet$/, 'parquet'],
  [/\.json$/, 'json'],
  [/\.csv$/, 'csv'],
];

/** The formats that have a place for what an option says. */
const TAKEN_BY: readonly [keyof ExportOptions, flag: string, readonly Format[]][] = [
  ['unit', '--unit', ['folded', 'folded-diff']],
  ['host', '--host', ['pprof', 'speedscope', 'parquet', 'json', 'csv']],
  ['bootId', '--boot-id', ['pprof', 'parquet', 'json', 'csv']],
  ['kernel', '--kernel', ['pprof', 'parquet', 'json', 'csv']],
  ['capturedAt', '--captured-at', ['pprof', 'parquet', 'json', 'csv']],
];

interface ExportOptions extends ReadOptions {
  readonly output: string;
  readonly format?: Format;
  readonly before?: string;
  readonly unit: 'pages' | 'bytes';
  readonly fullStacks?: boolean;
  readonly host?: string;
  readonly bootId?: string;
  readonly kernel?: string;
  readonly capturedAt?: Date;
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
    .option('--before <dump>', 'an earlier dump: the growth since then (pprof, folded-diff)')
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
    const files = namesOf(format, output);
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
    const shown = largestStacks(profile, options.limit, base);
    const contents = contentsOf(format, shown.profile, shown.before, options);
    const packed = contents.map((pieces, i): FileContent => {
      const name = files[i]!;
      const gzip = name.endsWith('.gz') || (format === 'pprof' && !name.endsWith('.pb'));
      return { path: name, pieces: gzip ? [gzipSync(joined(pieces))] : pieces };
    });
    const bytes = writeFiles(packed);
    if (!options.json) return;
    const { samples, stacks } = shown.profile;
    const told = new Set(Array.from(samples.stack, (stack) => stacks.id[stack])).size;
    run.json('export', {
      ...sourceDocument(profile, path, options.pageSize),
      ...(before !== undefined && { before }),
      exportFormat: format,
      files: packed.map((file, i) => ({ path: file.path, bytes: bytes[i] })),
      // Those that were added up are one more.
      stacks: told - (shown.more ? 1 : 0),
      moreStacks: shown.more,
    });
  });
};

function formatOf({ format, output, before, json }: ExportOptions): Format {
  if (json && output === '-')
    throw new UsageError('--json tells what was written; the export goes to -o FILE (--format json is one)');
  const name = output.replace(/\.gz$/, '');
  const found = format ?? BY_NAME.find(([end]) => end.test(name))?.[1];
  if (!found)
    throw new UsageError(
      `${output === '-' ? 'standard output has no name that tells' : `the name ${JSON.stringify(output)} does not tell`} ` +
        `the format; --format takes ${FORMATS.join(', ')}`,
    );
  const wanted = before !== undefined && found === 'folded' ? 'folded-diff' : found;
  if (before !== undefined && wanted !== 'pprof' && wanted !== 'folded-diff')
    throw new UsageError(`--before: ${found} shows one dump; pprof and folded-diff show growth`);
  if (before === undefined && wanted === 'folded-diff')
    throw new UsageError('folded-diff needs --before DUMP');
  if (wanted === 'parquet' && output === '-')
    throw new UsageError('parquet is two files; name the output: -o NAME.parquet');
  if (wanted === 'parquet' && output.endsWith('.gz'))
    throw new UsageError(
      `parquet is packed within; name the output without .gz, not ${JSON.stringify(output)}`,
    );
  if (wanted === 'pprof' && output === '-' && isatty(STDOUT))
    throw new UsageError('pprof is no text for a terminal; -o FILE.pb.gz');
  return wanted;
}

/** Parquet has two tables, so two files: NAME.samples.parquet and NAME.stacks.parquet. */
function namesOf(format: Format, output: string): string[] {
  if (format !== 'parquet') return [output];
  const name = output.replace(/(\.samples)?\.parquet$/, '');
  return [`${name}.samples.parquet`, `${name}.stacks.parquet`];
}

function contentsOf(
  format: Format,
  profile: Profile,
  before: Profile | undefined,
  options: ExportOptions,
): Iterable<string | Uint8Array>[] {
  const { unit, pageSize, fullStacks = false } = options;
  const info = infoOf(options);
  const json = (value: unknown) => [`${harmlessJson(JSON.stringify(value))}\n`];
  switch (format) {
    case 'pprof':
      return [
        [
          before
            ? pprofDiff(before, profile, { ...info, fullStacks })
            : pprof(profile, { ...info, fullStacks }),
        ],
      ];
    case 'folded':
      return [folded(profile, { unit, fullStacks, pageBytes: pageSize })];
    case 'folded-diff':
      return [foldedDiff(before!, profile, { unit, fullStacks, pageBytes: pageSize })];
    case 'speedscope':
      return [json(speedscope(profile, { ...info, fullStacks }))];
    case 'parquet': {
      const { samples, stacks } = parquetTables(profile, info);
      return [samples, stacks].map((table) => [new Uint8Array(parquetWriteBuffer(table))]);
    }
    case 'json':
      return [json(jsonProfile(profile, info))];
    case 'csv':
      return [csv(sampleRows(profile, info))];
  }
}

function infoOf({ host, bootId, kernel, capturedAt, pageSize }: ExportOptions): SnapshotInfo {
  return {
    pageBytes: pageSize,
    ...(host !== undefined && { host }),
    ...(bootId !== undefined && { bootId }),
    ...(kernel !== undefined && { kernelRelease: kernel }),
    ...(capturedAt && { capturedAt }),
  };
}

function readTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !/^\d{4}-\d\d-\d\d/.test(text))
    throw new UsageError(`--captured-at: ${JSON.stringify(text)} is no time; write 2026-11-22T21:46:00Z`);
  return time;
}

function joined(pieces: Iterable<string | Uint8Array>): Buffer {
  return Buffer.concat([...pieces].map((piece) => Buffer.from(piece as string)));
}
