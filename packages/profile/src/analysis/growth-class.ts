/** How memory that grew went from snapshot to snapshot. */
export type GrowthClass = (typeof GROWTH_CLASSES)[number];

/**
 * `growing`: all of the time bears out that it grows, see {@link leakScore}. `new`: it grew in the last interval, which
 * nothing later can bear out yet. `settled`: it grew before, then stayed or fell. `tracker`: page_owner's own pages.
 */
export const GROWTH_CLASSES = ['growing', 'new', 'settled', 'tracker'] as const;

/**
 * Pages. In dumps of real kernels (docs/growth.md) what grew now and then, as descriptors of I/O do, scored up to 15.5, the
 * slowest leak of several intervals 80.
 */
export const MIN_GROWTH = 32;

/** Of what a leak took, no more than this part was given back in between. */
const MOST_GIVEN_BACK = 0.1;

/**
 * The class of memory that was as large as `pages` say; undefined when it did not grow. It is
 *
 * - `growing` when it grew in two intervals or more, gave back at most a tenth of what it took, and its {@link leakScore} is
 *   `minGrowth` or more;
 * - else `new` when it is larger than ever before, and grew in the last interval at least as fast as on average;
 * - else `settled`.
 *
 * With a single interval whatever grew is `new`.
 *
 * @param durations one less than `pages`, any unit, above 0
 */
export function growthClass(
  pages: readonly number[],
  durations: readonly number[],
  minGrowth = MIN_GROWTH,
): Exclude<GrowthClass, 'tracker'> | undefined {
  const last = pages.length - 1;
  const delta = pages[last]! - pages[0]!;
  if (delta <= 0) return undefined;
  let ups = 0;
  let fell = 0;
  let highest = 0;
  let time = 0;
  for (let i = 0; i < last; i++) {
    const change = pages[i + 1]! - pages[i]!;
    if (change > 0) ups++;
    else fell -= change;
    highest = Math.max(highest, pages[i]!);
    time += durations[i]!;
  }
  const score = leakScore(pages, durations);
  if (ups > 1 && fell <= MOST_GIVEN_BACK * (delta + fell) && score > 0 && score >= minGrowth)
    return 'growing';
  const change = pages[last]! - pages[last - 1]!;
  return pages[last]! > highest && change * time >= delta * durations[last - 1]! ? 'new' : 'settled';
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
    // Multiplied first: steady growth scores a whole number.
    const expected = rest > 0 ? ((total - change) * duration) / rest : 0;
    score += Math.max(0, Math.min(change, expected));
  }
  return score;
}
