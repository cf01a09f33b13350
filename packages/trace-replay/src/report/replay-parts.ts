import type { Era } from '@page-owner/kernel-abi';
import type { Baseline } from '../reading/baseline.js';
import type { Replayer } from '../playing/replayer.js';
import type { StackTable } from '../tables/stack-table.js';
import type { TaskTable } from '../tables/task-table.js';
import type { TextTable } from '../tables/text-table.js';

/** What is there when a trace has been played to its end; dump and report are made of it. */
export interface ReplayParts {
  readonly replayer: Replayer;
  readonly stacks: StackTable;
  readonly tasks: TaskTable;
  readonly gfpTexts: TextTable;
  readonly baseline: Baseline | undefined;
  readonly era: Era;
}
