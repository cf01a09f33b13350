/** Every workload does what its name says, and a dump shows it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseDump, parseStackList, type PageOwnerRecord } from '@page-owner/dump-format';
import * as api from '@page-owner/machine';
import type { Machine, MachineOptions, WorkloadName } from '@page-owner/machine';
import { bootSystem } from '@page-owner/machine/system';

const { bootMachine, runWorkload, startWorkload, WORKLOADS } = api;

const DUMP = '/sys/kernel/debug/page_owner';
const SHOW_STACKS = '/sys/kernel/debug/page_owner_stacks/show_stacks';
const NAMES = Object.keys(WORKLOADS) as WorkloadName[];

const boot = (options: Partial<MachineOptions> = {}): Machine =>
  bootMachine({ memory: '64M', cmdline: 'page_owner=on', cpus: 2, ...options });

function ran(name: WorkloadName, options: Partial<MachineOptions> = {}): Machine {
  const machine = boot(options);
  runWorkload(machine, name, { seed: 7, seconds: 4 });
  return machine;
}

const recordsOf = (machine: Machine): readonly PageOwnerRecord[] => {
  const { records, garbage } = parseDump(machine.files.read(DUMP));
  expect(garbage).toEqual([]);
  return records;
};

const pagesOf = (records: readonly PageOwnerRecord[]): number =>
  records.reduce((pages, { order }) => pages + 2 ** order, 0);

/** Pages of records that have a function in their stack. */
const pagesBy = (records: readonly PageOwnerRecord[], name: string): number =>
  pagesOf(records.filter(({ stack }) => stack.some((frame) => frame.startsWith(`${name}+`))));

/** Pages by stack, as page_owner itself counts them. */
const stackPages = (machine: Machine): Map<string, number> =>
  new Map(
    parseStackList(machine.files.read(SHOW_STACKS)).entries.map(({ stack = [], count = 0 }) => [
      stack.join('\n'),
      Number(count),
    ]),
  );

/** Mixed pageblocks of type Movable. */
const mixedMovable = ({ owner }: Machine): number => {
  let sum = 0;
  for (let zone = 0; zone < 2; zone++) sum += owner.mixedBlocks(zone)?.[1] ?? 0;
  return sum;
};

describe.each(NAMES)('%s', (name) => {
  const machine = ran(name);

  test('breaks nothing, and every page in use has one record', () => {
    expect(machine.allocator.check()).toEqual([]);
    let used = 0;
    for (const { kind, order } of machine.allocator.blocks()) if (kind === 'allocated') used += 2 ** order;
    expect(pagesOf(recordsOf(machine))).toBe(used);
  });

  test('the same seed, the same dump', () => {
    expect(ran(name).files.text(DUMP) === machine.files.text(DUMP)).toBe(true);
  });

  test('leaves the machine as it was: cpu, task, stack', () => {
    const fresh = boot();
    const state = ({ allocator, stacks, tasks }: Machine) => [
      allocator.cpu,
      allocator.node,
      stacks.current,
      tasks.running.pid,
    ];
    expect(state(machine)).toEqual(state(fresh));
  });

  test.each(['3.19', '4.6', '5.11', '6.1', 'newest'])('runs on Linux %s', (kernel) => {
    const old = boot({ kernel });
    runWorkload(old, name, { seconds: 0.2 });
    expect(old.allocator.check()).toEqual([]);
    if (kernel !== 'newest') expect(old.files.text(DUMP)).not.toContain('_noprof');
  });
});

