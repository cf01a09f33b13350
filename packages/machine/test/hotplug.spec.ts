/** Memory that is plugged in and out of a running machine. */
import { describe, expect, jest, test } from '@jest/globals';
import { PAGEBLOCK_PAGES, SECTION_PAGES } from '@page-owner/buddy-allocator';
import { parseDump, type PageOwnerRecord } from '@page-owner/dump-format';
import { bootMachine, runWorkload, type Machine, type MachineOptions } from '@page-owner/machine';
import { HEAP_TABLES, type TableSource } from '@page-owner/page-ext';

const START = 4 * SECTION_PAGES;
const MAX_PFN = 8 * SECTION_PAGES;
const TABLE_PAGES = 576;
const MEMMAP_PAGES = 512;

const boot = (options: Partial<MachineOptions> = {}): Machine =>
  bootMachine({ memory: '256M', cmdline: 'page_owner=on', maxPfn: MAX_PFN, ...options });

const recordsOf = ({ files }: Machine): readonly PageOwnerRecord[] => {
  const { records, garbage } = parseDump(files.read('/sys/kernel/debug/page_owner'));
  expect(garbage).toEqual([]);
  return records;
};
const value = ({ files }: Machine, file: string, name: string): number =>
  Number(new RegExp(`^${name}:? +(\\d+)`, 'm').exec(files.text(`/proc/${file}`))![1]);
const zoneOf = ({ allocator }: Machine, name: string) => allocator.zones().find(({ zone }) => zone === name)!;

/** Everything that plugging in and out again must leave as it was. */
const state = (machine: Machine): unknown => [
  machine.ext.memoryUsage(),
  value(machine, 'meminfo', 'MemTotal'),
  value(machine, 'vmstat', 'nr_memmap_pages'),
  machine.allocator.zones().map(({ zone, present, managed, spanned }) => [zone, present, managed, spanned]),
  recordsOf(machine).map(({ pfn, order, tsNs }) => [pfn, order, tsNs]),
];

describe('memory plugged in', () => {
  const machine = boot();
  const { log } = machine;
  const total = value(machine, 'meminfo', 'MemTotal');
  machine.addMemory(START, 2);

  test('is there: zone, files, struct pages, tables of page_ext, a line in the log', () => {
    expect(zoneOf(machine, 'Normal')).toMatchObject({
      ...{ present: 2 * SECTION_PAGES, startPfn: START, spanned: 2 * SECTION_PAGES },
    });
    expect(value(machine, 'meminfo', 'MemTotal')).toBe(total + 2 * 131072);
    expect(machine.ext.memoryUsage().tables).toBe(4);
    expect(value(machine, 'vmstat', 'nr_memmap_pages')).toBe(4 * TABLE_PAGES + 2 * MEMMAP_PAGES);
    expect(machine.log.slice(log.length)).toMatch(
      /^\[ +\d+\.\d{6}\] Built 1 zonelists, mobility grouping on. {2}Total pages: \d+\n$/,
    );
    const pagetypeinfo = machine.files.text('/proc/pagetypeinfo').split('Number of mixed blocks')[0]!;
    expect(pagetypeinfo).toMatch(/^Node 0, zone {3}Normal +0 +128 /m);
    expect(machine.allocator.check()).toEqual([]);
  });

  test('nothing in it has an owner; what describes it has', () => {
    const records = recordsOf(machine);
    expect(records.filter(({ pfn }) => pfn! >= START)).toEqual([]);
    const by = (name: string): number =>
      records
        .filter(({ stack }) => stack.some((frame) => frame.startsWith(`${name}+`)))
        .reduce((pages, { order }) => pages + 2 ** order, 0);
    expect(by('vmemmap_alloc_block')).toBe(2 * MEMMAP_PAGES);
    expect(by('online_pages')).toBe(2 * TABLE_PAGES);
  });

  test('pages in it get owners, and lose them', () => {
    const stack = machine.stack(['f+0x1/0x2']);
    const pfn = machine.alloc(machine.gfp('GFP_HIGHUSER_MOVABLE'), 3, stack);
    expect(pfn).toBeGreaterThanOrEqual(START);
    const own = (): PageOwnerRecord[] => recordsOf(machine).filter((record) => record.pfn === pfn);
    expect(own()).toMatchObject([{ order: 3, stack: expect.arrayContaining(['f+0x1/0x2']) }]);
    const file = machine.files.open('/sys/kernel/debug/page_owner');
    file.seek(pfn, 'SET');
    const into = new Uint8Array(4096);
    const count = file.read(into) as number;
    expect(new TextDecoder().decode(into.subarray(0, count))).toContain(`PFN 0x${pfn.toString(16)} `);
    machine.free(pfn, 3);
    expect(own()).toEqual([]);
  });

  test('counts in vmstat', () => {
    const stat = (name: string): number => value(machine, 'vmstat', name);
    const used = machine.allocator
      .zones()
      .reduce(
        (sum, zone) => sum + zone.managed - zone.free - zone.pagesets.reduce((n, { count }) => n + count, 0),
        0,
      );
    const given = machine.allocator.zones().reduce((sum, { managed }) => sum + managed, 0);
    const allocated = ['dma', 'dma32', 'normal', 'movable'].reduce(
      (sum, zone) => sum + stat(`pgalloc_${zone}`),
      0,
    );
    expect(allocated - (stat('pgfree') - given)).toBe(used);
  });
});

