import { describe, expect, test } from '@jest/globals';
import { ERAS, pageFlagsTable, type Era, type KernelConfig } from '@page-owner/kernel-abi';

const bits = (era: Era, config?: KernelConfig): string[] =>
  pageFlagsTable(era, config).bits.map(({ name }) => name);
const printed = (era: Era, config?: KernelConfig): string[] =>
  pageFlagsTable(era, config).printed.map(({ name, bit }) => `${name} ${bit}`);

test('6.1: print order and bit numbers', () => {
  expect(printed('6.1').join(', ')).toBe(
    'locked 0, waiters 7, error 8, referenced 1, uptodate 2, dirty 3, lru 4, active 5, workingset 6, slab 9, ' +
      'owner_priv_1 10, arch_1 11, reserved 12, private 13, private_2 14, writeback 15, head 16, mappedtodisk 17, ' +
      'reclaim 18, swapbacked 19, unevictable 20, mlocked 21, uncached 22, hwpoison 23, young 24, idle 25, arch_2 26',
  );
});

test('6.12: print order and bit numbers', () => {
  expect(printed('6.12').join(', ')).toBe(
    'locked 0, waiters 7, referenced 2, uptodate 3, dirty 4, lru 5, active 8, workingset 9, owner_priv_1 10, ' +
      'owner_2 11, arch_1 12, reserved 13, private 14, private_2 15, writeback 1, head 6, reclaim 16, ' +
      'swapbacked 17, unevictable 18, mlocked 19, hwpoison 20, idle 22, young 21',
  );
});

test('flags that are not configured close up', () => {
  expect(printed('6.1', { archUsesPgUncached: false, memoryFailure: false }).slice(-4)).toEqual([
    'mlocked 21',
    'young 22',
    'idle 23',
    'arch_2 24',
  ]);
  expect(printed('6.1', { kasanHwTags: true }).at(-1)).toBe('skip_kasan_poison 27');
  expect(printed('6.12', { archUsesPgArchX: true }).slice(-2)).toEqual(['arch_2 23', 'arch_3 24']);
});

test('flags that came and went', () => {
  expect(bits('3.19')).toContain('tail');
  expect(bits('4.4')).not.toContain('tail');
  expect(bits('4.6').indexOf('head')).toBe(14);
  expect(bits('4.10').indexOf('waiters')).toBe(7);
  expect(bits('4.10')).not.toContain('swapcache');
  expect(bits('4.20').indexOf('workingset')).toBe(6);
  expect(bits('6.6').indexOf('writeback')).toBe(1);
  expect(bits('6.12')).not.toContain('slab');
  expect(bits('newest').indexOf('dropbehind')).toBe(19);
});

describe.each(ERAS)('the table of %s', (era) => {
  test('prints each of its bits once, and fits below the fields', () => {
    const table = pageFlagsTable(era, { archUsesPgArchX: true, kasanHwTags: true });
    expect(table.source).not.toBe('');
    expect(table.bits.map(({ bit }) => bit)).toEqual([...table.bits.keys()]);
    expect(new Set(table.bits.map(({ name }) => name)).size).toBe(table.bits.length);
    expect([...table.printed].sort((a, b) => a.bit - b.bit)).toEqual(table.bits);
    expect(table.bits.length).toBeLessThanOrEqual(30);
  });
});
