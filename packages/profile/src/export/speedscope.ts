import { dimensionNamer } from '../breakdown.js';
import type { Dimension } from '../breakdown.js';
import type { Profile } from '../profile.js';
import { callTree, functionsOf, functionTexts } from './call-tree.js';
import type { StackOptions } from './call-tree.js';
import { printableName } from './printable-name.js';
import { pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** A file of speedscope's own format (https://www.speedscope.app/file-format-schema.json), the part that is used here. */
export interface SpeedscopeFile {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  readonly exporter: string;
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
  readonly profiles: readonly SpeedscopeProfile[];
}

export interface SpeedscopeFrame {
  readonly name: string;
  /** The module. */
  readonly file: string;
}

export interface SpeedscopeProfile {
  readonly type: 'sampled';
  readonly name: string;
  readonly unit: 'bytes';
  readonly startValue: number;
  readonly endValue: number;
  /** Stacks of indices of frames, outermost first. */
  readonly samples: readonly (readonly number[])[];
  readonly weights: readonly number[];
}

export interface SpeedscopeOptions extends SnapshotInfo, StackOptions {
  /** A profile for each value of this dimension, besides that of all memory; the default is `allocator`. */
  readonly by?: Dimension | undefined;
  /** The title of the window; the default tells the host, if there is one. */
  readonly name?: string | undefined;
}

/**
 * A profile for speedscope: `JSON.stringify` makes the file. The first of its profiles is all memory, the others, largest
 * first, are its parts. Stacks are in the order of their texts, so that the view by time, too, shows a flame graph.
 */
export function speedscope(profile: Profile, options: SpeedscopeOptions = {}): SpeedscopeFile {
  const { samples, functions, modules } = profile;
  const pageBytes = pageBytesOf(options);
  const tree = callTree(profile, options);
  const names = functionTexts(profile);
  const partOf = dimensionNamer(profile, options.by ?? 'allocator');
  const all = new Map<number, number>();
  const parts = new Map<string, Map<number, number>>();
  for (let i = 0; i < samples.length; i++) {
    const node = tree.nodeOf[samples.stack[i]!]!;
    const name = partOf(i);
    let part = parts.get(name);
    if (!part) parts.set(name, (part = new Map()));
    for (const sums of [all, part]) sums.set(node, (sums.get(node) ?? 0) + samples.pages[i]!);
  }
  // Texts are compared once for all profiles.
  const stacks = new Map<number, readonly number[]>();
  const paths = [...all.keys()].map((node) => {
    const path = functionsOf(tree, node).reverse();
    stacks.set(node, path);
    return { node, text: path.map((fn) => names[fn]).join('\n') };
  });
  paths.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.node - b.node));
  const profileOf = (name: string, sums: ReadonlyMap<number, number>): SpeedscopeProfile => {
    const nodes = paths.filter(({ node }) => sums.has(node));
    const weights = nodes.map(({ node }) => sums.get(node)! * pageBytes);
    return {
      type: 'sampled',
      name,
      unit: 'bytes',
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: nodes.map(({ node }) => stacks.get(node)!),
      weights,
    };
  };
  const profiles = [...parts].map(([name, sums]) => profileOf(printableName(name) || '?', sums));
  profiles.sort((a, b) => b.endValue - a.endValue);
  return {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: '@page-owner/profile',
    name: printableName(
      options.name ?? (options.host === undefined ? 'page_owner' : `page_owner of ${options.host}`),
    ),
    activeProfileIndex: 0,
    shared: {
      frames: names.map((name, fn) => ({ name, file: printableName(modules.name[functions.module[fn]!]!) })),
    },
    profiles: [profileOf('all memory', all), ...profiles],
  };
}
