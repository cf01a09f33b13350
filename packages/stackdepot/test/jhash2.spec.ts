import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { HASH_SEED, jhash2, toFrameWords } from '@page-owner/stackdepot';
import { stackOf } from './stacks.js';

const hash = (frames: Uint32Array): string =>
  `0x${(jhash2(frames, frames.length, HASH_SEED) >>> 0).toString(16)}`;

/** Lookup3 as published, on BigInts and lists: slow, and nothing in common with the code under test. */
function reference(words: readonly number[], seed: number): number {
  const u32 = (x: bigint): bigint => x & 0xffffffffn;
  const rol = (x: bigint, n: number): bigint => u32((x << BigInt(n)) | (x >> BigInt(32 - n)));
  const v = [0, 0, 0].map(() =>
    u32(0xdeadbeefn + 4n * BigInt(words.length) + BigInt(seed >>> 0)),
  ) as bigint[];
  const [A, B, C] = [0, 1, 2];
  const rest = [...words];
  while (rest.length > 3) {
    rest.splice(0, 3).forEach((word, i) => (v[i] = u32(v[i]! + BigInt(word))));
    for (const [x, y, z, n] of [
      [A, C, B, 4],
      [B, A, C, 6],
      [C, B, A, 8],
      [A, C, B, 16],
      [B, A, C, 19],
      [C, B, A, 4],
    ] as const) {
      v[x!] = u32(v[x!]! - v[y!]!) ^ rol(v[y!]!, n);
      v[y!] = u32(v[y!]! + v[z!]!);
    }
  }
  if (rest.length > 0) {
    rest.forEach((word, i) => (v[i] = u32(v[i]! + BigInt(word))));
    for (const [x, y, n] of [
      [C, B, 14],
      [A, C, 11],
      [B, A, 25],
      [C, B, 16],
      [A, C, 4],
      [B, A, 14],
      [C, B, 24],
    ] as const) {
      v[x!] = u32((v[x!]! ^ v[y!]!) - rol(v[y!]!, n));
    }
  }
  return Number(v[C!]);
}

describe('jhash2', () => {
  test.each([
    ['one frame', toFrameWords([0xffffffff81000000n]), '0xec32b95f'],
    ['two frames', toFrameWords([0xffffffff81000010n, 0xffffffff81000020n]), '0xf9c5d2a7'],
    ['three frames', stackOf(3), '0x60c14ad8'],
    ['sixteen frames', stackOf(16), '0x12850de1'],
  ])('gives what a kernel gives for %s', (_, frames, expected) => {
    expect(hash(frames)).toBe(expected);
  });

  test('no words: the start value', () => {
    expect(jhash2(new Uint32Array(0), 0, 5) >>> 0).toBe(0xdeadbeef + 5);
  });

  test('equals the published algorithm for any words and seed', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), word, (words, seed) => {
        expect(jhash2(Uint32Array.from(words), words.length, seed) >>> 0).toBe(reference(words, seed));
      }),
    );
  });

  test('reads only the length it is given', () => {
    const frames = stackOf(16);
    expect(jhash2(frames, 6, HASH_SEED)).toBe(jhash2(frames.slice(0, 6), 6, HASH_SEED));
  });
});
