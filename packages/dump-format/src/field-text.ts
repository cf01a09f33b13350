import { LONGEST_TASK_NAME } from './header-line.js';
import { encodeText } from './text-bytes.js';

/*
 * Checks of values on their way into text: each returns the value, or throws a RangeError that names the field and
 * tells the value, so that nothing is written that would be read back as something else.
 */

export const U16_MAX = 0xffff;
export const U32_MAX = 0xffff_ffff;
export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S32_MIN = -0x8000_0000;
export const S32_MAX = 0x7fff_ffff;

export function integer(field: string, value: number | undefined, least: number, most: number): number {
  if (value === undefined || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${field} is ${value}, not an integer from ${least} to ${most}`);
  }
  return value;
}

export function u64(field: string, value: bigint | undefined): bigint {
  if (value === undefined || value < 0n || value > U64_MAX) {
    throw new RangeError(`${field} is ${value}, not a u64`);
  }
  return value;
}

export function oneLine(field: string, text: string | undefined): string {
  if (text === undefined) throw new RangeError(`${field} is missing`);
  if (text.includes('\n'))
    throw new RangeError(`${field} is ${JSON.stringify(text)}, which is more than one line`);
  return text;
}

export function word(field: string, text: string | undefined): string {
  if (text === undefined || !/^\S+$/.test(text)) {
    throw new RangeError(`${field} is ${JSON.stringify(text)}, not a word`);
  }
  return text;
}

/** What stands between two parentheses, and so holds no closing one. */
export function namesText(field: string, names: string): string {
  if (/[\n)]/.test(names))
    throw new RangeError(`${field} is ${JSON.stringify(names)}, which would end early`);
  return names;
}

/**
 * A task name. One of at most 15 bytes may hold anything when a ts follows it; others must not look as if they ended
 * earlier (`findHeader` tells how the end of a name is found).
 */
export function taskName(comm: string, timed: boolean): string {
  if (timed && encodeText(comm).length <= LONGEST_TASK_NAME) return comm;
  if (/\n|\), ts \d+( ns)?(,|$)/.test(comm)) {
    throw new RangeError(`comm is ${JSON.stringify(comm)}, of which the end could not be found again`);
  }
  return comm;
}
