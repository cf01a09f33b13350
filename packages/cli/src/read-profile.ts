import { decodeText } from '@page-owner/dump-format';
import type { ScanReport } from '@page-owner/dump-format';
import { describeFindings, noRecords } from '@page-owner/page-owner-sort/node';
import { ProfileBuilder } from '@page-owner/profile';
import type { Profile, ProfileOptions } from '@page-owner/profile';
import { counted } from './count.js';
import { openSelected, watch } from './open-selected.js';
import type { Source } from './open-selected.js';
import type { CommonOptions, FilterOptions, HandleOptions, RedactOptions } from './options.js';
import { redactProfile, redactReport } from './redact.js';
import { redactionOf } from './redaction-of.js';
import type { Run } from './run.js';
import { allBytes, bytesOf } from './text-file.js';

/** Whether a list of page_owner_stacks will do as well as a dump. */
export type Wanted = 'dump' | 'dump or list';

/** Options of a subcommand that reads profiles. */
export type ReadOptions = CommonOptions & FilterOptions & HandleOptions;

/**
 * Reads a dump, or a list of stacks, into a profile, as the options say: filtered, redacted. Says on standard error what
 * was not as it should be.
 *
 * @throws Error of one sentence that names the file, UsageError
 */
export async function readProfile(
  run: Run,
  path: string,
  options: ReadOptions,
  wanted: Wanted,
  more: Pick<ProfileOptions, 'pageblocks'> = {},
): Promise<Profile> {
  const handles = options.handles === undefined ? {} : { handles: await bytesOf(run, options.handles) };
  const { input, select } = await openSelected(run, path, options);
  try {
    const builder = named(options.handles ?? path, () => new ProfileBuilder({ ...more, ...handles, select }));
    const records = await watch(run, input, async (unpeeked) => {
      const { isList, source } = await peek(unpeeked);
      if (isList) {
        if (wanted === 'dump') throw new Error(`${path} ${NO_DUMP}`);
        const list = await allBytes(source);
        named(path, () => builder.addStackList(list));
        return undefined;
      }
      const reader = await builder.openDump();
      for (let count: number; (count = await source.read(reader.space())) > 0;)
        named(path, () => reader.filled(count));
      const report = reader.finish();
      tellFindings(run, path, report, options);
      return report.records;
    });
    const profile = builder.finish();
    for (const warning of profile.warnings) run.warn(`${path}: ${warning}`);
    if (!profile.samples.length && Object.keys(select).length)
      run.warn(
        `${path}: none of ${records === undefined ? 'its stacks' : counted(records, 'record')} is selected`,
      );
    const redact = redactionOf(run, options);
    return redact ? redactProfile(profile, redact) : profile;
  } finally {
    input.close();
  }
}

/** Why a list of page_owner_stacks is not enough. */
export const NO_DUMP =
  'is a list of page_owner_stacks, which the kernel has summed already; this needs a dump, debugfs page_owner';

/** Says what was not as it should be in a dump. @throws Error when there is no record at all */
export function tellFindings(
  run: Pick<Run, 'warn'>,
  path: string,
  report: ScanReport,
  { redact }: RedactOptions,
): void {
  const told = redact ? redactReport(report) : report;
  if (!report.records) throw new Error(noRecords(path, told));
  for (const finding of describeFindings(path, told, false)) run.warn(finding);
}

/** Lets an error name the file. */
export function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

const FRONT_BYTES = 4096;
const RECORD_START = 'Page allocated via order ';
const LIST_START = /^\s*?( \S+\+0x|handle: \d|0x[0-9a-f]+\n)/;

/** A dump whose first record is cut off at its front begins like a list. */
const isList = (front: string): boolean => LIST_START.test(front) && !front.includes(RECORD_START);

/** Looks at the first bytes, and gives them out again. */
export async function peek(input: Source): Promise<{ isList: boolean; source: Source }> {
  const buffer = new Uint8Array(FRONT_BYTES);
  let length = 0;
  for (let count; length < FRONT_BYTES; length += count) {
    count = await input.read(buffer.subarray(length));
    if (!count) break;
  }
  let front = buffer.subarray(0, length);
  return {
    isList: isList(decodeText(front)),
    source: {
      async read(into) {
        if (!front.length) return input.read(into);
        const count = Math.min(front.length, into.length);
        into.set(front.subarray(0, count));
        front = front.subarray(count);
        return count;
      },
    },
  };
}
