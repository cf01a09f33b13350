import { parseArgs } from 'node:util';

/** An option or a file name of a command line, in order. */
export type Argument =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'value'; readonly name: string; readonly value: string }
  | { readonly kind: 'file'; readonly path: string };

/** The options that a program knows: letters and words without a value, words with one. */
export interface Grammar {
  readonly letters: string;
  readonly flags: readonly string[];
  readonly values: readonly string[];
}

/** A command line that is not understood; the message says which word of it. */
export class UsageError extends Error {}

/**
 * Reads a command line the way getopt_long() does: options may stand after file names, letters may be joined (-md), a
 * value may follow `=` or be the next word, whatever it begins with, and a long name may be cut short as long as it is
 * clear.
 *
 * @throws UsageError
 */
export function readArguments(args: readonly string[], grammar: Grammar): Argument[] {
  const { tokens } = parseArgs({
    args: completed(args, grammar),
    options: {
      ...Object.fromEntries(
        [...grammar.letters].map((letter) => [letter, { type: 'boolean', short: letter }]),
      ),
      ...Object.fromEntries(grammar.flags.map((name) => [name, { type: 'boolean' }])),
      ...Object.fromEntries(grammar.values.map((name) => [name, { type: 'string' }])),
    },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const found: Argument[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') found.push({ kind: 'file', path: token.value });
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (grammar.values.includes(name) && rawName.startsWith('--')) {
      if (value === undefined) throw new UsageError(`option '${rawName}' requires an argument`);
      found.push({ kind: 'value', name, value });
    } else if (rawName.startsWith('--') ? grammar.flags.includes(name) : grammar.letters.includes(name)) {
      if (value !== undefined) throw new UsageError(`option '${rawName}' doesn't allow an argument`);
      found.push({ kind: 'flag', name });
    } else if (rawName.startsWith('--')) {
      throw new UsageError(`unrecognized option '${rawName}'`);
    } else {
      throw new UsageError(`invalid option -- '${name}'`);
    }
  }
  return found;
}

/** The long names that a word, perhaps cut short, may mean: one when it is clear. */
export function namesFor(short: string, names: readonly string[]): readonly string[] {
  return names.includes(short) ? [short] : names.filter((name) => name.startsWith(short));
}

/** The same words, long names written out and values joined to them. */
function completed(args: readonly string[], { flags, values }: Grammar): string[] {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--') return [...words, ...args.slice(i)];
    const match = /^--([^=]+)(=.*)?$/s.exec(word);
    if (!match) {
      words.push(word);
      continue;
    }
    const [, short = '', joined] = match;
    const candidates = namesFor(short, [...flags, ...values]);
    if (candidates.length > 1) {
      throw new UsageError(
        `option '${word}' is ambiguous; possibilities: ${candidates.map((n) => `--${n}`).join(' ')}`,
      );
    }
    const [name] = candidates;
    if (name !== undefined && values.includes(name) && joined === undefined && i + 1 < args.length) {
      words.push(`--${name}=${args[++i]}`);
    } else {
      words.push(name === undefined ? word : `--${name}${joined ?? ''}`);
    }
  }
  return words;
}
