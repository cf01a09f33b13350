import { describe, expect, test } from '@jest/globals';
import {
  decodeText,
  encodeText,
  formatRecord,
  formatStackListBytes,
  parseDump,
} from '@page-owner/dump-format';
import type { PageOwnerRecord } from '@page-owner/dump-format';
import fc from 'fast-check';
import {
  breakdown,
  DIMENSIONS,
  functionText,
  NO_TIME,
  ProfileBuilder,
  profileDump,
  reclaimOfSample,
  stackTexts,
} from '@page-owner/profile';
import type { Dimension, Profile, ProfileOptions } from '@page-owner/profile';
import { profileOf, readBytes } from './fixtures.js';
import { anyMemory, dumpOf } from './simulated-dump.js';

const RECORD: PageOwnerRecord = {
  order: 0,
  gfpMask: 0xcc0,
  gfpNames: 'GFP_KERNEL',
  pid: 5,
  tgid: 4,
  comm: 'a), ts 5 ns\n',
  tsNs: 7n,
  pfn: 0x205,
  pfnRadix: 16,
  migratetype: 'Unmovable',
  block: 1,
  pageblockMigratetype: 'Movable',
  flags: 0n,
  flagNames: 'head|node=1|zone=2|lastcpupid=0x3ff',
  stack: ['f+0x1/0x2 [m]', 'g+0x3/0x4'],
};

const column = (profile: Profile, name: 'records' | 'pages') => [...profile.samples[name]];

describe('one record', () => {
  test('in all columns', async () => {
    const profile = await profileDump(
      dumpOf([
        {
          ...RECORD,
          order: 2,
          migrateReason: 'compaction',
          memcg: { kind: 'charged', name: 'x', viaObjcg: true, offline: true },
        },
      ]),
    );
    expect(profile).toMatchObject({
      records: 1,
      pages: 4,
      timeNs: 7n,
      modules: { length: 2, name: ['vmlinux', 'm'] },
      functions: { name: ['g', 'f'], module: Int32Array.of(0, 1) },
      frames: { function: Int32Array.of(0, 1), offset: Int32Array.of(3, 1), size: Int32Array.of(4, 2) },
      stacks: {
        length: 3,
        prefix: Int32Array.of(-1, 0, 1),
        frame: Int32Array.of(-1, 0, 1),
        depth: Int32Array.of(0, 1, 2),
        owner: Int32Array.of(0, 1, 2),
        module: Int32Array.of(0, 0, 1),
      },
      tasks: {
        length: 2,
        pid: Int32Array.of(-1, 5),
        tgid: Int32Array.of(-1, 4),
        name: ['', 'a), ts 5 ns\n'],
      },
      cgroups: { length: 2, name: ['', 'x'], offline: Uint8Array.of(0, 1) },
      samples: {
        length: 1,
        stack: Int32Array.of(2),
        task: Int32Array.of(1),
        order: Int32Array.of(2),
        gfpMask: Int32Array.of(RECORD.gfpMask!),
        gfpType: Int32Array.of(0),
        blockType: Int32Array.of(1),
        zone: Int32Array.of(2),
        node: Int32Array.of(1),
        cgroup: Int32Array.of(1),
        allocator: Int32Array.of(0),
        migrated: Int32Array.of(1),
        minTs: BigUint64Array.of(7n),
        maxTs: BigUint64Array.of(7n),
      },
      pageblocks: { length: 1, order: 9, block: Float64Array.of(1) },
    });
    expect(structuredClone(profile)).toEqual(profile);
  });

  test.each([
    ['2005', { order: 1 }, ['?', '?', '?', '?', '?']],
    [
      '3.19: a movable page in a Reclaimable block',
      {
        order: 0,
        gfpMask: 0x280da,
        pfn: 600,
        pfnRadix: 10,
        block: 1,
        letters: { pageblockType: 1, fallback: true, flags: '   U LA     ' },
      },
      ['?', 'Movable', 'Reclaimable', '?', '?'],
    ],
    [
      '4.5: the block of a page that is no fallback has its type, however numbered',
      {
        order: 0,
        gfpMask: 0x280da,
        pfn: 600,
        pfnRadix: 10,
        block: 1,
        letters: { pageblockType: 1, fallback: false, flags: '            ' },
      },
      ['?', 'Movable', 'Movable', '?', '?'],
    ],
    [
      '4.6',
      {
        order: 0,
        gfpMask: 0,
        gfpNames: '',
        pfn: 600,
        pfnRadix: 10,
        migratetype: 'Reclaimable',
        block: 1,
        pageblockMigratetype: 'CMA',
        flags: 0n,
        flagNames: 'slab',
      },
      ['?', 'Reclaimable', 'CMA', '?', '?'],
    ],
    ['newest', { ...RECORD, handle: 7 }, ['5 a), ts 5 ns', 'Unmovable', 'Movable', '2', '1']],
  ])('%s', async (_, record, names) => {
    const profile = await profileDump(encodeText(formatRecord({ stack: [], ...record } as PageOwnerRecord)));
    const [row] = breakdown(profile, ['task', 'gfpType', 'blockType', 'zone', 'node']);
    expect(row?.names).toEqual(names);
  });

  test('without a time', async () => {
    const { samples, timeNs } = await profileDump(
      encodeText('Page allocated via order 0, mask 0x0()\n f+0x1/0x2\n\n'),
    );
    expect([...samples.minTs, ...samples.maxTs, timeNs]).toEqual([NO_TIME, NO_TIME, undefined]);
  });
});

