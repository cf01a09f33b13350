import { describe, expect, test } from '@jest/globals';
import {
  ERAS,
  eraOf,
  formatGfp,
  formatPageFlagColumns,
  formatPageFlags,
  gfpTable,
  migrateReasonName,
  pageExtPages,
} from '@page-owner/kernel-abi';

describe('eraOf', () => {
  test.each([
    ['3.19', '3.19'],
    ['3.19.8', '3.19'],
    ['4.3', '4.0'],
    ['4.5.7', '4.4'],
    ['v4.17', '4.16'],
    ['5.10.228', '5.4'],
    ['5.15.0-91-generic', '5.14'],
    ['6.1.192', '6.1'],
    ['v6.9-rc1', '6.8'],
    ['6.12.117', '6.12'],
    ['6.13', '6.12'],
    ['6.14', 'newest'],
    ['7.0', 'newest'],
    ['10.2', 'newest'],
  ])('%s is in era %s', (release, era) => {
    expect(eraOf(release)).toBe(era);
  });

  test('every era but the newest contains the release it is named after', () => {
    for (const era of ERAS.filter((each) => each !== 'newest')) expect(eraOf(era)).toBe(era);
  });

  test('a kernel without page_owner is out of range', () => {
    expect(() => eraOf('3.18')).toThrow(new RangeError('page_owner begins with Linux 3.19, got "3.18"'));
    expect(() => eraOf('2.6.32')).toThrow(RangeError);
  });

  test.each(['', 'linux-6.12', '6', '6.x', '6.1234'])('"%s" is not a release', (text) => {
    expect(() => eraOf(text)).toThrow(new TypeError(`not a kernel release: "${text}"`));
  });
});

test('every function that takes an era takes any release of it', () => {
  expect(gfpTable('6.12.117-amd64')).toBe(gfpTable('6.12'));
  expect(gfpTable('7.0')).toBe(gfpTable('newest'));
  expect(gfpTable('v6.1-rc3', { cma: false })).toBe(gfpTable('6.1', { cma: false }));
  expect(formatGfp(0x820, '6.1.192')).toBe('GFP_NOWAIT|__GFP_HIGH');
  expect(formatPageFlags(0x28n, { era: '6.9.3' })).toBe(formatPageFlags(0x28n, { era: '6.8' }));
  expect(formatPageFlagColumns(1n, '4.5.7')).toBe(formatPageFlagColumns(1n, '4.4'));
  expect(migrateReasonName(9, '6.13')).toBe('damon');
  expect(pageExtPages(2 * 2 ** 30, '6.17')).toBe(9216);
  expect(eraOf('newest')).toBe('newest');
});

test('what is no release is refused', () => {
  expect(() => gfpTable('new')).toThrow(new TypeError('not a kernel release: "new"'));
  expect(() => gfpTable('2.6.32')).toThrow(new RangeError('page_owner begins with Linux 3.19, got "2.6.32"'));
  expect(() => gfpTable(undefined as never)).toThrow(
    new TypeError('a kernel release is text such as "6.12", got undefined'),
  );
});
