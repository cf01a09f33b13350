import type { Variant } from '@page-owner/dump-format';
import type { AgeTableBuilder } from '../tables/age-table.js';
import type { FrameText } from '../facts/frame-text.js';
import type { CgroupTableBuilder, TaskTableBuilder } from '../tables/name-tables.js';
import type { PageblockBuilder } from '../tables/pageblocks.js';
import type { SampleTableBuilder } from '../tables/sample-table.js';
import type { Selection } from '../analysis/selection.js';
import type { StackTableBuilder } from '../tables/stack-table.js';

/** The tables that sources are read into. */
export interface ProfileTables {
  readonly stacks: StackTableBuilder;
  readonly tasks: TaskTableBuilder;
  readonly cgroups: CgroupTableBuilder;
  readonly samples: SampleTableBuilder;
  readonly gfpNames: Map<number, string>;
  readonly ages: AgeTableBuilder;
  readonly pageblocks: PageblockBuilder | undefined;
  readonly select: Selection | undefined;
  /** The latest allocation so far, selected or not, in two words; high is -1 as long as there is none. */
  readonly clock: { high: number; low: number };
  /** Of the first record that fits one. */
  variant: Variant | undefined;
  /** The stack of a handle. */
  framesOfHandle(handle: number): readonly FrameText[];
}
