import { decodeText } from '@page-owner/dump-format';
import { framesOfOwner } from './allocator-class.js';
import type { Group } from './group.js';
import { printable } from './printable.js';

/** A group in words for a person; harmless for a terminal, whatever the dump holds. */
export interface OwnerDescription {
  /** The functions behind the page allocator's own, innermost first, without offsets. */
  readonly frames: readonly string[];
  /** The task's name. */
  readonly task: string;
}

/** Who owns a group, in a form that is safe to print: the frames from the owner outwards, innermost first, and the task. */
export function describeOwner(group: Group): OwnerDescription {
  return {
    frames: framesOfOwner(decodeText(group.stack)).map(printable),
    task: printable(decodeText(group.comm)),
  };
}
