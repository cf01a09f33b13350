import { ALLOCATOR_CLASSES } from '../facts/allocator-class.js';
import { reclaimOfSample } from '../analysis/breakdown.js';
import { MIGRATETYPES } from '../facts/page-facts.js';
import type { Profile } from '../tables/profile.js';
import { NO_TIME } from '../tables/sample-table.js';
import { hexId, stackNames } from './call-tree.js';
import { printableName } from './printable-name.js';
import { capturedAtOf, pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** A profile as JSON, version 1; docs/exports.md describes it. Null is what the source does not say. */
export interface JsonProfile {
  readonly format: 'page-owner-profile';
  readonly version: 1;
  /** Of `SnapshotInfo`, as are the next three. */
  readonly host: string | null;
  readonly bootId: string | null;
  readonly kernelRelease: string | null;
  /** ISO 8601. */
  readonly capturedAt: string | null;
  /** Bytes of a base page. */
  readonly pageBytes: number;
  /** Allocations of all samples. */
  readonly records: number;
  /** Base pages of all samples. */
  readonly pages: number;
  /** The latest allocation, ns since boot, in decimal: it may be beyond 2^53. */
  readonly timeNs: string | null;
  /** Distinct stacks. */
  readonly stacks: readonly JsonStack[];
  /** Who allocated. */
  readonly tasks: readonly JsonTask[];
  /** Who is charged. */
  readonly cgroups: readonly JsonCgroup[];
  /** Records that agree in all but time and place. */
  readonly samples: readonly JsonSample[];
  /** Sentences about what a reader of the figures has to know. */
  readonly warnings: readonly string[];
}

/** A distinct stack that a sample has. */
export interface JsonStack {
  /** See `stackId`: `0x` and 16 digits. */
  readonly id: string;
  /** See `exactStackId`: one per build. */
  readonly exactId: string;
  /** The owner function; null in an empty stack. */
  readonly owner: string | null;
  /** In the stack depot of that boot. */
  readonly handle: number | null;
  /** That of the innermost frame in one; `vmlinux`: none. */
  readonly module: string;
  /** Functions with their modules, innermost first. */
  readonly frames: readonly string[];
}

/** A task in a JSON export. */
export interface JsonTask {
  readonly pid: number | null;
  readonly tgid: number | null;
  /** Untrusted. */
  readonly name: string;
}

/** A control group in a JSON export. */
export interface JsonCgroup {
  /** The last component of its path. */
  readonly name: string;
  /** It has been removed. */
  readonly offline: boolean;
}

/** A sample in a JSON export. */
export interface JsonSample {
  /** Index of `stacks`. */
  readonly stack: number;
  /** Index of `tasks`. */
  readonly task: number | null;
  /** Index of `cgroups`. */
  readonly cgroup: number | null;
  /** Blocks of 2^order pages. */
  readonly order: number | null;
  /** As its kernel numbers the flags. */
  readonly gfpMask: number | null;
  /** What the mask asks for. */
  readonly migratetype: string | null;
  /** What the pageblock is. */
  readonly pageblockMigratetype: string | null;
  /** Zone index. */
  readonly zone: number | null;
  /** NUMA node. */
  readonly node: number | null;
  /** Allocator class. */
  readonly allocator: string;
  /** `lru`, `shrinker` or `none`. */
  readonly reclaim: string;
  /** The pages were moved since their allocation. */
  readonly migrated: boolean;
  /** Allocations; 0 where the source counts pages only. */
  readonly records: number;
  /** Base pages. */
  readonly pages: number;
  /** Earliest allocation, ns since boot, in decimal. */
  readonly minTs: string | null;
  /** Latest allocation, likewise. */
  readonly maxTs: string | null;
}

/** The whole profile but ages and pageblocks, for `JSON.stringify`. */
export function jsonProfile(profile: Profile, info: SnapshotInfo = {}): JsonProfile {
  const { samples, stacks, modules, tasks, cgroups } = profile;
  const namesOf = stackNames(profile);
  const rowOf = new Map<number, number>();
  for (const stack of samples.stack) if (!rowOf.has(stack)) rowOf.set(stack, rowOf.size);
  return {
    format: 'page-owner-profile',
    version: 1,
    host: textOf(info.host),
    bootId: textOf(info.bootId),
    kernelRelease: textOf(info.kernelRelease),
    capturedAt: capturedAtOf(info)?.toISOString() ?? null,
    pageBytes: pageBytesOf(info),
    records: profile.records,
    pages: profile.pages,
    timeNs: profile.timeNs === undefined ? null : String(profile.timeNs),
    stacks: [...rowOf.keys()].map((stack) => ({
      id: hexId(stacks.id[stack]!),
      exactId: hexId(stacks.exactId[stack]!),
      handle: stacks.handle[stack] || null,
      owner: namesOf(stacks.owner[stack]!)[0] ?? null,
      module: printableName(modules.name[stacks.module[stack]!]!),
      frames: namesOf(stack),
    })),
    // Row 0 of either table says that there is none: null in a sample.
    tasks: tasks.name.slice(1).map((name, i) => ({
      pid: known(tasks.pid[i + 1]!),
      tgid: known(tasks.tgid[i + 1]!),
      name: printableName(name),
    })),
    cgroups: cgroups.name
      .slice(1)
      .map((name, i) => ({ name: printableName(name), offline: cgroups.offline[i + 1] === 1 })),
    samples: Array.from({ length: samples.length }, (_, i) => ({
      stack: rowOf.get(samples.stack[i]!)!,
      task: known(samples.task[i]! - 1),
      cgroup: known(samples.cgroup[i]! - 1),
      order: known(samples.order[i]!),
      gfpMask: known(samples.gfpMask[i]!),
      migratetype: MIGRATETYPES[samples.gfpType[i]!] ?? null,
      pageblockMigratetype: MIGRATETYPES[samples.blockType[i]!] ?? null,
      zone: known(samples.zone[i]!),
      node: known(samples.node[i]!),
      allocator: ALLOCATOR_CLASSES[samples.allocator[i]!]!,
      reclaim: reclaimOfSample(profile, i),
      migrated: samples.migrated[i] === 1,
      records: samples.records[i]!,
      pages: samples.pages[i]!,
      minTs: timeText(samples.minTs[i]!),
      maxTs: timeText(samples.maxTs[i]!),
    })),
    warnings: profile.warnings.map(printableName),
  };
}

function known(number: number): number | null {
  return number < 0 ? null : number;
}

function timeText(ts: bigint): string | null {
  return ts === NO_TIME ? null : String(ts);
}

function textOf(text: string | undefined): string | null {
  return text === undefined ? null : printableName(text);
}