describe('sources', () => {
  const HANDLES = formatStackListBytes({
    kind: 'show_stacks_handles',
    entries: [
      { stack: RECORD.stack, handle: 9 },
      { stack: [], handle: 8 },
    ],
  });
  const inHandles = dumpOf([{ ...RECORD, stack: [], handle: 9 }]);

  test('a dump in mode=handle, joined, is the dump in mode=stack', async () => {
    const joined = await profileDump(inHandles, { handles: HANDLES });
    expect(joined.variant).toBe('V8');
    expect(joined.stacks.handle[joined.samples.stack[0]!]).toBe(9);
    expect(withoutHandles(joined)).toEqual({
      ...(await profileDump(dumpOf([RECORD]))),
      reports: joined.reports,
      variant: 'V8',
    });
  });

  test('a handle that is missing', async () => {
    const dump = dumpOf([{ ...RECORD, stack: [], handle: 7 }]);
    await expect(profileDump(dump, { handles: HANDLES })).rejects.toThrow(
      'handle 7 is not in show_stacks_handles: the two files are not from the same boot',
    );
  });

  test('without show_stacks_handles a handle is a frame', async () => {
    const profile = await profileDump(inHandles);
    expect(stackTexts(profile, profile.samples.stack[0]!)).toEqual(['handle 9']);
  });

  test('show_handles, joined, is show_stacks', () => {
    const byHandle = new ProfileBuilder({ handles: HANDLES });
    byHandle.addStackList({ kind: 'show_handles', entries: [{ handle: 9, count: 12 }] });
    const byStack = new ProfileBuilder();
    byStack.addStackList({ kind: 'show_stacks', entries: [{ stack: RECORD.stack, count: 12 }] });
    const joined = byHandle.finish();
    expect(joined.stacks.handle[joined.samples.stack[0]!]).toBe(9);
    expect(withoutHandles(joined)).toEqual(byStack.finish());
    expect(byStack.finish()).toMatchObject({ records: 0, pages: 12 });
  });

  test('what is no source', async () => {
    const builder = new ProfileBuilder();
    expect(() => builder.addStackList(HANDLES)).toThrow('show_stacks_handles counts no pages');
    expect(() => builder.addStackList(dumpOf([RECORD]))).toThrow('as a page_owner dump does');
    expect(() => new ProfileBuilder({ handles: encodeText(' f+0x1/0x2\nnr_base_pages: 1\n\n') })).toThrow(
      'handles are joined by show_stacks_handles, and this is show_stacks',
    );
    await expect(profileDump(encodeText(' f+0x1/0x2\nnr_base_pages: 16\n\n'))).rejects.toThrow(
      'no page_owner record in 30 bytes; it looks like a list of page_owner_stacks',
    );
    await expect(profileDump(encodeText('hello\n'))).rejects.toThrow('no page_owner record in 6 bytes');
    expect((await profileDump(new Uint8Array())).records).toBe(0);
  });

  test('stack_count counts allocations', () => {
    const builder = new ProfileBuilder();
    builder.addStackList(encodeText(' f+0x1/0x2\nstack_count: 3\n\n g+0x1/0x2\n'));
    expect(builder.finish()).toMatchObject({
      records: 3,
      pages: 3,
      warnings: [expect.stringMatching('inside'), expect.stringMatching('6.9-rc1')],
    });
  });

  test('several dumps count together', async () => {
    const builder = new ProfileBuilder();
    for (const comm of ['a', 'b', 'a']) await builder.addDump([dumpOf([{ ...RECORD, comm }])]);
    const profile = builder.finish();
    expect([profile.records, profile.samples.length, profile.reports.length]).toEqual([3, 2, 3]);
  });
});

