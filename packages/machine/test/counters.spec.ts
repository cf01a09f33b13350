/** /proc/vmstat, zoneinfo and meminfo: what they count, and that they agree. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_PAGE } from '@page-owner/buddy-allocator';
import { parseDump, type PageOwnerRecord } from '@page-owner/dump-format';
import {
  bootMachine,
  runWorkload,
  startWorkload,
  WORKLOADS,
  type Machine,
  type WorkloadName,
} from '@page-owner/machine';

type Counters = Record<string, number>;

const countersOf = (text: string): Counters =>
  Object.fromEntries(
    [...text.matchAll(/^ *([\w()]+):? +(\d+)/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
const vmstat = ({ files }: Machine): Counters => countersOf(files.text('/proc/vmstat'));
const meminfo = ({ files }: Machine): Counters => countersOf(files.text('/proc/meminfo'));

/** Each counter of zoneinfo, added up over the zones and nodes that show it. */
function zoneinfoSums({ files }: Machine): Counters {
  const sums: Counters = {};
  for (const [, name, value] of files.text('/proc/zoneinfo').matchAll(/^ +(\w+) +(\d+)$/gm)) {
    sums[name!] = (sums[name!] ?? 0) + Number(value);
  }
  return sums;
}

const sumOf = (counters: Counters, prefix: string): number =>
  Object.entries(counters).reduce((sum, [name, count]) => sum + (name.startsWith(prefix) ? count : 0), 0);
const delta = (after: Counters, before: Counters, name: string): number => after[name]! - before[name]!;

const managedPages = ({ allocator }: Machine): number =>
  allocator.zones().reduce((pages, { managed }) => pages + managed, 0);

function pagesInUse({ allocator }: Machine): number {
  let pages = 0;
  for (const { kind, order } of allocator.blocks()) if (kind === 'allocated') pages += 2 ** order;
  return pages;
}

const recordsOf = ({ files }: Machine): readonly PageOwnerRecord[] =>
  parseDump(files.read('/sys/kernel/debug/page_owner')).records;

describe('pages allocated and freed', () => {
  test.each(['page_owner=on', ''])('%j: agree with the pages in use, whatever happens', (cmdline) => {
    const deeds = fc.array(
      fc.record({ deed: fc.nat(9), order: fc.nat(4), pick: fc.nat(1000), seed: fc.nat(100) }),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(deeds, fc.constantFrom('6.1', '6.12'), (all, kernel) => {
        const machine = bootMachine({ memory: '32M', cmdline, kernel, cpus: 2 });
        const { allocator } = machine;
        const given = managedPages(machine);
        const before = vmstat(machine);
        const masks = ['GFP_KERNEL', 'GFP_HIGHUSER_MOVABLE', 'GFP_KERNEL|GFP_DMA'].map(machine.gfp);
        const live: { pfn: number; order: number }[] = [];
        let [requests, pages, untold] = [0, 0, 0];
        machine.mover = {
          move: (oldPfn, newPfn) => {
            const moved = live.find(({ pfn }) => pfn === oldPfn);
            if (moved === undefined || oldPfn % 7 === 0) return false;
            moved.pfn = newPfn;
            return true;
          },
        };
        for (const { deed, order, pick } of all) {
          const block = live[pick % Math.max(live.length, 1)];
          if (deed < 6 || block === undefined) {
            const pfn = machine.alloc(masks[pick % masks.length]!, order);
            if (pfn === NO_PAGE) continue;
            requests++;
            pages += 2 ** order;
            live.push({ pfn, order });
          } else if (deed < 8) {
            machine.free(block.pfn, block.order);
            live.splice(live.indexOf(block), 1);
          } else if (deed === 8) {
            // Behind the machine's back: counted by what is in use when a file is read.
            const pfn = allocator.allocPages(masks[0]!, 0);
            if (pfn === NO_PAGE) continue;
            untold++;
            live.push({ pfn, order: 0 });
            vmstat(machine);
          } else allocator.compact();
        }
        const after = vmstat(machine);
        const targets = delta(after, before, 'compact_isolated') / 2;
        expect(sumOf(after, 'pgalloc_') - (after['pgfree']! - given) + targets).toBe(pagesInUse(machine));
        expect(after['numa_hit']).toBe(after['numa_local']);
        if (cmdline === '') {
          expect(delta(after, before, 'numa_hit')).toBe(requests + untold);
          expect(sumOf(after, 'pgalloc_')).toBe(pages + untold);
        }
        expect(targets).toBe(after['pgmigrate_success']! + after['pgmigrate_fail']!);
      }),
      { numRuns: 20 },
    );
  });

  test('a boot counts what it gives the allocator as freed, and what it took', () => {
    const off = bootMachine({ memory: '128M', cmdline: '' });
    expect(vmstat(off)).toMatchObject({ pgfree: managedPages(off), pgalloc_dma32: 0, numa_hit: 0 });
    const on = bootMachine({ memory: '128M', cmdline: 'page_owner=on' });
    expect(on.depot.stats().pools).toBe(1);
    // 576 pages of page_ext, asked for as one block of order 10, of which the rest goes back; the pool and the next one. Requests do
    // not count before each cpu has lists of its own.
    expect(vmstat(on)).toMatchObject({
      ...{ pgalloc_dma32: 1024 + 2 * 4, pgfree: managedPages(on) + 1024 - 576, numa_hit: 0 },
    });
    // Two pages, and one for the list of stacks.
    on.alloc(on.gfp('GFP_KERNEL'), 1);
    expect(vmstat(on)).toMatchObject({ pgalloc_dma32: 1024 + 2 * 4 + 2 + 1, numa_hit: 2 });
    // In 6.1 both come later; page_ext takes 512 pages for a section.
    const old = bootMachine({ memory: '128M', kernel: '6.1', cmdline: 'page_owner=on' });
    expect(vmstat(old)).toMatchObject({
      pgalloc_dma32: 512 + 2 * 4,
      pgfree: managedPages(old),
      numa_hit: 1 + 2,
    });
  });

  test('reading changes nothing', () => {
    const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on' });
    machine.alloc(machine.gfp('GFP_KERNEL'), 3);
    const first = machine.files.text('/proc/vmstat');
    expect(machine.files.text('/proc/vmstat')).toBe(first);
  });
});

