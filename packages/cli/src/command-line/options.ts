import type { Command } from 'commander';
import { ALLOCATOR_CLASSES, MIGRATETYPES } from '@page-owner/profile';
import type {
  AllocatorClass,
  Conditions,
  GfpCondition,
  MigratetypeName,
  Selection,
} from '@page-owner/profile';
import { readDuration } from '../screen/duration.js';
import { offer } from './shell-completion.js';
import { readSize } from '../screen/size.js';
import { UsageError } from '../usage-error.js';

export interface RedactOptions {
  readonly redact?: boolean;
  readonly redactKey?: string;
}

/** What nearly every subcommand takes. */
export interface CommonOptions extends RedactOptions {
  readonly json?: boolean;
  /** Infinity: all. */
  readonly limit: number;
  /** Bytes. */
  readonly pageSize: number;
}

interface Filters {
  readonly task?: string[];
  readonly pid?: number[];
  readonly tgid?: number[];
  readonly module?: string[];
  readonly cgroup?: string[];
  readonly stack?: RegExp[];
  readonly order?: number[];
  readonly gfp?: GfpCondition[];
  readonly type?: MigratetypeName[];
  readonly block?: MigratetypeName[];
  readonly zone?: number[];
  readonly node?: number[];
  readonly allocator?: AllocatorClass[];
}

/** What a filter is called in a selection. */
const CONDITION_OF = {
  task: 'tasks',
  pid: 'pids',
  tgid: 'tgids',
  module: 'modules',
  cgroup: 'cgroups',
  stack: 'stacks',
  order: 'orders',
  gfp: 'gfp',
  type: 'types',
  block: 'blockTypes',
  zone: 'zones',
  node: 'nodes',
  allocator: 'allocators',
} as const satisfies Record<keyof Filters, keyof Conditions>;

/** Of `--task` it is `--not-task`. */
type Negated<Name extends string> = `not${Capitalize<Name>}`;
export const negated = <Name extends string>(name: Name): Negated<Name> =>
  `not${name[0]!.toUpperCase()}${name.slice(1)}` as Negated<Name>;

/** Lengths of time before the latest allocation, ns. */
interface AgeOptions {
  readonly olderThan?: bigint;
  readonly newerThan?: bigint;
}

/** Which records count. */
export type FilterOptions = Filters & {
  [Name in keyof Filters as Negated<Name>]: Filters[Name];
} & AgeOptions;

export interface HandleOptions {
  /** A show_stacks_handles. */
  readonly handles?: string;
}

const DEFAULT_PAGE_BYTES = 4096;
/** The kernel's numbers of zones on x86-64; other machines leave some out. */
export const ZONES = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'];

export function addCommonOptions(command: Command, limit = 10, what = 'rows to show'): Command {
  return addRedactOptions(
    addLimitOption(addJsonOption(command), limit, what).option(
      '--page-size <size>',
      'bytes of a page (default: 4K)',
      (text) => readPageSize(text),
      DEFAULT_PAGE_BYTES,
    ),
  );
}

export function addJsonOption(command: Command): Command {
  return command.option('--json', 'one JSON document for programs, with exact numbers');
}

export function addLimitOption(command: Command, limit: number, what: string): Command {
  const description = `${what}, or "all" (default: ${limit === Infinity ? 'all' : limit})`;
  return command.option('--limit <n>', description, (text) => readLimit(text), limit);
}

export function addRedactOptions(command: Command): Command {
  return command
    .option('--redact', 'pseudonyms for the names of tasks and control groups')
    .option(
      '--redact-key <key>',
      'a secret that pseudonyms depend on (default: $PAGE_OWNER_REDACT_KEY, or random)',
    );
}

