import { encodeText, formatRecord } from '@page-owner/dump-format';
import { openOutput } from '@page-owner/page-owner-sort/node';
import { ProfileBuilder, selectsRecord } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import type { Replay } from '@page-owner/trace-replay';
import { writeExport } from './commands/export.js';
import type { Format } from './commands/export.js';
import { selectionOf } from './options.js';
import type { CommonOptions, FilterOptions } from './options.js';
import { redactionOf } from './read-profile.js';
import { redactProfile, redactRecord } from './redact.js';
import type { Run } from './run.js';

/** What is left of a trace: the text of a dump, or what `export` would make of it. */
export type ReplayFormat = 'dump' | Exclude<Format, 'folded-diff'>;

export interface OutputOptions extends CommonOptions, FilterOptions {
  readonly output: string;
  readonly doubtful?: boolean;
  readonly fullStacks?: boolean;
  readonly kernel?: string;
}

const BATCH_LETTERS = 1 << 20;

/** Writes what is live at the end of a trace, as far as the options select it. @throws Error of one sentence */
export function writeReplay(
  run: Run,
  path: string,
  replay: Replay,
  format: ReplayFormat,
  options: OutputOptions,
): void {
  const { olderThan, doubtful = false } = options;
  const select: Selection = {
    ...selectionOf(options),
    ...(olderThan !== undefined && { until: BigInt(replay.report.lastNs) - olderThan }),
  };
  const { records, doubtfulRecords } = replay.report.live;
  const all = doubtful ? records : records - doubtfulRecords;
  if (!all)
    run.warn(
      `${path}: nothing is${records ? ' certainly' : ''} left of what was allocated; the ` +
        `${format === 'dump' ? 'dump' : 'export'} is empty`,
    );
  const written =
    format === 'dump' ? writeDump(replay, select, options) : writeProfile(replay, select, format, options);
  if (all && !written) run.warn(`${path}: none of ${all} records is selected`);
}

/** Returns the number of records written. */
function writeDump({ report, dump, records }: Replay, select: Selection, options: OutputOptions): number {
  const { doubtful = false } = options;
  const selective = Object.keys(select).length > 0;
  const redact = redactionOf(options);
  const output = openOutput(options.output);
  let written = 0;
  try {
    if (!selective && !redact) {
      for (const bytes of dump({ doubtful })) output.write(bytes);
      written = report.live.records;
    } else {
      let batch = '';
      for (const record of records({ doubtful })) {
        if (selective && !selectsRecord(select, record)) continue;
        written++;
        batch += formatRecord(redact ? redactRecord(record, redact) : record, 'V7');
        if (batch.length < BATCH_LETTERS) continue;
        output.write(encodeText(batch));
        batch = '';
      }
      output.write(encodeText(batch));
    }
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return written;
}

/** Returns the number of records written. */
function writeProfile(
  { records }: Replay,
  select: Selection,
  format: Format,
  options: OutputOptions,
): number {
  const builder = new ProfileBuilder({ pageblocks: false, select });
  builder.addRecords(records({ doubtful: options.doubtful ?? false }));
  const profile = builder.finish();
  const redact = redactionOf(options);
  const shown = redact ? redactProfile(profile, redact) : profile;
  writeExport(format, options.output, shown, undefined, { ...options, unit: 'pages' });
  return profile.records;
}
