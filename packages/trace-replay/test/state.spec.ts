import { describe, expect, test } from '@jest/globals';
import { recordsOf, replayText } from './fixtures.js';
import { parseZoneSpans } from '@page-owner/trace-replay';
import type { ReplayOptions } from '@page-owner/trace-replay';

/** `+PFN ORDER` allocates, `-PFN ORDER` frees, `~PFN` is a batched free, `!PFN` says it is up to date; a second between them. */
async function play(events: string[], options?: ReplayOptions, before = '') {
  const text = events.map((event, i) => {
    const front = `            init-1       [000] .....     ${i + 1}.000000: `;
    const [, what, pfn, order = 0] = /^([-+~!])(\w+) ?(\d+)?$/.exec(event) ?? [];
    if (what === '+')
      return `${front}mm_page_alloc: page=0 pfn=${pfn} order=${order} migratetype=0 gfp_flags=GFP_KERNEL|__GFP_COMP`;
    if (what === '-') return `${front}mm_page_free: page=0 pfn=${pfn} order=${order}`;
    if (what === '~') return `${front}mm_page_free_batched: page=0 pfn=${pfn} order=0`;
    if (what === '!')
      return `${front}page_ref_mod: pfn=${pfn} flags=uptodate count=1 mapcount=-1 mapping=0 mt=0 val=1`;
    return event;
  });
  const played = await replayText(`${before}${text.join('\n')}\n`, options);
  return {
    ...played,
    live: (doubtful = false) => recordsOf(played, { doubtful }).map(({ pfn, order }) => `${pfn} ${order}`),
  };
}

test('allocations and frees', async () => {
  const { live, report } = await play(['+8 3', '+16 0', '-8 3', '+9 0', '-99 1']);
  expect(live()).toEqual(['9 0', '16 0']);
  expect(report.peak).toEqual({ pages: 9, ns: 2e9, doubtfulPages: 0, afterLoss: false });
  expect(report.unknownFrees).toEqual({ events: 1, pages: 2, firstLine: 5 });
  expect(report.stacks.lifetimeNs[0]).toBe(2e9);
});

test('a piece that is freed says that the whole was split', async () => {
  expect((await play(['+8 3', '-13 0'])).live()).toEqual([
    '8 0',
    '9 0',
    '10 0',
    '11 0',
    '12 0',
    '14 0',
    '15 0',
  ]);
  expect((await play(['+8 3', '-12 2', '-10 1', '-9 0'])).live()).toEqual(['8 0']);
  const { live, report } = await play(['+16 4', '-20 2', '-16 2', '-17 0']);
  expect(live()).toEqual(['24 2', '28 2']);
  expect(report).toMatchObject({ splits: { events: 1, pages: 16 }, unknownFrees: { pages: 1 } });
});

test('a free that covers several allocations ends them all', async () => {
  const { live, report } = await play(['+8 0', '+9 0', '+10 1', '+12 0', '-8 2']);
  expect(live()).toEqual(['12 0']);
  expect(report.unknownFrees.events).toBe(0);
});

test('pages that are given out again were free, and that is counted', async () => {
  const { live, report } = await play(['+8 2', '+10 0', '+16 3', '-99 0']);
  expect(live()).toEqual(['10 0', '16 3']);
  expect(report.superseded).toEqual({ events: 1, pages: 4, firstLine: 2 });
  expect(report.warnings).toContainEqual(
    expect.stringMatching(/^1 allocation was given out again .* line 2/),
  );
});

test('batched frees repeat what mm_page_free said, unless that is not there', async () => {
  expect((await play(['+8 0', '-8 0', '~8', '+8 0', '-9 0', '~8'])).live()).toEqual(['8 0']);
  const alone = await play(['+8 2', '+16 0', '~8']);
  expect(alone.live()).toEqual(['16 0']);
  expect(alone.report.batchedOnly).toMatchObject({ events: 1, pages: 4 });
});

test('failed allocations are told by who asked', async () => {
  const { report, live } = await play(['+8 0', '+0x0 4', '+0x0 4', '+0xffffffffffffffff 9', '-9 0']);
  expect(live()).toEqual(['8 0']);
  expect(report.events.failed).toBe(3);
  expect(report.failed).toMatchObject([
    { order: 4, count: 2, firstNs: 2e9, lastNs: 3e9 },
    { order: 9, count: 1 },
  ]);
  expect(report.task(report.failed[0]!.task).comm).toBe('init');
});

