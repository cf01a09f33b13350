import { describe, expect, test } from '@jest/globals';
import { ERAS, eraOf, gfpTable, type Era } from '../src/index.js';

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

  test.each(['', 'newest', 'linux-6.12', '6', '6.x', '6.1234'])('"%s" is not a release', (text) => {
    expect(() => eraOf(text)).toThrow(new TypeError(`not a kernel release: "${text}"`));
  });
});

test('an unknown era is refused with the known ones', () => {
  expect(() => gfpTable('7.0' as Era)).toThrow(/^unknown era "7.0"; known: 3.19, .*, newest$/);
});
