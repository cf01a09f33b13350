import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NO_PAGE } from '@page-owner/buddy-allocator';
import { records, variantOf } from '@page-owner/dump-format';
import { bootMachine, reenact, type Machine, type MachineOptions } from '@page-owner/machine';

const PAGE_OWNER = '/sys/kernel/debug/page_owner';
const GFPS = [
  'GFP_KERNEL',
  'GFP_KERNEL|__GFP_COMP',
  'GFP_HIGHUSER_MOVABLE',
  'GFP_KERNEL|__GFP_RECLAIMABLE',
  'GFP_ATOMIC',
];
const FLAGS = ['', 'uptodate|lru', 'uptodate|dirty|lru|swapbacked', 'head'];

interface Live {
  readonly pfn: number;
  readonly order: number;
  readonly task: string;
  readonly gfp: string;
}

/** Allocates, frees, splits and compacts at random; returns what is alive by its first frame. */
function work(machine: Machine, steps: number): Map<number, Live> {
  const { random, allocator } = machine;
  const live = new Map<number, Live>();
  const tasks = ['sh', 'dd', '), ts 5 ns', 'x\ny'].map((name) => [name, machine.tasks.spawn(name)] as const);
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  machine.mover = {
    move: (oldPfn, newPfn) => {
      const moved = live.get(oldPfn);
      if (moved === undefined) return false;
      live.delete(oldPfn);
      live.set(newPfn, { ...moved, pfn: newPfn });
      return true;
    },
  };
  for (let i = 0; i < steps; i++) {
    const stack = machine.stack([`f${random.below(20)}+0x1/0x10`, `g${random.below(5)}+0x8/0x8 [mod]`]);
    const [name, task] = pick(tasks);
    machine.runAs(task, () => {
      const deed = random.below(10);
      const old = live.size === 0 ? undefined : pick([...live.values()]);
      if (deed < 6 || old === undefined) {
        const gfp = pick(GFPS);
        const order = random.below(4) === 0 ? random.below(5) : 0;
        const note = machine.note({ flags: pick(FLAGS) });
        const pfn = machine.alloc(machine.gfp(gfp), order, stack, note);
        if (pfn !== NO_PAGE) live.set(pfn, { pfn, order, task: name, gfp });
      } else if (deed < 9) {
        live.delete(old.pfn);
        machine.free(old.pfn, old.order, stack);
      } else if (old.order > 0 && !allocator.blockAt(old.pfn).compound) {
        allocator.splitPage(old.pfn, old.order);
        for (let pfn = old.pfn; pfn < old.pfn + 2 ** old.order; pfn++)
          live.set(pfn, { ...old, pfn, order: 0 });
      }
    });
    if (i % 200 === 199) allocator.compact();
  }
  return live;
}

const boot = (options: Partial<MachineOptions>): Machine =>
  bootMachine({ memory: '32M', cmdline: 'page_owner=on', cpus: 2, ...options });

const options = fc.record({
  seed: fc.integer(),
  kernel: fc.constantFrom('6.1', '6.12'),
  steps: fc.integer({ min: 1, max: 1200 }),
});