test('fallbacks are told by who asked', async () => {
  const front =
    ' init-1 [000] d.... 5.0: mm_page_alloc_extfrag: page=0 pfn=0x80 alloc_order=0 fallback_order=';
  const tail = ' alloc_migratetype=0 fallback_migratetype=1 fragmenting=1 change_ownership=0';
  const { report } = await play([
    `${front}3 pageblock_order=9${tail}`,
    `${front}5 pageblock_order=9${tail}`,
    '+8 0',
    '-8 0',
  ]);
  expect(report.fallbacks).toMatchObject([
    {
      count: 2,
      pages: 40,
      fragmenting: true,
      changedOwnership: false,
      allocMigratetype: 0,
      fallbackMigratetype: 1,
    },
  ]);
  expect([0, 1, 9, -1].map(report.migratetype)).toEqual(['Unmovable', 'Movable', 'type 9', 'type -1']);
});

test('what was live when events were lost is in doubt, and not in the dump', async () => {
  const { live, report } = await play([
    '+8 0',
    '+9 0',
    '+12 0',
    'CPU:2 [LOST 123 EVENTS]',
    '+10 0',
    '-11 0',
    '~12',
  ]);
  expect(live()).toEqual(['10 0']);
  expect(live(true)).toEqual(['8 0', '9 0', '10 0']);
  expect(report.losses).toMatchObject({
    marks: 1,
    events: 123,
    uncountedMarks: 0,
    firstLine: 4,
    lastLine: 4,
  });
  expect(report.live).toMatchObject({ records: 3, doubtfulRecords: 2, doubtfulPages: 2 });
  expect(report.warnings[1]).toBe(
    '2 pages of 3 may have been freed while events were lost (up to line 4); a dump has them only on demand',
  );
});

test('a stack behind lost events is not given to an event before them', async () => {
  const head = '            init-1       [001] .....    12.8: ';
  const stack = `${head}<stack trace>\n => trace_event_raw_event_mm_page_alloc\n => f\n`;
  const alloc = `${head}mm_page_alloc: page=0 pfn=0x8 order=0 migratetype=0 gfp_flags=none\n`;
  const free = `${head}mm_page_free: page=0 pfn=0x9 order=0\n`;
  const stacksBehind = async (mark: string) => {
    const played = await replayText(`${free}${alloc}${mark}\n${stack}`, { tolerant: true });
    return [recordsOf(played, { doubtful: true })[0]?.stack, played.report.events.strayStacks];
  };
  expect(await stacksBehind('CPU:1 [LOST 5 EVENTS]')).toEqual([[], 1]);
  expect(await stacksBehind(alloc.replace('none', 'GFP_KERN'))).toEqual([[], 1]);
  // Another cpu's events are no others between.
  expect(await stacksBehind('CPU:2 [LOST 5 EVENTS]')).toEqual([['f'], 0]);
});

test('after lost events each number has its doubt beside it', async () => {
  const { report } = await play([
    '+8 0',
    '+9 0',
    '+16 2',
    'CPU:2 [LOST 7 EVENTS]',
    '-9 0', // Perhaps that of a later allocation, which was lost.
    '+32 3',
    '+40 0',
    '-40 0',
  ]);
  const { stacks, tasks, peak, losses } = report;
  expect(losses.firstNs).toBe(3e9);
  expect(peak).toEqual({ pages: 14, ns: 7e9, doubtfulPages: 5, afterLoss: true });
  for (const { livePages, doubtfulPages, ended, doubtfulEnds, lifetimeNs, freedPages } of [stacks, tasks]) {
    const row = livePages.indexOf(13);
    expect([doubtfulPages[row], freedPages[row], ended[row], doubtfulEnds[row]]).toEqual([5, 2, 1, 1]);
    expect(lifetimeNs[row]).toBe(1e9);
  }
  expect(report.neverFreed).toMatchObject([
    { pages: 13, doubtfulPages: 5, records: 3, doubtfulRecords: 2, oldestNs: 1e9, oldestCertainNs: 6e9 },
  ]);
  const whole = await play(['+8 0', '+9 0', '-9 0']);
  expect(whole.report.losses.firstNs).toBe(Infinity);
  expect(whole.report.peak).toEqual({ pages: 2, ns: 2e9, doubtfulPages: 0, afterLoss: false });
  const early = await play(['+8 2', '-8 2', 'CPU:2 [LOST 7 EVENTS]', '+8 0']);
  expect(early.report.peak).toMatchObject({ pages: 4, afterLoss: false });
});

