import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeText, encodeText } from '../src/text-bytes.js';

describe('text of arbitrary bytes', () => {
  test('any bytes come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(encodeText(decodeText(bytes))).toEqual(bytes);
      }),
    );
  });

  test('well-formed text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeText(encodeText(text))).toBe(text);
      }),
    );
  });

  test.each([
    ['an invalid byte', [0x61, 0xff, 0x62], 'a\udcffb'],
    ['an overlong slash', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['an overlong slash in three bytes', [0xe0, 0x80, 0xaf], '\udce0\udc80\udcaf'],
    ['and in four', [0xf0, 0x80, 0x80, 0xaf], '\udcf0\udc80\udc80\udcaf'],
    ['an encoded surrogate', [0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    ['a name cut inside a character', [0x63, 0xc3], 'c\udcc3'],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
    ['four bytes', [0xf0, 0x9f, 0x92, 0xa9, 0x80], '💩\udc80'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(Uint8Array.from(bytes))).toBe(text);
    expect([...encodeText(text)]).toEqual(bytes);
  });

  test('a surrogate that stands for no byte is refused', () => {
    expect(() => encodeText('x\ud800')).toThrow('the lone surrogate U+D800 stands for no byte');
    expect(() => encodeText('\udc7f')).toThrow(RangeError);
  });
});
