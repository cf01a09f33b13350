/**
 * C0 and C1 controls, line and paragraph separators, what reorders text (bidi controls), the byte order mark, lone
 * surrogates (bytes that are not UTF-8, see `decodeText`), and the backslash of the escapes themselves.
 */
const UNPRINTABLE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\\]|\p{Surrogate}/gu;

/**
 * A name of a dump as every export writes it: one line of valid Unicode that does nothing to a terminal. What is not
 * printable is escaped: `\x1b` a control character of ASCII, `\xff` a byte that is not UTF-8, `\u202e` any other
 * character, `\\` a backslash. Distinct names stay distinct. Markup is left alone: these are no HTML files.
 */
export function printableName(name: string): string {
  return name.replace(UNPRINTABLE, escape);
}

function escape(character: string): string {
  if (character === '\\') return '\\\\';
  const code = character.charCodeAt(0);
  if (code < 0x80) return hexEscape(code);
  return code >= 0xdc80 && code <= 0xdcff
    ? hexEscape(code - 0xdc00)
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** `\x3b` for the ASCII character or byte 0x3b. */
export function hexEscape(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}