test.each([
  ['CPU:2 [LOST EVENTS]', { marks: 1, uncountedMarks: 1 }],
  ['CPU:7 [204600 EVENTS DROPPED]', { marks: 1, events: 204600 }],
  ['CPU:7 [EVENTS DROPPED]', { marks: 1, uncountedMarks: 1 }],
  ['##### CPU 2 buffer started ####', { lateCpus: 1 }],
  ['# entries-in-buffer/entries-written: 29020/58884   #P:2', { beforeTrace: 29864 }],
])('%s', async (mark, losses) => {
  const { live, report } = await play(['+8 0', mark, '+10 0', '-11 0']);
  expect(report.losses).toMatchObject(losses);
  expect(live()).toEqual(['10 0']);
});

test('a baseline is gone on from', async () => {
  const baseline = Buffer.from(
    [0x8, 0x10, 0x20]
      .map(
        (
          pfn,
          i,
        ) => `Page allocated via order ${i}, mask 0xcc0(GFP_KERNEL), pid 4${i}, tgid 40 (old), ts 18446744073709551615 ns
PFN 0x${pfn.toString(16)} type Unmovable Block 0 type Movable Flags 0x1ffc00000000000(node=0|zone=1|lastcpupid=0x3ff)
 get_page_from_freelist+0x1462/0x15e0
Charged to memcg user.slice

`,
      )
      .join(''),
  );
  const played = await play(['-8 0', '-34 1', '+8 1', '-99 0'], { baseline });
  expect(recordsOf(played)).toMatchObject([
    { pfn: 8, order: 1, comm: 'init', tgid: 1 },
    {
      pfn: 16,
      order: 1,
      pid: 41,
      tgid: 40,
      comm: 'old',
      pageblockMigratetype: 'Movable',
      memcg: { name: 'user.slice' },
    },
    { pfn: 32, order: 1, pid: 42, tsNs: 2n ** 64n - 1n, flagNames: 'node=0|zone=1|lastcpupid=0x3ff' },
  ]);
  expect(played.report.live).toMatchObject({ records: 3, pages: 6, baselineRecords: 2, baselinePages: 4 });
  expect([...played.records()]).toHaveLength(3);
  const older = await play(['+16 0', '-99 0'], { baseline });
  expect(older.report).toMatchObject({
    superseded: { events: 0 },
    supersededBaseline: { events: 1, pages: 2, firstLine: 1 },
  });
  expect(older.report.warnings).toContainEqual(
    expect.stringMatching(
      /^1 allocation of the baseline given out again without a free, first at line 1: it is older/,
    ),
  );
  expect([...played.records({ baseline: false })].map(({ pfn }) => pfn)).toEqual([8]);
  expect(Buffer.concat([...played.dump({ baseline: false })]).toString()).toMatch(/^[^]*PFN 0x8 [^]*$/);
  expect(played.report.warnings).toContainEqual(expect.stringMatching(/^1 page was freed that neither/));
  await expect(play(['+8 0', '-8 0'], { baseline: Buffer.from('nothing\n') })).rejects.toThrow(
    'the baseline has no page_owner record in 8 bytes',
  );
});

