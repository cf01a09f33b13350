import type { PageOwnerRecord } from '@page-owner/dump-format';
import { ALLOCATOR_CLASSES, classOfPage, classOfStack } from '../facts/allocator-class.js';
import type { AllocatorClass } from '../facts/allocator-class.js';
import { stackTexts } from './breakdown.js';
import type { SampleFilter } from './breakdown.js';
import { parseFrames } from '../facts/frame-text.js';
import type { FrameText } from '../facts/frame-text.js';
import { isGfp } from '../facts/gfp-condition.js';
import type { GfpCondition } from '../facts/gfp-condition.js';
import { factsOfPage, knownMask, MIGRATETYPES, typesOf } from '../facts/page-facts.js';
import type { MigratetypeName } from '../facts/page-facts.js';
import { UNKNOWN } from '../indices.js';
import type { StackIndex } from '../indices.js';
import type { Profile } from '../tables/profile.js';
import { NO_TIME } from '../tables/sample-table.js';
import { EMPTY_STACK, VMLINUX } from '../tables/stack-table.js';

/** What stands in lists of modules for the kernel itself. */
const KERNEL = 'vmlinux';

/** What a record can be asked for. Of a list one has to match. What a source does not say matches no list. */
export interface Conditions {
  /** Names of tasks. */
  readonly tasks?: readonly string[] | undefined;
  /** Process ids. */
  readonly pids?: readonly number[] | undefined;
  /** Thread groups: what a person calls processes. */
  readonly tgids?: readonly number[] | undefined;
  /** Has to be the module of a frame of the stack, any; `vmlinux` is a stack of which no frame is in a module. */
  readonly modules?: readonly string[] | undefined;
  /**
   * Names of memory control groups, the last component of their path; `offline NAME` is NAME only when it has been removed.
   */
  readonly cgroups?: readonly string[] | undefined;
  /** For a function of the stack, plumbing included, as `functionText` writes it: `zs_malloc [zsmalloc]`. */
  readonly stacks?: readonly RegExp[] | undefined;
  /** Orders, 0 and up. */
  readonly orders?: readonly number[] | undefined;
  /** Has to be the mask, or to have the flags. */
  readonly gfp?: readonly GfpCondition[] | undefined;
  /** Migratetypes that the gfp mask asks for. */
  readonly types?: readonly MigratetypeName[] | undefined;
  /** Migratetypes of the pageblock. */
  readonly blockTypes?: readonly MigratetypeName[] | undefined;
  /** Zone indices. */
  readonly zones?: readonly number[] | undefined;
  /** NUMA nodes. */
  readonly nodes?: readonly number[] | undefined;
  /** Allocator classes. */
  readonly allocators?: readonly AllocatorClass[] | undefined;
}

/** Which records count: those that meet all conditions that are given. */
export interface Selection extends Conditions {
  /** What must not match; a record counts when it meets none of these. */
  readonly not?: Conditions | undefined;
  /** ns since boot: only what was allocated later. A record without time does not count. */
  readonly after?: bigint | undefined;
  /** ns since boot: only what was allocated then or before. */
  readonly until?: bigint | undefined;
}

/** Whether one of a list matches, if there is one, and none of those that must not. */
function passes<T>(
  wanted: readonly T[] | undefined,
  unwanted: readonly T[] | undefined,
  matches: (item: T) => boolean,
): boolean {
  return (!wanted || wanted.some(matches)) && !unwanted?.some(matches);
}

/** -1 is what a source does not say. */
const is =
  <T>(value: T | undefined) =>
  (item: T): boolean =>
    value !== undefined && value !== UNKNOWN && item === value;

/** Whether a time is one of a selection. */
export function isWithin({ after, until }: Selection, ns: bigint | undefined): boolean {
  if (after === undefined && until === undefined) return true;
  return ns !== undefined && (after === undefined || ns > after) && (until === undefined || ns <= until);
}

/** The conditions that the stack text of a record decides. */
export function selectsStack(
  selection: Selection,
  frames: readonly FrameText[],
  cgroup: Cgroup | undefined,
): boolean {
  const { modules, stacks, not = {} } = selection;
  const through = modules || not.modules ? modulesOf(frames.map(({ module }) => module)) : [];
  const texts =
    stacks || not.stacks ? frames.map(({ name, module }) => (module ? `${name} [${module}]` : name)) : [];
  return selectsFrames(selection, through, texts) && selectsCgroup(selection, cgroup);
}

function selectsFrames(
  { modules, stacks, not = {} }: Selection,
  through: readonly string[],
  texts: readonly string[],
): boolean {
  return (
    passes(modules, not.modules, (module) => through.includes(module)) &&
    passes(stacks, not.stacks, (pattern) => texts.some((text) => pattern.test(text)))
  );
}

interface Cgroup {
  readonly name: string;
  readonly offline: boolean;
}

/** By its name, or by what `dimensionNamer` calls it. */
function selectsCgroup({ cgroups, not = {} }: Selection, cgroup: Cgroup | undefined): boolean {
  return passes(
    cgroups,
    not.cgroups,
    (item) => item === cgroup?.name || (cgroup?.offline === true && item === `offline ${cgroup.name}`),
  );
}

