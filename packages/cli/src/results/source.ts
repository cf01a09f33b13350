import { VARIANTS } from '@page-owner/dump-format';
import type { Profile, ProfileSource } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { durationText } from '../screen/duration.js';
import type { FileKind } from '../reading/file-kind.js';
import { shortenFront } from '../screen/screen.js';
import type { Screen } from '../screen/screen.js';

/** The first line of a report: the dump, what it holds, and `more`; goes on below where the screen is too narrow. */
export function headline(screen: Screen, path: string, profile: Profile, ...more: string[]): string {
  return firstLine(screen, path, [...partsOf(profile), ...more]);
}

/** What an input is, in parts, the first beside its name. */
export function firstLine(screen: Screen, path: string, [first, ...rest]: readonly string[]): string {
  const name = `${shortenFront(screen, printable(path), screen.width - 1)}:`;
  const isLong = name.length + 1 + first!.length >= screen.width;
  const lines = [`${name}${isLong ? '\n ' : ''} ${first}`];
  for (const part of rest) {
    const longer = `${lines.at(-1)!.split('\n').at(-1)}, ${part}`;
    // A comma may follow.
    if (longer.length < screen.width) lines[lines.length - 1] += `, ${part}`;
    else lines.push(`  ${part}`);
  }
  return `${lines.join(',\n')}\n`;
}

/** What a profile was made of, in words. */
function partsOf(profile: Profile): string[] {
  const { records, timeNs, reports } = profile;
  const [report] = reports;
  const read = report && report.records !== records ? `${records} of ${report.records}` : String(records);
  const count = report?.records ?? records;
  return [
    sourceText(profile),
    ...(count || report ? [count === 1 ? `${read} record` : `${read} records`] : []),
    ...(timeNs === undefined ? [] : [`up ${durationText(timeNs)}`]),
  ];
}

/** What a profile was read from, if all of it is the same. */
export function kindOf({ sources }: Profile): FileKind {
  if (isOnly(sources, 'list of stacks')) return 'list';
  return isOnly(sources, 'sorted dump') ? 'sorted' : 'dump';
}

/** The kernel whose text it is. */
export function sourceText(profile: Profile): string {
  const { variant } = profile;
  const kind = kindOf(profile);
  if (kind === 'list') return 'a list of stacks';
  if (kind === 'sorted') return 'sorted by page_owner_sort';
  return variant ? `Linux ${VARIANTS[variant].kernels}` : 'of no known kernel';
}

function isOnly(sources: readonly ProfileSource[], kind: ProfileSource): boolean {
  return sources.every((source) => source === kind);
}

/** What every document says of its dump. */
export function sourceDocument(profile: Profile, path: string, pageBytes: number): Record<string, unknown> {
  const { variant, records, pages, timeNs, reports } = profile;
  return {
    input: path,
    ...(variant && { variant }),
    pageBytes,
    // Lists of stacks count pages only.
    records: records || (kindOf(profile) === 'list' ? null : 0),
    pages,
    ...(timeNs !== undefined && { timeNs }),
    ...(reports[0] && { recordsRead: reports[0].records, garbagePieces: reports[0].garbagePieces }),
  };
}
