import { describe, expect, test } from '@jest/globals';
import {
  GFP_ZONE_MASK,
  gfpZone,
  gfpZoneTable,
  parseGfp,
  X86_32_ZONES,
  X86_64_DMA32_END_PFN,
  X86_64_DMA_END_PFN,
  X86_64_ZONES,
  zoneIndex,
  zoneName,
} from '@page-owner/kernel-abi';

const INVALID = [0x3, 0x5, 0x6, 0x7, 0xb, 0xd, 0xe, 0xf];

describe('gfpZone', () => {
  test.each([
    [0x0, 'Normal', 'Normal'],
    [0x1, 'DMA', 'DMA'],
    [0x2, 'Normal', 'HighMem'],
    [0x4, 'DMA32', 'Normal'],
    [0x8, 'Normal', 'Normal'],
    [0x9, 'DMA', 'DMA'],
    [0xa, 'Movable', 'Movable'],
    [0xc, 'DMA32', 'Normal'],
  ])('%i is %s on 64-bit, %s on 32-bit', (mask, on64, on32) => {
    expect(gfpZone(mask)).toBe(on64);
    expect(gfpZone(mask, X86_32_ZONES)).toBe(on32);
  });

  test('looks at the low four bits only', () => {
    expect(gfpZone(parseGfp('GFP_KERNEL', '6.12'))).toBe('Normal');
    expect(gfpZone(parseGfp('GFP_HIGHUSER_MOVABLE', '6.12'))).toBe('Movable');
    expect(gfpZone(parseGfp('GFP_KERNEL|GFP_DMA32', '6.12'))).toBe('DMA32');
    expect(gfpZone(0xfffffff0)).toBe('Normal');
  });

  test('a kernel without DMA zones serves everything from Normal', () => {
    const zones = ['Normal', 'Movable'] as const;
    expect([0x1, 0x4, 0x2].map((mask) => gfpZone(mask, zones))).toEqual(['Normal', 'Normal', 'Normal']);
  });

  test.each(INVALID)('%i asks for two zones', (mask) => {
    const all = 0xcc0 | mask;
    expect(() => gfpZone(all)).toThrow(
      new RangeError(`gfp mask 0x${all.toString(16)} asks for more than one zone`),
    );
  });
});

describe('gfpZoneTable', () => {
  test.each([[X86_64_ZONES], [X86_32_ZONES]])('agrees with gfpZone for %j', (zones) => {
    const table = gfpZoneTable(zones);
    expect(table).toHaveLength(GFP_ZONE_MASK + 1);
    for (const [bits, index] of table.entries()) {
      if (INVALID.includes(bits)) expect(index).toBe(-1);
      else expect(zoneName(index, zones)).toBe(gfpZone(bits, zones));
    }
  });
});

describe('zones', () => {
  test('x86-64 numbers', () => {
    expect(X86_64_ZONES.map((name) => zoneIndex(name))).toEqual([0, 1, 2, 3, 4]);
    expect(zoneName(2)).toBe('Normal');
    expect(X86_64_DMA_END_PFN).toBe(4096);
    expect(X86_64_DMA32_END_PFN).toBe(1048576);
  });

  test('unknown zones are refused', () => {
    expect(() => zoneName(5)).toThrow(new RangeError('no zone 5 among DMA, DMA32, Normal, Movable, Device'));
    expect(() => zoneIndex('HighMem')).toThrow('no zone "HighMem"');
    expect(() => zoneIndex('DMA32', X86_32_ZONES)).toThrow(
      'no zone "DMA32" among DMA, Normal, HighMem, Movable',
    );
  });
});
