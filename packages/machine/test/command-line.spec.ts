/** What the kernel command line says of memory, and what the log says of the rest. */
import { describe, expect, test } from '@jest/globals';
import { migratetypeNumber } from '@page-owner/kernel-abi';
import { bootMachine, parseBoot, reenact, type Machine, type MachineOptions } from '@page-owner/machine';

const boot = (cmdline: string, options: Partial<MachineOptions> = {}): Machine =>
  bootMachine({ memory: '1G', cmdline, ...options });
/** Lines of the log without times. */
const logOf = ({ log }: Machine): string => log.replaceAll(/^\[[^\]]*\] /gm, '');
const presentOf = ({ allocator }: Machine): number =>
  allocator.zones().reduce((sum, { present }) => sum + present, 0);
const FULL = presentOf(boot(''));

describe('mem=', () => {
  test.each([
    ['mem=512M', 2 ** 17],
    ['mem=0x20000000', 2 ** 17],
    ['mem=04000000000', 2 ** 17],
    ['mem=524288k', 2 ** 17],
    ['mem=600M mem=512M', 2 ** 17],
    ['mem=8G', Infinity],
  ])('%s', (cmdline, end) => {
    const machine = boot(cmdline);
    // Frame 0, and the 97 of the BIOS.
    const expected = end === Infinity ? FULL : end - 98;
    expect(presentOf(machine)).toBe(expected);
    expect(logOf(machine)).toMatch(/^e820: remove \[mem 0x[0-9a-f]{8,}-0xfffffffffffffffe\] usable$/m);
    expect(logOf(machine)).toContain(
      'e820: user-defined physical RAM map:\nuser: [mem 0x0000000000001000-0x000000000009efff] usable\n',
    );
    expect(machine.files.text('/proc/cmdline')).toBe(`${cmdline}\n`);
  });

  test('takes a node away, and with it what describes its memory', () => {
    const machine = boot('mem=512M page_owner=on', { memory: '512M+512M' });
    expect(machine.allocator.zones().filter(({ node, present }) => node === 1 && present > 0)).toEqual([]);
    expect(machine.ext.memoryUsage().tables).toBe(4);
    expect(machine.allocator.check()).toEqual([]);
  });

  test.each(['mem=', 'mem', 'mem=lots', 'mem=0'])('%s is none', (cmdline) => {
    const machine = boot(cmdline);
    expect(logOf(machine)).toContain("\nMalformed early option 'mem'\n");
    expect(presentOf(machine)).toBe(FULL);
  });

  test('nothing left', () => {
    expect(() => boot('mem=1K')).toThrow(new RangeError('"mem=1K": mem= leaves no memory'));
    expect(() => boot('mem=2M')).toThrow(/^node 0 has \d+ pages, too few for the 512 of its memory map$/);
  });
});

describe('cma=', () => {
  const cmaOf = (machine: Machine): { mib: number; start: number } | undefined => {
    const [, mib, start] =
      /^cma: Reserved (\d+) MiB at 0x([0-9a-f]{16}) on node -1$/m.exec(logOf(machine)) ?? [];
    return mib === undefined ? undefined : { mib: Number(mib), start: parseInt(start!, 16) / 4096 };
  };

  test.each([
    ['cma=16M', 16, 0x3ee00],
    ['cma=15M', 16, 0x3ee00],
    ['cma=16M@256M', 16, 0x10000],
    ['cma=16M@256M-512M', 16, 0x1f000],
    ['cma=0x1000000@0x10000000', 16, 0x10000],
  ])('%s', (cmdline, mib, start) => {
    const machine = boot(cmdline);
    expect(cmaOf(machine)).toEqual({ mib, start });
    const { allocator, files } = machine;
    expect(allocator.pageblockType(start)).toBe(migratetypeNumber('CMA', '6.12'));
    expect(allocator.pageblockType(start - 1)).not.toBe(migratetypeNumber('CMA', '6.12'));
    expect(files.text('/proc/meminfo')).toMatch(
      new RegExp(`^CmaTotal: +${mib * 1024} kB\nCmaFree: +${mib * 1024} kB$`, 'm'),
    );
    expect(machine.log).toContain(`${mib * 1024}K cma-reserved)`);
    expect(allocator.check()).toEqual([]);
    // A boot can be read back from the log.
    expect(parseBoot({ dmesg: machine.log, zoneinfo: files.text('/proc/zoneinfo') }).cma).toEqual([
      { start, end: start + mib * 256 },
    ]);
  });

  test('from 4 GiB up, as on the real machine', () => {
    expect(cmaOf(boot('cma=16M', { memory: '4G' }))).toEqual({ mib: 16, start: 0x100000 });
  });

  test.each([
    ['6.12', 'cma: Reserved 16 MiB at 0x000000007ec00000 on node -1\n'],
    ['6.1', 'cma: Reserved 16 MiB at 0x000000007ee00000\n'],
  ])('below the RAM disk of Linux %s, as on the real machine', (kernel, line) => {
    expect(logOf(boot('cma=16M', { memory: '2G', kernel, image: true }))).toContain(line);
  });

  test('the option wins; 6.1 names no node', () => {
    const cma = [{ start: 0x4000, end: 0x4400 }];
    const machine = boot('cma=64M', { cma, kernel: '6.1' });
    expect(logOf(machine)).toContain('\ncma: Reserved 4 MiB at 0x0000000004000000\n');
    expect(machine.files.text('/proc/meminfo')).toContain('CmaTotal:           4096 kB\n');
  });

  test.each([
    ['cma=0', /^(?![^]*cma: )/],
    ['cma', /^cma: Config string not provided\nMalformed early option 'cma'$/m],
    ['cma=2G', /^cma: Failed to reserve 2048 MiB on node -1$/m],
    ['cma=16M@8G', /^cma: Failed to reserve 16 MiB on node -1$/m],
  ])('%s reserves nothing', (cmdline, line) => {
    const machine = boot(cmdline);
    expect(logOf(machine)).toMatch(line);
    expect(machine.files.text('/proc/meminfo')).toContain('CmaTotal:              0 kB\n');
  });
});

