import { describe, expect, test } from '@jest/globals';
import { encodeText } from '@page-owner/dump-format';
import { TracePlayer } from '@page-owner/trace-replay';
import type { ReplayOptions } from '@page-owner/trace-replay';
import { dumpText, recordsOf, replayText } from './fixtures.js';

/** An event as its name, its payload, and who: `pid`, on which cpu. */
interface Event {
  readonly event: string;
  readonly payload: string;
  readonly pid: number;
  readonly cpu: number;
}

/** A mapping, as the kernel prints its hash. */
const ANON = '00000000aaaa0001';
const NONE = '0000000000000000';

const made =
  (event: string, payload: string) =>
  (pid = 1, cpu = 0): Event => ({ event, payload, pid, cpu });
const hex = (pfn: number): string => `0x${pfn.toString(16)}`;

const alloc = (pfn: number, order = 0, pid = 1) =>
  made(
    'mm_page_alloc',
    `page=00000000316a9861 pfn=${hex(pfn)} order=${order} migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE`,
  )(pid);
const free = (pfn: number, order = 0, pid = 1) =>
  made('mm_page_free', `page=00000000316a9861 pfn=${hex(pfn)} order=${order}`)(pid);

interface Ref {
  flags?: string;
  mapping?: string;
  mt?: number;
  val?: number;
  ret?: number;
  pid?: number;
  cpu?: number;
}
function ref(
  name: string,
  pfn: number,
  { flags = 'none', mapping = NONE, mt = 1, val = 1, ret, pid, cpu }: Ref = {},
) {
  const came = ret === undefined ? '' : ` ret=${ret}`;
  const payload = `pfn=${hex(pfn)} flags=${flags} count=1 mapcount=0 mapping=${mapping} mt=${mt} val=${val}${came}`;
  return made(`page_ref_${name}`, payload)(pid, cpu);
}
const set = (pfn: number, more?: Ref) => ref('set', pfn, more);
const mod = (pfn: number, more?: Ref) => ref('mod', pfn, more);
const lastPut = (pfn: number, more?: Ref) => ref('mod_and_test', pfn, { val: -1, ret: 1, ...more });
const freeze = (pfn: number, more?: Ref) => ref('freeze', pfn, { val: 2, ret: 1, ...more });
const unfreeze = (pfn: number, more?: Ref) => ref('unfreeze', pfn, more);
const migrated = (pages: number, reason: string, pid = 2) =>
  made('mm_migrate_pages', `nr_succeeded=${pages} nr_failed=0 mode=MIGRATE_SYNC reason=${reason}`)(pid);

/** Of each system the events that perf names with it. */
const systemOf = (event: string): string =>
  event.startsWith('page_ref') ? 'page_ref' : event.startsWith('mm_migrate') ? 'migrate' : 'kmem';
const WRITERS = {
  tracefs: ({ event, payload, pid, cpu }: Event, ms: number) =>
    `            task-${String(pid).padEnd(7)} [00${cpu}] .....    12.${ms}000: ${event}: ${payload}\n`,
  'trace-cmd': ({ event, payload, pid, cpu }: Event, ms: number) =>
    `            task-${pid}    [00${cpu}]    12.${ms}000: ${`${event}:`.padEnd(22)} ${payload
      .replace(/page=0*/, 'page=0x')
      .replace(/mapping=0+ /, 'mapping=(nil) ')
      .replace(/mapping=0+/, 'mapping=0xffff8881')}\n`,
  perf: ({ event, payload, pid, cpu }: Event, ms: number) =>
    `task ${pid} [00${cpu}]    12.${ms}000: ${systemOf(event)}:${event}: ${payload}\n`,
};

const textOf = (events: readonly Event[], tracer: keyof typeof WRITERS = 'tracefs'): string =>
  (tracer === 'trace-cmd' ? 'cpus=2\n' : '') +
  events.map((event, i) => WRITERS[tracer](event, 100 + i)).join('');

async function play(events: readonly Event[], options: ReplayOptions = {}) {
  const played = await replayText(textOf(events), { withoutFrees: true, ...options });
  const { report } = played;
  const records = recordsOf(played);
  return { played, report, records, live: records.map(({ pfn, order }) => `${pfn} ${order}`) };
}

