import { describe, expect, test } from '@jest/globals';
import { bucketOrderFor, depotLayout, StackDepot, tableLogLines } from '@page-owner/stackdepot';

/** Boots seen under QEMU: KiB of the log's `Memory: .../NNNK available`, and its line about the table. */
const BOOTS = [
  ['6.12', 523744, 'stackdepot hash table entries: 32768 (order: 7, 524288 bytes, linear)'],
  ['6.12', 1048032, 'stackdepot hash table entries: 65536 (order: 8, 1048576 bytes, linear)'],
  ['6.12', 2096608, 'stackdepot hash table entries: 131072 (order: 9, 2097152 bytes, linear)'],
  ['6.12', 3145184, 'stackdepot hash table entries: 262144 (order: 10, 4194304 bytes, linear)'],
  ['6.12', 4193760, 'stackdepot hash table entries: 262144 (order: 10, 4194304 bytes, linear)'],
  ['6.1', 523744, 'stackdepot hash table entries: 32768 (order: 6, 262144 bytes, linear)'],
  ['6.1', 1048032, 'stackdepot hash table entries: 65536 (order: 7, 524288 bytes, linear)'],
  ['6.1', 2096608, 'stackdepot hash table entries: 131072 (order: 8, 1048576 bytes, linear)'],
  ['6.1', 4193760, 'stackdepot hash table entries: 262144 (order: 9, 2097152 bytes, linear)'],
] as const;

describe('size of the hash table', () => {
  test.each(BOOTS)('Linux %s with %i KiB', (name, kib, line) => {
    const order = bucketOrderFor(kib / 4);
    expect(tableLogLines(depotLayout(name), order).at(-1)).toBe(line);
  });

  test('is between 2^12 and 2^20 buckets', () => {
    expect(bucketOrderFor(0)).toBe(12);
    expect(bucketOrderFor(1)).toBe(12);
    expect(bucketOrderFor(2 ** 40)).toBe(20);
    expect(bucketOrderFor(0, 'late')).toBe(12);
    expect(bucketOrderFor(2 ** 40, 'late')).toBe(20);
  });

  test('early rounds to MiB first, late does not', () => {
    const justAbove = 2 ** 20 + 1;
    expect(bucketOrderFor(2 ** 20)).toBe(18);
    expect(bucketOrderFor(justAbove)).toBe(19);
    expect(bucketOrderFor(justAbove, 'late')).toBe(19);
    expect(bucketOrderFor(2 ** 20, 'late')).toBe(18);
  });

  test('memory is a count of pages', () => {
    expect(() => bucketOrderFor(-1)).toThrow(new RangeError('not a number of pages: -1'));
    expect(() => bucketOrderFor(1.5)).toThrow(new RangeError('not a number of pages: 1.5'));
  });
});

describe('the log', () => {
  const logOf = (options: Parameters<typeof StackDepot.create>[0]): string[] => {
    const lines: string[] = [];
    StackDepot.create({ ...options, log: (line) => lines.push(line) });
    return lines;
  };

  test('6.12 announces the table, 6.1 does not', () => {
    const size = 'stackdepot hash table entries: 4096 (order: 4, 65536 bytes, linear)';
    expect(logOf({})).toEqual(['stackdepot: allocating hash table via alloc_large_system_hash', size]);
    expect(logOf({ layout: '6.1' })).toEqual([
      'stackdepot hash table entries: 4096 (order: 3, 32768 bytes, linear)',
    ]);
  });

  test('late tables', () => {
    expect(logOf({ tableTime: 'late', memoryPages: 2 ** 19 })).toEqual([
      'stackdepot: allocating hash table of 131072 entries via kvcalloc',
    ]);
    expect(logOf({ tableTime: 'late', layout: '6.1' })).toEqual([
      'Stack Depot allocating hash table of 4096 entries with kvcalloc',
    ]);
  });

  test('a disabled depot says so', () => {
    expect(logOf({ disabled: true })).toEqual(['stackdepot: disabled']);
    expect(logOf({ disabled: true, layout: '6.1' })).toEqual(['Stack Depot is disabled']);
  });
});
