import type { Selection } from '../plan.js';
import type { Argument } from './arguments.js';

/** Reads the list of `--pid` or `--tgid`, or throws a UsageError. */
type ReadIds = (option: 'pid' | 'tgid', list: string) => number[];

/** The selection with what one more argument of a command line selects; most leave it as it is. */
export function selectionWith(selection: Selection, argument: Argument, readIds: ReadIds): Selection {
  if (argument.kind === 'file') return selection;
  if (argument.kind === 'flag') return argument.name === 'f' ? { ...selection, unreleased: true } : selection;
  const { name, value } = argument;
  switch (name) {
    case 'pid':
      return { ...selection, pids: readIds(name, value) };
    case 'tgid':
      return { ...selection, tgids: readIds(name, value) };
    case 'name':
      return { ...selection, names: value.split(',') };
    case 'module':
      return { ...selection, modules: value.split(',') };
    default:
      return selection;
  }
}
