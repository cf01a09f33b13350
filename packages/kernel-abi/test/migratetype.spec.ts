import { describe, expect, test } from '@jest/globals';
import {
  ERAS,
  gfpMigratetype,
  MIGRATE_PCPTYPES,
  migratetypeName,
  migratetypeNumber,
  migratetypeTable,
  parseGfp,
} from '@page-owner/kernel-abi';

describe('numbers and names', () => {
  test('since 4.4', () => {
    const { names } = migratetypeTable('6.12');
    expect(names).toEqual(['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate']);
    expect(migratetypeTable('4.4').names).toEqual(names);
    expect(migratetypeName(MIGRATE_PCPTYPES, '6.12')).toBe('HighAtomic');
  });

  test('3.19 to 4.3: type 2 is Movable, and there is a reserve', () => {
    const names = ['Unmovable', 'Reclaimable', 'Movable', 'Reserve', 'CMA', 'Isolate'];
    expect(migratetypeTable('3.19').names).toEqual(names);
    expect(migratetypeTable('4.0').names).toEqual(names);
  });

  test('types that are not configured close up', () => {
    expect(migratetypeNumber('Isolate', '6.12', { cma: false })).toBe(4);
    expect(() => migratetypeName(5, '6.12', { cma: false })).toThrow('no migratetype 5 in Linux 6.12');
    expect(() => migratetypeNumber('Isolate', '6.12', { memoryIsolation: false })).toThrow(
      new RangeError('no migratetype "Isolate" in Linux 6.12'),
    );
  });

  test.each(ERAS)('%s: each name has its own number', (era) => {
    const { names, source } = migratetypeTable(era);
    expect(source).not.toBe('');
    expect(names.map((name) => migratetypeNumber(name, era))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(names.map((_, type) => migratetypeName(type, era))).toEqual(names);
  });
});

describe('gfpMigratetype', () => {
  test.each(ERAS)('%s: the mobility bits decide', (era) => {
    const type = (text: string): string => migratetypeName(gfpMigratetype(parseGfp(text, era), era), era);
    expect(type('GFP_KERNEL')).toBe('Unmovable');
    expect(type('GFP_HIGHUSER_MOVABLE')).toBe('Movable');
    expect(type('GFP_KERNEL|__GFP_RECLAIMABLE')).toBe('Reclaimable');
  });

  test('both bits give 3, as in the kernel', () => {
    expect(gfpMigratetype(0x18, '6.12')).toBe(3);
  });

  test('since 4.4 it is (mask >> 3) & 3', () => {
    for (let mask = 0; mask < 0x40; mask++) expect(gfpMigratetype(mask, '6.12')).toBe((mask >> 3) & 3);
  });
});
