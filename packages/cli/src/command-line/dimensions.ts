import type { Command } from 'commander';
import { printable } from '@page-owner/page-owner-sort';
import type { Dimension } from '@page-owner/profile';
import { choice, ZONES } from './options.js';
import { offer } from './shell-completion.js';

/** What `--by` takes, and what a profile calls it. */
export const DIMENSION_OF = {
  stack: 'stack',
  function: 'owner',
  module: 'module',
  task: 'taskName',
  pid: 'pid',
  tgid: 'tgid',
  cgroup: 'cgroup',
  allocator: 'allocator',
  reclaim: 'reclaim',
  order: 'order',
  gfp: 'gfpMask',
  type: 'gfpType',
  block: 'blockType',
  zone: 'zone',
  node: 'node',
} as const satisfies Record<string, Dimension>;
export type By = keyof typeof DIMENSION_OF;
const KEYS = Object.keys(DIMENSION_OF) as By[];

/** Adds `--by`, whose value is a list of keys. */
export function addByOption(command: Command): Command {
  command.option('--by <what>', `one or more of ${KEYS.join(', ')} (default: stack)`, readBy);
  return offer(command, '--by', KEYS);
}

/** Keys whose values are numbers. */
export const NUMBERS: readonly By[] = ['pid', 'tgid', 'order', 'node'];

/** The key whose numbers want a name beside them: the innermost of pid and tgid, unless tasks are a key themselves. */
export function idKeyOf(keys: readonly By[]): By | undefined {
  return keys.includes('task') ? undefined : keys.findLast((key) => key === 'pid' || key === 'tgid');
}

function readBy(text: string, before: By[] = []): By[] {
  const one = choice('--by', KEYS);
  // Named twice is named once.
  return [...new Set([...before, ...text.split(',').map((name) => one(name.trim()))])];
}

/** The name of a value, as `dimensionNamer` gives it, for a person. */
export function nameText(by: By, name: string): string {
  if (by === 'zone' && ZONES[Number(name)]) return `${name} (${ZONES[Number(name)]} on x86-64)`;
  return printable(name) || '-';
}