test.each(['6.1', '6.12'])('Linux %s: an area in which zone Movable begins is not activated', (kernel) => {
  const machine = boot('kernelcore=50% cma=32M', { memory: '256M+128M', kernel });
  expect(logOf(machine)).toContain('\ncma: Reserved 32 MiB at 0x');
  expect(logOf(machine)).toContain('\ncma: CMA area reserved could not be activated\n');
  expect(machine.files.text('/proc/meminfo')).toContain('CmaTotal:              0 kB\n');
  expect(presentOf(machine)).toBe(presentOf(boot('', { memory: '256M+128M' })));
  expect(machine.allocator.check()).toEqual([]);
  const zoneinfo = machine.files.text('/proc/zoneinfo');
  expect(parseBoot({ dmesg: machine.log, zoneinfo }).cma).toEqual([]);
});

describe('zone Movable', () => {
  const movableOf = (cmdline: string, memory = '1G'): number[] => {
    const zones = boot(cmdline, { memory }).allocator.zones();
    return zones.filter(({ zone }) => zone === 'Movable').map(({ present }) => present);
  };

  test.each([
    ['movablecore=512M', 512],
    ['movablecore=50%', 512],
    ['kernelcore=512M', 512],
    ['kernelcore=25%', 768],
    ['movablecore=256M kernelcore=512M', 256],
  ])('%s of 1 GiB: Movable to within 5 MiB', (cmdline, mib) => {
    const [pages] = movableOf(cmdline);
    expect(Math.abs(pages! - mib * 256)).toBeLessThanOrEqual(1280);
  });

  test('two nodes share; what lies below the highest zone is the kernel’s', () => {
    const shared = movableOf('movablecore=512M', '512M+512M');
    for (const pages of shared) expect(Math.abs(pages - 256 * 256)).toBeLessThanOrEqual(1280);
    // 3 GiB lie below 4 GiB, in zone DMA32: the kernel's 4 GiB are these and one more, of the 3 above.
    const [movable] = movableOf('kernelcore=4G', '6G');
    expect(Math.abs(movable! - 2 * 2 ** 18)).toBeLessThanOrEqual(1280);
  });

  test.each([
    ['kernelcore=2G', /^Movable zone start for each node\nEarly/m],
    ['kernelcore', /^Malformed early option 'kernelcore'$/m],
    ['kernelcore=mirror', /^The system has no mirrored memory, ignore kernelcore=mirror\.$/m],
  ])('%s makes none', (cmdline, line) => {
    expect(movableOf(cmdline)).toEqual([0]);
    expect(logOf(boot(cmdline))).toMatch(line);
  });

  test('the log says where it begins', () => {
    expect(logOf(boot('movablecore=512M'))).toMatch(
      /^Movable zone start for each node\n {2}Node 0: 0x00000000(1f|20)[0-9a-f]{6}\n/m,
    );
  });
});

