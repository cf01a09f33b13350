import { dimensionNamer } from '../analysis/breakdown.js';
import type { Dimension } from '../analysis/breakdown.js';
import type { Profile } from '../tables/profile.js';
import { callTree, functionsOf, functionTexts } from './call-tree.js';
import type { CallTree, NodeIndex, StackOptions } from './call-tree.js';
import { printableName } from './printable-name.js';
import { pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** A file of speedscope's own format (https://www.speedscope.app/file-format-schema.json), the part that is used here. */
export interface SpeedscopeFile {
  readonly $schema: 'https://www.speedscope.app/file-format-schema.json';
  /** What wrote it. */
  readonly exporter: string;
  /** What speedscope calls the file. */
  readonly name: string;
  /** The profile that is shown first. */
  readonly activeProfileIndex: number;
  /** Functions of all profiles. */
  readonly shared: { readonly frames: readonly SpeedscopeFrame[] };
  /** All memory first, then its parts. */
  readonly profiles: readonly SpeedscopeProfile[];
}

/** A function in a speedscope file. */
export interface SpeedscopeFrame {
  /** The function. */
  readonly name: string;
  /** The module. */
  readonly file: string;
}

/** One of the profiles in a speedscope file. */
export interface SpeedscopeProfile {
  readonly type: 'sampled';
  /** What it is of: an allocator class, say. */
  readonly name: string;
  readonly unit: 'bytes';
  /** 0. */
  readonly startValue: number;
  /** Sum of the weights. */
  readonly endValue: number;
  /** Stacks of indices of frames, outermost first. */
  readonly samples: readonly (readonly number[])[];
  /** Bytes of each stack. */
  readonly weights: readonly number[];
}

/** What a speedscope file holds beside all memory. */
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
  const file = new FileBuilder(options);
  const { all, parts } = file.sums(profile);
  const profiles = [...parts].map(([name, sums]) => file.profile(name, sums));
  profiles.sort((a, b) => b.endValue - a.endValue);
  return file.finish('page_owner', [file.profile('all memory', all), ...profiles]);
}

/**
 * The difference of two profiles for speedscope, which knows no negative weights: the first of its profiles, `grew`, has the
 * stacks with more memory in `after`, the second, `shrank`, those with less, each with the difference. The others are those
 * of its parts, `grew: slab`, `shrank: slab`, largest change first; what is empty is left out. A stack that went from one
 * part to another is in these only.
 */
export function speedscopeDiff(
  before: Profile,
  after: Profile,
  options: SpeedscopeOptions = {},
): SpeedscopeFile {
  const file = new FileBuilder(options);
  const [then, now] = [file.sums(before), file.sums(after)];
  const none: Sums = new Map();
  const pair = (was: Sums, is: Sums, suffix: string) => [
    file.profile(`grew${suffix}`, more(is, was)),
    file.profile(`shrank${suffix}`, more(was, is)),
  ];
  const parts = [...new Set([...now.parts.keys(), ...then.parts.keys()])].map((name) =>
    pair(then.parts.get(name) ?? none, now.parts.get(name) ?? none, `: ${name}`),
  );
  const changeOf = (profiles: readonly SpeedscopeProfile[]) =>
    profiles.reduce((sum, { endValue }) => sum + endValue, 0);
  parts.sort((a, b) => changeOf(b) - changeOf(a));
  return file.finish('growth in page_owner', [
    ...pair(then.all, now.all, ''),
    ...parts.flat().filter(({ endValue }) => endValue),
  ]);
}

/** Pages by the text of a stack: functions, outermost first, a line each. */
type Sums = ReadonlyMap<string, number>;

/** What `a` has more than `b`, stack by stack. */
function more(a: Sums, b: Sums): Sums {
  return new Map(
    [...a]
      .map(([text, pages]) => [text, pages - (b.get(text) ?? 0)] as const)
      .filter(([, pages]) => pages > 0),
  );
}

/** Puts a file together; functions that several profiles share are in it once. */
class FileBuilder {
  readonly #options: SpeedscopeOptions;
  readonly #pageBytes: number;
  readonly #frames: SpeedscopeFrame[] = [];
  readonly #frameOf = new Map<string, number>();
  /** Indices of frames, outermost first, by the text of the stack. */
  readonly #stacks = new Map<string, readonly number[]>();

  constructor(options: SpeedscopeOptions) {
    this.#options = options;
    this.#pageBytes = pageBytesOf(options);
  }

  /** The pages of each stack, in all and by the printable name of each part. */
  sums(profile: Profile): { all: Sums; parts: ReadonlyMap<string, Sums> } {
    const { samples } = profile;
    const tree = callTree(profile, this.#options);
    const partOf = dimensionNamer(profile, this.#options.by ?? 'allocator');
    const textOf = this.#stackTexts(profile, tree);
    const all = new Map<string, number>();
    const parts = new Map<string, Map<string, number>>();
    for (let i = 0; i < samples.length; i++) {
      const text = textOf(tree.nodeOf[samples.stack[i]!]!);
      const name = printableName(partOf(i)) || '?';
      let part = parts.get(name);
      if (!part) parts.set(name, (part = new Map()));
      for (const sums of [all, part]) sums.set(text, (sums.get(text) ?? 0) + samples.pages[i]!);
    }
    return { all, parts };
  }

  profile(name: string, sums: Sums): SpeedscopeProfile {
    const texts = [...sums.keys()].sort();
    const weights = texts.map((text) => sums.get(text)! * this.#pageBytes);
    return {
      type: 'sampled',
      name,
      unit: 'bytes',
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: texts.map((text) => this.#stacks.get(text)!),
      weights,
    };
  }

  finish(what: string, profiles: readonly SpeedscopeProfile[]): SpeedscopeFile {
    const { host, name = host === undefined ? what : `${what} of ${host}` } = this.#options;
    return {
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      exporter: '@page-owner/profile',
      name: printableName(name),
      activeProfileIndex: 0,
      shared: { frames: this.#frames },
      profiles,
    };
  }

  #stackTexts(profile: Profile, tree: CallTree): (node: NodeIndex) => string {
    const { functions, modules } = profile;
    const names = functionTexts(profile);
    const frameOf = names.map((name, fn) => {
      let frame = this.#frameOf.get(name);
      if (frame === undefined) {
        frame = this.#frames.push({ name, file: printableName(modules.name[functions.module[fn]!]!) }) - 1;
        this.#frameOf.set(name, frame);
      }
      return frame;
    });
    const texts: (string | undefined)[] = [];
    return (node) => {
      const known = texts[node];
      if (known !== undefined) return known;
      const path = functionsOf(tree, node).reverse();
      const text = path.map((fn) => names[fn]).join('\n');
      if (!this.#stacks.has(text))
        this.#stacks.set(
          text,
          path.map((fn) => frameOf[fn]!),
        );
      return (texts[node] = text);
    };
  }
}
