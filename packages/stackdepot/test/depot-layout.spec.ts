import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  depotLayout,
  extraBits,
  handlePool,
  handleUnit,
  packHandle,
  POOL_BYTES,
  recordBytes,
  StackDepot,
  UNIT_BYTES,
  withExtraBits,
  type DepotLayoutName,
} from '@page-owner/stackdepot';

const NAMES: readonly DepotLayoutName[] = ['6.1', '6.12'];

describe('handles', () => {
  test.each([
    ['6.1', 0, 0, 0x04000000],
    ['6.1', 0, 160, 0x040a0000],
    ['6.1', 41, 0, 0x04000029],
    ['6.12', 0, 0, 1],
    ['6.12', 0, 160, 1310721],
    ['6.12', 41, 0, 42],
  ] as const)('%s: pool %i, byte %i is %i', (name, pool, byte, handle) => {
    expect(packHandle(depotLayout(name), pool, byte / UNIT_BYTES)).toBe(handle);
  });

  test.each(NAMES)('%s: pack and unpack are inverse, extra bits apart', (name) => {
    const layout = depotLayout(name);
    fc.assert(
      fc.property(fc.nat(layout.maxPools - 1), fc.nat(1023), fc.nat(31), (pool, unit, extra) => {
        const handle = withExtraBits(packHandle(layout, pool, unit), extra);
        expect(handle).toBeGreaterThan(0);
        expect(handle).toBeLessThan(2 ** 32);
        expect([handlePool(layout, handle), handleUnit(layout, handle), extraBits(handle)]).toEqual([
          pool,
          unit,
          extra,
        ]);
      }),
    );
  });

  test('extra bits replace the ones before, and leave 0 alone', () => {
    expect(withExtraBits(withExtraBits(1, 31), 2)).toBe(0x10000001);
    expect(withExtraBits(0, 31)).toBe(0);
    expect(() => withExtraBits(1, 32)).toThrow(new RangeError('a handle has 5 extra bits, got 32'));
  });
});

describe('layouts', () => {
  test('sizes as in the kernel', () => {
    expect(depotLayout('6.1')).toMatchObject({ headerBytes: 24, poolBits: 16, maxPools: 8192 });
    expect(depotLayout('6.12')).toMatchObject({ headerBytes: 32, poolBits: 17, maxPools: 8192 });
  });

  test.each(NAMES)('%s: 16 frames take 160 bytes, 102 of them fit a pool', (name) => {
    expect(recordBytes(depotLayout(name), 16)).toBe(160);
    expect(Math.floor(POOL_BYTES / 160)).toBe(102);
  });

  test('the largest record fits a pool', () => {
    for (const name of NAMES) {
      const layout = depotLayout(name);
      expect(recordBytes(layout, layout.maxMaxFrames)).toBeLessThanOrEqual(POOL_BYTES);
    }
  });

  test.each([
    ['5.15.0-91-generic', '6.1'],
    ['6.7.12', '6.1'],
    ['v6.8-rc1', '6.12'],
    ['6.12.117', '6.12'],
    ['7.0', '6.12'],
    ['newest', '6.12'],
  ])('%s has the layout of %s', (release, name) => {
    expect(depotLayout(release).name).toBe(name);
    expect(StackDepot.create({ layout: release }).layout.name).toBe(name);
  });

  test('what is no release is refused', () => {
    expect(() => depotLayout('V5')).toThrow(new TypeError('not a kernel release: "V5"'));
  });
});