describe('what each is for', () => {
  test('leak: its stack grows more than any other outside the LRU, from dump to dump', () => {
    const machine = boot();
    const job = startWorkload(machine, 'leak');
    job.run(4);
    const first = recordsOf(machine);
    const before = stackPages(machine);
    job.run(4);
    const after = stackPages(machine);
    const grown = [...after]
      .map(([stack, pages]) => ({ stack, delta: pages - (before.get(stack) ?? 0) }))
      .filter(({ stack }) => !stack.includes('folio_alloc'))
      .sort((a, b) => b.delta - a.delta);
    expect(grown[0]!.stack).toMatch(/leaky_alloc_buffers\+0x\w+\/0x\w+ \[leaky\]\n *leaky_do_request/);
    expect(grown[0]!.delta).toBeGreaterThan(2 * grown[1]!.delta);
    // What is freed at once is never there, the pool is there once.
    expect(pagesBy(first, 'tidy_alloc_buffers')).toBe(0);
    expect(pagesBy(first, 'pool_refill_buffers')).toBe(64);
    // The log grows faster, and is no leak: it can be moved and reclaimed.
    expect(pagesBy(first, 'ext4_da_write_begin')).toBeGreaterThan(pagesBy(first, 'leaky_alloc_buffers'));
  });

  test('leak: when memory is short the log gives way, and the leak goes on', () => {
    const machine = boot();
    const job = startWorkload(machine, 'leak', { scale: 4 });
    const [half, end] = [20, 20].map((seconds) => {
      job.run(seconds);
      const records = recordsOf(machine);
      return { lost: pagesBy(records, 'leaky_do_request'), log: pagesBy(records, 'ext4_da_write_begin') };
    });
    expect(end!.lost).toBeGreaterThan(1.8 * half!.lost);
    expect(end!.log).toBeLessThan(half!.log);
    expect(machine.allocator.check()).toEqual([]);
  });

  test('hogger: one task has half of the memory', () => {
    const machine = ran('hogger');
    const records = recordsOf(machine);
    const managed = machine.allocator.zones().reduce((sum, zone) => sum + zone.managed, 0);
    const his = records.filter(({ comm }) => comm === 'hogger');
    expect(new Set(his.map(({ pid }) => pid)).size).toBe(1);
    expect(Math.abs(pagesBy(his, 'vma_alloc_folio_noprof') - managed / 2)).toBeLessThanOrEqual(1);
    expect(his.some(({ memcg }) => memcg?.kind === 'charged' && memcg.name === 'jobA')).toBe(true);
  });

  test('fork-storm and network: nothing is left when they are over, and there was much', () => {
    for (const name of ['fork-storm', 'network'] as const) {
      const machine = boot();
      const before = recordsOf(machine);
      const wakes = BigInt(machine.clock.ns);
      let events = 0;
      machine.startTrace({ write: () => events++ }); // allocations and frees
      runWorkload(machine, name, { seconds: 1 });
      expect(events).toBeGreaterThan(10000);
      // The tracker's own: pools of the depot, nodes of the list of stacks.
      const left = recordsOf(machine).filter(({ tsNs }) => tsNs! > wakes);
      expect(left.every(({ stack }) => stack[0]!.startsWith('register_'))).toBe(true);
      expect(pagesOf(recordsOf(machine)) - pagesOf(before)).toBeLessThanOrEqual(32);
    }
  });

  test('slab and fragmenter leave pages that control groups are charged for; of the others some are while they run', () => {
    const charged = (machine: Machine, viaObjcg: boolean): number =>
      pagesOf(
        recordsOf(machine).filter(({ memcg }) => memcg?.kind === 'charged' && memcg.viaObjcg === viaObjcg),
      );
    expect(charged(ran('slab'), false)).toBeGreaterThan(100);
    expect(charged(ran('fragmenter'), true)).toBeGreaterThan(10);
    for (const name of ['fork-storm', 'network'] as const) {
      const machine = boot();
      startWorkload(machine, name, { seed: 7 }).run(1);
      expect([name, charged(machine, true) > 0]).toEqual([name, true]);
    }
  });

  test('slabs: objects of a task are charged, those of an interrupt or of the kernel are not', () => {
    const machine = boot();
    startWorkload(machine, 'network', { seed: 7 }).run(1);
    const slabs = recordsOf(machine).filter(({ stack }) =>
      stack.some((frame) => frame.startsWith('allocate_slab+')),
    );
    const inSoftirq = ({ stack }: PageOwnerRecord): boolean =>
      stack.some((frame) => frame.startsWith('napi_poll+'));
    expect(slabs.filter(inSoftirq).length).toBeGreaterThan(0);
    for (const record of slabs) expect(record.memcg?.kind).toBe(inSoftirq(record) ? undefined : 'slab');
  });

  test('cgroup_disable=memory: nobody is charged, and the log says so', () => {
    for (const name of ['slab', 'fragmenter', 'hogger'] as const) {
      const machine = ran(name, { cmdline: 'page_owner=on cgroup_disable=memory' });
      expect(machine.log).toMatch(/^\[ +\d+\.\d+\] cgroup: Disabling memory control group subsystem$/m);
      expect(machine.files.text(DUMP)).not.toMatch(/^(Charged|Slab cache page)/m);
    }
  });

  test('page-cache: memory is full, the oldest went, and the cache gives way to others', () => {
    const machine = ran('page-cache');
    const { allocator } = machine;
    const cached = recordsOf(machine).filter(({ flagNames }) => flagNames?.includes('lru'));
    expect(pagesOf(cached)).toBeGreaterThan(8000);
    // Most of what was read first is gone.
    const times = cached.map(({ tsNs }) => Number(tsNs)).sort((a, b) => a - b);
    expect(times[times.length >> 1]! / machine.clock.ns).toBeGreaterThan(0.6);
    // The one who asked is not recorded with the stack that frees.
    expect(pagesBy(recordsOf(machine), 'shrink_folio_list')).toBe(0);

    const free = allocator.freePageCount;
    const blocks = Array.from({ length: free + 2000 }, () => machine.alloc(machine.gfp('GFP_KERNEL')));
    expect(blocks).not.toContain(-1);
    expect(allocator.check()).toEqual([]);
  });

  test('slab: reclaimable slabs are given back when memory is short, the others stay', () => {
    const machine = ran('slab');
    const reclaimable = (): number =>
      pagesOf(recordsOf(machine).filter(({ gfpNames }) => gfpNames!.includes('__GFP_RECLAIMABLE')));
    const before = reclaimable();
    expect(before).toBeGreaterThan(3000);
    const inodes = recordsOf(machine).filter(({ stack }) =>
      stack.some((f) => f.includes('ext4_alloc_inode')),
    );
    expect(inodes.some(({ memcg }) => memcg?.kind === 'slab')).toBe(true);
    const free = machine.allocator.freePageCount;
    const blocks = Array.from({ length: free + 1000 }, () => machine.alloc(machine.gfp('GFP_KERNEL')));
    expect(blocks).not.toContain(-1);
    expect(before - reclaimable()).toBeGreaterThanOrEqual(1000);
    expect(machine.allocator.check()).toEqual([]);
  });

  test('huge-pages: compaction moves single pages, which keep their owner, and huge pages come of it', () => {
    const machine = ran('huge-pages');
    const records = recordsOf(machine);
    const moved = records.filter(({ migrateReason }) => migrateReason === 'compaction');
    expect(moved.length).toBeGreaterThan(100);
    expect(moved.every(({ comm, order }) => comm === 'postgres' && order === 0)).toBe(true);
    expect(moved.every(({ memcg }) => memcg?.kind === 'charged' && memcg.name === 'database.service')).toBe(
      true,
    );
    expect(records.filter(({ order }) => order === 9).length).toBeGreaterThanOrEqual(7);
  });

  test('fragmenter: single unmovable pages in movable pageblocks', () => {
    expect(mixedMovable(boot())).toBe(0);
    const machine = ran('fragmenter');
    expect(mixedMovable(machine)).toBeGreaterThanOrEqual(15);
    const records = recordsOf(machine);
    expect(pagesBy(records, 'vma_alloc_folio_noprof')).toBe(0);
    const misplaced = records.filter(({ pageblockMigratetype }) => pageblockMigratetype === 'Movable');
    expect(pagesOf(misplaced)).toBeGreaterThan(10);
    expect(machine.files.text('/proc/pagetypeinfo')).toContain('Number of mixed blocks');
  });
});

