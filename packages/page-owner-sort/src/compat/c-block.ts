/** The size of the C tool's line buffer: a record has to fit, with a NUL. */
const BUFFER = 128 << 10;
const NEWLINE = 10;
const PFN = [80, 70, 78];
/** One for all: a new one would cost more than reading most blocks. */
const buffer = new Uint8Array(BUFFER);

/** One block as the C tool reads it; reused from call to call. */
export interface CBlock {
  /** What it keeps of the block: all but PFN lines and what follows a NUL in a line. */
  text: Uint8Array;
  /** The last PFN line up to its NUL; undefined when there was none. */
  pfnLine: Uint8Array | undefined;
  /** After the block's empty line. */
  end: number;
}

/** `end`: the tool reads no more, because the input ended within the block or the buffer was full. */
type BlockVerdict = 'block' | 'more' | 'end';

/**
 * Reads the block that begins at `from` the way fgets() into what is left of a 128 KiB buffer does: a line that does
 * not fit comes in pieces, each taken for a line of its own; a line ends for the tool at its first NUL, and the next
 * one is written over the rest.
 */
export function readBlock(
  bytes: Uint8Array,
  from: number,
  to: number,
  final: boolean,
  block: CBlock,
): BlockVerdict {
  let used = 0;
  block.pfnLine = undefined;
  for (let at = from; BUFFER - used > 1;) {
    const most = Math.min(to, at + (BUFFER - used - 1));
    const newline = bytes.subarray(at, most).indexOf(NEWLINE);
    const end = newline < 0 ? most : at + newline + 1;
    if (newline < 0 && most === to && !final) return 'more';
    if (end === at) return 'end';
    const line = bytes.subarray(at, end);
    at = end;
    if (line[0] === NEWLINE) {
      block.text = buffer.slice(0, used);
      block.end = at;
      return 'block';
    }
    const nul = line.indexOf(0);
    const kept = nul < 0 ? line : line.subarray(0, nul);
    if (PFN.every((byte, i) => kept[i] === byte)) {
      block.pfnLine = kept.slice();
    } else {
      buffer.set(kept, used);
      used += kept.length;
    }
  }
  return 'end';
}
