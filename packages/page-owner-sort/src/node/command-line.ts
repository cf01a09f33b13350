import { CULL_ALIASES, CULL_KEYS, cullKeyOf, orderKeyOf, SORT_ALIASES, SORT_KEYS } from '../keys.js';
import type { CullKey, OrderKey } from '../keys.js';
import { COMPATS } from '../plan.js';
import type { Compat, Selection, SortOptions } from '../plan.js';
import { UsageError, readArguments } from './arguments.js';
import type { Grammar } from './arguments.js';
import { printable } from '../printable.js';
import { selectionWith } from './selection-options.js';

/** What a command line asks for. */
export interface Command {
  /** What to sort by, and what counts. */
  readonly options: SortOptions;
  /** A path; `-` is standard input. */
  readonly input: string;
  /** A path; `-` is standard output. */
  readonly output: string;
  /** `-d`: says what the C tool says. */
  readonly debug: boolean;
  /** Undefined: as many as are of use. */
  readonly threads: number | undefined;
  /** Undefined: the system's. */
  readonly temporaryDirectory: string | undefined;
}

export const USAGE = `Usage: page_owner_sort [OPTIONS] <input> <output>

  page_owner_sort page_owner_full.txt sorted.txt
                  who allocated most often
  page_owner_sort -m --top 20 page_owner.txt.gz -
                  the 20 largest owners, on the screen
  page_owner_sort --cull=module,name -m dump.txt out.txt
                  memory by module and task

<input> is a saved dump, /sys/kernel/debug/page_owner itself, or - for standard
input; .gz, .zst and .xz are read as they are. <output> is a file, written
beside its place and renamed when complete, or -.

Sort (one of them; the default is -t):
  -t              by number of records, most first
  -m              by memory, most first
  -a              by time of allocation
  -r              by time of the last free before it (kernels 5.13 to 6.6)
  -n -p -P -s -M  by task name, pid, tgid, stack, module
  --sort KEYS     by [+|-]key[,...]: pid tgid name stacktrace txt alloc_ts
                  free_ts allocator module times pages

Select (each takes a list a,b,c; all that are given have to match):
  --pid --tgid --name --module LIST
  -f              leave out pages that were freed meanwhile

Group:
  --cull KEYS     by pid tgid name stacktrace free module allocator; without it,
                  by the whole text but its times
  -c              the same as --cull=stacktrace

More:
  --top N         write the first N groups only
  --threads N     threads that read a file; default: one for each processor
  --temporary-directory DIR
                  for groups that do not fit in memory; default: the system's
  --compat G      the bytes of the C tool of Linux 6.1, 6.12 or mainline, with
                  its faults
  -d              tell of every piece of the input that is no record
  -h --help --version

Exit status: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted.
`;

export const GRAMMAR: Grammar = {
  letters: 'acdfhmnprstPM',
  flags: ['help', 'version'],
  values: [
    'pid',
    'tgid',
    'name',
    'module',
    'cull',
    'sort',
    'compat',
    'top',
    'threads',
    'temporary-directory',
  ],
};

/** The order that a letter stands for. */
export const LETTER_ORDERS: Readonly<Record<string, OrderKey>> = {
  a: { key: 'alloc_ts', descending: false },
  m: { key: 'pages', descending: true },
  n: { key: 'name', descending: false },
  p: { key: 'pid', descending: false },
  P: { key: 'tgid', descending: false },
  r: { key: 'free_ts', descending: false },
  s: { key: 'stacktrace', descending: false },
  t: { key: 'times', descending: true },
  M: { key: 'module', descending: false },
};