describe('flags of a page', () => {
  const flagsAfter = async (events: readonly Event[], options?: ReplayOptions) => {
    const { records } = await play(events, options);
    return records.map(({ flags, flagNames }) => `${hex(Number(flags))} ${flagNames}`);
  };

  test('are those of its last event, by the numbers of the traced kernel', async () => {
    const events = [
      set(8),
      alloc(8),
      mod(8, { flags: 'head' }),
      mod(8, { flags: 'uptodate|lru|head' }),
      alloc(9),
    ];
    expect(await flagsAfter(events)).toEqual(['0x68 uptodate|lru|head', '0x0 ']);
    expect(await flagsAfter(events, { kernel: '6.1' })).toEqual(['0x10014 uptodate|lru|head', '0x0 ']);
  });

  test('are known of a page whose free was lost, and of one that gets its first reference late', async () => {
    const again = [alloc(8), set(8, { flags: 'reserved' }), alloc(8), alloc(9), set(9, { flags: 'head' })];
    expect(await flagsAfter(again)).toEqual(['0x2000 reserved', '0x40 head']);
    const { report } = await play(again);
    expect(report).toMatchObject({ untold: 0, splits: { events: 0 }, superseded: { events: 1 } });
  });

  test('may have bits without a name, or be a whole word', async () => {
    const bits = ['locked|0x800000', '0x17ffffc0000028', 'dirty|frozzled'].map((flags) => mod(8, { flags }));
    const [named, word, unknown] = await Promise.all(bits.map((event) => flagsAfter([alloc(8), event])));
    expect(named).toEqual(['0x800001 locked|0x800000']);
    expect(word).toEqual(['0x28 uptodate|lru']);
    expect(unknown).toEqual(['0x10 dirty|frozzled']);
    const { report } = await play([alloc(8), bits[2]!]);
    expect(report.warnings).toContain(
      '1 text of page flags has a name that this kernel does not have, so the number lacks its bit: "dirty|frozzled"',
    );
  });

  test('are of one piece of a block that was split', async () => {
    const { records } = await play([
      alloc(8, 2),
      free(9),
      mod(10, { flags: 'dirty' }),
      mod(8, { flags: 'lru' }),
    ]);
    expect(records.map(({ pfn, flagNames }) => [pfn, flagNames])).toEqual([
      [8, 'lru'],
      [10, 'dirty'],
      [11, ''],
    ]);
  });

  const record = (pfn: number, order: number, flags: string) =>
    `Page allocated via order ${order}, mask 0xcc0(GFP_KERNEL), pid 4, tgid 4 (old), ts 5 ns
PFN ${hex(pfn)} type Unmovable Block ${pfn >> 9} type Movable Flags ${flags}
 f+0x1/0x2

`;
  const NORMAL = 'node=0|zone=2|lastcpupid=0x1fffff';

  test('stand below node, zone and lastcpupid of the baseline', async () => {
    const baseline = encodeText(
      record(8, 0, `0x17ffffc0000028(uptodate|lru|${NORMAL})`) +
        record(9, 0, `0x17ffffc0000000(${NORMAL})`) +
        record(4096, 0, `0x17ffffc0000010(dirty|${NORMAL})`),
    );
    const events = [
      mod(8, { flags: 'none' }),
      set(512),
      alloc(512),
      alloc(513),
      alloc(9000),
      set(514),
      alloc(514),
    ];
    const { records } = await play([...events, mod(514, { flags: 'active' })], { baseline });
    expect(records.map(({ pfn, flagNames, flags }) => [pfn, flagNames, flags])).toEqual([
      [8, NORMAL, 0x17ffffc0000000n],
      [9, NORMAL, 0x17ffffc0000000n],
      [512, NORMAL, 0x17ffffc0000000n],
      // No event of page_ref: of the rest only the place is known.
      [513, 'node=0|zone=2', 0x10000000000000n],
      [514, `active|${NORMAL}`, 0x17ffffc0000100n],
      [4096, `dirty|${NORMAL}`, 0x17ffffc0000010n],
      [9000, '', 0n],
    ]);
  });

  test('stand below node and zone alone, where lastcpupid differs', async () => {
    const other = '0x15ffffc0000000(node=0|zone=2|lastcpupid=0x17ffff)';
    const baseline = encodeText(record(8, 0, `0x17ffffc0000000(${NORMAL})`) + record(9, 0, other));
    const { records } = await play([set(10), alloc(10), mod(10, { flags: 'dirty' }), mod(9)], { baseline });
    expect(records.map(({ flagNames }) => flagNames)).toEqual([
      NORMAL,
      'node=0|zone=2|lastcpupid=0x17ffff',
      'dirty|node=0|zone=2',
    ]);
  });

  test('go with a record of the baseline that moves', async () => {
    const baseline = encodeText(record(16, 2, `0x17ffffc000006c(referenced|uptodate|lru|head|${NORMAL})`));
    const flags = 'uptodate|lru|head';
    const by = { pid: 2, flags: 'uptodate|head' };
    const events = [alloc(1), set(1024, { pid: 2 }), freeze(16, by), mod(1024, { pid: 2 }), unfreeze(16, by)];
    const arrive = [lastPut(16, by), free(16, 2, 2), mod(1024, { ...by, flags }), migrated(4, 'compaction')];
    const { played } = await play([...events, ...arrive], { baseline });
    expect(dumpText(played, {}).split('\n\n')[1]).toBe(
      `Page allocated via order 2, mask 0xcc0(GFP_KERNEL), pid 4, tgid 4 (old), ts 5 ns
PFN 0x400 type Unmovable Block 2 type Movable Flags 0x17ffffc0000068(${flags}|${NORMAL})
 f+0x1/0x2
Page has been migrated, last migrate reason: compaction`,
    );
  });
});