test('an early page has its record while it is on no list of its zone, until someone is given it', async () => {
  const record = (pfn: number, stack: string) =>
    `Page allocated via order 0, mask 0x0(), pid 0, tgid 0 (swapper), ts 5 ns
PFN 0x${pfn.toString(16)} type Unmovable Block 0 type Movable Flags 0x28(uptodate|lru)
 ${stack}+0x36/0x50

`;
  const early = [8, 9, 10, 11, 12].map((pfn) => record(pfn, 'register_early_stack'));
  const baseline = Buffer.from([...early, record(13, 'get_page_from_freelist')].join(''));
  const listed = (event: string, pfn: number, order: number) =>
    `            init-1       [000] d....     5.000000: ${event}: page=00000000316a9861 pfn=0x${pfn.toString(16)} order=${order} migratetype=1`;
  const drain = (pfn: number, order = 0) => listed('mm_page_pcpu_drain', pfn, order);
  const refill = (pfn: number, order = 0) =>
    `${listed('mm_page_alloc_zone_locked', pfn, order)} percpu_refill=1`;
  const after = async (...events: string[]) => {
    const played = await play([...events, '+64 0', '-64 0'], { baseline });
    return { pfns: recordsOf(played).map(({ pfn }) => pfn), report: played.report };
  };
  const drained = await after(drain(8, 1), drain(10));
  expect(drained.pfns).toEqual([11, 12, 13]);
  const back = await after(drain(8, 1), drain(10), refill(8, 2), refill(8, 2));
  expect(back.pfns).toEqual([8, 9, 10, 11, 12, 13]);
  expect(back.report.live).toMatchObject({ pages: 6, baselinePages: 6 });
  expect(back.report.warnings).not.toContainEqual(expect.stringMatching(/given out again/));
  const given = [drain(8, 1), '+8 0', '-8 0', drain(8), refill(8, 1)];
  expect((await after(...given)).pfns).toEqual([9, 10, 11, 12, 13]);
  expect((await after(drain(8, 1), '-9 0', refill(8, 1))).pfns).toEqual([8, 10, 11, 12, 13]);
  const straight = await after('+8 0', '-8 0');
  expect(straight.pfns).toEqual([9, 10, 11, 12, 13]);
  expect(straight.report.supersededBaseline.events).toBe(0);
  // That was given to someone, who gave it back before the trace began.
  const older = await after(drain(13), refill(13));
  expect(older.pfns).toEqual([8, 9, 10, 11, 12]);
  expect(older.report.supersededBaseline.events).toBe(1);
  // What was set aside before events were lost is in doubt afterwards.
  const lost = await after(drain(8), 'CPU:0 [LOST 7 EVENTS]', refill(8));
  expect(lost.pfns).toEqual([]);
  expect(lost.report.live).toMatchObject({ doubtfulPages: 6 });
});

describe('the migratetype of a pageblock', () => {
  const line = (event: string) => `            init-1       [000] d....     5.000000: ${event}`;
  const extfrag = (pfn: number, fallback: number, type: number, owns: 0 | 1, from = 1) =>
    line(
      `mm_page_alloc_extfrag: page=0 pfn=0x${pfn.toString(16)} alloc_order=0 fallback_order=${fallback} pageblock_order=9 ` +
        `alloc_migratetype=${type} fallback_migratetype=${from} fragmenting=${Number(fallback < 9)} change_ownership=${owns}`,
    );
  const typesOf = async (events: string[], options: ReplayOptions = {}) =>
    recordsOf(await play(events, options)).map(({ pageblockMigratetype }) => pageblockMigratetype);
  const both = ['+512 0', '+1024 0', '-9 0'];

  test('is the requested one where nothing tells it; since boot it is Movable', async () => {
    expect(await typesOf(both)).toEqual(['Unmovable', 'Unmovable']);
    expect(await typesOf(both, { fromBoot: true })).toEqual(['Movable', 'Movable']);
  });

  test('changes with its owner, of a block of two pageblocks in both', async () => {
    expect(await typesOf([extfrag(0x400, 10, 2, 1), '+1024 0', '+1536 0', '+2048 0', '-9 0'])).toEqual([
      'Reclaimable',
      'Reclaimable',
      'Unmovable',
    ]);
    // The page lies in the second half of the block.
    expect(await typesOf([extfrag(0x600, 10, 2, 1), '+1024 0', '-9 0'])).toEqual(['Reclaimable']);
    expect(await typesOf([extfrag(0x201, 4, 2, 1), ...both], { fromBoot: true })).toEqual([
      'Reclaimable',
      'Movable',
    ]);
  });

  test('stays where a block was only broken up', async () => {
    expect(await typesOf([extfrag(0x201, 4, 0, 0), ...both])).toEqual(['Movable', 'Unmovable']);
    // Before 6.10 a list can hold pages of other pageblocks.
    expect(await typesOf([extfrag(0x201, 4, 0, 0), ...both], { kernel: '6.1' })).toEqual([
      'Unmovable',
      'Unmovable',
    ]);
  });

  test('is told by pages between the lists of zone and cpu', async () => {
    const listed = [
      line(
        'mm_page_alloc_zone_locked: page=00000000316a9861 pfn=0x201 order=0 migratetype=4 percpu_refill=1',
      ),
      line('mm_page_pcpu_drain: page=00000000316a9861 pfn=0x401 order=0 migratetype=3'),
      line('mm_page_pcpu_drain: page=00000000316a9861 pfn=0x402 order=0 migratetype=9'),
      line('mm_page_pcpu_drain: something else'),
    ];
    expect(await typesOf([...listed, ...both])).toEqual(['CMA', 'HighAtomic']);
    expect(await typesOf([...listed, ...both], { kernel: '6.1' })).toEqual(['Unmovable', 'Unmovable']);
  });
});

