import { ownerTexts, stackTexts } from '@page-owner/profile';
import type { Profile, StackIndex } from '@page-owner/profile';
import { printable } from '@page-owner/page-owner-sort';
import { paint, shorten } from '../screen/screen.js';
import type { Screen } from '../screen/screen.js';

export interface FrameOptions {
  /** The plumbing in front of the owner as well, and each frame on a line of its own. */
  readonly fullStacks?: boolean;
  /** With offset and size. */
  readonly offsets?: boolean;
}

/** The frames of a stack, innermost first, as they are in the dump: escape them before they are printed. */
export function framesOf(
  profile: Profile,
  stack: StackIndex,
  { fullStacks, offsets }: FrameOptions,
): string[] {
  if (!offsets) return fullStacks ? stackTexts(profile, stack) : ownerTexts(profile, stack);
  const { stacks, frames, functions, modules } = profile;
  const texts: string[] = [];
  for (let at = fullStacks ? stack : stacks.owner[stack]!; at > 0; at = stacks.prefix[at]!) {
    const frame = stacks.frame[at]!;
    const fn = frames.function[frame]!;
    const [offset, size, module] = [frames.offset[frame]!, frames.size[frame]!, functions.module[fn]!];
    const place = offset < 0 ? '' : `+0x${offset.toString(16)}${size < 0 ? '' : `/0x${size.toString(16)}`}`;
    texts.push(functions.name[fn]! + place + (module ? ` [${modules.name[module]}]` : ''));
  }
  return texts;
}

/** A stack as a row of a table has it: its owner in the last column, tasks and callers in the note. */
export interface StackText {
  readonly owner: (width: number) => string;
  /** Whose it is, and as many callers as fit in the line; with `fullStacks` all, one a line. */
  readonly note?: (width: number) => string;
}

/** @param who names of tasks, as `whoText` writes them */
export function stackText(
  screen: Screen,
  frames: readonly string[],
  { fullStacks }: FrameOptions = {},
  who = '',
): StackText {
  const [owner = '?', ...callers] = frames.map(printable);
  return {
    owner: (width) => (fullStacks ? owner : shorten(screen, owner, width)),
    ...((callers.length || who) && {
      note: (width) => {
        if (fullStacks) return [...callers, ...(who ? [`by ${who}`] : [])].join('\n');
        return paint(screen, 'dim', chain(screen, who, callers, width));
      },
    }),
  };
}

function chain(screen: Screen, who: string, callers: readonly string[], width: number): string {
  let text = who;
  for (const caller of callers) {
    const longer = `${text}${text ? ' ' : ''}< ${caller}`;
    if (text && longer.length > width) break;
    text = longer;
  }
  return shorten(screen, text, width);
}
