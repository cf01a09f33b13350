import { plainName, VARIANTS } from '@page-owner/dump-format';
import { RECLAIMS } from '../facts/allocator-class.js';
import type { Reclaim } from '../facts/allocator-class.js';
import { dimensionNamer, reclaimOfSample, requireDimensions } from './breakdown.js';
import type { Dimension } from './breakdown.js';
import { growthClass, leakScore } from './growth-class.js';
import type { GrowthClass } from './growth-class.js';
import type { SampleIndex, StackIndex } from '../indices.js';
import type { Pageblocks } from '../tables/pageblocks.js';
import type { Profile } from '../tables/profile.js';
import { EMPTY_STACK } from '../tables/stack-table.js';

/** How the pages of one stack (or whatever counts together), of one kind, went from snapshot to snapshot. */
export interface GrowthRow {
  /** The name of each dimension's value, in the order of `GrowthOptions.by`; `?` where the source does not say. */
  readonly names: readonly string[];
  /** Stable id of the stack (`stackId`); of its largest stack, where several count together. */
  readonly id: bigint;
  /** What memory pressure can do about it. */
  readonly reclaim: Reclaim;
  /** The latest snapshot that has it. */
  readonly snapshot: number;
  /** Its largest sample in that snapshot. */
  readonly sample: SampleIndex;
  /** The stack of that sample. */
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
  /** Of what grew; undefined when `delta` is 0 or less. See `growthClass`. */
  readonly class?: GrowthClass;
}

/** What grew and shrank between snapshots. */
export interface Growth {
  /** Most delta first; where it is the same, by id. Stacks that never changed are there, too. */
  readonly rows: readonly GrowthRow[];
  /**
   * Look here for a leak: rows of kernel memory that nothing will reclaim, of the class `growing`, in the order of `rows`.
   * Two snapshots cannot tell what keeps growing: of these, all that is `new`.
   */
  readonly suspects: readonly GrowthRow[];
  /** Sum of the deltas of each kind. */
  readonly delta: Readonly<Record<Reclaim, number>>;
  /** When each snapshot was taken, ns; undefined when one tells no time. */
  readonly times?: readonly bigint[] | undefined;
  /** Sentences about what a reader of the figures has to know. */
  readonly warnings: readonly string[];
}

/** How snapshots are compared. */
export interface GrowthOptions {
  /** When each snapshot was taken, ns; the default is the latest allocation in each. */
  readonly times?: readonly bigint[] | undefined;
  /** What counts together: rows agree in these dimensions, and in the kind; the default is `['stack']`. */
  readonly by?: readonly Dimension[] | undefined;
  /** Pages that a `leakScore` has to reach for the class `growing`; the default is `MIN_GROWTH`, 32. */
  readonly minGrowth?: number | undefined;
}

const NS_PER_MINUTE = 60e9;

/**
 * Compares two or more snapshots, oldest first, stack by stack. Stacks are matched by their stable id, so the snapshots
 * may come from different boots or builds when `times` are given.
 *
 * @throws RangeError when there are fewer than two snapshots, or they are not in the order of their times; naming a
 *   dimension that there is none of, or a `minGrowth` that is negative or no number; TypeError if `snapshots` or `by` is no
 *   list
 */
