/**
 * The page flags of a record before 4.6: twelve columns, a letter where the flag is set and a blank where it is not.
 *
 * ```
 *  Flags    U LA  W M      K locked      U uptodate   A active      C compound (head or tail)
 *        KERUDLASWCBM      E error       D dirty      S slab        B swapcache
 *                          R referenced  L lru        W writeback   M mappedtodisk
 * ```
 *
 * Source: Linux 3.19 mm/page_owner.c.
 */
import { ERAS, type Era, type Release } from './era.js';
import { pageFlagsTable } from './page-flags.js';

interface Column {
  readonly letter: string;
  /** Any of these flags sets the letter; reading the letter sets the first. */
  readonly flags: readonly [string, ...string[]];
}

const COLUMNS: readonly Column[] = [
  { letter: 'K', flags: ['locked'] },
  { letter: 'E', flags: ['error'] },
  { letter: 'R', flags: ['referenced'] },
  { letter: 'U', flags: ['uptodate'] },
  { letter: 'D', flags: ['dirty'] },
  { letter: 'L', flags: ['lru'] },
  { letter: 'A', flags: ['active'] },
  { letter: 'S', flags: ['slab'] },
  { letter: 'W', flags: ['writeback'] },
  { letter: 'C', flags: ['head', 'tail'] },
  { letter: 'B', flags: ['swapcache'] },
  { letter: 'M', flags: ['mappedtodisk'] },
];

/** The era that replaced letters by names. */
const NAMES_SINCE: Era = '4.6';

function bitsOf(column: Column, release: Release): bigint[] {
  const { era, bitOf } = pageFlagsTable(release);
  if (ERAS.indexOf(era) >= ERAS.indexOf(NAMES_SINCE))
    throw new RangeError(`Linux ${release} prints no flag columns`);
  return column.flags.flatMap((flag) => {
    const bit = bitOf.get(flag);
    return bit === undefined ? [] : [1n << BigInt(bit)];
  });
}

/**
 * The twelve columns of a flags word; flags without a column are lost.
 *
 * @throws RangeError for an era that prints names
 */
export function formatPageFlagColumns(flags: bigint, release: Release): string {
  return COLUMNS.map((column) =>
    bitsOf(column, release).some((bit) => (flags & bit) !== 0n) ? column.letter : ' ',
  ).join('');
}

/**
 * The flags that twelve columns show. Trailing blanks may be missing, as editors and mail strip them.
 *
 * @throws RangeError for a letter in the wrong column, a thirteenth column, or an era that prints names
 */
export function parsePageFlagColumns(text: string, release: Release): bigint {
  let flags = 0n;
  for (const [index, letter] of [...text].entries()) {
    const column = COLUMNS[index];
    if (column === undefined) throw new RangeError(`twelve flag columns expected, got "${text}"`);
    if (letter === ' ') continue;
    if (letter !== column.letter) {
      throw new RangeError(
        `flag column ${index + 1} is ${column.letter} or blank, got "${letter}" in "${text}"`,
      );
    }
    flags |= bitsOf(column, release)[0] ?? 0n;
  }
  return flags;
}
