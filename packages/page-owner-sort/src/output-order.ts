import { cQsort } from './compat/c-qsort.js';
import { compareByGroup, compareForOutput } from './group.js';
import type { Group } from './group.js';
import { mergeRuns } from './merge.js';
import type { Plan } from './plan.js';
import { writeRun } from './run.js';
import type { RunSource, RunStore } from './run.js';

/** Groups, and bytes of their texts, that are sorted in memory at a time. */
const MOST_GROUPS = 1 << 14;
const MOST_BYTES = 16 << 20;

/** The groups of all runs, each once, in the order of the output, at most `plan.top` of them. */
export function* inOutputOrder(plan: Plan, runs: readonly RunSource[], store: RunStore): Generator<Group> {
  let left = plan.top;
  for (const group of ordered(plan, runs, store)) {
    if (left-- <= 0) return;
    yield group;
  }
}

function* ordered(plan: Plan, runs: readonly RunSource[], store: RunStore): Generator<Group> {
  const byGroup = compareByGroup(plan);
  const forOutput = compareForOutput(plan);
  const whole = (order: typeof byGroup) => counted(plan, mergeRuns(runs, order, byGroup, store));
  if (plan.orderedByGroup) {
    yield* whole(forOutput);
    return;
  }
  const sort = (groups: Group[]) => (plan.compat ? cQsort(groups, forOutput) : groups.sort(forOutput));
  const sorted: RunSource[] = [];
  let batch: Group[] = [];
  let bytes = 0;
  for (const group of whole(byGroup)) {
    batch.push(group);
    bytes += group.line.length + group.stack.length;
    if (batch.length >= MOST_GROUPS || bytes >= MOST_BYTES) {
      sorted.push(writeRun(sort(batch), store));
      batch = [];
      bytes = 0;
    }
  }
  if (!sorted.length) {
    yield* sort(batch);
    return;
  }
  sorted.push(writeRun(sort(batch), store));
  yield* mergeRuns(sorted, forOutput, forOutput, store);
}

/** The C tool counts in 32-bit ints. */
function* counted(plan: Plan, groups: Iterable<Group>): Generator<Group> {
  if (!plan.compat) {
    yield* groups;
    return;
  }
  for (const group of groups) yield { ...group, times: group.times | 0, pages: group.pages | 0 };
}