test('each event tells the type of its pageblock, in every kernel', async () => {
  const events = [alloc(8), mod(9, { mt: 4 }), alloc(512), set(512, { mt: 2 }), alloc(1024)];
  for (const kernel of ['6.1', '6.12']) {
    const { records } = await play(events, { kernel });
    expect(records.map((each) => each.pageblockMigratetype)).toEqual(['CMA', 'Reclaimable', 'Movable']);
  }
});

describe('splits', () => {
  test('a page with a reference of its own begins a block', async () => {
    const { live, report } = await play([alloc(8, 2), alloc(16, 3), ...[9, 10, 11].map((pfn) => set(pfn))]);
    expect(live).toEqual(['8 0', '9 0', '10 0', '11 0', '16 3']);
    expect(report).toMatchObject({ splits: { events: 1, pages: 4, firstLine: 3 }, untold: 0 });
  });

  test('a folio becomes smaller ones, of one order or of several', async () => {
    expect((await play([alloc(16, 4), ...[28, 24, 20].map((pfn) => unfreeze(pfn))])).live).toEqual(
      [16, 20, 24, 28].map((pfn) => `${pfn} 2`),
    );
    expect((await play([alloc(16, 4), ...[24, 20, 18, 17].map((pfn) => unfreeze(pfn))])).live).toEqual([
      '16 0',
      '17 0',
      '18 1',
      '20 2',
      '24 3',
    ]);
  });

  test('a tail page that is counted with its head does not', async () => {
    const { live, report } = await play([alloc(8, 2), set(9, { val: 0 }), mod(10), lastPut(11, { ret: 0 })]);
    expect(live).toEqual(['8 2']);
    expect(report.splits.events).toBe(0);
  });
});

