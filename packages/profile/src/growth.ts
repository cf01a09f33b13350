import { VARIANTS } from '@page-owner/dump-format';
import { RECLAIMS } from './allocator-class.js';
import type { Reclaim } from './allocator-class.js';
import { functionText, reclaimOfSample } from './breakdown.js';
import type { StackIndex } from './indices.js';
import type { Pageblocks } from './pageblocks.js';
import type { Profile } from './profile.js';

/** How the pages of one stack (or owner, or module), of one kind, went from snapshot to snapshot. */
export interface GrowthRow {
  /** Stable id of the stack (`stackId`); of its largest stack, where several count together. */
  readonly id: bigint;
  readonly reclaim: Reclaim;
  /** The latest snapshot that has it, and the stack in there. */
  readonly snapshot: number;
  readonly stack: StackIndex;
  /** Pages in each snapshot, 0 where it is not there. */
  readonly pages: readonly number[];
  /** Last minus first. */
  readonly delta: number;
  /** `delta` a minute; undefined when the snapshots tell no times. */
  readonly pagesPerMinute?: number;
  /** It was smaller in some snapshot than in the one before. */
  readonly shrank: boolean;
  /** Pages of growth that every part of the time bears out; see `leakScore`. */
  readonly score: number;
}

export interface Growth {
  /** Most delta first; where it is the same, by id. Stacks that never changed are there, too. */
  readonly rows: readonly GrowthRow[];
  /** Rows of kernel memory that nothing will reclaim and that have a score, highest first: look here for a leak. */
  readonly suspects: readonly GrowthRow[];
  /** Sum of the deltas of each kind. */
  readonly delta: Readonly<Record<Reclaim, number>>;
  /** When each snapshot was taken, ns; undefined when one tells no time. */
  readonly times?: readonly bigint[] | undefined;
  readonly warnings: readonly string[];
}

export interface GrowthOptions {
  /** When each snapshot was taken, ns; the default is the latest allocation in each. */
  readonly times?: readonly bigint[] | undefined;
  /** What counts together; the default is `stack`. `owner` is the owner frame's function, `module` the stack's module. */
  readonly by?: 'stack' | 'owner' | 'module' | undefined;
}

const NS_PER_MINUTE = 60e9;

/**
 * Compares two or more snapshots, oldest first, stack by stack. Stacks are matched by their stable id, so the snapshots
 * may come from different boots or builds when `times` are given.
 *
 * @throws RangeError when there are fewer than two snapshots, or they are not in the order of their times
 */
export function growth(snapshots: readonly Profile[], options: GrowthOptions = {}): Growth {
  if (snapshots.length < 2)
    throw new RangeError(`growth needs two snapshots or more, not ${snapshots.length}`);
  const times = options.times ?? timesOf(snapshots);
  if (times) checkOrder(times, snapshots.length);
  const durations = snapshots.slice(1).map((_, i) => (times ? Number(times[i + 1]! - times[i]!) : 1));
  const minutes = times && durations.reduce((sum, ns) => sum + ns, 0) / NS_PER_MINUTE;

  const delta: Record<Reclaim, number> = { lru: 0, shrinker: 0, none: 0 };
  const rows = series(snapshots, options.by ?? 'stack').map((row): GrowthRow => {
    const change = row.pages.at(-1)! - row.pages[0]!;
    delta[row.reclaim] += change;
    return {
      ...row,
      delta: change,
      ...(minutes && { pagesPerMinute: change / minutes }),
      shrank: row.pages.some((pages, i) => i > 0 && pages < row.pages[i - 1]!),
      score: leakScore(row.pages, durations),
    };
  });
  rows.sort((a, b) => b.delta - a.delta || compare(a.id, b.id));
  const suspects = rows.filter(({ reclaim, score }) => reclaim === 'none' && score > 0);
  suspects.sort((a, b) => b.score - a.score || b.delta - a.delta || compare(a.id, b.id));
  return { rows, suspects, delta, ...(times && { times }), warnings: differences(snapshots) };
}

/**
 * How many pages of a growth are borne out by all of the time: each interval counts for no more than the rest of the
 * time makes expect of it,
 *
 *   score = sum over intervals i of  min(d[i], (D - d[i]) / (T - t[i]) * t[i]),  no term below 0
 *
 * with d the change in an interval, t its length, D and T their sums. Steady growth scores D, whatever the intervals;
 * growth in one interval only scores 0; growth in half of the time about D/2. With a single interval there is no rest
 * of the time: it scores D. docs/growth.md works through examples.
 *
 * @param durations one less than `pages`, any unit
 */
