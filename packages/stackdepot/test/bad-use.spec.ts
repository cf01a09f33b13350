import { describe, expect, test } from '@jest/globals';
import { StackDepot, toAddresses, toFrameWords } from '@page-owner/stackdepot';

const any = <T>(value: unknown): T => value as T;

describe('bad use is one sentence', () => {
  test.each([-1n, 1n << 64n, (1n << 64n) + 5n, any<bigint>(5)])('address %p', (address) => {
    expect(() => toFrameWords([5n, address])).toThrow(
      new RangeError(`an address is a bigint, an unsigned 64-bit integer, got ${address}`),
    );
  });

  test('every 64-bit address goes there and back', () => {
    const addresses = [0n, 5n, 0xffff_ffff_8123_4567n, (1n << 64n) - 1n];
    expect(toAddresses(toFrameWords(addresses))).toEqual(addresses);
  });

  test('more frames than there are', () => {
    const words = new Uint32Array(4);
    for (const depth of [3, -1, 1.5, NaN]) {
      const sentence = new RangeError(`4 words cannot hold ${depth} frames`);
      expect(() => toAddresses(words, depth)).toThrow(sentence);
      expect(() => StackDepot.create().save(words, depth)).toThrow(sentence);
    }
    expect(() => toAddresses(new Uint32Array(3))).toThrow('3 words cannot hold 1.5 frames');
  });

  test('addresses where words are wanted', () => {
    const depot = StackDepot.create();
    expect(() => depot.save(any([5n, 6n]), 2)).toThrow('make them with toFrameWords()');
    expect(() => depot.save(any([5n, 6n]), any(undefined))).toThrow('make them with toFrameWords()');
  });

  test('attach to nothing', () => {
    expect(() => StackDepot.attach(any(undefined))).toThrow(
      new TypeError('not a stack depot: a buffer is expected, got undefined'),
    );
  });
});
