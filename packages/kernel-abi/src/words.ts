/** Splits a table written as text into its entries. */
export const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** An entry that a build option decides about is written with a trailing `?`. */
export const isOptional = (entry: string): boolean => entry.endsWith('?');

/** The entry without its `?`. */
export const nameOf = (entry: string): string => (isOptional(entry) ? entry.slice(0, -1) : entry);

/** @throws RangeError unless a gfp mask is an unsigned 32-bit integer */
export function requireGfpMask(mask: number): void {
  if (mask >>> 0 !== mask)
    throw new RangeError(`a gfp mask is an unsigned 32-bit integer, got ${String(mask)}`);
}

const FLAGS_WORD = 1n << 64n;

/** @throws RangeError unless a page's flags word is an unsigned 64-bit integer */
export function requireFlagsWord(flags: bigint): void {
  if (typeof flags !== 'bigint' || flags < 0n || flags >= FLAGS_WORD)
    throw new RangeError(`a flags word is a bigint, an unsigned 64-bit integer, got ${String(flags)}`);
}

/** A number as the kernel's `%#x` prints it; zero is `0x0`. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
