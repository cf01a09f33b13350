import type { ScanReport, Variant } from '@page-owner/dump-format';
import type { AgeTable } from './age-table.js';
import type { CgroupTable, TaskTable } from './name-tables.js';
import type { Pageblocks } from './pageblocks.js';
import type { SampleTable } from './sample-table.js';
import type { StackTables } from './stack-table.js';

/** What a profile is made of: `records` are those that were in memory already. */
export type ProfileSource = 'dump' | 'records' | 'sorted dump' | 'list of stacks';

/**
 * Who holds the memory at one moment: tables as structs of arrays, small whatever the size of the dump. Nothing in it
 * changes once it is built, and all of it survives `structuredClone`.
 */
export interface Profile extends StackTables {
  /** Who allocated. */
  readonly tasks: TaskTable;
  /** Who is charged. */
  readonly cgroups: CgroupTable;
  /** How much of what. */
  readonly samples: SampleTable;
  /** Names of the gfp masks of samples, as the first record prints them that has them; none before 4.6. */
  readonly gfpNames: ReadonlyMap<number, string>;
  /** How much of which stack is how old. */
  readonly ages: AgeTable;
  /** Only of dumps, and only when asked for. */
  readonly pageblocks?: Pageblocks;
  /** Allocations of all samples. */
  readonly records: number;
  /** Base pages of all samples. */
  readonly pages: number;
  /**
   * The latest allocation, ns since boot, selected or not: about when the source was read. Undefined where it tells no
   * times.
   */
  readonly timeNs?: bigint;
  /**
   * How the records are written, by the first that tells; undefined for lists of stacks, and for a mixture that no mainline
   * kernel prints.
   */
  readonly variant?: Variant;
  /** What was read, in the order in which it was added. */
  readonly sources: readonly ProfileSource[];
  /** What the scans of the dumps found, in the order in which they were added. */
  readonly reports: readonly ScanReport[];
  /** Sentences about what a reader of the figures has to know. */
  readonly warnings: readonly string[];
}
