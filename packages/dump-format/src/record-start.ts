import { LF, indexOfLiteral } from './bytes.js';
import { skipConsolePrefix } from './console-prefix.js';
import { emptyPiece, cutPiece } from './record-cutter.js';
import { HEADER_START_BYTES } from './header-line.js';

/**
 * The first place in `bytes` at or after `from` at which a dump can be split: the start of a line that is the header of
 * a record. Scanning on either side of it finds the same records as scanning the whole. -1 when there is none.
 *
 * @param from an offset above 0; the byte before it tells whether a line starts there
 */
export function findRecordStart(bytes: Uint8Array, from: number): number {
  const piece = emptyPiece();
  for (let at = from; ;) {
    at = indexOfLiteral(bytes, HEADER_START_BYTES, at, bytes.length);
    if (at < 0) return -1;
    const lineStart = bytes.lastIndexOf(LF, at - 1) + 1;
    if (lineStart >= from && lineStart > 0 && skipConsolePrefix(bytes, lineStart, at) === at) {
      if (cutPiece(bytes, lineStart, bytes.length, true, piece) && piece.kind === 'record') return lineStart;
    }
    // A line that does not begin with a header has none further on.
    const newline = bytes.indexOf(LF, at);
    if (newline < 0) return -1;
    at = newline + 1;
  }
}
