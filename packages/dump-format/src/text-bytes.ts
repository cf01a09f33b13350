/**
 * Text <-> bytes without loss. A task or control group name may hold any byte; what is not valid UTF-8 becomes one
 * lone surrogate a byte, U+DC80 for 0x80 up to U+DCFF for 0xff, and turns back into that byte. It is the scheme of
 * Python's `surrogateescape` (PEP 383), so names exchanged with such tools agree.
 */

const ESCAPE_BASE = 0xdc00;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
/** With the `u` flag a pair of surrogates is one character, so this finds only lone ones. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The text of `bytes`; every sequence of bytes has one, and {@link encodeText} gives the same bytes back. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return decodeWithEscapes(bytes);
  }
}

/**
 * The bytes of `text`.
 * @throws RangeError when it holds a lone surrogate that stands for no byte (anything but U+DC80 to U+DCFF).
 */
export function encodeText(text: string): Uint8Array {
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const letter of text) {
    const code = letter.codePointAt(0) as number;
    if (code < 0xd800 || code > 0xdfff) {
      bytes.push(...encoder.encode(letter));
    } else if (code >= ESCAPE_BASE + 0x80 && code <= ESCAPE_BASE + 0xff) {
      bytes.push(code - ESCAPE_BASE);
    } else {
      throw new RangeError(`the lone surrogate U+${code.toString(16).toUpperCase()} stands for no byte`);
    }
  }
  return Uint8Array.from(bytes);
}

function decodeWithEscapes(bytes: Uint8Array): string {
  let text = '';
  let valid = 0;
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text +=
      decoder.decode(bytes.subarray(valid, at)) + String.fromCharCode(ESCAPE_BASE + (bytes[at] as number));
    valid = ++at;
  }
  return text + decoder.decode(bytes.subarray(valid));
}

/** The length of the valid UTF-8 sequence at `at` (The Unicode Standard, table 3-7), or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // Overlong forms, surrogates and what lies above U+10FFFF show in the second byte.
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1];
  if (second === undefined || second < lowest || second > highest) return 0;
  for (let i = 2; i < length; i++) {
    const next = bytes[at + i];
    if (next === undefined || next < 0x80 || next > 0xbf) return 0;
  }
  return length;
}