test('in and out again leaves everything as it was, page_ext returned', () => {
  const machine = boot();
  machine.addMemory(START);
  machine.removeMemory(START);
  // The list of stacks has grown by those of plugging in.
  const before = state(machine);
  machine.addMemory(START, 3, { zone: 'Movable' });
  expect(zoneOf(machine, 'Movable').present).toBe(3 * SECTION_PAGES);
  machine.removeMemory(START, 3);
  expect(state(machine)).toEqual(before);
  expect(machine.allocator.check()).toEqual([]);
  machine.addMemory(START);
  machine.removeMemory(START);
  expect(state(machine)).toEqual(before);
});

test('without page_owner only struct pages are taken', () => {
  const machine = boot({ cmdline: '' });
  const free = (): number => {
    machine.allocator.drainPcp();
    return machine.allocator.freePageCount;
  };
  const before = free();
  machine.addMemory(START);
  expect(free()).toBe(before + SECTION_PAGES - MEMMAP_PAGES);
  machine.removeMemory(START);
  expect(free()).toBe(before);
});

test('any number of sections, one by one', () => {
  const SECTIONS = 70;
  const machine = boot({ cmdline: '', maxPfn: START + SECTIONS * SECTION_PAGES });
  const total = value(machine, 'meminfo', 'MemTotal');
  for (let section = 0; section < SECTIONS; section++) machine.addMemory(START + section * SECTION_PAGES);
  expect(value(machine, 'meminfo', 'MemTotal')).toBe(total + SECTIONS * 131072);
  expect(machine.allocator.check()).toEqual([]);
});

test('pages in use move out with their owners, if they can', () => {
  const machine = boot();
  machine.addMemory(START, 1, { zone: 'Movable' });
  runWorkload(machine, 'hogger', { seed: 1, seconds: 1, scale: 0.2 });
  const inside = (): number => recordsOf(machine).filter(({ pfn }) => pfn! >= START).length;
  const heap = (): number =>
    recordsOf(machine).filter(({ stack }) => stack.join().includes('do_anonymous_page')).length;
  const [there, all] = [inside(), heap()];
  expect(there).toBeGreaterThan(1000);
  machine.removeMemory(START);
  expect([inside(), heap()]).toEqual([0, all]);
  const moved = recordsOf(machine).filter(({ migrateReason }) => migrateReason === 'memory_hotplug');
  expect(moved).toHaveLength(there);
  expect(value(machine, 'vmstat', 'pgmigrate_success')).toBe(there);
});

