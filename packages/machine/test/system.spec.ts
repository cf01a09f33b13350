/** A machine that has booted a system, beside the real boots of 2 GiB that it is made from. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDump, type PageOwnerRecord } from '@page-owner/dump-format';
import { bootMachine, runWorkload, type Machine, type WorkloadName } from '@page-owner/machine';
import { bootSystem, hasRoomForSystem, type SystemOptions } from '@page-owner/machine/system';
import { DUMPS, readDump, readFixture } from './fixtures.js';

type Values = Record<string, number>;
type Version = '6.1' | '6.12';

const DUMP = '/sys/kernel/debug/page_owner';
const VERSIONS = ['6.12', '6.1'] as const;

/** As the real ones were: with 16 MiB of CMA built in. */
const boot = (options: Partial<SystemOptions> = {}): Machine =>
  bootSystem({ memory: '2G', cmdline: 'page_owner=on cma=16M', cpus: 2, ...options });
/** Of the real boots pagetypeinfo was read before what is compared here, which empties per-cpu lists if page_owner is on. */
function bootAndRead(options: Partial<SystemOptions>): Machine {
  const machine = boot(options);
  machine.files.text('/proc/pagetypeinfo');
  return machine;
}
const booted = new Map(VERSIONS.map((kernel) => [kernel, bootAndRead({ kernel })]));

