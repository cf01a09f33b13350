import type { Command } from 'commander';
import { ALLOCATOR_CLASSES } from '@page-owner/profile';
import type { AllocatorClass, Selection } from '@page-owner/profile';
import { readDuration } from './duration.js';
import { offer } from './shell-completion.js';
import { readSize } from './size.js';
import { UsageError } from './usage-error.js';

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

/** Which records count. */
export interface FilterOptions {
  readonly task?: string[];
  readonly pid?: number[];
  readonly module?: string[];
  readonly cgroup?: string[];
  readonly stack?: RegExp;
  readonly order?: number[];
  readonly zone?: number[];
  readonly node?: number[];
  readonly allocator?: AllocatorClass[];
  /** ns. */
  readonly olderThan?: bigint;
}

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
  const add = <T>(flags: string, description: string, parse: (text: string, before?: T) => T) => {
    if (!taken.has(flags.split(' ')[0])) command.option(flags, description, parse);
  };
  command.optionsGroup('Which records count (lists are a,b,c; all that are given have to match):');
  add('--task <names>', 'allocated by tasks of these names', shownNames);
  add('--pid <ids>', 'allocated by these tasks', (text, before?: number[]) =>
    integers('--pid', text, before),
  );
  add('--module <names>', 'through these kernel modules (vmlinux: none)', names);
  add('--cgroup <names>', 'charged to these control groups', shownNames);
  add('--stack <regex>', 'with a function that matches, anywhere in the stack', (text) => regex(text));
  add('--order <orders>', 'of these orders: 0,3 or 4-10', (text, before?: number[]) =>
    ranges('--order', text, before),
  );
  add('--zone <zones>', 'in these zones: numbers, or names of x86-64', zones);
  add('--node <nodes>', 'on these NUMA nodes', (text, before?: number[]) => ranges('--node', text, before));
  add('--allocator <classes>', 'of these allocator classes: slab, "page cache", ...', allocators);
  add('--older-than <time>', 'allocated so long before the latest: 90s, 5m, 2h, 1d', (text) =>
    readDuration('--older-than', text),
  );
  offer(command, '--allocator', ALLOCATOR_CLASSES);
  return offer(command, '--zone', ZONES);
}

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

export function selectionOf(options: FilterOptions): Selection {
  const { task, pid, module, cgroup, stack, order, zone, node, allocator } = options;
  return {
    ...(task && { tasks: task }),
    ...(pid && { pids: pid }),
    ...(module && { modules: module }),
    ...(cgroup && { cgroups: cgroup }),
    ...(stack && { stack }),
    ...(order && { orders: order }),
    ...(zone && { zones: zone }),
    ...(node && { nodes: node }),
    ...(allocator && { allocators: allocator }),
  };
}

/** The comma stands between names; `\,` is one in a name. */
export function names(text: string, before: string[] = []): string[] {
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

function integers(option: string, text: string, before: number[] = []): number[] {
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

function ranges(option: string, text: string, before: number[] = []): number[] {
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

function zones(text: string, before: number[] = []): number[] {
  return before.concat(
    text.split(',').flatMap((item) => {
      const index = ZONES.findIndex((name) => name.toLowerCase() === item.trim().toLowerCase());
      if (index >= 0) return [index];
      if (/^\s*\d/.test(item)) return ranges('--zone', item);
      throw new UsageError(
        `--zone: unknown zone ${JSON.stringify(item)}; known: ${ZONES.join(' ')}, or numbers`,
      );
    }),
  );
}

function allocators(text: string, before: AllocatorClass[] = []): AllocatorClass[] {
  return before.concat(
    text.split(',').map((item) => {
      const name = ALLOCATOR_CLASSES.find((known) => known === item.trim());
      if (!name)
        throw new UsageError(
          `--allocator: unknown class ${JSON.stringify(item)}; known: ${ALLOCATOR_CLASSES.join(', ')}`,
        );
      return name;
    }),
  );
}

function regex(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch (error) {
    const reason = (error as Error).message.split(': ').at(-1);
    throw new UsageError(`--stack: ${JSON.stringify(text)} is no regular expression: ${reason}`);
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