describe('together', () => {
  const together = (seed: number): Machine => {
    const machine = boot({ memory: '128M' });
    runWorkload(machine, ['page-cache', 'leak', 'fork-storm', 'network'], { seed, seconds: 3, scale: 0.5 });
    return machine;
  };

  test('they take turns by the clock', () => {
    const machine = together(3);
    const records = recordsOf(machine);
    expect(machine.allocator.check()).toEqual([]);
    const names = records
      .filter(({ comm }) => comm === 'server' || comm === 'rsync')
      .sort((a, b) => Number(a.tsNs! - b.tsNs!))
      .map(({ comm }) => comm);
    const turns = names.filter((name, i) => name !== names[i - 1]).length;
    expect(turns).toBeGreaterThan(50);
    expect(machine.clock.ns).toBeGreaterThanOrEqual(3e9);
    expect(together(3).files.text(DUMP)).toBe(machine.files.text(DUMP));
  });

  test('one after the other, with reclaim and compaction across them', () => {
    const machine = boot({ memory: '128M' });
    for (const name of NAMES) {
      runWorkload(machine, name, { seconds: 3 });
      expect([name, machine.allocator.check()]).toEqual([name, []]);
    }
    let used = 0;
    for (const { kind, order } of machine.allocator.blocks()) if (kind === 'allocated') used += 2 ** order;
    expect(pagesOf(recordsOf(machine))).toBe(used);
  });

  test('pages of earlier workloads move, with what is noted of them', () => {
    const machine = boot({ memory: '128M' });
    runWorkload(machine, 'hogger', { seed: 1, scale: 0.5 });
    runWorkload(machine, 'huge-pages', { seed: 2 });
    runWorkload(machine, 'leak', { seed: 3, seconds: 1 });
    const moved = recordsOf(machine).filter(({ migrateReason }) => migrateReason === 'compaction');
    expect(moved.map(({ comm }) => comm)).toEqual(expect.arrayContaining(['hogger', 'postgres']));
    expect(moved.every(({ memcg }) => memcg?.kind === 'charged')).toBe(true);
  });

  test('on two nodes each cpu allocates on its own', () => {
    const half = 32768;
    const machine = boot({
      memory: [{ ranges: [{ start: 0, end: half }] }, { ranges: [{ start: half, end: 2 * half }] }],
    });
    runWorkload(machine, ['leak', 'hogger'], { seconds: 1, scale: 0.25 });
    const nodes = new Map(recordsOf(machine).map(({ comm, pfn }) => [comm, Number(pfn) < half ? 0 : 1]));
    expect([nodes.get('server'), nodes.get('hogger')]).toEqual([0, 1]);
  });
});