/** Options that the command has already stay what they are. */
export function addFilterOptions(command: Command): Command {
  const taken = new Set(command.options.map(({ long }) => long));
  command.optionsGroup(
    'Which records count (lists are a,b,c; all that are given have to match;\n--not-task and so on, of all but times: what does not match):',
  );
  const add = <T>(flags: string, what: string, parse: Parser<T>, offered: readonly string[] = []) => {
    const [long = ''] = flags.split(' ');
    if (taken.has(long)) return;
    command.option(flags, what, (text, before?: T) => parse(text, before, long));
    if (offered.length) offer(command, long, offered);
  };
  const addPair = <T>(flags: string, what: string, parse: Parser<T>, offered?: readonly string[]) => {
    add(flags, what, parse, offered);
    const not = flags.replace('--', '--not-');
    add(not, `not ${what}`, parse, offered);
    // One line of help is enough for both.
    command.options.find(({ flags }) => flags === not)!.hideHelp();
  };
  addPair('--task <names>', 'allocated by tasks of these names', shownNames);
  addPair('--pid <ids>', 'allocated by these tasks', integers);
  addPair('--tgid <ids>', 'allocated by these processes, whichever thread', integers);
  addPair('--module <names>', 'with a frame in these kernel modules (vmlinux: in none)', names);
  addPair('--cgroup <names>', 'charged to these control groups', shownNames);
  addPair('--stack <regex>', 'with a function that matches, anywhere in the stack', regex);
  addPair('--order <orders>', 'of these orders: 0,3 or 4-10', ranges);
  addPair('--gfp <masks>', 'asked for so: GFP_KERNEL, __GFP_ACCOUNT, 0xcc0', gfpMasks, GFP_NAMES);
  addPair('--type <types>', 'asked for as of these migratetypes: Unmovable, ...', migratetypes, MIGRATETYPES);
  addPair('--block <types>', 'in pageblocks of these migratetypes', migratetypes, MIGRATETYPES);
  addPair('--zone <zones>', 'in these zones: numbers, or names of x86-64', zones, ZONES);
  addPair('--node <nodes>', 'on these NUMA nodes', ranges);
  addPair(
    '--allocator <classes>',
    'of these allocator classes: slab, "page cache", ...',
    allocators,
    ALLOCATOR_CLASSES,
  );
  add('--older-than <time>', 'allocated so long before the latest: 90s, 5m, 2h, 1d', duration);
  add('--newer-than <time>', 'allocated later than that', duration);
  return command;
}

/** Reads the value of an option that may have been given before. @throws UsageError that names the option */
type Parser<T> = (text: string, before: T | undefined, option: string) => T;

const duration: Parser<bigint> = (text, _, option) => readDuration(option, text);

export function addStackOptions(command: Command): Command {
  return command
    .option('--full-stacks', 'whole stacks, a frame on a line, allocation plumbing too')
    .option('--offsets', 'frames with offset and size');
}

export function addHandleOption(command: Command): Command {
  return command.option(
    '--handles <file>',
    'show_stacks_handles of the same boot, for dumps that hold handles',
  );
}

/** What the filters choose, ages aside. */
export function selectionOf(options: FilterOptions): Selection {
  const not = conditionsOf((name) => options[negated(name)]);
  return { ...conditionsOf((name) => options[name]), ...(Object.keys(not).length && { not }) };
}

function conditionsOf(valueOf: (name: keyof Filters) => unknown): Conditions {
  const given = Object.entries(CONDITION_OF).map(([name, condition]) => [
    condition,
    valueOf(name as keyof Filters),
  ]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Conditions;
}

/** Whether not all records count. */
export function hasFilters(options: FilterOptions): boolean {
  return asksForAges(options) || Object.keys(selectionOf(options)).length > 0;
}

export function asksForAges({ olderThan, newerThan }: AgeOptions): boolean {
  return olderThan !== undefined || newerThan !== undefined;
}

/**
 * The part of a selection that ages are, counted from `now`, the latest allocation; undefined where a source has no times.
 */
export function spanOf(options: AgeOptions, now: bigint | undefined): Pick<Selection, 'after' | 'until'> {
  if (!asksForAges(options)) return {};
  if (now === undefined) return { until: -1n };
  const { olderThan, newerThan } = options;
  return {
    ...(olderThan !== undefined && { until: now - olderThan }),
    ...(newerThan !== undefined && { after: now - newerThan }),
  };
}

/** The comma stands between names; `\,` is one in a name. */
function names(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ','))];
}

/** Names as they are, or as the screen and exports show them: `\xff` is a byte that is not UTF-8, or a control character. */
function shownNames(text: string, before?: string[]): string[] {
  return names(text, before).flatMap((name) => [
    ...new Set([name, unescaped(name, true), unescaped(name, false)]),
  ]);
}

const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|\\)/gi;
/** A byte that is not UTF-8 is this and more in a text: see `decodeText`. */
const BYTE_BASE = 0xdc00;

/** @param asBytes whether `\x80` to `\xff` are bytes, and not the characters of these numbers */
function unescaped(name: string, asBytes: boolean): string {
  return name.replace(ESCAPE, (_, byte?: string, unit?: string) => {
    if (byte === undefined) return unit === undefined ? '\\' : String.fromCharCode(parseInt(unit, 16));
    const code = parseInt(byte, 16);
    return String.fromCharCode(asBytes && code >= 0x80 ? BYTE_BASE + code : code);
  });
}

