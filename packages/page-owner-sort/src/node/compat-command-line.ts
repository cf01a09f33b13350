import { CULL_ALIASES, CULL_KEYS, SORT_ALIASES, SORT_KEYS } from '../keys.js';
import type { CullKey, OrderKey } from '../keys.js';
import type { Compat, SortOptions } from '../plan.js';
import { UsageError, readArguments } from './arguments.js';
import type { Grammar } from './arguments.js';
import { LETTER_ORDERS } from './command-line.js';
import type { Command } from './command-line.js';

/** The end of the C tool before it reads anything: what it prints, and its exit code. */
export interface CompatRefusal {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const VALUES = ['pid', 'tgid', 'name', 'cull', 'sort'];

/** The option letters and words of each generation of the C tool. */
const GRAMMARS: Readonly<Record<Compat, Grammar>> = {
  '6.1': { letters: 'adfmnprstP', flags: [], values: VALUES },
  '6.12': { letters: 'admnpstP', flags: [], values: VALUES },
  mainline: { letters: 'admnpstPMh', flags: ['help'], values: [...VALUES, 'module'] },
};

const NOT_CULLED_BY = { '6.1': ['module'], '6.12': ['free', 'module'], mainline: ['free'] };
const NOT_SORTED_BY = {
  '6.1': ['module', 'times', 'pages'],
  '6.12': ['free_ts', 'module', 'times', 'pages'],
  mainline: ['free_ts', 'times', 'pages'],
};

/** Reads a command line the way the C tool of that generation does. */
export function readCompatCommand(args: readonly string[], compat: Compat): Command | CompatRefusal {
  const files: string[] = [];
  const letters = new Set<string>();
  const cull = new Set<CullKey>();
  let sort: OrderKey[] | undefined;
  let lastOrder: OrderKey[] | undefined;
  let selection: Pick<SortOptions, 'pids' | 'tgids' | 'names' | 'modules' | 'unreleased'> = {};
  let debug = false;
  let found;
  try {
    found = readArguments(args, GRAMMARS[compat]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout: usage(compat), stderr: `page_owner_sort: ${error.message}\n`, exitCode: 1 };
  }
  for (const argument of found) {
    if (argument.kind === 'file') {
      files.push(argument.path);
    } else if (argument.kind === 'flag') {
      const { name } = argument;
      const order = LETTER_ORDERS[name];
      if (order) {
        letters.add(name);
        lastOrder = [order];
      }
      if (name === 'd') debug = true;
      if (name === 'f') selection = { ...selection, unreleased: true };
      if (name === 'h' || name === 'help') return { stdout: usage(compat), stderr: '', exitCode: 0 };
    } else {
      const { name, value } = argument;
      const refuse = (text: string) => ({ stdout: '', stderr: `${text}:${value}\n`, exitCode: 1 });
      if (name === 'pid' || name === 'tgid') {
        const ids = value.split(',').map(cInt);
        if (ids.includes(undefined)) return refuse(`wrong/invalid ${name} in from the command line`);
        selection = { ...selection, [name === 'pid' ? 'pids' : 'tgids']: ids };
      }
      if (name === 'name') selection = { ...selection, names: value.split(',') };
      if (name === 'module') selection = { ...selection, modules: value.split(',') };
      if (name === 'cull') {
        for (const item of value.split(',')) {
          const key = keyOf(item, CULL_KEYS, CULL_ALIASES, NOT_CULLED_BY[compat]);
          if (key === undefined) return refuse('wrong argument after --cull option');
          cull.add(key);
        }
      }
      if (name === 'sort') {
        const keys: OrderKey[] = [];
        for (const item of value.split(',')) {
          const sign = /^[+-]/.test(item) ? item[0] : '';
          const key = keyOf(item.slice(sign ? 1 : 0), SORT_KEYS, SORT_ALIASES, NOT_SORTED_BY[compat]);
          if (key === undefined) return refuse('wrong argument after --sort option');
          keys.push({ key, descending: sign === '-' });
        }
        sort = keys;
        lastOrder = keys;
      }
    }
  }

  const [input, output] = files;
  const tooManyOrders = compat !== '6.1' && letters.size > 1;
  if (input === undefined || output === undefined || tooManyOrders) {
    return { stdout: usage(compat), stderr: '', exitCode: 1 };
  }
  const [letter] = letters;
  const byLetter = letter === undefined ? undefined : [LETTER_ORDERS[letter]!];
  // 6.1: the last one counts. 6.12: --sort is read and then forgotten. mainline: a letter counts more than --sort.
  const order = { '6.1': lastOrder, '6.12': byLetter, mainline: byLetter ?? sort }[compat];
  return {
    options: { ...selection, compat, cull: [...cull], ...(order && { sort: order }) },
    input,
    output,
    debug,
    threads: undefined,
    temporaryDirectory: undefined,
  };
}

/** What strtol() makes of a list item, put into an int. */
function cInt(text: string): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.trim().replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return Number(BigInt.asIntN(32, value));
}

function keyOf<Key extends string>(
  name: string,
  keys: readonly Key[],
  aliases: Readonly<Record<string, Key>>,
  without: readonly string[],
): Key | undefined {
  const key =
    keys.find((known) => known === name) ?? (Object.hasOwn(aliases, name) ? aliases[name] : undefined);
  return key === undefined || without.includes(key) ? undefined : key;
}

const USAGE_LINES: Readonly<Record<string, string>> = {
  a: 'Sort by memory allocation time.',
  f: 'Filter out the information of blocks whose memory has been released.',
  m: 'Sort by total memory.',
  M: 'Sort by module name.',
  n: 'Sort by task command name.',
  p: 'Sort by pid.',
  P: 'Sort by tgid.',
  r: 'Sort by memory release time.',
  s: 'Sort by the stacktrace.',
  t: 'Sort by number of times record is seen (default).',
  d: 'Print debug information.',
  h: 'Print this text.',
};
const USAGE_ORDER: Readonly<Record<Compat, string>> = {
  '6.1': 'mstpPnarfd',
  '6.12': 'amnpPst',
  mainline: 'aMmnpPsth',
};

/** The options in the C tool's order; the wording of the long ones is ours. */
function usage(compat: Compat): string {
  const letters = [...USAGE_ORDER[compat]].map((letter) => `-${letter}\t\t\t${USAGE_LINES[letter]}`);
  const words = GRAMMARS[compat].values.map(
    (word) => `--${word} <${word === 'cull' || word === 'sort' ? 'keys' : 'list'}>`,
  );
  return ['Usage: ./page_owner_sort [OPTIONS] <input> <output>', ...letters, '', ...words, ''].join('\n');
}
