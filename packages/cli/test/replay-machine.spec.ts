import { describe, expect, test } from '@jest/globals';
import { parseDump } from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import { bootMachine, runWorkload, startWorkload } from '@page-owner/machine';
import type { Machine, MachineOptions, WorkloadName } from '@page-owner/machine';
import { CULL_KEYS, SORT_KEYS, sortDump } from '@page-owner/page-owner-sort';
import type { SortDumpOptions } from '@page-owner/page-owner-sort';
import { replay } from '@page-owner/trace-replay';
import fc from 'fast-check';

/** Both clocks count microseconds: the trace's text has no more. */
const MICROSECOND = 1000;

/** A machine that is traced from its first allocation on, in the text that page_owner's frames have. */
const boot = (seed: number): Machine =>
  bootMachine({
    memory: '64M',
    cmdline: 'page_owner=on',
    cpus: 2,
    kernel: '6.12',
    seed,
    clockResolution: MICROSECOND,
    trace: { stacks: true, symOffset: true, recordTgid: true },
  });

const byPfn = (records: Iterable<PageOwnerRecord>): Map<number, PageOwnerRecord> =>
  new Map([...records].map((record) => [record.pfn!, record]));

/** What the machine's page_owner has, and what a replay of its trace gives. */
async function bothOf(machine: Machine) {
  const { report, records } = await replay(Buffer.from(machine.trace!.text), { fromBoot: true });
  expect(report.warnings).toEqual([]);
  expect(report.superseded.events + report.unknownFrees.events).toBe(0);
  const own = byPfn(parseDump(machine.files.read('/sys/kernel/debug/page_owner')).records);
  return { replayed: byPfn(records()), own };
}

const isEarly = ({ stack }: PageOwnerRecord): boolean => stack[0]!.startsWith('register_early_stack+');
const isDummy = ({ stack }: PageOwnerRecord): boolean => stack[0]!.startsWith('register_dummy_stack+');

/** Flags and control group of a page are in no trace. */
const traced = ({ flags: _, flagNames: _n, memcg: _m, ...rest }: PageOwnerRecord) => rest;

describe("a machine's trace replays to the machine's own dump", () => {
  test.each<[WorkloadName[], number]>([
    [['leak', 'fork-storm'], 1],
    [['page-cache', 'slab'], 2],
    [['fragmenter', 'huge-pages'], 3],
    [['network', 'hogger'], 4],
  ])('%j', async (workloads, seed) => {
    const machine = boot(seed);
    runWorkload(machine, workloads, { seconds: 4, seed });
    const { replayed, own } = await bothOf(machine);
    expect(own.size).toBeGreaterThan(600);

    // Early pages: page_owner woke when they were in use, and wrote down that, page by page; a trace has who took them.
    const early = [...own].filter(([, record]) => isEarly(record)).map(([pfn]) => pfn);
    for (const [pfn, { order, tsNs }] of replayed) {
      if (!isEarly(own.get(pfn)!)) continue;
      for (let page = pfn; page < pfn + 2 ** order; page++) {
        expect(tsNs! < own.get(page)!.tsNs!).toBe(true);
        own.delete(page);
      }
      replayed.delete(pfn);
    }
    expect(early.length).toBeGreaterThan(0);
    expect(early.filter((pfn) => own.has(pfn))).toEqual([]);

    // page_owner's own pages: it writes down a dummy stack, so as not to record while it records.
    const dummies = [...own.values()].filter(isDummy);
    expect(dummies).toHaveLength(1);
    for (const { pfn } of dummies) {
      const { stack, ...rest } = replayed.get(pfn!)!;
      expect(stack[0]).toBe('__set_page_owner');
      expect(traced({ ...rest, stack: own.get(pfn!)!.stack })).toEqual(traced(own.get(pfn!)!));
      replayed.delete(pfn!);
      own.delete(pfn!);
    }

    // All the rest is equal, field by field.
    expect([...replayed.keys()]).toEqual([...own.keys()]);
    for (const [pfn, record] of own) expect(traced(replayed.get(pfn)!)).toEqual(traced(record));
  });

  test('a thread, a migrated page, a page that was split', async () => {
    const machine = boot(9);
    const leader = machine.tasks.spawn('mysqld');
    const movable = machine.gfp('GFP_HIGHUSER_MOVABLE');
    const stack = machine.stack(['do_anonymous_page+0x1/0x2', 'handle_mm_fault+0x3/0x4']);
    const pages = machine.runAs(machine.tasks.spawn('mysqld', leader), () =>
      Array.from({ length: 3000 }, () => machine.alloc(movable, 0, stack)),
    );
    // Holes, and someone who lets the rest be moved together.
    pages.forEach((pfn, i) => i % 3 && machine.free(pfn, 0, stack));
    machine.mover = { move: () => true };
    machine.allocator.compact();
    const split = machine.alloc(machine.gfp('GFP_KERNEL'), 2, stack);
    machine.allocator.splitPage(split, 2);
    machine.free(split + 1, 0, stack);

    const { replayed, own } = await bothOf(machine);
    expect(own.get(split)).toMatchObject({ order: 0 });
    // The free of one piece tells that it was split.
    for (const pfn of [split, split + 2, split + 3])
      expect(traced(replayed.get(pfn)!)).toEqual(traced(own.get(pfn)!));
    expect(replayed.has(split + 1)).toBe(false);

    const migrated = [...own.values()].filter(({ migrateReason }) => migrateReason !== undefined);
    expect(migrated.length).toBeGreaterThan(0);
    // Compaction has no event that names the new page, only the free of the old one.
    for (const { pfn } of migrated) expect(replayed.has(pfn!)).toBe(false);
    const stayed = [...replayed.values()].filter(({ migratetype }) => migratetype === 'Movable');
    expect(stayed).toHaveLength(1000 - migrated.length);
    for (const record of stayed) {
      expect(record).toMatchObject({ pid: leader.pid + 1, tgid: leader.pid });
      expect(traced(record)).toEqual(traced(own.get(record.pfn!)!));
    }
  });
});

