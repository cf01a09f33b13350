import { decodeText, HEADER_START } from '@page-owner/dump-format';
import type { Source } from './source.js';
import { negated } from '../command-line/options.js';
import type { FilterOptions } from '../command-line/options.js';

/** What a file is by its front: also that of a dump whose front is cut off, or of something else. */
export type FileKind = 'dump' | 'list' | 'sorted';

/** What is no dump, and what it tells. */
const SUMMED: Readonly<Record<Exclude<FileKind, 'dump'>, readonly [what: string, tells: string]>> = {
  list: ['a list of page_owner_stacks, which the kernel has summed already', 'stacks and pages only'],
  sorted: ['a file of page_owner_sort, which tells no page frames', 'tasks, orders and stacks only'],
};

/** @throws Error when a file is not enough where a dump is needed */
export function checkDump(path: string, kind: FileKind): void {
  if (kind !== 'dump') throw noDump(path, kind);
}

export function noDump(path: string, kind: Exclude<FileKind, 'dump'>): Error {
  return new Error(`${path} is ${SUMMED[kind][0]}; this needs a dump, debugfs page_owner`);
}

/** The filters by what only dumps tell, and those by what lists do not tell. */
const OF_DUMPS = ['block', 'zone', 'node'] as const;
const OF_RECORDS = ['task', 'pid', 'tgid', 'cgroup', 'order', 'gfp', 'type'] as const;
const OF_TIMES = ['olderThan', 'newerThan'] as const;

/** @throws Error when records are to be chosen by what the file does not tell */
export function checkFilters(path: string, kind: FileKind, options: FilterOptions): void {
  if (kind === 'dump') return;
  const untold = [...OF_DUMPS, ...(kind === 'list' ? OF_RECORDS : [])].flatMap((name) => [
    name,
    negated(name),
  ]);
  const asked = [...untold, ...(kind === 'list' ? OF_TIMES : [])].find((name) => options[name] !== undefined);
  if (asked) throw new Error(untoldSentence(path, kind, flagOf(asked)));
}

/** `olderThan` is `--older-than`. */
const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Why an option asks for what the file does not tell. */
export function untoldSentence(path: string, kind: FileKind, option: string): string {
  if (kind === 'dump') return `${option}: ${path} does not tell it`;
  const what = kind === 'list' ? 'a list of page_owner_stacks' : 'a file of page_owner_sort';
  return `${option}: ${path} is ${what}, which tells ${SUMMED[kind][1]}`;
}

const FRONT_BYTES = 4096;
const LIST_START = /^\s*?( \S+\+0x|handle: \d|0x[0-9a-f]+\n)/;
const SORTED_START = /^\s*\d+ times[:,]/;

/** A dump whose first record is cut off at its front begins like a list. */
function kindOf(front: string): FileKind {
  if (SORTED_START.test(front)) return 'sorted';
  return LIST_START.test(front) && !front.includes(HEADER_START) ? 'list' : 'dump';
}

/** Looks at the first bytes, and gives them out again. */
export async function peek(input: Source): Promise<{ kind: FileKind; front: string; source: Source }> {
  const buffer = new Uint8Array(FRONT_BYTES);
  let length = 0;
  for (let count; length < FRONT_BYTES; length += count) {
    count = await input.read(buffer.subarray(length));
    if (!count) break;
  }
  let rest = buffer.subarray(0, length);
  const front = decodeText(rest);
  return {
    kind: kindOf(front),
    front,
    source: {
      async read(into) {
        if (!rest.length) return input.read(into);
        const count = Math.min(rest.length, into.length);
        into.set(rest.subarray(0, count));
        rest = rest.subarray(count);
        return count;
      },
    },
  };
}
