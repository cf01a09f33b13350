/** The kernel's list of numbers, as in `nid=0,2-5,8-15:2/4`. */
import type { Errno } from './errno.js';

/** `N` is the last number, `all` all of them; `:used/of` takes the first `used` of every `of`. */
const REGION = /^(?:[aA][lL][lL]|(\d+|N)(?:-(\d+|N))?)(?::(\d+|N)\/(\d+|N))?$/;

const MAX_UNSIGNED = 0xffff_ffff;

/**
 * Parses a list of numbers below `limit`.
 *
 * @returns the numbers in ascending order, perhaps none; `EINVAL` if it is no list, `ERANGE` if a number is too large
 */
export function parseNumberList(text: string, limit: number): readonly number[] | Errno {
  const set = new Set<number>();
  for (const region of text.split(',')) {
    if (region === '') continue;
    const match = REGION.exec(region);
    if (match === null) return 'EINVAL';
    const numbers = match.slice(1).map((number) => numberOf(number, limit));
    if (numbers.some((number) => number !== undefined && number > MAX_UNSIGNED)) return 'EOVERFLOW';
    const [first, last, usedOrNone, ofOrNone] = numbers;
    // A pattern needs a range: `3:1/2` is refused.
    if (first !== undefined && last === undefined && usedOrNone !== undefined) return 'EINVAL';
    const start = first ?? 0;
    const end = last ?? first ?? limit - 1;
    const used = usedOrNone ?? end + 1;
    const of = ofOrNone ?? end + 1;
    if (start > end || of === 0 || used > of) return 'EINVAL';
    if (end >= limit) return 'ERANGE';
    for (let group = start; group <= end; group += of) {
      for (let i = group; i < group + used && i <= end; i++) set.add(i);
    }
  }
  return [...set].sort((a, b) => a - b);
}

const numberOf = (text: string | undefined, limit: number): number | undefined =>
  text === undefined ? undefined : text === 'N' ? limit - 1 : Number(text);
