import type { ScanReport } from '@page-owner/dump-format';
import { describeFindings, noRecords, sortedAlready } from '@page-owner/page-owner-sort/node';
import { ProfileBuilder } from '@page-owner/profile';
import type { Profile, ProfileOptions } from '@page-owner/profile';
import { counted } from '../screen/count.js';
import { checkDump, checkFilters, peek } from './file-kind.js';
import { named } from './named.js';
import { checkTimes, openSelected, watch } from './open-selected.js';
import type { CommonOptions, FilterOptions, HandleOptions, RedactOptions } from '../command-line/options.js';
import { redactProfile, redactReport } from '../rewriting/redact.js';
import { redactionOf } from '../rewriting/redaction-of.js';
import type { Run } from '../run.js';
import { allBytes, bytesOf } from './text-file.js';

/** Whether a list of page_owner_stacks will do as well as a dump. */
type Wanted = 'dump' | 'dump or list';

/** What stands for a stack of which the handle is all that is known. */
const HANDLE = /^handle \d+$/;

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
      const { kind, source } = await peek(unpeeked);
      if (wanted === 'dump') checkDump(path, kind);
      checkFilters(path, kind, options);
      if (kind === 'list') {
        const list = await allBytes(source);
        named(path, () => builder.addStackList(list));
        return undefined;
      }
      if (kind === 'sorted') {
        const sorted = await builder.openSortedDump();
        for (let count: number; (count = await source.read(sorted.space())) > 0;)
          named(path, () => sorted.filled(count));
        named(path, () => sorted.finish());
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
    checkTimes(path, options, profile.timeNs);
    for (const warning of profile.warnings) run.warn(`${path}: ${warning}`);
    if (profile.functions.name.some((name) => HANDLE.test(name)))
      run.warn(
        `${path}: it has handles in place of stacks, so owners, modules and allocators are unknown; --handles FILE, show_stacks_handles of the same boot, tells them`,
      );
    if (!profile.samples.length && Object.keys(select).length)
      run.warn(
        `${path}: none of ${records === undefined ? 'its groups' : counted(records, 'record')} is selected`,
      );
    const redact = redactionOf(run, options);
    return redact ? redactProfile(profile, redact) : profile;
  } finally {
    input.close();
  }
}

/** Says what was not as it should be in a dump. @throws Error when there is no record at all */
export function tellFindings(
  run: Pick<Run, 'warn'>,
  path: string,
  report: ScanReport,
  { redact }: RedactOptions,
): void {
  if (!report.records) throw new Error(noRecords(path, report, !redact));
  const told = redact ? redactReport(report) : report;
  const already = sortedAlready(path, report);
  if (already) throw new Error(already);
  for (const finding of describeFindings(path, told, false)) run.warn(finding);
}
