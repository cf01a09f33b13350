/** The few byte searches that reading a trace needs; every one is bounded by an explicit end. */

export const NEWLINE = 0x0a;
export const CR = 0x0d;
export const TAB = 0x09;
export const SPACE = 0x20;
export const HASH = 0x23;
export const OPENING = 0x28;
export const CLOSING = 0x29;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const OPENING_SQUARE = 0x5b;
export const CLOSING_SQUARE = 0x5d;
export const UNDERSCORE = 0x5f;
export const BAR = 0x7c;

/** The bytes of an ASCII literal. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** Four letters as {@link DataView.getInt32} reads them, little-endian. */
export function word(letters: string): number {
  return viewOf(ascii(letters)).getInt32(0, true);
}

/** 0 to 9, or a number above. */
export const digitOf = (byte: number | undefined): number => ((byte ?? 0) - 0x30) >>> 0;

export const isDigit = (byte: number | undefined): boolean => digitOf(byte) < 10;

export const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

/** 0 to 15, or -1. */
export function hexDigitOf(byte: number | undefined): number {
  const digit = digitOf(byte);
  if (digit < 10) return digit;
  const letter = ((byte ?? 0) | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** Whether `literal` stands at `at`, wholly before `end`. */
export function startsWith(bytes: Uint8Array, literal: Uint8Array, at: number, end: number): boolean {
  if (at + literal.length > end) return false;
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false;
  return true;
}

/** The first `literal` that lies wholly in [at, end), or -1. */
export function indexOfLiteral(bytes: Uint8Array, literal: Uint8Array, at: number, end: number): number {
  const last = end - literal.length;
  for (let i = at; i <= last; i++) if (startsWith(bytes, literal, i, end)) return i;
  return -1;
}

/** The offset after the blanks at `at`. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

/** The offset after the decimal digits at `at`. */
export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

/** The same bytes, to be read four at a time. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