test('two nodes: hit and miss by the node that was asked for, local and other by the one that runs', () => {
  const machine = bootMachine({ memory: '128M+128M', cmdline: '' });
  const { allocator, files } = machine;
  const counters = (node: number, zone: string): Counters => {
    const text = files.text('/proc/zoneinfo').split(`Node ${node}, zone ${zone.padStart(8)}\n`)[1]!;
    return countersOf(text.split(/^Node/m)[0]!);
  };
  const free = (): number =>
    allocator.zones().reduce((sum, zone) => sum + (zone.node === 1 ? zone.free : 0), 0);
  allocator.node = 1;
  const mask = machine.gfp('GFP_KERNEL');
  machine.alloc(mask);
  expect(counters(1, 'DMA32')).toMatchObject({ numa_hit: 1, numa_local: 1, numa_miss: 0, numa_other: 0 });
  // Only node 0 has a zone DMA: it is the preferred one, but not local.
  machine.alloc(mask | machine.gfp('GFP_DMA'));
  expect(counters(0, 'DMA')).toMatchObject({ numa_hit: 1, numa_local: 0, numa_miss: 0, numa_other: 1 });
  let missed = 0;
  while (free() > 0 && missed === 0) {
    expect(machine.alloc(mask, 3)).not.toBe(NO_PAGE);
    missed = counters(0, 'DMA32')['numa_miss']!;
  }
  expect(counters(0, 'DMA32')).toMatchObject({ numa_miss: 1, numa_other: 1, numa_hit: 0, numa_foreign: 0 });
  expect(counters(1, 'DMA32')).toMatchObject({ numa_foreign: 1, numa_miss: 0, numa_other: 0 });
  const all = vmstat(machine);
  expect(all['numa_hit']! + all['numa_miss']!).toBe(all['numa_local']! + all['numa_other']!);
});

const busy = (name: WorkloadName, cmdline = 'page_owner=on', kernel = '6.12'): Machine => {
  const machine = bootMachine({ memory: '64M', cmdline, kernel, cpus: 2 });
  runWorkload(machine, name, { seed: 7, seconds: 4 });
  return machine;
};

