/** Stacks in the log. */
import { FRAME_WORDS, RAW_ADDRESSES, type Symbolizer } from '@page-owner/stackdepot';

/**
 * A line for each frame: a blank and the symbol; before 4.10 the address in brackets between them.
 *
 * @param frames words of the addresses
 */
export function stackText(
  frames: Uint32Array,
  depth: number,
  symbolizer: Symbolizer,
  bracketed: boolean,
): string {
  let text = '';
  for (let i = 0; i < FRAME_WORDS * depth; i += FRAME_WORDS) {
    const symbol = symbolizer.symbolize(frames[i]!, frames[i + 1]!);
    const address = bracketed ? `[<${RAW_ADDRESSES.symbolize(frames[i]!, frames[i + 1]!).slice(2)}>] ` : '';
    text += ` ${address}${symbol}\n`;
  }
  return text;
}