describe('from then on every page has an owner', () => {
  test('a dump has exactly what is alive: frame, order, task, mask', () => {
    fc.assert(
      fc.property(options, ({ seed, kernel, steps }) => {
        const machine = boot({ seed, kernel });
        const live = work(machine, steps);
        expect(machine.allocator.check()).toEqual([]);
        const expected = [...live.values()]
          .sort((a, b) => a.pfn - b.pfn)
          .map(({ pfn, order, task, gfp }) => [pfn, order, task, machine.gfp(gfp)]);
        const own = [...records(machine.files.read(PAGE_OWNER))].filter(
          ({ stack }) => !stack[0]!.startsWith('register_'),
        );
        expect(own.map(({ pfn, order, comm, gfpMask }) => [pfn, order, comm, gfpMask])).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  test('the machine’s own dump can be re-enacted, byte for byte', () => {
    fc.assert(
      fc.property(options, ({ seed, kernel, steps }) => {
        const machine = boot({ seed, kernel });
        work(machine, steps);
        const dump = machine.files.read(PAGE_OWNER);
        const again = reenact(dump, { dmesg: machine.log, zoneinfo: machine.files.text('/proc/zoneinfo') });
        expect(again.misplaced).toEqual([]);
        expect(again.machine.files.text(PAGE_OWNER)).toBe(new TextDecoder().decode(dump));
      }),
      { numRuns: 15 },
    );
  });

  test.each(['3.19', '4.6', '5.10', '5.11', '5.13', '5.18', '6.5', '6.8', 'newest'])(
    'Linux %s writes its own variant, masks and types by its own names',
    (kernel) => {
      const machine = boot({ kernel });
      const stack = machine.stack(['leak+0x1/0x2']);
      const pfn = machine.alloc(machine.gfp('GFP_KERNEL|__GFP_RECLAIMABLE|__GFP_NOWARN'), 0, stack);
      const all = [...records(machine.files.read(PAGE_OWNER))];
      const { variant } = machine.kernel;
      // What a record without a migration, a group and a handle lacks, an older variant lacks, too.
      expect(['V7', 'V8'].includes(variant) ? 'V7' : variant).toBe(variantOf(all[0]!));
      const own = all.find((record) => record.pfn === pfn)!;
      expect(own.stack[0]).toMatch(/leak\+0x1\/0x2$/);
      if (variant !== 'V1') {
        expect(own.migratetype).toBe('Reclaimable');
        expect(own.gfpNames).toMatch(/__GFP_RECLAIMABLE|GFP_TEMPORARY/);
        expect(own.gfpNames).not.toMatch(/0x/);
        // 6.3 to 6.7 have the allocator of 6.1, and no __GFP_ATOMIC.
        const atomic = machine.alloc(machine.gfp('GFP_ATOMIC'), 0, stack);
        const record = [...records(machine.files.read(PAGE_OWNER))].find((each) => each.pfn === atomic)!;
        expect(record.gfpNames).not.toMatch(/0x/);
      }
    },
  );
});

test('two nodes, a hole, CMA and a Movable zone', () => {
  const machine = bootMachine({
    memory: [
      {
        ranges: [
          { start: 1, end: 0x9f },
          { start: 0x100, end: 0x8000 },
        ],
      },
      { ranges: [{ start: 0x10000, end: 0x20000 }], movableFrom: 0x18000 },
    ],
    cma: [{ start: 0x10000, end: 0x10400 }],
    cmdline: 'console=ttyS0 page_owner=on',
    kernel: '6.12',
    cpus: 2,
  });
  const { log, files } = machine;
  expect(log).toContain('] Early memory node ranges\n');
  expect(log).toMatch(/ {2}node {3}1: \[mem 0x0000000010000000-0x000000001fffffff\]\n/);
  expect(log).toContain('Node 1: 0x0000000018000000');
  expect(log).toContain(`allocated ${3 * 32768 * 72} bytes of page_ext\n`);
  const early = [...log.matchAll(/Node (\d), zone +(\w+): page owner found early allocated (\d+) pages/g)];
  expect(early.map(([, node, zone]) => [node, zone])).toEqual([
    ['0', 'DMA'],
    ['0', 'DMA32'],
    ['1', 'DMA32'],
    ['1', 'Movable'],
  ]);
  // Each node has the tables of its own sections.
  expect(Number(early[2]![3])).toBe(2 * 576);
  machine.alloc(
    machine.gfp('GFP_HIGHUSER_MOVABLE'),
    0,
    machine.stack(['f+0x0/0x1']),
    machine.note({ flags: 'lru' }),
  );
  expect(files.text('/proc/zoneinfo')).toContain('nr_inactive_file 1\n');
  expect(files.text('/proc/meminfo')).toContain('CmaTotal:           4096 kB\n');
});

describe('what is none is refused, and nothing has changed', () => {
  const alloc = bootMachine({ memory: '64M', cmdline: 'page_owner=on' });
  const kernel = alloc.gfp('GFP_KERNEL');

  test.each<[string, (machine: Machine) => unknown, string]>([
    ['a stack to allocate from', (m) => m.alloc(kernel, 0, 999), 'no stack has the number 999'],
    ['a stack to free from', (m) => m.free(4096, 0, 999), 'no stack has the number 999'],
    ['a note', (m) => m.alloc(kernel, 0, undefined, 999), 'no note has the number 999'],
    ['an order', (m) => m.alloc(kernel, 11), 'got 11'],
    ['flags', (m) => m.note({ flags: 'uptodate|zzz' }), 'unknown page flag "zzz"'],
    ['a control group', (m) => m.note({ memcg: 'jobA' as never }), 'memcg.name'],
    ['a use', (m) => m.note({ use: 'zzz' as never }), 'got "zzz"'],
    ['work that goes on later', (m) => m.runAs(m.tasks.init, async () => {}), 'asynchronous'],
    ['a random number', (m) => m.random.below(0), 'got 0'],
    ['a file to write', (m) => m.files.write('/proc/buddyinfo', 'x'), 'cannot write /proc/buddyinfo: '],
    ['cpus', () => bootMachine({ memory: '64M', cpus: 0 }), 'at least one cpu'],
  ])('%s', (_, act, message) => {
    const { tasks, stacks, allocator } = alloc;
    const before = [alloc.files.text(PAGE_OWNER), allocator.freePageCount, stacks.current, tasks.running];
    expect(() => act(alloc)).toThrow(message);
    expect([alloc.files.text(PAGE_OWNER), allocator.freePageCount, stacks.current, tasks.running]).toEqual(
      before,
    );
    expect(alloc.alloc(kernel)).not.toBe(NO_PAGE);
    expect(allocator.check()).toEqual([]);
  });
});
