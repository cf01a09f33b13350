/** Stacks for tests. */
import * as fc from 'fast-check';
import { toFrameWords } from '@page-owner/stackdepot';

const TEXT = 0xffffffff81161160n;

/** `depth` frames, 0x100 apart, beginning `id` pages into the kernel text. */
export const stackOf = (depth: number, id = 0): Uint32Array =>
  toFrameWords(Array.from({ length: depth }, (_, frame) => TEXT + BigInt(id * 0x1000 + frame * 0x100)));

/** Any stack of 1 to `maxDepth` addresses drawn from few, so that equal and nearly equal ones are frequent. */
export const anyStack = (maxDepth: number): fc.Arbitrary<Uint32Array> =>
  fc
    .array(fc.oneof(fc.bigInt({ min: TEXT, max: TEXT + 3n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })), {
      minLength: 1,
      maxLength: maxDepth,
    })
    .map(toFrameWords);