describe.each(Object.keys(WORKLOADS) as WorkloadName[])('after %s', (name) => {
  const machine = busy(name);

  test('all files of one moment agree', () => {
    const [info, stat, sums] = [meminfo(machine), vmstat(machine), zoneinfoSums(machine)];
    for (const [counter, sum] of Object.entries(sums)) {
      if (counter in stat) expect([counter, stat[counter]]).toEqual([counter, sum]);
    }
    const kb = (counter: string): number => 4 * stat[counter]!;
    expect(info).toMatchObject({
      ...{ MemFree: kb('nr_free_pages'), AnonPages: kb('nr_anon_pages'), Shmem: kb('nr_shmem') },
      ...{ Mapped: kb('nr_mapped'), PageTables: kb('nr_page_table_pages') },
      ...{ KernelStack: stat['nr_kernel_stack'], Dirty: kb('nr_dirty') },
      ...{ SReclaimable: kb('nr_slab_reclaimable'), SUnreclaim: kb('nr_slab_unreclaimable') },
      AnonHugePages: 2048 * stat['nr_anon_transparent_hugepages']!,
    });
    expect(info['Cached']! + info['Buffers']!).toBe(kb('nr_file_pages'));
    expect(info['Slab']).toBe(info['SReclaimable']! + info['SUnreclaim']!);
    // What is on the lists is anonymous, of tmpfs, or of files.
    expect(info['Active(anon)']! + info['Inactive(anon)']!).toBe(info['AnonPages']! + info['Shmem']!);
    expect(info['Active(file)']! + info['Inactive(file)']!).toBe(
      info['Cached']! + info['Buffers']! - info['Shmem']!,
    );
    const counted = ['AnonPages', 'Cached', 'Buffers', 'Slab', 'PageTables'].reduce(
      (sum, row) => sum + info[row]!,
      0,
    );
    expect(counted + info['VmallocUsed']!).toBeLessThanOrEqual(4 * pagesInUse(machine));
  });

  test('page_owner counts the same: what is in use and what it is used for do not depend on it', () => {
    const pages = (machine: Machine): Counters => {
      const { Slab = 0, PageTables = 0, KernelStack = 0, Cached = 0, AnonPages = 0 } = meminfo(machine);
      return { Slab, PageTables, KernelStack, Cached, AnonPages };
    };
    // Workloads that fill memory have less of it with page_owner.
    if (!['leak', 'network', 'fork-storm'].includes(name)) return;
    expect(pages(busy(name, ''))).toEqual(pages(machine));
  });

  test('pages by use are those of the records with such stacks', () => {
    const records = recordsOf(machine);
    const pagesBy = (pattern: RegExp): number =>
      records
        .filter(({ stack }) => stack.some((frame) => pattern.test(frame)))
        .reduce((pages, { order }) => pages + 2 ** order, 0);
    const stat = vmstat(machine);
    expect(stat['nr_page_table_pages']).toBe(pagesBy(/^(pte_alloc_one|__pmd_alloc|__pud_alloc)\+/));
    expect(stat['nr_slab_reclaimable']! + stat['nr_slab_unreclaimable']!).toBe(pagesBy(/^allocate_slab\+/));
  });
});

