import { describe, expect, test } from '@jest/globals';
import { skipConsolePrefix } from '../src/console-prefix.js';
import { decodeText, encodeText } from '../src/text-bytes.js';

function strip(line: string): string {
  const bytes = encodeText(line);
  return decodeText(bytes.subarray(skipConsolePrefix(bytes, 0, bytes.length)));
}

describe('console prefixes', () => {
  test.each([
    '[    0.1] ',
    '[   12.345678] ',
    '[12345.678901] ',
    '<4>[   12.345678] ',
    '<14>',
    '[   12.345678][ T1234] ',
    '[   12.345678][    T1] ',
    '[   12.345678][   C0] ',
    'Nov 22 18:42:01 host kernel: ',
    'Nov  2 18:42:01 host kernel: [   12.345678] ',
    '2026-11-22T18:42:01.123456+01:00 host.example kernel: [   12.345678] ',
    '2026-11-22T18:42:01Z host kernel: ',
    '2026-11-22T18:42:01+0100 host kernel: [   12.345678][    T1] ',
    '[Sun Nov 22 18:42:01 2026] ',
  ])('%s', (prefix) => {
    expect(strip(`${prefix} f+0x1/0x2`)).toBe(' f+0x1/0x2');
    expect(strip(`${prefix}PFN 5`)).toBe('PFN 5');
    expect(strip(prefix)).toBe('');
    expect(strip(prefix.trimEnd())).toBe('');
  });

  test.each([
    '',
    ' [<ffffffff8116147e>] f+0x1/0x2',
    '[<ffffffff8116147e>] f+0x1/0x2',
    '[0xc01441b5] __alloc_pages+181',
    ' f+0x1/0x2 [xfs]',
    '[   12.345678]PFN',
    '[   12.345678',
    '[ 12 ] x',
    '[.5] x',
    '<>x',
    '<1234>x',
    '<4',
    'Nov 22 18:42:01 host systemd: x',
    'Nov 22 18:42:01 kernel: x',
    'PFN 5 type Movable',
    '2026-11-22T18:42:01',
  ])('not a prefix: %s', (line) => {
    expect(strip(line)).toBe(line);
  });
});