/** What a machine's page_owner says. */
const dumpOf = (machine: Machine): Uint8Array => machine.files.read('/sys/kernel/debug/page_owner');

/** A machine that runs for a while, dumps itself, and is traced while it goes on. */
async function continued(
  workloads: readonly WorkloadName[],
  seed: number,
  parameters = '',
  between: (machine: Machine) => void = () => {},
  pageRef = false,
) {
  const machine = bootMachine({
    memory: '64M',
    cmdline: `page_owner=on ${parameters}`,
    cpus: 2,
    kernel: '6.12',
    seed,
    clockResolution: MICROSECOND,
  });
  const job = startWorkload(machine, workloads, { seed });
  job.run(2);
  const before = dumpOf(machine);
  const trace = machine.startTrace({ stacks: true, symOffset: true, recordTgid: true, pageRef });
  job.run(1);
  between(machine);
  job.run(1);
  trace.stop();
  const replayed = await replay(Buffer.from(trace.text), { baseline: before, withoutFrees: true });
  const { superseded, supersededBaseline } = replayed.report;
  expect(superseded.events + supersededBaseline.events).toBe(0);
  const text = Buffer.concat([...replayed.dump()]).toString();
  return { machine, before, after: Buffer.from(dumpOf(machine)).toString(), text, ...replayed };
}

/** Every mode of page_owner_sort but those by the time of a free, which no dump of 6.12 has. */
const MODES: SortDumpOptions[] = [
  {},
  { compat: '6.12' },
  ...SORT_KEYS.map((key) => ({ sort: [{ key, descending: key === 'pages' }] })),
  ...CULL_KEYS.map((key) => ({ cull: [key] })),
  { cull: ['stacktrace', 'name'], sort: [{ key: 'pages', descending: true }] },
];

const sorted = async (text: string, mode: SortDumpOptions): Promise<string> =>
  Buffer.concat([...(await sortDump(Buffer.from(text), mode)).text()]).toString();

