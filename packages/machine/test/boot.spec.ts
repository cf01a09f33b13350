import { describe, expect, test } from '@jest/globals';
import { bootMachine, type MachineOptions } from '@page-owner/machine';
import { pageExtPages } from '@page-owner/kernel-abi';

const boot = (options: Partial<MachineOptions> = {}) =>
  bootMachine({ memory: '2G', cmdline: 'page_owner=on', ...options });

/** The number of pages that the boot log calls early, all zones together. */
const earlyPages = (log: string): number =>
  [...log.matchAll(/page owner found early allocated (\d+) pages/g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );

const BYTES = 2 ** 31;

describe('early pages of 2 GiB', () => {
  test('Linux 3.19: page_ext takes 13312 pages, the 13343 of its document less 31 others', () => {
    expect(pageExtPages(BYTES, '3.19')).toBe(13312);
    expect(earlyPages(boot({ kernel: '3.19' }).log)).toBe(13312);
    const { log } = boot({
      kernel: '3.19',
      early: (machine) => {
        for (let i = 0; i < 31; i++) machine.alloc(machine.gfp('GFP_KERNEL|__GFP_NOWARN'), 0);
        machine.allocator.drainPcp();
      },
    });
    expect(log).toContain('Node 0, zone    DMA32: page owner found early allocated 13343 pages\n');
  });

  test.each(['3.19', '4.4', '4.9', '5.4', '5.11', '5.15', '6.1', '6.12', 'newest'])(
    'Linux %s: all but a pool of the depot are tables of page_ext',
    (kernel) => {
      const machine = boot({ kernel });
      const { pools } = machine.depot.stats();
      const share = pageExtPages(BYTES, machine.kernel.era);
      expect(machine.log).toContain(`allocated ${share * 4096} bytes of page_ext\n`);
      expect(machine.ext.memoryUsage().tableBytes).toBe(share * 4096);
      const others = earlyPages(machine.log) - share;
      expect(others).toBeGreaterThanOrEqual(0);
      // One pool of four pages, and where per-cpu lists are in use what came with it from the free areas.
      expect(others).toBeLessThanOrEqual(pools === 0 ? 0 : 64);
      expect(machine.allocator.check()).toEqual([]);
    },
  );

  test('Linux 6.12 boots as task 0, 6.1 gets there as task 1', () => {
    for (const [kernel, pid, name] of [
      ['6.12', 0, 'swapper'],
      ['6.1', 1, 'swapper/0'],
    ] as const) {
      const file = boot({ kernel }).owner.open();
      expect(file.next()).toBe(true);
      expect([file.record.pid, file.record.commText, file.record.gfp]).toEqual([pid, name, 0]);
    }
  });
});

describe('page_owner=off', () => {
  test.each(['', 'page_owner=off', 'page_owner=of quiet'])('%j costs nothing', (cmdline) => {
    const machine = boot({ cmdline });
    expect(machine.ext.memoryUsage()).toEqual({ tables: 0, tableBytes: 0, directoryBytes: 0 });
    expect(machine.allocator.hooks).toBeNull();
    expect(machine.log).toContain('page_owner is disabled\n');
    expect(machine.log).not.toMatch(/page_ext|early allocated|hash table/);
    const zones = machine.allocator.zones();
    const free = zones.reduce((pages, zone) => pages + zone.managed, 0);
    expect(machine.allocator.freePageCount).toBe(free);
  });
});

test('equal options, equal machine', () => {
  const run = (seed: number): string => {
    const machine = boot({ seed, memory: '64M' });
    const stack = machine.stack(['a+0x1/0x2', 'b+0x3/0x4 [m]']);
    const blocks: number[] = [];
    for (let i = 0; i < 500; i++) {
      blocks.push(machine.alloc(machine.gfp('GFP_KERNEL'), 0, stack));
      if (machine.random.below(3) === 0)
        machine.free(blocks.splice(machine.random.below(blocks.length), 1)[0]!);
    }
    return machine.log + blocks.join() + machine.clock.ns;
  };
  expect(run(7)).toBe(run(7));
  expect(run(7)).not.toBe(run(8));
});

describe('options that make no machine', () => {
  test.each([
    [
      { memory: 'lots' },
      new RangeError(
        'memory is sizes such as 2G or 1G+1G, or addresses such as 0x1000-0x9efff,0x100000-0x7ffd9fff, got "lots"',
      ),
    ],
    [{ memory: '4M' }, new RangeError('a machine has at least 8M of memory, got "4M"')],
    [{ memory: '99999999T' }, new RangeError('memory ends at 2T at the latest, got "99999999T"')],
    [
      { memory: [{ start: 1, end: 2 ** 40 }] },
      new RangeError('memory ends at 2T at the latest, got pfn 1099511627776'),
    ],
    [{ memory: '1G+100M' }, new RangeError('memory of a node is a multiple of 128M, got "100M"')],
    [{ memory: [] }, new RangeError('a machine needs at least one range of memory')],
    [{ kernel: '2.6.32' }, new RangeError('page_owner begins with Linux 3.19, got "2.6.32"')],
    [{ seed: 0.5 }, new RangeError('a seed is a whole number, got 0.5')],
    [
      { memory: [{ start: 0, end: 400 }] },
      new RangeError('node 0 has 400 pages, too few for the 512 of its memory map'),
    ],
  ])('%j', (options, error) => {
    expect(() => boot({ cmdline: '', ...options })).toThrow(error);
  });
});

describe('a kernel image', () => {
  test('lies in memory; what only the boot needs is freed, and counted as such', () => {
    const machine = boot({ image: true, kernel: '6.12' });
    const { allocator, log, files } = machine;
    const frames = (start: number, end: number): boolean[] =>
      Array.from({ length: end - start }, (_, i) => allocator.isReserved(start + i));
    const kept = Math.ceil((8192 + 1443 + 2256 + 1108 + 2544) / 4);
    expect(frames(0x1000, 0x1000 + kept)).not.toContain(false);
    expect(frames(0x1000 + kept, 0x1000 + kept + (1052 + 1840) / 4)).not.toContain(true);
    expect(frames(0x1, 0x9f)).not.toContain(false);
    expect(log.replaceAll(/^\[[^\]]*\] /gm, '')).toMatch(
      /Freeing initrd memory: 3212K\nFreeing unused kernel image \(initmem\) memory: 1052K\nFreeing unused kernel image \(rodata\/data gap\) memory: 1840K\n$/,
    );
    const managed = allocator.zones().reduce((sum, zone) => sum + zone.managed, 0);
    const stat = (name: string): number =>
      Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(files.text('/proc/vmstat'))![1]);
    let used = 0;
    for (const { kind, order } of allocator.blocks()) if (kind === 'allocated') used += 2 ** order;
    const allocated = stat('pgalloc_dma') + stat('pgalloc_dma32');
    expect(allocated - (stat('pgfree') - managed)).toBe(used);
    // Page owner did not see it freed: it never had an owner.
    expect(machine.owner.hooks).not.toBeNull();
    expect(allocator.check()).toEqual([]);
  });

  test('of one’s own, on two nodes', () => {
    const none = {
      code: 0,
      rwdata: 0,
      rodata: 0,
      init: 0,
      bss: 0,
      gaps: {},
      initrd: 0,
      alternatives: 0,
      percpu: 0,
      other: 0,
    };
    const memory = '256M+256M';
    const total = (image: MachineOptions['image']): number =>
      Number(/MemTotal: +(\d+)/.exec(boot({ memory, image: image! }).files.text('/proc/meminfo'))![1]);
    const hashTables = 512 + 256;
    expect(total(false) - total(none)).toBe(632 + hashTables);
    expect(total(none) - total({ ...none, code: 4000, init: 400, initrd: 1000 })).toBe(4000);
  });

  test('without room, or beside other reserved frames', () => {
    expect(() => boot({ memory: '8M', image: true })).toThrow(
      new RangeError('there is no room for a kernel image of 4609 pages'),
    );
    expect(() => boot({ image: true, reserved: [] })).toThrow(
      new TypeError('a machine has an image or frames that are reserved, not both'),
    );
  });
});
