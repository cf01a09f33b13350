import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  formatPageFlagColumns,
  pageFlagsTable,
  parsePageFlagColumns,
  type Era,
} from '@page-owner/kernel-abi';

const flagsOf = (names: string, era: Era): bigint =>
  names
    .split('|')
    .reduce((word, name) => word | (1n << BigInt(pageFlagsTable(era).bitOf.get(name) ?? -1)), 0n);

describe.each<Era>(['3.19', '4.4'])('twelve columns in %s', (era) => {
  test.each([
    ['uptodate|lru|active', '   U LA     '],
    ['locked|error|referenced|uptodate|dirty|lru', 'KERUDL      '],
    ['active|slab|writeback|head|swapcache|mappedtodisk', '      ASWCBM'],
  ])('%s', (names, columns) => {
    expect(formatPageFlagColumns(flagsOf(names, era), era)).toBe(columns);
    expect(parsePageFlagColumns(columns, era)).toBe(flagsOf(names, era));
    expect(parsePageFlagColumns(columns.trimEnd(), era)).toBe(flagsOf(names, era));
  });

  test('no flags', () => {
    expect(formatPageFlagColumns(0n, era)).toBe(' '.repeat(12));
    expect(parsePageFlagColumns('', era)).toBe(0n);
  });

  test('any combination of letters comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (shown) => {
        const columns = [...'KERUDLASWCBM'].map((letter, index) => (shown[index] ? letter : ' ')).join('');
        expect(formatPageFlagColumns(parsePageFlagColumns(columns, era), era)).toBe(columns);
      }),
    );
  });
});

test('a tail page is compound, too', () => {
  expect(formatPageFlagColumns(flagsOf('tail', '3.19'), '3.19')).toBe('         C  ');
});

test('what is not twelve columns is refused', () => {
  expect(() => parsePageFlagColumns('U', '3.19')).toThrow(
    new RangeError('flag column 1 is K or blank, got "U" in "U"'),
  );
  expect(() => parsePageFlagColumns(' '.repeat(13), '3.19')).toThrow('twelve flag columns expected');
  expect(() => formatPageFlagColumns(0n, '4.6')).toThrow(new RangeError('Linux 4.6 prints no flag columns'));
  expect(() => parsePageFlagColumns('K', '6.12')).toThrow('Linux 6.12 prints no flag columns');
});