describe('where pages go', () => {
  /** Page 8 is allocated by 1; 2 takes page 512, without mm_page_alloc unless `taken` has one, and moves one to the other. */
  const by = { pid: 2, cpu: 1 };
  const PLACE = [freeze(8, by), mod(512, by), unfreeze(8, by)];
  const anon = { ...by, mapping: ANON };
  const moving = (steps: readonly Event[], taken: readonly Event[] = [set(512, by)]) => [
    set(8),
    alloc(8),
    ...taken,
    ...steps,
    free(8, 0, 2),
  ];
  const ANONYMOUS = [mod(512, anon), lastPut(8, anon)];

  test.each([
    ['a page of a file', [...PLACE, mod(512, by), lastPut(8, by)]],
    ["a page whose last reference is someone else's", [...PLACE, lastPut(8, by)]],
    ['anonymous memory', ANONYMOUS],
    [
      'after the reference that came with the page is given back',
      [mod(512, anon), ref('mod_and_test', 512, { ...anon, val: -1, ret: 0 }), lastPut(8, anon)],
    ],
  ])('%s: its record is at the new place, with time and reason', async (_, steps) => {
    const { records, report } = await play([...moving(steps), migrated(1, 'compaction')]);
    expect(records).toMatchObject([{ pfn: 512, pid: 1, tsNs: 12_101_000_000n, migrateReason: 'compaction' }]);
    expect(report.moved).toMatchObject({
      compaction: { events: 1, pages: 1 },
      followed: { compaction: { events: 1, pages: 1 }, otherwise: { events: 0 } },
    });
    expect(report).toMatchObject({ untold: 0, superseded: { events: 0 }, unknownFrees: { events: 0 } });
    expect(report.warnings.filter((warning) => !warning.includes('stacks'))).toEqual([]);
    expect(report.stacks.livePages[0]).toBe(1);
  });

  test("a page that was allocated for it is its owner's no more", async () => {
    for (const steps of [PLACE, ANONYMOUS]) {
      const events = moving(steps, [set(512, by), alloc(512, 0, 2)]);
      const { records, report } = await play([...events, migrated(1, 'numa_misplaced')]);
      expect(records).toMatchObject([{ pfn: 512, pid: 1, migrateReason: 'numa_misplaced' }]);
      expect(report.moved.followed).toMatchObject({ compaction: { pages: 0 }, otherwise: { pages: 1 } });
      expect(report.tasks.livePages.subarray(0, 3)).toEqual(Float64Array.of(0, 1, 0));
      // Without mm_migrate_pages nobody knows why.
      expect((await play(events)).records).toMatchObject([{ pfn: 512, pid: 1 }]);
      expect((await play(events)).records[0]).not.toHaveProperty('migrateReason');
    }
  });

  test('why is not known where that line is cut off, which is damage, nor by the reason of a later batch', async () => {
    const [cut, later] = ['comp', 'numa_misplaced'].map((reason) => migrated(1, reason)) as [Event, Event];
    const gone = { ...cut, payload: cut.payload.slice(0, cut.payload.indexOf('led=')) };
    for (const ended of [cut, gone]) {
      const events = [...moving(PLACE, [set(512, by), alloc(512, 0, 2)]), ended, later];
      await expect(play(events)).rejects.toThrow(
        `line ${events.length - 1} is damaged: mm_migrate_pages, but ${ended === cut ? 'its reason is cut off' : 'there is no reason='} in "nr_`,
      );
      const { played, report } = await play(events, { tolerant: true });
      expect(report.losses).toMatchObject({ unreadableEvents: 1, firstLine: events.length - 1 });
      const records = recordsOf(played, { doubtful: true });
      expect(records).toMatchObject([{ pfn: 512, pid: 1 }]);
      expect(records[0]).not.toHaveProperty('migrateReason');
      // Nobody but compaction takes pages without mm_page_alloc.
      const taken = await play([...moving(PLACE), ended], { tolerant: true });
      expect(recordsOf(taken.played, { doubtful: true })).toMatchObject([{ migrateReason: 'compaction' }]);
    }
  });

  test('events of another cpu do not come between, not even of its idle task', async () => {
    const idle = { pid: 0, cpu: 0 };
    const others = (steps: readonly Event[]) => steps.flatMap((step) => [step, mod(77, { pid: 0, cpu: 1 })]);
    const steps = [set(512, idle), ...others([freeze(8, idle), mod(512, idle), unfreeze(8, idle)])];
    expect((await play(moving(steps, []))).records).toMatchObject([{ pfn: 512, pid: 1 }]);
    // Nor is what the one has taken the other's.
    const other = { ...idle, cpu: 1 };
    const apart = [freeze(8, other), mod(512, other), unfreeze(8, other)];
    expect((await play(moving([set(512, idle), ...apart], []))).live).toEqual([]);
  });

  test('through the text of every tracer', async () => {
    for (const steps of [PLACE, ANONYMOUS]) {
      const events = [
        ...moving(steps),
        mod(512, { ...by, flags: 'uptodate|lru' }),
        migrated(1, 'compaction'),
      ];
      for (const tracer of ['tracefs', 'trace-cmd', 'perf'] as const) {
        const played = await replayText(textOf(events, tracer));
        expect(played.report.format).toBe(tracer);
        expect(played.report.events).toMatchObject({ references: steps.length + 3, others: [] });
        expect(recordsOf(played)).toMatchObject([
          { pfn: 512, comm: 'task', flagNames: 'uptodate|lru', migrateReason: 'compaction' },
        ]);
      }
    }
  });

  test('a piece of a block moves alone', async () => {
    const events = [alloc(8, 2), ...[9, 10, 11].map((pfn) => set(pfn)), set(512, by)];
    const { live } = await play([...events, freeze(10, by), mod(512, by), unfreeze(10, by), free(10, 0, 2)]);
    expect(live).toEqual(['8 0', '9 0', '11 0', '512 0']);
  });

  test.each<[string, readonly Event[]]>([
    ['another page of that task between', [freeze(8, by), mod(77, by), mod(512, by), unfreeze(8, by)]],
    ['the freeze fails', [freeze(8, { ...by, ret: 0 }), mod(512, by), unfreeze(8, by)]],
    ['the new page is not taken', [freeze(8, by), mod(600, by), unfreeze(8, by)]],
    ['the new page is taken by another', [set(512, { pid: 3 }), ...PLACE]],
    ['another mapping', [mod(512, { ...by, mapping: '00000000bbbb0002' }), lastPut(8, anon)]],
    ['no mapping', [mod(512, by), lastPut(8, by)]],
    ['on an LRU list', [mod(512, anon), lastPut(8, { ...anon, flags: 'uptodate|lru' })]],
    ['an event of an interrupt between', [mod(512, anon), mod(77, by), lastPut(8, anon)]],
    ['another task', [mod(512, anon), lastPut(8, { ...anon, pid: 3 })]],
    ['it is not the last reference', [mod(512, anon), lastPut(8, { ...anon, ret: 0 })]],
    ['the old page is another one by then', [...PLACE, set(8), alloc(8)]],
    ['the new page is free by then', [...PLACE, lastPut(512, by), free(512, 0, 2)]],
  ])('is not guessed: %s', async (_, steps) => {
    const { live, report } = await play([...moving(steps), migrated(1, 'compaction')]);
    expect(live).toEqual([]);
    expect(report.moved.followed.compaction.events).toBe(0);
    expect(report.warnings).toContainEqual(
      expect.stringMatching(/^1 page was moved by compaction, .* missing/),
    );
  });

  test('is forgotten where events are lost', async () => {
    for (const at of [3, 4, 5]) {
      const lines = textOf(moving(PLACE)).split(/(?<=\n)/);
      const text = [...lines.slice(0, at), 'CPU:0 [LOST 1 EVENTS]\n', ...lines.slice(at)].join('');
      const played = await replayText(text);
      expect([...played.records({ doubtful: true })]).toEqual([]);
      expect(played.report.moved.followed.compaction.events).toBe(0);
    }
  });

  test('of some of them, the report says of how many', async () => {
    const { report } = await play([...moving(PLACE), migrated(3, 'compaction'), migrated(2, 'demotion')]);
    expect(report.warnings).toEqual([
      expect.stringMatching(
        /^3 pages were moved .*: where 1 of them went is known, what is left of the others/,
      ),
      expect.stringMatching(
        /^2 pages were migrated, .*: the dump has them as allocated by who migrated them$/,
      ),
      expect.stringMatching(/^the trace has no stacks/),
    ]);
  });
});