describe('from its own dump on', () => {
  test.each<[WorkloadName[], number]>([
    [['leak', 'fork-storm'], 11],
    [['page-cache', 'slab'], 12],
    [['network', 'hogger'], 13],
  ])(
    "without control groups, %j: sorted in any mode the replayed dump is the machine's, byte for byte",
    async (workloads, seed) => {
      const { text, after, before } = await continued(workloads, seed, 'cgroup_disable=memory');
      for (const mode of MODES) {
        const [replayed, own] = [await sorted(text, mode), await sorted(after, mode)];
        expect(own).toContain(' times, ');
        if (replayed !== own) throw new Error(`sorted with ${JSON.stringify(mode)} it differs`);
      }
      // Unsorted, nothing differs but the low flags of new pages.
      const old = new Set(
        Buffer.from(before)
          .toString()
          .match(/^Page allocated .*$/gm),
      );
      const lines = text.split('\n');
      const own = after.split('\n');
      expect(lines).toHaveLength(own.length);
      let differing = 0;
      lines.forEach((line, i) => {
        if (line === own[i]) return;
        differing++;
        expect(old.has(lines[i - 1]!)).toBe(false);
        const [, place, names] = /^(PFN .* Flags )0x[0-9a-f]+\((node=\d\|zone=\d)\)$/.exec(line)!;
        expect(own[i]!.startsWith(place!)).toBe(true);
        expect(own[i]).toContain(names);
      });
      expect(differing).toBeGreaterThan(50);
    },
  );

  test.each<[WorkloadName[], number]>([
    [['leak', 'fork-storm'], 21],
    [['page-cache', 'slab'], 22],
    [['fragmenter', 'huge-pages'], 23],
    [['network', 'hogger'], 24],
  ])('%j: what differs is counted', async (workloads, seed) => {
    const compact = (machine: Machine) => machine.allocator.compact();
    const { records, report, before, after } = await continued(workloads, seed, '', compact);
    const replayed = byPfn(records());
    const own = byPfn(parseDump(after).records);
    const old = byPfn(parseDump(before).records);
    const isOld = ({ pfn, tsNs }: PageOwnerRecord) => old.get(pfn!)?.tsNs === tsNs;

    // Pages that were moved while the trace ran are missing, and nothing else.
    const missing = [...own.values()].filter(({ pfn }) => !replayed.has(pfn!));
    for (const record of missing) {
      expect(record.migrateReason).toBe('compaction');
      expect(isOld(record)).toBe(false);
    }
    expect([...replayed.keys()].filter((pfn) => !own.has(pfn))).toEqual([]);
    expect(report.live.records + missing.length).toBe(own.size);

    const fresh = [];
    for (const [pfn, record] of replayed) {
      const theirs = own.get(pfn)!;
      if (isOld(theirs)) {
        // All of the baseline, with flags and control group as they were.
        const { flags, flagNames, memcg } = old.get(pfn)!;
        expect(record).toEqual({ ...theirs, flags, flagNames, ...(memcg && { memcg }) });
        continue;
      }
      fresh.push(theirs);
      expect(record.memcg).toBe(undefined);
      expect(traced(record)).toEqual(traced(theirs));
      // Of the flags node and zone are known.
      expect(record.flagNames).toBe(/node=\d+\|zone=\d+/.exec(theirs.flagNames!)![0]);
      expect(record.flags! & ~theirs.flags!).toBe(0n);
    }
    expect(fresh.length).toBeGreaterThan(100);
    expect(fresh.some(({ memcg }) => memcg)).toBe(true);
    if (workloads.includes('fragmenter')) expect(missing.length).toBeGreaterThan(0);
  });
});

/** A machine without control groups on which `before` runs, then a dump, then `after` with a trace that has events of page_ref. */
async function referenced(
  before: (machine: Machine) => void,
  after: (machine: Machine) => void,
  options: Partial<MachineOptions> = {},
) {
  const cmdline = 'page_owner=on cgroup_disable=memory';
  const given = { memory: '64M', cmdline, cpus: 2, kernel: '6.12', clockResolution: MICROSECOND, ...options };
  const machine = bootMachine(given);
  // Where zones begin and end is known from records there.
  const { allocator } = machine;
  const free = [...allocator.blocks()].filter(({ kind }) => kind === 'free');
  for (let zone = 0; zone < allocator.zones().length; zone++) {
    const blocks = free.filter(({ pfn }) => allocator.zoneIndexOf(pfn) === zone);
    for (const { pfn, order } of [blocks[0], blocks.at(-1)].flatMap((block) => block ?? []))
      allocator.allocAt(pfn + 2 ** order - 1, 0, machine.gfp('GFP_KERNEL'));
  }
  before(machine);
  const baseline = dumpOf(machine);
  const trace = machine.startTrace({ stacks: true, symOffset: true, recordTgid: true, pageRef: true });
  after(machine);
  trace.stop();
  const played = await replay(Buffer.from(trace.text), { baseline, withoutFrees: true });
  const { superseded, supersededBaseline } = played.report;
  expect(superseded.events + supersededBaseline.events).toBe(0);
  const text = Buffer.concat([...played.dump()]).toString();
  return { text, own: Buffer.from(dumpOf(machine)).toString(), report: played.report };
}

