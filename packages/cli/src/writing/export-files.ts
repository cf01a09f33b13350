import { isatty } from 'node:tty';
import { gzipSync } from 'node:zlib';
import {
  csv,
  folded,
  foldedDiff,
  growthRows,
  jsonProfile,
  largestStacks,
  parquetDiff,
  parquetTables,
  pprof,
  pprofDiff,
  sampleRows,
  speedscope,
  speedscopeDiff,
} from '@page-owner/profile/export';
import type { SnapshotInfo } from '@page-owner/profile/export';
import type { Profile } from '@page-owner/profile';
import { harmlessJson } from '../json.js';
import { UsageError } from '../usage-error.js';
import { writeFiles } from './write-files.js';
import type { FileContent } from './write-files.js';

const STDOUT = 1;
export const FORMATS = ['pprof', 'folded', 'folded-diff', 'speedscope', 'parquet', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** What the end of a file's name says, before `.gz`. */
const BY_NAME: readonly [RegExp, Format][] = [
  [/\.(pb|pprof)$/, 'pprof'],
  [/\.(folded|collapsed)$/, 'folded'],
  [/\.speedscope(\.json)?$/, 'speedscope'],
  [/\.parquet$/, 'parquet'],
  [/\.json$/, 'json'],
  [/\.csv$/, 'csv'],
];

/** What shapes the content of a file. */
export interface ContentOptions {
  /** Stacks to tell apart; the others are added up. Infinity: all. */
  readonly limit: number;
  readonly unit: 'pages' | 'bytes';
  /** Bytes. */
  readonly pageSize: number;
  readonly fullStacks?: boolean;
  readonly host?: string;
  readonly bootId?: string;
  readonly kernel?: string;
  readonly capturedAt?: Date;
}

/** What was written, for a document. */
export interface WrittenExport {
  readonly exportFormat: Format;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Stacks that are told apart, and those that were added up. */
  readonly stacks: number;
  readonly moreStacks: number;
}

/** The format that the end of a file's name tells. */
export function formatOfName(output: string): Format | undefined {
  const name = output.replace(/\.gz$/, '');
  return BY_NAME.find(([end]) => end.test(name))?.[1];
}

/** @throws UsageError when the output is no place for the format */
export function checkPlace(wanted: Format, output: string): void {
  if (wanted === 'parquet' && output === '-')
    throw new UsageError('parquet is two files; name the output: -o NAME.parquet');
  if (wanted === 'parquet' && output.endsWith('.gz'))
    throw new UsageError(
      `parquet is packed within; name the output without .gz, not ${JSON.stringify(output)}`,
    );
  if (wanted === 'pprof' && output === '-' && isatty(STDOUT))
    throw new UsageError('pprof is no text for a terminal; -o FILE.pb.gz');
}

/**
 * Parquet has two tables, so two files: NAME.samples.parquet, of a difference NAME.growth.parquet, and NAME.stacks.parquet.
 */
export function namesOf(format: Format, output: string, isDiff = false): string[] {
  if (format !== 'parquet') return [output];
  const table = isDiff ? 'growth' : 'samples';
  const name = output.replace(/\.parquet$/, '');
  const base = name.endsWith(`.${table}`) ? name.slice(0, -table.length - 1) : name;
  return [`${base}.${table}.parquet`, `${base}.stacks.parquet`];
}

/** Writes all files of a format, or none. @throws Error of one sentence */
export async function writeExport(
  format: Format,
  output: string,
  profile: Profile,
  before: Profile | undefined,
  options: ContentOptions,
): Promise<WrittenExport> {
  const names = namesOf(format, output, before !== undefined);
  const shown = largestStacks(profile, options.limit, before);
  const contents = await contentsOf(format, shown.profile, shown.before, options);
  const packed = contents.map((pieces, i): FileContent => {
    const path = names[i]!;
    const gzip = path.endsWith('.gz') || (format === 'pprof' && !path.endsWith('.pb'));
    return { path, pieces: gzip ? [gzipSync(joined(pieces))] : pieces };
  });
  const bytes = writeFiles(packed);
  const { samples, stacks } = shown.profile;
  const told = new Set(Array.from(samples.stack, (stack) => stacks.id[stack])).size;
  return {
    exportFormat: format,
    files: packed.map(({ path }, i) => ({ path, bytes: bytes[i]! })),
    // Those that were added up are one more.
    stacks: told - (shown.more ? 1 : 0),
    moreStacks: shown.more,
  };
}

async function contentsOf(
  format: Format,
  profile: Profile,
  before: Profile | undefined,
  options: ContentOptions,
): Promise<Iterable<string | Uint8Array>[]> {
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
      return [
        json(
          before
            ? speedscopeDiff(before, profile, { ...info, fullStacks })
            : speedscope(profile, { ...info, fullStacks }),
        ),
      ];
    case 'parquet': {
      // Loading it takes as long as reading a small dump.
      const { parquetWriteBuffer } = await import('hyparquet-writer');
      const tables = Object.values(
        before ? parquetDiff(before, profile, info) : parquetTables(profile, info),
      );
      return tables.map((table) => [new Uint8Array(parquetWriteBuffer(table))]);
    }
    case 'json':
      return [json(jsonProfile(profile, info))];
    case 'csv':
      return [csv(before ? growthRows(before, profile, info) : sampleRows(profile, info))];
  }
}

function infoOf({ host, bootId, kernel, capturedAt, pageSize }: ContentOptions): SnapshotInfo {
  return {
    pageBytes: pageSize,
    ...(host !== undefined && { host }),
    ...(bootId !== undefined && { bootId }),
    ...(kernel !== undefined && { kernelRelease: kernel }),
    ...(capturedAt && { capturedAt }),
  };
}

function joined(pieces: Iterable<string | Uint8Array>): Buffer {
  return Buffer.concat([...pieces].map((piece) => Buffer.from(piece as string)));
}