test('another seed, another dump', () => {
  const text = (seed: number): string => {
    const machine = boot();
    runWorkload(machine, 'leak', { seed, seconds: 0.5 });
    return machine.files.text(DUMP);
  };
  expect(text(1) === text(2)).toBe(false);
});

test('in how many pieces a job runs makes no difference', () => {
  const dump = (pieces: number): string => {
    const machine = boot();
    const job = startWorkload(machine, ['page-cache', 'network'], { seed: 5 });
    const from = machine.clock.ns;
    for (let n = 1; n <= pieces; n++) expect(job.runUntil(from + (n * 1e9) / pieces)).toBe(true);
    return machine.files.text(DUMP);
  };
  expect(dump(40) === dump(1)).toBe(true);
  const job = startWorkload(boot(), 'leak');
  expect(() => job.runUntil(NaN)).toThrow(
    new RangeError('a workload runs until a time in nanoseconds, got NaN'),
  );
});

test('a job can be watched, and goes on as if nobody had', () => {
  const [watched, other] = [boot(), boot()];
  const job = startWorkload(watched, ['fork-storm', 'leak'], { seed: 5 });
  const sizes = [1, 1, 1].map((seconds) => {
    expect(job.run(seconds)).toBe(true);
    return pagesOf(recordsOf(watched));
  });
  expect(sizes[2]).toBeGreaterThan(sizes[0]!);
  expect(pagesBy(recordsOf(watched), 'copy_process')).toBeGreaterThan(100);
  job.stop();
  expect(pagesBy(recordsOf(watched), 'copy_process')).toBe(0);
  expect(() => job.run(-1)).toThrow(new RangeError('a workload runs for more than 0 seconds, got -1'));
  expect(job.run(1)).toBe(false);
  runWorkload(other, ['fork-storm', 'leak'], { seed: 5, seconds: 3 });
  expect(pagesBy(recordsOf(other), 'leaky_alloc_buffers')).toBe(
    pagesBy(recordsOf(watched), 'leaky_alloc_buffers'),
  );
});