/** What header line and PFN line say of a record; -1 or undefined where they do not. */
export interface PageSubject {
  readonly comm?: string | undefined;
  readonly pid?: number | undefined;
  readonly tgid?: number | undefined;
  readonly order?: number | undefined;
  /** As `knownMask` has it. */
  readonly gfpMask?: number;
  readonly gfpNames?: string | undefined;
  /** Indices of MIGRATETYPES, as `typesOf` has them. */
  readonly gfpType?: number;
  readonly blockType?: number;
  readonly zone?: number | undefined;
  readonly node?: number | undefined;
  /** Index of ALLOCATOR_CLASSES. */
  readonly allocator: number;
}

/** The conditions that header line and PFN line decide; the time is not among them. */
export function selectsPage(selection: Selection, page: PageSubject): boolean {
  const { not = {} } = selection;
  const { gfpMask = UNKNOWN, gfpType = UNKNOWN, blockType = UNKNOWN } = page;
  return (
    passes(selection.tasks, not.tasks, is(page.comm)) &&
    passes(selection.pids, not.pids, is(page.pid)) &&
    passes(selection.tgids, not.tgids, is(page.tgid)) &&
    passes(selection.orders, not.orders, is(page.order)) &&
    passes(selection.gfp, not.gfp, (condition) =>
      isGfp(condition, gfpMask === UNKNOWN ? undefined : gfpMask, page.gfpNames),
    ) &&
    passes(selection.types, not.types, is(MIGRATETYPES[gfpType])) &&
    passes(selection.blockTypes, not.blockTypes, is(MIGRATETYPES[blockType])) &&
    passes(selection.zones, not.zones, is(page.zone)) &&
    passes(selection.nodes, not.nodes, is(page.node)) &&
    passes(selection.allocators, not.allocators, is(ALLOCATOR_CLASSES[page.allocator]))
  );
}

/**
 * The same choice among the samples of a profile. A sample has no time of its own, but a first and a last: it is selected
 * when its earliest record is from before the end of the time asked for, and its latest from after its beginning.
 */
export function sampleFilter(profile: Profile, selection: Selection): SampleFilter {
  const { samples, tasks, cgroups, gfpNames } = profile;
  const { after, until, not = {} } = selection;
  const known: (boolean | undefined)[] = [];
  const selectsStackAt = (at: StackIndex) =>
    (known[at] ??= selectsFrames(
      selection,
      selection.modules || not.modules ? modulesOfStack(profile, at) : [],
      selection.stacks || not.stacks ? stackTexts(profile, at) : [],
    ));
  const timeOf = (ts: bigint) => (ts === NO_TIME ? undefined : ts);
  return (sample) => {
    const task = samples.task[sample]!;
    const cgroup = samples.cgroup[sample]!;
    const gfpMask = samples.gfpMask[sample]!;
    return (
      isWithin({ until }, timeOf(samples.minTs[sample]!)) &&
      isWithin({ after }, timeOf(samples.maxTs[sample]!)) &&
      selectsStackAt(samples.stack[sample]!) &&
      selectsCgroup(
        selection,
        cgroup ? { name: cgroups.name[cgroup]!, offline: cgroups.offline[cgroup] === 1 } : undefined,
      ) &&
      selectsPage(selection, {
        comm: task ? tasks.name[task] : undefined,
        pid: tasks.pid[task]!,
        tgid: tasks.tgid[task]!,
        order: samples.order[sample]!,
        gfpMask,
        gfpNames: gfpNames.get(gfpMask),
        gfpType: samples.gfpType[sample]!,
        blockType: samples.blockType[sample]!,
        zone: samples.zone[sample]!,
        node: samples.node[sample]!,
        allocator: samples.allocator[sample]!,
      })
    );
  };
}

/** Whether a whole record is selected: as profiles select, for callers that have records in their hands. */
export function selectsRecord(selection: Selection, record: PageOwnerRecord): boolean {
  if (!isWithin(selection, record.tsNs)) return false;
  const frames = parseFrames(record.stack);
  const { memcg } = record;
  if (!selectsStack(selection, frames, memcg?.kind === 'charged' ? memcg : undefined)) return false;
  const facts = factsOfPage(record);
  const slab = facts.slab || memcg?.kind === 'slab';
  return selectsPage(selection, {
    ...record,
    ...typesOf(facts, record.gfpMask),
    gfpMask: knownMask(record.gfpMask),
    zone: facts.zone,
    node: facts.node,
    allocator: classOfPage(classOfStack(frames), { ...facts, slab }),
  });
}

/** The modules of all frames; the kernel itself if none is in one. */
function modulesOf(modules: readonly (string | undefined)[]): string[] {
  const through = modules.filter((module) => module !== undefined);
  return through.length ? through : [KERNEL];
}

function modulesOfStack({ stacks, frames, functions, modules }: Profile, stack: StackIndex): string[] {
  const through: (string | undefined)[] = [];
  for (let at = stack; at !== EMPTY_STACK; at = stacks.prefix[at]!) {
    const module = functions.module[frames.function[stacks.frame[at]!]!]!;
    through.push(module === VMLINUX ? undefined : modules.name[module]);
  }
  return modulesOf(through);
}
