import { ALLOCATOR_CLASSES, reclaimOf } from '../facts/allocator-class.js';
import type { Reclaim } from '../facts/allocator-class.js';
import type { SampleIndex } from '../indices.js';
import { MIGRATETYPES } from '../facts/page-facts.js';
import type { Profile } from '../tables/profile.js';
import { EMPTY_STACK } from '../tables/stack-table.js';

/** What pages can be added up by. */
export type Dimension = (typeof DIMENSIONS)[number];
/** By what a profile can be broken down. */
export const DIMENSIONS = [
  'stack',
  'owner',
  'module',
  'task',
  'taskName',
  'pid',
  'tgid',
  'order',
  'gfpMask',
  'gfpType',
  'blockType',
  'zone',
  'node',
  'cgroup',
  'allocator',
  'reclaim',
  'migrated',
] as const;

/** Samples that agree in the dimensions asked for. */
export interface BreakdownRow {
  /** The name of each dimension's value, in the order asked for; `?` where the source does not say. */
  readonly names: readonly string[];
  /** Allocations; 0 where the source counts pages only. */
  readonly records: number;
  /** Base pages. */
  readonly pages: number;
  /** The sample with the most pages, to look up the rest by. */
  readonly sample: SampleIndex;
}

/** Chooses samples. */
export type SampleFilter = (sample: SampleIndex) => boolean;

/**
 * Adds the samples up by one or more dimensions, most pages first, then in the order of the dump. The pages of all rows
 * together are those of the samples that `filter` lets through.
 *
 * @throws RangeError naming a dimension that there is none of; TypeError if `by` is no list
 */
export function breakdown(profile: Profile, by: readonly Dimension[], filter?: SampleFilter): BreakdownRow[] {
  requireDimensions(by);
  const namers = by.map((dimension) => dimensionNamer(profile, dimension));
  const { records, pages, length } = profile.samples;
  const rows = new Map<string, { names: string[]; records: number; pages: number; sample: number }>();
  for (let sample = 0; sample < length; sample++) {
    if (filter && !filter(sample)) continue;
    const names = namers.map((name) => name(sample));
    const key = JSON.stringify(names);
    const row = rows.get(key);
    if (!row) {
      rows.set(key, { names, records: records[sample]!, pages: pages[sample]!, sample });
      continue;
    }
    if (pages[sample]! > pages[row.sample]!) row.sample = sample;
    row.records += records[sample]!;
    row.pages += pages[sample]!;
  }
  return [...rows.values()].sort((a, b) => b.pages - a.pages);
}

/** @throws TypeError unless `by` is a list: one dimension alone is `['owner']` */
export function requireDimensions(by: readonly Dimension[]): void {
  if (!Array.isArray(by))
    throw new TypeError(`dimensions are a list, such as ["owner"], got ${JSON.stringify(by)}`);
}

/** What memory pressure can do about the pages of a sample. */
export function reclaimOfSample(profile: Profile, sample: SampleIndex): Reclaim {
  return reclaimOf(profile.samples.allocator[sample]!, profile.samples.gfpType[sample]!);
}

/** The function of a stack's innermost frame with its module: `ext4_da_write_begin`, `zs_malloc [zsmalloc]`. */
export function functionText(profile: Profile, stack: number): string {
  if (stack === EMPTY_STACK) return '?';
  const { functions, frames, modules, stacks } = profile;
  const fn = frames.function[stacks.frame[stack]!]!;
  const module = functions.module[fn]!;
  return module ? `${functions.name[fn]} [${modules.name[module]}]` : functions.name[fn]!;
}

/** The functions of a stack, innermost first. */
export function stackTexts(profile: Profile, stack: number): string[] {
  const texts: string[] = [];
  for (let at = stack; at !== EMPTY_STACK; at = profile.stacks.prefix[at]!)
    texts.push(functionText(profile, at));
  return texts;
}

/** The functions from the owner frame on, innermost first: the stack without the plumbing in front. */
export function ownerTexts(profile: Profile, stack: number): string[] {
  return stackTexts(profile, profile.stacks.owner[stack]!);
}

/**
 * What gives the name of a sample's value in a dimension; `?` where the source does not say.
 *
 * @throws RangeError naming a dimension that there is none of
 */
export function dimensionNamer(profile: Profile, dimension: Dimension): (sample: SampleIndex) => string {
  const { samples, stacks, tasks, cgroups, modules } = profile;
  const number = (column: Int32Array) => (row: number) => (column[row]! < 0 ? '?' : String(column[row]));
  const type = (column: Int32Array) => (sample: SampleIndex) => MIGRATETYPES[column[sample]!] ?? '?';
  switch (dimension) {
    case 'stack':
      return (sample) => `0x${stacks.id[samples.stack[sample]!]!.toString(16).padStart(16, '0')}`;
    case 'owner':
      return (sample) => functionText(profile, stacks.owner[samples.stack[sample]!]!);
    case 'module':
      return (sample) => modules.name[stacks.module[samples.stack[sample]!]!]!;
    case 'task':
      return (sample) => {
        const task = samples.task[sample]!;
        return `${tasks.pid[task]! < 0 ? '?' : tasks.pid[task]} ${tasks.name[task]}`.trimEnd();
      };
    case 'taskName':
      return (sample) => tasks.name[samples.task[sample]!]!;
    case 'pid':
    case 'tgid': {
      const idOf = number(tasks[dimension]);
      return (sample) => idOf(samples.task[sample]!);
    }
    case 'cgroup':
      return (sample) => {
        const cgroup = samples.cgroup[sample]!;
        return (cgroups.offline[cgroup] ? 'offline ' : '') + cgroups.name[cgroup];
      };
    case 'allocator':
      return (sample) => ALLOCATOR_CLASSES[samples.allocator[sample]!]!;
    case 'reclaim':
      return (sample) => reclaimOfSample(profile, sample);
    case 'gfpMask':
      return (sample) => (samples.gfpMask[sample]! < 0 ? '?' : `0x${samples.gfpMask[sample]!.toString(16)}`);
    case 'gfpType':
      return type(samples.gfpType);
    case 'blockType':
      return type(samples.blockType);
    case 'order':
    case 'zone':
    case 'node':
      return number(samples[dimension]);
    case 'migrated':
      return (sample) => (samples.migrated[sample] ? 'migrated' : 'never moved');
    default:
      throw new RangeError(`no dimension ${JSON.stringify(dimension)}; there are ${DIMENSIONS.join(', ')}`);
  }
}
