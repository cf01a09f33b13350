/** Splits a table written as text into its entries. */
export const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** An entry that a build option decides about is written with a trailing `?`. */
export const isOptional = (entry: string): boolean => entry.endsWith('?');

/** The entry without its `?`. */
export const nameOf = (entry: string): string => (isOptional(entry) ? entry.slice(0, -1) : entry);

/** A number as the kernel's `%#x` prints it; zero is `0x0`. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
