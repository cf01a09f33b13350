import { cullKeyOf, orderKeyOf } from '../keys.js';
import type { CullKey, OrderKey } from '../keys.js';
import type { Compat, Selection } from '../plan.js';
import { UsageError, readArguments } from './arguments.js';
import type { Argument, Grammar } from './arguments.js';
import { LETTER_ORDERS } from './command-line.js';
import type { Command } from './command-line.js';
import { selectionWith } from './selection-options.js';

/** The end of the C tool before it reads anything: what it prints, and its exit code. */
interface CompatRefusal {
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

const NOT_CULLED_BY: Readonly<Record<Compat, readonly string[]>> = {
  '6.1': ['module'],
  '6.12': ['free', 'module'],
  mainline: ['free'],
};
const NOT_SORTED_BY: Readonly<Record<Compat, readonly string[]>> = {
  '6.1': ['module', 'times', 'pages'],
  '6.12': ['free_ts', 'module', 'times', 'pages'],
  mainline: ['free_ts', 'times', 'pages'],
};

/** Reads a command line the way the C tool of that generation does. */
export function readCompatCommand(args: readonly string[], compat: Compat): Command | CompatRefusal {
  let found;
  try {
    found = readArguments(args, GRAMMARS[compat]);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout: usage(compat), stderr: `page_owner_sort: ${error.message}\n`, exitCode: 1 };
  }
  try {
    return readOptions(found, compat);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { stdout: '', stderr: `${error.message}\n`, exitCode: 1 };
  }
}

/**
 * What the words mean, one after the other: the C tool stops at the first that it refuses.
 *
 * @throws UsageError at a value that it refuses
 */
function readOptions(words: readonly Argument[], compat: Compat): Command | CompatRefusal {
  const files: string[] = [];
  const letters = new Set<string>();
  const cull = new Set<CullKey>();
  let sort: OrderKey[] | undefined;
  let lastOrder: OrderKey[] | undefined;
  let selection: Selection = {};
  for (const word of words) {
    selection = selectionWith(selection, word, ids);
    if (word.kind === 'file') {
      files.push(word.path);
    } else if (word.kind === 'flag') {
      const { name } = word;
      if (name === 'h' || name === 'help') return { stdout: usage(compat), stderr: '', exitCode: 0 };
      const order = LETTER_ORDERS[name];
      if (order) lastOrder = [order];
      letters.add(name);
    } else if (word.name === 'cull') {
      for (const key of cullKeys(word.value, compat)) cull.add(key);
    } else if (word.name === 'sort') {
      lastOrder = sort = sortKeys(word.value, compat);
    }
  }

  const orders = [...letters].flatMap((letter) => LETTER_ORDERS[letter] ?? []);
  const [input, output] = files;
  if (input === undefined || output === undefined || (compat !== '6.1' && orders.length > 1)) {
    return { stdout: usage(compat), stderr: '', exitCode: 1 };
  }
  const byLetter = orders.length ? orders.slice(0, 1) : undefined;
  // 6.1: the last one counts. 6.12: --sort is read and then forgotten. mainline: a letter counts more than --sort.
  const order = { '6.1': lastOrder, '6.12': byLetter, mainline: byLetter ?? sort }[compat];
  return {
    options: { ...selection, compat, cull: [...cull], ...(order && { sort: order }) },
    input,
    output,
    debug: letters.has('d'),
    threads: undefined,
    temporaryDirectory: undefined,
  };
}

function cullKeys(list: string, compat: Compat): CullKey[] {
  return list.split(',').map((item) => {
    const key = cullKeyOf(item);
    return key && !NOT_CULLED_BY[compat].includes(key)
      ? key
      : refuse('wrong argument after --cull option', list);
  });
}

function sortKeys(list: string, compat: Compat): OrderKey[] {
  return list.split(',').map((item) => {
    const order = orderKeyOf(item);
    return order && !NOT_SORTED_BY[compat].includes(order.key)
      ? order
      : refuse('wrong argument after --sort option', list);
  });
}

function ids(option: string, list: string): number[] {
  return list
    .split(',')
    .map((item) => cInt(item) ?? refuse(`wrong/invalid ${option} in from the command line`, list));
}

function refuse(sentence: string, value: string): never {
  throw new UsageError(`${sentence}:${value}`);
}

/** What strtol() makes of a list item, put into an int. */
function cInt(text: string): number | undefined {
  if (!/^[ \t\n\v\f\r]*[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.trim().replace(/^\+/, ''));
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return Number(BigInt.asIntN(32, value));
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
