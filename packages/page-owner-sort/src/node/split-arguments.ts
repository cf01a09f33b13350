import { UsageError, namesFor } from './arguments.js';
import type { Argument, Grammar } from './arguments.js';
import { GRAMMAR } from './command-line.js';

/** A command line of page_owner_sort, and the options of another command that stood in it. */
export interface SplitArguments {
  /** What is left for page_owner_sort. */
  readonly args: string[];
  /** The options of the other command, in order. */
  readonly others: Argument[];
}

/**
 * Takes options of another command out of a command line. They count only when they are written out, and what
 * page_owner_sort takes for the value of an option of its own stays one: its command line means what it always meant.
 *
 * @throws UsageError
 */
export function splitArguments(
  line: readonly string[],
  { flags, values }: Pick<Grammar, 'flags' | 'values'>,
): SplitArguments {
  const own = [...GRAMMAR.flags, ...GRAMMAR.values];
  const args: string[] = [];
  const others: Argument[] = [];
  for (let i = 0; i < line.length; i++) {
    const word = line[i]!;
    if (word === '--') return { args: [...args, ...line.slice(i)], others };
    const [, name = '', joined] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flags.includes(name)) {
      if (joined !== undefined) throw new UsageError(`option '--${name}' doesn't allow an argument`);
      others.push({ kind: 'flag', name });
    } else if (values.includes(name)) {
      const value = joined ?? line[++i];
      if (value === undefined) throw new UsageError(`option '--${name}' requires an argument`);
      others.push({ kind: 'value', name, value });
    } else {
      args.push(word);
      const [found, ...more] = name ? namesFor(name, own) : [];
      const takesNext = found !== undefined && !more.length && GRAMMAR.values.includes(found);
      if (takesNext && joined === undefined && i + 1 < line.length) args.push(line[++i]!);
    }
  }
  return { args, others };
}
