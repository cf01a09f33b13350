import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatRecord, formatRecordBytes } from '../src/format-record.js';
import { parseRecord } from '../src/parse-record.js';
import type { PageOwnerRecord } from '../src/record.js';
import { encodeText } from '../src/text-bytes.js';
import { variantOf } from '../src/variant.js';
import type { Variant } from '../src/variant.js';
import { ALL_VARIANTS, recordOf } from './arbitraries.js';
import { SAMPLES } from './samples.js';

const sample = (variant: Variant): PageOwnerRecord =>
  (SAMPLES.find((entry) => entry.variant === variant) as (typeof SAMPLES)[number]).record;

describe('formatRecord', () => {
  test.each(SAMPLES)('$variant: $text', ({ variant, text, record }) => {
    expect(formatRecord(record)).toBe(text);
    expect(formatRecord(record, variant)).toBe(text);
    expect(formatRecordBytes(record)).toEqual(encodeText(text));
    expect(variantOf(record)).toBe(variant);
  });

  test.each(ALL_VARIANTS)('every record of %s comes back', (variant) => {
    fc.assert(
      fc.property(recordOf(variant), (record) => {
        expect(parseRecord(formatRecordBytes(record, variant))).toStrictEqual(record);
        expect(variantOf(record)).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  test('a mixture of variants has none, and is written as it is', () => {
    const mixed: PageOwnerRecord = { ...sample('V7'), pfnRadix: 10 };
    expect(variantOf(mixed)).toBeUndefined();
    expect(parseRecord(formatRecordBytes(mixed))).toStrictEqual(mixed);
  });

  test.each<[Variant, Variant, string]>([
    ['V7', 'V4', 'V7 (6.7 and later) prints tgid, which the record lacks'],
    ['V1', 'V2', 'V1 (3.19 - 4.5) does not print names of the mask, which the record has'],
    ['V2', 'V1', 'V2 (4.6 - 5.10) prints names of the mask, which the record lacks'],
    ['V7', 'V6', 'V7 (6.7 and later) does not print free_ts, which the record has'],
    ['V5', 'V6', 'V5 (5.18 - 6.4) prints pfn in radix 10, not 16'],
    ['V7', 'V8', 'V7 (6.7 and later) does not print handle, which the record has'],
  ])('%s refuses a record of %s', (variant, other, message) => {
    expect(() => formatRecord(sample(other), variant)).toThrow(new RangeError(message));
  });

  test('what the text cannot hold is refused by name', () => {
    const good = sample('V7');
    const bad: [Partial<PageOwnerRecord>, RegExp][] = [
      [{ order: -1 }, /^order is -1/],
      [{ order: 1.5 }, /^order is 1.5/],
      [{ gfpMask: 2 ** 32 }, /^gfpMask is 4294967296/],
      [{ gfpNames: 'A)' }, /^gfpNames is "A\)"/],
      [{ pid: 2 ** 31 }, /^pid is 2147483648/],
      [{ comm: 'longer than 15 bytes\n' }, /^comm is "longer than 15 bytes\\n"/],
      [{ comm: 'more than 15 bytes), ts 5 ns, ' }, /^comm is /],
      [{ comm: '\ud800' }, /U\+D800/],
      [{ tsNs: 2n ** 64n }, /^tsNs is 18446744073709551616/],
      [{ pfn: -5 }, /^pfn is -5/],
      [{ migratetype: 'two words' }, /^migratetype is "two words"/],
      [{ flagNames: 'a\nb' }, /^flagNames is "a\\nb"/],
      [{ stack: ['f\ng'] }, /^stack is "f\\ng"/],
      [{ memcg: { kind: 'charged', name: 'a\nb', viaObjcg: false, offline: false } }, /^memcg.name is/],
      [
        { letters: { pageblockType: 1, fallback: false, flags: ' '.repeat(12) } },
        /^migratetype cannot .* beside letters/,
      ],
      [{ extraLines: [''] }, /^extraLines holds ""/],
      [{ extraLines: ['handle: 5'] }, /^extraLines holds "handle: 5"/],
      [{ extraLines: [' f+0x1/0x2'] }, /^extraLines/],
      [{ extraLines: ['Page allocated via order x'] }, /^extraLines/],
      [{ extraLines: ['[   12.345678] '] }, /^extraLines/],
    ];
    for (const [change, message] of bad) expect(() => formatRecord({ ...good, ...change })).toThrow(message);
    expect(() => formatRecord({ order: 0, stack: [], pid: 5 })).toThrow(
      'pid cannot be printed without gfpMask',
    );
    expect(() => formatRecord({ order: 0, stack: [], flags: 5n })).toThrow(
      'flags cannot be printed without pfn',
    );
  });
});
