import { describe, expect, test } from '@jest/globals';
import { bootMachine, type Machine } from '@page-owner/machine';
import { readFixture } from './fixtures.js';

const DEBUG = '/sys/kernel/debug';
const boot = (kernel = '6.12', cmdline = 'page_owner=on'): Machine =>
  bootMachine({ memory: '128M', kernel, cmdline, cpus: 2 });

/** A machine on which a reader has some pages, and somebody leaks. */
function busy(kernel = '6.12'): Machine {
  const machine = boot(kernel);
  const read = machine.stack(['__filemap_get_folio+0x18e/0x2d0', 'xfs_read+0xe6/0x1d0 [xfs]']);
  const leak = machine.stack(['leaky_alloc_buffers+0x10/0x20 [leaky]']);
  const cached = machine.note({
    flags: 'uptodate|lru|active',
    memcg: { kind: 'charged', name: 'jobA', viaObjcg: false, offline: false },
  });
  const slab = machine.note({ memcg: { kind: 'slab' } });
  machine.runAs(machine.tasks.spawn('dd'), () => {
    for (let i = 0; i < 10; i++) machine.alloc(machine.gfp('GFP_HIGHUSER_MOVABLE'), 0, read, cached);
  });
  machine.runAs(machine.tasks.spawn('leaker'), () => {
    for (let i = 0; i < 5; i++) machine.alloc(machine.gfp('GFP_KERNEL|__GFP_COMP'), 2, leak, slab);
    machine.alloc(machine.gfp('GFP_KERNEL|__GFP_COMP|__GFP_RECLAIMABLE'), 1, leak, slab);
  });
  return machine;
}

/** What is left of a text when numbers are gone. */
const shape = (text: string): string => text.replaceAll(/ +-?\d+/g, ' N');
const valuesOf = (text: string): Record<string, number> =>
  Object.fromEntries(
    [...text.matchAll(/^([\w()]+):? +(\d+)/gm)].map(([, name, value]) => [name!, Number(value)]),
  );

describe('which files there are', () => {
  const paths = (machine: Machine): string[] =>
    machine.files.paths.map((path) => `${machine.files.mode(path).toString(8)} ${path}`);
  const ALWAYS = [
    ...['444 /proc/cmdline', '444 /proc/buddyinfo', '400 /proc/pagetypeinfo', '444 /proc/zoneinfo'],
    ...[
      '444 /proc/meminfo',
      '444 /proc/vmstat',
      '200 /proc/sys/vm/drop_caches',
      '200 /proc/sys/vm/compact_memory',
    ],
    ...[`444 ${DEBUG}/extfrag/unusable_index`, `444 ${DEBUG}/extfrag/extfrag_index`],
  ];
  const STATS = `444 ${DEBUG}/stackdepot/stats`;

  test('with page_owner', () => {
    expect(paths(boot('6.1'))).toEqual([...ALWAYS, `400 ${DEBUG}/page_owner`]);
    expect(paths(boot())).toEqual([
      ...ALWAYS,
      STATS,
      `400 ${DEBUG}/page_owner`,
      `400 ${DEBUG}/page_owner_stacks/show_stacks`,
      `600 ${DEBUG}/page_owner_stacks/count_threshold`,
    ]);
    expect(paths(boot('newest')).slice(-5)).toEqual([
      `600 ${DEBUG}/page_owner`,
      `400 ${DEBUG}/page_owner_stacks/show_stacks`,
      `400 ${DEBUG}/page_owner_stacks/show_handles`,
      `400 ${DEBUG}/page_owner_stacks/show_stacks_handles`,
      `600 ${DEBUG}/page_owner_stacks/count_threshold`,
    ]);
  });

  test('without', () => {
    const machine = boot('6.12', '');
    expect(paths(machine)).toEqual([...ALWAYS, STATS]);
    expect(() => machine.files.open(`${DEBUG}/page_owner`)).toThrow(
      new Error(`no such file: ${DEBUG}/page_owner`),
    );
    expect(machine.files.text(`${DEBUG}/stackdepot/stats`)).toContain('persistent_count: 0\n');
    expect(machine.files.text('/proc/pagetypeinfo')).not.toContain('mixed');
  });
});