describe('hugepages=', () => {
  const info = ({ files }: Machine, row: string): number =>
    Number(new RegExp(`^${row}: +(\\d+)`, 'm').exec(files.text('/proc/meminfo'))![1]);

  test('are taken from all nodes in turn, and have an owner', () => {
    const machine = boot('page_owner=on hugepages=65', { memory: '512M+512M' });
    expect(['HugePages_Total', 'HugePages_Free', 'Hugetlb'].map((row) => info(machine, row))).toEqual([
      ...[65, 65],
      65 * 2048,
    ]);
    const zones = machine.allocator.zones();
    const byNode = [0, 0];
    for (const { pfn, order, kind } of machine.allocator.blocks()) {
      if (kind === 'allocated' && order === 9) byNode[zones[machine.allocator.zoneIndexOf(pfn)]!.node]!++;
    }
    expect(byNode).toEqual([33, 32]);
    expect(logOf(machine)).toMatch(/^HugeTLB: registered 2\.00 MiB page size, pre-allocated 65 pages$/m);
    expect(machine.files.text('/proc/vmstat')).toContain('htlb_buddy_alloc_success 65\n');
    expect(machine.files.text('/sys/kernel/debug/page_owner').match(/hugetlb_init/g)).toHaveLength(65);
  });

  test('a re-enactment has them from its dump, once', () => {
    const machine = boot('page_owner=on hugepages=8 movablecore=256M', { memory: '512M' });
    const dump = machine.files.read('/sys/kernel/debug/page_owner');
    const again = reenact(dump, { dmesg: machine.log, zoneinfo: machine.files.text('/proc/zoneinfo') });
    expect(again.misplaced).toEqual([]);
    expect(again.machine.files.text('/sys/kernel/debug/page_owner')).toBe(new TextDecoder().decode(dump));
  });

  test('more than there is room for, and no number', () => {
    const machine = boot('hugepages=1000');
    const pages = info(machine, 'HugePages_Total');
    expect(pages).toBeGreaterThan(450);
    expect(logOf(machine)).toContain(
      `HugeTLB: allocating 1000 of page size 2.00 MiB failed.  Only allocated ${pages} hugepages.\n`,
    );
    const few = boot('hugepages=0:3,1:1000', { memory: '512M+512M' });
    const ofNode1 = few.hugetlbPages - 3;
    expect(logOf(few)).toContain(
      `HugeTLB: allocating 1000 of page size 2.00 MiB node1 failed.  Only allocated ${ofNode1} hugepages.\n`,
    );
    expect(logOf(few)).toContain(`pre-allocated ${few.hugetlbPages} pages\n`);
    const huge = [...few.allocator.blocks()].filter(({ kind, order }) => kind === 'allocated' && order === 9);
    expect(huge.filter(({ pfn }) => few.allocator.zoneOf(pfn)!.node === 0)).toHaveLength(3);
    expect(ofNode1).toBeGreaterThan(200);
    for (const [text, wrong] of [
      ['0:1,7:2', '7:2'],
      ['0:x', 'x'],
      ['0:1,5', '5'],
    ]) {
      const refused = boot(`hugepages=${text}`, { memory: '512M+512M' });
      expect(logOf(refused)).toContain(`HugeTLB: Invalid hugepages parameter ${wrong}\n`);
      expect(refused.hugetlbPages).toBe(0);
    }
    expect(boot('hugepages=1:4', { memory: '512M+512M', kernel: '5.15' }).hugetlbPages).toBe(1);
    expect(logOf(boot('hugepages=many'))).toContain('HugeTLB: Invalid hugepages parameter many\n');
  });
});

describe('parameters nobody knows', () => {
  const unknown = (cmdline: string, kernel = '6.12'): string | undefined =>
    /^Unknown kernel command line parameters "(.*)", will be passed to user space\.$/m.exec(
      logOf(boot(cmdline, { kernel })),
    )?.[1];

  test.each([
    // As a real boot of 6.12.117 said.
    ['console=ttyS0 panic=-1 no_timer_check page_owner=on poc=A', 'poc=A'],
    ['foo=1 bar baz=2 foo=3 single', 'bar single foo=3 baz=2'],
    ['root=/dev/vda ro quiet virtio_blk.queues=2 print-fatal-signals=1', undefined],
    ['quiet -- foo', undefined],
    ['', undefined],
  ])('%j', (cmdline, expected) => {
    expect(unknown(cmdline)).toBe(expected);
  });

  test('before 5.14 nobody said so', () => {
    expect(unknown('foo', '5.10')).toBeUndefined();
    expect(unknown('foo', '5.14')).toBe('foo');
  });
});

describe('cgroup_disable=', () => {
  const lines = (cmdline: string, kernel = '6.12'): string[] =>
    [...bootMachine({ memory: '64M', cmdline, kernel }).log.matchAll(/\] (.*Disabling .*)$/gm)].map(
      ([, line]) => line!,
    );

  test('each controller once for each time it is named, by either of its names; no others', () => {
    expect(lines('cgroup_disable=memory,blkio,nonsense cgroup_disable=pids')).toEqual([
      'cgroup: Disabling memory control group subsystem',
      'cgroup: Disabling io control group subsystem',
      'cgroup: Disabling pids control group subsystem',
    ]);
    expect(lines('cgroup_disable cgroup_disable=')).toEqual([]);
    expect(lines('cgroup_disable=memory', '4.19')).toEqual(['Disabling memory control group subsystem']);
  });

  test('only memory switches the charges off', () => {
    const disabled = (cmdline: string): boolean => bootMachine({ memory: '64M', cmdline }).memcgDisabled;
    expect(['', 'cgroup_disable=io', 'cgroup_disable=io,memory'].map(disabled)).toEqual([false, false, true]);
  });
});

test('VmallocTotal: five levels of page tables, four with no5lvl and before 4.15', () => {
  const total = (cmdline: string, kernel: string): string =>
    /^VmallocTotal: +(\d+) kB$/m.exec(
      bootMachine({ memory: '64M', cmdline, kernel }).files.text('/proc/meminfo'),
    )![1]!;
  expect(total('', '6.12')).toBe('13743895347199');
  expect(total('no5lvl', '6.12')).toBe('34359738367');
  expect(total('', '4.9')).toBe('34359738367');
});