describe('what cannot be', () => {
  test('a mover that throws: what it throws comes through, and sections removed before come back', () => {
    const machine = boot();
    machine.addMemory(START, 2);
    expect(machine.allocator.allocAt(START + SECTION_PAGES, 0, machine.gfp('GFP_HIGHUSER_MOVABLE'))).toBe(
      true,
    );
    machine.mover = {
      move: () => {
        throw new Error('out of order');
      },
    };
    const before = state(machine);
    expect(() => machine.removeMemory(START, 2)).toThrow('out of order');
    expect(state(machine)).toEqual(before);
    expect(machine.allocator.check()).toEqual([]);
    machine.mover = { move: () => true };
    machine.removeMemory(START, 2);
    expect(machine.allocator.check()).toEqual([]);
  });

  test('a page that cannot move keeps its section, and those removed before come back', () => {
    const machine = boot();
    machine.addMemory(START, 2);
    const stack = machine.stack(['driver+0x1/0x2']);
    let pfn = 0;
    const taken: number[] = [];
    while (pfn < START + SECTION_PAGES) {
      pfn = machine.alloc(machine.gfp('GFP_KERNEL'), 9, stack);
      taken.push(pfn);
    }
    for (const other of taken.slice(0, -1)) machine.free(other, 9);
    const before = state(machine);
    expect(() => machine.removeMemory(START, 2)).toThrow(
      new Error(
        `cannot remove the section at pfn ${START + SECTION_PAGES}: pfn ${pfn} is in use and cannot be moved`,
      ),
    );
    const records = recordsOf(machine).filter(({ stack }) => !stack.join().includes('add_memory_resource'));
    expect(records.filter((record) => record.pfn! >= START).map((record) => record.pfn)).toEqual([pfn]);
    expect(machine.ext.memoryUsage()).toEqual((before as unknown[])[0]);
    expect(value(machine, 'meminfo', 'MemTotal')).toBe((before as unknown[])[1]);
    machine.free(pfn, 9);
    machine.removeMemory(START, 2);
  });

  test('a section that the allocator refuses: nothing has changed', () => {
    const machine = boot();
    machine.addMemory(START + 3 * SECTION_PAGES);
    const { allocator } = machine;
    const free = (): number => {
      allocator.drainPcp();
      return allocator.freePageCount;
    };
    const add = allocator.addSection.bind(allocator);
    const refusing = jest.spyOn(allocator, 'addSection').mockImplementation((start, node, zone) => {
      if (start === START + 2 * SECTION_PAGES) throw new Error('refused');
      add(start, node, zone);
    });
    const before = [state(machine), free()];
    expect(() => machine.addMemory(START, 3)).toThrow(new Error('refused'));
    expect([state(machine), free()]).toEqual(before);
    expect(machine.pluggedMemmapPages).toBe(MEMMAP_PAGES);
    expect(allocator.check()).toEqual([]);
    refusing.mockRestore();
    machine.addMemory(START, 3);
    machine.removeMemory(START, 3);
    expect(allocator.check()).toEqual([]);
  });

  test('no memory for what describes it: nothing has changed', () => {
    const machine = boot({ memory: '64M' });
    const mask = machine.gfp('GFP_KERNEL');
    const taken: number[] = [];
    for (let pfn = machine.alloc(mask, 4); pfn >= 0; pfn = machine.alloc(mask, 4)) taken.push(pfn);
    // Room for the struct pages, none for the table.
    for (let pages = 0; pages < MEMMAP_PAGES + 64; pages += 16) machine.free(taken.pop()!, 4);
    const before = state(machine);
    expect(() => machine.addMemory(START)).toThrow(
      new Error(`cannot add memory at pfn ${START}: there is none for its struct pages and page_ext`),
    );
    expect(machine.log).toContain('page ext allocation failure\n');
    expect(state(machine)).toEqual(before);
  });

  test('tables of one’s own whose source throws: nothing has changed', () => {
    let broken = false;
    const tables = (): TableSource => ({
      ...HEAP_TABLES,
      allocate: (bytes, node) => {
        if (broken) throw new Error('out of order');
        return HEAP_TABLES.allocate(bytes, node);
      },
    });
    const machine = boot({ parts: { tables } });
    // The tracker takes a page when it meets these stacks.
    machine.addMemory(START);
    machine.removeMemory(START);
    const [before, free] = [state(machine), machine.allocator.freePageCount];
    broken = true;
    expect(() => machine.addMemory(START)).toThrow('out of order');
    expect([state(machine), machine.allocator.freePageCount]).toEqual([before, free]);
  });

  test.each([
    [
      () => boot().addMemory(START + PAGEBLOCK_PAGES),
      /^memory is plugged in at a multiple of 32768 .*got 1 sections from pfn 131584$/,
    ],
    [
      () => boot().addMemory(MAX_PFN),
      /below the option maxPfn, here 262144, got 1 sections from pfn 262144$/,
    ],
    [() => boot({ maxPfn: 2 * SECTION_PAGES }).addMemory(2 * SECTION_PAGES), /here 65536/],
    [() => boot().addMemory(START, 0), /^memory is plugged in and out by whole sections, at least 1, got 0$/],
    [
      () => boot().addMemory(START, 1, { zone: 'DMA' as 'Normal' }),
      /^memory is plugged into zone Normal or Movable, got "DMA"$/,
    ],
    [() => boot().addMemory(START, 1, { node: 3 }), /^no node 3$/],
    [() => boot().addMemory(SECTION_PAGES), /^cannot add memory at pfn 32768: there is some at pfn 32768$/],
    [() => boot().removeMemory(0), /^cannot remove the section at pfn 0: it was not plugged in$/],
  ])('%#', (deed, sentence) => {
    expect(deed).toThrow(sentence);
  });
});