const valuesOf = (text: string): Values =>
  Object.fromEntries(
    [...text.matchAll(/^ *([\w()]+):? +(\d+)/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
const recordsOf = (machine: Machine): readonly PageOwnerRecord[] =>
  parseDump(machine.files.read(DUMP)).records;

/**
 * How far a counter of pages may be from the truth. Each cpu adds up to `vm stats threshold` of its own before all can see it, and
 * the file was read by a process that has come and gone since, with less than that.
 */
const driftOf = (zoneinfo: string): number =>
  Math.max(...[...zoneinfo.matchAll(/vm stats threshold: (\d+)/g)].map(([, pages]) => Number(pages))) * 2;

describe.each(VERSIONS)('Linux %s: /proc', (version) => {
  const machine = booted.get(version)!;
  const { files } = machine;
  const real = (name: string): string => readFixture(`${name}-${version}.txt`);
  const drift = driftOf(real('zoneinfo'));

  test('the tolerance is 40 pages, 160 kB', () => {
    expect(drift).toBe(40);
  });

  test('meminfo: every row, as wide', () => {
    const widths = (text: string): string => text.replaceAll(/ +\d+/g, (number) => '#'.repeat(number.length));
    expect(widths(files.text('/proc/meminfo'))).toBe(widths(real('meminfo')));
  });

  test('meminfo: what follows from memory and kernel is the same, the rest within the tolerance', () => {
    const [ours, theirs] = [valuesOf(files.text('/proc/meminfo')), valuesOf(real('meminfo'))];
    const counted =
      `Cached Active Inactive Active(anon) Inactive(anon) Active(file) Inactive(file) Dirty AnonPages Mapped Shmem
      KReclaimable Slab SReclaimable SUnreclaim KernelStack PageTables Committed_AS VmallocUsed`.split(/\s+/);
    for (const [row, value] of Object.entries(theirs)) {
      const difference = Math.abs(ours[row]! - value);
      // 249 or 250 pages lay on per-cpu lists again, others were about to be freed.
      if (/^Mem(Free|Available)$/.test(row)) expect([row, difference < 1600]).toEqual([row, true]);
      else if (counted.includes(row)) expect([row, difference <= 4 * drift]).toEqual([row, true]);
      else expect([row, ours[row]]).toEqual([row, value]);
    }
    for (const row of ['Slab', 'KernelStack', 'PageTables', 'AnonPages', 'Cached', 'Mapped'])
      expect(ours[row]).toBeGreaterThan(0);
  });

  test('zoneinfo: the same lines; zones, watermarks and reserves the same, counters within the tolerance', () => {
    const lines = (text: string): string[] => text.split('\n');
    const [ours, theirs] = [lines(files.text('/proc/zoneinfo')), lines(real('zoneinfo'))];
    const shape = (line: string): string => line.replace(/\d+$/, '');
    expect(ours.map(shape)).toEqual(theirs.map(shape));
    for (const [i, line] of theirs.entries()) {
      const [, name, text] = /^ +(?:pages )?([\w]+):? +(\d+)$/.exec(line) ?? [];
      if (name === undefined) {
        expect(ours[i]).toBe(line);
        continue;
      }
      const value = Number(/\d+$/.exec(ours[i]!)![0]);
      const difference = Math.abs(value - Number(text));
      // Requests and per-cpu lists are those of a life, not of a moment.
      if (/^(numa_|count$|high$)/.test(name) && !/^ {8}high/.test(line)) continue;
      const tolerance = /^(nr_free_pages|free)$/.test(name) ? 512 : /^nr_/.test(name) ? drift + 4 : 0;
      expect([line, difference <= tolerance]).toEqual([line, true]);
    }
  });

  test.each([
    ['on', machine, `vmstat-${version}.txt`],
    ['off', boot({ kernel: version, cmdline: 'cma=16M' }), `vmstat-${version}-off.txt`],
  ])('vmstat, page_owner %s: what has happened, and what is there', (page_owner, machine, fixture) => {
    const [ours, theirs] = [valuesOf(machine.files.text('/proc/vmstat')), valuesOf(readFixture(fixture))];
    expect(Object.keys(ours)).toEqual(Object.keys(theirs));
    let equal = 0;
    for (const [name, value] of Object.entries(theirs)) {
      const difference = Math.abs(ours[name]! - value);
      if (difference === 0) equal++;
      // A file was written at the time, or a moment after.
      if (/^nr_(dirty|dirtied|zone_write_pending)$/.test(name)) continue;
      const most = /^nr_free_pages$/.test(name)
        ? page_owner === 'on'
          ? 300
          : 1300
        : /_threshold$/.test(name)
          ? 300
          : /^nr_/.test(name)
            ? drift
            : /^(pgalloc_|pgfree|numa_)/.test(name)
              ? value / 100
              : 0;
      expect([name, difference <= most]).toEqual([name, true]);
    }
    expect(equal / Object.keys(theirs).length).toBeGreaterThan(0.85);
  });
});

/** Pages by everything in a record but frame and time; stacks without offsets, which are this kernel's own. */
function owners(records: readonly PageOwnerRecord[]): Map<string, number> {
  const pages = new Map<string, number>();
  for (const { order, gfpNames, pid, comm, flagNames, stack, memcg } of records) {
    const flags = flagNames!.replace(/\|?node=.*$/, '');
    const names = stack.map((frame) => frame.split('+')[0]);
    const key = JSON.stringify([order, gfpNames, pid, comm, flags, memcg, names]);
    pages.set(key, (pages.get(key) ?? 0) + 2 ** order);
  }
  return pages;
}

const startsWith =
  (name: string) =>
  ({ stack }: PageOwnerRecord): boolean =>
    stack.some((frame) => frame.startsWith(`${name}+`));

describe.each(VERSIONS)('Linux %s: page_owner', (version: Version) => {
  const machine = booted.get(version)!;
  const records = recordsOf(machine);
  // Early pages and the tracker's own, and of the real one the file that the dump was written to.
  const isTracker = startsWith('init_page_owner');
  const ours = records.filter((record) => !isTracker(record));

  test('every page in use has one record, and nothing is broken', () => {
    expect(machine.allocator.check()).toEqual([]);
    const pages = records.reduce((sum, { order }) => sum + 2 ** order, 0);
    const managed = machine.allocator.zones().reduce((sum, zone) => sum + zone.managed, 0);
    expect(pages).toBe(managed - machine.allocator.freePageCount);
  });

  test('the same pages of the same tasks from the same stacks as the real dump', async () => {
    const { records: all } = parseDump(await readDump(`${version} t0` as keyof typeof DUMPS));
    const isDump = startsWith('generic_perform_write');
    const theirs = all.filter((record) => !isTracker(record) && !(record.comm === 'cat' && isDump(record)));
    expect(owners(ours)).toEqual(owners(theirs));
    const stacks = (list: readonly PageOwnerRecord[]): number =>
      new Set(list.map(({ stack }) => stack.join())).size;
    expect(stacks(ours)).toBe(stacks(theirs));
    expect(stacks(ours)).toBeGreaterThan(380);
  });

  test('in the same order of time, each at its moment', () => {
    const seconds = (names: string): number =>
      Number(ours.find(({ comm }) => comm === names)!.tsNs! / 1_000_000n) / 1000;
    expect(seconds('kthreadd')).toBeLessThan(seconds('mkdir'));
    const last = ours.reduce((latest, { tsNs }) => (tsNs! > latest ? tsNs! : latest), 0n);
    expect(Number(last) / 1e9).toBeGreaterThan(2);
    expect(machine.clock.ns).toBeGreaterThanOrEqual(Number(last));
  });
});

test.each(VERSIONS)('Linux %s: slabs are counted alike with page_owner and without', (kernel) => {
  const slabs = (cmdline: string): unknown[] => {
    const machine = boot({ memory: '128M', kernel, cmdline });
    runWorkload(machine, 'page-cache', { seed: 1, seconds: 0.2, scale: 0.1 });
    const { Slab, SReclaimable, SUnreclaim } = valuesOf(machine.files.text('/proc/meminfo'));
    return [Slab, SReclaimable, SUnreclaim];
  };
  expect(slabs('')).toEqual(slabs('page_owner=on'));
});

describe('whatever machine, whatever runs on it', () => {
  const sumOf = (values: Values, pattern: RegExp): number =>
    Object.entries(values).reduce((sum, [name, value]) => sum + (pattern.test(name) ? value : 0), 0);
  /** Over all zones and nodes. */
  function zoneinfoSums(text: string): Values {
    const sums: Values = {};
    for (const [, name, value] of text.matchAll(/^ +(\w+) +(\d+)$/gm))
      sums[name!] = (sums[name!] ?? 0) + Number(value);
    return sums;
  }
  const options = fc.record({
    memory: fc.constantFrom('64M', '128M', '128M+128M', '256M+256M'),
    cmdline: fc.constantFrom('', 'page_owner=on', 'page_owner=on cma=16M', 'hugepages=4'),
    kernel: fc.constantFrom('6.1', '6.12', '5.11', 'newest'),
    cpus: fc.integer({ min: 1, max: 4 }),
    seed: fc.nat(1000),
  });
  const work = fc.constantFrom<readonly WorkloadName[]>(
    [],
    ['leak'],
    ['page-cache', 'slab'],
    ['fork-storm'],
    ['huge-pages'],
  );

  test('zoneinfo, vmstat and meminfo agree, and what was allocated and not freed is in use', () => {
    fc.assert(
      fc.property(options, work, (options, workloads) => {
        const machine = bootSystem(options);
        if (workloads.length > 0)
          runWorkload(machine, workloads, { seed: options.seed, seconds: 0.5, scale: 0.2 });
        const { files, allocator } = machine;
        const [zoneinfo, stat, info] = ['zoneinfo', 'vmstat', 'meminfo'].map((name) =>
          files.text(`/proc/${name}`),
        );
        const [sums, counts, kb] = [zoneinfoSums(zoneinfo!), valuesOf(stat!), valuesOf(info!)];
        for (const [name, sum] of Object.entries(sums))
          if (name in counts) expect([name, counts[name]]).toEqual([name, sum]);
        const rows: Values = {
          ...{ MemFree: 4 * counts['nr_free_pages']!, CmaFree: 4 * counts['nr_free_cma']! },
          ...{ PageTables: 4 * counts['nr_page_table_pages']!, KernelStack: counts['nr_kernel_stack']! },
          ...{ AnonPages: 4 * counts['nr_anon_pages']!, Shmem: 4 * counts['nr_shmem']! },
          ...{ Mapped: 4 * counts['nr_mapped']!, Dirty: 4 * counts['nr_dirty']! },
          ...{ Slab: 4 * sumOf(counts, /^nr_slab_/), MemTotal: 4 * sums['managed']! },
        };
        expect(kb).toMatchObject(rows);
        expect(kb['Cached']! + kb['Buffers']!).toBe(4 * counts['nr_file_pages']!);
        // Requests were served here or there, for one or the other, and most of a page or more.
        expect(counts['numa_hit']! + counts['numa_miss']!).toBe(
          counts['numa_local']! + counts['numa_other']!,
        );
        expect(counts['numa_miss']).toBe(counts['numa_foreign']);
        expect(counts['numa_interleave']).toBeGreaterThan(600);
        expect(counts['numa_interleave']).toBeLessThanOrEqual(counts['numa_hit']!);
        expect(sumOf(counts, /^pgalloc_/)).toBeGreaterThanOrEqual(counts['numa_hit']!);
        let inUse = 0;
        for (const { kind, order } of allocator.blocks()) if (kind === 'allocated') inUse += 2 ** order;
        const freed = counts['pgfree']! - sums['managed']!;
        expect(sumOf(counts, /^pgalloc_/) - freed + counts['compact_isolated']! / 2).toBe(inUse);
        expect(counts['pgfree']).toBeGreaterThan(sums['managed']! + 1000);
        expect(counts['pgfault']).toBeGreaterThanOrEqual(1596);
      }),
      { numRuns: 12 },
    );
  });

  test('a bare machine has no past', () => {
    for (const kernel of VERSIONS) {
      const { files } = bootMachine({ memory: '128M', kernel, image: true });
      const counts = valuesOf(files.text('/proc/vmstat'));
      const managed = zoneinfoSums(files.text('/proc/zoneinfo'))['managed'];
      expect(sumOf(counts, /^(numa_|pgalloc_|pgfault|pgpg|pgreuse|pgactivate)/)).toBe(0);
      expect(counts['pgfree']).toBe(managed);
    }
  });
});

test('on two nodes what the first task asks for lies on both in turn', () => {
  const { files } = boot({ memory: '256M+256M', cpus: 1, cmdline: '' });
  const interleaved = [...files.text('/proc/zoneinfo').matchAll(/^ +numa_interleave +(\d+)$/gm)].map(
    ([, n]) => Number(n),
  );
  const used = interleaved.filter((count) => count > 0);
  expect(used).toHaveLength(2);
  expect(Math.abs(used[0]! - used[1]!)).toBeLessThan(3);
  const counts = valuesOf(files.text('/proc/vmstat'));
  // The one cpu is of the first node.
  expect(counts['numa_other']).toBeGreaterThan(200);
  expect(counts['numa_miss']).toBe(0);
});

test('hash tables grow with memory', () => {
  const entries = (memory: string): number =>
    recordsOf(boot({ memory, kernel: '6.12' })).filter(({ stack }) =>
      stack.some((frame) => frame.startsWith('alloc_large_system_hash+')),
    ).length;
  // Those of TCP's ports and of futexes do not.
  const fixed = 64 + 8;
  expect(entries('2G') - fixed).toBe(260);
  expect(entries('4G') - fixed).toBe(520);
  expect(entries('1G') - fixed).toBe(130);
  expect(entries('512M') - fixed).toBe(65);
  const metrics = (memory: string): number[] =>
    recordsOf(boot({ memory, kernel: '6.12' }))
      .filter(
        ({ stack }) =>
          stack.some((frame) => frame.startsWith('tcp_metrics_init+')) &&
          stack.some((frame) => frame.startsWith('___kmalloc_large_node+')),
      )
      .map(({ order }) => order);
  expect([metrics('512M'), metrics('1G')]).toEqual([[4], [5]]);
});

test('the same seed, the same machine; another seed, other times', () => {
  const dump = (seed: number): string => boot({ memory: '128M', seed }).files.text(DUMP);
  expect(dump(3) === dump(3)).toBe(true);
  expect(dump(3) === dump(4)).toBe(false);
});

test.each(['3.19', '4.6', '5.11', '5.18', '6.8', 'newest'])(
  'Linux %s boots what the nearest does',
  (kernel) => {
    const machine = boot({ memory: '64M', kernel, cpus: 1 });
    expect(machine.allocator.check()).toEqual([]);
    const { Slab, KernelStack, PageTables } = valuesOf(machine.files.text('/proc/meminfo'));
    for (const row of [Slab, KernelStack, PageTables]) expect(row).toBeGreaterThan(0);
  },
);

test('work goes on on it: new tasks, and its pages can be moved', () => {
  const machine = boot({ memory: '128M' });
  expect(machine.tasks.spawn('late').pid).toBe(80);
  expect(machine.tasks.running.pid).toBe(1);
  runWorkload(machine, ['slab', 'huge-pages'], { seconds: 4 });
  expect(machine.allocator.check()).toEqual([]);
  const moved = recordsOf(machine).filter(({ migrateReason }) => migrateReason === 'compaction');
  expect(moved.length).toBeGreaterThan(0);
});

test('two nodes, more cpus', () => {
  const machine = boot({ memory: '128M+128M', cpus: 4 });
  expect(machine.allocator.check()).toEqual([]);
  const used = machine.allocator.zones().map(({ node, managed, free }) => [node, managed - free] as const);
  const onNode = (wanted: number): number =>
    used.reduce((sum, [node, pages]) => sum + (node === wanted ? pages : 0), 0);
  expect(onNode(0)).toBeGreaterThan(1000);
  expect(onNode(1)).toBeGreaterThan(1000);
});

describe('where there is no room', () => {
  test.each([
    ['32M', ''],
    ['1G', 'mem=48M'],
  ])('%s %s: one sentence', (memory, cmdline) => {
    expect(hasRoomForSystem({ memory, cmdline })).toBe(false);
    expect(() => bootSystem({ memory, cmdline })).toThrow(
      new RangeError('a booted system needs 64M of memory; with less, boot a bare machine'),
    );
  });

  test('64M is enough', () => {
    expect(hasRoomForSystem({ memory: '64M' })).toBe(true);
    expect(boot({ memory: '64M' }).allocator.check()).toEqual([]);
  });

  test.each([
    ['96M', 1],
    ['128M', 4],
    ['128M', 2],
    ['128M+128M', 1],
    ['256M+256M', 4],
    ['1G', 4],
    ['16G', 2],
  ])('%s: more huge pages are asked for than there can be beside it', (memory, cpus) => {
    for (const kernel of VERSIONS) {
      const machine = bootSystem({ memory, cmdline: 'page_owner=on cma=16M hugepages=10000', cpus, kernel });
      const { hugetlbPages, log } = machine;
      expect(hugetlbPages).toBeGreaterThan(0);
      expect(log).toContain(
        `HugeTLB: allocating 10000 of page size 2.00 MiB failed.  Only allocated ${hugetlbPages} hugepages.\n`,
      );
      const info = valuesOf(machine.files.text('/proc/meminfo'));
      expect(info).toMatchObject({ HugePages_Total: hugetlbPages, HugePages_Free: hugetlbPages });
      expect(machine.allocator.check()).toEqual([]);
    }
  });
});

describe('khugepaged keeps memory free', () => {
  const min = (options: Partial<SystemOptions>): number =>
    boot(options)
      .allocator.zones()
      .reduce((sum, zone) => sum + (zone.zone === 'Movable' ? 0 : zone.min), 0);

  test('unless it does not run: off, or less than 512 MiB', () => {
    expect(min({})).toBe(11263);
    expect(min({ cmdline: 'transparent_hugepage=never' })).toBeLessThan(1500);
    expect(min({ memory: '512M' })).toBeLessThan(1000);
  });
});
