import { decodeText } from '@page-owner/dump-format';

/**
 * What does not belong on a terminal: control characters, marks that turn the direction of writing, and the lone
 * surrogates that stand for bytes which are not UTF-8 (`decodeText`).
 */
const HARMFUL =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Bytes or text of a dump, or of a command line, made harmless for a terminal. */
export function printable(text: Uint8Array | string): string {
  const plain = typeof text === 'string' ? text : decodeText(text);
  return plain.replace(HARMFUL, (c) => {
    const code = c.charCodeAt(0);
    const byte = code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code;
    return byte < 0x100 ? `\\x${byte.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
