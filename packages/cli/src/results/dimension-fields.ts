import { ALLOCATOR_CLASSES, functionText, MIGRATETYPES, reclaimOfSample } from '@page-owner/profile';
import type { Profile } from '@page-owner/profile';
import type { By } from '../command-line/dimensions.js';
import type { Holding } from './holdings.js';
import { idText } from '../json.js';

/**
 * What a row of a breakdown has in common, as fields of a document: numbers as numbers, names as in the dump, null what the
 * source does not say. A field is called as what was asked for, and may bring another that belongs to it.
 */
export function fieldsOf(
  profile: Profile,
  by: By,
  { sample, tasks: names }: Pick<Holding, 'sample' | 'tasks'>,
): Record<string, unknown> {
  const { samples, stacks, modules, tasks, cgroups, gfpNames } = profile;
  const [stack, task, cgroup, mask] = [
    samples.stack[sample]!,
    samples.task[sample]!,
    samples.cgroup[sample]!,
    samples.gfpMask[sample]!,
  ];
  switch (by) {
    case 'stack':
      return { stack: idText(stacks.id[stack]!) };
    case 'function':
      return { function: functionText(profile, stacks.owner[stack]!) };
    case 'module':
      return { module: modules.name[stacks.module[stack]!]! };
    case 'task':
      return { task: task ? tasks.name[task]! : null };
    case 'pid':
    case 'tgid':
      return { [by]: known(tasks[by][task]!), comm: task ? names[0]! : null };
    case 'cgroup':
      return {
        cgroup: cgroup ? cgroups.name[cgroup]! : null,
        offline: cgroup ? cgroups.offline[cgroup] === 1 : null,
      };
    case 'allocator':
      return { allocator: ALLOCATOR_CLASSES[samples.allocator[sample]!]! };
    case 'reclaim':
      return { reclaim: reclaimOfSample(profile, sample) };
    case 'gfp':
      return { gfp: known(mask), gfpNames: gfpNames.get(mask) ?? null };
    case 'type':
      return { type: MIGRATETYPES[samples.gfpType[sample]!] ?? null };
    case 'block':
      return { block: MIGRATETYPES[samples.blockType[sample]!] ?? null };
    case 'order':
    case 'zone':
    case 'node':
      return { [by]: known(samples[by][sample]!) };
  }
}

function known(number: number): number | null {
  return number < 0 ? null : number;
}