export function leakScore(pages: readonly number[], durations: readonly number[]): number {
  const total = pages.at(-1)! - pages[0]!;
  if (durations.length === 1) return Math.max(0, total);
  const time = durations.reduce((sum, duration) => sum + duration, 0);
  let score = 0;
  for (const [i, duration] of durations.entries()) {
    const change = pages[i + 1]! - pages[i]!;
    const rest = time - duration;
    const expected = rest > 0 ? ((total - change) / rest) * duration : 0;
    score += Math.max(0, Math.min(change, expected));
  }
  return score;
}

interface Series {
  id: bigint;
  reclaim: Reclaim;
  snapshot: number;
  stack: StackIndex;
  pages: number[];
  /** Most pages of one sample, which `stack` is of. */
  most: number;
}

function series(snapshots: readonly Profile[], by: 'stack' | 'owner' | 'module'): Omit<Series, 'most'>[] {
  const byKind = RECLAIMS.map(() => new Map<bigint | string, Series>());
  for (const [snapshot, profile] of snapshots.entries()) {
    const { stack, pages, length } = profile.samples;
    for (let sample = 0; sample < length; sample++) {
      const reclaim = reclaimOfSample(profile, sample);
      const rows = byKind[RECLAIMS.indexOf(reclaim)]!;
      const { id, owner, module } = profile.stacks;
      const at = stack[sample]!;
      const key =
        by === 'stack'
          ? id[at]!
          : by === 'owner'
            ? functionText(profile, owner[at]!)
            : profile.modules.name[module[at]!]!;
      let row = rows.get(key);
      if (!row) {
        row = { id: id[at]!, reclaim, snapshot, stack: at, pages: snapshots.map(() => 0), most: 0 };
        rows.set(key, row);
      }
      row.pages[snapshot]! += pages[sample]!;
      if (row.snapshot === snapshot && row.most >= pages[sample]!) continue;
      row.most = pages[sample]!;
      row.snapshot = snapshot;
      row.stack = at;
      row.id = id[at]!;
    }
  }
  return byKind.flatMap((rows) => [...rows.values()].map(({ most: _, ...row }) => row));
}

function timesOf(snapshots: readonly Profile[]): readonly bigint[] | undefined {
  const times = snapshots.map(({ timeNs }) => timeNs);
  return times.every((time) => time !== undefined) ? times : undefined;
}

function checkOrder(times: readonly bigint[], snapshots: number): void {
  if (times.length !== snapshots)
    throw new RangeError(`${times.length} times are given for ${snapshots} snapshots`);
  for (let i = 1; i < times.length; i++) {
    if (times[i]! > times[i - 1]!) continue;
    const [before, after] = [times[i - 1]!, times[i]!].map((ns) => `${(Number(ns) / 1e9).toFixed(1)} s`);
    throw new RangeError(
      `snapshot ${i + 1} is of ${after} after boot and the one before it of ${before}: ` +
        'give the oldest first, and snapshots of one boot (or the times)',
    );
  }
}

/** Signs that snapshots come from different machines. */
function differences(snapshots: readonly Profile[]): string[] {
  const warnings: string[] = [];
  const [first] = snapshots.map(({ pageblocks }) => pageblocks);
  if (!first) return warnings;
  const places = placesOf(first);
  const kernel = kernelOf(snapshots[0]!);
  for (const [i, { pageblocks }] of snapshots.entries()) {
    if (!pageblocks || i === 0) continue;
    const other = kernelOf(snapshots[i]!);
    if (kernel && other && kernel !== other) {
      warnings.push(`snapshot ${i + 1} is of Linux ${other}, the first of ${kernel}: another machine?`);
      continue;
    }
    if (pageblocks.order !== first.order) {
      warnings.push(
        `pageblocks have order ${pageblocks.order} in snapshot ${i + 1} and ${first.order} in the first: another machine?`,
      );
      continue;
    }
    const moved = [...placesOf(pageblocks)].find(([block, now]) => {
      const before = places.get(block);
      return before !== undefined && !before.some((place) => now.includes(place));
    });
    if (moved) {
      const [block, now] = moved;
      warnings.push(
        `pageblock ${block} is in ${now.join(' and ')} in snapshot ${i + 1}, in ${places.get(block)!.join(' and ')} in the first: another machine?`,
      );
    }
  }
  return warnings;
}

/** A kernel that prints V8 prints V7 unless asked for handles. */
const kernelOf = ({ variant }: Profile): string | undefined =>
  variant && VARIANTS[variant === 'V8' ? 'V7' : variant].kernels;

/** Node and zone of each pageblock; two zones may meet in one. */
function placesOf({ length, block, node, zone }: Pageblocks): Map<number, string[]> {
  const places = new Map<number, string[]>();
  for (let row = 0; row < length; row++) {
    const place = `node ${node[row]} zone ${zone[row]}`;
    const known = places.get(block[row]!);
    if (known) known.push(place);
    else places.set(block[row]!, [place]);
  }
  return places;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
