/** Why a page was last migrated: the word in `Page has been migrated, last migrate reason: compaction`. */
import { inEra, type Era, type EraChanges, type Release } from './era.js';
import { memoizeTable } from './kernel-config.js';
import { words } from './words.js';

/** What a record holds before any migration. Never printed. The newest kernels call it MR_NEVER. */
export const MIGRATE_REASON_NEVER = -1;

/** The migrate reasons of one era. */
export interface MigrateReasonTable {
  /** Whose reasons these are. */
  readonly era: Era;
  /** Which kernel source the table was read from, and what about it is unsure. */
  readonly source: string;
  /** Names in numeric order. */
  readonly names: readonly string[];
}

const REASONS: EraChanges<{ readonly source: string; readonly names: readonly string[] }> = {
  '4.6': {
    source: 'the patch series of 4.6',
    names: words(
      'compaction memory_failure memory_hotplug syscall_or_cpuset mempolicy_mbind numa_misplaced cma',
    ),
  },
  '4.16': {
    source: 'as 4.6, one reason renamed (release unsure)',
    names: words(
      'compaction memory_failure memory_hotplug syscall_or_cpuset mempolicy_mbind numa_misplaced contig_range',
    ),
  },
  '5.13': {
    source: 'Linux 6.1 without what came later (first release unsure)',
    names: words(`
      compaction memory_failure memory_hotplug syscall_or_cpuset mempolicy_mbind numa_misplaced contig_range
      longterm_pin`),
  },
  '5.14': {
    source: 'Linux 6.1 (demotion since 5.15)',
    names: words(`
      compaction memory_failure memory_hotplug syscall_or_cpuset mempolicy_mbind numa_misplaced contig_range
      longterm_pin demotion`),
  },
  '6.12': {
    source: 'Linux 6.12 (damon perhaps since 6.11)',
    names: words(`
      compaction memory_failure memory_hotplug syscall_or_cpuset mempolicy_mbind numa_misplaced contig_range
      longterm_pin demotion damon`),
  },
};

/** One reason, two names: before 4.16 the kernel said `cma`. */
const RENAMED: Readonly<Record<string, string>> = { cma: 'contig_range', contig_range: 'cma' };

/**
 * The migrate reasons of a release.
 *
 * @throws RangeError before 4.6, when page_owner did not follow migrations
 */
export const migrateReasonTable: (release: Release) => MigrateReasonTable = memoizeTable(
  (era: Era): MigrateReasonTable => ({
    era,
    ...inEra(REASONS, era, 'migrate reasons'),
  }),
);

/**
 * The word for a reason.
 *
 * @throws RangeError if the era has no such reason; {@link MIGRATE_REASON_NEVER} has no word either
 */
export function migrateReasonName(reason: number, release: Release): string {
  const name = migrateReasonTable(release).names[reason];
  if (name === undefined) throw new RangeError(`no migrate reason ${reason} in Linux ${release}`);
  return name;
}

/**
 * The number of a word. `cma` and `contig_range` are the same reason and are both accepted in every era.
 *
 * @throws RangeError if the era has no such reason
 */
export function migrateReasonNumber(name: string, release: Release): number {
  const { names } = migrateReasonTable(release);
  const reason = names.indexOf(names.includes(name) ? name : (RENAMED[name] ?? name));
  if (reason < 0) throw new RangeError(`no migrate reason "${name}" in Linux ${release}`);
  return reason;
}