describe('with a baseline', () => {
  const record = (pfn: number, flags: string, type = 'Movable', block = pfn >> 9) =>
    `Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 4, tgid 4 (old), ts 5 ns
PFN 0x${pfn.toString(16)} type Unmovable Block ${block} type ${type} Flags ${flags}
 f+0x1/0x2

`;
  // Node in the upper 10 bits, zone in the 3 below, lastcpupid in 21.
  const DMA = '0x7ffffc0000028(uptodate|lru|node=0|zone=0|lastcpupid=0x1fffff)';
  const NORMAL = '0x14000000000028(uptodate|lru|node=0|zone=2|lastcpupid=0x100000)';
  const NODE1 = '0x54000000000008(uptodate|node=1|zone=2|lastcpupid=0x100000)';
  const placed = async (baseline: string, ...blocks: number[]) => {
    const played = await play([...blocks.map((block) => `+${block * 512 + 9} 0`), '-9 0'], {
      baseline: Buffer.from(baseline),
    });
    return [...played.records({ baseline: false })].map(({ flags, flagNames, pageblockMigratetype }) => [
      flags,
      flagNames,
      pageblockMigratetype,
    ]);
  };

  test('new pages have node, zone and pageblock type of the old ones beside them', async () => {
    const baseline = record(512, NORMAL, 'CMA') + record(5 * 512, NORMAL) + record(7 * 512, NORMAL, 'x');
    const inZone = [2n << 51n, 'node=0|zone=2'];
    expect(await placed(baseline, 1, 3, 5, 7, 8)).toEqual([
      [...inZone, 'CMA'],
      // Between two blocks of one zone, and behind them.
      [...inZone, 'Unmovable'],
      [...inZone, 'Movable'],
      [...inZone, 'Unmovable'],
      [0n, '', 'Unmovable'],
    ]);
  });

  test('the report says of how many it is not known', async () => {
    const warned = async (baseline: string, ...events: string[]) => {
      const { report } = await play([...events, '-9 0'], { baseline: Buffer.from(baseline) });
      const sentences = report.warnings.filter((warning) => warning.includes('zone'));
      return [report.live.unplacedPages, ...sentences];
    };
    const zones = record(512, DMA) + record(5 * 512, NORMAL);
    expect(await warned(zones, `+${512 + 8} 0`, `+${5 * 512 + 8} 3`)).toEqual([0]);
    // The last of them covers two pageblocks, the one before is in doubt.
    const events = [`+${7 * 512} 0`, 'CPU:0 [LOST 7 EVENTS]', `+${3 * 512 + 8} 3`, `+${6 * 512} 10`];
    expect(await warned(zones, ...events)).toEqual([
      8 + 1024,
      '1032 pages lie in pageblocks of which no records of the baseline, there or on both sides, tell node and zone, and no zoneinfo does: both are missing from the dump',
    ]);
    expect(await warned(zones, `+${3 * 512} 0`)).toEqual([1, expect.stringMatching(/^1 page lies in /)]);
    const { report } = await play([`+${3 * 512} 0`, '-9 0']);
    expect(report.live.unplacedPages).toBe(0);
  });

  test('or the machine tells where its zones lie', async () => {
    const zone = (node: number, name: string, start: number, spanned: number): string =>
      `Node ${node}, zone ${name.padStart(8)}\n  pages free     3\n        spanned  ${spanned}\n` +
      (spanned > 0 ? `  start_pfn:           ${start}\n` : '');
    const zoneinfo =
      zone(0, 'DMA', 1, 1023) + zone(0, 'DMA32', 0, 0) + zone(0, 'Normal', 1024, 7168) + zone(1, 'DMA', 0, 0);
    const zones = parseZoneSpans(zoneinfo + zone(1, 'DMA32', 0, 0) + zone(1, 'Normal', 8192, 8192));
    expect(zones).toEqual([
      { node: 0, zone: 0, startPfn: 1, endPfn: 1024 },
      { node: 0, zone: 2, startPfn: 1024, endPfn: 8192 },
      { node: 1, zone: 2, startPfn: 8192, endPfn: 16384 },
    ]);
    const flagsAt = async (baseline: string, ...pfns: number[]) => {
      const events = [...pfns.flatMap((pfn) => [`+${pfn} 0`, `!${pfn}`]), '-9 0'];
      const { report, records } = await play(events, { baseline: Buffer.from(baseline), zones });
      expect(report.warnings.filter((warning) => warning.includes('zone'))).toHaveLength(
        report.live.unplacedPages > 0 ? 1 : 0,
      );
      return [...records({ baseline: false })].map(({ flagNames }) => flagNames);
    };
    const normal = 'uptodate|node=0|zone=2|lastcpupid=0x100000';
    // At the edge of what the baseline knows; in a zone, and on a node, of which it knows nothing; beyond all zones.
    expect(await flagsAt(record(5 * 512, NORMAL), 1030, 8191, 700, 9000, 20000)).toEqual([
      'uptodate|node=0|zone=0|lastcpupid=0x100000',
      normal,
      normal,
      'uptodate|node=1|zone=2|lastcpupid=0x100000',
      'uptodate',
    ]);
    // What differs from zone to zone is not taken over.
    expect(await flagsAt(record(512, DMA) + record(5 * 512, NORMAL), 9000)).toEqual([
      'uptodate|node=1|zone=2',
    ]);
    expect(() => parseZoneSpans('MemTotal: 1 kB\n')).toThrow(/^not a zoneinfo: /);
    await expect(play(['+1 0', '-1 0'], { zones })).rejects.toThrow(
      'zones add to a baseline, and there is none',
    );
  });

  test('but not where two zones meet, or nodes lie between each other', async () => {
    const zones =
      record(512, DMA) + record(5 * 512, NORMAL) + record(7 * 512, DMA) + record(7 * 512 + 1, NORMAL);
    const names = async (...of: Parameters<typeof placed>) => (await placed(...of)).map(([, name]) => name);
    expect(await names(zones, 1, 3, 5, 6, 7)).toEqual(['node=0|zone=0', '', 'node=0|zone=2', '', '']);
    const nodes = [1, 3].map((block) => record(block * 512, NORMAL)).join('') + record(5 * 512, NODE1);
    expect(await names(nodes, 2, 4, 5)).toEqual(['node=0|zone=2', '', 'node=1|zone=2']);
    expect(await names(nodes + record(7 * 512, NORMAL), 2, 3, 5)).toEqual([
      '',
      'node=0|zone=2',
      'node=1|zone=2',
    ]);
  });

  test('but not from flags that contradict each other, or that have no names', async () => {
    const odd = record(512, NORMAL) + record(2 * 512, '0x54000000000008(node=0|zone=2)');
    expect(await placed(odd, 1)).toEqual([[0n, '', 'Movable']]);
    expect(await placed(record(512, '0x54000000000008()'), 1)).toEqual([[0n, '', 'Movable']]);
  });

  test('the size of its pageblocks is known', async () => {
    const baseline = Buffer.from(record(0x40000, NORMAL, 'Movable', 0x40000 >> 13));
    const played = await play(['+8191 0', '+8192 0', '-9 0'], { baseline });
    expect(recordsOf(played).map(({ block }) => block)).toEqual([0, 1, 32]);
  });
});

