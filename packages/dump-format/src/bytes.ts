/** What the text side needs of bytes; every search is bounded by an explicit end. */

export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const OPENING_PARENTHESIS = 0x28;
export const CLOSING_PARENTHESIS = 0x29;
export const COMMA = 0x2c;
export const MINUS = 0x2d;

/** The bytes of an ASCII literal. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number | undefined): boolean {
  return isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** Whether `literal` stands at `at`, wholly before `end`. */
export function startsWith(bytes: Uint8Array, literal: Uint8Array, at: number, end: number): boolean {
  if (at + literal.length > end) return false;
  for (let i = 0; i < literal.length; i++) if (bytes[at + i] !== literal[i]) return false;
  return true;
}

/** The first `byte` in [at, end), or -1. Unlike `indexOf` of a typed array it looks no further than `end`. */
export function indexOfByte(bytes: Uint8Array, byte: number, at: number, end: number): number {
  for (let i = at; i < end; i++) if (bytes[i] === byte) return i;
  return -1;
}

/** The first `literal` that lies wholly in [at, end), or -1. */
export function indexOfLiteral(bytes: Uint8Array, literal: Uint8Array, at: number, end: number): number {
  const last = end - literal.length;
  for (let i = at; i <= last; i++) if (startsWith(bytes, literal, i, end)) return i;
  return -1;
}

/** The offset after the decimal digits at `at`. */
export function skipDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isDigit(bytes[at])) at++;
  return at;
}

/** The offset after the hex digits at `at`. */
export function skipHexDigits(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isHexDigit(bytes[at])) at++;
  return at;
}

/** A copy without [from, to). */
export function without(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const rest = new Uint8Array(bytes.length - (to - from));
  rest.set(bytes.subarray(0, from));
  rest.set(bytes.subarray(to), from);
  return rest;
}
