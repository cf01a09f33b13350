import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  breakdown,
  DIMENSIONS,
  functionText,
  growth,
  growthClass,
  leakScore,
  MIN_GROWTH,
  ownerTexts,
  pagesOlderThan,
  profileDump,
  reclaimOfSample,
} from '@page-owner/profile';
import type { GrowthRow, Profile } from '@page-owner/profile';
import { AgeTableBuilder } from '../src/tables/age-table.js';
import { profileOf } from './fixtures.js';
import { anyMemory, dumpOf } from './simulated-dump.js';

const ownerOf = (snapshots: readonly Profile[], row: GrowthRow | undefined) => {
  const profile = snapshots[row!.snapshot]!;
  return functionText(profile, profile.stacks.owner[row!.stack]!);
};
const LEAK = 'leaky_alloc_buffers [leaky]';

describe('a module that knows what it leaked', () => {
  test.each([
    ['6.12', ['t1', 't2'], 3800, 3800],
    ['6.12', ['t2', 't3'], 8184 - 3800, 3784],
    ['6.12', ['t1', 't2', 't3'], 8184, 7584],
    ['6.1', ['t1', 't2'], 3800, 3800],
  ])('%s %j: grew by %i pages, %i of them by its first stack', async (kernel, moments, leaked, first) => {
    const snapshots = await Promise.all(moments.map((moment) => profileOf(`${kernel}-${moment}`)));
    const { rows, suspects, warnings } = growth(snapshots);
    const leaks = rows.filter((row) => ownerOf(snapshots, row) === LEAK);
    expect(leaks.reduce((sum, { delta }) => sum + delta, 0)).toBe(leaked);
    expect(leaks[0]).toMatchObject({ delta: first, shrank: false, reclaim: 'none' });
    expect(ownerOf(snapshots, suspects[0])).toBe(LEAK);
    expect(suspects[0]).toBe(leaks[0]);
    expect(suspects.map((row) => row.class)).toEqual(
      suspects.map(() => (moments.length > 2 ? 'growing' : 'new')),
    );
    expect(ownerTexts(snapshots.at(-1)!, leaks[0]!.stack).slice(0, 3)).toEqual([
      LEAK,
      'leaky_do_request [leaky]',
      'leaky_write [leaky]',
    ]);
    expect(warnings).toEqual([]);
    expect(rows.some((row) => ownerTexts(snapshots[row.snapshot]!, row.stack).join().includes('tidy'))).toBe(
      false,
    );
  });

  test('a pool is growth when it begins, and no suspect once it stands still', async () => {
    const all = await Promise.all(['t1', 't2', 't3'].map((moment) => profileOf(`6.12-${moment}`)));
    const poolIn = (snapshots: Profile[]) => {
      const { rows, suspects } = growth(snapshots);
      const pool = rows.find((row) => ownerOf(snapshots, row) === 'pool_refill_buffers [leaky]')!;
      return { pages: pool.pages, score: pool.score, class: pool.class, suspect: suspects.includes(pool) };
    };
    const [two, three] = [poolIn(all.slice(0, 2)), poolIn(all)];
    expect(two).toEqual({ pages: [0, 256], score: 256, class: 'new', suspect: true });
    expect(three).toEqual({ pages: [0, 256, 256], score: 0, class: 'settled', suspect: false });
  });

  test('three snapshots: the leak keeps growing, four more begin in the last interval, and noise is neither', async () => {
    const snapshots = await Promise.all(['t1', 't2', 't3'].map((moment) => profileOf(`6.12-${moment}`)));
    const { rows, suspects } = growth(snapshots);
    const named = (group: readonly GrowthRow[]) =>
      group.map((row) => [row.delta, ownerOf(snapshots, row)] as const);
    const kernel = rows.filter(({ reclaim }) => reclaim === 'none');
    const of = (name: string) => named(kernel.filter((row) => row.class === name));
    expect(named(suspects)).toEqual([[7584, LEAK]]);
    expect(of('growing')).toEqual(named(suspects));
    expect(of('new').slice(0, 4)).toEqual([
      [756, 'leaky_alloc_objects [leaky]'],
      [504, 'leaky_alloc_vmalloc [leaky]'],
      [500, LEAK],
      [100, LEAK],
    ]);
    expect(of('settled').slice(0, 3)).toEqual([
      [256, 'pool_refill_buffers [leaky]'],
      [49, 'virtqueue_add_split'],
      [28, '__sg_alloc_table'],
    ]);
    expect(of('tracker')).toEqual([[5, 'register_dummy_stack']]);
    const classes = new Set(kernel.filter(({ delta }) => delta > 0).map((row) => row.class));
    expect(classes).not.toContain(undefined);
    // What the floor is for.
    const all = named(growth(snapshots, { minGrowth: 0 }).suspects);
    expect(all.slice(0, 3)).toEqual([
      [7584, LEAK],
      [49, 'virtqueue_add_split'],
      [28, '__sg_alloc_table'],
    ]);
    expect(growth(snapshots, { minGrowth: 7000 }).suspects).toEqual([]);
    expect(() => growth(snapshots, { minGrowth: -1 })).toThrow(
      'minGrowth is a number of pages from 0 on, not -1',
    );
  });

  test('by task, by several dimensions', async () => {
    const snapshots = [await profileOf('6.12-t2'), await profileOf('6.12-t3')];
    const [init] = growth(snapshots, { by: ['taskName', 'module'] }).suspects;
    expect(init!.names).toEqual(['leaker', 'leaky']);
    const samples = (profile: Profile) =>
      breakdown(profile, ['taskName', 'module', 'reclaim']).find(
        ({ names }) => names.join() === 'leaker,leaky,none',
      )?.pages ?? 0;
    expect(init!.pages).toEqual(snapshots.map(samples));
    expect(() => growth(snapshots, { by: ['colour' as 'task'] })).toThrow('no dimension "colour"');
  });

  test('rates are by the times of the dumps', async () => {
    const snapshots = [await profileOf('6.12-t1'), await profileOf('6.12-t2')];
    const { times, suspects } = growth(snapshots);
    expect(times).toEqual(snapshots.map(({ timeNs }) => timeNs));
    const minutes = Number(times![1]! - times![0]!) / 60e9;
    expect(suspects[0]?.pagesPerMinute).toBeCloseTo(3800 / minutes, 6);
  });
});