test('what is given out without mm_page_alloc is counted until it is freed', async () => {
  const { report } = await play([
    alloc(1),
    set(8),
    set(9),
    set(10, { val: 0 }),
    set(11),
    lastPut(11),
    free(11),
  ]);
  expect(report.untold).toBe(2);
  expect(report.warnings).toContain(
    '2 blocks were given out without mm_page_alloc, as page_ref tells (CMA, bulk allocation): the dump lacks them',
  );
});

describe('damage', () => {
  const HEAD = '            init-1       [001] .....    12.850000: ';
  const ALLOC = textOf([alloc(1)]);
  const FREE = textOf([free(2)]);
  const PAYLOAD = 'pfn=0x8 flags=uptodate|lru count=1 mapcount=0 mapping=00000000316a9861 mt=1 val=-1';

  test.each([
    ['page_ref_set:', 'there is no pfn='],
    ['page_ref_mod: flags=none mt=1 val=1', 'there is no pfn='],
    ['page_ref_mod: pfn=0xzz flags=none mt=1 val=1', 'pfn is no number'],
    ['page_ref_mod: pfn=0x3fffffffffffff flags=none mt=1 val=1', 'pfn is above 2^52'],
    ['page_ref_mod: pfn=0x8 pfn=0x9 flags=none mt=1 val=1', 'there are two pfn='],
    ['page_ref_mod: pfn=0x8 mt=1 val=1', 'there is no flags='],
    ['page_ref_mod: pfn=0x8 flags=a;b mt=1 val=1', 'flags are no names of page flags'],
    ['page_ref_mod: pfn=0x8 flags=none val=1', 'there is no mt='],
    ['page_ref_mod: pfn=0x8 flags=none mt=x val=1', 'mt is no migratetype'],
    ['page_ref_mod: pfn=0x8 flags=none mt=1', 'there is no val='],
    ['page_ref_mod: pfn=0x8 flags=none mt=1 val=-', 'val is no number'],
    ['page_ref_freeze: pfn=0x8 flags=none mt=1 val=1', 'there is no ret='],
    ['page_ref_mod_and_test: pfn=0x8 flags=none mt=1 val=1 ret=', 'ret is no number'],
    ['page_ref_set: pfn=0x8 flags=none mt=1 val=1 ret=0', 'there is a ret='],
    ['page_ref_unfreeze: pfn=0x8 flags=none mt=1 val=1 ret=0', 'there is a ret='],
    ['page_ref_mod: pfn=0x8 flags=none count00583678da mt=1 val=-1', 'there is a word that is no key'],
    [
      'page_ref_mod: pfn=0x8 flags=none count=2 mapping=8c mbea6fb mt=1 val=-1',
      'there is a word that is no key',
    ],
  ])('%s', async (event, wrong) => {
    const text = `${ALLOC}${HEAD}${event}\n${FREE}`;
    const [name, payload = ''] = event.split(/: ?/);
    await expect(replayText(text)).rejects.toThrow(
      `line 2 is damaged: ${name}, but ${wrong} in "${payload}"; the event counts as lost`,
    );
    const { report } = await replayText(text, { tolerant: true });
    expect(report).toMatchObject({
      losses: { unreadableEvents: 1, firstLine: 2 },
      live: { doubtfulPages: 1 },
    });
  });

  test('no cut passes unseen', async () => {
    for (const [name, payload] of [
      ['page_ref_mod', PAYLOAD],
      ['page_ref_mod_and_test', `${PAYLOAD} ret=0`],
    ] as const) {
      const line = `${HEAD}${name}: ${payload}`;
      for (let cut = HEAD.trimEnd().length; cut < line.length; cut++) {
        const text = `${ALLOC}${line.slice(0, cut)}\n${FREE}`;
        // `val=-1` is whole behind its digit.
        await expect(replayText(text)).rejects.toThrow(/^line 2 is damaged: /);
      }
    }
  });

  test('nor does a line that is joined to another', async () => {
    const second = `${HEAD}page_ref_mod: ${PAYLOAD}`;
    const fronts = [
      `${HEAD}sched_switch: prev_comm=a prev_pid=1`,
      `${HEAD}page_ref_set: ${PAYLOAD}`,
      `${HEAD}mm_page_free: page=00000000316a9861 pfn=0x8 order=0`,
      `${HEAD}<stack trace>`,
      '# a comment',
      'nothing',
    ];
    for (const front of fronts) {
      for (const from of [0, 5, 20, HEAD.length]) {
        const text = `${ALLOC}${front} ${second.slice(from)}\n${FREE}`;
        const { report } = await replayText(text, { tolerant: true });
        if (front.startsWith('#') && from > 30) continue;
        if (report.losses.unreadableEvents !== 1) throw new Error(`lost: ${front} ${second.slice(from)}`);
      }
    }
  });

  test('a trace of page_ref alone has nothing to replay', async () => {
    const player = await TracePlayer.create();
    player.push(encodeText(textOf([set(8), mod(8), lastPut(8)])));
    expect(() => player.finish()).toThrow(
      /^no mm_page_alloc and no mm_page_free in 3 lines, which from line 1 on have 3 of "page_ref"; a replay needs both$/,
    );
  });
});
