import type { Profile, ProfileSource } from '@page-owner/profile';
import type { Run } from '../run.js';

/**
 * Says so where snapshots of several kinds are held against each other. A list says nothing of masks and flags, a sorted
 * file nothing of flags: what is reclaimed is not the same in them.
 */
export function tellKinds(
  run: Pick<Run, 'warn'>,
  paths: readonly string[],
  snapshots: readonly Profile[],
): void {
  const first = (kind: ProfileSource) => paths.find((_, i) => snapshots[i]!.sources.includes(kind));
  const [list, sorted, dump] = [first('list of stacks'), first('sorted dump'), first('dump')];
  const other = dump ?? sorted;
  if (list !== undefined && other !== undefined)
    run.warn(
      `${list} is a list of stacks and ${other} a ${other === dump ? 'dump' : 'file of page_owner_sort'}: what is reclaimed, early pages and slab count differently`,
    );
  else if (sorted !== undefined && dump !== undefined)
    run.warn(
      `${sorted} is a file of page_owner_sort and ${dump} a dump: pages that only their flags tell to be slab or on the LRU count differently`,
    );
}
