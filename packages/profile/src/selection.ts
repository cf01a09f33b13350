import type { PageOwnerRecord } from '@page-owner/dump-format';
import { ALLOCATOR_CLASSES, classOfPage, classOfStack } from './allocator-class.js';
import type { AllocatorClass } from './allocator-class.js';
import { stackTexts } from './breakdown.js';
import type { SampleFilter } from './breakdown.js';
import { parseFrames } from './frame-text.js';
import type { FrameText } from './frame-text.js';
import { factsOfPage } from './page-facts.js';
import { UNKNOWN } from './indices.js';
import type { StackIndex } from './indices.js';
import { isPlumbing } from './plumbing.js';
import type { Profile } from './profile.js';
import { NO_TIME } from './sample-table.js';

/**
 * Which records count. Of a list one has to match, and of the conditions that are given all. What a source does not say
 * matches no list.
 */
export interface Selection {
  /** Names of tasks. */
  readonly tasks?: readonly string[] | undefined;
  readonly pids?: readonly number[] | undefined;
  /** Innermost module of the stack, as `StackTable.module` has it; `vmlinux` where there is none. */
  readonly modules?: readonly string[] | undefined;
  /** Names of memory control groups, the last component of their path; `offline NAME` is NAME only when it has been removed. */
  readonly cgroups?: readonly string[] | undefined;
  /** Has to match a function of the stack, plumbing included, as `functionText` writes it: `zs_malloc [zsmalloc]`. */
  readonly stack?: RegExp | undefined;
  readonly orders?: readonly number[] | undefined;
  /** Zone indices. */
  readonly zones?: readonly number[] | undefined;
  readonly nodes?: readonly number[] | undefined;
  readonly allocators?: readonly AllocatorClass[] | undefined;
  /** ns since boot: only what was allocated then or before. */
  readonly until?: bigint | undefined;
}

/** The conditions that the stack text of a record decides. */
export function selectsStack(
  { modules, stack, cgroups }: Selection,
  frames: readonly FrameText[],
  cgroup: Cgroup | undefined,
): boolean {
  return (
    isIn(modules, modules && moduleOf(frames)) &&
    isCgroupIn(cgroups, cgroup) &&
    (!stack || frames.some(({ name, module }) => stack.test(module ? `${name} [${module}]` : name)))
  );
}

interface Cgroup {
  readonly name: string;
  readonly offline: boolean;
}

/** By its name, or by what `dimensionNamer` calls it. */
function isCgroupIn(list: readonly string[] | undefined, cgroup: Cgroup | undefined): boolean {
  return isIn(list, cgroup?.name) || (cgroup?.offline === true && isIn(list, `offline ${cgroup.name}`));
}

/** What header line and PFN line say of a record. */
export interface PageSubject {
  readonly comm?: string | undefined;
  readonly pid?: number | undefined;
  readonly order?: number | undefined;
  readonly zone?: number | undefined;
  readonly node?: number | undefined;
  /** Index of ALLOCATOR_CLASSES. */
  readonly allocator: number;
}

/** The conditions that header line and PFN line decide; the time is not among them. */
export function selectsPage(selection: Selection, page: PageSubject): boolean {
  return (
    isIn(selection.tasks, page.comm) &&
    isIn(selection.pids, page.pid) &&
    isIn(selection.orders, page.order) &&
    isIn(selection.zones, known(page.zone)) &&
    isIn(selection.nodes, known(page.node)) &&
    isIn(selection.allocators, ALLOCATOR_CLASSES[page.allocator])
  );
}

/**
 * The same choice among the samples of a profile. A sample has no time of its own: it is selected when its earliest record
 * is.
 */
export function sampleFilter(profile: Profile, selection: Selection): SampleFilter {
  const { samples, stacks, tasks, cgroups, modules } = profile;
  const { stack, until } = selection;
  const matches: (boolean | undefined)[] = [];
  const stackMatches = (at: StackIndex) =>
    !stack || (matches[at] ??= stackTexts(profile, at).some((text) => stack.test(text)));
  return (sample) => {
    const at = samples.stack[sample]!;
    const task = samples.task[sample]!;
    const cgroup = samples.cgroup[sample]!;
    const earliest = samples.minTs[sample]!;
    return (
      (until === undefined || (earliest !== NO_TIME && earliest <= until)) &&
      isIn(selection.modules, modules.name[stacks.module[at]!]) &&
      isCgroupIn(
        selection.cgroups,
        cgroup ? { name: cgroups.name[cgroup]!, offline: cgroups.offline[cgroup] === 1 } : undefined,
      ) &&
      stackMatches(at) &&
      selectsPage(selection, {
        comm: task ? tasks.name[task] : undefined,
        pid: task ? tasks.pid[task] : undefined,
        order: known(samples.order[sample]!),
        zone: samples.zone[sample]!,
        node: samples.node[sample]!,
        allocator: samples.allocator[sample]!,
      })
    );
  };
}

/** Whether a whole record is selected: as profiles select, for callers that have records in their hands. */
export function selectsRecord(selection: Selection, record: PageOwnerRecord): boolean {
  const { until } = selection;
  if (until !== undefined && (record.tsNs === undefined || record.tsNs > until)) return false;
  const frames = parseFrames(record.stack);
  const { memcg } = record;
  if (!selectsStack(selection, frames, memcg?.kind === 'charged' ? memcg : undefined)) return false;
  const facts = factsOfPage(record);
  const slab = facts.slab || memcg?.kind === 'slab';
  return selectsPage(selection, {
    ...record,
    zone: facts.zone,
    node: facts.node,
    allocator: classOfPage(classOfStack(frames), { ...facts, slab }),
  });
}

/** -1 is what a source does not say. */
function known(value: number | undefined): number | undefined {
  return value === UNKNOWN ? undefined : value;
}

function isIn<T>(list: readonly T[] | undefined, value: T | undefined): boolean {
  return !list || (value !== undefined && list.includes(value));
}

function moduleOf(frames: readonly FrameText[]): string {
  const own = ({ name, module }: FrameText, i: number) =>
    module !== undefined && (i === frames.length - 1 || !isPlumbing(name));
  return frames.find(own)?.module ?? 'vmlinux';
}
