import { describe, expect, test } from '@jest/globals';
import { decodeText } from '@page-owner/dump-format';
import { printableName } from '@page-owner/profile/export';
import fc from 'fast-check';

describe('printableName', () => {
  test.each([
    ['(sd-pam)', '(sd-pam)'],
    ['caf\u00e9 \u{1f4be}', 'caf\u00e9 \u{1f4be}'],
    ['x\ny\t\u001b[31m\u007f', 'x\\x0ay\\x09\\x1b[31m\\x7f'],
    [decodeText(Uint8Array.of(0x61, 0xff, 0xfe)), 'a\\xff\\xfe'],
    ['\u009b31m \u202e \u2028 \ufeff', '\\u009b31m \\u202e \\u2028 \\ufeff'],
    ['\ud800', '\\ud800'],
    ['C:\\x1b', 'C:\\\\x1b'],
    ['<script>', '<script>'],
  ])('%j', (name, printed) => expect(printableName(name)).toBe(printed));

  test('keeps distinct names distinct, and is valid Unicode without controls', () => {
    const name = fc.array(fc.nat(0xffff), { maxLength: 5 }).map((codes) => String.fromCharCode(...codes));
    const backslashes = fc.string({
      unit: fc.constantFrom('\\', 'x', '0', '1', 'b', '\u001b', '\udc9b', '\u009b'),
    });
    fc.assert(
      fc.property(fc.oneof(name, backslashes), fc.oneof(name, backslashes), (a, b) => {
        expect(printableName(a) === printableName(b)).toBe(a === b);
        expect(printableName(a)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 1000 },
    );
  });
});