describe('events of work', () => {
  test('page-cache: read, made dirty, reclaimed by kswapd, so that nobody has to wait', () => {
    const stat = vmstat(busy('page-cache'));
    expect(sumOf(stat, 'allocstall_')).toBe(0);
    expect(stat['pageoutrun']).toBeGreaterThan(0);
    expect(stat['pgscan_kswapd']).toBeGreaterThan(1000);
    for (const same of ['pgsteal_kswapd', 'pgscan_file', 'pgsteal_file']) {
      expect(stat[same]).toBe(stat['pgscan_kswapd']);
    }
    expect(stat).toMatchObject({ pgscan_direct: 0, pgsteal_direct: 0 });
    expect(stat['pgfault']).toBe(stat['pgmajfault']);
    expect(stat['pgmajfault']).toBeGreaterThan(0);
    expect(stat['nr_dirtied']).toBe(stat['nr_written']! + stat['nr_dirty']!);
    expect(stat['pgpgout']).toBe(4 * stat['nr_written']!);
    // What was read is still there, or was reclaimed clean.
    const clean = stat['nr_file_pages']! - stat['nr_dirty']!;
    expect(stat['pgpgin']).toBe(4 * (clean + stat['pgsteal_kswapd']! - stat['nr_written']!));
    expect(stat['nr_mapped']).toBeGreaterThan(0);
  });

  test('slab: the shrinker looks at all objects of the slabs that it frees', () => {
    const machine = bootMachine({ memory: '64M', cmdline: '' });
    runWorkload(machine, 'slab', { seed: 7, seconds: 6, scale: 4 });
    const stat = vmstat(machine);
    expect(stat['slabs_scanned']).toBeGreaterThan(10_000);
    // Blocks of directories, which are page cache, go with them.
    expect(stat['pgscan_file']).toBeGreaterThan(0);
    expect(stat['pgsteal_file']).toBe(stat['pgscan_file']);
    expect(stat['slabs_scanned']).toBeGreaterThan(stat['pgscan_file']!);
  });

  test('huge-pages: page faults that get one or none, and wait for compaction', () => {
    const machine = busy('huge-pages');
    const stat = vmstat(machine);
    const huge = recordsOf(machine).filter(({ order }) => order === 9).length;
    expect(stat).toMatchObject({ thp_fault_alloc: huge, nr_anon_transparent_hugepages: huge });
    expect(stat['compact_success']).toBeGreaterThan(0);
    expect(stat['compact_stall']).toBe(stat['compact_success']! + stat['compact_fail']!);
    expect(stat['compact_isolated']).toBe(2 * (stat['pgmigrate_success']! + stat['pgmigrate_fail']!));
    expect(stat['compact_migrate_scanned']).toBeGreaterThanOrEqual(stat['pgmigrate_success']!);
    expect(stat['pgmigrate_success']).toBeGreaterThan(0);
  });

  test('fork-storm: kernel stacks and page tables, until all have exited', () => {
    const machine = bootMachine({ memory: '128M', cmdline: 'page_owner=on' });
    const job = startWorkload(machine, 'fork-storm', { seed: 7 });
    job.run(1);
    const stacks = recordsOf(machine).filter(
      ({ stack }) =>
        stack.some((frame) => /^__vmalloc_node_range/.test(frame)) && /copy_process/.test(stack.join()),
    );
    expect(stacks.length).toBeGreaterThan(0);
    const during = vmstat(machine);
    expect(during['nr_kernel_stack']).toBe(4 * stacks.length);
    expect(during['nr_page_table_pages']).toBeGreaterThan(stacks.length / 2);
    expect(during['pgfault']).toBeGreaterThan(during['nr_anon_pages']! / 2);
    job.stop();
    expect(vmstat(machine)).toMatchObject({ nr_kernel_stack: 0, nr_page_table_pages: 0, nr_anon_pages: 0 });
  });

  test('a huge page denied: thp_fault_fallback', () => {
    const machine = bootMachine({ memory: '16M', cmdline: '' });
    runWorkload(machine, 'huge-pages', { seed: 7, seconds: 4, scale: 100 });
    expect(vmstat(machine)['thp_fault_fallback']).toBe(1);
  });

  test('hogger: a fault for each page, on the active list', () => {
    const stat = vmstat(busy('hogger', ''));
    expect(stat['pgfault']).toBe(stat['nr_anon_pages']);
    expect(stat['pgactivate']).toBe(stat['nr_active_anon']);
    expect(stat['nr_page_table_pages']).toBe(Math.ceil((stat['nr_anon_pages']! - 3 * 8) / 512));
  });
});

test('what a page is used for can be said with it', () => {
  const machine = bootMachine({ memory: '64M', cmdline: '' });
  const take = (use: 'shmem' | 'buffers' | 'kernel stack' | 'page table of level 3', flags = ''): void =>
    void machine.alloc(machine.gfp('GFP_KERNEL'), 1, 0, machine.note({ use, flags }));
  take('shmem', 'lru|swapbacked');
  take('buffers', 'lru');
  take('kernel stack');
  take('page table of level 3');
  expect(meminfo(machine)).toMatchObject({
    ...{ Shmem: 8, Buffers: 8, Cached: 8, KernelStack: 8, VmallocUsed: 8, PageTables: 8, AnonPages: 0 },
  });
  expect(vmstat(machine)).toMatchObject({ nr_kernel_stack: 8, nr_file_pages: 4, nr_shmem: 2 });
});