function integers(text: string, before: number[] = [], option: string): number[] {
  return before.concat(text.split(',').map((item) => integer(option, item)));
}

function integer(option: string, text: string): number {
  const value = Number(text);
  if (!/^\s*-?\d{1,10}\s*$/.test(text))
    throw new UsageError(`${option}: ${JSON.stringify(text)} is no whole number`);
  return value;
}

/** A number from 0 on. @throws UsageError */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no whole number from 0 on, of up to 9 digits`,
    );
  return Number(text);
}

const MOST_IN_RANGE = 1024;

function ranges(text: string, before: number[] = [], option: string): number[] {
  return before.concat(
    text.split(',').flatMap((item) => {
      const [, from, to] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(item) ?? [];
      const [first, last] = [Number(from), Number(to ?? from)];
      if (from === undefined || last < first || last - first >= MOST_IN_RANGE)
        throw new UsageError(`${option}: ${JSON.stringify(item)} is no number and no range such as 4-10`);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
  );
}

function zones(text: string, before: number[] = [], option: string): number[] {
  return before.concat(
    text.split(',').flatMap((item) => {
      const index = ZONES.findIndex((name) => name.toLowerCase() === item.trim().toLowerCase());
      if (index >= 0) return [index];
      if (/^\s*\d/.test(item)) return ranges(item, [], option);
      throw new UsageError(
        `${option}: unknown zone ${JSON.stringify(item)}; known: ${ZONES.join(' ')}, or numbers`,
      );
    }),
  );
}

/** Names of a list, whatever their case. */
function someOf<T extends string>(known: readonly T[], what: string): Parser<T[]> {
  return (text, before = [], option) =>
    before.concat(
      text.split(',').map((item) => {
        const name = known.find((candidate) => candidate.toLowerCase() === item.trim().toLowerCase());
        if (name !== undefined) return name;
        throw new UsageError(
          `${option}: unknown ${what} ${JSON.stringify(item)}; known: ${known.join(', ')}`,
        );
      }),
    );
}

const allocators = someOf(ALLOCATOR_CLASSES, 'class');
const migratetypes = someOf(MIGRATETYPES, 'migratetype');

/** Some of the names that there are; kernels differ, and vendors have their own. */
const GFP_NAMES = ['GFP_KERNEL', 'GFP_KERNEL_ACCOUNT', 'GFP_ATOMIC', 'GFP_NOWAIT', 'GFP_USER'].concat([
  'GFP_HIGHUSER_MOVABLE',
  '__GFP_ACCOUNT',
  '__GFP_COMP',
  '__GFP_ZERO',
  '__GFP_NORETRY',
]);

function gfpMasks(text: string, before: GfpCondition[] = [], option: string): GfpCondition[] {
  return before.concat(
    text.split(',').map((item) => {
      const mask = item.trim();
      if (/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(mask)) return Number(mask);
      if (/^(__)?GFP_\w+(\|(__)?GFP_\w+)*$/.test(mask)) return mask;
      throw new UsageError(
        `${option}: ${JSON.stringify(item)} is no gfp mask, such as GFP_KERNEL, "GFP_KERNEL|__GFP_ZERO" or 0xcc0`,
      );
    }),
  );
}

function regex(text: string, before: RegExp[] = [], option: string): RegExp[] {
  try {
    return [...before, new RegExp(text, 'u')];
  } catch (error) {
    const reason = (error as Error).message.split(': ').at(-1);
    throw new UsageError(`${option}: ${JSON.stringify(text)} is no regular expression: ${reason}`);
  }
}

function readLimit(text: string): number {
  if (text === 'all') return Infinity;
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`--limit: ${JSON.stringify(text)} is no whole number of up to 9 digits, nor "all"`);
  return Number(text);
}

function readPageSize(text: string): number {
  const bytes = readSize('--page-size', text);
  if (![4, 8, 16, 32, 64].includes(bytes / 1024))
    throw new UsageError(
      `--page-size: ${JSON.stringify(text)} is no page size; Linux has 4K, 8K, 16K, 32K and 64K`,
    );
  return bytes;
}

/** One of a list, e.g. `--by`. */
export function choice<T extends string>(option: string, known: readonly T[]) {
  return (text: string): T => {
    const found = known.find((name) => name === text);
    if (found === undefined)
      throw new UsageError(`${option}: unknown ${JSON.stringify(text)}; known: ${known.join(' ')}`);
    return found;
  };
}