describe('for any snapshots', () => {
  test('pages, deltas and kinds are those of the samples', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMemory, { minLength: 2, maxLength: 4 }), async (memories) => {
        const snapshots = await Promise.all(memories.map(({ records }) => profileDump(dumpOf(records))));
        const times = snapshots.map((_, i) => BigInt(i) * 60_000_000_000n);
        const { rows, delta } = growth(snapshots, { times });
        const expected = new Map<string, number[]>();
        snapshots.forEach((profile, i) => {
          for (let s = 0; s < profile.samples.length; s++) {
            const key = `${profile.stacks.id[profile.samples.stack[s]!]} ${reclaimOfSample(profile, s)}`;
            const pages = expected.get(key) ?? snapshots.map(() => 0);
            pages[i]! += profile.samples.pages[s]!;
            expected.set(key, pages);
          }
        });
        expect(new Map(rows.map((row) => [`${row.id} ${row.reclaim}`, row.pages]))).toEqual(expected);
        for (const row of rows) {
          const change = row.pages.at(-1)! - row.pages[0]!;
          expect([row.delta, row.pagesPerMinute]).toEqual([change, change / (snapshots.length - 1)]);
          expect(row.shrank).toBe(row.pages.slice(1).some((pages, i) => pages < row.pages[i]!));
        }
        const total = snapshots.at(-1)!.pages - snapshots[0]!.pages;
        expect(delta.lru + delta.shrinker + delta.none).toBe(total);
      }),
      { numRuns: 40 },
    );
  });

  test('rows by any dimensions are the breakdowns of the snapshots, side by side', async () => {
    const any = fc.tuple(
      fc.array(anyMemory, { minLength: 2, maxLength: 3 }),
      fc.uniqueArray(fc.constantFrom(...DIMENSIONS), { maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(any, async ([memories, by]) => {
        const snapshots = await Promise.all(memories.map(({ records }) => profileDump(dumpOf(records))));
        const { rows, delta } = growth(snapshots, { by, times: snapshots.map((_, i) => BigInt(i)) });
        const expected = new Map<string, number[]>();
        snapshots.forEach((profile, i) => {
          for (const { names, pages } of breakdown(profile, [...by, 'reclaim'])) {
            const row = expected.get(JSON.stringify(names)) ?? snapshots.map(() => 0);
            row[i] = pages;
            expected.set(JSON.stringify(names), row);
          }
        });
        const key = (row: GrowthRow) => JSON.stringify([...row.names, row.reclaim]);
        expect(new Map(rows.map((row) => [key(row), row.pages]))).toEqual(expected);
        expect(rows).toHaveLength(expected.size);
        for (const kind of ['lru', 'shrinker', 'none'] as const)
          expect(
            rows.filter(({ reclaim }) => reclaim === kind).reduce((sum, row) => sum + row.delta, 0),
          ).toBe(delta[kind]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('growthClass', () => {
  test.each([
    ['a leak', [0, 3800, 7584], 'growing'],
    ['a leak that begins in the last interval', [0, 0, 756], 'new'],
    ['on top of what was there', [300, 298, 3000], 'new'],
    ['a pool', [0, 256, 256], 'settled'],
    ['noise', [0, 48, 49], 'settled'],
    ['slower and slower', [0, 24, 28], 'settled'],
    ['too little to tell', [1, 2, 3], 'new'],
    ['given back in part', [0, 4186, 4186, 4186, 52], 'settled'],
    ['a leak that gives a little back', [0, 1000, 950, 1900, 2900], 'growing'],
    ['up and down, higher than ever', [16, 0, 80, 32, 152, 168, 72, 248], 'new'],
    ['up and down', [8, 0, 200, 0, 100], 'settled'],
    ['stopped leaking, never freed', [0, 3800, 7584, 7584], 'growing'],
    ['shrank', [9, 5, 1], undefined],
    ['same', [9, 12, 9], undefined],
    ['two snapshots', [3, 4], 'new'],
  ])('%s: %j', (_, pages, wanted) => {
    const durations = pages.slice(1).map(() => 1);
    expect(growthClass(pages, durations)).toBe(wanted);
  });

  test('a page in each interval, or in each second one, is found when there are enough snapshots', () => {
    const steady = (snapshots: number, every: number) => {
      const pages = Array.from({ length: snapshots }, (_, i) => Math.floor(i / every));
      return growthClass(
        pages,
        pages.slice(1).map(() => 5e9),
      );
    };
    expect([MIN_GROWTH, MIN_GROWTH + 1].map((snapshots) => steady(snapshots, 1))).toEqual(['new', 'growing']);
    expect(steady(4 * MIN_GROWTH + 3, 2)).toBe('growing');
  });

  test('any steady leak, whatever the intervals; never one interval alone', () => {
    const durations = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(
        durations,
        fc.integer({ min: 16, max: 100 }),
        fc.nat(500),
        fc.nat(7),
        (times, rate, base, at) => {
          const grown = times.reduce<number[]>(
            (pages, time) => [...pages, pages.at(-1)! + rate * time],
            [base],
          );
          expect(growthClass(grown, times)).toBe('growing');
          const step = at % times.length;
          const once = [base, ...times.map((_, i) => (i < step ? base : base + rate))];
          expect(growthClass(once, times)).toBe(step === times.length - 1 ? 'new' : 'settled');
        },
      ),
    );
  });

  test('is what its definition says', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(60));
    fc.assert(
      fc.property(
        fc.nat(60),
        fc.array(pair, { minLength: 1, maxLength: 6 }),
        fc.nat(40),
        (first, rest, floor) => {
          const [times, later] = [rest.map(([time]) => time), rest.map(([, count]) => count)];
          const pages = [first, ...later];
          const steps = later.map((count, i) => count - pages[i]!);
          const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
          const took = sum(steps.filter((step) => step > 0));
          const gave = -sum(steps.filter((step) => step < 0));
          const found = growthClass(pages, times, floor);
          expect(found === undefined).toBe(took <= gave);
          if (found === undefined) return;
          const score = leakScore(pages, times);
          const keeps =
            steps.filter((step) => step > 0).length >= 2 && gave * 10 <= took && score > 0 && score >= floor;
          expect(found === 'growing').toBe(keeps);
          if (keeps) return;
          const average = (took - gave) / sum(times);
          const fast = steps.at(-1)! / times.at(-1)! >= average - 1e-12;
          expect(found).toBe(fast && later.at(-1)! > Math.max(...pages.slice(0, -1)) ? 'new' : 'settled');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('leakScore', () => {
  const duration = fc.integer({ min: 1, max: 1000 });
  const durations = fc.array(duration, { minLength: 2, maxLength: 8 });
  const series = durations.chain((times) =>
    fc.tuple(
      fc.constant(times),
      fc.array(fc.integer({ min: 0, max: 1000 }), {
        minLength: times.length + 1,
        maxLength: times.length + 1,
      }),
    ),
  );

  test('steady growth scores all of it, however long the intervals are', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 100 }), (times, rate) => {
        const pages = [0];
        for (const time of times) pages.push(pages.at(-1)! + rate * time);
        expect(leakScore(pages, times)).toBeCloseTo(pages.at(-1)!, 6);
      }),
    );
  });

  test('growth in one interval only scores nothing', () => {
    fc.assert(
      fc.property(durations, fc.nat(7), fc.nat(1000), (times, at, growthThen) => {
        const spike = at % times.length;
        expect(leakScore([0, ...times.map((_, i) => (i >= spike ? growthThen : 0))], times)).toBe(0);
      }),
    );
  });

  test('is what its definition says, never above the growth of the growing intervals, and knows no unit of time', () => {
    fc.assert(
      fc.property(series, ([times, pages]) => {
        const d = times.map((_, i) => pages[i + 1]! - pages[i]!);
        const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
        const terms = d.map((change, i) => {
          const others = sum(d.filter((_, j) => j !== i));
          const rest = sum(times.filter((_, j) => j !== i));
          return Math.max(0, Math.min(change, (others / rest) * times[i]!));
        });
        const score = leakScore(pages, times);
        expect(score).toBeCloseTo(sum(terms), 6);
        expect(score).toBeLessThanOrEqual(sum(d.filter((change) => change > 0)) + 1e-9);
        expect(
          leakScore(
            pages,
            times.map((time) => time * 60),
          ),
        ).toBeCloseTo(score, 6);
      }),
    );
  });

  test.each([
    ['one interval', [100, 350], [5], 250],
    ['one interval, shrinking', [350, 100], [5], 0],
    ['half of the time', [0, 10, 10, 20, 20, 30, 30, 40, 40], [1, 1, 1, 1, 1, 1, 1, 1], 4 * (30 / 7)],
    ['up and down again', [0, 1000, 0, 1000, 0], [1, 1, 1, 1], 0],
    ['a spike on top of a leak', [0, 10, 20, 1020, 1030], [1, 1, 1, 1], 40],
  ])('%s', (_, pages, times, score) => {
    expect(leakScore(pages, times)).toBeCloseTo(score, 6);
  });
});

describe('what cannot be compared', () => {
  const at = async (ns: bigint) => {
    return profileDump(
      dumpOf([{ order: 0, gfpMask: 0, gfpNames: '', pid: 1, tsNs: ns, stack: ['f+0x1/0x2'] }]),
    );
  };

  test('the wrong order', async () => {
    const [early, late] = [await at(71_234_000_000n), await at(88_100_000_000n)];
    expect(() => growth([late, early])).toThrow(
      'snapshot 2 is of 71.2 s after boot and the one before it of 88.1 s: give the oldest first, and snapshots of one boot (or the times)',
    );
    expect(growth([late, early], { times: [0n, 1n] }).rows).toHaveLength(1);
    expect(() => growth([early])).toThrow('growth needs two snapshots or more, not 1');
    expect(() => growth([early, late], { times: [0n] })).toThrow('1 times are given for 2 snapshots');
  });

  test('another machine', async () => {
    const page = (pfn: number, block: number, flagNames: string) => ({
      order: 0,
      gfpMask: 0,
      gfpNames: '',
      pfn,
      pfnRadix: 16 as const,
      migratetype: 'Unmovable',
      block,
      pageblockMigratetype: 'Unmovable',
      flags: 0n,
      flagNames,
      stack: [],
    });
    const first = await profileDump(dumpOf([page(600, 1, 'node=0|zone=1')]));
    const otherOrder = await profileDump(dumpOf([page(600, 18, 'node=0|zone=1')]));
    const otherZone = await profileDump(dumpOf([page(600, 1, 'node=0|zone=2')]));
    const moreZones = await profileDump(
      dumpOf([page(600, 1, 'node=0|zone=1'), page(2600, 5, 'node=0|zone=2')]),
    );
    expect(growth([first, moreZones]).warnings).toEqual([]);
    expect(growth([first, otherOrder, first, otherZone]).warnings).toEqual([
      'pageblocks have order 5 in snapshot 2 and 9 in the first: another machine?',
      'pageblock 1 is in node 0 zone 2 in snapshot 4, in node 0 zone 1 in the first: another machine?',
    ]);
  });
});

describe('ages', () => {
  const record = fc.tuple(fc.nat(3), fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 1, max: 9 }));

  test.each([[1 << 18], [20]])('pages older than an age, in tables of at most %i rows', (mostRows) => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 80 }), fc.nat(5000), (records, age) => {
        const builder = new AgeTableBuilder(mostRows);
        const ns = (tenths: number) => BigInt(tenths) * 100_000_000n;
        for (const [stack, ts, pages] of records)
          builder.add(stack, Number(ns(ts) >> 32n), Number(ns(ts) & 0xffffffffn), pages);
        const table = builder.finish();
        expect(table.length).toBeLessThanOrEqual(mostRows);
        const older = pagesOlderThan(table, 4, ns(age), ns(5000));
        const exact = (bound: bigint) =>
          [0, 1, 2, 3].map((stack) =>
            records
              .filter(([s, ts]) => s === stack && ns(ts) < bound)
              .reduce((sum, [, , pages]) => sum + pages, 0),
          );
        // Whole slices only: exact at the start of the slice that the bound lies in.
        const bound = ns(5000 - age);
        expect([...older]).toEqual(exact(bound - (bound % BigInt(table.sliceNs))));
      }),
      { numRuns: 300 },
    );
  });

  test('of a real dump', async () => {
    const { ages, stacks, pages, timeNs, samples } = await profileOf('6.12-t3');
    const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0);
    expect(sum(pagesOlderThan(ages, stacks.length, 0n, timeNs! + 2n * BigInt(ages.sliceNs)))).toBe(pages);
    // Nothing is older than its stack's earliest page.
    const age = 60_000_000_000n;
    const older = pagesOlderThan(ages, stacks.length, age, timeNs!);
    const all = new Map<number, [number, boolean]>();
    for (let i = 0; i < samples.length; i++) {
      const [count, young] = all.get(samples.stack[i]!) ?? [0, true];
      all.set(samples.stack[i]!, [count + samples.pages[i]!, young && samples.minTs[i]! > timeNs! - age]);
    }
    for (const [stack, [count, young]] of all) {
      expect(older[stack]).toBeLessThanOrEqual(young ? 0 : count);
    }
    expect(() => pagesOlderThan(ages, stacks.length, -1n, 0n)).toThrow('an age of -1 ns is negative');
  });
});
