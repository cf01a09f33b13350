/** What a release decides: whose tables, whose allocator, whose text. */
import type { AllocatorKernel } from '@page-owner/buddy-allocator';
import type { Variant } from '@page-owner/dump-format';
import { ERAS, eraOf, type Era } from '@page-owner/kernel-abi';

const NEWEST = 'newest';

/** The Linux that a machine behaves like. */
export interface Kernel {
  /** As given: `6.12`, `6.1.192-amd64`, `newest`. */
  readonly release: string;
  /** Whose tables it has. */
  readonly era: Era;
  /** The allocator knows two kernels; others get the one they are more like. */
  readonly allocator: AllocatorKernel;
  /** Whose text debugfs page_owner has. */
  readonly variant: Exclude<Variant, 'V0'>;
}

/** First releases, newest first. Source: dump-format's table of variants. */
const VARIANTS: readonly (readonly [major: number, minor: number, variant: Exclude<Variant, 'V0'>])[] = [
  [6, 7, 'V7'],
  [6, 5, 'V6'],
  [5, 18, 'V5'],
  [5, 13, 'V4'],
  [5, 11, 'V3'],
  [4, 6, 'V2'],
  [3, 19, 'V1'],
];

/** @throws TypeError or RangeError if page_owner is not in that release, or it is none */
export function kernelOf(release: string): Kernel {
  if (release === NEWEST) return { release, era: NEWEST, allocator: '6.12', variant: 'V8' };
  const era = eraOf(release);
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(release)!.map(Number);
  const version = VARIANTS.find(([M, m]) => major! > M || (major === M && minor! >= m));
  if (version === undefined) throw new RangeError(`page_owner begins with Linux 3.19, got "${release}"`);
  return { release, era, allocator: isBefore(era, '6.8') ? '6.1' : '6.12', variant: version[2] };
}

/** Whether an era is older than another. */
export const isBefore = (era: Era, other: Era): boolean => ERAS.indexOf(era) < ERAS.indexOf(other);