/** As if the source had printed stacks and no handles. */
function withoutHandles(profile: Profile): Profile {
  return { ...profile, stacks: { ...profile.stacks, handle: profile.stacks.handle.map(() => 0) } };
}

/** Pages by the names of a dimension, straight from parsed records. */
const ORACLES: Partial<Record<Dimension, (record: PageOwnerRecord) => string>> = {
  task: ({ pid, comm }) => `${pid} ${comm}`,
  taskName: ({ comm = '' }) => comm,
  pid: ({ pid = '?' }) => String(pid),
  tgid: ({ tgid = '?' }) => String(tgid),
  order: ({ order }) => String(order),
  gfpMask: ({ gfpMask = 0 }) => `0x${gfpMask.toString(16)}`,
  gfpType: ({ migratetype = '?' }) => migratetype,
  blockType: ({ pageblockMigratetype = '?' }) => pageblockMigratetype,
  zone: ({ flagNames = '' }) => /zone=(\d)/.exec(flagNames)?.[1] ?? '?',
  node: () => '0',
  cgroup: ({ memcg }) => (memcg?.kind === 'charged' ? (memcg.offline ? 'offline ' : '') + memcg.name : ''),
  migrated: ({ migrateReason }) => (migrateReason === undefined ? 'never moved' : 'migrated'),
  owner: ({ stack }) =>
    stack.find((frame) => !/^(get_page|allocate_slab|kmem_|__filemap)/.test(frame))?.replace(/\+\S+/, '') ??
    '?',
  module: ({ stack }) => (stack.join().includes('[mod]') ? 'mod' : 'vmlinux'),
};

test('a dimension that there is none of', async () => {
  const profile = await profileDump(dumpOf([RECORD]));
  expect(() => breakdown(profile, ['colour' as never])).toThrow(
    'no dimension "colour"; there are stack, owner, module',
  );
});

test('more distinct texts than are kept', async () => {
  const tasks = 140_000;
  const records = [RECORD.stack, ['other+0x1/0x2']].map((stack) =>
    formatRecord({ ...RECORD, stack }).split('pid 5'),
  );
  const recordOf = (pid: number) => records[pid % 2]!.join(`pid ${pid}`);
  function* pieces(): Generator<Uint8Array> {
    for (let pid = 0; pid < tasks; pid += 1000) {
      yield encodeText(Array.from({ length: 1000 }, (_, i) => recordOf(pid + i)).join(''));
    }
    yield encodeText(recordOf(2));
  }
  const profile = await profileDump(pieces());
  expect([profile.records, profile.tasks.length, profile.stacks.length]).toEqual([tasks + 1, tasks + 1, 4]);
  const { samples } = profile;
  expect([samples.length, samples.records[2], samples.records[3]]).toEqual([tasks, 2, 1]);
  expect(breakdown(profile, ['owner']).map(({ names, pages }) => [names[0], pages])).toEqual([
    ['f [m]', tasks / 2 + 1],
    ['other', tasks / 2],
  ]);
});

describe('for any dump', () => {
  test('pages by each dimension are those of the records', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemory, async ({ records }) => {
        const bytes = dumpOf(records);
        const profile = await profileDump(bytes);
        const parsed = parseDump(bytes).records;
        for (const [dimension, nameOf] of Object.entries(ORACLES)) {
          const expected = new Map<string, [number, number]>();
          for (const record of parsed) {
            const sums = expected.get(nameOf(record)) ?? [0, 0];
            expected.set(nameOf(record), [sums[0] + 1, sums[1] + 2 ** record.order]);
          }
          const rows = breakdown(profile, [dimension as Dimension]);
          expect(new Map(rows.map((row) => [row.names[0], [row.records, row.pages]]))).toEqual(expected);
        }
        const total = parsed.reduce((sum, { order }) => sum + 2 ** order, 0);
        for (const dimension of DIMENSIONS) {
          expect(breakdown(profile, [dimension]).reduce((sum, { pages }) => sum + pages, 0)).toBe(total);
        }
        const { prefix } = profile.stacks;
        for (let i = 1; i < prefix.length; i++) expect(prefix[i]).toBeLessThan(i);
        const times = parsed.map(({ tsNs = 0n }) => tsNs);
        if (times.length) expect(profile.timeNs).toBe(times.reduce((a, b) => (a > b ? a : b)));
      }),
      { numRuns: 60 },
    );
  });

  test('the profile does not depend on how the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(anyMemory, fc.integer({ min: 1, max: 500 }), async ({ records }, size) => {
        const bytes = dumpOf(records);
        const pieces = function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        };
        expect(await profileDump(pieces())).toEqual(await profileDump(bytes));
      }),
      { numRuns: 30 },
    );
  });
});

