/** A stack as text: one frame a line, each line a blank of `1 + spaces` columns and the symbol. */
import { FRAME_WORDS } from './frames.js';
import type { Symbolizer } from './symbolizer.js';

function frameLine(frames: Uint32Array, frame: number, symbolizer: Symbolizer, spaces: number): string {
  const symbol = symbolizer.symbolize(frames[FRAME_WORDS * frame]!, frames[FRAME_WORDS * frame + 1]!);
  return `${' '.repeat(1 + spaces)}${symbol}\n`;
}

/** All of a stack, as the kernel's `stack_trace_print()` logs it. */
export function stackText(
  frames: Uint32Array,
  depth: number,
  symbolizer: Symbolizer,
  spaces: number,
): string {
  let text = '';
  for (let frame = 0; frame < depth; frame++) text += frameLine(frames, frame, symbolizer, spaces);
  return text;
}

const UTF8 = new TextEncoder();

/**
 * The kernel's `stack_trace_snprint()`: writes as much of a stack as `into` holds, always followed by a NUL byte.
 *
 * @returns the bytes that the lines written or begun would take, without the NUL. It stops after the first line that
 * does not fit, so `>= into.length` means cut, but not how much room would have been enough. No room, no frames: 0.
 */
export function stackTextInto(
  into: Uint8Array,
  frames: Uint32Array,
  depth: number,
  symbolizer: Symbolizer,
  spaces: number,
): number {
  let written = 0;
  for (let frame = 0; frame < depth && written < into.length; frame++) {
    const line = UTF8.encode(frameLine(frames, frame, symbolizer, spaces));
    const room = into.length - written - 1;
    into.set(line.length > room ? line.subarray(0, room) : line, written);
    into[written + Math.min(line.length, room)] = 0;
    written += line.length;
  }
  return written;
}
