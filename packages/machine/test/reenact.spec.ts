import { describe, expect, test } from '@jest/globals';
import { parseRecord, records } from '@page-owner/dump-format';
import { parseBoot, reenact, runWorkload, type BootTexts, type Machine } from '@page-owner/machine';
import { bootTexts, readDump, type DUMPS } from './fixtures.js';

const PAGE_OWNER = '/sys/kernel/debug/page_owner';

/** Whether two dumps are the same; if not, the first record that differs. */
function firstDifference(own: Uint8Array, real: Uint8Array): unknown {
  if (Buffer.compare(own, real) === 0) return null;
  const theirs = records(real);
  for (const record of records(own)) expect(record).toEqual(theirs.next().value);
  return 'the real dump has more';
}

describe('a re-enacted dump is the same, byte for byte', () => {
  test.each<[keyof typeof DUMPS, '6.1' | '6.12', number]>([
    ['6.1 t0', '6.1', Infinity],
    ['6.12 t0', '6.12', Infinity],
    ['6.12 t5', '6.12', Infinity], // tasks and groups with hostile names
    ['6.12 t3', '6.12', 24 << 20],
  ])('Linux %s', async (name, version, most) => {
    const real = await readDump(name, most);
    const { machine, misplaced } = reenact(real, bootTexts(version));
    expect(misplaced).toEqual([]);
    expect(firstDifference(machine.files.read(PAGE_OWNER), real)).toBeNull();
    expect(machine.allocator.check()).toEqual([]);
  });

  test('as many pages are early as the log of the boot says, and most of them are page_ext', async () => {
    const boot = bootTexts('6.12');
    const { machine } = reenact(await readDump('6.12 t0'), boot);
    const line = 'Node 0, zone    DMA32: page owner found early allocated 9286 pages\n';
    for (const log of [boot.dmesg, machine.log]) {
      expect(log).toContain(line);
      expect(log).toContain('allocated 37748736 bytes of page_ext\n');
    }
  });

  test('show_stacks has the pages that are not early', async () => {
    const dump = await readDump('6.12 t0');
    const { machine } = reenact(dump, bootTexts('6.12'));
    const shown = machine.files.text('/sys/kernel/debug/page_owner_stacks/show_stacks');
    const pages = [...shown.matchAll(/nr_base_pages: (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
    let expected = 0;
    for (const { order, gfpMask, stack } of records(dump)) {
      if (gfpMask !== 0 || !stack[0]!.startsWith('register_early_stack')) expected += 2 ** order;
    }
    expect(pages).toBe(expected);
  });
});

describe('a machine with what a real boot has allocated', () => {
  const meminfo = ({ files }: Machine, row: string): number =>
    Number(new RegExp(`^${row}: +(\\d+) kB$`, 'm').exec(files.text('/proc/meminfo'))![1]);

  test('counts what its pages are used for as that kernel did, and goes on with work', async () => {
    const { machine } = reenact(await readDump('6.12 t0'), bootTexts('6.12'));
    // What /proc/meminfo said at that moment, kB.
    const real = {
      Shmem: 6452,
      Buffers: 100,
      Slab: 6080,
      AnonPages: 168,
      KernelStack: 712,
      VmallocUsed: 780,
    };
    for (const row of ['Shmem', 'Buffers'] as const)
      expect([row, meminfo(machine, row)]).toEqual([row, real[row]]);
    for (const row of ['Slab', 'AnonPages', 'KernelStack', 'VmallocUsed'] as const) {
      expect(Math.abs(meminfo(machine, row) / real[row] - 1)).toBeLessThan(0.1);
    }
    const stacks = (): Set<string> =>
      new Set([...records(machine.files.read(PAGE_OWNER))].map(({ stack }) => stack.join()));
    const before = stacks();
    expect(before.size).toBeGreaterThan(440);
    const shmem = meminfo(machine, 'Shmem');
    runWorkload(machine, ['leak', 'network', 'slab', 'page-cache'], { seed: 3, seconds: 2, scale: 0.1 });
    const after = stacks();
    expect([...before].filter((stack) => !after.has(stack))).toEqual([]);
    expect(after.size).toBeGreaterThan(before.size + 15);
    expect(meminfo(machine, 'Shmem')).toBe(shmem);
    expect(meminfo(machine, 'Cached')).toBeGreaterThan(10 * shmem);
    expect(machine.allocator.check()).toEqual([]);
  });
});

describe('pages that were freed and migrated', () => {
  const BOOT: BootTexts = {
    dmesg: `[    0.000000] Linux version 6.1.192 (a@b)
[    0.000000]   node   0: [mem 0x0000000000001000-0x000000000009efff]
[    0.000000]   node   0: [mem 0x0000000000100000-0x0000000007ffffff]
[    0.000000] Kernel command line: page_owner=on
`,
  };
  const record = (header: string, pfn: string, end = ''): string =>
    `Page allocated via ${header}\nPFN ${pfn} type Movable Block ${Number.parseInt(pfn) >> 9} type Movable ` +
    `Flags 0x1ffc00000000000(node=0|zone=1|lastcpupid=0x3ff)\n f+0x1/0x2\n${end}\n`;
  const run = (text: string, boot = BOOT): string =>
    reenact(Buffer.from(text), boot).machine.files.text(PAGE_OWNER);

  test('Linux 6.1 shows when a frame was freed before, and for a migrated one the time of its allocation', () => {
    const dump =
      record('order 0, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 900 ns, free_ts 800 ns', '8192') +
      record('order 3, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 700 ns, free_ts 600 ns', '8200') +
      record(
        'order 9, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 500 ns, free_ts 500 ns',
        '8704',
        'Page has been migrated, last migrate reason: compaction\nCharged to offline memcg x\n',
      );
    expect(run(dump)).toBe(dump);
  });

  test('the machine goes on from there', () => {
    const dump = record(
      'order 0, mask 0x8(__GFP_MOVABLE), pid 3, tgid 3 (a), ts 90000000000 ns, free_ts 0 ns',
      '8192',
    );
    const { machine } = reenact(Buffer.from(dump), BOOT);
    const next = machine.tasks.spawn('next');
    machine.runAs(next, () => machine.alloc(machine.gfp('GFP_KERNEL'), 0, machine.stack(['g+0x1/0x2'])));
    expect(machine.files.text(PAGE_OWNER)).toMatch(/pid 4, tgid 4 \(next\), ts 90000\d{6} ns/);
  });

  test('a node without memory', () => {
    const dump = record('order 0, mask 0x8(__GFP_MOVABLE), pid 3, tgid 3 (a), ts 9 ns, free_ts 0 ns', '8192');
    const dmesg = BOOT.dmesg.replaceAll('node   0', 'node   1');
    // The flags word is the dump's, so it goes on saying node 0.
    expect(run(dump, { dmesg })).toBe(dump);
    expect(() => run(dump, { dmesg: BOOT.dmesg.replaceAll('node   0', 'node 4000') })).toThrow(
      new RangeError('there are at most 1024 nodes, got node 4000'),
    );
  });

  test('two owners of one frame: the later one is misplaced', () => {
    const header = (ts: number): string =>
      `order 1, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts ${ts} ns, free_ts 0 ns`;
    const dump = record(header(20), '8192') + record(header(30), '8192') + record(header(10), '99999999');
    const { misplaced } = reenact(Buffer.from(dump), BOOT);
    expect(misplaced.map(({ pfn, ts }) => [pfn, ts])).toEqual([
      [99999999, 10n],
      [8192, 30n],
    ]);
  });

  test.each([
    [{ dmesg: '' }, 'the kernel log has no line "Linux version"'],
    [{ dmesg: 'Linux version 6.1' }, 'the kernel log has no "Early memory node ranges"'],
    [
      { dmesg: BOOT.dmesg.replace('6.1.192', '4.4.0') },
      'a dump of Linux 4.4.0 cannot be re-enacted: its gfp masks are not those of 6.1',
    ],
    [
      { dmesg: BOOT.dmesg.replace('owner=on', 'owner=off') },
      'the boot has no page_owner=on: "page_owner=off"',
    ],
    [
      {
        ...BOOT,
        zoneinfo: 'Node 0, zone      DMA\n        spanned  9\n        present  7\n  start_pfn:           1\n',
      },
      'zoneinfo says that node 0, zone DMA has 7 pages, the kernel log 9',
    ],
  ])('a boot that cannot be: %#', (boot, sentence) => {
    const dump = record('order 0, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 1 ns, free_ts 0 ns', '8192');
    expect(() => run(dump, boot)).toThrow(new RangeError(sentence));
  });

  test('a record without a time is refused', () => {
    const good = record('order 0, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 1 ns, free_ts 0 ns', '8192');
    const old = record('order 0, mask 0x8(__GFP_MOVABLE)', '8193');
    expect(parseRecord(Buffer.from(old))).toBeDefined();
    expect(() => run(good + old)).toThrow(
      'a record of 5.18 or later has mask, pid, tgid, name, time, frame and flags; one of order 0 lacks some',
    );
  });

  test('a dump of another kernel than the boot', () => {
    const newer = record('order 0, mask 0x8(__GFP_MOVABLE), pid 5, tgid 4 (a), ts 1 ns', '0x2000');
    expect(() => run(newer)).toThrow(
      new RangeError('the dump is of Linux 6.7 and later, the boot of Linux 5.18 - 6.4'),
    );
  });
});

test('the memory map of a boot', () => {
  const { kernel, cpus, cmdline, nodes, cma, zones } = parseBoot(bootTexts('6.12'));
  expect({ kernel, cpus, cmdline, nodes, cma }).toEqual({
    kernel: '6.12.117',
    cpus: 2,
    cmdline: 'console=ttyS0 panic=-1 no_timer_check page_owner=on poc=A',
    nodes: [
      {
        ranges: [
          { start: 0x1, end: 0x9f },
          { start: 0x100, end: 0x7ffda },
        ],
      },
    ],
    cma: [{ start: 0x7ec00, end: 0x7fc00 }],
  });
  expect(zones.map(({ zone, present }) => [zone, present])).toEqual([
    ['DMA', 3998],
    ['DMA32', 520154],
    ['Normal', 0],
    ['Movable', 0],
  ]);
});
