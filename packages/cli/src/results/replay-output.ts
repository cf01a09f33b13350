import { encodeText, formatRecord } from '@page-owner/dump-format';
import { openOutput } from '@page-owner/page-owner-sort/node';
import { ProfileBuilder, selectsRecord } from '@page-owner/profile';
import type { Selection } from '@page-owner/profile';
import type { Replay } from '@page-owner/trace-replay';
import { counted } from '../screen/count.js';
import { writeExport } from '../writing/export-files.js';
import type { Format, WrittenExport } from '../writing/export-files.js';
import type { CommonOptions } from '../command-line/options.js';
import { redactProfile, redactRecord } from '../rewriting/redact.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import type { Run } from '../run.js';

/** What is left of a trace: the text of a dump, or what `export` would make of it. */
export type ReplayFormat = 'dump' | Exclude<Format, 'folded-diff'>;

interface OutputOptions extends CommonOptions {
  readonly output: string;
  readonly doubtful?: boolean;
  readonly fullStacks?: boolean;
  readonly kernel?: string;
}

/** What was written, and how many records there are without filters and a limit. */
interface WrittenReplay extends Partial<WrittenExport> {
  readonly recordsLeft: number;
  readonly records: number;
  readonly pages: number;
}

const BATCH_LETTERS = 1 << 20;

/**
 * Writes what is live at the end of a trace, as far as it is selected; the limit is one of records in a dump and of stacks
 * in an export.
 *
 * @throws Error of one sentence
 */
export async function writeReplay(
  run: Run,
  path: string,
  replay: Replay,
  format: ReplayFormat,
  select: Selection | undefined,
  options: OutputOptions,
): Promise<WrittenReplay> {
  const { records, doubtfulRecords } = replay.report.live;
  const recordsLeft = options.doubtful ? records : records - doubtfulRecords;
  if (!recordsLeft)
    run.warn(
      `${path}: nothing is${records ? ' certainly' : ''} left of what was allocated; the ` +
        `${format === 'dump' ? 'dump' : 'export'} is empty`,
    );
  const written =
    format === 'dump'
      ? writeDump(run, replay, select, options)
      : await writeProfile(run, replay, select, format, options);
  if (recordsLeft && select && !written.records)
    run.warn(`${path}: none of ${counted(recordsLeft, 'record')} is selected`);
  return { recordsLeft, ...written };
}

type Written = Omit<WrittenReplay, 'recordsLeft'>;

function writeDump(
  run: Run,
  { records }: Replay,
  select: Selection | undefined,
  options: OutputOptions,
): Written {
  const { doubtful = false, limit } = options;
  const redact = redactionOf(run, options);
  const output = openOutput(options.output);
  const done = { records: 0, pages: 0 };
  try {
    let batch = '';
    for (const record of records({ doubtful })) {
      if (done.records >= limit) break;
      if (select && !selectsRecord(select, record)) continue;
      done.records++;
      done.pages += 2 ** record.order;
      batch += formatRecord(redact ? redactRecord(record, redact) : record, 'V7');
      if (batch.length < BATCH_LETTERS) continue;
      output.write(encodeText(batch));
      batch = '';
    }
    output.write(encodeText(batch));
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return done;
}

async function writeProfile(
  run: Run,
  { records }: Replay,
  select: Selection | undefined,
  format: Format,
  options: OutputOptions,
): Promise<Written> {
  const builder = new ProfileBuilder({ pageblocks: false, ...(select && { select }) });
  builder.addRecords(records({ doubtful: options.doubtful ?? false }));
  const profile = builder.finish();
  const redact = redactionOf(run, options);
  const shown = redact ? redactProfile(profile, redact) : profile;
  const written = await writeExport(format, options.output, shown, undefined, { ...options, unit: 'pages' });
  return { records: profile.records, pages: profile.pages, ...written };
}
