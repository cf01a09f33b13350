import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ERAS, formatGfp, gfpMigratetype, migratetypeName, parseGfp, type Era } from '@page-owner/kernel-abi';
import { fixtureLines, hexAndText } from './fixture.js';

describe.each<Era>(['6.1', '6.12'])('every mask seen in page_owner dumps of Linux %s', (era) => {
  const lines = fixtureLines(`gfp-${era}.txt`).map((line) => line.split(' ') as [string, string]);

  test.each(lines)('%s is %s', (record, type) => {
    const [hex, text] = hexAndText(record);
    expect(formatGfp(Number(hex), era)).toBe(text);
    expect(parseGfp(text, era)).toBe(Number(hex));
    expect(migratetypeName(gfpMigratetype(Number(hex), era), era)).toBe(type);
  });
});

test.each(fixtureLines('mm-page-alloc-6.12.txt').map((line) => line.split(' ') as [string, string]))(
  'tracepoint migratetype %s, gfp_flags %s',
  (type, text) => {
    const mask = parseGfp(text, '6.12');
    expect(formatGfp(mask, '6.12')).toBe(text);
    expect(gfpMigratetype(mask, '6.12')).toBe(Number(type));
  },
);

describe('formatGfp', () => {
  test.each<[Era, number, string]>([
    ['6.12', 0x0, ''],
    ['6.12', 0xcc0, 'GFP_KERNEL'],
    ['6.12', 0xdc0, 'GFP_KERNEL|__GFP_ZERO'],
    ['6.12', 0x400dc0, 'GFP_KERNEL_ACCOUNT|__GFP_ZERO'],
    ['6.12', 0x140cca, 'GFP_HIGHUSER_MOVABLE|__GFP_COMP'],
    [
      '6.12',
      0x152c4a,
      'GFP_NOFS|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL|__GFP_MOVABLE',
    ],
    ['6.12', 0x2820, 'GFP_ATOMIC|__GFP_NOWARN'],
    ['6.12', 0x820, 'GFP_ATOMIC'],
    ['6.1', 0x820, 'GFP_NOWAIT|__GFP_HIGH'],
    ['6.12', 0x8000cc0, 'GFP_KERNEL|0x8000000'],
    // single bits that hide behind a compound of the same value, and where they do not
    ['6.1', 0x800, 'GFP_NOWAIT'],
    ['6.12', 0x800, '__GFP_KSWAPD_RECLAIM'],
    ['6.12', 0x400, '__GFP_DIRECT_RECLAIM'],
    ['6.12', 0xc00, 'GFP_NOIO'],
    ['6.12', 0x1, 'GFP_DMA'],
    ['6.12', 0x4, 'GFP_DMA32'],
    ['6.1', 0x200, '__GFP_ATOMIC'],
    ['6.12', 0x200, '0x200'],
    // page_owner records of other releases
    ['4.6', 0x24213ca, 'GFP_HIGHUSER_MOVABLE|__GFP_COLD|__GFP_NOWARN|__GFP_NORETRY'],
    ['4.16', 0x14040c0, 'GFP_KERNEL|__GFP_COMP'],
    ['5.14', 0x1100cca, 'GFP_HIGHUSER_MOVABLE'],
    ['5.18', 0x400dc0, 'GFP_KERNEL_ACCOUNT|__GFP_ZERO'],
    ['6.3', 0x152cc0, 'GFP_USER|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP'],
    // 3.19 printed the number only; 0x280da is from a record of that time
    ['3.19', 0x280da, 'GFP_HIGHUSER_MOVABLE|__GFP_ZERO'],
    ['3.19', 0x20, 'GFP_ATOMIC'],
    // no sign at the top, no name at the gap
    ['6.12', 0x80000200, '0x80000200'],
  ])('Linux %s, %i', (era, mask, text) => {
    expect(formatGfp(mask, era)).toBe(text);
  });

  test('the newest kernels print single bits in bit order', () => {
    const mask = 0x40000 | 0x100 | 0x2 | 0x8;
    expect(formatGfp(mask, '6.12')).toBe('__GFP_HIGHMEM|__GFP_COMP|__GFP_ZERO|__GFP_MOVABLE');
    expect(formatGfp(mask, 'newest')).toBe('__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_ZERO|__GFP_COMP');
  });

  test('the KASAN tail differs between 6.1 and 6.12', () => {
    const config = { kasanHwTags: true };
    expect(formatGfp(0x7000000, '6.1', config)).toBe(
      '__GFP_SKIP_ZERO|__GFP_SKIP_KASAN_POISON|__GFP_SKIP_KASAN_UNPOISON',
    );
    expect(formatGfp(0x3000000, '6.12', config)).toBe('__GFP_SKIP_ZERO|__GFP_SKIP_KASAN');
  });

  test('NOLOCKDEP and NO_OBJ_EXT print as hex, until NOLOCKDEP gets a name', () => {
    const config = { lockdep: true, slabObjExt: true };
    expect(formatGfp(0x8000cc0, '6.1', config)).toBe('GFP_KERNEL|0x8000000');
    expect(formatGfp(0x3000cc0, '6.12', config)).toBe('GFP_KERNEL|0x3000000');
    expect(formatGfp(0x3000cc0, 'newest', config)).toBe('GFP_KERNEL|__GFP_NOLOCKDEP|0x2000000');
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 32])('%d is not a mask', (mask) => {
    expect(() => formatGfp(mask, '6.12')).toThrow(
      new RangeError(`a gfp mask is an unsigned 32-bit integer, got ${mask}`),
    );
  });
});