describe('debugfs page_owner', () => {
  test('one record a read; lseek to a frame; a small buffer loses the record', () => {
    const machine = busy();
    const into = new Uint8Array(4096);
    const file = machine.files.open(`${DEBUG}/page_owner`);
    const records: string[] = [];
    for (let count = file.read(into); count !== 0; count = file.read(into)) {
      records.push(new TextDecoder().decode(into.subarray(0, count as number)));
    }
    expect(records.join('')).toBe(machine.files.text(`${DEBUG}/page_owner`));
    const ofDd = records.filter((text) => text.includes('(dd)') && text.includes('jobA'));
    expect(ofDd).toHaveLength(10);
    const pfn = Number(/PFN (\w+)/.exec(ofDd[3]!)![1]);
    expect(file.seek(pfn, 'SET')).toBe(pfn);
    expect(file.read(into.subarray(0, 128))).toBe('ENOMEM');
    expect(file.seek(0, 'CUR')).toBe(pfn + 1);
    expect(file.seek(0, 'END')).toBe('EINVAL');
    expect(file.write('mode=handle')).toBe('EINVAL');
    expect(ofDd[0]).toMatch(
      /^Page allocated via order 0, mask 0x100cca\(GFP_HIGHUSER_MOVABLE\), pid 3, tgid 3 \(dd\), ts \d+ ns\nPFN 0x[0-9a-f]+ type Movable Block \d+ type Movable Flags 0xfffffc0000128\(uptodate\|lru\|active\|node=0\|zone=1\|lastcpupid=0x1fffff\)\n __filemap_get_folio\+0x18e\/0x2d0\n xfs_read\+0xe6\/0x1d0 \[xfs\]\nCharged to memcg jobA\n\n$/,
    );
  });

  test('print modes and filters of the development tree', () => {
    const machine = busy('newest');
    const file = machine.files.open(`${DEBUG}/page_owner`);
    expect(file.write('mode=handle tgid=4')).toBe(18);
    const into = new Uint8Array(4096);
    let text = '';
    for (let count = file.read(into); count !== 0; count = file.read(into)) {
      text += new TextDecoder().decode(into.subarray(0, count as number));
    }
    expect(text.match(/^Page allocated.*\(leaker\)/gm)).toHaveLength(6);
    expect(text.match(/^handle: \d+$/gm)).toHaveLength(6);
    expect(text).not.toContain('leaky_alloc_buffers');
    const handles = machine.files.text(`${DEBUG}/page_owner_stacks/show_stacks_handles`);
    expect(handles).toContain(` leaky_alloc_buffers+0x10/0x20 [leaky]\n${/^handle: \d+$/m.exec(text)![0]}\n`);
  });

  test('show_stacks and its threshold', () => {
    const { files } = busy();
    const path = `${DEBUG}/page_owner_stacks/count_threshold`;
    const leak = ' leaky_alloc_buffers+0x10/0x20 [leaky]\nnr_base_pages: 22\n\n';
    expect(files.text(`${DEBUG}/page_owner_stacks/show_stacks`)).toContain(leak);
    expect(files.text(path)).toBe('0');
    expect(files.write(path, '11\n')).toBe(3);
    expect(files.open(path).write('many')).toBe('EINVAL');
    expect(files.text(`${DEBUG}/page_owner_stacks/show_stacks`)).toBe(leak);
  });
});

describe.each(['6.1', '6.12'] as const)('texts of Linux %s', (kernel) => {
  const { files, allocator } = busy(kernel);

  test('meminfo and vmstat have the rows of a real one', () => {
    expect(shape(files.text('/proc/meminfo'))).toBe(shape(readFixture(`meminfo-${kernel}.txt`)));
    expect(shape(files.text('/proc/vmstat'))).toBe(shape(readFixture(`vmstat-${kernel}.txt`)));
  });

  test('counters agree with the allocator and with what pages are', () => {
    const meminfo = valuesOf(files.text('/proc/meminfo'));
    const vmstat = valuesOf(files.text('/proc/vmstat'));
    const zoneinfo = files.text('/proc/zoneinfo');
    const waiting = allocator.zones().flatMap(({ pagesets }) => pagesets.map(({ count }) => count));
    const free = allocator.freePageCount - waiting.reduce((sum, count) => sum + count, 0);
    expect(meminfo['MemFree']).toBe(4 * free);
    expect(vmstat['nr_free_pages']).toBe(free);
    expect(vmstat['nr_active_file']).toBe(10);
    expect(zoneinfo).toContain('nr_active_file 10\n');
    expect([meminfo['Slab'], meminfo['SReclaimable'], meminfo['Active(file)']]).toEqual([88, 8, 40]);
    expect(meminfo['MemAvailable']).toBeLessThan(meminfo['MemFree']!);
    if (kernel === '6.12') {
      // Every page of page_ext, and the struct pages of one section.
      expect([vmstat['nr_memmap_pages'], vmstat['nr_memmap_boot_pages']]).toEqual([576, 512]);
    }
  });

  test('pagetypeinfo ends with the mixed pageblocks', () => {
    const machine = boot(kernel);
    const kernelPage = machine.gfp('GFP_KERNEL');
    const mixed = (): string => machine.files.text('/proc/pagetypeinfo').split('Number of mixed blocks')[1]!;
    const before = mixed();
    expect(before).toMatch(/zone {4}DMA32 +0 +0 +0 /);
    // Two pages that cannot be moved in one pageblock of movable ones, and one in another.
    for (const pfn of [0x5000, 0x5001, 0x6000]) {
      expect(machine.allocator.allocAt(pfn, 0, kernelPage)).toBe(true);
    }
    expect(mixed()).toMatch(/zone {4}DMA32 +0 +2 +0 /);
  });

  test('a text is made anew after lseek to 0', () => {
    const machine = boot(kernel);
    const file = machine.files.open('/proc/meminfo');
    const into = new Uint8Array(64);
    file.read(into);
    const before = new TextDecoder().decode(into);
    machine.alloc(machine.gfp('GFP_KERNEL'), 4);
    expect(file.seek(0, 'SET')).toBe(0);
    expect(file.seek(-1, 'SET')).toBe('EINVAL');
    file.read(into);
    expect(new TextDecoder().decode(into)).not.toBe(before);
    expect(file.write('0')).toBe('EINVAL');
  });
});
