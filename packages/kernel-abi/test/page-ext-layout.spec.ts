import { describe, expect, test } from '@jest/globals';
import { ERAS, pageExtLayout, pageExtPages, type Era } from '@page-owner/kernel-abi';

const GIB = 2 ** 30;

describe.each<[Era, number, number, number, number]>([
  // era, owner bytes, entry bytes, MiB per GiB, pages on 2 GiB
  ['3.19', 96, 104, 26, 13312],
  ['4.0', 80, 88, 22, 11264],
  ['4.6', 80, 88, 22, 11264],
  ['4.8', 16, 24, 6, 3072],
  ['4.9', 12, 20, 5, 2560],
  ['5.4', 16, 24, 6, 3072],
  ['5.11', 32, 40, 10, 5120],
  ['5.13', 40, 48, 12, 6144],
  ['5.18', 56, 64, 16, 8192],
  ['6.1', 56, 64, 16, 8192],
  ['6.8', 64, 72, 18, 9216],
  ['6.12', 64, 72, 18, 9216],
  ['newest', 64, 72, 18, 9216],
])('Linux %s', (era, ownerBytes, entryBytes, mibPerGib, pagesOn2Gib) => {
  test('sizes', () => {
    expect(pageExtLayout(era)).toMatchObject({ ownerSize: ownerBytes, entrySize: entryBytes });
  });

  test('cost', () => {
    expect(pageExtPages(2 * GIB, era)).toBe(pagesOn2Gib);
    expect((pageExtPages(GIB, era) * 4096) / 2 ** 20).toBe(mibPerGib);
  });
});

test('the cost that running kernels report', () => {
  // "allocated N bytes of page_ext" of a 2 GiB machine
  expect(pageExtPages(2 * GIB, '6.1') * 4096).toBe(33554432);
  expect(pageExtPages(2 * GIB, '6.12') * 4096).toBe(37748736);
});

const drawn = (era: Era): string =>
  pageExtLayout(era)
    .fields.map(({ name, offset, size }) => `${name}@${offset}:${size}`)
    .join(' ');

test('members of the 3.19 entry', () => {
  expect(drawn('3.19')).toBe(
    'flags@0:8 order@8:4 gfp_mask@12:4 trace.nr_entries@16:4 trace.max_entries@20:4 trace.entries@24:8 ' +
      'trace.skip@32:4 trace_entries@40:64',
  );
});

test('4.6 puts the migrate reason where 4.0 had padding', () => {
  expect(drawn('4.0')).toBe('flags@0:8 order@8:4 gfp_mask@12:4 nr_entries@16:4 trace_entries@24:64');
  expect(drawn('4.6')).toBe(
    'flags@0:8 order@8:4 gfp_mask@12:4 nr_entries@16:4 last_migrate_reason@20:4 trace_entries@24:64',
  );
});

test('members of the 6.12 entry', () => {
  expect(drawn('6.12')).toBe(
    'flags@0:8 order@8:2 last_migrate_reason@10:2 gfp_mask@12:4 handle@16:4 free_handle@20:4 ts_nsec@24:8 ' +
      'free_ts_nsec@32:8 comm@40:16 pid@56:4 tgid@60:4 free_pid@64:4 free_tgid@68:4',
  );
});

describe.each(ERAS)('the entry of %s', (era) => {
  test('has aligned members that do not overlap', () => {
    const { fields, entrySize, source } = pageExtLayout(era);
    expect(source).not.toBe('');
    let end = 0;
    for (const { offset, size, count } of fields) {
      expect(offset).toBeGreaterThanOrEqual(end);
      expect(offset % (size / count)).toBe(0);
      end = offset + size;
    }
    expect(entrySize).toBeGreaterThanOrEqual(end);
    expect(entrySize - end).toBeLessThan(8);
  });
});

test.each([-4096, 1, 4097, Number.NaN, Number.POSITIVE_INFINITY])('%d bytes are not pages', (bytes) => {
  expect(() => pageExtPages(bytes, '6.12')).toThrow(
    new RangeError(`memory comes in pages of 4096 bytes, got ${bytes}`),
  );
});