/** The generation that `--compat` names; it decides how the rest is read. */
export function compatOf(args: readonly string[]): { compat: Compat | undefined; rest: string[] } {
  const rest: string[] = [];
  let name: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') {
      rest.push(...args.slice(i));
      break;
    }
    // Cut short as any long name may be.
    const match = /^--co(?:mpat|mpa|mp|m)?(?:=(.*))?$/s.exec(word);
    if (match) name = match[1] ?? args[++i] ?? '';
    else rest.push(word);
  }
  if (name === undefined) return { compat: undefined, rest };
  const compat = COMPATS.find((known) => known === name);
  if (!compat)
    throw new UsageError(`--compat: unknown generation "${printable(name)}"; known: ${COMPATS.join(' ')}`);
  return { compat, rest };
}

/**
 * Reads a command line without `--compat`.
 *
 * @throws UsageError
 */
export function readCommand(args: readonly string[]): Command | 'help' | 'version' {
  const files: string[] = [];
  let order: { flag: string; keys: OrderKey[] } | undefined;
  let selection: Selection = {};
  const cull = new Set<CullKey>();
  let top: number | undefined;
  let threads: number | undefined;
  let temporaryDirectory: string | undefined;
  let debug = false;
  const setOrder = (flag: string, keys: OrderKey[]) => {
    if (order && order.flag !== flag)
      throw new UsageError(`${order.flag} and ${flag} are both given; one order at a time`);
    order = { flag, keys };
  };

  for (const argument of readArguments(args, GRAMMAR)) {
    selection = selectionWith(selection, argument, ids);
    if (argument.kind === 'file') {
      files.push(argument.path);
    } else if (argument.kind === 'flag') {
      const { name } = argument;
      if (name === 'h' || name === 'help') return 'help';
      if (name === 'version') return 'version';
      const letterOrder = LETTER_ORDERS[name];
      if (letterOrder) setOrder(`-${name}`, [letterOrder]);
      if (name === 'c') cull.add('stacktrace');
      if (name === 'd') debug = true;
    } else {
      const { name, value } = argument;
      if (name === 'cull') for (const key of cullKeys(value)) cull.add(key);
      if (name === 'sort') setOrder('--sort', sortKeys(value));
      if (name === 'top') top = count(name, value, 0);
      if (name === 'threads') threads = count(name, value, 1);
      if (name === 'temporary-directory') temporaryDirectory = value;
    }
  }
  const [input, output, extra] = files;
  if (input === undefined || output === undefined) {
    throw new UsageError(
      input === undefined
        ? 'no input and no output is named; --help tells more'
        : 'no output is named (- is the screen); --help tells more',
    );
  }
  if (!input || !output) throw new UsageError('the name of a file is empty');
  if (extra !== undefined) throw new UsageError(`"${printable(extra)}" is one file too many`);
  return {
    options: {
      ...selection,
      ...(order && { sort: order.keys }),
      cull: [...cull],
      ...(top !== undefined && { top }),
    },
    input,
    output,
    debug,
    threads,
    temporaryDirectory,
  };
}

function ids(option: string, list: string): number[] {
  return list.split(',').map((item) => {
    const id = Number(item);
    if (!/^\s*-?\d+\s*$/.test(item) || (id | 0) !== id) {
      throw new UsageError(`--${option}: "${printable(item)}" is no process id`);
    }
    return id;
  });
}

function count(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) {
    throw new UsageError(`--${option}: "${printable(text)}" is no whole number from ${least} on`);
  }
  return value;
}

function cullKeys(list: string): CullKey[] {
  return list.split(',').map((item) => cullKeyOf(item) ?? refuseKey('cull', item, CULL_KEYS, CULL_ALIASES));
}

function sortKeys(list: string): OrderKey[] {
  return list
    .split(',')
    .map((item) => orderKeyOf(item) ?? refuseKey('sort', item.replace(/^[+-]/, ''), SORT_KEYS, SORT_ALIASES));
}

function refuseKey(option: string, name: string, keys: readonly string[], aliases: object): never {
  const known = `${keys.join(' ')} (${Object.keys(aliases).join(' ')})`;
  throw new UsageError(`--${option}: unknown key "${printable(name)}"; known: ${known}`);
}