describe('real dumps', () => {
  test.each(['6.12-t1', '6.12-t2', '6.12-t3', '6.1-t1', '6.1-t2'])(
    '%s: every grouping has all pages',
    async (name) => {
      const profile = await profileOf(name);
      expect(profile.reports[0]).toMatchObject({ garbagePieces: 0, truncatedRecords: 0 });
      for (const dimension of DIMENSIONS) {
        expect(breakdown(profile, [dimension]).reduce((sum, { pages }) => sum + pages, 0)).toBe(
          profile.pages,
        );
      }
      expect(column(profile, 'records').reduce((a, b) => a + b)).toBe(profile.reports[0]?.records);
    },
  );

  test('pages of each stack are those of show_stacks of the same moment', async () => {
    const builder = new ProfileBuilder();
    builder.addStackList(await readBytes('6.12-t2.show_stacks'));
    const pagesById = (profile: Profile, wanted: (sample: number) => boolean) => {
      const sums = new Map<bigint, number>();
      for (let i = 0; i < profile.samples.length; i++) {
        if (!wanted(i)) continue;
        const id = profile.stacks.exactId[profile.samples.stack[i]!]!;
        sums.set(id, (sums.get(id) ?? 0) + profile.samples.pages[i]!);
      }
      return sums;
    };
    const list = pagesById(builder.finish(), () => true);
    const dump = await profileOf('6.12-t2');
    // The fixture is cut down on the LRU, in three more stacks and in early pages, of which show_stacks has none.
    const ofDump = pagesById(dump, (sample) => reclaimOfSample(dump, sample) !== 'lru');
    const different = [...ofDump]
      .filter(([id, pages]) => list.get(id) !== pages)
      .map(([id]) => {
        const stack = dump.stacks.exactId.indexOf(id);
        return functionText(dump, dump.stacks.owner[stack]!);
      });
    expect(ofDump.size).toBe(598);
    expect(different.sort()).toEqual([
      'alloc_buffer_head', // grew while the dump was written to a file
      'pipe_write', // cut
      'register_early_stack', // early
      'unix_dgram_sendmsg', // cut, as are the next three
      'unix_stream_sendmsg',
      'unix_stream_sendmsg',
      'unix_stream_sendmsg',
      'xas_alloc', // as alloc_buffer_head
      'zram_submit_bio [zram]', // cut, both
      'zram_submit_bio [zram]',
    ]);
  });
});

describe('records that are in memory already', () => {
  const asRead = async (records: readonly PageOwnerRecord[], options?: ProfileOptions) => {
    const builder = new ProfileBuilder(options);
    builder.addRecords(records);
    const { reports, sources, ...profile } = builder.finish();
    expect([reports, sources]).toEqual([[], ['records']]);
    const { reports: _, sources: ofDump, ...read } = await profileDump(dumpOf(records), options);
    expect(ofDump).toEqual(['dump']);
    expect(profile).toEqual(read);
    return profile;
  };

  test('count as their text does: those of real kernels', async () => {
    for (const snapshot of ['6.12-t1', '6.1-t1']) {
      const bytes = await readBytes(`${snapshot}.page_owner`);
      const all = [...parseDump(decodeText(bytes.subarray(0, 1 << 19))).records];
      // The last one is cut off.
      const records = all.slice(0, -1);
      expect(records.length).toBeGreaterThan(300);
      await asRead(records);
      const { tsNs } = records[records.length >> 1]!;
      const select = { tasks: [records[0]!.comm!], orders: [0], until: tsNs! };
      await asRead(records, { select, pageblocks: false });
    }
  });

  test('made up ones, with and without what kernels came to print', async () => {
    const { migratetype: _t, pageblockMigratetype: _p, flags: _f, flagNames: _n, ...old } = RECORD;
    const { pid: _i, tgid: _g, comm: _c, tsNs: _s, gfpNames: _m, ...older } = old;
    const letters = { pageblockType: 2, fallback: true, flags: '   U LAS    ' };
    await asRead([{ ...older, pfnRadix: 10, letters }]);
    const charged = { kind: 'charged', name: 'x', viaObjcg: false, offline: false } as const;
    // One array for the stack, and another thing behind it each time.
    await asRead([
      RECORD,
      { ...RECORD, memcg: charged },
      { ...RECORD, memcg: charged, migrateReason: 'compaction' },
      { ...RECORD, memcg: { kind: 'slab' } },
      RECORD,
    ]);
    await asRead([{ ...RECORD, stack: [], handle: 7 }]);
    await fc.assert(
      fc.asyncProperty(anyMemory, async ({ records }) => void (await asRead(records))),
      { numRuns: 100 },
    );
  });
});