export function growth(snapshots: readonly Profile[], options: GrowthOptions = {}): Growth {
  if (!Array.isArray(snapshots))
    throw new TypeError('growth compares a list of profiles: growth([before, after])');
  if (snapshots.length < 2)
    throw new RangeError(`growth needs two snapshots or more, not ${snapshots.length}`);
  const { by = ['stack'], minGrowth } = options;
  requireDimensions(by);
  if (minGrowth !== undefined && !(minGrowth >= 0))
    throw new RangeError(`minGrowth is a number of pages from 0 on, not ${minGrowth}`);
  const times = options.times ?? timesOf(snapshots);
  if (times) checkOrder(times, snapshots.length);
  const durations = snapshots.slice(1).map((_, i) => (times ? Number(times[i + 1]! - times[i]!) : 1));
  const minutes = times && durations.reduce((sum, ns) => sum + ns, 0) / NS_PER_MINUTE;

  const delta: Record<Reclaim, number> = { lru: 0, shrinker: 0, none: 0 };
  const rows = series(snapshots, by).map(({ tracker, ...row }): GrowthRow => {
    const change = row.pages.at(-1)! - row.pages[0]!;
    delta[row.reclaim] += change;
    const grown = growthClass(row.pages, durations, minGrowth);
    return {
      ...row,
      delta: change,
      ...(minutes && { pagesPerMinute: change / minutes }),
      shrank: row.pages.some((pages, i) => i > 0 && pages < row.pages[i - 1]!),
      score: leakScore(row.pages, durations),
      ...(grown && { class: tracker ? 'tracker' : grown }),
    };
  });
  rows.sort((a, b) => b.delta - a.delta || compare(a.id, b.id));
  const suspect: GrowthClass = snapshots.length > 2 ? 'growing' : 'new';
  const suspects = rows.filter((row) => row.reclaim === 'none' && row.class === suspect);
  return { rows, suspects, delta, ...(times && { times }), warnings: differences(snapshots) };
}

interface Series {
  names: readonly string[];
  id: bigint;
  reclaim: Reclaim;
  snapshot: number;
  sample: SampleIndex;
  stack: StackIndex;
  pages: number[];
  /** Pages of `sample`. */
  most: number;
  /** All of its stacks are page_owner's own. */
  tracker: boolean;
}

function series(snapshots: readonly Profile[], by: readonly Dimension[]): Omit<Series, 'most'>[] {
  const byKind = RECLAIMS.map(() => new Map<string, Series>());
  for (const [snapshot, profile] of snapshots.entries()) {
    const { stack, pages, length } = profile.samples;
    const { id } = profile.stacks;
    const namers = by.map((dimension) => dimensionNamer(profile, dimension));
    const isTracker = trackerStacks(profile);
    for (let sample = 0; sample < length; sample++) {
      const reclaim = reclaimOfSample(profile, sample);
      const rows = byKind[RECLAIMS.indexOf(reclaim)]!;
      const at = stack[sample]!;
      const names = namers.map((name) => name(sample));
      const key = names.length === 1 ? names[0]! : JSON.stringify(names);
      const tracker = isTracker(at);
      let row = rows.get(key);
      if (!row) {
        row = {
          names,
          id: id[at]!,
          reclaim,
          snapshot,
          sample,
          stack: at,
          pages: snapshots.map(() => 0),
          most: 0,
          tracker,
        };
        rows.set(key, row);
      }
      row.tracker &&= tracker;
      row.pages[snapshot]! += pages[sample]!;
      if (row.snapshot === snapshot && row.most >= pages[sample]!) continue;
      row.most = pages[sample]!;
      row.snapshot = snapshot;
      row.sample = sample;
      row.stack = at;
      row.id = id[at]!;
    }
  }
  return byKind.flatMap((rows) => [...rows.values()].map(({ most: _, ...row }) => row));
}

/**
 * What page_owner records of its own: the stack of whatever is allocated while it records (the stack depot, its list of
 * stacks), and that of early pages. mm/page_owner.c of 6.1 and 6.12; where a compiler inlines them, they begin with their
 * callers.
 */
const TRACKER_FUNCTION = /^(register_(dummy|early)_stack|init_(page_owner|early_allocated_pages))$/;

/** Whether a stack's innermost function is one of page_owner's own. */
function trackerStacks({ stacks, frames, functions }: Profile): (stack: StackIndex) => boolean {
  const isTracker = functions.name.map((name) => TRACKER_FUNCTION.test(plainName(name)));
  return (stack) => stack !== EMPTY_STACK && isTracker[frames.function[stacks.frame[stack]!]!]!;
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
