import { dimensionNamer } from '../analysis/breakdown.js';
import type { Dimension } from '../analysis/breakdown.js';
import type { Profile } from '../tables/profile.js';
import { callTree, functionTexts } from './call-tree.js';
import type { NodeIndex, StackOptions } from './call-tree.js';
import { hexEscape, printableName } from './printable-name.js';
import { pageBytesOf } from './snapshot-info.js';
import type { SnapshotInfo } from './snapshot-info.js';

/** What folded stacks count, and what is in front of them. */
export interface FoldedOptions extends StackOptions, Pick<SnapshotInfo, 'pageBytes'> {
  /** Frames to put before the outermost function, such as `['allocator', 'taskName']`; the default is none. */
  readonly roots?: readonly Dimension[] | undefined;
  /**
   * What is counted; the default is base pages. Readers that loop over the count (Firefox profiler) do not come to an
   * end with bytes.
   */
  readonly unit?: 'pages' | 'bytes' | undefined;
}

/**
 * Folded stacks, the input of flame graphs: a line for each distinct stack of functions, outermost first, in the order of
 * its text, `do_syscall_64;vfs_write;leaky_alloc_buffers_[leaky] 3800`. Comes in pieces of whole lines.
 *
 * A blank in a name becomes `_`, a semicolon `\x3b`: names hold neither, so a line is split at its only blank. An empty
 * stack is `?`.
 */
export function* folded(profile: Profile, options: FoldedOptions = {}): Generator<string, void> {
  const weight = weightOf(options);
  const counts = [...pagesByText(profile, options)];
  yield* pieces(counts.map(([text, pages]) => `${text} ${weight(pages)}\n`).sort());
}

/**
 * The stacks of two profiles with the count of each, `stack before after`: what differential flame graphs are made of
 * (`flamegraph.pl`, `inferno-flamegraph`; `difffolded.pl` gives this form). Counts are never signed.
 */
export function* foldedDiff(
  before: Profile,
  after: Profile,
  options: FoldedOptions = {},
): Generator<string, void> {
  const weight = weightOf(options);
  const counts = new Map<string, [before: number, after: number]>();
  for (const [text, pages] of pagesByText(before, options)) counts.set(text, [pages, 0]);
  for (const [text, pages] of pagesByText(after, options))
    counts.set(text, [counts.get(text)?.[0] ?? 0, pages]);
  yield* pieces([...counts].map(([text, [a, b]]) => `${text} ${weight(a)} ${weight(b)}\n`).sort());
}

function weightOf(options: FoldedOptions): (pages: number) => number {
  const each = options.unit === 'bytes' ? pageBytesOf(options) : 1;
  return (pages) => pages * each;
}

function pagesByText(profile: Profile, options: FoldedOptions): Map<string, number> {
  const { samples } = profile;
  const namers = (options.roots ?? []).map((dimension) => dimensionNamer(profile, dimension));
  const textOf = pathTexts(profile, options);
  const byText = new Map<string, number>();
  for (let i = 0; i < samples.length; i++) {
    const root = namers.map((name) => `${frameText(printableName(name(i)))};`).join('');
    const text = root + textOf(samples.stack[i]!);
    byText.set(text, (byText.get(text) ?? 0) + samples.pages[i]!);
  }
  return byText;
}

function pathTexts(profile: Profile, options: StackOptions): (stack: number) => string {
  const tree = callTree(profile, options);
  const frames = functionTexts(profile).map(frameText);
  const texts: (string | undefined)[] = [''];
  const textOf = (node: NodeIndex): string => {
    const known = texts[node];
    if (known !== undefined) return known;
    const caller = textOf(tree.prefix[node]!);
    const frame = frames[tree.function[node]!]!;
    return (texts[node] = caller ? `${caller};${frame}` : frame);
  };
  return (stack) => textOf(tree.nodeOf[stack]!) || '?';
}

/** A printable name as a frame. A `#` in front would make the line a comment, and nothing at all no frame. */
function frameText(name: string): string {
  if (name === '') return '?';
  return name.replace(/\s/gu, '_').replaceAll(';', hexEscape(0x3b)).replace(/^#/, hexEscape(0x23));
}

const PIECE_LINES = 256;

function* pieces(lines: readonly string[]): Generator<string, void> {
  for (let at = 0; at < lines.length; at += PIECE_LINES) yield lines.slice(at, at + PIECE_LINES).join('');
}
