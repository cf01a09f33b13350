import { describe, expect, test } from '@jest/globals';
import { encodeText } from '@page-owner/dump-format';
import { parseMeminfo, parseVmstat, parseZoneinfo, profileDump, reconcile } from '@page-owner/profile';
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
    expect(all.comparisons.map(({ what, kernel, counter }) => [what, kernel, counter])).toEqual([
      ['page cache', 37477, 'nr_file_pages - nr_swapcached - nr_shmem'],
      ['anonymous', 87574, 'nr_anon_pages'],
      ['shmem', 24613, 'nr_shmem'],
      ['hugetlb', 8192, 'Hugetlb'],
      ['slab', 8155, 'nr_slab_reclaimable + nr_slab_unreclaimable'],
      ['page tables', 495, 'nr_page_table_pages'],
      ['kernel stacks', 324, 'KernelStack'],
      ['vmalloc and stacks', 1028, 'VmallocUsed'],
      ['percpu', 116, 'Percpu'],
    ]);
    const dump = new Map(all.comparisons.map((row) => [row.what, row.dump]));
    // The fixture is whole here. The kernel leaves out pgd and p4d, and its own tables.
    expect(dump.get('page tables')).toBe(582);
    expect(dump.get('hugetlb')).toBe(8192);
    expect([dump.get('kernel stacks'), dump.get('vmalloc and stacks'), dump.get('percpu')]).toEqual([
      332, 1024, 6,
    ]);
    const ofMeminfo = reconcile(profile, { meminfo }).comparisons;
    expect(ofMeminfo.map(({ what }) => what)).toEqual(all.comparisons.map(({ what }) => what));
    expect(ofMeminfo[0]).toMatchObject({ kernel: 37477, counter: 'Cached + Buffers - Shmem' });
  });

  test('kernel stacks are of vmalloc where the kernel maps them', async () => {
    const stacks = {
      mapped: ['get_page_from_freelist', '__vmalloc_node_range', 'dup_task_struct', 'copy_process'],
      alone: ['get_page_from_freelist', '__alloc_pages', 'alloc_thread_stack_node', 'copy_process'],
      module: ['get_page_from_freelist', 'execmem_alloc', 'load_module'],
    };
    const record = (names: string[]) =>
      `Page allocated via order 2, mask 0x0()\n${names.map((name) => ` ${name}+0x1/0x2\n`).join('')}\n`;
    const dumpOf = (...names: string[][]) => profileDump(encodeText(names.map(record).join('')));
    const memory = 'MemTotal: 640 kB\nMemFree: 64 kB\nKernelStack: 32 kB\n';
    const rows = async (text: string) =>
      reconcile(await dumpOf(stacks.mapped, stacks.alone, stacks.module), {
        meminfo: parseMeminfo(memory + text),
      }).comparisons.map(({ what, dump, kernel }) => [what, dump, kernel]);
    expect(await rows('VmallocUsed: 40 kB\nPercpu: 0 kB\n')).toEqual([
      ['kernel stacks', 8, 8],
      ['vmalloc and stacks', 8, 10],
      ['percpu', 0, 0],
    ]);
    // Before 5.3 it was 0, before 4.4 the size of areas.
    expect(await rows('VmallocUsed: 0 kB\nPercpu: 0 kB\n')).toHaveLength(2);
    expect(await rows('VmallocUsed: 40 kB\n')).toHaveLength(1);
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
