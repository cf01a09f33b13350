import { ERAS, formatGfp, gfpTable } from '@page-owner/kernel-abi';

/**
 * What a gfp mask has to be: a number is that very mask; a text has names joined by `|`, all of which it has to have. A name
 * of a whole mask, `GFP_KERNEL`, is there when the dump prints it; one of a flag, `__GFP_ACCOUNT`, when the flag is set,
 * printed or part of what is printed (`GFP_KERNEL_ACCOUNT`).
 */
export type GfpCondition = number | string;

/** Whether a mask, with its names as the dump prints them, is one that `condition` asks for. */
export function isGfp(condition: GfpCondition, mask: number | undefined, names: string | undefined): boolean {
  if (mask === undefined) return false;
  if (typeof condition === 'number') return mask === condition;
  if (names === undefined) return false;
  const known = namesOf(mask, names);
  return condition.split('|').every((name) => known.has(name));
}

const MOST_KNOWN = 1024;
const knownNames = new Map<string, ReadonlySet<string>>();

/** What is printed, and all flags that are set. */
function namesOf(mask: number, names: string): ReadonlySet<string> {
  const key = `${mask} ${names}`;
  const known = knownNames.get(key);
  if (known) return known;
  if (knownNames.size === MOST_KNOWN) knownNames.clear();
  const printed = names.split('|');
  const flags = flagsOf(mask, names, printed);
  const all: ReadonlySet<string> = new Set([...printed, ...flags]);
  knownNames.set(key, all);
  return all;
}

/**
 * Bits have other places from kernel to kernel, and a dump does not say which kernel wrote it. So the tables are those of an
 * era that prints the mask in these words; where none does, as in a kernel with bits of its own, what the words mean today.
 */
function flagsOf(mask: number, names: string, printed: readonly string[]): string[] {
  const era = ERAS.findLast((candidate) => formatGfp(mask, candidate) === names);
  const { bits, masks } = gfpTable(era ?? 'newest');
  const set = era === undefined ? printed.reduce((sum, name) => sum | (masks.get(name) ?? 0), 0) : mask;
  return bits.filter((flag) => (set & flag.mask) !== 0).map(({ name }) => name);
}