describe('parseGfp', () => {
  test.each<[string, number]>([
    ['', 0],
    ['none', 0],
    ['GFP_KERNEL', 0xcc0],
    ['__GFP_ZERO|GFP_KERNEL', 0xdc0],
    ['GFP_KERNEL|__GFP_IO|__GFP_FS', 0xcc0],
    ['__GFP_RECLAIM', 0xc00],
    ['__GFP_DMA', 0x1],
    ['GFP_COMP|GFP_NOWARN', 0x42000],
    ['GFP_RECLAIM', 0xc00],
    ['GFP_KERNEL|0x8000000', 0x8000cc0],
    ['0xFF000000', 0xff000000],
  ])('"%s"', (text, mask) => {
    expect(parseGfp(text, '6.12')).toBe(mask);
  });

  test('knows names that are never printed', () => {
    const config = { lockdep: true, slabObjExt: true };
    expect(parseGfp('__GFP_NOLOCKDEP|__GFP_NO_OBJ_EXT', '6.12', config)).toBe(0x3000000);
    expect(() => parseGfp('__GFP_NOLOCKDEP', '6.12')).toThrow(RangeError);
  });

  test('a bare name means the compound if there is one', () => {
    expect(parseGfp('GFP_ATOMIC', '4.4')).toBe(0x2080020);
    expect(parseGfp('GFP_COLD', '4.4')).toBe(0x100);
    expect(parseGfp('GFP_NOWAIT', '3.19')).toBe(0);
  });

  test.each(['GFP_KERNEL|__GFP_REPEAT', '__GFP_REPEAT', 'GFP_KERNEL|__GFP_REPEAT|x'])(
    'names the unknown flag in "%s"',
    (text) => {
      expect(() => parseGfp(text, '6.12')).toThrow(
        new RangeError('unknown gfp flag "__GFP_REPEAT" in Linux 6.12'),
      );
    },
  );

  test.each([
    'GFP_KERNEL|',
    'GFP_KERNEL||__GFP_ZERO',
    'gfp_kernel',
    '0x1ffffffff',
    '0x',
    '12',
    'GFP_KERNEL|none',
  ])('refuses "%s"', (text) => {
    expect(() => parseGfp(text, '6.12')).toThrow(RangeError);
  });
});

describe.each(ERAS)('round trip in %s', (era) => {
  test('any 32-bit mask comes back from its text, whatever the configuration', () => {
    const anyMask = fc.integer({ min: 0, max: 0xffffffff });
    const anyConfig = fc.record({
      kasanHwTags: fc.boolean(),
      lockdep: fc.boolean(),
      slabObjExt: fc.boolean(),
    });
    fc.assert(
      fc.property(anyMask, anyConfig, (mask, config) => {
        expect(parseGfp(formatGfp(mask, era, config), era, config)).toBe(mask);
      }),
    );
  });
});
