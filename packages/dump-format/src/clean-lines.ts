import { CR, LF, indexOfByte } from './bytes.js';
import { skipConsolePrefix } from './console-prefix.js';
import { decodeText } from './text-bytes.js';

/** A line of a text that may have come through a console. */
export interface CleanLine {
  /** Without console prefix, CR and newline. */
  readonly text: string;
  /** Number of the line, from 1. */
  readonly number: number;
  /** It had a console prefix. */
  readonly prefixed: boolean;
}

/** The lines of a text. Only for texts of which no line can end in a CR of its own. */
export function* cleanLines(bytes: Uint8Array): Generator<CleanLine, void, undefined> {
  let number = 1;
  for (let at = 0; at < bytes.length; number++) {
    const newline = indexOfByte(bytes, LF, at, bytes.length);
    const next = newline < 0 ? bytes.length : newline + 1;
    let end = newline < 0 ? bytes.length : newline;
    if (end > at && bytes[end - 1] === CR) end--;
    const start = skipConsolePrefix(bytes, at, end);
    yield { text: decodeText(bytes.subarray(start, end)), number, prefixed: start > at };
    at = next;
  }
}