/** The first line in which two texts differ, with that of the other. */
function difference(replayed: string, own: string): readonly string[] | undefined {
  const [lines, others] = [replayed.split('\n'), own.split('\n')];
  const at = lines.findIndex((line, i) => line !== others[i]);
  if (at >= 0) return [lines[at]!, others[at] ?? ''];
  return lines.length === others.length ? undefined : [`${lines.length} lines`, `${others.length} lines`];
}

const ANON = 'uptodate|lru|swapbacked';
const FILE = 'referenced|uptodate|lru|active';
const HEAD = 'uptodate|dirty|lru|head|swapbacked';

/** Pages that can be moved: anonymous, of a file, and of no mapping; every other one is free again. */
function scatter(machine: Machine, count: number): number[] {
  const notes = [ANON, FILE, ''].map((flags) => machine.note({ flags }));
  const movable = machine.gfp('GFP_HIGHUSER_MOVABLE');
  const stack = machine.stack(['do_anonymous_page+0x1/0x2', 'handle_mm_fault+0x3/0x4']);
  const pages = Array.from({ length: count }, (_, i) => machine.alloc(movable, 0, stack, notes[i % 3]));
  machine.mover = { move: () => true };
  return pages.filter((pfn, i) => i % 2 === 0 || void machine.free(pfn, 0, stack));
}