test('pages that were moved are counted by what tells of them', async () => {
  const line = (event: string) => `            init-1       [000] .....     5.000000: ${event}`;
  const compacted = line('mm_compaction_migratepages: nr_migrated=32 nr_failed=1');
  const migrated = (pages: number, reason: string) =>
    line(
      `mm_migrate_pages: nr_succeeded=${pages} nr_failed=0 nr_thp_succeeded=0 mode=MIGRATE_ASYNC reason=${reason}`,
    );
  const only = await play(['+8 0', '-9 0', compacted, compacted]);
  expect(only.report.moved.compaction).toEqual({ events: 2, pages: 64, firstLine: 3 });
  expect(only.report.warnings).toContainEqual(
    '64 pages were moved by compaction, first at line 3: no event says where to, so that what is left of them is missing from the dump',
  );
  const reasons = [
    migrated(30, 'compaction'),
    compacted,
    migrated(0, 'numa_misplaced'),
    migrated(7, 'numa_misplaced'),
  ];
  const { report } = await play(['+8 0', '-9 0', ...reasons]);
  expect(report.moved).toMatchObject({
    compaction: { events: 1, pages: 30, firstLine: 3 },
    otherwise: { events: 1, pages: 7, firstLine: 6 },
  });
  expect(report.warnings).toContainEqual(
    '7 pages were migrated, first at line 6: the dump has them as allocated by who migrated them',
  );
});
