import { parseStackList } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { named } from './named.js';
import type { HandleOptions } from '../command-line/options.js';
import type { Reading } from './open-selected.js';
import { bytesOf } from './text-file.js';

/** Gives a record the stack of its handle. @throws Error when there is none */
export type JoinHandles = (record: PageOwnerRecord) => PageOwnerRecord;

/**
 * What `--handles` asks for: records with a handle in place of their stack become as they are with mode=stack, the kernel's
 * default. Undefined without the option.
 */
export async function joinedHandles(
  run: Reading,
  { handles: path }: HandleOptions,
): Promise<JoinHandles | undefined> {
  if (path === undefined) return undefined;
  const bytes = await bytesOf(run, path);
  const { kind, entries } = named(path, () => parseStackList(bytes));
  if (kind !== 'show_stacks_handles')
    throw new Error(`${path}: handles are joined by show_stacks_handles, and this is ${kind}`);
  const stacks = new Map(entries.map(({ handle, stack = [] }) => [handle, stack]));
  return (record) => {
    const { handle, ...whole } = record;
    if (handle === undefined || record.stack.length) return record;
    const stack = stacks.get(handle);
    if (!stack)
      throw new Error(`handle ${handle} is not in ${path}: the two files are not from the same boot`);
    return { ...whole, stack };
  };
}