test('scale is how much', () => {
  const lost = (scale: number): number => {
    const machine = boot();
    runWorkload(machine, 'leak', { seed: 1, seconds: 2, scale });
    return pagesBy(recordsOf(machine), 'leaky_do_request');
  };
  expect(lost(3) / lost(1)).toBeGreaterThan(2);
});

test('nothing is lost without page_owner either', () => {
  const machine = boot({ cmdline: '' });
  const before = machine.allocator.freePageCount;
  runWorkload(machine, 'fork-storm', { seconds: 1 });
  for (let cpu = 0; cpu < machine.cpus; cpu++) machine.allocator.drainPcp(cpu);
  expect(machine.allocator.freePageCount).toBe(before);
});

test('the example of the README, and its table', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8').split('\n## Workloads\n')[1]!;
  const example = /```ts\n(.*?)```/s
    .exec(readme)![1]!
    .replace(/^import .*?;\n/gms, '')
    .replace("'2G'", "'64M'");
  const printed: unknown[] = [];
  const names = { ...api, console: { log: (...texts: unknown[]) => printed.push(texts[0]) } };
  new Function(...Object.keys(names), example)(...Object.values(names));
  expect(printed).toEqual(NAMES);
  for (const name of NAMES) expect(readme).toContain(`| \`${name}\``);
});

test('docs/page-owner.md shows what is there', () => {
  const text = readFileSync(new URL('../../../docs/page-owner.md', import.meta.url), 'utf8');
  const [, times, frames] = /^(\d+) times, .*\n.*\n([^]*?) \.\.\.\n/m.exec(text)!;
  const machine = bootSystem({ memory: '2G', cmdline: 'page_owner=on' });
  runWorkload(machine, 'leak');
  expect(machine.files.text(SHOW_STACKS)).toContain(frames);
  expect(pagesBy(recordsOf(machine), 'leaky_do_request')).toBe(Number(times));
  expect(machine.log).toContain(/^\[.*early allocated \d+ pages$/m.exec(text)![0]);
});

describe('options out of range', () => {
  test.each([
    [{ seconds: 0 }, 'a workload runs for more than 0 seconds, got 0'],
    [{ scale: -1 }, 'a scale is more than 0, got -1'],
    [{ seed: 0.5 }, 'a seed is a whole number, got 0.5'],
  ])('%j', (options, message) => {
    expect(() => runWorkload(boot(), 'leak', options)).toThrow(new RangeError(message));
  });

  test('an unknown name', () => {
    expect(() => runWorkload(boot(), 'toString' as WorkloadName)).toThrow(
      new RangeError(
        'unknown workload "toString"; known: leak, hogger, fork-storm, page-cache, slab, huge-pages, network, fragmenter',
      ),
    );
  });
});

test('a workload of one’s own runs beside others', () => {
  const open = 'do_syscall_64 entry_SYSCALL_64_after_hwframe';
  let given = 0;
  const own: api.OwnWorkload = function* (bench) {
    const path = `grow_table[mycache] mycache_open[mycache] ${open}`;
    const site = bench.site({ gfp: 'GFP_KERNEL|__GFP_COMP', order: 1, path });
    const freed = bench.path(`shrink_table[mycache] mycache_open[mycache] ${open}`);
    const task = bench.task('reader');
    for (let round = 0; round < 50; round++) {
      const block = bench.take(site, task);
      if (block && round % 2 === 0) {
        bench.give(block, freed, task);
        given++;
      }
      yield 1_000_000;
    }
  };
  const machine = boot();
  runWorkload(machine, [own, 'page-cache'], { seed: 1, seconds: 1 });
  const records = recordsOf(machine);
  const mine = records.filter(({ stack }) => stack[0]?.startsWith('grow_table+'));
  expect(mine).toHaveLength(50 - given);
  expect(given).toBe(25);
  for (const { order, comm, stack, gfpNames } of mine) {
    expect([order, comm, gfpNames]).toEqual([1, 'reader', 'GFP_KERNEL|__GFP_COMP']);
    expect(stack[1]).toMatch(/^mycache_open\+0x[0-9a-f]+\/0x[0-9a-f]+ \[mycache\]$/);
  }
  expect(records.length).toBeGreaterThan(1000);
  expect(() => startWorkload(machine, 'lek' as never)).toThrow('unknown workload "lek"; known: leak,');
});
