import type { Dimension } from './breakdown.js';
import type { Profile } from '../tables/profile.js';

/**
 * Whether a profile tells anything of its samples in a dimension. Lists of stacks tell stacks and pages, files of
 * page_owner_sort no place of a page, old kernels no tasks. A profile without samples leaves nothing untold.
 */
export function tells({ samples, sources, tasks }: Profile, dimension: Dimension): boolean {
  if (!samples.length) return true;
  switch (dimension) {
    case 'task':
    case 'taskName':
      return samples.task.some((task) => task > 0);
    case 'pid':
    case 'tgid':
      return tasks[dimension].some((id) => id >= 0);
    case 'cgroup':
    case 'migrated':
      return sources.some((source) => source !== 'list of stacks');
    case 'order':
    case 'gfpMask':
    case 'gfpType':
    case 'blockType':
    case 'zone':
    case 'node':
      return samples[dimension].some((value) => value >= 0);
    default:
      return true;
  }
}
