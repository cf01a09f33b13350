import { describe, expect, test } from '@jest/globals';
import { parseMeminfo, parseVmstat, parseZoneinfo, reconcile } from '@page-owner/profile';
import { profileOf, readText } from './fixtures.js';

const NAME = '6.12-t2';

describe('what /proc says', () => {
  test('meminfo', () => {
    const meminfo = parseMeminfo(readText(`${NAME}.meminfo`));
    expect([meminfo.get('MemTotal'), meminfo.get('Active(anon)'), meminfo.get('HugePages_Total')]).toEqual([
      2040004, 2512, 16,
    ]);
  });

  test('vmstat', () => {
    expect(parseVmstat(readText(`${NAME}.vmstat`)).get('nr_slab_reclaimable')).toBe(4865);
  });

  test('zoneinfo', () => {
    const zones = parseZoneinfo(readText(`${NAME}.zoneinfo`));
    expect(zones.map(({ node, zone }) => [node, zone])).toEqual([
      [0, 'DMA'],
      [0, 'DMA32'],
    ]);
    expect(zones.map(({ counters }) => counters.get('managed'))).toEqual([3840, 506161]);
    expect(zones[0]!.counters.get('nr_free_pages')).toBe(3840);
  });

  test('is not it', () => {
    expect(() => parseMeminfo('x')).toThrow('not a meminfo');
    expect(() => parseVmstat('x')).toThrow('not a vmstat');
    expect(() => parseZoneinfo('x')).toThrow('not a zoneinfo');
  });
});

describe('reconcile', () => {
  test('the three sources agree', async () => {
    const profile = await profileOf(NAME);
    const meminfo = parseMeminfo(readText(`${NAME}.meminfo`));
    const vmstat = parseVmstat(readText(`${NAME}.vmstat`));
    const zoneinfo = parseZoneinfo(readText(`${NAME}.zoneinfo`));
    const byZones = reconcile(profile, { zoneinfo });
    expect(reconcile(profile, { meminfo })).toMatchObject({ managed: byZones.managed, free: byZones.free });
    expect(byZones).toMatchObject({ managed: 510001, free: 319739, owned: profile.pages });
    expect(byZones.unexplained).toBe(510001 - 319739 - profile.pages);
    const all = reconcile(profile, { meminfo, vmstat, zoneinfo });
    expect(all.comparisons.map(({ what, kernel }) => [what, kernel])).toEqual([
      ['slab', 8155],
      ['anonymous', 87574],
      ['shmem', 24613],
      ['page tables', 495],
      ['hugetlb', 8192],
    ]);
    // The fixture is whole here. The kernel leaves out pgd and p4d, and its own tables.
    expect(all.comparisons[3]!.dump).toBe(582);
    expect(all.comparisons.find(({ what }) => what === 'hugetlb')).toMatchObject({ dump: 8192 });
  });

  test('page size', async () => {
    const profile = await profileOf(NAME);
    const meminfo = parseMeminfo('MemTotal: 640 kB\nMemFree: 64 kB\n');
    expect(reconcile(profile, { meminfo, pageBytes: 65536 })).toMatchObject({ managed: 10, free: 1 });
    expect(() => reconcile(profile, {})).toThrow(
      'reconciling needs meminfo or zoneinfo, and neither is given',
    );
  });
});
