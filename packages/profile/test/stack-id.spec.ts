import { describe, expect, test } from '@jest/globals';
import { exactStackId, parseFrames, stackId } from '@page-owner/profile';

const ids = (...stack: string[]) => {
  const frames = parseFrames(stack);
  return [stackId(frames).toString(16), exactStackId(frames).toString(16)];
};

/** Text that is hashed, stack innermost first, id, id with offsets. */
const VECTORS: readonly (readonly [string, string[], string, string])[] = [
  ['', [], 'cbf29ce484222325', 'cbf29ce484222325'],
  ['f\n', ['f+0x1/0x2'], '8987607b5420489', '67a818a68a0512ca'],
  [
    'xfs_file_buffered_read [xfs]\nget_page_from_freelist\npost_alloc_hook\n',
    [
      'post_alloc_hook+0x77/0xf0',
      'get_page_from_freelist+0x58d/0x14e0',
      'xfs_file_buffered_read+0xe6/0x1d0 [xfs]',
    ],
    'b3de699c9decf321',
    '61b022c3e0b00ef0',
  ],
  [
    '0x\nalloc_buddy_hugetlb_folio\n',
    ['alloc_buddy_hugetlb_folio.isra.0+0x43/0x110', '0xffffffffc0001000'],
    'e75c39d9e2187193',
    '292e764197b0f807',
  ],
  ['.start\ncafé [möd]\n', ['café+0x0/0x1 [möd]', '.start+0x1/0x2'], 'a1c94ed4d87c4e57', 'ba64f8716d654505'],
];

// The expected values are of another implementation (Python): h = 0xcbf29ce484222325; for b in text: h ^= b;
// h = h * 0x100000001b3 % 2**64, over the text in the first column. They must never change.
describe('vectors', () => {
  test.each(VECTORS)('%j', (_text, stack, id, exactId) => {
    expect(ids(...stack)).toEqual([id, exactId]);
  });
});

describe('what does not change an id', () => {
  const [id] = ids('alloc+0x1/0x2', 'f.isra.0+0x10/0x80 [xfs]', 'main+0x5/0x6');
  test.each([
    ['offsets', ['alloc+0x9/0x22', 'f.isra.0+0x18/0x90 [xfs]', 'main+0x7/0x8']],
    ['compiler suffixes', ['alloc.constprop.0+0x1/0x2', 'f+0x10/0x80 [xfs]', 'main.part.3.cold+0x5/0x6']],
    [
      'addresses before the symbols',
      ['[<ffffffff81161e6a>] alloc+0x1/0x2', 'f+0x1/0x2 [xfs]', 'main+0x5/0x6'],
    ],
    ['a build id', ['alloc+0x1/0x2', 'f+0x1/0x2 [xfs 0123abcd]', 'main+0x5/0x6']],
    ['an end marker', ['alloc+0x1/0x2', 'f+0x1/0x2 [xfs]', 'main+0x5/0x6', '0xffffffffffffffff']],
  ])('%s', (_, stack) => {
    expect(ids(...stack)[0]).toBe(id);
  });

  test('where an address without symbol is', () => {
    const [a, exactA] = ids('f+0x1/0x2', '0xffffffffc0001000');
    const [b, exactB] = ids('f+0x1/0x2', '0xffffffffc0aa1000');
    expect(a).toBe(b);
    expect(exactA).not.toBe(exactB);
  });

  test.each([
    ['another module', ['alloc+0x1/0x2', 'f+0x10/0x80 [ext4]', 'main+0x5/0x6']],
    ['another order', ['f.isra.0+0x10/0x80 [xfs]', 'alloc+0x1/0x2', 'main+0x5/0x6']],
    ['a frame less', ['alloc+0x1/0x2', 'f.isra.0+0x10/0x80 [xfs]']],
  ])('but %s does', (_, stack) => {
    expect(ids(...stack)[0]).not.toBe(id);
  });
});
