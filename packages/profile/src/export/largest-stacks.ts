import type { AgeTable } from '../tables/age-table.js';
import type { FrameText } from '../facts/frame-text.js';
import type { StackIndex } from '../indices.js';
import type { Profile } from '../tables/profile.js';
import { KEY_COLUMNS, SampleTableBuilder } from '../tables/sample-table.js';
import type { SampleKey } from '../tables/sample-table.js';
import { EMPTY_STACK, StackTableBuilder, VMLINUX } from '../tables/stack-table.js';

/** A profile, and the one before it where there is one, in which few stacks are told apart. */
export interface LargestStacks {
  /** The later one. */
  readonly profile: Profile;
  /** The earlier one, if it was given. */
  readonly before?: Profile | undefined;
  /** Distinct stacks that were added up. */
  readonly more: number;
}

/**
 * The `most` stacks with the most pages, by their stack id; with `before`, those whose pages changed most. All others are
 * one stack of one frame, `(729 more stacks)`, so that every sum stays what it was: of all pages, and of each task, order,
 * zone and so on. Pageblocks, which no export has, are left out.
 *
 * @throws RangeError when `most` is no whole number from 0 on (Infinity: all)
 */
export function largestStacks(profile: Profile, most: number, before?: Profile): LargestStacks {
  if (!(most >= 0) || (most !== Infinity && !Number.isInteger(most)))
    throw new RangeError(`${most} is no number of stacks, which is whole and not negative`);
  const weights = new Map<bigint, number>();
  addPages(weights, profile, 1);
  if (before) addPages(weights, before, -1);
  const more = Math.max(0, weights.size - most);
  if (!more) return { profile, ...(before && { before }), more };
  const ranked = [...weights].sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  const kept = new Set(ranked.slice(0, most).map(([id]) => id));
  const name = `(${more} more ${more === 1 ? 'stack' : 'stacks'})`;
  return {
    profile: withStacks(profile, kept, name),
    ...(before && { before: withStacks(before, kept, name) }),
    more,
  };
}

function addPages(weights: Map<bigint, number>, { samples, stacks }: Profile, sign: 1 | -1): void {
  for (let i = 0; i < samples.length; i++) {
    const id = stacks.id[samples.stack[i]!]!;
    weights.set(id, (weights.get(id) ?? 0) + sign * samples.pages[i]!);
  }
}

/** The profile with tables of the stacks in `kept`, and of one frame called `name` in place of all others. */
function withStacks(profile: Profile, kept: ReadonlySet<bigint>, name: string): Profile {
  const { stacks, samples, ages, pageblocks: _, ...rest } = profile;
  const builder = new StackTableBuilder();
  const others = builder.indexOf([{ name, isAddress: false }]);
  const rows: (StackIndex | undefined)[] = [];
  const rowOf = (stack: StackIndex): StackIndex =>
    (rows[stack] ??= kept.has(stacks.id[stack]!) ? copied(stack) : others);
  const copied = (stack: StackIndex): StackIndex => {
    const row = builder.indexOf(framesOf(profile, stack));
    if (stacks.handle[stack]) builder.setHandle(row, stacks.handle[stack]);
    return row;
  };

  const table = new SampleTableBuilder();
  for (let i = 0; i < samples.length; i++) {
    const key = Object.fromEntries(KEY_COLUMNS.map((column) => [column, samples[column][i]!]));
    table.addRow(
      table.indexOf({ ...(key as unknown as SampleKey), stack: rowOf(samples.stack[i]!) }),
      samples,
      i,
    );
  }
  const moved = movedAges(ages, rowOf);
  return { ...rest, ...builder.finish(), samples: table.finish(), ages: moved };
}

function framesOf({ stacks, frames, functions, modules }: Profile, stack: StackIndex): FrameText[] {
  const texts: FrameText[] = [];
  for (let at = stack; at !== EMPTY_STACK; at = stacks.prefix[at]!) {
    const frame = stacks.frame[at]!;
    const fn = frames.function[frame]!;
    const [name, offset, size] = [functions.name[fn]!, frames.offset[frame]!, frames.size[frame]!];
    const module = functions.module[fn]!;
    texts.push({
      name,
      isAddress: offset < 0 && /^0x[0-9a-f]+$/.test(name),
      ...(offset >= 0 && { offset }),
      ...(size >= 0 && { size }),
      ...(module !== VMLINUX && { module: modules.name[module]! }),
    });
  }
  return texts;
}

/** A row for each stack and slice again. */
function movedAges(ages: AgeTable, rowOf: (stack: StackIndex) => StackIndex): AgeTable {
  const rows = new Map<string, { stack: StackIndex; slice: number; pages: number }>();
  for (let i = 0; i < ages.length; i++) {
    const [stack, slice, pages] = [rowOf(ages.stack[i]!), ages.slice[i]!, ages.pages[i]!];
    const row = rows.get(`${stack} ${slice}`);
    if (row) row.pages += pages;
    else rows.set(`${stack} ${slice}`, { stack, slice, pages });
  }
  const cells = [...rows.values()];
  return {
    length: cells.length,
    sliceNs: ages.sliceNs,
    stack: Int32Array.from(cells, ({ stack }) => stack),
    slice: Float64Array.from(cells, ({ slice }) => slice),
    pages: Float64Array.from(cells, ({ pages }) => pages),
  };
}
