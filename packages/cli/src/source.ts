import { VARIANTS } from '@page-owner/dump-format';
import type { Profile } from '@page-owner/profile';
import { durationText } from './duration.js';

/** What a profile was made of, in words. */
export function about(profile: Profile): string {
  const { records, timeNs, reports } = profile;
  const [report] = reports;
  const read = report && report.records !== records ? `${records} of ${report.records}` : String(records);
  return [
    sourceText(profile),
    ...(report ? [`${read} records`] : []),
    ...(timeNs === undefined ? [] : [`up ${durationText(timeNs)}`]),
  ].join(', ');
}

/** The kernel whose text it is. */
export function sourceText({ variant, reports }: Profile): string {
  if (!reports.length) return 'a list of stacks';
  return variant ? `Linux ${VARIANTS[variant].kernels} (${variant})` : 'of no known kernel';
}

/** What every document says of its dump. */
export function sourceDocument(profile: Profile, path: string, pageBytes: number): Record<string, unknown> {
  const { variant, records, pages, timeNs, reports } = profile;
  return {
    input: path,
    ...(variant && { variant }),
    pageBytes,
    records,
    pages,
    ...(timeNs !== undefined && { timeNs }),
    ...(reports[0] && { recordsRead: reports[0].records, garbagePieces: reports[0].garbagePieces }),
  };
}