describe('with events of page_ref, from its own dump on', () => {
  const compact = (machine: Machine) => machine.allocator.compact();
  const ALL: [WorkloadName[], number][] = [
    [['leak', 'fork-storm'], 31],
    [['page-cache', 'slab'], 32],
    [['fragmenter', 'huge-pages'], 33],
    [['network', 'hogger'], 34],
  ];

  test.each(ALL)(
    "without control groups, %j: the replayed dump is the machine's, unsorted and byte for byte",
    async (workloads, seed) => {
      const played = await continued(workloads, seed, 'cgroup_disable=memory', compact, true);
      const { text, after, before, report } = played;
      expect(difference(text, after)).toBe(undefined);
      expect(report.warnings).toEqual([]);
      expect(report.moved.followed.compaction.pages).toBe(report.moved.compaction.pages);
      if (seed !== 31) expect(report.moved.compaction.pages).toBeGreaterThan(100);
      const flags = (dump: string): Set<string> => new Set(dump.match(/Flags .*$/gm));
      expect(flags(after).size).toBeGreaterThan(1);
      expect(Buffer.from(before).equals(Buffer.from(after))).toBe(false);
    },
  );

  test.each(ALL)('%j: nothing differs but the control groups of new pages', async (workloads, seed) => {
    const { records, before, after } = await continued(workloads, seed, '', compact, true);
    const replayed = [...records()];
    const own = parseDump(after).records;
    const old = byPfn(parseDump(before).records);
    const uncharged = ({ memcg: _, ...rest }: PageOwnerRecord) => rest;
    expect(replayed.map(uncharged)).toEqual([...own].map(uncharged));
    let charged = 0;
    for (const [i, { memcg, pfn, tsNs }] of own.entries()) {
      if (memcg && !replayed[i]!.memcg) charged++;
      // Who is charged for an old page that stayed where it is is known.
      if (old.get(pfn!)?.tsNs === tsNs) expect(replayed[i]!.memcg).toEqual(old.get(pfn!)!.memcg);
    }
    expect(charged).toBeGreaterThan(50);
  });

  test('early pages that go from the list of a cpu to the zone and back', async () => {
    const machine = bootMachine({
      memory: '256M',
      cmdline: 'page_owner=on cgroup_disable=memory',
      cpus: 4,
      kernel: '6.7',
      seed: 787947,
      clockResolution: MICROSECOND,
    });
    const job = startWorkload(machine, ['page-cache', 'slab'], { seed: 787947 });
    job.run(3);
    const baseline = dumpOf(machine);
    const trace = machine.startTrace({ stacks: true, symOffset: true, recordTgid: true, pageRef: true });
    job.run(2);
    compact(machine);
    job.run(1);
    trace.stop();
    const { dump, report } = await replay(Buffer.from(trace.text), { baseline, kernel: '6.7' });
    const own = Buffer.from(dumpOf(machine)).toString();
    // Drained by compaction, and taken again.
    expect(own).toContain('PFN 0x1408 ');
    expect(difference(Buffer.concat([...dump()]).toString(), own)).toBe(undefined);
    expect(report.warnings).toEqual([]);
  });

  const FIRST_PLUGGED = 0x8000;

  test('pages that move out of the way of memory that is taken out', async () => {
    const { text, own, report } = await referenced(
      (machine) => {
        machine.addMemory(FIRST_PLUGGED);
        scatter(machine, 36_000);
      },
      (machine) => machine.removeMemory(FIRST_PLUGGED),
      { memory: '128M', maxPfn: FIRST_PLUGGED + 0x8000 },
    );
    expect(own).toContain('last migrate reason: memory_hotplug');
    expect(report.moved.followed.otherwise).toEqual(
      expect.objectContaining({ pages: report.moved.otherwise.pages }),
    );
    expect(difference(text, own)).toBe(undefined);
  });

  test("page_owner's own pages, once its dummy stack is known", async () => {
    let calls = 0;
    const allocate = (machine: Machine) => {
      for (let i = 0; i < 500; i++)
        machine.alloc(machine.gfp('GFP_KERNEL'), 0, machine.stack([`f${calls++}+0x1/0x2`, 'g+0x3/0x4']));
    };
    const { text, own } = await referenced(allocate, allocate);
    expect(own.match(/register_dummy_stack/g)!.length).toBeGreaterThan(4);
    expect(difference(text, own)).toBe(undefined);
  });

  test('pages that are given out without mm_page_alloc are counted', async () => {
    let pages: number[] = [];
    const { report } = await referenced(
      (machine) => void (pages = scatter(machine, 9000)),
      (machine) => {
        const start = (Math.min(...pages) >>> 9) << 9;
        expect(machine.allocator.allocRange(start, start + 1024, machine.gfp('GFP_KERNEL'))).toBe(true);
      },
      { memory: '128M' },
    );
    expect(report.untold).toBe(1024);
    expect(report.warnings).toEqual([
      '1024 blocks were given out without mm_page_alloc, as page_ref tells (CMA, bulk allocation): the dump lacks them',
    ]);
    expect(report.moved.followed.otherwise.pages).toBeGreaterThan(400);
  });

  test('any history', async () => {
    const step = fc.record({
      what: fc.constantFrom('alloc', 'alloc', 'free', 'split', 'compact'),
      order: fc.nat(4),
      which: fc.nat(),
      flags: fc.constantFrom(ANON, FILE, HEAD, '', 'reserved'),
      cpu: fc.nat(1),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 30, maxLength: 300 }),
        fc.nat(1000),
        async (steps, from) => {
          const live: { pfn: number; order: number }[] = [];
          const play = (machine: Machine, some: typeof steps) => {
            const stack = machine.stack([`do_work+0x${from.toString(16)}/0x999`]);
            for (const { what, order, which, flags, cpu } of some) {
              machine.allocator.cpu = cpu;
              const at = which % Math.max(live.length, 1);
              const block = live[at];
              if (what === 'alloc') {
                const isHead = flags === HEAD;
                const names = `${which % 2 ? 'GFP_KERNEL' : 'GFP_HIGHUSER_MOVABLE'}${isHead ? '|__GFP_COMP' : ''}`;
                const pfn = machine.alloc(machine.gfp(names), order, stack, machine.note({ flags }));
                live.push({ pfn, order });
              } else if (what === 'compact') machine.allocator.compact();
              else if (block === undefined) continue;
              else if (what === 'free') {
                machine.free(block.pfn, block.order, stack);
                live.splice(at, 1);
              } else if (block.order > 0) {
                const isHead = machine.notes.noteOf(machine.notes.at(block.pfn)).flags === HEAD;
                const newOrder = isHead ? order % block.order : 0;
                if (isHead) machine.allocator.splitFolio(block.pfn, block.order, newOrder);
                else machine.allocator.splitPage(block.pfn, block.order);
                live.splice(at, 1);
                for (let pfn = block.pfn; pfn < block.pfn + 2 ** block.order; pfn += 2 ** newOrder)
                  live.push({ pfn, order: newOrder });
              }
            }
          };
          const middle = Math.floor(steps.length / 3);
          const { text, own } = await referenced(
            (machine) => {
              machine.mover = {
                move: (oldPfn, newPfn) => {
                  const block = live.find(({ pfn }) => pfn === oldPfn);
                  if (block) block.pfn = newPfn;
                  return block !== undefined;
                },
              };
              play(machine, steps.slice(0, middle));
            },
            (machine) => play(machine, [...steps.slice(middle), { ...steps[0]!, what: 'alloc' }]),
          );
          expect(difference(text, own)).toBe(undefined);
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
