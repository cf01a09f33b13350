import { describe, expect, test } from '@jest/globals';
import {
  ERAS,
  MIGRATE_REASON_NEVER,
  migrateReasonName,
  migrateReasonNumber,
  migrateReasonTable,
} from '@page-owner/kernel-abi';

test('6.12 has ten reasons', () => {
  expect(migrateReasonTable('6.12').names).toEqual([
    'compaction',
    'memory_failure',
    'memory_hotplug',
    'syscall_or_cpuset',
    'mempolicy_mbind',
    'numa_misplaced',
    'contig_range',
    'longterm_pin',
    'demotion',
    'damon',
  ]);
  expect(migrateReasonName(0, '6.12')).toBe('compaction');
});

test('reasons are added at the end, one was renamed', () => {
  expect(migrateReasonTable('4.6').names).toHaveLength(7);
  expect(migrateReasonTable('5.13').names).toHaveLength(8);
  expect(migrateReasonTable('6.1').names).toHaveLength(9);
  expect(migrateReasonName(6, '4.15')).toBe('cma');
  expect(migrateReasonName(6, '4.16')).toBe('contig_range');
});

describe.each(ERAS.slice(ERAS.indexOf('4.6')))('%s', (era) => {
  test('each word has its number', () => {
    const { names, source } = migrateReasonTable(era);
    expect(source).not.toBe('');
    expect(names.map((name) => migrateReasonNumber(name, era))).toEqual([...names.keys()]);
  });

  test('both names of reason 6 are understood', () => {
    expect([migrateReasonNumber('cma', era), migrateReasonNumber('contig_range', era)]).toEqual([6, 6]);
  });
});

test('what does not exist is refused', () => {
  expect(() => migrateReasonName(9, '6.1')).toThrow(new RangeError('no migrate reason 9 in Linux 6.1'));
  expect(() => migrateReasonName(MIGRATE_REASON_NEVER, '6.12')).toThrow('no migrate reason -1');
  expect(() => migrateReasonNumber('damon', '6.1')).toThrow(
    new RangeError('no migrate reason "damon" in Linux 6.1'),
  );
  expect(() => migrateReasonTable('4.4')).toThrow(new RangeError('Linux 4.4 has no migrate reasons'));
});
