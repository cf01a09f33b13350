import { describe, expect, test } from '@jest/globals';
import { TerminalText } from '../src/node/terminal-text.js';

/** What reaches the terminal of text that comes in pieces of so many bytes. */
function shown(text: Uint8Array, pieceBytes = text.length): string {
  const pieces: Uint8Array[] = [];
  const terminal = new TerminalText((bytes) => void pieces.push(bytes.slice()));
  for (let at = 0; at < text.length; at += pieceBytes) terminal.add(text.subarray(at, at + pieceBytes));
  terminal.end();
  return Buffer.concat(pieces).toString();
}

describe('text for a terminal', () => {
  const hostile = Buffer.concat([
    Buffer.from('pid 1 (\x1b]0;title\x07é日\u202e\u009b31m) \x7f\ttab\r\n\nlast '),
    Uint8Array.of(0xff, 0x9b),
  ]);
  const harmless = 'pid 1 (\\x1b]0;title\\x07é日\\u202e\\x9b31m) \\x7f\ttab\\x0d\n\nlast \\xff\\x9b';

  test('keeps lines, tabs and letters; what would do something is spelled out', () => {
    expect(shown(hostile)).toBe(harmless);
  });

  test.each([1, 2, 3, 7, 30])('in pieces of %i bytes', (bytes) => {
    expect(shown(hostile, bytes)).toBe(harmless);
  });

  test('a line without an end is shown, too', () => {
    const long = Buffer.alloc(3 << 20, 'a\x1b');
    expect(shown(long, 1 << 16)).toBe('a\\x1b'.repeat(long.length / 2));
  });
});
